"""Digits on canvases: whole, where they are said to be, and clutter that darkens and never lightens."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnmem.tasks.scattered_digits import canvases, shuffled_row

DIGITS = np.random.default_rng(0).uniform(0.1, 1, (5, 64)).astype(np.float32)
LABELS = np.array([3, 1, 4, 1, 5])


def test_the_digit_stands_where_it_is_said_to(rng):
    drawn = canvases(rng, DIGITS, LABELS, 40, side=20, clutter=0)
    for picture, label, (row, column) in zip(drawn.pictures, drawn.labels, drawn.corners, strict=True):
        found = picture[row : row + 8, column : column + 8]
        [which] = [n for n in range(5) if np.array_equal(found, DIGITS[n].reshape(8, 8))]
        assert LABELS[which] == label and np.count_nonzero(picture) == 64


def test_clutter_is_pieces_of_digits_and_the_darker_stays(rng):
    clean, clutter = (canvases(np.random.default_rng(4), DIGITS, LABELS, 30, clutter=n) for n in (0, 4))
    assert (clutter.pictures >= clean.pictures).all()
    more = (clutter.pictures > 0).sum(axis=(1, 2)) - 64
    assert more.max() <= 4 * 16 and more.mean() > 40
    assert np.isin(clutter.pictures[clutter.pictures > 0], DIGITS).all()


def test_reach_bounds_the_way_from_the_middle(rng):
    for reach, low, high in ((0, 12, 12), (0.5, 6, 18), (1, 0, 24)):
        corners = canvases(rng, DIGITS, LABELS, 2000, clutter=0, reach=reach).corners
        assert (corners.min(), corners.max()) == (low, high)


def test_a_canvas_of_a_digit_s_size(rng):
    assert_array_equal(canvases(rng, DIGITS, LABELS, 3, side=8, clutter=1).corners, 0)


@pytest.mark.parametrize(
    "setting, match",
    [({"side": 7}, "side is 7, should be an int of at least 8"), ({"clutter": -1}, "clutter"), ({"reach": 2}, "reach")],
)
def test_settings_out_of_range_are_named(rng, setting, match):
    with pytest.raises(ValueError, match=f"canvases: {match}"):
        canvases(rng, DIGITS, LABELS, 2, **setting)


@pytest.mark.parametrize("digits, labels", [(DIGITS[:0], LABELS[:0]), (DIGITS, LABELS[1:]), (DIGITS[:, 1:], LABELS)])
def test_digits_that_are_none_are_named(rng, digits, labels):
    with pytest.raises(
        ValueError, match=r"canvases: digits has shape .* should be \(n, 64\) and \(n,\) with n at least 1"
    ):
        canvases(rng, digits, labels, 2)


def test_one_digit_of_a_row_is_whole_and_the_others_have_its_ink(rng):
    X, answers, places = shuffled_row(rng, DIGITS, LABELS, 50, 4)
    sums = np.sort(DIGITS, axis=1)
    for row, answer, place in zip(X, answers, places, strict=True):
        whole = [j for j in range(4) if (row[j] == DIGITS).all(axis=1).any()]
        assert whole == [place] and answer in LABELS[(row[place] == DIGITS).all(axis=1)]
        assert all((np.sort(each) == sums).all(axis=1).any() for each in row)
