"""Theory of Hebb's rule with independent patterns (串扰与相图): errors of a step, exact recall, phases.

Amit, Gutfreund and Sompolinsky 1985 and 1987, in the replica-symmetric approximation.
"""

from __future__ import annotations

from math import erf, erfc, pi, sqrt

import numpy as np

STEPS = 200


def error_probability(load: float) -> float:
    """Probability that a neuron of a stored pattern flips at first: noise of variance N/m against a signal of 1.

    P = ½ erfc(1 / √(2 α)), for many neurons.
    """
    return erfc(1 / sqrt(2 * load)) / 2


def exact_load(m: int) -> float:
    """Load up to which a stored pattern is a fixed point without an error, 1 / (2 ln m), for many neurons."""
    return 1 / (2 * np.log(m))


def retrieval_energy(y: float) -> tuple[float, float]:
    """Load, and energy a neuron (but for the constant ½ α) of the state near a pattern, at temperature 0.

    y is the signal in units of √2 times the noise, as in ``theory_curve`` of ``hopfield_capacity.py``.
    """
    overlap, peak = erf(y), np.exp(-y * y)
    load = (overlap / y - 2 / sqrt(pi) * peak) ** 2 / 2
    noise = overlap / y  # √(2 α r)
    return load, _energy(load, overlap, noise, 2 / sqrt(pi) * peak / noise, sqrt(1 / pi) * noise * peak)


def glass_energy(load: float) -> float:
    """Energy a neuron (but for the constant ½ α) of the deepest states that have nothing to do with a pattern."""
    k = sqrt(2 / (pi * load))
    C = k / (1 + k)
    noise = sqrt(2 * load) / (1 - C)
    return _energy(load, 0.0, noise, C, sqrt(1 / pi) * noise)


def _energy(load: float, overlap: float, noise: float, C: float, width: float) -> float:
    """½ m² − ½ α/(1 − C) + ½ α C/(1 − C)² − ⟨|m + √(α r) z|⟩, z normal: the limit T → 0 of the free energy."""
    return overlap**2 / 2 - load / 2 / (1 - C) + load * C / 2 / (1 - C) ** 2 - overlap**2 - width


def deepest_load() -> float:
    """Load beyond which stored patterns are no longer the deepest states, only local minima: 0.05."""
    high, low = 2.0, 4.0  # y grows as the load falls
    for _ in range(60):
        y = (high + low) / 2
        load, energy = retrieval_energy(y)
        if energy < glass_energy(load):
            low = y
        else:
            high = y
    return retrieval_energy(low)[0]


def phases(load: np.ndarray, temperature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Overlap (A, T) with a stored pattern, and by how much its free energy is below that of states without a pattern.

    The equations m = ⟨tanh β(m + √(αr) z)⟩, q = ⟨tanh² …⟩, r = q / (1 − β + β q)² are repeated from m = 1 and from
    m = 0. Temperatures from 0.05 on: the grid of z is not fine enough for less.
    """
    z = np.linspace(-6, 6, 321)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    a, T = np.asarray(load)[:, None, None], np.asarray(temperature)[None, :, None]
    found = []
    for start in (1.0, 0.0):
        m = np.full((a.size, T.size, 1), start)
        q, root = np.ones_like(m), np.ones_like(m)
        for _ in range(STEPS):
            root = np.sqrt(q) + (1 - q) / T * root  # √r of r = q / (1 − β + β q)², without a division that may blow up
            t = np.tanh((m + np.sqrt(a) * root * z) / T)
            m, q = start * (t @ weight)[..., None], (t * t @ weight)[..., None]
        r, rest = root**2, np.maximum(1 - (1 - q) / T, 1e-6)
        x = (m + np.sqrt(a * r) * z) / T
        log_cosh = (np.logaddexp(x, -x) @ weight)[..., None]
        free = m * m / 2 + a * T / 2 * (np.log(rest) - q / T / rest) + a * r * (1 - q) / (2 * T) - T * log_cosh
        found.append((m[..., 0], free[..., 0]))
    (overlap, retrieval), (_, glass) = found
    return overlap, glass - retrieval
