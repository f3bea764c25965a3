"""Words in pen strokes."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.tasks import pen_strokes
from nnmem.tasks.pen_strokes import (
    JITTER,
    LETTERS,
    RESTS,
    STEP,
    STOP,
    TREMOR,
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


def test_only_a_pen_that_is_lifted_ends_a_line():
    strokes = np.array([[1, 0, 0.5], [1, 0, 0.51], [1, 0, 0.0]])
    assert [len(line) for line in pen_line(strokes)] == [2, 1] and pen_line(strokes[:0]) == []


def test_words_are_as_long_as_asked_and_of_every_letter(rng):
    for length in (1, 2, 5):
        words = random_words(rng, 400, length)
        assert {len(word) for word in words} == {length} and set("".join(words)) == set(LETTERS)
    allowed = held_out_pairs()
    places = set()
    for word in random_words(rng, 200, 6, held_out=True):
        places |= {i for i, (a, b) in enumerate(pairwise(word)) if not allowed[LETTERS.index(a), LETTERS.index(b)]}
    assert places == {0, 1, 2, 3, 4}, "the pair that is held out stands anywhere"


def test_every_letter_is_written_where_the_font_has_it(monkeypatch):
    """Without tremor, slant and chance in size: the corners of the font, one letter beside the other."""
    monkeypatch.setattr(pen_strokes, "TREMOR", 0.0)
    monkeypatch.setattr(pen_strokes, "JITTER", 0.0)

    class Middle:
        def uniform(self, low, high):
            assert low < high
            return {(-0.1, 0.3): 0.1, (0.85, 1.15): 1.1, (-0.5, 1.5): 0.5}[low, high]

        def normal(self, mean, deviation, shape):
            assert mean == deviation == 0
            return np.zeros(shape)

    strokes, owners = write_word("la", Middle())
    places = np.cumsum(strokes[:, :2], axis=0) * STEP
    lifted = np.flatnonzero(strokes[:-RESTS, 2])
    x, k, start = 0.0, 0, 0
    for i, letter in enumerate("la"):
        lines, width = alphabet()[letter]
        for line in lines:
            wanted = np.stack([1.1 * (line[:, 0] + x + 0.1 * line[:, 1]), 1.1 * line[:, 1]], axis=1)
            written = places[start : lifted[k] + 1]
            assert_allclose(written[[0, -1]], wanted[[0, -1]], atol=1e-9)
            length = np.hypot(*np.diff(wanted, axis=0).T).sum()
            assert len(written) == max(round(length / STEP), 1) + 1 and set(owners[start : lifted[k] + 1]) == {i}
            start, k = lifted[k] + 1, k + 1
        x += width + 0.5


def test_tremor_and_jitter_are_as_large_as_they_are_said_to_be():
    """The last point of a stroke is a corner of the font, trembling, and jitter on top."""
    rng, last = np.random.default_rng(2), []
    strokes, _ = alphabet()["l"]
    for _ in range(3000):
        movements, _ = write_word("l", rng)
        last.append(np.cumsum(movements[:, :2], axis=0)[-1] * STEP)
    spread = np.std(np.array(last)[:, 1] - strokes[-1][-1, 1])
    size = 0.3 / 12**0.5 * abs(strokes[-1][-1, 1])
    assert spread == pytest.approx(np.sqrt(TREMOR**2 * (1 + 0.3**2 / 12) + JITTER**2 + size**2), rel=0.1)


def test_points_are_evenly_spread_along_a_line():
    line = np.array([[0.0, 0], [3, 4], [3, 16]])
    found = pen_strokes._evenly(line)
    along = np.linspace(0, 17, 5)
    assert_allclose(found, [(0.6 * s, 0.8 * s) if s < 5 else (3, s - 1) for s in along])
    assert_allclose(pen_strokes._evenly(line[:1].repeat(2, 0)), line[:1].repeat(2, 0))
