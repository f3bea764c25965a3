"""The memory of the associative LSTM (联想 LSTM): complex keys, and redundant copies of one superposition.

Danihelka et al. 2016, sections 3 to 5. A value is bound to a key by a complex product and unbound by the product with
the key's conjugate; everything is added into one vector. What is unbound carries the noise of all the others; the same
pairs stored in S copies, each with the key's entries in an order of its own, have S independent noises, whose mean is
smaller by √S. Two real arrays stand for a complex one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.associative.complex_layers import Parts, modulus_of
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import count, generator

__all__ = [
    "bound_modulus_backward",
    "bound_modulus_forward",
    "complex_bind_backward",
    "complex_bind_forward",
    "copy_permutations",
    "read_copies_backward",
    "read_copies_forward",
    "write_copies_backward",
    "write_copies_forward",
]

COMPLEX_BIND = "a_re (..., p), a_im (..., p), b_re (..., p), b_im (..., p)"
BOUND_MODULUS = "z_re (..., p), z_im (..., p)"
WRITE_COPIES = "r_re (..., p), r_im (..., p), u_re (..., p), u_im (..., p)"
READ_COPIES = "c_re (..., S, p), c_im (..., S, p), r_re (..., p), r_im (..., p)"
PERMUTATIONS = "permutations (S, p)"

Parts4 = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def complex_bind_forward(
    a_re: np.ndarray, a_im: np.ndarray, b_re: np.ndarray, b_im: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Bind two complex vectors by their product, entry by entry (复数绑定).

    Section 8.2.3 on complex numbers; Danihelka et al. 2016, section 3; Plate's memory in the frequency domain, where
    ``bind`` is this product::

        c = a ∘ b        c_re = a_re ∘ b_re − a_im ∘ b_im        c_im = a_re ∘ b_im + a_im ∘ b_re

    Bound to conj(a), c gives |a|² ∘ b: b again, if every |a| is one.

    Parameters
    ----------
    a_re, a_im, b_re, b_im : (..., p) array

    Returns
    -------
    c_re, c_im : (..., p) array
    cache : tuple
    """
    a_re, a_im, b_re, b_im = arrays("complex_bind_forward", COMPLEX_BIND, a_re, a_im, b_re, b_im)
    return *_times(a_re, a_im, b_re, b_im), (a_re, a_im, b_re, b_im)


def complex_bind_backward(dc_re: np.ndarray, dc_im: np.ndarray, cache: tuple) -> Parts4:
    """Gradients of a_re, a_im, b_re and b_im: each unbinds the other from dc::

    da = conj(b) ∘ dc        da_re = b_re dc_re + b_im dc_im        da_im = b_re dc_im − b_im dc_re
    db = conj(a) ∘ dc
    """
    a_re, a_im, b_re, b_im = cache
    dc_re = upstream("complex_bind_backward", "dc_re", dc_re, a_re.shape, a_re.dtype)
    dc_im = upstream("complex_bind_backward", "dc_im", dc_im, a_re.shape, a_re.dtype)
    return *_times(b_re, -b_im, dc_re, dc_im), *_times(a_re, -a_im, dc_re, dc_im)


def bound_modulus_forward(z_re: np.ndarray, z_im: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Keep every modulus at most one, and the phase as it is (限制模长).

    Section 8.2.3 on complex numbers; Danihelka et al. 2016, equation 16::

        bound(z) = z / max(1, |z|)

    Parameters
    ----------
    z_re, z_im : (..., p) array

    Returns
    -------
    y_re, y_im : (..., p) array
    cache : tuple
    """
    z_re, z_im = arrays("bound_modulus_forward", BOUND_MODULUS, z_re, z_im)
    modulus = modulus_of(z_re, z_im)
    size = np.where(modulus.real < 1, 1, modulus)
    y_re, y_im = z_re / size, z_im / size
    return y_re, y_im, (y_re, y_im, size)


def bound_modulus_backward(dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple) -> Parts:
    """Gradients of z_re and z_im.

    Inside the unit circle dz = dy. Outside y = z / |z|, which moves only across itself: of dy what is along y is lost::

        p = dy_re y_re + dy_im y_im        dz = (dy − p y) / |z|
    """
    y_re, y_im, size = cache
    dy_re = upstream("bound_modulus_backward", "dy_re", dy_re, y_re.shape, y_re.dtype)
    dy_im = upstream("bound_modulus_backward", "dy_im", dy_im, y_re.shape, y_re.dtype)
    along = np.where(size == 1, 0, dy_re * y_re + dy_im * y_im)
    return (dy_re - along * y_re) / size, (dy_im - along * y_im) / size


def write_copies_forward(
    r_re: np.ndarray, r_im: np.ndarray, u_re: np.ndarray, u_im: np.ndarray, permutations: Any
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Bind a value to a key once for each copy, the key's entries in the copy's own order (冗余副本).

    Section 8.2.3 on complex numbers; Danihelka et al. 2016, equations 12 to 15, what is added to the copies::

        c_s = (P_s r) ∘ u,   s = 1 … S        P_s a fixed permutation

    Parameters
    ----------
    r_re, r_im : (..., p) array
        The key.
    u_re, u_im : (..., p) array
        The value.
    permutations : (S, p) array of int
        Entry j of P_s r is entry ``permutations[s, j]`` of r; see ``copy_permutations``.

    Returns
    -------
    c_re, c_im : (..., S, p) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There is no copy, or a row is no permutation.
    """
    function = "write_copies_forward"
    r_re, r_im, u_re, u_im = arrays(function, WRITE_COPIES, r_re, r_im, u_re, u_im)
    P = _orders(function, permutations, r_re.shape[-1])
    k_re, k_im = r_re[..., P], r_im[..., P]
    return *_times(k_re, k_im, u_re[..., None, :], u_im[..., None, :]), (k_re, k_im, u_re, u_im, P)


def write_copies_backward(dc_re: np.ndarray, dc_im: np.ndarray, cache: tuple) -> Parts4:
    """Gradients of r_re, r_im, u_re and u_im: the key's from every copy, its entries put back in their places::

    du = Σ_s conj(P_s r) ∘ dc_s        dr = Σ_s P_sᵀ (conj(u) ∘ dc_s)
    """
    k_re, k_im, u_re, u_im, P = cache
    dc_re = upstream("write_copies_backward", "dc_re", dc_re, k_re.shape, k_re.dtype)
    dc_im = upstream("write_copies_backward", "dc_im", dc_im, k_re.shape, k_re.dtype)
    du_re, du_im = _times(k_re, -k_im, dc_re, dc_im)
    dk_re, dk_im = _times(u_re[..., None, :], -u_im[..., None, :], dc_re, dc_im)
    return _put_back(dk_re, P), _put_back(dk_im, P), du_re.sum(axis=-2), du_im.sum(axis=-2)


def read_copies_forward(
    c_re: np.ndarray, c_im: np.ndarray, r_re: np.ndarray, r_im: np.ndarray, permutations: Any
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Look a key up in every copy, and take the mean (冗余副本的读取).

    Section 8.2.3 on complex numbers; Danihelka et al. 2016, equation 17::

        y = 1/S Σ_s (P_s r) ∘ c_s

    To unbind what was bound to k, give r = conj(k).

    Parameters
    ----------
    c_re, c_im : (..., S, p) array
        The copies.
    r_re, r_im : (..., p) array
        The key.
    permutations : (S, p) array of int
        As in ``write_copies_forward``.

    Returns
    -------
    y_re, y_im : (..., p) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There is no copy, or a row is no permutation.
    """
    function = "read_copies_forward"
    c_re, c_im, r_re, r_im = arrays(function, READ_COPIES, c_re, c_im, r_re, r_im)
    P = _orders(function, permutations, r_re.shape[-1], c_re.shape[-2])
    k_re, k_im = r_re[..., P], r_im[..., P]
    y_re, y_im = _times(k_re, k_im, c_re, c_im)
    return y_re.sum(axis=-2) / len(P), y_im.sum(axis=-2) / len(P), (c_re, c_im, k_re, k_im, P)


def read_copies_backward(dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple) -> Parts4:
    """Gradients of c_re, c_im, r_re and r_im::

    dc_s = conj(P_s r) ∘ dy / S        dr = 1/S Σ_s P_sᵀ (conj(c_s) ∘ dy)
    """
    c_re, c_im, k_re, k_im, P = cache
    shape = c_re.shape[:-2] + c_re.shape[-1:]
    dy_re = upstream("read_copies_backward", "dy_re", dy_re, shape, c_re.dtype)[..., None, :] / len(P)
    dy_im = upstream("read_copies_backward", "dy_im", dy_im, shape, c_re.dtype)[..., None, :] / len(P)
    dc_re, dc_im = _times(k_re, -k_im, dy_re, dy_im)
    dk_re, dk_im = _times(c_re, -c_im, dy_re, dy_im)
    return dc_re, dc_im, _put_back(dk_re, P), _put_back(dk_im, P)


def copy_permutations(rng: np.random.Generator, copies: int, p: int) -> np.ndarray:
    """Draw an order of p entries for each copy: (copies, p) int; the first copy keeps them as they are."""
    function = "copy_permutations"
    rows = np.tile(np.arange(count(function, "p", p)), (count(function, "copies", copies), 1))
    rows[1:] = generator(function, rng).permuted(rows[1:], axis=1)
    return rows


def _times(a_re: np.ndarray, a_im: np.ndarray, b_re: np.ndarray, b_im: np.ndarray) -> Parts:
    """The product of two complex arrays."""
    return a_re * b_re - a_im * b_im, a_re * b_im + a_im * b_re


def _put_back(dk: np.ndarray, P: np.ndarray) -> np.ndarray:
    """Σ_s P_sᵀ dk_s: every copy's entries in their old order, added."""
    return dk[..., np.arange(len(P))[:, None], P.argsort(axis=1)].sum(axis=-2)


def _orders(function: str, permutations: Any, p: int, copies: int | None = None) -> np.ndarray:
    P = np.asarray(permutations)
    if P.dtype.kind not in "iu":
        raise TypeError(f"{function}: permutations has dtype {P.dtype}, should be int")
    rows = "S" if copies is None else copies
    if P.ndim != 2 or P.shape[1] != p or len(P) != (len(P) if copies is None else copies):
        raise ValueError(f"{function}: permutations has shape {P.shape}, should be ({rows}, {p})")
    if not len(P):
        raise ValueError(f"{function}: permutations has shape {P.shape}, no copies; should be (S, {p}), S at least 1")
    if not (np.sort(P, axis=1) == np.arange(p)).all():
        raise ValueError(f"{function}: permutations has a row that is none, should have 0 to {p - 1} once in each row")
    return P
