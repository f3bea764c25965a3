"""Sentences as features."""

import numpy as np
import pytest

from nnmem.models.memory_qa.memn2n import MemN2N, Stories
from nnmem.tasks.babi import parse
from nnmem.tasks.babi_features import Vocabulary, encode, place
from nnmem.tasks.babi_worlds import world_task

TEXT = """1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Mary took the milk.
5 What is Mary carrying?\tMilk,apple\t2 4
1 Sandra went to the kitchen.
2 Where is Sandra?\tkitchen\t1
"""


def questions_of(text):
    return parse(text.encode(), "text")


def test_a_sentence_is_counts_and_weighted_counts():
    vocabulary = Vocabulary(("a", "b", "c"), 4)
    row = vocabulary.features(("b", "a", "b"))
    c = 4 * (np.arange(1, 5) - 2.5) / 4
    np.testing.assert_allclose(row, [1, 2, 0, c[1], c[0] + c[2], 0])
    np.testing.assert_array_equal(vocabulary.features(("x", "a")), [1, 0, 0, c[1], 0, 0])


def test_position_encoding_is_the_paper_s_code():
    """Word j weighs 1 + 4 (k − (d+1)/2)(j − (J+1)/2) / (d J) in entry k."""
    rng = np.random.default_rng(0)
    J, d, words = 5, 6, ("w", "x", "y", "z")
    E, sentence = rng.normal(size=(4, d)), (2, 0, 2, 1, 3)
    row = Vocabulary(words, J).features(tuple(words[i] for i in sentence))
    k, b = np.arange(1, d + 1), (np.arange(1, d + 1) - (d + 1) / 2) / d
    direct = sum(
        (1 + 4 * (k - (d + 1) / 2) * (j - (J + 1) / 2) / (d * J)) * E[word] for j, word in enumerate(sentence, 1)
    )
    np.testing.assert_allclose(row @ np.concatenate([E, E * b]), direct, rtol=1e-6)


def test_with_its_own_length_it_is_what_the_paper_prints():
    """Word j weighs lₖⱼ = (1 − j/J) − (k/d)(1 − 2j/J), with J words in this sentence."""
    rng = np.random.default_rng(0)
    d, words = 6, ("w", "x", "y", "z")
    model = MemN2N(4, 1, d, hops=1, position_encoding="paper")
    params = model.init(rng, np.float64)
    k = np.arange(1, d + 1)
    for sentence in ((2, 0, 2, 1, 3), (1, 2), (3,)):
        row = Vocabulary(words, 9, own_length=True).features(tuple(words[i] for i in sentence))
        J = len(sentence)
        direct = sum(((1 - j / J) - k / d * (1 - 2 * j / J)) * params.E[0, w] for j, w in enumerate(sentence, 1))
        _, _, cache = model.forward(params, Stories(np.zeros((1, 1, 8)), np.zeros((1, 1)), row[None].astype(float)))
        np.testing.assert_allclose(cache[9][0, 0], direct, rtol=1e-6)  # the first query, q = B x_q


def test_memory_holds_the_latest_first_and_says_once_what_is_left_out():
    made = questions_of(TEXT)
    vocabulary = Vocabulary.of(made)
    with pytest.warns(UserWarning, match="more than 2 sentences: the latest 2 are kept") as caught:
        encoded = encode(made, vocabulary, 2)
    assert len(caught) == 1 and encoded.cut == 1
    assert encoded.lengths.tolist() == [2, 2, 1] and encoded.memory[2, 1] == 0
    latest = encoded.sentences[encoded.memory[1]]
    np.testing.assert_array_equal(latest[0], vocabulary.features(("mary", "took", "the", "milk")))
    np.testing.assert_array_equal(latest[1], vocabulary.features(("john", "went", "to", "the", "hallway")))
    with pytest.warns(UserWarning, match="more than 3 words: the first 3 are kept"):
        encode(made, Vocabulary(vocabulary.words, 3), 5)


def test_words_outside_the_vocabulary_are_counted():
    vocabulary = Vocabulary.of(questions_of(TEXT))
    encoded = encode(questions_of("1 Bob moved to the sauna.\n2 Where is Bob?\tsauna\t1\n"), vocabulary, 5)
    assert encoded.unknown == {"bob": 2, "sauna": 1} and encoded.answers.tolist() == [-1]
    with pytest.raises(ValueError, match=r"encode: question 1 \('where'\) has an empty story"):
        encode([questions_of(TEXT)[0]._replace(story=(), words=("where",))], vocabulary, 5)
    with pytest.raises(ValueError, match="encode: there are no questions"):
        encode([], vocabulary, 5)
    with pytest.raises(ValueError, match="Vocabulary: there are no questions"):
        Vocabulary.of([])


def test_noise_strews_empty_slots_and_loses_nothing():
    encoded = encode(world_task(2, questions=200).train, Vocabulary.of(world_task(2, questions=200).train), 60)
    calm, noisy = place(encoded, 66), place(encoded, 66, np.random.default_rng(0))
    np.testing.assert_array_equal(calm[:, :60], encoded.memory)
    blanks = []
    for before, after, length in zip(calm, noisy, encoded.lengths, strict=True):
        np.testing.assert_array_equal(after[after > 0], before[before > 0])
        last = np.flatnonzero(after)[-1] + 1
        blanks.append((last - length) / np.ceil(0.1 * length))
    assert min(blanks) >= 0 and max(blanks) <= 1 and 0.2 < np.mean(blanks) < 0.6
