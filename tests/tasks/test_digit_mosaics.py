"""Mosaics: every digit stands where its caption says, and held-out digits are never shown."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.tasks import digit_mosaics
from nnmem.tasks.digit_mosaics import (
    COLUMNS,
    NAMES,
    NO_DIGIT,
    ROWS,
    WORDS,
    captions,
    digit_pools,
    draw_mosaics,
    draw_patches,
    read_caption,
    sampled,
    whole_digits,
)


@pytest.fixture(scope="module")
def pools():
    return digit_pools(0, copies=1)


def test_a_third_is_held_out_and_never_shown(pools):
    shown, held_out = pools
    assert len(held_out.labels) == 599 and len(shown.labels) == 2 * 1198
    seen = {picture.tobytes() for picture in shown.pictures}
    assert sum(picture.tobytes() in seen for picture in held_out.pictures) <= 3  # a few digits were written twice
    assert shown.pictures.min() >= 0 and shown.pictures.max() <= 1
    again, _ = digit_pools(0, copies=1)
    assert (again.pictures == shown.pictures).all()
    assert not (digit_pools(1, copies=0)[1].labels == held_out.labels).all()


def test_copies_are_changed_but_alike(pools):
    shown, _ = pools
    first, copy = shown.pictures[:1198], shown.pictures[1198:]
    assert (shown.labels[:1198] == shown.labels[1198:]).all()
    likeness = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(first, copy, strict=True)]
    assert 0.6 < np.mean(likeness) < 0.98


def test_a_bent_copy_is_no_longer_flat_and_one_that_is_not_bent_is(monkeypatch):
    ramp = np.broadcast_to(np.arange(8.0)[:, None], (50, 8, 8))  # turned, stretched and slanted it stays a plane
    curves = []
    for bend in (digit_mosaics.BEND, 0.0):
        monkeypatch.setattr(digit_mosaics, "BEND", bend)
        copies = digit_mosaics.changed(ramp, np.random.default_rng(3))[:, 2:6, 2:6]  # nothing from outside
        curves.append(np.abs(np.diff(copies, n=2, axis=1)).max(axis=(1, 2)))
    assert (curves[0] > 1e-3).all() and np.median(curves[0]) < 0.5
    assert_allclose(curves[1], 0, atol=1e-12)


def test_sampling_at_the_pixels_gives_the_pixels_and_halfway_their_mean(rng):
    pictures = rng.random((2, 4, 5))
    places = np.stack(np.meshgrid(np.arange(4), np.arange(5), indexing="ij"), axis=-1)[None].repeat(2, 0).astype(float)
    assert_allclose(sampled(pictures, places), pictures)
    between = sampled(pictures, places[:, :, :-1] + [0, 0.5])
    assert_allclose(between, (pictures[:, :, :-1] + pictures[:, :, 1:]) / 2)
    assert_allclose(sampled(pictures, places + 9), 0)


@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_every_digit_stands_where_the_caption_says(pools, rng, count):
    shown = pools[0]
    mosaics = draw_mosaics(rng, shown, 20, count)
    known = {picture.tobytes(): label for picture, label in zip(shown.pictures, shown.labels, strict=True)}
    for picture, caption, corners in zip(mosaics.pictures, captions(mosaics), mosaics.corners, strict=True):
        words = read_caption(caption).split()
        assert len(words) == 4 * count and words[-1] == "." and words[3:-1:4] == [","] * (count - 1)
        ink = np.zeros_like(picture)
        for k, (row, column) in enumerate(corners):
            digit = picture[row : row + 8, column : column + 8]
            name, down, across, _ = words[4 * k : 4 * k + 4]
            assert NAMES[known[digit.tobytes()]] == name
            assert ROWS[row // 11] == down and COLUMNS[column // 11] == across and max(row % 11, column % 11) <= 2
            ink[row : row + 8, column : column + 8] = digit
        assert (ink == picture).all()


def test_patches_with_a_whole_digit_are_those_that_cover_it(pools, rng):
    mosaics = draw_mosaics(rng, pools[0], 30, 3)
    held = whole_digits(mosaics)
    for b, k, patch in np.ndindex(held.shape):
        top, left = 4 * (patch // 6), 4 * (patch % 6)
        row, column = mosaics.corners[b, k]
        inside = top <= row and row + 8 <= top + 12 and left <= column and column + 8 <= left + 12
        assert held[b, k, patch] == inside
    assert held.any(axis=-1).all()


def test_half_of_the_patches_hold_a_digit(pools, rng):
    patches, labels = draw_patches(rng, pools[0], 400)
    assert patches.shape == (400, 12, 12) and (labels != NO_DIGIT).mean() == 0.5
    known = {picture.tobytes(): label for picture, label in zip(*pools[0], strict=True)}
    for patch, label in zip(patches[:40], labels[:40], strict=True):
        windows = [patch[i : i + 8, j : j + 8].tobytes() for i in range(5) for j in range(5)]
        found = {known[w] for w in windows if w in known}
        assert (label in found) if label != NO_DIGIT else not found


def test_the_end_and_wrong_counts(pools, rng):
    assert read_caption([2, 12, 15, 0, 5]) == "zero top left ." and read_caption([2, -1]) == "zero"
    assert len(WORDS) == 18
    for count in (0, 10):
        with pytest.raises(ValueError, match=f"count is {count}, should be"):
            draw_mosaics(rng, pools[0], 2, count)
