import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.nn.margin_ranking import margin_ranking_backward, margin_ranking_forward


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_it_is_the_sum_over_rivals_that_are_too_near(lead, masked):
    rng = np.random.default_rng(3)
    scores, targets = rng.normal(size=(*lead, 5)), rng.integers(0, 5, lead)
    mask = rng.random(scores.shape) < 0.6 if masked else None
    losses, _ = margin_ranking_forward(scores, targets, mask, margin=0.7)
    for place in np.ndindex(lead):
        expected = 0.0
        for i in range(5):
            if i != targets[place] and (mask is None or mask[place][i]):
                expected += max(0.0, 0.7 - scores[place][targets[place]] + scores[place][i])
        assert losses[place] == pytest.approx(expected)
    report = check_gradients(
        margin_ranking_forward, margin_ranking_backward, scores, targets=targets, mask=mask, margin=0.7
    )
    assert report, report


def test_a_row_that_is_far_enough_ahead_costs_nothing():
    losses, cache = margin_ranking_forward([[0.0, 0.5, 0.4], [0.0, 0.5, 0.39]], [1, 1])
    assert_allclose(losses, [0, 0])
    assert not margin_ranking_backward(np.array([2.0, -3.0]), cache).any()
    losses, cache = margin_ranking_forward([0.0, 0.5, 0.45], 1)
    assert_allclose(losses, 0.05)
    assert_allclose(margin_ranking_backward(2.0, cache), [0, -2, 2])


def test_float32_stays_and_large_scores_are_finite():
    scores = np.array([[1e4, -1e4, 0]], np.float32)
    losses, cache = margin_ranking_forward(scores, [1])
    assert losses.dtype == np.float32 and losses == np.float32(3e4 + 0.2)
    gradient = margin_ranking_backward(np.ones(1, np.float32), cache)
    assert gradient.dtype == np.float32
    assert_allclose(gradient, [[1, -2, 1]])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"targets": [0, 3]}, ValueError, r"margin_ranking_forward: targets has the entry 3, should be in 0 to 2"),
        ({"targets": [0, -1]}, ValueError, "targets has the entry -1"),
        ({"targets": [0.0, 1.0]}, TypeError, "targets has dtype float64, should be integers"),
        ({"targets": [0]}, ValueError, r"targets has shape \(1,\), should be \(2,\)"),
        ({"mask": np.ones(3, bool)}, ValueError, r"mask has shape \(3,\), should be \(2, 3\)"),
        ({"scores": [["a"]]}, TypeError, "scores has dtype"),
    ],
)
def test_wrong_input_is_named(change, error, message):
    with pytest.raises(error, match=message):
        margin_ranking_forward(**{"scores": np.ones((2, 3)), "targets": [0, 1], **change})
