"""Every pair at inputs of every size: nothing modified, no dtype lost, nothing silently wrong.

``docs/contract.md`` promises two things. Within its range whatever fits the dtype is computed, without a warning: long
double says what fits. And to the very end of the dtype a number that is not finite never comes without NumPy's flag.
An input that a function refuses by its name is an answer too. ``--long`` draws 100,000 of each.
"""

import numpy as np
import pytest
from extreme_calls import EXAMPLES, call, extreme_calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from step_bounds import SEQUENCES, bounds

from nnmem.nn import arguments, error_function

RANGE = {np.float32: 1e6, np.float64: 1e50}
EVERY = [(name, dtype) for name in sorted(EXAMPLES) for dtype in (np.float32, np.float64)]
SEEDS = st.integers(0, 2**32 - 1)


def drawn(long):
    many = 100_000 // len(EVERY) + 1 if long else 10
    return settings(max_examples=many, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def long_double(monkeypatch):
    """Formulas that take long double, whose numbers go to 1e4932: the judge of what fits."""
    monkeypatch.setattr(arguments, "FLOATS", (*arguments.FLOATS, np.dtype(np.longdouble)))
    monkeypatch.setitem(error_function.TERMS, np.dtype(np.longdouble), (14, 28))


def finite(arrays):
    return all(np.isfinite(a).all() for a in arrays)


def fits(arrays, dtype):
    """True if all are numbers of the dtype, with a margin for rounding."""
    return all((np.abs(a) < np.finfo(dtype).max / 2).all() for a in arrays)


@pytest.mark.parametrize(("name", "dtype"), EVERY)
def test_within_the_range_whatever_fits_is_computed(name, dtype, long, long_double):
    @drawn(long)
    @given(extreme_calls(name, RANGE[dtype]), SEEDS)
    def run(drawn, seed):
        here = call(name, *drawn, dtype, seed)
        if here is None:
            return
        assert {a.dtype for a in here.found if a.dtype.kind == "f"} == {np.dtype(dtype)}
        assert here.warned or not any(np.isnan(a).any() for a in here.found), "NaN without a warning"
        if name in SEQUENCES:
            within = fits(bounds(name, here.douts, here.cache), dtype)
        else:
            judge = call(name, *drawn, np.longdouble, seed, exactly_as=dtype)
            within = judge and fits(judge.found, dtype)
            assert not here.warned or not finite(here.found), here.warned[0]
        if within:
            assert finite(here.found) and not here.warned, here.warned

    run()


@pytest.mark.parametrize(("name", "dtype"), EVERY)
def test_to_the_end_of_the_dtype_nothing_is_silent(name, dtype, long, long_double):
    """Under ``errstate(raise)`` a call refuses, raises FloatingPointError or is finite, but for a −∞ of the formula."""

    @drawn(long)
    @given(extreme_calls(name, float(np.finfo(dtype).max), whole=True), SEEDS)
    def run(drawn, seed):
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                here = call(name, *drawn, dtype, seed)
        except FloatingPointError:
            return
        if here is not None and not finite(here.found):
            judge = call(name, *drawn, np.longdouble, seed, exactly_as=dtype)
            for a, exact in zip(here.found, judge.found, strict=True):
                assert (np.isfinite(a) | (a == exact)).all()

    run()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_nan_is_seen(name, rng):
    """A NaN comes out, or is refused by name, wherever another number would change a result."""
    for example in EXAMPLES[name]:
        for i, value in enumerate(example.args):
            if np.asarray(value).dtype.kind != "f" or not np.size(value):
                continue
            place = int(rng.integers(np.size(value)))

            def with_entry(entry, example=example, i=i, place=place):
                args = [np.array(a) for a in example.args]
                args[i].flat[place] = entry
                return call(name, args, example.options, np.float64, 0)

            with np.errstate(all="ignore"):
                seen = with_entry(np.nan)
                if seen is None or not finite(seen.found):
                    continue
                others = [with_entry(entry) for entry in (-1e3, -1.0, 0.0, 1.0, 1e3)]
            for other in others[1:]:
                for one, two in zip(others[0].found, other.found, strict=True):
                    np.testing.assert_array_equal(one, two)
