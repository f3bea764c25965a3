"""Patches are slices of a picture, cut one by one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.patches import patches_backward, patches_forward


def cut(picture, size, stride):
    """The patches of one picture (H, W, c), in loops."""
    H, W, _ = picture.shape
    tops, lefts = range(0, H - size + 1, stride), range(0, W - size + 1, stride)
    return np.array([[picture[i : i + size, j : j + size].ravel() for j in lefts] for i in tops])


@pytest.mark.parametrize("batch", [(), (2, 3)])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 1), (2, 3), (3, 2), (5, 1), (4, 7)])
def test_patches_are_slices(rng, batch, size, stride):
    X = rng.normal(size=(*batch, 7, 5, 2))
    P, cache = patches_forward(X, size, stride)
    dP = rng.normal(size=P.shape)
    dX = patches_backward(dP, cache)
    for b in np.ndindex(batch):
        assert_allclose(P[b], cut(X[b], size, stride))
        expected = np.zeros(X.shape[-3:])
        for i, j in np.ndindex(P.shape[-3:-1]):
            i0, j0 = i * stride, j * stride
            expected[i0 : i0 + size, j0 : j0 + size] += dP[b][i, j].reshape(size, size, 2)
        assert_allclose(dX[b], expected)


def test_views_and_read_only_pictures_do(rng):
    X = rng.normal(size=(2, 6, 3, 8)).astype(np.float32).swapaxes(1, 3)
    X.flags.writeable = False
    P, cache = patches_forward(X, 3)
    assert P.dtype == np.float32 and patches_backward(P, cache).dtype == np.float32
    assert_allclose(P[1], cut(X[1], 3, 1))
    assert P.flags.owndata or P.base.flags.owndata


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((4, 7, 1), {"size": 5}, r"X has shape \(4, 7, 1\), .* H and W at least 5, the size of a patch"),
        ((0, 7, 1), {"size": 1}, "at least 1, the size of a patch"),
        ((8, 8), {"size": 3}, r"X has shape \(8, 8\), should be \(\.\.\., H, W, c\)"),
        ((8, 8, 1), {"size": 0}, "size is 0, should be an int of at least 1"),
        ((8, 8, 1), {"size": 3, "stride": 0}, "stride is 0, should be an int of at least 1"),
    ],
)
def test_a_picture_smaller_than_a_patch_and_other_wrong_input(shape, options, message):
    with pytest.raises(ValueError, match=message):
        patches_forward(np.zeros(shape), **options)
    with pytest.raises(TypeError, match=r"size is 2\.0, should be an int"):
        patches_forward(np.zeros((4, 4, 1)), 2.0)
