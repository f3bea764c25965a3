"""What every task hands out has the kinds that its docstring promises, and its options are what they are said to be."""

import datetime

import numpy as np
import pytest

from nnmem.tasks import (
    babi_answers,
    babi_features,
    babi_worlds,
    chinese_dates,
    digit_mosaics,
    pen_strokes,
    scattered_digits,
)
from nnmem.tasks.algorithms import copy, priority_sort, recall, repeat_copy
from nnmem.tasks.associative_retrieval import places_of, retrievals
from nnmem.tasks.babi_supported import supported
from nnmem.tasks.brackets import bracket_word, brackets
from nnmem.tasks.complex_signals import sinusoids
from nnmem.tasks.convex_hull import convex_hull, hull_batch
from nnmem.tasks.desk_stories import sample
from nnmem.tasks.digit_mosaics import changed, digit_pools, draw_mosaics, draw_patches, sampled
from nnmem.tasks.digits import load_digits, split_digits
from nnmem.tasks.episodic_copy import copy_episodes
from nnmem.tasks.facts import facts
from nnmem.tasks.marked_documents import document_batch
from nnmem.tasks.marked_segments import segment_batch
from nnmem.tasks.near_misses import near_misses
from nnmem.tasks.ngrams import ngrams
from nnmem.tasks.patterns import binary_digits, flip, glyphs, random_patterns
from nnmem.tasks.sorted_keys import sorted_keys
from nnmem.tasks.sorting import sorting_batch
from nnmem.tasks.tsp import shortest_tours, tsp_batch
from nnmem.tasks.word_orders import words

PIXELS, LABELS = np.random.default_rng(0).uniform(0.1, 1, (5, 64)), np.array([3, 1, 4, 1, 5])
QUESTIONS = babi_worlds.world_task(2, questions=10).train
LISTS, VOCABULARY = babi_answers.WordLists.of(QUESTIONS), babi_features.Vocabulary.of(QUESTIONS)
ENCODED = babi_features.encode(QUESTIONS, VOCABULARY, 40)
WRITTEN = babi_answers.write_down(QUESTIONS, LISTS, 40)
KIND = {"f": np.float32, "d": np.float64, "b": np.bool_, "i": np.integer}
POOLS = digit_pools(0, copies=1)
MOVEMENTS = [pen_strokes.write_word("an", np.random.default_rng(0))]
DRAWN = {
    "copy": ("ffb", lambda rng: copy(rng, 2, 3)),
    "repeat_copy": ("ffb", lambda rng: repeat_copy(rng, 2, 3, 2)),
    "recall": ("ffb", lambda rng: recall(rng, 2, 3)),
    "priority_sort": ("ffb", lambda rng: priority_sort(rng, 2, 3, 2)),
    "ngrams": ("ffb", lambda rng: ngrams(rng, 2)),
    "retrievals": ("ii", lambda rng: retrievals(rng, 2)),
    "retrievals one_hot": ("f", lambda rng: [retrievals(rng, 2).one_hot()]),
    "places_of": ("i", lambda rng: [places_of("a1??a")]),
    "write_down": ("iiiiii", lambda rng: WRITTEN[:6]),
    "numbers": ("i", lambda rng: [LISTS.numbers(("mary",))]),
    "strewn": ("iii", lambda rng: babi_answers.strewn(WRITTEN, np.arange(4), 0.5, 60, rng)),
    "encode": ("fiifi", lambda rng: ENCODED[:5]),
    "place": ("ii", lambda rng: [babi_features.place(ENCODED, 50, each) for each in (rng, None)]),
    "supported": ("fiifii", lambda rng: supported(QUESTIONS, VOCABULARY, 40)),
    "brackets": ("fi", lambda rng: brackets(rng, 2, 5, 3)),
    "bracket_word": ("fi", lambda rng: bracket_word("([])")),
    "batch_sentences": ("iiib", lambda rng: chinese_dates.batch_sentences([chinese_dates.sentence([5, 9], rng)])),
    "held_out_days": ("ii", lambda rng: chinese_dates.held_out_days()),
    "sinusoids": ("ffff", lambda rng: sinusoids(rng, 2)),
    "convex_hull": ("i", lambda rng: [convex_hull(rng.random((9, 2)))]),
    "hull_batch": ("fii", lambda rng: hull_batch(rng, 2, 5)),
    "shortest_tours": ("id", lambda rng: shortest_tours(rng.random((2, 5, 2)))),
    "tsp_batch": ("fi", lambda rng: tsp_batch(rng, 2, 5)),
    "load_digits": ("di", lambda rng: load_digits()),
    "digit_pools": ("fifi", lambda rng: [array for pool in POOLS for array in pool]),
    "changed": ("fd", lambda rng: [changed(PIXELS.reshape(-1, 8, 8).astype(kind), rng) for kind in ("f4", "f8")]),
    "sampled": ("f", lambda rng: [sampled(np.ones((1, 3, 3), np.float32), rng.random((1, 2, 2, 2)))]),
    "draw_mosaics": ("fiii", lambda rng: draw_mosaics(rng, POOLS[0], 3, 2)),
    "draw_patches": ("fi", lambda rng: draw_patches(rng, POOLS[0], 4)),
    "copy_episodes": ("fi", lambda rng: copy_episodes(rng, 2, 3)),
    "facts": ("ffffi", lambda rng: facts(rng, 9, 4, 2)),
    "document_batch": ("iiiii", lambda rng: document_batch(rng, 3)),
    "segment_batch": ("ffbf", lambda rng: segment_batch(rng, 3)),
    "patterns": ("ddd", lambda rng: [glyphs(), random_patterns(3, 5, rng), flip(glyphs(), 0.2, rng)]),
    "binary_digits": ("di", lambda rng: binary_digits()),
    "write_word": ("di", lambda rng: pen_strokes.write_word("an", rng)),
    "pad_words": ("ifii", lambda rng: pen_strokes.pad_words(["an"], MOVEMENTS)),
    "encode_words": ("i", lambda rng: [pen_strokes.encode_words(["an", "a"])]),
    "alphabet": ("d", lambda rng: pen_strokes.alphabet()["l"][0]),
    "one_hot": ("f", lambda rng: [pen_strokes.one_hot(np.array([[0, -1]]))]),
    "canvases": ("fii", lambda rng: scattered_digits.canvases(rng, PIXELS, LABELS, 3)),
    "shuffled_row": ("fii", lambda rng: scattered_digits.shuffled_row(rng, PIXELS, LABELS, 3)),
    "sorted_keys": ("ffi", lambda rng: sorted_keys(rng, 2, 4)),
    "sorting_batch": ("fi", lambda rng: sorting_batch(rng, 2, 4)),
    "words": ("fi", lambda rng: words(rng, 2, 4, 0.5)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_arrays_have_the_kinds_that_are_promised(name, rng):
    kinds, draw = DRAWN[name]
    for kind, array in zip(kinds, draw(rng), strict=True):
        assert type(array) is np.ndarray and np.issubdtype(array.dtype, KIND[kind]), (kind, array)


DEFAULTS = [
    (lambda rng, **more: copy(rng, 2, 3, **more), {"bits": 8}),
    (lambda rng, **more: repeat_copy(rng, 2, 3, 2, **more), {"bits": 8}),
    (lambda rng, **more: recall(rng, 2, 3, **more), {"rows": 3, "bits": 6}),
    (lambda rng, **more: priority_sort(rng, 2, 4, 3, **more), {"bits": 8}),
    (lambda rng, **more: ngrams(rng, 2, **more), {"bits": 200, "order": 5}),
    (lambda rng, **more: retrievals(rng, 2, **more), {"pairs": 4}),
    (lambda rng, **more: babi_worlds.world_task(1, **more), {"seed": 0, "questions": 1000}),
    (lambda rng, **more: babi_features.Vocabulary.of(QUESTIONS, **more), {"own_length": False}),
    (lambda rng, **more: sinusoids(rng, 3, **more), {"size": 32, "waves": 2, "noise": 1.0}),
    (lambda rng, **more: sample(rng, 3, **more), {"lengths": (1, 30), "held_out": False}),
    (lambda rng, **more: digit_pools(1, **more)[0].labels, {"copies": digit_mosaics.COPIES}),
    (lambda rng, **more: split_digits(rng, **more)[1], {"held_out": 599}),
    (lambda rng, **more: copy_episodes(rng, 2, 3, **more), {"kinds": 8, "pause": 5}),
    (lambda rng, **more: segment_batch(rng, 2, **more), {"n": 16}),
    (lambda rng, **more: near_misses(rng, **more), {"each": 40}),
    (lambda rng, **more: random_patterns(5, 9, rng, **more), {"common": 0.5}),
    (lambda rng, **more: pen_strokes.random_words(rng, 9, 5, **more), {"held_out": False}),
    (
        lambda rng, **more: scattered_digits.canvases(rng, PIXELS, LABELS, 3, **more),
        {"side": 32, "clutter": 4, "reach": 1.0},
    ),
    (lambda rng, **more: scattered_digits.shuffled_row(rng, PIXELS, LABELS, 3, **more), {"n": 9}),
]


def equal(a, b):
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize(
    ("draw", "options"), DEFAULTS, ids=lambda value: "-".join(value) if type(value) is dict else ""
)
def test_an_option_that_is_left_out_is_what_it_is_said_to_be(draw, options, monkeypatch):

    monkeypatch.setattr(digit_mosaics, "changed", lambda pictures, rng: pictures)
    left_out, told = draw(np.random.default_rng(3)), draw(np.random.default_rng(3), **options)
    assert equal(left_out, told)
    for name, value in options.items():
        other = not value if isinstance(value, bool) else (2, 5) if isinstance(value, tuple) else value / 2 or 1
        other = type(value)(other)
        assert not equal(told, draw(np.random.default_rng(3), **{**options, name: other})), f"{name} changes nothing"


def test_days_are_numbered_from_the_first_of_1912():
    text = chinese_dates.sentence([chinese_dates.DAYS - 1], np.random.default_rng(0)).text
    assert datetime.date(1912, 1, 1) == chinese_dates.FIRST
    assert chinese_dates.english(chinese_dates.read_sentence(text).words).endswith("December 31, 2068")
