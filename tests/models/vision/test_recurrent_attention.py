"""The network that looks around, against its formulas in loops, and its whole loss against two oracles."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem import check_gradients
from nnmem.attention.glimpse import glimpse_forward
from nnmem.models.vision.hybrid_loss import hybrid_loss_backward, hybrid_loss_forward
from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.nn.tree import tree_map

MODEL = RecurrentAttention(3, size=2, scales=2, seen_size=4, place_size=3, hidden_size=5)


def anywhere(rng, dtype=np.float64):
    return tree_map(lambda leaf: (0.7 * rng.normal(size=leaf.shape)).astype(dtype), MODEL.init(rng))


def test_it_is_its_formulas_in_a_loop(rng):
    params, pictures, places = anywhere(rng), rng.normal(size=(2, 6, 7)), rng.uniform(-1, 1, (3, 2, 2))
    logits, means, _ = MODEL.forward(params, pictures, places)
    for b in range(2):
        h = np.zeros(5)
        for t in range(3):
            if t:
                assert_allclose(means[t - 1, b], np.tanh(params.location.W @ h + params.location.b), rtol=1e-12)
            v = glimpse_forward(pictures[b], places[t, b], 2, 2)[0].ravel()
            seen = [max(0, w @ v + c) for w, c in zip(*params.seen, strict=True)]
            place = [max(0, w @ places[t, b] + c) for w, c in zip(*params.place, strict=True)]
            z = params.W_g @ np.array([*seen, *place]) + params.W_h @ h + params.b
            h = np.array([max(0, each) for each in z])
        assert_allclose(logits[b], params.output.W @ h + params.output.b, rtol=1e-12)


def test_looking_is_forward_at_the_places_that_it_chose(rng):
    params, pictures = anywhere(rng), rng.normal(size=(2, 3, 6, 7))
    start, noise = rng.uniform(-1, 1, (2, 3, 2)), 0.3 * rng.normal(size=(3, 2, 3, 2))
    logits, means, places, _ = MODEL.look(params, pictures, start, noise)
    assert_array_equal(places[0], start)
    assert_allclose(places[1:], means + noise)
    again, same, _ = MODEL.forward(params, pictures, places)
    assert_array_equal(again, logits)
    assert_array_equal(same, means)


@pytest.mark.parametrize("T, batch", [(1, (2,)), (3, (2,)), (2, ())])
def test_the_whole_loss_against_its_oracles(rng, T, batch):
    params, pictures = anywhere(rng), rng.normal(size=(*batch, 6, 7))
    places = rng.uniform(-1, 1, (T, *batch, 2))
    drawn = {
        "labels": rng.integers(0, 3, batch),
        "places": places[1:],
        "reward": rng.normal(size=batch),
        "baseline": rng.normal(size=batch),
        "std": 0.4,
    }

    def forward(params):
        logits, means, seen = MODEL.forward(params, pictures, places)
        losses, loss = hybrid_loss_forward(logits, means, **drawn)
        return losses, (seen, loss)

    def backward(dlosses, cache):
        seen, loss = cache
        return MODEL.backward(*hybrid_loss_backward(dlosses, loss), seen)

    report = check_gradients(forward, backward, params)
    assert report.ok, report
    assert {row.oracle for row in report.rows} >= {"central difference", "complex step"}


def test_float32_stays(rng):
    params, pictures = anywhere(rng, np.float32), rng.normal(size=(2, 6, 7)).astype(np.float32)
    logits, means, cache = MODEL.forward(params, pictures, rng.uniform(-1, 1, (3, 2, 2)))
    grads = MODEL.backward(logits, means, cache)
    found = [logits, means, *(leaf for leaf in grads if isinstance(leaf, np.ndarray)), *grads.seen, *grads.output]
    assert {array.dtype for array in found} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "places, match",
    [
        (np.zeros((0, 2, 2)), "number of glimpses is 0, should be an int of at least 1"),
        (np.zeros((3, 4, 2)), r"places has shape \(3, 4, 2\), should be \(glimpses, 2, 2\)"),
        (np.zeros((3, 2)), r"places has shape \(3, 2\)"),
    ],
)
def test_wrong_places_are_named(rng, places, match):
    with pytest.raises(ValueError, match=f"RecurrentAttention: {match}"):
        MODEL.forward(anywhere(rng), np.zeros((2, 6, 7)), places)


@pytest.mark.parametrize(("start", "noise"), [((3, 2), (2, 2, 2)), ((2, 2), (2, 3, 2)), ((2,), (0, 2, 2))])
def test_a_start_or_noise_of_other_pictures_is_named(rng, start, noise):
    with pytest.raises(
        ValueError, match=r"start has shape .* and noise .*, should be \(2, 2\) and \(glimpses - 1, 2, 2\)"
    ):
        MODEL.look(anywhere(rng), np.zeros((2, 6, 7)), np.zeros(start), np.zeros(noise))


def test_a_colour_picture_is_named(rng):
    with pytest.raises(ValueError, match=r"places has shape \(3, 2, 2\), should be .* for pictures \(2, 6, 7, 3\)"):
        MODEL.forward(anywhere(rng), np.zeros((2, 6, 7, 3)), np.zeros((3, 2, 2)))


def test_a_place_that_is_nan_makes_its_picture_s_answer_nan(rng):
    places = np.zeros((2, 2, 2))
    places[1, 0, 1] = np.nan
    logits, *_ = MODEL.forward(anywhere(rng), np.ones((2, 6, 7)), places)
    assert np.isnan(logits[0]).all() and np.isfinite(logits[1]).all()
