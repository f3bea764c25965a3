"""The best predictor of dynamic N-grams is Bayes' rule."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.tasks.ngrams import ngrams, optimal_bits


def test_ngrams_predict_the_next_bit_from_a_table(rng):
    episodes = ngrams(rng, 7)
    assert episodes.X.shape == (199, 7, 1)
    assert_array_equal(episodes.X[1:], episodes.targets[:-1])
    assert episodes.mask.sum() == 7 * 195 and not episodes.mask[:4].any()


def test_the_best_predictor_beats_every_other_and_is_bayes_rule(rng):
    episodes = ngrams(rng, 400)
    sequence = np.concatenate([episodes.X, episodes.targets[-1:]])[..., 0].astype(int)
    slow = np.zeros(3)
    for b in range(3):
        counts = {}
        for t in range(5, 200):
            context = tuple(sequence[t - 5 : t, b])
            n = counts.setdefault(context, [0, 0])
            slow[b] -= np.log2((n[sequence[t, b]] + 0.5) / (sum(n) + 1))
            n[sequence[t, b]] += 1
    best = optimal_bits(episodes)
    assert_allclose(best[:3], slow)
    assert 125 < best.mean() < 145, "the paper's figure is about 133"
    assert best.mean() < 195 - 40, "far below a coin"
