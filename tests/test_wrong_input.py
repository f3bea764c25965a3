"""What every public function does with input that is wrong, extreme or unusual: one table for all of them."""

import functools
import inspect
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem
from nnmem.study.index.drawing import BATCH, SIZES
from nnmem.study.index.lookup import PAIRS, PLAIN, examples

GENERATOR = {"rng": np.random.default_rng(0)}


def in_floats(options, dtype):
    """Those of the options that are arrays of floats, in another dtype."""
    arrays = {k: v for k, v in options.items() if isinstance(v, np.ndarray)}
    return {k: v.astype(dtype) for k, v in arrays.items() if v.dtype.kind == "f"}


def forward(example, args=None, **options):
    function = getattr(nnmem, f"{example.function}_forward")
    more = {"rng": np.random.default_rng(0)} if "rng" in function.__annotations__ else {}
    return function(*(example.args if args is None else args), **{**example.options, **more, **options})


def upstream_shape(example, outputs, number=0):
    """The shape of an upstream gradient."""
    return outputs[(PAIRS[example.function].upstream or range(len(outputs)))[number]].shape


def backward(example, outputs, dout=None):
    """Gradients from random upstream gradients of all that stand before the cache, or from a given first one."""
    function = getattr(nnmem, f"{example.function}_backward")
    rng, before = np.random.default_rng(1), list(inspect.signature(function).parameters).index("cache")
    shapes = [upstream_shape(example, outputs, number) for number in range(before)]
    douts = [rng.normal(size=shape).astype(outputs[0].dtype) for shape in shapes]
    if dout is not None:
        douts[0] = dout
    gradients = function(*douts, outputs[-1])
    return gradients if isinstance(gradients, tuple) else (gradients,)


@functools.cache
def one(function):
    """The unmasked example with batch axes."""
    return next(e for e in examples(function, batches=(BATCH,)) if "mask" not in e.options)


def named(example, position):
    """The name of an array argument as the caller knows it."""
    return example.names[position]


ARGUMENTS = [
    pytest.param(example, i, id=f"{function}-{example.options.get('score', '')}-{i}")
    for function in PAIRS
    for example in examples(function, batches=(BATCH,))
    if "mask" not in example.options
    for i in range(len(example.args))
]
EXAMPLES = [
    pytest.param(example, id=f"{function}-{example.case}") for function in PAIRS for example in examples(function)
]


def changed(example, position, change):
    return [change(a) if i == position else a for i, a in enumerate(example.args)]


def wrong_shapes(example, position):
    """Too few axes, too many, and one more of every size that another argument shares."""
    array, layout = example.args[position], layout_of(example)
    axes = [re.findall(r"\w+", text) for text in re.findall(r"\(([^)]*)\)", layout)]
    own = axes[position]
    yield array.ravel()[0]
    if any("..." in part for part in layout.split("), ")[1:]) or "..." not in layout.split("), ")[position]:
        yield array[..., None]
    for place, letter in enumerate(own, array.ndim - len(own)):
        if sum(letter in others for others in axes) > 1:
            yield np.concatenate([array, array.take([0], place)], axis=place)
    if "..." in layout.split("), ")[position] and layout.count("...") > 1:
        yield array[:1]  # a batch axis of one does not broadcast


def layout_of(example):
    specs = PAIRS[example.function].layouts
    spec = next(s for s in specs if s.options.get("score") == example.options.get("score"))
    return f"{spec.layout}, {spec.without_gradient}" if spec.without_gradient else spec.layout


@pytest.mark.parametrize(("example", "position"), ARGUMENTS)
def test_a_wrong_shape_is_named_with_both_shapes(example, position):
    for value in map(np.asarray, wrong_shapes(example, position)):
        args = changed(example, position, lambda _, value=value: value)
        with pytest.raises(ValueError, match=r"has shape .*, should be \(") as caught:
            forward(example, args)
        function, name, shape = re.match(r"(\w+): (\w+) has shape (\([^)]*\))", str(caught.value)).groups()
        assert function == f"{example.function}_forward"
        given = {named(example, i): str(np.shape(a)) for i, a in enumerate(args)}
        given |= {k: str(v.shape) for k, v in example.options.items() if isinstance(v, np.ndarray)}
        assert given[name] == shape


@pytest.mark.parametrize(("example", "position"), ARGUMENTS)
@pytest.mark.parametrize("kind", ["text", "object", "bool", "float16", "none"])
def test_a_wrong_type_is_named(example, position, kind):
    change = {
        "text": lambda a: a.astype(str),
        "object": lambda a: a.astype(object),
        "bool": lambda a: a > 0,
        "float16": lambda a: a.astype(np.float16),
        "none": lambda a: None,
    }[kind]
    with pytest.raises(TypeError, match=f"{example.function}_forward: {named(example, position)} "):
        forward(example, changed(example, position, change))


WITHOUT_GRADIENT = [
    pytest.param(example, i, id=f"{function}-{i}")
    for function, plain in PLAIN.items()
    if plain.layouts
    for example in list(examples(function, batches=((),)))[:1]
    for i in range(len(example.args))
]
NO_PLAIN_ARRAY = {
    "ragged": lambda a: [[1.0], [1.0, 2.0]],
    "masked": np.ma.array,
    "masked inside": lambda a: [np.ma.array([1.0, 2.0], mask=[False, True])] * 2,
    "text": lambda a: a.astype(str),
    "none": lambda a: None,
    "bool": lambda a: a > 0,
}


@pytest.mark.parametrize(("example", "position"), ARGUMENTS + WITHOUT_GRADIENT)
@pytest.mark.parametrize("kind", NO_PLAIN_ARRAY)
def test_what_is_no_plain_array_is_refused_by_name(example, position, kind):
    args = changed(example, position, NO_PLAIN_ARRAY[kind])
    with pytest.raises((TypeError, ValueError), match=rf"^{example.function}(_forward)?: "):
        if example.function in PAIRS:
            forward(example, args)
        else:
            getattr(nnmem, example.function)(*args, **example.options)


@pytest.mark.parametrize(("example", "position"), ARGUMENTS)
def test_float32_beside_float64_is_refused(example, position):
    if len(example.args) == 1 and not in_floats(example.options, np.float32):
        assert forward(example, [example.args[0].astype(np.float32)])[0].dtype == np.float32
        return
    if example.function == "score_function":
        assert forward(example, [example.args[0].astype(np.float32)])[0].dtype == np.float32  # rewards are no data
        return
    with pytest.raises(TypeError, match="arrays of different dtype"):
        forward(example, changed(example, position, lambda a: a.astype(np.float32)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_float32_stays_float32(example):
    single = {**example.options, **in_floats(example.options, np.float32)}
    outputs = forward(example, [a.astype(np.float32) for a in example.args], **single)
    exact = forward(example)
    gradients, exact_gradients = backward(example, outputs), backward(example, exact)
    for got, expected in zip(outputs[:-1], exact[:-1], strict=True):
        if expected.dtype.kind == "f":
            assert got.dtype == np.float32
            assert_allclose(got, expected, rtol=2e-4, atol=2e-5)
    for argument, got, expected in zip(example.args, gradients, exact_gradients, strict=True):
        assert got.dtype == np.float32 and got.shape == argument.shape
        if not PAIRS[example.function].checked_as:  # an estimate depends on the draw
            assert_allclose(got, expected, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("function", PAIRS)
def test_integers_become_float64(function):
    example = one(function)
    whole = [np.round(a * 3).astype(np.int32) for a in example.args]
    options = {"alpha": np.round(example.options["alpha"] * 3).astype(int)} if "alpha" in example.options else {}
    same = forward(example, [a.astype(float) for a in whole], **{k: v.astype(float) for k, v in options.items()})
    outputs = forward(example, whole, **options)
    assert outputs[0].dtype == np.float64
    assert_array_equal(outputs[0], same[0])
    assert all(g.dtype == np.float64 for g in backward(example, outputs))


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_is_modified_and_layout_in_memory_does_not_matter(example):
    def awkward(a):
        b = np.asfortranarray(np.repeat(a, 2, axis=-1))[..., ::2]  # a strided view
        b.flags.writeable = False
        return b

    args = [awkward(a) if a.ndim else a for a in example.args]
    options = {k: awkward(v) if np.ndim(v) else v for k, v in example.options.items()}
    outputs, plain = forward(example, args, **options), forward(example)
    for got, expected in zip(outputs[:-1], plain[:-1], strict=True):
        assert_allclose(got, expected, rtol=1e-11, atol=1e-13)
    for got, expected in zip(backward(example, outputs), backward(example, plain), strict=True):
        assert_allclose(got, expected, rtol=1e-11, atol=1e-12)
    for array, before in zip(args, example.args, strict=True):
        assert_array_equal(array, before)


@pytest.mark.parametrize("function", PAIRS)
def test_the_cache_survives_the_backward(function):
    example = one(function)
    outputs = forward(example)
    dout = np.random.default_rng(2).normal(size=upstream_shape(example, outputs))
    dout.flags.writeable = False
    for first, second in zip(backward(example, outputs, dout), backward(example, outputs, dout), strict=True):
        assert_array_equal(first, second)


@pytest.mark.parametrize("function", PAIRS)
def test_a_wrong_upstream_gradient_is_named(function):
    example = one(function)
    outputs = forward(example)
    with pytest.raises(ValueError, match=rf"{function}_backward: \w+ has shape \(1, 2\), should be "):
        backward(example, outputs, np.ones((1, 2)))
    shape = upstream_shape(example, outputs)
    with pytest.raises(TypeError, match=rf"{function}_backward: \w+ has dtype <U1, should be "):
        backward(example, outputs, np.full(shape, "a"))


STORED = ("hebbian_weights", "dense_energy", "modern_hopfield", "modern_hopfield_energy")


@pytest.mark.parametrize("function", PAIRS)
def test_no_items_at_all(function):
    for example in examples(function, sizes={**SIZES, "N": 0}):
        if "N" not in PAIRS[function].layouts[0].layout:
            continue
        if function in STORED:
            with pytest.raises(ValueError, match=f"{function}_forward: .*, no patterns; should be"):
                forward(example)
            continue
        outputs = forward(example)
        for output in outputs[:-1]:
            assert not np.any(output > 0) and not np.any(output < -1), "zero, or z = -1"
        for argument, gradient in zip(example.args, backward(example, outputs), strict=True):
            assert gradient.shape == argument.shape and not gradient.any()


@pytest.mark.parametrize("example", [p for p in EXAMPLES if "mask" in p.values[0].options])
def test_a_row_with_nothing_to_attend_to_is_zero(example):
    nothing = np.zeros_like(example.options["mask"])
    outputs = forward(example, mask=nothing)
    weights = [np.exp(o) if example.function == "pointer_distribution" else o for o in outputs[:-1]]
    assert all(not weight.any() for weight in weights)
    assert all(not gradient.any() for gradient in backward(example, outputs))


@pytest.mark.parametrize("example", [p for p in EXAMPLES if "mask" in p.values[0].options])
def test_a_wrong_mask_is_named(example):
    mask = example.options["mask"]
    with pytest.raises(TypeError, match=f"{example.function}_forward: mask has dtype int64, should be bool"):
        forward(example, mask=mask.astype(int))
    with pytest.raises(ValueError, match=rf"{example.function}_forward: mask has shape .*, should be \("):
        forward(example, mask=mask[..., :-1])


def all_seen(example):
    """Weights that leave no row with nothing to attend to."""
    return {"alpha": np.full_like(example.options["alpha"], 1 / 7)} if "alpha" in example.options else {}


# what is pushed, or beyond the edge, or read in the other direction, stays finite
PART = ("stack_update", "queue_update", "deque_update", "glimpse", "bidirectional_gru")


@pytest.mark.parametrize("function", [f for f in PAIRS if "..." in PAIRS[f].layouts[0].layout])
def test_nan_goes_through(function):
    example, enough = one(function), np.any if function in PART else np.all
    for position in range(len(example.args)):
        args = [a.copy() for a in example.args]
        args[position].flat[:] = np.nan
        outputs = forward(example, args, **all_seen(example))[:-1]
        assert any(enough(np.isnan(output)) for output in outputs)
    args = [a.copy() for a in example.args]
    args[0][0, 0] = np.nan  # one batch entry
    output = forward(example, args, **all_seen(example))[0]
    assert np.isnan(output[0, 0]).any() and np.isfinite(output[1]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_huge_scores_are_finite(dtype, scale, rng):
    scores = np.array([[1.0, 0.5, -1.0, 1.0], [0.0, 0.0, 0.0, -0.1]], dtype) * dtype(scale)
    alpha, cache = nnmem.attention_distribution_forward(scores)
    assert np.isfinite(alpha).all()
    assert_allclose(alpha.sum(-1), 1, rtol=1e-6)
    assert_allclose(alpha[0], [0.5, 0, 0, 0.5] if scale > 0 else [0, 0, 1, 0])
    assert np.isfinite(nnmem.attention_distribution_backward(rng.normal(size=(2, 4)), cache)).all()
    X, q = (rng.normal(size=(3, 5)) * 1e2).astype(dtype), np.full(5, scale, dtype)
    for score in ("dot", "scaled_dot"):
        r, alpha, cache = nnmem.soft_attention_forward(X, q, score=score)
        assert np.isfinite(r).all() and np.isclose(alpha.sum(), 1)
        assert all(np.isfinite(g).all() for g in nnmem.soft_attention_backward(np.ones(5), cache))


def test_a_long_memory_is_exact_enough(rng):
    scores = rng.normal(size=100_000).astype(np.float32)
    alpha, cache = nnmem.attention_distribution_forward(scores)
    exact = np.exp(scores.astype(float) - scores.max())
    assert_allclose(alpha, exact / exact.sum(), rtol=1e-5)
    assert np.isfinite(nnmem.attention_distribution_backward(rng.normal(size=100_000), cache)).all()


def test_scores_of_minus_infinity_get_nothing():
    alpha, _ = nnmem.attention_distribution_forward(np.array([[-np.inf, 0.0], [-np.inf, -np.inf]]))
    assert_array_equal(alpha, [[0, 1], [0, 0]])


@pytest.mark.parametrize("function", ["soft_attention", "key_value_attention", "multi_query_attention"])
def test_an_unknown_score_or_a_missing_parameter(function):
    example = one(function)
    with pytest.raises(ValueError, match=f"{function}_forward: score is 'cosine', should be one of 'additive', 'dot'"):
        forward(example, score="cosine")
    with pytest.raises(TypeError, match=rf"{function}_forward: takes the arrays .* W, U, v .*got"):
        forward(example, example.args[:-1], score="additive")


@pytest.mark.parametrize(("heads", "error"), [(3, ValueError), (0, ValueError), (-2, ValueError), (2.0, TypeError)])
def test_heads_that_do_not_fit(heads, error):
    with pytest.raises(error, match=f"multi_head_attention_forward: num_heads is {heads}, should "):
        forward(one("multi_head_attention"), num_heads=heads)


def test_sampling_wants_a_generator():
    with pytest.raises(TypeError, match=r"sampled_attention_forward: rng is 3, should be a numpy\.random\.Generator"):
        nnmem.sampled_attention_forward(np.ones((2, 3)), np.ones(2) / 2, 3)


def test_sampling_from_nothing_draws_nothing(rng):
    x_z, z, cache = nnmem.sampled_attention_forward(np.ones((2, 3, 4)), np.array([[0, 0, 0], [0, 1, 0.0]]), rng)
    assert_array_equal(z, [-1, 1])
    assert_array_equal(x_z, [[0] * 4, [1] * 4])
    _, dalpha = nnmem.sampled_attention_backward(np.array([2.0, 3.0]), cache)
    assert_array_equal(dalpha, [[0, 0, 0], [0, 3, 0]])


def test_a_baseline_of_another_shape():
    _, _, cache = nnmem.sampled_attention_forward(np.ones((2, 3, 4)), np.ones((2, 3)) / 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"baseline has shape \(3,\), should be \(\) or \(2,\)"):
        nnmem.sampled_attention_backward(np.ones(2), cache, baseline=np.ones(3))


def test_lists_will_do():
    scores, _ = nnmem.dot_score_forward([[1, 2], [3, 4]], [1, 0.5])
    assert_array_equal(scores, [2, 5])
    with pytest.raises(ValueError, match="dot_score_forward: X is not a rectangular array"):
        nnmem.dot_score_forward([[1, 2], [3]], [1, 2])


def test_other_byte_orders_will_do():
    scores, _ = nnmem.dot_score_forward(np.array([[1.0, 2.0]], dtype=">f8"), np.array([1.0, 1.0]))
    assert_array_equal(scores, [3])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nnmem.hopfield_update_forward(np.ones((2, 0)), np.ones((0, 0)), np.ones(0)), ValueError, "no neurons"),
        (lambda: nnmem.hopfield_energy_forward(np.ones(0), np.ones((0, 0)), np.ones(0)), ValueError, "no neurons"),
        (
            lambda: nnmem.continuous_hopfield_energy_forward(np.ones(0), np.ones((0, 0)), np.ones(0)),
            ValueError,
            "no neurons",
        ),
        (
            lambda: nnmem.boltzmann_log_likelihood_forward(np.ones(0), np.ones((0, 0)), np.ones(0)),
            ValueError,
            "no neurons",
        ),
        (lambda: nnmem.bind_forward(np.ones((2, 0)), np.ones((2, 0))), ValueError, r"a has shape \(2, 0\), should be"),
        (lambda: nnmem.unbind_forward(np.ones(0), np.ones(0)), ValueError, r"c has shape \(0,\), should be"),
        (
            lambda: nnmem.sampled_attention_forward(np.ones((2, 3)), np.array([-0.5, 1.5]), np.random.default_rng(0)),
            ValueError,
            "alpha has entries that are negative or infinite",
        ),
        (
            lambda: nnmem.sampled_attention_forward(np.ones((2, 3)), np.array([1.0, np.inf]), np.random.default_rng(0)),
            ValueError,
            "alpha has entries that are negative or infinite",
        ),
        (
            lambda: nnmem.multi_head_attention_forward(*[np.ones((4, 4))] * 7, num_heads=True),
            TypeError,
            "num_heads is True, should be an int of at least 1",
        ),
        (
            lambda: nnmem.soft_attention_forward(np.ones((2, 3)), np.ones(3), score=["dot"]),
            ValueError,
            r"score is \['dot'\], should be one of 'additive', 'dot'",
        ),
        (
            lambda: nnmem.dot_score_backward(
                [[1.0], [1.0, 2.0]], nnmem.dot_score_forward(np.ones((2, 3)), np.ones(3))[1]
            ),
            ValueError,
            "dscores is not a rectangular array",
        ),
        (
            lambda: nnmem.dot_score_forward(np.ma.masked_array(np.ones((2, 3)), mask=True), np.ones(3)),
            TypeError,
            "X is a masked array",
        ),
        (
            lambda: nnmem.dot_score_backward(
                np.ma.masked_array(np.ones(2)), nnmem.dot_score_forward(np.ones((2, 3)), np.ones(3))[1]
            ),
            TypeError,
            "dscores is a masked array",
        ),
        (
            lambda: nnmem.multi_head_attention_forward(*[np.full((4, 4), 1.3e13, np.float32)] * 7, num_heads=2),
            ValueError,
            "Q, K, W_Q and W_K give scores beyond float32",
        ),
        (
            lambda: nnmem.dense_energy_forward(np.full(4, 1.9e102), np.array([[1.0] * 4, [-1.0] * 4]), 3),
            ValueError,
            "s has a state whose energy is beyond float64",
        ),
        (
            lambda: nnmem.attention_distribution_forward(np.ones(2), np.ma.masked_array([True, False])),
            TypeError,
            "mask is a masked array",
        ),
    ],
)
def test_what_used_to_pass_or_fail_namelessly(call, error, message):
    with pytest.raises(error, match=rf"\w+_(forward|backward): .*{message}"):
        call()
