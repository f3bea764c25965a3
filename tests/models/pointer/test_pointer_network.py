import itertools

import numpy as np
import pytest

import nnmem
from nnmem.attention.pointing import pointer_log_likelihood_forward
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


def sequences(n, end, no_repeat):
    """Every sequence that decoding may return."""
    if not end:
        return [s for s in itertools.product(range(n), repeat=n) if not no_repeat or len(set(s)) == n]
    ended = [s for m in range(n + 1) for s in itertools.product(range(n), repeat=m)]
    if no_repeat:
        return [s for s in ended if len(set(s)) == len(s)]
    return [*ended, *itertools.product(range(n), repeat=n + 1)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("no_repeat", [False, True])
def test_a_wide_beam_finds_the_best_sequence_of_all(seed, end, no_repeat):
    n = 3
    model, params, X = example(end, n=n, B=2, seed=seed)
    decoded = decode(model, params, X, beam=10**4, no_repeat=no_repeat)
    for b in range(2):
        scores = {}
        for s in sequences(n, end, no_repeat):
            targets = [*s, n] if end and len(s) <= n else list(s)
            log_p, _ = model.forward(params, X[b : b + 1], [targets])
            if no_repeat:
                log_p = forbid_repeats(log_p, targets)
            scores[s] = pointer_log_likelihood_forward(log_p, [targets])[0][0]
        best = max(scores, key=scores.get)
        assert tuple(decoded.indices[b][: decoded.lengths[b]]) == best
        np.testing.assert_allclose(decoded.log_likelihood[b], scores[best], rtol=1e-10)


def forbid_repeats(log_p, targets):
    p = np.exp(log_p)
    for i in range(len(targets)):
        p[0, i, [t for t in targets[:i] if t < 3]] = 0
    return np.log(p / p.sum(axis=-1, keepdims=True), out=np.full_like(p, -np.inf), where=p > 0)


@pytest.mark.parametrize("end", [False, True])
def test_greedy_takes_the_most_probable_index_each_time(end):
    model, params, X = example(end, B=6)
    decoded = decode(model, params, X)
    columns = 4 + end
    for b in range(6):
        chosen = []
        for i in range(columns):
            log_p, _ = model.forward(params, X[b : b + 1], [[*chosen, 0]])
            choice = int(log_p[0, i].argmax())
            if choice == 4:
                break
            chosen.append(choice)
        assert decoded.indices[b][: decoded.lengths[b]].tolist() == chosen
        assert (decoded.indices[b][decoded.lengths[b] :] == -1).all()


@pytest.mark.parametrize("beam", [1, 2, 5])
@pytest.mark.parametrize("end", [False, True])
def test_score_is_the_likelihood_of_what_was_returned(beam, end):
    model, params, X = example(end, B=8)
    decoded = decode(model, params, X, beam=beam)
    for b in range(8):
        found = decoded.indices[b][: decoded.lengths[b]].tolist()
        targets = [found + [4] * (end and len(found) < 5)]
        log_p, _ = model.forward(params, X[b : b + 1], targets)
        value, _ = pointer_log_likelihood_forward(log_p, targets)
        np.testing.assert_allclose(decoded.log_likelihood[b], value[0], rtol=1e-10)


@pytest.mark.parametrize("beam", [1, 3])
def test_without_repeats_a_permutation_comes_out(beam):
    model, params, X = example(end=False, B=20, n=6)
    lengths = np.random.default_rng(0).integers(1, 7, 20)
    decoded = decode(model, params, X, lengths, beam=beam, no_repeat=True)
    for row, length in zip(decoded.indices, lengths, strict=True):
        assert sorted(row[:length]) == list(range(length)) and (row[length:] == -1).all()
    np.testing.assert_array_equal(decoded.lengths, lengths)


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


def test_wrong_beam():
    model, params, X = example(end=True)
    with pytest.raises(ValueError, match="decode: beam is 0, should be at least 1"):
        decode(model, params, X, beam=0)
