"""Documents in which only the words of one sentence together decide."""

import numpy as np

from nnmem.tasks.marked_documents import CLASSES, LONGEST, MARKER, SYNONYMS, deciding_sentences, document_batch


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
