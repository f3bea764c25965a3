"""What holds for every result that any test of the recipes makes, whatever the recipe does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nnmem.recipes.result import Result


@pytest.fixture(autouse=True)
def every_result_is_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Curves and arrays are arrays of numbers or words, no parameter is in double precision, metrics are plain."""
    made = Result.__init__

    def checked(self: Result, *args: Any, **more: Any) -> None:
        made(self, *args, **more)
        for name, array in {**self.history, **self.arrays}.items():
            assert isinstance(array, np.ndarray) and array.dtype.kind in "fiubU", (self.recipe, name)
        for name, array in self.arrays.items():
            assert array.dtype != np.float64 or not name.startswith("params."), (self.recipe, name)
        for row in self.metrics if isinstance(self.metrics, list) else [self.metrics]:
            for name, value in row.items():
                assert value is None or type(value) in (bool, int, float, str), (self.recipe, name, type(value))

    monkeypatch.setattr(Result, "__init__", checked)
    yield
