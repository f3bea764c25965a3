"""Solutions of the homework in notebook 2. ``python 02_solutions.py`` grades them."""

import numpy as np

import nnmem


def my_hard_attention_forward(X, alpha):
    """The row of X at the largest weight; multiplied by zero where all weights are zero."""
    if X.shape[:-1] != alpha.shape:
        raise ValueError(f"alpha has shape {alpha.shape}, should be {X.shape[:-1]}")
    j = alpha.argmax(axis=-1)
    x_j = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    unknown = 0 * alpha.sum(axis=-1, keepdims=True)  # a weight that is NaN gives NaN
    return x_j * alpha.any(axis=-1, keepdims=True) + unknown, j


def my_soft_attention_forward(X, q, *params, score="dot", mask=None):
    """Key-value attention whose keys and values are both X."""
    return nnmem.key_value_attention_forward(X, X, q, *params, score=score, mask=mask)


def my_soft_attention_backward(dr, cache, dalpha=None):
    """X reaches the loss as keys and as values: dX = dK + dV."""
    dK, dV, *others = nnmem.key_value_attention_backward(dr, cache, dalpha)
    return dK + dV, *others


def my_multi_query_attention_forward(K, V, Q, *params, score="dot", mask=None):
    """Key-value attention for each query; a mask with as many axes as Q has a row for each query."""
    found = []
    for j in range(Q.shape[-2]):
        own_mask = mask if mask is None or mask.ndim < Q.ndim else mask[..., j, :]
        found.append(
            nnmem.key_value_attention_forward(
                K, V, Q[..., j, :], *params, score=score, mask=own_mask
            )
        )
    r = np.stack([r for r, _, _ in found], axis=-2)
    alpha = np.stack([alpha for _, alpha, _ in found], axis=-2)
    return r, alpha, found


if __name__ == "__main__":
    print(nnmem.grade(globals()))
