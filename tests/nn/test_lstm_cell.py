"""The cell against every oracle, clipped and not; whole steps stand in test_lstm.py."""

import numpy as np
import pytest

import nnmem
from nnmem.nn.lstm_cell import lstm_cell_backward, lstm_cell_forward


@pytest.mark.parametrize("clip", [None, 0.5])
def test_gradients(rng, clip):
    z, c = rng.normal(size=(3, 8)), rng.normal(size=(3, 2))
    report = nnmem.check_gradients(lstm_cell_forward, lstm_cell_backward, z, c, cell_clip=clip)
    assert report, report


def test_the_cell_is_its_equations_one_number_at_a_time(rng):
    z, c = rng.normal(size=(3, 8)), rng.normal(size=(3, 2))
    h_next, c_next, _ = lstm_cell_forward(z, c)
    for row in range(3):
        for j in range(2):
            o, i, f = (1 / (1 + np.exp(-z[row, gate * 2 + j])) for gate in range(3))
            memory = f * c[row, j] + i * np.tanh(z[row, 6 + j])
            np.testing.assert_allclose(c_next[row, j], memory, rtol=1e-13)
            np.testing.assert_allclose(h_next[row, j], o * np.tanh(memory), rtol=1e-13)


@pytest.mark.parametrize("z", [(3, 4), (3, 8), (3, 17)])
def test_z_has_four_gates_for_every_cell(z):
    with pytest.raises(
        ValueError, match=rf"lstm_cell_forward: z has shape \({z[0]}, {z[1]}\), should be .* = \(3, 16\)"
    ):
        lstm_cell_forward(np.zeros(z), np.zeros((3, 4)))
