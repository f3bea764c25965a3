"""Greedy and beam decoding, against every sequence there is."""

import itertools

import numpy as np
import pytest

from nnmem.attention.pointing import pointer_log_likelihood_forward
from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.nn.tree import tree_map


def example(end, n=4, B=3, scale=3.0, seed=0):
    """A network whose parameters are large, so that its choices are decided."""
    rng = np.random.default_rng(seed)
    model = PointerNetwork(2, 5, end=end)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape) * scale / 3, model.init(rng, np.float64))
    return model, params, rng.normal(size=(B, n, 2))


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


def test_wrong_beam():
    model, params, X = example(end=True)
    with pytest.raises(ValueError, match="decode: beam is 0, should be an int of at least 1"):
        decode(model, params, X, beam=0)
