"""Complex signals (复数信号): a few sinusoids, each a turning number, under complex noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count


class Signals(NamedTuple):
    """A batch of noisy signals and of what they are without the noise, as real and imaginary parts."""

    noisy_re: np.ndarray  # (B, N) float32
    noisy_im: np.ndarray  # (B, N) float32
    clean_re: np.ndarray  # (B, N) float32
    clean_im: np.ndarray  # (B, N) float32


def sinusoids(rng: np.random.Generator, batch: int, size: int = 32, waves: int = 2, noise: float = 1.0) -> Signals:
    """Draw sums of ``waves`` sinusoids of modulus one and any phase, of different whole frequencies, under noise::

        x_n = Σ_k e^(i (2π f_k n / N + φ_k)) + ε_n,   E|ε_n|² = noise²

    Whole frequencies are those that N samples tell apart: each fills one entry of the discrete Fourier transform.
    """
    for name, value in (("batch", batch), ("size", size), ("waves", waves)):
        count("sinusoids", name, value)
    if waves > size:
        raise ValueError(f"sinusoids: waves is {waves}, should be at most size = {size}, the number of frequencies")
    if not noise >= 0:
        raise ValueError(f"sinusoids: noise is {noise}, should be at least 0")
    f = rng.permuted(np.tile(np.arange(size), (batch, 1)), axis=1)[:, :waves]
    phase = rng.uniform(-np.pi, np.pi, (batch, waves))
    clean = np.exp(1j * (2 * np.pi / size * f[..., None] * np.arange(size) + phase[..., None])).sum(axis=1)
    noisy = clean + noise / np.sqrt(2) * (rng.normal(size=clean.shape) + 1j * rng.normal(size=clean.shape))
    return Signals(*(part.astype(np.float32) for part in (noisy.real, noisy.imag, clean.real, clean.imag)))
