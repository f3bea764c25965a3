"""Each kernel of the neural Turing machine gives, head by head, what the public pair of its formula gives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.turing import turing_kernels as kernels

LEADS = [(), (3,), (2, 3)]
N, D, S = 7, 4, 3
TOLERANCE = {np.float32: {"rtol": 3e-4, "atol": 3e-5}, np.float64: {"rtol": 1e-11, "atol": 1e-13}}


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


@pytest.fixture(params=LEADS)
def lead(request):
    return request.param


@pytest.fixture(params=[1, 3])
def heads(request):
    return request.param


@pytest.fixture
def draw(rng, dtype, lead):
    return lambda *shape: rng.normal(size=(*lead, *shape)).astype(dtype)


def same(got, expected, dtype):
    assert got.dtype == dtype and got.shape == expected.shape
    assert_allclose(got, expected, **TOLERANCE[dtype])


def head_by_head(pair, inputs, douts, axes):
    """A pair's outputs and gradients, each head on its own; axes say where an argument's heads stand, None: shared."""
    H = douts.shape[-2]
    outputs, gradients = [], []
    for h in range(H):
        args = [a if axis is None else a.take(h, axis) for a, axis in zip(inputs, axes, strict=True)]
        out, cache = getattr(nnmem, f"{pair}_forward")(*args)
        outputs.append(out)
        gradients.append(getattr(nnmem, f"{pair}_backward")(douts[..., h, :], cache))
    joined = [
        sum(parts) if axis is None else np.stack(parts, axis=axis)
        for parts, axis in zip(zip(*gradients, strict=True), axes, strict=True)
    ]
    return np.stack(outputs, axis=-2), joined


def test_cosine(draw, dtype, heads):
    M, K, beta, dW, before = draw(N, D), draw(heads, D), np.abs(draw(heads)), draw(heads, N), draw(N, D)
    given = [a.copy() for a in (M, K, beta, dW)]
    W, (dM, dK, dbeta) = head_by_head("cosine_content_addressing", (M, K, beta), dW, (None, -2, -1))
    got, cache = kernels.cosine_weights(M, K, beta)
    same(got, W, dtype)
    sum_of_M = before.copy()
    got_K, got_beta = kernels.cosine_weights_gradient(dW, cache, sum_of_M)
    same(sum_of_M, before + dM, dtype)
    same(got_K, dK, dtype)
    same(got_beta, dbeta, dtype)
    assert all(np.array_equal(a, b) for a, b in zip((M, K, beta, dW), given, strict=True))


@pytest.mark.parametrize("length", [0, 1e-40, 1e-30, 1e-25, 1e-19, 1e19, 1e25])
def test_cosine_of_rows_of_any_length(length, rng):
    M, K = rng.normal(size=(N, D)).astype(np.float32), rng.normal(size=(2, D)).astype(np.float32)
    M[2] *= np.float32(length)
    K[1] *= np.float32(length)
    beta = np.array([2.0, 3.0], np.float32)
    W, _ = head_by_head("cosine_content_addressing", (M, K, beta), np.ones((2, N), np.float32), (None, -2, -1))
    got, _ = kernels.cosine_weights(M, K, beta)
    assert np.isfinite(got).all()
    assert_allclose(got, W, rtol=1e-5)


def test_dot(draw, dtype, heads):
    M, Q, dW, before = draw(N, D), draw(heads, D), draw(heads, N), draw(N, D)
    given = [a.copy() for a in (M, Q, dW)]
    W, (dM, dQ) = head_by_head("content_addressing", (M, Q), dW, (None, -2))
    got, cache = kernels.dot_weights(M, Q)
    same(got, W, dtype)
    sum_of_M = before.copy()
    same(kernels.dot_weights_gradient(dW, cache, sum_of_M), dQ, dtype)
    same(sum_of_M, before + dM, dtype)
    assert all(np.array_equal(a, b) for a, b in zip((M, Q, dW), given, strict=True))


@pytest.mark.parametrize(
    ("pair", "kernel", "shapes", "axes"),
    [
        ("interpolate", "interpolated", ((N,), (N,), ()), (-2, -2, -1)),
        ("shift", "shifted", ((N,), (S,)), (-2, -2)),
        ("sharpen", "sharpened", ((N,), ()), (-2, -1)),
    ],
)
def test_addressing_by_location(draw, dtype, heads, pair, kernel, shapes, axes):
    inputs = [np.abs(draw(heads, *shape)) + dtype(0.1) for shape in shapes]
    dout = draw(heads, N)
    out, gradients = head_by_head(pair, inputs, dout, axes)
    given = [a.copy() for a in (*inputs, dout)]
    got, cache = getattr(kernels, kernel)(*inputs)
    same(got, out, dtype)
    for one, other in zip(getattr(kernels, f"{kernel}_gradient")(dout, cache), gradients, strict=True):
        same(one, other, dtype)
    for a, before in zip((*inputs, dout), given, strict=True):
        assert np.array_equal(a, before)


def test_reading(draw, dtype, heads):
    M, W, dR, before = draw(N, D), draw(heads, N), draw(heads, D), draw(N, D)
    R, (dM, dW) = head_by_head("memory_read", (M, W), dR, (None, -2))
    same(kernels.read(M, W), R, dtype)
    sum_of_M = before.copy()
    same(kernels.read_gradient(dR, M, W, sum_of_M), dW, dtype)
    same(sum_of_M, before + dM, dtype)


def test_writing_erases_with_every_head_and_then_adds_with_every_head(draw, dtype, heads):
    M, W, E, A, D_next = draw(N, D), draw(heads, N), draw(heads, D), draw(heads, D), draw(N, D)
    nothing = np.zeros_like(A[..., 0, :])
    steps = [(W[..., h, :], E[..., h, :], nothing) for h in range(heads)]
    steps += [(W[..., h, :], nothing, A[..., h, :]) for h in range(heads)]
    M_next, caches = M, []
    for step in steps:
        M_next, cache = nnmem.memory_write_forward(M_next, *step)
        caches.append(cache)
    dM, gradients = D_next, []
    for cache in reversed(caches):
        dM, *gradient = nnmem.memory_write_backward(dM, cache)
        gradients.insert(0, gradient)
    erasing, adding = gradients[:heads], gradients[heads:]
    got, cache = kernels.written(M, W, E, A)
    same(got, M_next, dtype)
    got_M = D_next.copy()
    dW, dE, dA = kernels.written_gradient_in_place(got_M, cache)
    same(got_M, dM, dtype)
    same(dW, np.stack([e[0] + a[0] for e, a in zip(erasing, adding, strict=True)], axis=-2), dtype)
    same(dE, np.stack([e[1] for e in erasing], axis=-2), dtype)
    same(dA, np.stack([a[2] for a in adding], axis=-2), dtype)
