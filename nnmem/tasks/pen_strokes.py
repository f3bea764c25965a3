"""Words in pen strokes: what a hand does to write a word, made from a vector font.

The letters are those of the Hershey font ``scripts``, single strokes digitised by A. V. Hershey (1967), from the
package Hershey-Fonts. Each word is written with a slant, a size, a spacing and a tremor of its own, and cut into
movements of about equal length.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count

LETTERS = "abcdefghijklmnopqrstuvwxyz"
STOP = len(LETTERS)  # the symbol that ends a text
SYMBOLS = STOP + 1
STEP = 4.0  # font units in a movement; movements are in units of it
TREMOR = 0.4  # font units, standard deviation of each corner of a letter
JITTER = 0.35  # font units, standard deviation of each point; the next movement goes from there to where it should
RESTS = 2  # movements of length 0 with the pen up, after the last letter
BASELINE = 9


class Written(NamedTuple):
    """A batch of words and the movements that write them, padded with zeros."""

    texts: np.ndarray  # (B, U) symbols, the stop symbol last, −1 behind it
    strokes: np.ndarray  # (T, B, 3) movement in x and y, 1 where the pen is lifted after it
    letters: np.ndarray  # (T, B) which letter of the text a movement belongs to; the stop symbol's place at rest
    lengths: np.ndarray  # (B,) movements


@lru_cache(maxsize=1)
def alphabet() -> dict[str, tuple[tuple[np.ndarray, ...], float]]:
    """Return the strokes of every letter, each (points, 2), y upwards from the baseline, and its width.

    Raises
    ------
    ImportError
        The package Hershey-Fonts is not installed.
    """
    try:
        from HersheyFonts import HersheyFonts
    except ImportError:
        raise ImportError("the strokes come from Hershey-Fonts: pip install 'nnmem[handwriting]'") from None
    font = HersheyFonts()
    font.load_default_font("scripts")
    found = {}
    for letter in LETTERS:
        glyph = font.all_glyphs[letter]
        strokes = tuple(
            np.array([(x - glyph.left_offset, BASELINE - y) for x, y in stroke], float) for stroke in glyph.strokes
        )
        found[letter] = strokes, float(glyph.char_width)
    return found


@lru_cache(maxsize=1)
def held_out_pairs() -> np.ndarray:
    """Return which letter may follow which in training, (26, 26) bool: a tenth of all pairs never does."""
    allowed = np.ones(len(LETTERS) ** 2, bool)
    allowed[np.random.default_rng(1967).permutation(allowed.size)[: allowed.size // 10]] = False
    return allowed.reshape(len(LETTERS), len(LETTERS))


def random_words(rng: np.random.Generator, number: int, length: int, held_out: bool = False) -> list[str]:
    """Draw words letter by letter, of pairs shown in training; with one pair that never is, if held_out."""
    count("random_words", "length", length, least=2 if held_out else 1)
    allowed = held_out_pairs()
    words = []
    for _ in range(number):
        letters = [int(rng.integers(STOP))]
        special = int(rng.integers(1, length)) if held_out else 0
        for i in range(1, length):
            follow = np.flatnonzero(allowed[letters[-1]] ^ (i == special))
            if not len(follow):  # this letter has no pair that is held out: start again from one that has
                letters[-1] = int(rng.choice(np.flatnonzero((~allowed).any(axis=1) & _from(letters, allowed))))
                follow = np.flatnonzero(~allowed[letters[-1]])
            letters.append(int(rng.choice(follow)))
        words.append("".join(LETTERS[i] for i in letters))
    return words


def _from(letters: list[int], allowed: np.ndarray) -> np.ndarray:
    """Which letters may stand in place of the last one."""
    return allowed[letters[-2]] if len(letters) > 1 else np.ones(STOP, bool)


def write_word(word: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Write a word once: movements (T, 3) and the letter that each belongs to (T,)."""
    slant, size, spacing = rng.uniform(-0.1, 0.3), rng.uniform(0.85, 1.15), rng.uniform(-0.5, 1.5)
    points, lifts, owners = [np.zeros((1, 2))], [], []
    x = 0.0
    for i, letter in enumerate(word):
        strokes, width = alphabet()[letter]
        for stroke in strokes:
            line = stroke + np.array([x, 0]) + rng.normal(0, TREMOR, stroke.shape)
            line = size * (line + slant * line[:, 1:] * (1, 0))
            line = _evenly(line)
            points.append(line + rng.normal(0, JITTER, line.shape))
            lifts += [0] * (len(points[-1]) - 1) + [1]
            owners += [i] * len(points[-1])
        x += width + spacing
    movements = np.diff(np.concatenate(points), axis=0) / STEP
    rest = np.tile([0.0, 0.0, 1.0], (RESTS, 1))
    return np.concatenate([np.column_stack([movements, lifts]), rest]), np.array(owners + [len(word)] * RESTS)


def _evenly(line: np.ndarray) -> np.ndarray:
    """Points about STEP apart along a line (points, 2), its ends included."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    wanted = np.linspace(0, along[-1], max(round(along[-1] / STEP), 1) + 1)
    return np.column_stack([np.interp(wanted, along, line[:, 0]), np.interp(wanted, along, line[:, 1])])


def write_words(words: Sequence[str], rng: np.random.Generator) -> Written:
    """Write words as a batch."""
    return pad_words(words, [write_word(word, rng) for word in words])


def pad_words(words: Sequence[str], written: Sequence[tuple[np.ndarray, np.ndarray]]) -> Written:
    """Words that ``write_word`` wrote as a batch."""
    texts = encode_words(words)
    lengths = np.array([len(letters) for _, letters in written])
    T, B = int(lengths.max()), len(words)
    strokes, letters = np.zeros((T, B, 3), np.float32), np.zeros((T, B), np.intp)
    for i, (movements, owners) in enumerate(written):
        strokes[: lengths[i], i] = movements
        letters[: lengths[i], i] = owners
    return Written(texts, strokes, letters, lengths)


def encode_words(words: Sequence[str]) -> np.ndarray:
    """Return the symbols of words, (B, U), each with the stop symbol at its end and −1 behind it.

    Raises
    ------
    ValueError
        There are no words, or one is empty or has other characters than a to z; the message names them.
    """
    if not len(words):
        raise ValueError("encode_words: there are no words")
    texts = np.full((len(words), max(map(len, words)) + 1), -1)
    for i, word in enumerate(words):
        unknown = "".join(dict.fromkeys(letter for letter in word if letter not in LETTERS))
        if unknown or not word:
            raise ValueError(
                f"encode_words: {f'{word!r} has {unknown}' if word else 'a word is empty'}, should be a to z"
            )
        texts[i, : len(word) + 1] = [*map(LETTERS.index, word), STOP]
    return texts


def one_hot(texts: np.ndarray) -> np.ndarray:
    """Texts (B, U) as rows of zeros and a one, (B, U, SYMBOLS); zeros alone behind a text's end."""
    return (texts[..., None] == np.arange(SYMBOLS)).astype(np.float32)


def edit_distance(written: str, read: str) -> int:
    """Return how many letters must be put in, taken out or changed to make one word of the other."""
    row = list(range(len(read) + 1))
    for i, a in enumerate(written, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(read, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def pen_line(strokes: np.ndarray) -> list[np.ndarray]:
    """Movements (T, 3) as lines (points, 2), one for each time that the pen is down."""
    places = np.cumsum(strokes[:, :2], axis=0)
    stops = np.flatnonzero(strokes[:, 2] > 0.5) + 1
    return [line for line in np.split(places, stops) if len(line)]
