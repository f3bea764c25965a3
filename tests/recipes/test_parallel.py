"""Runs one after the other, or several at a time."""

import sys
from operator import mul

import pytest

from nnmem.recipes import parallel


def test_every_call_comes_back_with_its_place():
    calls = [(2, 3), (4, 5), (6, 7)]
    assert list(parallel.in_parallel(mul, calls, 1)) == [(0, 6), (1, 20), (2, 42)]
    pytest.importorskip("joblib")
    assert sorted(parallel.in_parallel(mul, calls, 2)) == [(0, 6), (1, 20), (2, 42)]


def test_one_after_the_other_nothing_is_done_ahead():
    done = []
    results = parallel.in_parallel(lambda x: done.append(x) or x, [(1,), (2,)], 1)
    assert next(results) == (0, 1) and done == [1]


def test_without_joblib_it_is_said_how_to_have_several(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'nnmem\[recipes\]'"):
        list(parallel.in_parallel(mul, [(1, 2)], 2))
    assert list(parallel.in_parallel(mul, [(1, 2)], 1)) == [(0, 2)]
