"""The documents recipe: a short run, and that a bag of words can know nothing."""

import numpy as np

from nnmem import recipes
from nnmem.nn.linear import LinearParams
from nnmem.nn.progress import Progress
from nnmem.recipes.sequence import documents
from nnmem.recipes.sequence.documents import (
    FORMS,
    MEANING,
    WORDS,
    DocumentLesson,
    draw,
    flat_logits,
    flat_loss,
    loss_and_gradients,
    trained_form,
)
from nnmem.tasks.marked_documents import document_batch


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "TESTED", 10)
    whole = recipes.run("documents", steps=2)
    kinds = "accuracy", "sentence_share", "word_share"
    forms = {f"{kind}{form}" for kind in kinds for form in ("", "_at_once", "_paper")}
    assert set(whole.metrics) == forms | {"accuracy_uniform", "accuracy_flat"}
    recipes.run("documents", steps=2, out=tmp_path)
    again = recipes.run("documents", steps=2, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())


def test_lessons_go_from_deciding_sentences_with_even_weights_to_whole_documents(rng):
    taught, at_once = FORMS[""], FORMS["_at_once"]
    for step, sentences, even in ((0, 1, True), (MEANING, 1, False), (WORDS - 1, 1, False), (WORDS, 8, False)):
        lesson = draw(taught, rng, Progress(step=step))
        assert lesson.documents.words.shape[1] == sentences and lesson.even == even
    assert draw(at_once, rng, Progress()).documents.words.shape[1] == 8 and not draw(at_once, rng, Progress()).even
    assert draw(FORMS["_uniform"], rng, Progress(step=900)).even


def test_in_an_even_lesson_the_learned_queries_stay(rng):
    model, batch = FORMS[""].model, document_batch(rng, 4)
    params = model.init(rng)
    for even in (True, False):
        _, grads = loss_and_gradients(model, params, DocumentLesson(batch, even))
        assert grads.word.u.any() != even and grads.sentence.u.any() != even and grads.embedding.any()


def test_a_result_keeps_the_parameters_of_every_form(monkeypatch):
    monkeypatch.setattr(documents, "TESTED", 10)
    result = recipes.run("documents", steps=1)
    found = [trained_form(result, name) for name in ("", "_at_once", "_paper")]
    assert [model.values for model, _ in found] == ["embeddings", "embeddings", "states"]
    assert (found[0][1].embedding != found[1][1].embedding).any()


def test_the_gradient_of_the_bag_of_words(rng):
    batch = document_batch(rng, 3)
    lesson = DocumentLesson(batch, False)
    params = rng.normal(size=(81, 3)), LinearParams(rng.normal(size=(4, 3)), rng.normal(size=4))
    logits, _ = flat_logits(params, batch)
    bags = [
        np.mean([params[0][w] for s, n in zip(words, lengths, strict=True) for w in s[:n]], axis=0)
        for words, lengths in zip(batch.words, batch.lengths, strict=True)
    ]
    np.testing.assert_allclose(logits, np.array(bags) @ params[1].W.T + params[1].b, rtol=1e-12)
    _, (dE, doutput) = flat_loss(params, lesson)
    for x, dx in ((params[0], dE), (params[1].W, doutput.W)):
        direction = rng.normal(size=x.shape)
        x += 1e-6 * direction
        up, _ = flat_loss(params, lesson)
        x -= 2e-6 * direction
        down, _ = flat_loss(params, lesson)
        x += 1e-6 * direction
        np.testing.assert_allclose((up - down) / 2e-6, (dx * direction).sum(), rtol=1e-6)
