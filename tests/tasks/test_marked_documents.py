"""Documents in which only the words of one sentence together decide."""

import numpy as np

from nnmem.tasks.marked_documents import (
    CLASSES,
    LONGEST,
    MARKER,
    SENTENCES,
    SHORTEST,
    SYNONYMS,
    VOCABULARY,
    deciding_sentences,
    document_batch,
)


def test_every_document_has_every_topic_once_and_one_marker(rng):
    batch = document_batch(rng, 200)
    real = np.arange(LONGEST) < batch.lengths[..., None]
    topics = np.where(real & (batch.words < MARKER), batch.words // SYNONYMS, -1)
    for topic in range(CLASSES):
        assert ((topics == topic).sum(axis=(1, 2)) == 1).all()
    assert ((batch.words == MARKER) & real).sum(axis=(1, 2)).tolist() == [1] * 200


def test_the_class_is_the_topic_beside_the_marker(rng):
    batch = document_batch(rng, 200)
    rows = np.arange(200)
    deciding = batch.words[rows, batch.sentence]
    real = np.arange(LONGEST) < batch.lengths[rows, batch.sentence][:, None]
    assert ((deciding == MARKER) & real).any(axis=1).all()
    assert (deciding[rows, batch.word] // SYNONYMS == batch.classes).all()
    assert np.bincount(batch.classes).min() > 30


def test_a_deciding_sentence_alone_has_mark_topic_and_class_of_its_document(rng):
    batch = document_batch(rng, 200)
    alone, rows = deciding_sentences(batch), np.arange(200)
    assert alone.words.shape == (200, 1, LONGEST) and not alone.sentence.any()
    real = np.arange(LONGEST) < alone.lengths[..., None]
    assert (((alone.words == MARKER) & real).sum(axis=(1, 2)) == 1).all()
    assert (alone.words[rows, 0, alone.word] // SYNONYMS == batch.classes).all()
    assert (alone.lengths[:, 0] == batch.lengths[rows, batch.sentence]).all()


def test_every_word_length_sentence_and_place_is_drawn(rng):
    batch = document_batch(rng, 1500)
    assert batch.words.shape == (1500, SENTENCES, LONGEST) == (1500, 8, 10)
    assert {*batch.lengths.ravel().tolist()} == {*range(SHORTEST, LONGEST + 1)} == {6, 7, 8, 9, 10}
    assert {*batch.words.ravel().tolist()} == {*range(VOCABULARY)} and VOCABULARY == 81
    assert {*batch.sentence.tolist()} == {*range(8)} and {*batch.word.tolist()} == {*range(6)}
    counts = np.bincount(batch.words[batch.words > MARKER])[MARKER + 1 :]
    assert counts.min() > 0.8 * counts.mean(), "one filler is as common as another"
    beyond = np.arange(LONGEST) >= batch.lengths[..., None]
    assert (batch.words[beyond] == MARKER).all()
    topics = (batch.words < MARKER) & ~beyond
    assert (topics.sum(axis=2) <= 1).all() and (topics.sum(axis=(1, 2)) == CLASSES).all()
    places = np.nonzero(topics)[2]
    assert np.bincount(places).min() > 0.8 * len(places) / SHORTEST, "a topic stands anywhere in its sentence"
