"""Soft alignment (对齐) at every step of a decoder: additive attention (8.2), made fast for a loop.

The pair ``soft_attention`` with score "additive" is the text; a test holds this equal to it. U h, the part of the score
that belongs to the source, is computed once for all steps; the gradients that sum over steps are taken after the loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.linear import bias_gradient, glorot_uniform, project, weight_gradient
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place


class AlignmentParams(NamedTuple):
    """Parameters of the paper's alignment model, a(s, h) = vᵀ tanh(W s + U h)."""

    W: np.ndarray  # (l, n) for the decoder's state
    U: np.ndarray  # (l, k) for an annotation
    v: np.ndarray  # (l,)


class Looks(NamedTuple):
    """What the steps of a decoder saw, time first; filled as they go."""

    A: np.ndarray  # (m, B, N, l) tanh(W s + U h)
    alpha: np.ndarray  # (m, B, N)
    context: np.ndarray  # (m, B, k)


def alignment_init(rng: np.random.Generator, state: int, annotation: int, size: int) -> AlignmentParams:
    """First parameters."""
    W, U = glorot_uniform(rng, (size, state)), glorot_uniform(rng, (size, annotation))
    return AlignmentParams(W, U, glorot_uniform(rng, (1, size))[0])


def no_looks(steps: int, keys: np.ndarray, H: np.ndarray) -> Looks:
    """Room for the looks of this many steps."""
    shapes = keys.shape, keys.shape[:-1], (len(keys), H.shape[-1])
    return Looks(*(np.empty((steps, *shape), keys.dtype) for shape in shapes))


def look(
    i: int,
    s: np.ndarray,
    keys: np.ndarray,
    H: np.ndarray,
    mask: np.ndarray | None,
    params: AlignmentParams,
    looks: Looks,
) -> np.ndarray:
    """Step i: a state s (B, n) looks among annotations H (B, N, k), their keys U h (B, N, l); the context (B, k)."""
    A, alpha, context = (part[i] for part in looks)
    A[...] = (s @ params.W.T)[:, None]
    A += keys
    np.tanh(A, out=A)
    np.matmul(A, params.v, out=alpha)
    softmax_in_place(alpha, mask)
    np.matmul(alpha[:, None], H, out=context[:, None])
    return context


def look_gradient(
    i: int,
    dcontext: np.ndarray,
    H: np.ndarray,
    params: AlignmentParams,
    looks: Looks,
    squares: np.ndarray,
    dv: np.ndarray,
    room: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the scores (B, N) and of W s (B, l) at step i: dα = H dc  →  ds = α ∘ (dα − αᵀdα)  →  d(W s)."""
    dscores = (H @ dcontext[..., None])[..., 0]
    softmax_gradient_in_place(dscores, looks.alpha[i])
    return dscores, query_gradient(dscores, looks.A[i], params.v, squares, dv, room)


def query_gradient(
    dscores: np.ndarray, A: np.ndarray, v: np.ndarray, squares: np.ndarray, dv: np.ndarray, room: np.ndarray
) -> np.ndarray:
    """Gradient of W s (B, l) at a step; while A is near, adds dsⱼ aⱼ² to squares (B, N, l), which the keys' gradient
    needs, and Σⱼ dsⱼ aⱼ to dv (l,). It works in ``room`` (B, N, l), the same at every step, so that it stays near.

    Behind a softmax the gradients of the scores sum to zero::

        d(W s) = v ∘ Σⱼ dsⱼ (1 − aⱼ²) = −v ∘ Σⱼ dsⱼ aⱼ²
    """
    room[...] = dscores[..., None]  # a copy and a product of whole arrays: quicker than a number times each row
    room *= A
    dv += bias_gradient(room)
    room *= A
    squares += room
    return (np.ones(room.shape[1], room.dtype) @ room) * -v


def keys_gradient(dscores: np.ndarray, squares: np.ndarray, params: AlignmentParams) -> np.ndarray:
    """Gradient of the keys once all steps are known: dkⱼ = v ∘ Σₜ dsₜⱼ (1 − aₜⱼ²)."""
    return (dscores.sum(axis=0)[..., None] - squares) * params.v


def annotations_gradient(dkeys: np.ndarray, dcontext: np.ndarray, looks: Looks, params: AlignmentParams) -> np.ndarray:
    """Gradient of the annotations, each averaged at every step and scored by its key: dhⱼ = Σₜ αₜⱼ dcₜ + Uᵀ dkⱼ."""
    return np.moveaxis(looks.alpha, 0, -1) @ np.moveaxis(dcontext, 0, 1) + project(dkeys, params.U.T)


def alignment_gradients(
    dkeys: np.ndarray, dqueries: np.ndarray, dv: np.ndarray, states: np.ndarray, H: np.ndarray
) -> AlignmentParams:
    """Gradients of the parameters: dW = Σₜ d(W s)ₜ sₜᵀ,  dU = Σⱼ dkⱼ hⱼᵀ,  dv = Σₜⱼ dsₜⱼ aₜⱼ."""
    return AlignmentParams(weight_gradient(dqueries, states), weight_gradient(dkeys, H), dv)
