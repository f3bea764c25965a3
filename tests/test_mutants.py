"""The gradient check sees every small mistake in every backward, and in what the backwards call."""

import inspect
import pkgutil
import warnings
from importlib import import_module

import numpy as np
import pytest
from mutants import broken, mutants

import nnmem
from nnmem.study.examples import SPECS, examples
from nnmem.study.formulas import check_example, pair

FLOORS = ("nn", "associative", "attention", "external")


def backwards() -> dict:
    """Every function of the mathematics that is a backward or helps one."""
    found = {}
    for floor in FLOORS:
        try:
            package = import_module(f"nnmem.{floor}")
        except ModuleNotFoundError:
            continue
        for module in pkgutil.iter_modules(package.__path__, f"nnmem.{floor}."):
            for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
                if function.__module__ == module.name and ("backward" in name or "gradient" in name):
                    found[name] = function
    return found


def examples_that_use(name: str) -> list:
    """Examples of the pair itself, or, for a helper, of every pair."""
    own = name.removesuffix("_backward")
    rng = np.random.default_rng(5)
    return [e for function in ([own] if own in SPECS else reversed(SPECS)) for e in examples(function, rng)]


def caught(example) -> bool:
    """True if the check is red, or the backward falls over."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return not check_example(example)
    except Exception:
        return True


@pytest.mark.parametrize("name", backwards())
def test_every_mutant_is_caught(name):
    function = backwards()[name]
    cases = examples_that_use(name)
    count, survivors = 0, []
    for description, code in mutants(function):
        count += 1
        with broken(function, code):
            if not any(caught(example) for example in cases):
                survivors.append(description)
    assert count, "nothing to break"
    assert not survivors


def test_the_unbroken_backwards_pass():
    assert all(not caught(example) for function in SPECS for example in examples(function))


def test_every_public_pair_is_mutated():
    public = {name for name in nnmem.__all__ if name.endswith("_backward")}
    assert public <= set(backwards())
    assert all(pair(function) for function in SPECS)
