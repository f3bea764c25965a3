"""The pointer network: gradients, teacher forcing as a loop of steps, padding, wrong input."""

import numpy as np
import pytest

import nnmem
from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.nn.lstm import LSTMState, lstm_step_forward
from nnmem.nn.tree import leaves, tree_map


def example(end, n=4, B=3, scale=3.0, seed=0):
    """A network whose parameters are large, so that its choices are decided."""
    rng = np.random.default_rng(seed)
    model = PointerNetwork(2, 5, end=end)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape) * scale / 3, model.init(rng, np.float64))
    return model, params, rng.normal(size=(B, n, 2))


@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("lengths", [None, [3, 4, 1]])
def test_gradients(end, lengths):
    model, params, X = example(end)
    targets = np.array([[0, 2, 1, 3], [2 + end, 1, 2, 0], [0, 0, 1, 2]])
    report = nnmem.check_gradients(model.forward, model.backward, params, X, targets=targets, lengths=lengths)
    assert report, report
    assert {row.argument for row in report.rows} >= {"params.encoder.W_h", "params.pointer.v", "params.start", "X"}
    assert any(row.argument == "params.end" for row in report.rows) == end
    by_oracle = [
        {r.argument for r in report.rows if r.oracle == oracle} for oracle in ("random direction", "complex step")
    ]
    assert by_oracle[0] == by_oracle[1], "each array has its complex step, the decoder's too"


def test_teacher_forcing_is_the_loop_of_steps():
    model, params, X = example(end=True)
    targets = np.array([[0, 2, 4], [1, 3, 2], [3, 0, 4]])
    log_p, _ = model.forward(params, X, targets)
    for b, c in enumerate(targets):
        state = LSTMState(np.zeros(5), np.zeros(5))
        items = []
        for x in X[b]:
            state, _ = lstm_step_forward(x, state, params.encoder)
            items.append(state.h)
        items.append(params.end[0])
        read = params.start
        for i in range(3):
            state, _ = lstm_step_forward(read, state, params.decoder)
            W, U, v = params.pointer
            s = np.array([v @ np.tanh(W @ item + U @ state.h) for item in items])
            np.testing.assert_allclose(np.exp(log_p[b, i]), np.exp(s) / np.exp(s).sum(), rtol=1e-10)
            read = X[b, min(c[i], 3)]


def test_what_stands_behind_an_end_changes_nothing_before_it():
    model, params, X = example(end=True)
    log_p, _ = model.forward(params, X, np.array([[2, 4, 4, 0], [4, 4, 4, 4], [0, 3, 1, 4]]))
    for b, kept in enumerate(([[2, 4]], [[4]], [[0, 3, 1, 4]])):
        alone, _ = model.forward(params, X[b : b + 1], np.array(kept))
        np.testing.assert_allclose(log_p[b, : len(kept[0])], alone[0], rtol=1e-12)
    assert np.isfinite(log_p).all()


def test_padding_changes_nothing():
    model, params, X = example(end=False)
    lengths = np.array([3, 4, 2])
    log_p, _ = model.forward(params, X, np.zeros((3, 2), int), lengths)
    other = X.copy()
    other[0, 3], other[2, 2:] = 99, -99
    again, _ = model.forward(params, other, np.zeros((3, 2), int), lengths)
    np.testing.assert_array_equal(log_p, again)
    for b, length in enumerate(lengths):
        alone, _ = model.forward(params, X[b : b + 1, :length], np.zeros((1, 2), int))
        np.testing.assert_allclose(log_p[b, :, :length], alone[0], rtol=1e-12)
        assert (log_p[b, :, length:] == -np.inf).all()


def test_rows_of_a_batch_do_not_meet():
    model, params, X = example(end=True, B=10)
    together = decode(model, params, X, beam=3)
    for b in range(10):
        alone = decode(model, params, X[b : b + 1], beam=3)
        assert alone.indices[0][: alone.lengths[0]].tolist() == together.indices[b][: together.lengths[b]].tolist()


def test_init():
    model = PointerNetwork(2, 5)
    params = model.init(np.random.default_rng(0))
    assert all(leaf.dtype == np.float32 for _, leaf in leaves(params))
    assert params.end.shape == (0, 5)
    assert PointerNetwork(2, 5, end=True).init(np.random.default_rng(0)).end.shape == (1, 5)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X": np.ones((3, 4))}, ValueError, r"PointerNetwork: X has shape \(3, 4\), should be \(B, n, d\)"),
        ({"X": np.ones((3, 4, 3))}, ValueError, r"PointerNetwork: start has shape \(2,\), should be \(d,\) = \(3,\)"),
        ({"X": np.ones((3, 0, 2))}, ValueError, "n at least 1"),
        ({"targets": [[0, 5]] * 3}, ValueError, "PointerNetwork: targets has the entry 5, should be in 0 to 4"),
        ({"targets": [[0, -1]] * 3}, ValueError, "PointerNetwork: targets has the entry -1, should be in 0 to 4"),
        ({"targets": [0, 1, 2]}, ValueError, r"PointerNetwork: targets has shape \(3,\), should be \(B, m\)"),
        ({"targets": [[0, 1]] * 2}, ValueError, r"targets has shape \(2, 2\), should be \(B, m\) = \(3, m\)"),
        ({"lengths": [0, 1, 2]}, ValueError, "lengths has the entry 0, should be in 1 to 4"),
        ({"lengths": [5, 1, 2]}, ValueError, "lengths has the entry 5, should be in 1 to 4"),
        ({"lengths": [5, 1]}, ValueError, "lengths has"),
        ({"lengths": [3.0, 1, 2]}, TypeError, "lengths has dtype float64"),
    ],
)
def test_wrong_input(change, error, message):
    model, params, X = example(end=True)
    with pytest.raises(error, match=message):
        model.forward(params, **{"X": X, "targets": [[0, 1]] * 3, **change})
