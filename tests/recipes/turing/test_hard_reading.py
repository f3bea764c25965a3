"""Soft and hard reading: gradients by differences and by enumeration, questions as they are said to be."""

import numpy as np
import pytest

from nnmem import recipes
from nnmem.recipes.turing import hard_reading
from nnmem.recipes.turing.hard_reading import Questions, Reader, hard, questions, soft


@pytest.fixture
def asked(rng):
    wanted = np.array([1, 0, 2])
    keys, values, queries = (rng.normal(size=size) for size in ((3, 4, 5), (3, 4, 5), (3, 5)))
    return Questions(keys, values, queries, wanted)


def weights(W, asked):
    scores = np.einsum("bnd,de,be->bn", asked.keys, W, asked.queries)
    alpha = np.exp(scores - scores.max(axis=1, keepdims=True))
    return alpha / alpha.sum(axis=1, keepdims=True)


def test_the_soft_loss_and_its_gradient(rng, asked):
    W = 0.5 * rng.normal(size=(5, 5))

    def loss(W):
        read = np.einsum("bn,bnd->bd", weights(W, asked), asked.values)
        return np.mean((read - asked.values[np.arange(3), asked.wanted]) ** 2)

    found, (dW,) = soft(Reader(W), asked)
    assert found == pytest.approx(loss(W))
    for i, j in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[i, j] = 1e-6
        assert dW[i, j] == pytest.approx((loss(W + step) - loss(W - step)) / 2e-6, abs=1e-8)


def test_the_hard_gradient_is_on_average_that_of_the_expected_loss(rng, asked):
    W = 0.3 * rng.normal(size=(5, 5))
    errors = ((asked.values - asked.values[np.arange(3), asked.wanted][:, None]) ** 2).mean(axis=2)

    def expected(W):
        return (weights(W, asked) * errors).sum(axis=1).mean()

    drawn = [hard(Reader(W), asked, rng) for _ in range(4000)]
    losses, gradients = np.array([loss for loss, _ in drawn]), np.array([grad.W for _, grad in drawn])
    assert losses.mean() == pytest.approx(expected(W), abs=4 * losses.std() / 4000**0.5)
    off = 4.5 * gradients.std(axis=0) / 4000**0.5
    for i, j in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[i, j] = 1e-6
        assert gradients[:, i, j].mean() == pytest.approx(
            (expected(W + step) - expected(W - step)) / 2e-6, abs=off[i, j]
        )


def test_a_query_is_the_rotated_key_of_the_value_that_is_wanted(rng):
    rotation = np.linalg.qr(rng.normal(size=(8, 8)))[0].astype(np.float32)
    drawn = questions(rng, 500, rotation)
    assert drawn.keys.shape == drawn.values.shape == (500, 8, 8) and drawn.keys.dtype == np.float32
    assert {*np.unique(drawn.keys)} == {*np.unique(drawn.values)} == {-1, 1} and {*drawn.wanted.tolist()} == {*range(8)}
    np.testing.assert_allclose(drawn.queries @ rotation, drawn.keys[np.arange(500), drawn.wanted], atol=1e-5)
    assert abs(np.mean(drawn.keys * drawn.values)) < 0.05


def test_both_readers_learn_and_go_on_where_they_stopped(tmp_path):
    whole = recipes.run("hard-reading", seed=1, steps=150, out=tmp_path)
    again = recipes.run("hard-reading", seed=1, steps=150, out=tmp_path, resume=True)
    assert whole.metrics == again.metrics and whole.steps == 150
    assert whole.metrics["soft_found"] > 0.9 > 0.5 > 1 / hard_reading.SLOTS
    assert whole.metrics["soft_loss"] == pytest.approx(np.mean(whole.history["soft_loss"][-100:]), rel=1e-6)
    assert whole.metrics["hard_loss"] == pytest.approx(np.mean(whole.history["hard_loss"][-100:]), rel=1e-6)
    np.testing.assert_array_equal(whole.history["loss"], whole.history["hard_loss"])
    assert {path.name for path in tmp_path.glob("*.npz")} == {"soft.npz", "hard.npz"}
