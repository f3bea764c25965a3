"""Both directions over padded sequences: each is as if it were alone."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.both_directions import (
    GRU,
    LSTM,
    BidirectionalParams,
    bidirectional_backward,
    bidirectional_forward,
    turned,
)
from nnmem.nn.gru import gru_forward, gru_init
from nnmem.nn.lstm import lstm_init

LENGTHS = np.array([2, 5, 1, 4])


def draw(rng, network):
    init = gru_init if network is GRU else lstm_init
    return rng.normal(size=(5, 4, 3)), BidirectionalParams(*(init(rng, 3, 2, dtype=np.float64) for _ in range(2)))


@pytest.mark.parametrize("network", [GRU, LSTM], ids=["GRU", "LSTM"])
def test_a_padded_sequence_is_read_as_if_it_were_alone(network, rng):
    X, params = draw(rng, network)
    H, cache = bidirectional_forward(X, params, LENGTHS, network)
    dH = rng.normal(size=H.shape)
    dX, _ = bidirectional_backward(dH, cache)
    for i, n in enumerate(LENGTHS):
        alone, own = bidirectional_forward(X[:n, i : i + 1], params, None, network)
        assert_allclose(H[:n, i], alone[:, 0], rtol=1e-13)
        assert_allclose(dX[:n, i], bidirectional_backward(dH[:n, i : i + 1], own)[0][:, 0], rtol=1e-12)
        assert not H[n:, i].any() and not dX[n:, i].any()


def test_the_backward_direction_starts_at_the_true_end(rng):
    X, params = draw(rng, GRU)
    H, _ = bidirectional_forward(X, params, LENGTHS)
    for i, n in enumerate(LENGTHS):
        back, _, _ = gru_forward(X[:n, i : i + 1][::-1], None, params.backward)
        assert_allclose(H[:n, i, 2:], back[::-1, 0], rtol=1e-13)


def test_what_stands_in_the_padding_does_not_matter(rng):
    X, params = draw(rng, GRU)
    H, _ = bidirectional_forward(X, params, LENGTHS)
    other = X.copy()
    other[np.arange(5)[:, None] >= LENGTHS] = 1e4
    assert_allclose(bidirectional_forward(other, params, LENGTHS)[0], H, rtol=1e-13)


def test_turning_round_twice_changes_nothing(rng):
    X = rng.normal(size=(5, 4, 3))
    turn = turned(5, LENGTHS)
    assert (X[turn][turn] == X).all()


def test_wrong_input(rng):
    X, params = draw(rng, GRU)
    with pytest.raises(ValueError, match="lengths has the entry 6, should be in 1 to 5"):
        bidirectional_forward(X, params, [1, 2, 3, 6])
    with pytest.raises(ValueError, match=r"X has shape \(4, 3\), should be \(T, B, d\)"):
        bidirectional_forward(X[0], params)
