"""Words in pen strokes."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.tasks.pen_strokes import (
    LETTERS,
    RESTS,
    STOP,
    alphabet,
    edit_distance,
    encode_words,
    held_out_pairs,
    one_hot,
    pad_words,
    pen_line,
    random_words,
    write_word,
    write_words,
)


def test_every_letter_has_strokes():
    for strokes, width in alphabet().values():
        assert width > 0 and all(len(stroke) > 1 for stroke in strokes)


def test_a_word_is_written_letter_by_letter(rng):
    strokes, owners = write_word("jumps", rng)
    assert (np.diff(owners) >= 0).all() and set(owners) == set(range(6))
    assert (strokes[-RESTS:] == [0, 0, 1]).all() and (owners == 5).sum() == RESTS
    pens = sum(len(alphabet()[letter][0]) for letter in "jumps")
    assert strokes[:-RESTS, 2].sum() == pens
    assert np.median(np.hypot(*strokes[:, :2].T)) == pytest.approx(1, abs=0.25)


def test_it_ends_where_the_word_is_wide(rng):
    narrow, wide = (write_word(word, rng)[0][:, 0].sum() for word in ("iii", "mmm"))
    assert wide > 2 * narrow


def test_every_writing_differs_and_a_seed_repeats_it():
    one, two, again = (write_word("a", np.random.default_rng(seed))[0] for seed in (0, 1, 0))
    assert one.shape != two.shape or (one != two).any()
    assert_allclose(one, again)


def test_words_keep_to_their_pairs(rng):
    allowed = held_out_pairs()
    assert (~allowed).sum() == 67
    for held_out in (False, True):
        for word in random_words(rng, 300, 5, held_out):
            assert sum(not allowed[LETTERS.index(a), LETTERS.index(b)] for a, b in pairwise(word)) == held_out


def test_batches_are_padded(rng):
    batch = write_words(["a", "attention"], rng)
    assert batch.texts.tolist()[0] == [0, STOP] + [-1] * 8
    assert batch.lengths.max() == len(batch.strokes) and not batch.strokes[batch.lengths[0] :, 0].any()
    words = ["an", "attention"]
    written = [write_word(word, rng) for word in words]
    padded = pad_words(words, written)
    for i, (movements, owners) in enumerate(written):
        assert_allclose(padded.strokes[: len(movements), i], movements, rtol=1e-6)
        assert padded.letters[: len(owners), i].tolist() == owners.tolist()
    C = one_hot(batch.texts)
    assert C.sum(axis=(1, 2)).tolist() == [2, 10] and C.dtype == np.float32


@pytest.mark.parametrize(("word", "message"), [("", "a word is empty"), ("naïve A", "'naïve A' has ï A")])
def test_unknown_letters_are_named(word, message):
    with pytest.raises(ValueError, match=message):
        encode_words(["ok", word])


def test_nothing_to_write_is_refused(rng):
    with pytest.raises(ValueError, match="encode_words: there are no words"):
        write_words([], rng)
    with pytest.raises(ValueError, match="random_words: length is 0, should be an int of at least 1"):
        random_words(rng, 1, 0)
    with pytest.raises(ValueError, match="random_words: length is 1, should be an int of at least 2"):
        random_words(rng, 1, 1, held_out=True)


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("", "", 0), ("abc", "abc", 0), ("abc", "ac", 1), ("kitten", "sitting", 3), ("", "ab", 2)]
)
def test_edit_distance(a, b, edits):
    assert edit_distance(a, b) == edit_distance(b, a) == edits


def test_lines_are_what_the_pen_draws():
    strokes = np.array([[1, 0, 0], [0, 1, 1], [2, 0, 0], [1, 0, 1]], float)
    first, second = pen_line(strokes)
    assert first.tolist() == [[1, 0], [1, 1]] and second.tolist() == [[3, 1], [4, 1]]
