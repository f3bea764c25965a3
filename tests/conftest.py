import os
import sys
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is loaded: products this small gain nothing from threads
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="every case of what is otherwise sampled")


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether a test that draws a sample of its cases runs them all."""
    return request.config.getoption("--long")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.fixture(autouse=True)
def no_pictures_left_open() -> Iterator[None]:
    """What a test draws is closed behind it: matplotlib warns of the twenty-first open figure."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
