"""The gradient check sees every small mistake in every backward, and in what the backwards call."""

import functools
import inspect
import pkgutil
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import pytest
from mutants import broken, mutants
from other_pairs import PAIRS as OTHERS

import nnmem
from nnmem import check_gradients
from nnmem.study.check.formulas import check_example
from nnmem.study.check.gradient_report import GradientReport
from nnmem.study.index.lookup import PAIRS, examples

FLOORS = ("nn", "associative", "attention", "external", "models")


class Check(NamedTuple):
    """A gradient check, and what came of it while nothing was broken: its report and the backwards that it ran."""

    pair: str
    run: Callable[[], GradientReport]
    report: GradientReport
    codes: frozenset
    seconds: float


@functools.cache
def backwards() -> dict:
    """Every function of the mathematics that is a backward or helps one, and the backwards of models."""
    found = {}
    for floor in FLOORS:
        package = import_module(f"nnmem.{floor}")
        for module in pkgutil.walk_packages(package.__path__, f"nnmem.{floor}."):
            for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
                if function.__module__ == module.name and ("backward" in name or "gradient" in name):
                    assert found.setdefault(name, function) is function, f"two functions are called {name}"
            for name, model in inspect.getmembers(import_module(module.name), inspect.isclass):
                protocol = getattr(model, "_is_protocol", False)  # it says what a backward is, and has none
                if (
                    model.__module__ == module.name
                    and inspect.isfunction(getattr(model, "backward", None))
                    and not protocol
                ):
                    found[f"{name}_backward"] = model.backward
    return found


def called(run) -> frozenset:
    """The code of every function that a check calls, watched without the oracles, which call the same many times."""
    seen = set()
    with patch("nnmem.study.check.gradients._check_argument", return_value=[]):
        sys.setprofile(lambda frame, event, _: seen.add(frame.f_code) if event == "call" else None)
        try:
            run()
        finally:
            sys.setprofile(None)
    return frozenset(seen)


def timed(pair: str, run: Callable[[], GradientReport]) -> Check:
    own = {function.__code__ for function in backwards().values()}
    start = time.perf_counter()
    report, seconds = run(), time.perf_counter() - start
    return Check(pair, run, report, called(run) & own, seconds)


@functools.cache
def beside(pair: str) -> list[Check]:
    """The checks of a pair that is no formula."""
    return [timed(pair, functools.partial(check_gradients, f, b, *args, **o)) for f, b, args, o in OTHERS[pair]]


@functools.cache
def checks() -> list[Check]:
    """Every check there is, run once, the quickest first: of the formulas, of layers and of models."""
    rng = np.random.default_rng(5)
    found = [timed(pair, functools.partial(check_example, e)) for pair in PAIRS for e in examples(pair, rng)]
    return sorted([*found, *(check for pair in OTHERS for check in beside(pair))], key=lambda check: check.seconds)


def caught(run) -> bool:
    """True if the check is red, or the backward falls over."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return not run()
    except Exception:
        return True


@pytest.mark.parametrize("name", backwards())
def test_every_mutant_is_caught(name):
    function = backwards()[name]
    through = [check for check in checks() if function.__code__ in check.codes]
    assert through, "no check runs through it"
    count, survivors = 0, []
    for description, code in mutants(function):
        count += 1
        with broken(function, code):
            red = next((i for i, check in enumerate(through) if caught(check.run)), None)
        if red is None:
            survivors.append(description)
        else:
            through.insert(0, through.pop(red))  # what saw one mistake may see the next
    assert count, "nothing to break"
    assert not survivors


def test_the_unbroken_backwards_pass():
    assert len(checks()) > 100
    assert not [f"{check.pair}: {check.report}" for check in checks() if not check.report]


@pytest.mark.parametrize("pair", OTHERS)
def test_the_pairs_beside_the_formulas_are_seen_by_every_oracle(pair):
    for _, _, report, _, _ in beside(pair):
        assert report, str(report)
        assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_every_public_pair_is_mutated():
    public = {name for name in nnmem.__all__ if name.endswith("_backward")}
    assert public <= set(backwards())
