"""Calls of every pair with entries of every size, and what they give: for the tests of extreme inputs."""

import inspect
import warnings
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from nnmem.study.index.lookup import PAIRS, examples

# what is checked in place of an estimate is no formula of the library
EXAMPLES = {name: list(examples(name)) for name, pair in PAIRS.items() if pair.checked_as is None}
SHARES = {"alpha", "w", "w_c", "w_prev", "w_g", "g", "erase", "gamma", "depth"}  # weights and gates, as they are drawn
NOT_BELOW_ZERO = {(name, "beta") for name in EXAMPLES} | {("gaussian_window", "b")}


class Called(NamedTuple):
    """What a call gave."""

    outputs: list[np.ndarray]
    gradients: list[np.ndarray]
    cache: object
    douts: list[np.ndarray]
    warned: list[str]

    @property
    def found(self) -> list[np.ndarray]:
        return self.outputs + self.gradients


@st.composite
def extreme_calls(draw, name, largest, whole=False):
    """Arrays and options of one example, each array scaled, some of its entries 0, next to 0 or at the end.

    ``whole``: weights and gates too, and numbers below zero where a formula means none.
    """
    example = draw(st.sampled_from(EXAMPLES[name]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    args = []
    for value, argument in zip(example.args, example.names, strict=True):
        array = np.asarray(value)
        of_states = np.isin(array, (-1, 1)).all()
        if array.dtype.kind == "f" and not of_states and (whole or argument not in SHARES):
            with np.errstate(over="ignore"):
                array = array * 10.0 ** draw(st.integers(-38, int(np.log10(largest))))
            odd = rng.random(array.shape) < draw(st.sampled_from([0, 0.1, 1]))
            array = np.where(odd, rng.choice([0, 1e-45, -1e-38, 1, -1e4, largest, -largest], array.shape), array)
            lowest = 0 if (name, argument) in NOT_BELOW_ZERO and not whole else -largest
            array = np.clip(array, lowest, largest)
        args.append(array)
    return args, example.options


def in_dtype(value, dtype):
    """A copy of an array that cannot be written to; what is no array of floats stays as it is."""
    if not isinstance(value, np.ndarray | np.floating):
        return value
    array = np.array(value, dtype if value.dtype.kind == "f" else value.dtype)
    array.flags.writeable = False
    return array


def call(name, args, options, dtype, seed, exactly_as=None):
    """Forward and backward with random upstream gradients; None if the input was refused by name.

    ``exactly_as``: the numbers are those of this dtype.
    """
    pair, rng, source = PAIRS[name], np.random.default_rng(seed), exactly_as or dtype
    args = [in_dtype(in_dtype(a, source), dtype) for a in args]
    options = {k: in_dtype(in_dtype(v, source), dtype) for k, v in options.items()}
    before = [a.copy() for a in args]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            *outputs, cache = pair.forward(*args, **options)
        except ValueError as error:
            assert str(error).startswith(f"{name}_forward: ")
            return None
        douts = [rng.normal(size=np.shape(out)).astype(source).astype(dtype) for out in outputs]
        behind = "dalpha" in inspect.signature(pair.backward).parameters
        gradients = pair.backward(*douts[:1], cache, *douts[1:]) if behind else pair.backward(*douts, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    for array, copy in zip(args, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    arrays = [[np.asarray(a) for a in part] for part in (outputs, gradients)]
    return Called(*arrays, cache, douts, [str(each.message) for each in warned])
