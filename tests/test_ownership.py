"""What is returned belongs to the caller: writing to it changes nothing that was given; and it has the dtype given.

Of every pair, formulas, layers and models alike.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from other_pairs import PAIRS as OTHERS

from nnmem.nn.tree import leaves, tree_map
from nnmem.study.check.convention import cache_place, split
from nnmem.study.index.lookup import PAIRS, PLAIN, examples

CALLS = [
    pytest.param(*PAIRS[e.function].checked, e.args, e.options, id=f"{name}-{e.case}")
    for name in PAIRS
    for e in examples(name)
]
HANDED_ON = ("mean_read", "comparing_read")  # they have no place in the text: the one they get they hand on as it is
CALLS += [pytest.param(*call, id=f"{name}-{i}") for name, calls in OTHERS.items() for i, call in enumerate(calls)]


def floats(tree):
    return [a for _, a in leaves(tree) if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.size]


def upstream_of(outputs, backward, rng):
    """Random upstream gradients, like the outputs; None for those that the backward takes none of."""
    before, after, _ = cache_place(backward, len(outputs))

    def like(out):
        if not np.issubdtype(np.asarray(out).dtype, np.floating):
            return None
        return rng.normal(size=np.shape(out)).astype(np.asarray(out).dtype)

    return [tree_map(like, out) for out in outputs[: before + after]], (before, after, True)


def called(forward, backward, args, options, rng):
    outputs, cache = split(forward(*args, **options))
    douts, (before, after, _) = upstream_of(outputs, backward, rng)
    gradients = backward(*douts[:before], cache, *douts[before : before + after])
    return outputs, douts, gradients


@pytest.mark.parametrize(
    ("forward", "backward", "args", "options"), [p for p in CALLS if p.id.rpartition("-")[0] not in HANDED_ON]
)
def test_nothing_that_is_returned_is_a_view_of_what_was_given(forward, backward, args, options, rng):
    outputs, douts, gradients = called(forward, backward, args, options, rng)
    given = [a for arg in args for a in floats(arg)]
    for made in floats(tuple(outputs)):
        assert not any(np.shares_memory(made, a) for a in given), "an output"
    handed = given + [a for dout in douts for a in floats(dout)]
    gradients = gradients if isinstance(gradients, tuple | list) else (gradients,)
    for made in floats(tuple(gradients)):
        assert not any(np.shares_memory(made, a) for a in handed), "a gradient"


def single(tree):
    return tree_map(lambda a: a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a, tree)


@pytest.mark.parametrize(
    ("forward", "backward", "args", "options"), [p for name in OTHERS for p in CALLS if p.id.rpartition("-")[0] == name]
)
def test_layers_and_models_compute_in_float32_what_they_compute_in_float64(forward, backward, args, options):
    options32 = {key: single(value) for key, value in options.items()}
    found = called(forward, backward, [single(a) for a in args], options32, np.random.default_rng(3))
    exact = called(forward, backward, args, options, np.random.default_rng(3))
    for part, wanted in zip((found[0], found[2]), (exact[0], exact[2]), strict=True):
        part, wanted = (tuple(t) if isinstance(t, tuple | list) else (t,) for t in (part, wanted))
        for (name, a), (_, b) in zip(leaves(part), leaves(wanted), strict=True):
            b = np.asarray(b)
            if b.dtype.kind == "f":
                assert np.asarray(a).dtype == np.float32, name
                assert_allclose(a, b, rtol=1e-3, atol=1e-4 * max(1, np.abs(b[np.isfinite(b)]).max(initial=0)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name, plain in PLAIN.items() if plain.layouts])
def test_functions_without_a_gradient_return_new_arrays_of_the_dtype_given(name, dtype):
    for example in examples(name):
        args = [a.astype(dtype) for a in example.args]
        before = [a.copy() for a in args]
        options = {**example.options, **({"rng": np.random.default_rng(0)} if name == "hopfield_retrieve" else {})}
        result = PLAIN[name].function(*args, **options)
        for made in result if isinstance(result, tuple) else (result,):
            assert isinstance(made, np.ndarray | np.generic) or type(made) is bool
            assert np.asarray(made).dtype in (dtype, np.int64, bool)
            assert not any(np.shares_memory(made, a) for a in args)
        for a, b in zip(args, before, strict=True):
            assert np.array_equal(a, b)
