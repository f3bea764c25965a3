"""Holographic reduced representations (全息缩减表示): pairs of vectors bound into one vector of the same length.

Plate's memory computes with complex numbers: in the frequency domain, binding multiplies and unbinding multiplies by
the conjugate. Many bound pairs are superposed, that is, added; what is unbound from the sum is noisy and is cleaned up.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import count as at_least_one
from nnmem.nn.options import generator

__all__ = ["bind_backward", "bind_forward", "clean_up", "holographic_items", "unbind_backward", "unbind_forward"]

BIND, UNBIND = "a (..., d), b (..., d)", "c (..., d), a (..., d)"
CLEAN_UP = "y (..., d), items (count, d)"


def bind_forward(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Bind two vectors (绑定), circular convolution (循环卷积).

    Section 8.2.3 on complex numbers; Plate 1995::

        c = a ⊛ b,   cₖ = Σⱼ aⱼ bₖ₋ⱼ        (indices modulo d)
        F(c) = F(a) ∘ F(b)                   by the discrete Fourier transform, in O(d log d)

    Parameters
    ----------
    a, b : (..., d) array

    Returns
    -------
    c : (..., d) array
        As long as each of them, and similar to neither.
    cache : tuple

    Departs from the text: the chapter speaks of complex numbers in an associative memory and has no formula; the
    vectors here are real, their transforms complex.
    """
    a, b = arrays("bind_forward", BIND, a, b)
    check_length("bind_forward", "a", a)
    return _convolve(a, b), (a, b)


def bind_backward(dc: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of a and b.

    cₖ = Σⱼ aⱼ bₖ₋ⱼ is linear in each; the gradient of one is the other unbound from dc::

        daⱼ = Σₖ dcₖ bₖ₋ⱼ,   da = b ⋆ dc      db = a ⋆ dc
    """
    a, b = cache
    dc = upstream("bind_backward", "dc", dc, a.shape, a.dtype)
    return _convolve(_reverse(b), dc), _convolve(_reverse(a), dc)


def unbind_forward(c: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Unbind a vector (解绑), circular correlation (循环相关): roughly b again, where c = a ⊛ b.

    Section 8.2.3 on complex numbers; Plate 1995::

        y = a ⋆ c,   yₖ = Σⱼ aⱼ cₖ₊ⱼ        (indices modulo d)
        F(y) = conj F(a) ∘ F(c)              the conjugate is the transform of a read backwards

    Since conj F(a) ∘ F(a) = |F(a)|², this is b exactly if every |F(a)| is one (``holographic_items``).

    Parameters
    ----------
    c : (..., d) array
        A bound pair or a sum of such.
    a : (..., d) array
        One of the two that were bound.

    Returns
    -------
    y : (..., d) array
    cache : tuple

    Departs from the text: the chapter has no formula; the approximate inverse is the paper's.
    """
    c, a = arrays("unbind_forward", UNBIND, c, a)
    check_length("unbind_forward", "c", c)
    return _convolve(_reverse(a), c), (c, a)


def unbind_backward(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of c and a.

    From yₖ = Σⱼ aⱼ cₖ₊ⱼ::

        dcₙ = Σₖ dyₖ aₙ₋ₖ,   dc = a ⊛ dy      daⱼ = Σₖ dyₖ cₖ₊ⱼ,   da = dy ⋆ c
    """
    c, a = cache
    dy = upstream("unbind_backward", "dy", dy, c.shape, c.dtype)
    return _convolve(a, dy), _convolve(_reverse(dy), c)


def holographic_items(count: int, d: int, rng: np.random.Generator, unitary: bool = True) -> np.ndarray:
    """Draw random vectors to bind.

    Unitary ones have |F(a)| = 1 at every frequency, so unbinding inverts binding exactly: their transform is a phase at
    each frequency, and unbinding's conjugate turns every phase back. The others have independent normal entries of
    variance 1/d, so their length is one on average (Plate 1995).

    Returns
    -------
    items : (count, d) array
    """
    function = "holographic_items"
    at_least_one(function, "count", count)
    at_least_one(function, "d", d)
    generator(function, rng)
    items = rng.normal(size=(count, d)) / np.sqrt(d)
    if unitary:
        spectrum = np.fft.rfft(items)
        items = np.fft.irfft(spectrum / np.abs(spectrum), n=d)
    return items


def clean_up(y: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Clean-up memory (去噪记忆): the index of the item that is most like each noisy vector, by dot product.

    Parameters
    ----------
    y : (..., d) array
    items : (count, d) array

    Returns
    -------
    index : (...,) int array
        The first of several that are equally like.
    """
    y, items = arrays("clean_up", CLEAN_UP, y, items)
    if not len(items):
        raise ValueError(f"clean_up: items has shape {items.shape}, no items; should be (count, d), count at least 1")
    return (y @ items.T).argmax(axis=-1)


def check_length(function: str, name: str, vectors: np.ndarray) -> None:
    """Raise a ValueError for vectors without entries, which have no transform."""
    if not vectors.shape[-1]:
        raise ValueError(f"{function}: {name} has shape {vectors.shape}, should be (..., d), d at least 1")


def _convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Circular convolution of real vectors by the Fourier transform, of complex ones by their real parts.

    (The transform of a complex vector mixes its parts, and would round a tiny imaginary one away.)
    """
    if np.iscomplexobj(a):
        real = _convolve(a.real, b.real) - _convolve(a.imag, b.imag)
        return real + 1j * (_convolve(a.real, b.imag) + _convolve(a.imag, b.real))
    c = np.fft.irfft(np.fft.rfft(a) * np.fft.rfft(b), n=a.shape[-1])
    return c.astype(a.dtype, copy=False)  # before NumPy 2 a transform is always float64


def _reverse(a: np.ndarray) -> np.ndarray:
    """Read backwards from entry 0: a₀, a_d₋₁, …, a₁."""
    return np.roll(np.flip(a, axis=-1), 1, axis=-1)
