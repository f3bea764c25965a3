"""The encoder of patches: one vector for each patch of a large picture, the same as for that patch alone."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.vision.patch_encoder import PatchEncoder
from nnmem.nn.patches import patches_forward
from nnmem.nn.tree import leaves, tree_map


def draw(rng, dtype=np.float64):
    model = PatchEncoder(3, filters=(2, 4), features=5)
    return model, tree_map(lambda leaf: rng.normal(size=leaf.shape).astype(dtype), model.init(rng))


def one_patch(params, patch):
    """The layers of the docstring for one patch of 12 x 12, every number by itself."""

    def convolved(X, W, b):
        s = W.shape[1]
        Y = np.zeros((X.shape[0] - s + 1, X.shape[1] - s + 1, len(b)))
        for i, j, k in np.ndindex(Y.shape):
            Y[i, j, k] = b[k] + (W[k] * X[i : i + s, j : j + s]).sum()
        return Y

    Z = convolved(patch[..., None], *params.first)
    A = np.zeros((5, 5, Z.shape[2]))
    for i, j, k in np.ndindex(A.shape):
        A[i, j, k] = max(0, Z[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, k].max())
    B = np.maximum(convolved(A, *params.second), 0)
    return np.maximum(convolved(B, *params.third), 0)[0, 0]


def test_a_patch_of_twelve_gives_the_layers_of_the_docstring(rng):
    model, params = draw(rng)
    pictures = rng.random((2, 12, 12))
    logits, _ = model.forward(params, pictures)
    for logit, picture in zip(logits[:, 0, 0], pictures, strict=True):
        assert_allclose(logit, params.output.W @ one_patch(params, picture) + params.output.b, rtol=1e-10)


def test_a_large_picture_gives_the_vectors_of_its_patches(rng):
    model, params = draw(rng)
    pictures = rng.random((2, 32, 24))
    F, _ = model.encode(params, pictures)
    P, _ = patches_forward(pictures[..., None], 12, 4)
    assert F.shape == (2, 6, 4, 5)
    alone, _ = model.encode(params, P.reshape(-1, 12, 12))
    assert_allclose(F.reshape(-1, 5), alone.reshape(-1, 5), rtol=1e-10)


def test_regions_know_their_row_and_column(rng):
    model, params = draw(rng, np.float32)
    pictures = rng.random((2, 20, 16)).astype(np.float32)
    X = model.regions(params, pictures)
    F, _ = model.encode(params, pictures)
    F = (F - F.mean(axis=-1, keepdims=True)) / np.sqrt(F.var(axis=-1, keepdims=True) + 1e-3)
    assert X.shape == (2, 6, 5 + 3 + 2) and X.dtype == np.float32
    for i in range(3):
        for j in range(2):
            assert_allclose(X[:, 2 * i + j, :5], F[:, i, j], rtol=1e-4, atol=1e-6)
            assert_allclose(X[:, 2 * i + j, 5:], np.concatenate([np.eye(3)[i], np.eye(2)[j]])[None].repeat(2, 0))


def test_float32_stays(rng):
    model = PatchEncoder(3)
    params = model.init(rng)
    logits, cache = model.forward(params, rng.random((2, 12, 12)).astype(np.float32))
    grads, dpictures = model.backward(logits, cache)
    assert logits.dtype == dpictures.dtype == np.float32
    assert all(leaf.dtype == np.float32 for _, leaf in leaves(grads))


def test_a_picture_smaller_than_a_patch_and_one_with_colours(rng):
    model, params = draw(rng)
    with pytest.raises(ValueError, match=r"PatchEncoder: X has shape \(2, 12, 11, 1\), .* at least 12, the size"):
        model.encode(params, np.zeros((2, 12, 11)))
    with pytest.raises(ValueError, match=r"pictures has shape \(2, 12, 12, 3\), should be \(B, H, W\)"):
        model.encode(params, np.zeros((2, 12, 12, 3)))
