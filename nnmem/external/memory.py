"""Reading from a memory and writing to it: equations (8.23) and (8.24)."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream

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

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit.

    Departs from the text: (8.23) leaves out the step in αᵢ; the weights are those of step t.
    """
    M, alpha = arrays("memory_read_forward", READ, M, alpha)
    return read(M, alpha[..., None, :])[..., 0, :], (M, alpha)


def memory_read_backward(dr: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of M and alpha.

    Equation (8.23), backwards; r is linear in both::

        dmᵢ = αᵢ dr     dαᵢ = mᵢᵀ dr
    """
    M, alpha = cache
    dr = upstream("memory_read_backward", "dr", dr, M.shape[:-2] + M.shape[-1:], M.dtype)
    dM = np.zeros_like(M)
    dalpha = read_gradient(dr[..., None, :], (M, alpha[..., None, :]), dM)
    return dM, dalpha[..., 0, :]


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

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit.

    Departs from the text: (8.24) writes a plain product of vectors; it goes entry by entry (∘).
    """
    M, alpha, erase, add = arrays("memory_write_forward", WRITE, M, alpha, erase, add)
    return written(M, alpha[..., None, :], erase[..., None, :], add[..., None, :])


def memory_write_backward(dM_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of M, alpha, erase and add.

    Equation (8.24), backwards. With D = dM_next; α is used twice, to erase and to add::

        dmᵢ = dᵢ ∘ (1 − αᵢ e)          dαᵢ = dᵢᵀ a − (dᵢ ∘ mᵢ)ᵀ e
        de  = −Σᵢ αᵢ dᵢ ∘ mᵢ           da  = Σᵢ αᵢ dᵢ
    """
    M = cache[0]
    dM = upstream("memory_write_backward", "dM_next", dM_next, M.shape, M.dtype).copy()
    dalpha, derase, dadd = written_gradient_in_place(dM, cache)
    return dM, dalpha[..., 0, :], derase[..., 0, :], dadd[..., 0, :]


def read(M: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Read vectors (..., H, d) of the weights W (..., H, N) of several heads, unchecked."""
    return W @ M


def read_gradient(dR: np.ndarray, cache: tuple, dM: np.ndarray) -> np.ndarray:
    """Add the gradient of M to dM; return that of W."""
    M, W = cache
    dM += outers(W, dR, np.empty_like(dM))
    return dR @ M.mT


def outers(W: np.ndarray, A: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write Σ_h w_h a_hᵀ into out (..., N, d) and return it; one head needs no product of matrices."""
    if W.shape[-2] == 1:
        return np.multiply(W[..., 0, :, None], A[..., 0, None, :], out=out)
    return np.matmul(W.mT, A, out=out)


def written(M: np.ndarray, W: np.ndarray, E: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, tuple]:
    """The memory after several heads, W (..., H, N), E and A (..., H, d), unchecked: all erase, then all add.

    Erasing multiplies and adding sums, so the order of the heads does not matter.
    """
    keeps = []
    M_next = M
    for h in range(W.shape[-2]):
        keep = np.multiply(W[..., h, :, None], E[..., h, None, :], out=np.empty_like(M))
        np.subtract(1, keep, out=keep)
        M_next = M_next * keep
        keeps.append(keep)
    M_next += outers(W, A, np.empty_like(M))
    return M_next, (M, W, E, A, keeps)


def written_gradient_in_place(dM: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Overwrite the gradient of M_next with that of M; return those of W, E and A."""
    M, W, E, A, keeps = cache
    dA = W @ dM
    dW = A @ dM.mT
    dE = np.empty_like(E)
    erased = [M]
    for keep in keeps[:-1]:
        erased.append(erased[-1] * keep)
    for h in reversed(range(len(keeps))):
        dkeep = dM * erased[h]
        dW[..., h, :] -= np.matvec(dkeep, E[..., h, :])
        dE[..., h, :] = -np.matvec(dkeep.mT, W[..., h, :])
        dM *= keeps[h]
    return dW, dE, dA
