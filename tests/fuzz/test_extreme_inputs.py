"""Every pair at inputs of every size: nothing modified, no dtype lost, no warning beside finite results, no silent NaN.

Entries go as far as ``docs/contract.md`` promises. Where float64 gives finite numbers that float32 can hold, float32
must give finite numbers; an input that a function refuses by its name is an answer too. ``--long`` draws 100,000 of
them.
"""

import inspect
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnmem.study.index.lookup import PAIRS, examples

# what is checked in place of an estimate is no formula of the library
EXAMPLES = {name: list(examples(name)) for name, pair in PAIRS.items() if pair.checked_as is None}
RANGE = {np.float32: 1e6, np.float64: 1e50}
OF_A_SEQUENCE = {np.float32: 1e2, np.float64: 1e12}  # every step multiplies with U once more
SEQUENCES = {"gru_sequence", "bidirectional_gru"}  # beyond that range an entry may be NaN, never without a warning
BOUNDED = {"alpha", "w", "w_c", "w_prev", "w_g", "g", "erase", "gamma", "depth"}
NOT_BELOW_ZERO = {(name, "beta") for name in EXAMPLES} | {("gaussian_window", "b")}
LARGEST = float(np.finfo(np.float32).max)


@st.composite
def extreme_calls(draw, name, largest):
    """Arrays and options of one example, each array scaled, some of its entries 0, next to 0 or at the end."""
    example = draw(st.sampled_from(EXAMPLES[name]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    args = []
    for value, argument in zip(example.args, example.names, strict=True):
        array = np.asarray(value)
        if array.dtype.kind == "f" and argument not in BOUNDED and not np.isin(array, (-1, 1)).all():
            array = array * 10.0 ** draw(st.integers(-38, round(np.log10(largest))))
            odd = rng.random(array.shape) < draw(st.sampled_from([0, 0.1, 1]))
            array = np.where(odd, rng.choice([0, 1e-45, -1e-38, 1, -1e4, largest, -largest], array.shape), array)
            array = np.clip(array, 0 if (name, argument) in NOT_BELOW_ZERO else -largest, largest)
        args.append(array)
    return args, example.options


def in_dtype(value, dtype):
    """A copy of an array that cannot be written to; what is no array of floats stays as it is."""
    if not isinstance(value, np.ndarray | np.floating):
        return value
    array = np.array(value, dtype if value.dtype.kind == "f" else value.dtype)
    array.flags.writeable = False
    return array


def results(name, args, options, dtype, seed):
    """Outputs and gradients, None if the input was refused by name; a warning beside finite numbers is an error."""
    pair, rng = PAIRS[name], np.random.default_rng(seed)
    args, options = [in_dtype(a, dtype) for a in args], {k: in_dtype(v, dtype) for k, v in options.items()}
    before = [a.copy() for a in args]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            *outputs, cache = pair.forward(*args, **options)
        except ValueError as error:
            assert str(error).startswith(f"{name}_forward: ")
            return None
        douts = [rng.normal(size=np.shape(out)).astype(dtype) for out in outputs]
        behind = "dalpha" in inspect.signature(pair.backward).parameters
        gradients = pair.backward(*douts[:1], cache, *douts[1:]) if behind else pair.backward(*douts, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    found = [np.asarray(a) for a in (*outputs, *gradients)]
    assert {a.dtype for a in found if a.dtype.kind == "f"} == {np.dtype(dtype)}
    assert not warned or not all(np.isfinite(a).all() for a in outputs + list(gradients)), warned[0].message
    assert warned or not any(np.isnan(a).any() for a in found), "NaN without a warning"
    for array, copy in zip(args, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_extreme_inputs(name, dtype, long):
    many = 100_000 // (2 * len(EXAMPLES)) if long else 15

    @settings(max_examples=many, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(extreme_calls(name, RANGE[dtype]), st.integers(0, 2**32 - 1))
    def run(call, seed):
        found = results(name, *call, dtype, seed)
        if name in SEQUENCES:
            return  # their values: below, within their range
        judge = found if dtype is np.float64 or found is None else results(name, *call, np.float64, seed)
        if judge and all((np.isfinite(a) & (np.abs(a) < LARGEST / 2)).all() for a in judge):
            assert all(np.isfinite(a).all() for a in found)
        assert not judge or not any(np.isnan(a).any() for a in judge)

    run()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(SEQUENCES))
def test_a_sequence_is_finite_within_its_range(name, dtype, long):
    @settings(max_examples=700 if long else 15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(extreme_calls(name, OF_A_SEQUENCE[dtype]), st.integers(0, 2**32 - 1))
    def run(call, seed):
        found = results(name, *call, dtype, seed)
        judge = found if dtype is np.float64 or found is None else results(name, *call, np.float64, seed)
        if judge and all((np.isfinite(a) & (np.abs(a) < LARGEST / 2)).all() for a in judge):
            assert all(np.isfinite(a).all() for a in found)
        assert not judge or not any(np.isnan(a).any() for a in judge)

    run()
