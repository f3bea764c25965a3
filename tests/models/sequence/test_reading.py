"""Three ways to read a text, each over one step."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.reading import READINGS, window_read_forward
from nnmem.nn.tree import leaves


def draw(rng, name, B=2, U=4, V=3, n=5, curves=2):
    C = np.eye(V)[rng.integers(0, V, (B, U))]
    C[1, 3:] = 0
    params = READINGS[name].init(rng, n, V, curves, np.float64)
    place = rng.uniform(1, 3, (B, curves if READINGS[name].curves else 0))
    return rng.normal(size=(B, n)), place, params, C


@pytest.mark.parametrize("name", ["window", "additive"])
def test_gradients(name, rng):
    h, place, params, C = draw(rng, name)
    reading = READINGS[name]
    report = nnmem.check_gradients(reading.read_forward, reading.read_backward, h, place, params, C=C)
    assert report, str(report)


def test_the_window_moves_forward_alone_and_reads_as_its_formula_says(rng):
    h, place, params, C = draw(rng, "window")
    w, onward, phi, _ = window_read_forward(h, place, params, C)
    assert (onward > place).all()
    alpha, beta, step = np.split(np.exp(h @ params.W.T + params.b), 3, axis=-1)
    assert_allclose(onward - place, step)
    assert_allclose(w, nnmem.gaussian_window_forward(alpha, beta, place + step, C)[0])
    assert phi.shape == (2, 4)


def test_padding_is_not_read(rng):
    for name in ("additive", "mean"):
        h, place, params, C = draw(rng, name)
        w, _, weights, _ = READINGS[name].read_forward(h, place, params, C)
        assert weights[1, 3] == 0
        assert_allclose(weights.sum(axis=-1), 1)
        alone = READINGS[name].read_forward(h[1:], place[1:], params, C[1:, :3])
        assert_allclose(alone[0], w[1:], rtol=1e-12)


def test_comparing_is_additive_attention_to_letters_and_sines_of_their_place(rng):
    h, place, params, C = draw(rng, "additive", U=6)
    w, handed_on, weights, _ = READINGS["additive"].read_forward(h, place, params, C)
    assert handed_on is place
    k = (params.W.shape[1] - 3) // 2
    for i in range(2):
        scores = []
        for u in range(6):
            angles = [u * math.pi / 40 * (j + 1) for j in range(k)]
            key = np.array([*C[i, u], *map(math.sin, angles), *map(math.cos, angles)])
            scores.append(params.v @ np.tanh(params.W @ key + params.U @ h[i]) if C[i, u].any() else -np.inf)
        expected = np.exp(scores) / np.exp(scores).sum()
        assert_allclose(weights[i], expected, rtol=1e-10)
        assert_allclose(w[i], expected @ C[i], rtol=1e-10)


def test_the_mean_counts_every_letter_once(rng):
    h, place, params, C = draw(rng, "mean")
    w, _, weights, cache = READINGS["mean"].read_forward(h, place, params, C)
    assert_allclose(weights, [[1 / 4] * 4, [1 / 3] * 3 + [0]])
    assert_allclose(w, [C[0].mean(axis=0), C[1, :3].mean(axis=0)])
    dh, dplace, none = READINGS["mean"].read_backward(rng.normal(size=w.shape), place, cache)
    assert dh.shape == h.shape and not dh.any() and dplace is place and none == ()


@pytest.mark.parametrize("name", READINGS)
def test_float32_stays(name, rng):
    h, place, _, C = (a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in draw(rng, name))
    params = READINGS[name].init(rng, 5, 3, 2, np.float32)
    w, place, weights, cache = READINGS[name].read_forward(h, place, params, C)
    dh, dplace, dparams = READINGS[name].read_backward(w, place, cache)
    for _, leaf in leaves((w, place, weights, dh, dplace, dparams)):
        assert leaf.dtype == np.float32
