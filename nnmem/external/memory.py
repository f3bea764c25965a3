"""Reading from a memory and writing to it: equations (8.23) and (8.24)."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import outer

__all__ = ["memory_read_backward", "memory_read_forward", "memory_write_backward", "memory_write_forward"]

READ = "M (..., N, d), alpha (..., N)"
WRITE = "M (..., N, d), alpha (..., N), erase (..., d), add (..., d)"


def memory_read_forward(M: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Read (读操作): the weighted sum of the rows of a memory, the read vector (读向量).

    Equation (8.23), section 8.3.2; Graves et al. 2014, equation (2)::

        r = Σᵢ αᵢ mᵢ

    Parameters
    ----------
    M : (..., N, d) array
        Memory, one segment a row.
    alpha : (..., N) array
        Weights. They need not sum to one; what they sum to scales r.

    Returns
    -------
    r : (..., d) array
    cache : tuple

    Departs from the text: (8.23) leaves out the step in αᵢ; the weights are those of step t.
    """
    M, alpha = arrays("memory_read_forward", READ, M, alpha)
    r = (alpha[..., None, :] @ M)[..., 0, :]
    return r, (M, alpha)


def memory_read_backward(dr: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of M and alpha.

    Equation (8.23), backwards; r is linear in both::

        dmᵢ = αᵢ dr     dαᵢ = mᵢᵀ dr
    """
    M, alpha = cache
    dr = upstream("memory_read_backward", "dr", dr, M.shape[:-2] + M.shape[-1:], M.dtype)
    dM = outer(alpha, dr)
    dalpha = (M @ dr[..., None])[..., 0]
    return dM, dalpha


def memory_write_forward(
    M: np.ndarray, alpha: np.ndarray, erase: np.ndarray, add: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """Write (写操作): first erase (删除), then add (增加), each row as much as its weight says.

    Equation (8.24), section 8.3.2; Graves et al. 2014, equations (3) and (4)::

        m′ᵢ = mᵢ ∘ (1 − αᵢ e) + αᵢ a

    Parameters
    ----------
    M : (..., N, d) array
        Memory, one segment a row.
    alpha : (..., N) array
        Weights. They need not sum to one.
    erase : (..., d) array
        Erase vector (删除向量), 0 to 1: with weight 1 an entry of 1 clears, one of 0 keeps.
    add : (..., d) array
        Add vector (增加向量).

    Returns
    -------
    M_next : (..., N, d) array
    cache : tuple

    Departs from the text: (8.24) writes a plain product of vectors; it goes entry by entry (∘).
    """
    M, alpha, erase, add = arrays("memory_write_forward", WRITE, M, alpha, erase, add)
    keep = 1 - outer(alpha, erase)
    M_next = M * keep + outer(alpha, add)
    return M_next, (M, alpha, erase, add, keep)


def memory_write_backward(dM_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of M, alpha, erase and add.

    Equation (8.24), backwards. With D = dM_next; α is used twice, to erase and to add::

        dmᵢ = dᵢ ∘ (1 − αᵢ e)          da  = Σᵢ αᵢ dᵢ
        de  = −Σᵢ αᵢ (dᵢ ∘ mᵢ)         dαᵢ = dᵢᵀ a − (dᵢ ∘ mᵢ)ᵀ e
    """
    M, alpha, erase, add, keep = cache
    D = upstream("memory_write_backward", "dM_next", dM_next, M.shape, M.dtype)
    dM = D * keep
    dadd = (alpha[..., None, :] @ D)[..., 0, :]
    derase = -(alpha[..., None, :] @ (D * M))[..., 0, :]
    dalpha = (D @ add[..., None] - (D * M) @ erase[..., None])[..., 0]
    return dM, dalpha, derase, dadd
