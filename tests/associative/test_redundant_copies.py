"""Binding, bounding and redundant copies against Python's own complex numbers, written out in loops."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem

P = np.array([[0, 1, 2, 3], [2, 0, 3, 1], [3, 2, 1, 0]])


def parts(rng, *shape):
    return rng.normal(size=shape), rng.normal(size=shape)


def test_binding_is_the_product_and_the_conjugate_unbinds(rng):
    a, b = parts(rng, 2, 5), parts(rng, 2, 5)
    c_re, c_im, _ = nnmem.complex_bind_forward(*a, *b)
    for i in np.ndindex(2, 5):
        assert complex(c_re[i], c_im[i]) == pytest.approx(complex(a[0][i], a[1][i]) * complex(b[0][i], b[1][i]))
    length = np.hypot(*a)
    unit = a[0] / length, a[1] / length
    c_re, c_im, _ = nnmem.complex_bind_forward(*unit, *b)
    again = nnmem.complex_bind_forward(unit[0], -unit[1], c_re, c_im)[:2]
    assert_allclose(again, b, rtol=1e-12)


def test_binding_is_holographic_binding_in_the_frequency_domain(rng):
    a, b = rng.normal(size=(2, 7))
    A, B = np.fft.fft(a), np.fft.fft(b)
    c_re, c_im, _ = nnmem.complex_bind_forward(A.real, A.imag, B.real, B.imag)
    assert_allclose(np.fft.ifft(c_re + 1j * c_im).real, nnmem.bind_forward(a, b)[0], rtol=1e-12)


def test_the_bound_shortens_what_is_longer_than_one():
    z_re, z_im = np.array([3.0, 0.3, 0, -1, 0]), np.array([4.0, -0.4, 0, 0, 1e4])
    y_re, y_im, _ = nnmem.bound_modulus_forward(z_re, z_im)
    assert_allclose(y_re, [0.6, 0.3, 0, -1, 0])
    assert_allclose(y_im, [0.8, -0.4, 0, 0, 1])


def test_outside_the_circle_the_gradient_goes_across(rng):
    z_re, z_im = np.array([3.0, 0.3]), np.array([4.0, 0.4])
    *_, cache = nnmem.bound_modulus_forward(z_re, z_im)
    along = nnmem.bound_modulus_backward(np.array([3.0, 3]), np.array([4.0, 4]), cache)
    assert_allclose(along, [[0, 3], [0, 4]], atol=1e-12)
    across = nnmem.bound_modulus_backward(np.array([-4.0, -4]), np.array([3.0, 3]), cache)
    assert_allclose(across, [[-0.8, -4], [0.6, 3]])


def test_copies_written_and_read_in_loops(rng):
    r, u = parts(rng, 2, 4), parts(rng, 2, 4)
    c_re, c_im, _ = nnmem.write_copies_forward(*r, *u, P)
    y_re, y_im, _ = nnmem.read_copies_forward(c_re, c_im, *r, P)
    assert c_re.shape == (2, 3, 4)
    for b in range(2):
        for j in range(4):
            mean = 0
            for s in range(3):
                key = complex(r[0][b, P[s, j]], r[1][b, P[s, j]])
                copy = key * complex(u[0][b, j], u[1][b, j])
                assert complex(c_re[b, s, j], c_im[b, s, j]) == pytest.approx(copy)
                mean += key * copy / 3
            assert complex(y_re[b, j], y_im[b, j]) == pytest.approx(mean)


def test_one_copy_in_its_own_order_is_binding(rng):
    r, u = parts(rng, 4), parts(rng, 4)
    copy = nnmem.write_copies_forward(*r, *u, P[:1])[:2]
    assert_allclose([c[0] for c in copy], nnmem.complex_bind_forward(*r, *u)[:2])


def test_more_copies_less_noise(rng):
    keys, values = np.exp(1j * rng.uniform(-np.pi, np.pi, (2, 10, 200)))
    noise = []
    for copies in (1, 4, 16):
        orders = nnmem.copy_permutations(rng, copies, 200)
        c = nnmem.write_copies_forward(keys.real, keys.imag, values.real, values.imag, orders)[:2]
        memory = [np.tile(part.sum(axis=0), (10, 1, 1)) for part in c]
        y_re, y_im, _ = nnmem.read_copies_forward(*memory, keys.real, -keys.imag, orders)
        noise.append(((y_re - values.real) ** 2 + (y_im - values.imag) ** 2).mean())
    assert_allclose(noise, [9 * (1 / S + (1 - 1 / S) / 200) for S in (1, 4, 16)], rtol=0.1)


def test_permutations_are_permutations(rng):
    orders = nnmem.copy_permutations(rng, 5, 20)
    assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(20), (5, 1)))
    assert_array_equal(orders[0], np.arange(20))
    assert len({tuple(row) for row in orders}) == 5


ONES, C = np.ones(4), np.ones((3, 4))


def write(permutations):
    return lambda: nnmem.write_copies_forward(ONES, ONES, ONES, ONES, permutations)


def read(permutations, copies=C):
    return lambda: nnmem.read_copies_forward(copies, copies, ONES, ONES, permutations)


BAD = {
    "no copies": (write(np.zeros((0, 4), int)), ValueError, r"write_\w+: permutations has shape \(0, 4\), no copies"),
    "twice": (write([[0, 1, 1, 3]]), ValueError, "write_copies_forward: permutations has a row that is none"),
    "beyond": (write([[0, 1, 2, 4]]), ValueError, "should have 0 to 3 once in each row"),
    "negative": (write([[0, 1, 2, -1]]), ValueError, "should have 0 to 3 once in each row"),
    "short": (write([[0, 1, 2]]), ValueError, r"permutations has shape \(1, 3\), should be \(S, 4\)"),
    "flat": (write([0, 1, 2, 3]), ValueError, r"permutations has shape \(4,\), should be \(S, 4\)"),
    "no integers": (write([[0.0, 1, 2, 3]]), TypeError, "permutations has dtype float64, should be int"),
    "other copies": (read(P[:2]), ValueError, r"read_\w+: permutations has shape \(2, 4\), should be \(3, 4\)"),
    "read none": (read(np.zeros((0, 4), int), np.ones((0, 4))), ValueError, r"read_copies_forward: .* no copies"),
    "zero copies": (lambda: nnmem.copy_permutations(np.random.default_rng(0), 0, 4), ValueError, "copies is 0"),
    "key": (lambda: nnmem.write_copies_forward(ONES, np.ones(3), ONES, ONES, P), ValueError, r"r_im has shape \(3,\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, error, message = BAD[case]
    with pytest.raises(error, match=message):
        call()
