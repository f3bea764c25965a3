"""The handwriting recipe: a short run, resuming, and the shipped network on a person's own words."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nnmem import recipes
from nnmem.recipes.sequence import handwriting
from nnmem.recipes.trained import InputError, load
from nnmem.tasks.pen_strokes import encode_words, one_hot, random_words


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path, monkeypatch):
    for name, value in {"TESTED": 4, "BATCH": 2, "WORDS": 16, "MOVEMENTS": 3}.items():
        monkeypatch.setattr(handwriting, name, value)
    whole = recipes.run("handwriting", steps=2)
    wanted = {"nll", "alignment", "reader_error"}
    wanted |= {f"letter_error{kind}" for kind in ("", "_pairs", "_16", "_additive", "_mean", "_16_additive")}
    assert wanted <= set(whole.metrics)
    recipes.run("handwriting", steps=2, out=tmp_path)
    again = recipes.run("handwriting", steps=2, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())


def test_the_shipped_network_writes_what_it_is_given():
    trained = load("handwriting")
    read = [trained.answer(word).facts["read"] for word in ("attention", "memory", "hand", "quick")]
    assert sum(a == b for a, b in zip(read, ("attention", "memory", "hand", "quick"), strict=True)) >= 3


def test_the_shipped_network_stops_and_is_read_as_it_should(rng):
    trained = load("handwriting")
    words = [word for length in range(1, 9) for word in random_words(rng, 15, length)]
    limit = handwriting.MOVEMENTS * 8
    strokes, lengths, _ = trained.model.write(
        trained.params, one_hot(encode_words(words)), rng, limit, handwriting.BIAS
    )
    params, reader = trained.reply.args
    assert params is trained.params and (lengths < limit).all() and len(strokes) == lengths.max()
    assert handwriting.letter_error(words, handwriting.READER.read(reader, strokes, lengths)) <= 0.03


def test_the_picture_shows_the_ink_and_the_window():
    figure = load("handwriting").answer("fox").plot()
    above, below, bar = figure.axes
    assert len(above.lines) >= 3 and below.images[0].get_array().shape[0] == 4 and bar.get_ylabel() == "weight φ"
    plt.close(figure)


def test_a_longer_text_is_written_with_a_notice():
    answer = load("handwriting").answer("attentionandmemory")
    assert answer.notices == ("18 letters, more than in training (1 to 8)",)
    assert np.isfinite(answer.facts["movements"]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a word is empty"),
        ("Hand 2", "has H 2, should be a to z"),
        ("a" * 201, "there are 201 letters, should be 200 at most: a word"),
    ],
)
def test_what_it_cannot_write_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        load("handwriting").answer(text)
