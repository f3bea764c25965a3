"""The gradient check sees every small mistake in every backward, and in what the backwards call."""

import functools
import inspect
import pkgutil
import warnings
from importlib import import_module

import numpy as np
import pytest
from mutants import broken, mutants
from other_pairs import PAIRS

import nnmem
from nnmem import check_gradients
from nnmem.study.check.formulas import check_example, pair
from nnmem.study.index.examples import SPECS, examples

FLOORS = ("nn", "associative", "attention", "external")


def backwards() -> dict:
    """Every function of the mathematics that is a backward or helps one, and the backwards of models."""
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
            for name, model in inspect.getmembers(import_module(module.name), inspect.isclass):
                if model.__module__ == module.name and inspect.isfunction(getattr(model, "backward", None)):
                    found[f"{name}_backward"] = model.backward
    return found


def checks_that_use(name: str) -> list:
    """Checks of the pair itself, or, for a helper, of every pair of its floor."""
    own, (_, floor, file) = name.removesuffix("_backward"), backwards()[name].__module__.split(".")
    rng = np.random.default_rng(5)
    if own in PAIRS or own in SPECS:
        formulas, others = [own] if own in SPECS else [], PAIRS.get(own, [])
    elif floor == "external":  # a kernel: the formulas of its file, then the models that call it
        formulas = [f for f in SPECS if pair(f)[0].__module__ == f"nnmem.{floor}.{file}"]
        others = PAIRS["ntm"]
    else:
        formulas, others = reversed(SPECS), [check for name in PAIRS for check in PAIRS[name]] * (floor == "nn")
    found = [functools.partial(check_gradients, f, b, *args, **options) for f, b, args, options in others]
    known = [functools.partial(check_example, e) for function in formulas for e in examples(function, rng)]
    return known + found if floor == "external" else found + known


def caught(check) -> bool:
    """True if the check is red, or the backward falls over."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return not check()
    except Exception:
        return True


@pytest.mark.parametrize("name", backwards())
def test_every_mutant_is_caught(name):
    function = backwards()[name]
    checks = checks_that_use(name)
    count, survivors = 0, []
    for description, code in mutants(function):
        count += 1
        with broken(function, code):
            if not any(caught(check) for check in checks):
                survivors.append(description)
    assert count, "nothing to break"
    assert not survivors


@pytest.mark.parametrize("pair", PAIRS)
def test_the_pairs_beside_the_formulas_agree_with_every_oracle(pair):
    for forward, backward, args, options in PAIRS[pair]:
        report = check_gradients(forward, backward, *args, **options)
        assert report, str(report)
        assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_the_unbroken_backwards_pass():
    assert all(not caught(check) for name in backwards() for check in checks_that_use(name))


def test_every_public_pair_is_mutated():
    public = {name for name in nnmem.__all__ if name.endswith("_backward")}
    assert public <= set(backwards())
    assert all(pair(function) for function in SPECS)
