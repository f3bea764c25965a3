import numpy as np
import pytest

from nnmem.tasks.associative_retrieval import SYMBOLS, places_of, retrievals, spelt


def test_every_question_is_about_a_letter_that_was_there(rng):
    symbols, answers = given = retrievals(rng, 500, pairs=4)
    assert symbols.shape == (11, 500)
    asked = set()
    for column, answer in zip(symbols.T, answers, strict=True):
        text = spelt(column)
        pairs = dict(zip(text[0:8:2], text[1:8:2], strict=True))
        assert len(pairs) == 4 and text[8:10] == "??" and pairs[text[10]] == str(answer)
        assert all(letter.isalpha() and digit.isdigit() for letter, digit in pairs.items())
        asked.add(text.index(text[10]))
    assert asked == {0, 2, 4, 6} and set(answers) == set(range(10))
    X = given.one_hot()
    assert X.dtype == np.float32 and (X.sum(axis=-1) == 1).all() and (X.argmax(axis=-1) == symbols).all()


def test_text_and_back():
    assert spelt(places_of("c9k8j3f1??c")) == "c9k8j3f1??c"
    with pytest.raises(ValueError, match="'!' is no symbol"):
        places_of("c9!")
    assert len(SYMBOLS) == 37


@pytest.mark.parametrize(("batch", "pairs"), [(0, 4), (3, 0), (3, 27)])
def test_sizes_that_make_no_sense(rng, batch, pairs):
    with pytest.raises(ValueError, match=r"retrievals: (batch|pairs) is"):
        retrievals(rng, batch, pairs)
