"""Three ways to read a text, each over one step."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.reading import READINGS, window_read_forward


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
