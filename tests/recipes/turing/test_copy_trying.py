"""A person's own text through the memory of the shipped machine."""

import matplotlib
import numpy as np
import pytest

from nnmem import recipes
from nnmem.recipes import InputError
from nnmem.recipes.turing.copy_trying import MOST, bits_text, text_bits

matplotlib.use("Agg")


@pytest.mark.parametrize("text", ["a", "hello", "你好，世界", "line\n\x00 two", "ÿ" * 10])
def test_a_text_is_copied_bit_for_bit(text):
    answer = recipes.load("ntm-copy").answer(text)
    facts = answer.to_json()
    assert facts["input"] == facts["output"] == text and facts["wrong_bits"] == 0
    assert facts["bits"] == 8 * len(text.encode()) and not answer.notices


def test_bits_say_what_the_text_says():
    A, e = [0, 1, 0, 0, 0, 0, 0, 1], [[1, 1, 0, 0, 0, 0, 1, 1], [1, 0, 1, 0, 1, 0, 0, 1]]
    np.testing.assert_array_equal(text_bits("Aé"), [A, *e])
    assert bits_text(text_bits("né")) == "né" and bits_text(np.ones((1, 8), np.uint8)) == "\\xff"
    assert bits_text(text_bits("\udcff")) == "\\xff", "a byte that is no UTF-8, as a terminal may give it"


def test_a_long_text_is_copied_with_a_notice():
    trained = recipes.load("ntm-copy")
    answer = trained.answer("x" * 21)
    assert "has learned from 1 to 20 vectors, not 21; its memory has 128 rows" in answer.notices[0]
    assert answer.to_json()["wrong_bits"] == 0 and trained.answer("x" * 20).notices == ()
    lost = trained.answer("the memory is a ring of rows. " * 9).to_json()
    assert lost["wrong_bits"] > 0 and lost["input"] != lost["output"]


@pytest.mark.parametrize(
    "given", ["", "x" * (MOST + 1), np.zeros((3, 7)), np.full((3, 8), 0.5), np.zeros(8), np.zeros((0, 8)), "\ud800"]
)
def test_what_is_no_text_is_refused(given):
    with pytest.raises(InputError, match=r"should be .*a text, such as hello"):
        recipes.load("ntm-copy").answer(given)


@pytest.mark.parametrize("text", ["a", "memory", "x" * 60])
def test_the_picture_shows_bits_heads_and_memory(text):
    figure = recipes.load("ntm-copy").answer(text).plot()
    assert [ax.get_title() for ax in figure.axes[:4]][1:3] == ["where the write head was", "where the read head was"]
    bits, write, read, memory = (np.asarray(ax.images[0].get_array()) for ax in figure.axes[:4])
    n = len(text)
    assert bits.shape == (8, 2 * n + 2) and write.shape == read.shape == memory.shape
    np.testing.assert_array_equal(bits[:, 1 : n + 1].T, text_bits(text))
    np.testing.assert_array_equal(bits[:, n + 2 :].T > 0.5, text_bits(text))
    if n < 60:  # the read head goes where the write head went
        assert (write[:, 1 : n + 1].argmax(axis=0) == read[:, n + 2 :].argmax(axis=0)).all()


@pytest.mark.parametrize("kind", [bool, int, float, np.float32])
def test_bits_of_any_kind_of_number_are_a_text(kind):
    vectors = text_bits("né").astype(kind)
    assert text_bits(vectors).dtype == np.uint8 and recipes.load("ntm-copy").answer(vectors).facts["input"] == "né"
