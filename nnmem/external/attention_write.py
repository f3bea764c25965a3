"""Writing by attention: values come one after another, and each goes into the slots that its weights name."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream

__all__ = ["attention_write_backward", "attention_write_forward"]

ATTENTION_WRITE = "M (..., N, d), w (..., T, N), V (..., T, d)"


def attention_write_forward(M: np.ndarray, w: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Write by attention (用注意力写入), value after value.

    Section 8.3.2; (8.24) with an erase vector of ones, once for each of the values v₁, …, v_T::

        m₀ = M        m_{t,j} = (1 − w_tj) m_{t−1,j} + w_tj v_t        M_next = m_T

    A weight of 1 replaces what the slot held, 0 leaves it alone. What comes out is known at once: in slot j, value t
    has the share c_tj that later values have left of it, and the rest is what was there before::

        c_tj = w_tj ∏_{s>t} (1 − w_sj)        m_{T,j} = ∏_s (1 − w_sj) m₀ⱼ + Σ_t c_tj v_t

    so that a weight α_j of reading can be traced to the values, Σⱼ α_j c_tj of it to value t.

    Parameters
    ----------
    M : (..., N, d) array
        The memory before, one slot a row.
    w : (..., T, N) array
        For each value the weight of every slot, 0 to 1.
    V : (..., T, d) array
        Values, in the order in which they are written.

    Returns
    -------
    M_next : (..., N, d) array
    c : (..., T, N) array
        Shares.
    cache : tuple

    Departs from the text: (8.24) writes once, and has an erase vector and an add vector.
    """
    M, w, V = arrays("attention_write_forward", ATTENTION_WRITE, M, w, V)
    left = np.ones((*w.shape[:-2], w.shape[-2] + 1, w.shape[-1]), w.dtype)  # left[t] = Π_{s>t} (1 − w_s)
    for t in reversed(range(w.shape[-2])):
        np.multiply(left[..., t + 1, :], 1 - w[..., t, :], out=left[..., t, :])
    c = w * left[..., 1:, :]
    M_next = left[..., 0, :, None] * M + np.swapaxes(c, -1, -2) @ V
    return M_next, c, (M, w, V, left, c)


def attention_write_backward(
    dM_next: np.ndarray, dc: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of M, w and V.

    A share is worth what its value is worth in the slot, g_tj, and what was there before is worth g₀ⱼ. A weight puts in
    g_tj for what the slot held, which is worth b_{t−1,j}: the same writing once more, of worths in place of values::

        dV = c dM_next        dmⱼ = ∏_s (1 − w_sj) dm_{T,j}
        g_tj = dc_tj + v_tᵀ dm_{T,j}        g₀ⱼ = m₀ⱼᵀ dm_{T,j}
        b₀ = g₀        b_t = (1 − w_t) ∘ b_{t−1} + w_t ∘ g_t        dw_tj = ∏_{s>t} (1 − w_sj) (g_tj − b_{t−1,j})
    """
    M, w, V, left, c = cache
    dM_next = upstream("attention_write_backward", "dM_next", dM_next, M.shape, M.dtype)
    dc = upstream("attention_write_backward", "dc", dc, c.shape, c.dtype)
    dV = c @ dM_next
    dM = left[..., 0, :, None] * dM_next
    g = dc + V @ np.swapaxes(dM_next, -1, -2)
    b = (M * dM_next).sum(axis=-1)
    dw = np.empty_like(w)
    for t in range(w.shape[-2]):
        gain = g[..., t, :] - b
        np.multiply(left[..., t + 1, :], gain, out=dw[..., t, :])
        b = b + w[..., t, :] * gain
    return dM, dw, dV
