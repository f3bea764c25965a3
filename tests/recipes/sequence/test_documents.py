"""The documents recipe: a short run, and that a bag of words can know nothing."""

import numpy as np

from nnmem import recipes
from nnmem.nn.linear import LinearParams
from nnmem.recipes.sequence import documents
from nnmem.recipes.sequence.documents import flat_logits, flat_loss
from nnmem.tasks.marked_documents import document_batch


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "TESTED", 10)
    whole = recipes.run("documents", steps=2)
    assert set(whole.metrics) >= {"accuracy", "accuracy_flat", "sentence_share", "word_share", "accuracy_uniform"}
    recipes.run("documents", steps=2, out=tmp_path)
    again = recipes.run("documents", steps=2, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())


def test_the_gradient_of_the_bag_of_words(rng):
    batch = document_batch(rng, 3)
    params = rng.normal(size=(81, 3)), LinearParams(rng.normal(size=(4, 3)), rng.normal(size=4))
    logits, _ = flat_logits(params, batch)
    bags = [
        np.mean([params[0][w] for s, n in zip(words, lengths, strict=True) for w in s[:n]], axis=0)
        for words, lengths in zip(batch.words, batch.lengths, strict=True)
    ]
    np.testing.assert_allclose(logits, np.array(bags) @ params[1].W.T + params[1].b, rtol=1e-12)
    _, (dE, doutput) = flat_loss(params, batch)
    for x, dx in ((params[0], dE), (params[1].W, doutput.W)):
        direction = rng.normal(size=x.shape)
        x += 1e-6 * direction
        up, _ = flat_loss(params, batch)
        x -= 2e-6 * direction
        down, _ = flat_loss(params, batch)
        x += 1e-6 * direction
        np.testing.assert_allclose((up - down) / 2e-6, (dx * direction).sum(), rtol=1e-6)
