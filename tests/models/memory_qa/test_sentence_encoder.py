"""Sentences as vectors: the bag against its formula in loops, the encoder against BERT's and a mean."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem.models.memory_qa.sentence_encoder import WordBag, WordsInContext
from nnmem.nn.tree import tree_map

WORDS = np.array([[0, 3, 1], [2, -1, -1], [-1, -1, -1], [4, 4, -1]])


def test_the_bag_is_its_formula(rng):
    J, d = 3, 4
    E = rng.normal(size=(5, d))
    X, _ = WordBag(5, d, J).forward(E, WORDS)
    for x, words in zip(X, WORDS, strict=True):
        wanted = np.zeros(d)
        for j, word in enumerate(words, 1):
            for k in range(1, d + 1):
                if word >= 0:
                    wanted[k - 1] += (1 + 4 * (k - (d + 1) / 2) / d * (j - (J + 1) / 2) / J) * E[word, k - 1]
        assert_allclose(x, wanted, atol=1e-14)


def test_the_encoder_is_a_mean_over_words(rng):
    model = WordsInContext(5, 4, 3, num_heads=2)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    X, _ = model.forward(params, WORDS)
    for x, words in zip(X, WORDS, strict=True):
        own = words[words >= 0]
        wanted = model.bert.forward(params, own)[0].mean(axis=0) if len(own) else np.zeros(4)
        assert_allclose(x, wanted, rtol=1e-9, atol=1e-14)
