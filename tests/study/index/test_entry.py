"""What the entries say of the formulas is true: promises at the extremes, square and distinct sizes."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.study.check.formulas import check_example
from nnmem.study.index.drawing import BATCH, SIZES, SQUARE
from nnmem.study.index.lookup import ENTRIES, PAIRS, PLAIN, examples, shapes

FLOATS = "alpha", "gumbel", "place"  # options that are arrays
EXTREMES = [
    pytest.param(pair, extreme, id=f"{pair.name}, {extreme.what}")
    for pair in PAIRS.values()
    for extreme in pair.extremes
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("pair", "extreme"), EXTREMES)
def test_what_the_docstring_promises_at_the_extremes_holds(pair, extreme, dtype):
    args = [np.array(arg, dtype) for arg in extreme.args]
    options = {k: np.array(v, dtype) if k in FLOATS else v for k, v in extreme.options.items()}
    if "rng" in inspect.signature(pair.forward).parameters:
        options["rng"] = np.random.default_rng(0)
    *outputs, cache = pair.forward(*args, **options)
    tolerance = 1e-12 if dtype is np.float64 else 2e-7
    scale = max([1.0, *(float(abs(a[np.isfinite(a)]).max(initial=0)) for a in args)])
    assert_allclose(outputs[0], np.array(extreme.expected, dtype), rtol=tolerance, atol=tolerance * scale * 10)
    rng, before = np.random.default_rng(1), list(inspect.signature(pair.backward).parameters).index("cache")
    wanted = [np.shape(outputs[number]) for number in (pair.upstream or range(before))[:before]]
    gradients = pair.backward(*(rng.normal(size=shape).astype(dtype) for shape in wanted), cache)
    for gradient in gradients if isinstance(gradients, tuple) else (gradients,):
        assert gradient.dtype == dtype and np.isfinite(gradient).all()


def test_extremes_are_many():
    assert len(EXTREMES) >= 30 and all(extreme.values[1].expected is not None for extreme in EXTREMES)


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_hold_where_all_sizes_are_equal(name):
    for example in examples(name, np.random.default_rng(2), sizes=SQUARE):
        assert check_example(example), example.case


@pytest.mark.parametrize("name", PAIRS)
def test_examples_cover_what_their_layouts_say(name):
    found = list(examples(name))
    layouts = PAIRS[name].layouts
    assert len(found) == sum(2 * (1 + bool(layout.mask)) for layout in layouts)
    assert {"mask" in e.options for e in found} == ({True, False} if any(a.mask for a in layouts) else {False})
    if any("..." in layout.layout for layout in layouts):
        ranks = {(e.args[0].ndim, "mask" in e.options) for e in found}
        assert {rank + len(BATCH) for rank, _ in ranks} & {rank for rank, _ in ranks}, "with and without batch axes"


@pytest.mark.parametrize("name", PAIRS)
def test_no_two_axes_of_one_argument_are_of_one_size_unless_they_have_one_letter(name):
    for layout in PAIRS[name].layouts:
        for (_, shape), (_, square) in zip(
            shapes(layout.layout, (), {**layout.sizes, **SIZES}),
            shapes(layout.layout, (), {letter: i for i, letter in enumerate({**layout.sizes, **SIZES})}),
            strict=True,
        ):
            assert len(set(shape)) == len(set(square)), layout.layout


def test_every_name_stands_in_one_entry():
    names = [pair.name for entry in ENTRIES for pair in entry.pairs] + [p.name for e in ENTRIES for p in e.plain]
    assert len(names) == len(set(names)) == len(PAIRS) + len(PLAIN)
    assert all(plain.layouts or plain.not_graded for plain in PLAIN.values())
