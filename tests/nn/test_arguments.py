"""Layouts: which shapes and dtypes fit, and what is said of those that do not."""

import numpy as np
import pytest

from nnmem.nn.arguments import arrays, attendable, upstream

LAYOUT = "X (..., N, d), q (..., d), W (h, d)"


def given(lead=(2, 3), N=4, d=5, h=6, dtype=np.float64):
    return np.ones((*lead, N, d), dtype), np.ones((*lead, d), dtype), np.ones((h, d), dtype)


@pytest.mark.parametrize("lead", [(), (0,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_fits_is_not_copied(lead, dtype):
    values = given(lead, dtype=dtype)
    assert all(a is b for a, b in zip(arrays("f", LAYOUT, *values), values, strict=True))


def test_integers_and_lists_become_float64():
    X, q = arrays("f", "X (..., N, d), q (..., d)", [[1, 2], [3, 4]], np.array([1, 2], np.int8))
    assert X.dtype == q.dtype == np.float64 and X[1, 0] == 3


@pytest.mark.parametrize(
    ("position", "shape", "message"),
    [
        (0, (5,), r"f: X has shape \(5,\), should be \(\.\.\., N, d\)"),
        (1, (2, 3, 4), r"f: q has shape \(2, 3, 4\), should be \(\.\.\., d\) = \(2, 3, 5\)"),
        (1, (5,), r"f: q has shape \(5,\), should be \(\.\.\., d\) = \(2, 3, 5\)"),
        (1, (1, 3, 5), r"f: q has shape \(1, 3, 5\), should be \(\.\.\., d\) = \(2, 3, 5\)"),
        (2, (2, 6, 5), r"f: W has shape \(2, 6, 5\), should be \(h, d\) = \(h, 5\)"),
    ],
)
def test_a_shape_that_does_not_fit_is_named_with_both_shapes(position, shape, message):
    values = list(given())
    values[position] = np.ones(shape)
    with pytest.raises(ValueError, match=message):
        arrays("f", LAYOUT, *values)


def test_the_time_axis_may_come_first():
    layout = "X (T, ..., d), h (..., d)"
    arrays("f", layout, np.ones((7, 2, 5)), np.ones((2, 5)))
    with pytest.raises(ValueError, match=r"f: h has shape \(7, 5\), should be \(\.\.\., d\) = \(2, 5\)"):
        arrays("f", layout, np.ones((7, 2, 5)), np.ones((7, 5)))


def test_an_axis_may_be_several_times_another():
    layout = "W (3h, d), U (3h, h), b (3h,)"
    arrays("f", layout, np.ones((6, 4)), np.ones((6, 2)), np.ones(6))
    for shapes, message in (
        (((6, 4), (6, 3), (6,)), r"f: U has shape \(6, 3\), should be \(3h, h\) = \(6, 2\)"),
        (((6, 4), (9, 3), (9,)), r"f: U has shape \(9, 3\), should be \(3h, h\) = \(6, 2\)"),
        (((7, 4), (7, 2), (7,)), r"f: W has shape \(7, 4\), should be \(3h, d\)"),
        (((6, 4), (6, 2), (2,)), r"f: b has shape \(2,\), should be \(3h,\) = \(6,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            arrays("f", layout, *map(np.ones, shapes))


@pytest.mark.parametrize("value", ["text", None, np.ones(5, bool), np.ones(5, np.float16), np.array([{}] * 5)])
def test_what_is_no_array_of_numbers_is_named(value):
    with pytest.raises(TypeError, match=r"^f: q (has dtype|is None)"):
        arrays("f", "q (d,)", value)


def test_two_precisions_are_refused():
    X, q, W = given()
    with pytest.raises(TypeError, match=r"f: arrays of different dtype \(X float64, q float32, W float64"):
        arrays("f", LAYOUT, X, q.astype(np.float32), W)


def test_an_upstream_gradient_has_the_shape_of_the_output():
    assert upstream("f", "dr", [1, 2], (2,), np.float32).dtype == np.float32
    with pytest.raises(ValueError, match=r"f: dr has shape \(2,\), should be \(3,\), the shape of the output"):
        upstream("f", "dr", [1, 2], (3,), np.float64)
    with pytest.raises(TypeError, match=r"f: dr has dtype <U1"):
        upstream("f", "dr", ["a", "b"], (2,), np.float64)


def test_a_mask_is_boolean_and_of_its_shape():
    assert attendable("f", None, (2,)) is None
    assert attendable("f", [True, False], (2,)).tolist() == [True, False]
    with pytest.raises(TypeError, match=r"f: mask has dtype int64, should be bool \(True = may be attended to\)"):
        attendable("f", np.array([1, 0]), (2,))
    with pytest.raises(ValueError, match=r"f: mask has shape \(2,\), should be \(3,\)"):
        attendable("f", [True, False], (3,))


def test_a_number_in_a_layout_is_that_size():
    arrays("f", "X (..., n, 2)", np.zeros((3, 5, 2)))
    with pytest.raises(ValueError, match=r"f: X has shape \(3, 5, 4\), should be \(\.\.\., n, 2\)"):
        arrays("f", "X (..., n, 2)", np.zeros((3, 5, 4)))


def test_complex_numbers_pass_and_take_the_real_ones_along():
    X, q = arrays("f", "X (..., N, d), q (..., d)", np.ones((4, 5), np.complex128), np.arange(5.0))
    assert X.dtype == q.dtype == np.complex128 and q.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(TypeError, match="arrays of different dtype"):
        arrays("f", "X (..., N, d), q (..., d)", np.ones((4, 5), np.complex128), np.ones(5, np.float32))


def test_the_other_byte_order_is_put_right():
    for kind in ("f4", "f8"):
        (X,) = arrays("f", "X (d,)", np.array([1.5, -2], f">{kind}"))
        assert X.dtype == np.dtype(kind) and X.dtype.isnative and X.tolist() == [1.5, -2]


def test_the_number_of_arrays_is_said():
    with pytest.raises(TypeError, match=r"^f: takes the arrays X, q \(2\), got 1$"):
        arrays("f", "X (..., N, d), q (..., d)", np.ones((4, 5)))
    with pytest.raises(TypeError, match=r"^f: takes the arrays X, q \(2\), got 3$"):
        arrays("f", "X (..., N, d), q (..., d)", np.ones((4, 5)), np.ones(5), np.ones(5))
    with pytest.raises(TypeError, match=r"^f: argument 3 has dtype <U1, should be float32 or float64$"):
        arrays("f", "X (..., N, d), q (..., d)", np.ones((4, 5)), np.ones(5), "x")


def test_lists_of_unequal_lengths_and_masked_arrays_are_refused_everywhere():
    ragged, masked = [[1.0], [1.0, 2.0]], np.ma.array([1.0, 2.0], mask=[True, False])
    calls = {
        "X": lambda value: arrays("f", "X (d,)", value),
        "dY": lambda value: upstream("f", "dY", value, (2,), np.dtype(float)),
        "mask": lambda value: attendable("f", value, (2,)),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"^f: {name} is not a rectangular array: "):
            call(ragged)
        with pytest.raises(TypeError, match=f"^f: {name} is a masked array, should be a plain one"):
            call(masked)


def test_an_upstream_gradient_takes_the_dtype_of_the_output_and_is_not_copied_without_need():
    for dtype in (np.float32, np.float64):
        own = np.ones(2, dtype)
        assert upstream("f", "dr", own, (2,), np.dtype(dtype)) is own
        for given in ([1, 2], np.array([1, 2], np.uint8), np.array([1.0, 2], np.float16)):
            assert upstream("f", "dr", given, (2,), np.dtype(dtype)).dtype == dtype
    with pytest.raises(TypeError, match=r"^f: dr has dtype complex128, should be float64, the dtype of the output$"):
        upstream("f", "dr", np.ones(2, complex), (2,), np.dtype(float))
    assert upstream("f", "dr", np.ones(2, complex), (2,), np.dtype(complex)).dtype == complex


def test_what_is_said_of_a_wrong_shape_shows_the_sizes_that_are_known():
    for layout, shapes, message in (
        ("X (..., N, d), y (N,)", ((2, 3, 4), (4,)), r"f: y has shape \(4,\), should be \(N,\) = \(3,\)$"),
        ("X (..., N, d), y (N,)", ((3,), (3,)), r"f: X has shape \(3,\), should be \(\.\.\., N, d\)$"),
        ("x (...), y (...)", ((2, 3), (3, 2)), r"f: y has shape \(3, 2\), should be \(\.\.\.\) = \(2, 3\)$"),
        ("x (...), y (...)", ((2,), ()), r"f: y has shape \(\), should be \(\.\.\.\) = \(2,\)$"),
        ("W (h, d), V (h, d)", ((2, 3), (2, 4)), r"f: V has shape \(2, 4\), should be \(h, d\) = \(2, 3\)$"),
        ("X (T, ..., d), h (..., d)", ((5, 2, 3), (3,)), r"f: h has shape \(3,\), should be .* = \(2, 3\)$"),
    ):
        with pytest.raises(ValueError, match=message):
            arrays("f", layout, *map(np.ones, shapes))
