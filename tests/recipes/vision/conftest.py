"""What the tests of trainings on pictures share."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def instead_of_fit(monkeypatch):
    """Put a list in place of a module's ``fit``: what it is asked for, and nothing is trained."""

    def put(module):
        calls = []

        def fit(gradients, params, draw, **settings):
            calls.append(SimpleNamespace(gradients=gradients, params=params, draw=draw, **settings))
            return params, None

        monkeypatch.setattr(module, "fit", fit)
        return calls

    return put
