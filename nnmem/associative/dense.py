"""Dense associative memory (稠密联想记忆): higher-order connections (高阶连接), which hold O(m^(K−1)) patterns.

The energy of a Hopfield network with Hebb's weights is −½ Σ (x⁽ⁿ⁾ · s)² but for constants. A steeper function F in
place of the square sharpens the valleys: F(o) = oᴷ connects K neurons at a time.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from nnmem.associative.hopfield import check_states
from nnmem.associative.retrieval import Run, check_sweeps, stack
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import count
from nnmem.nn.softmax import log_sum_exp

__all__ = ["dense_energy_backward", "dense_energy_forward", "dense_retrieve"]

LAYOUT = "s (..., m), patterns (N, m)"
PROBE = LAYOUT.replace("s (", "x (", 1)
Interaction = int | Literal["exp"]


def dense_energy_forward(s: np.ndarray, patterns: np.ndarray, interaction: Interaction = 3) -> tuple[np.ndarray, tuple]:
    """Energy of a dense associative memory (稠密联想记忆的能量函数).

    Section 8.2.3 on higher-order connections (高阶连接); Krotov and Hopfield 2016, section 2, and for the exponential
    Demircigil et al. 2017::

        E = −Σₙ F(oₙ),   oₙ = x⁽ⁿ⁾ · s,   F(o) = oᴷ
        E = −log Σₙ exp(oₙ)                           interaction = "exp"

    Parameters
    ----------
    s : (..., m) array
        State; the energy is defined for any real numbers.
    patterns : (N, m) array
    interaction : int or "exp"
        K, the order of the connections, from 2 on, or the exponential.

    Returns
    -------
    E : (...,) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There are no patterns, the interaction is none of these, or an overlap to the
        K-th power is beyond the dtype: with K = 3 an overlap of 5e102 in float64, of 6e12 in float32.

    Departs from the text: the chapter has the capacity, not the formula. With "exp" the paper's energy is
    −Σ exp(oₙ); its logarithm is taken here, which stays finite and changes no comparison of energies.
    """
    function = "dense_energy_forward"
    s, patterns = _memory(function, LAYOUT, s, patterns, interaction)
    overlaps = s @ patterns.T
    if interaction == "exp":
        log_sum, slope = log_sum_exp(overlaps)
        E = -log_sum
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            E, slope = -(overlaps**interaction).sum(axis=-1), interaction * overlaps ** (interaction - 1)
        if not np.isfinite(E).all() and np.isfinite(s).all() and np.isfinite(patterns).all():
            raise ValueError(f"{function}: s has a state whose energy is beyond {E.dtype}, should be scaled")
    return E, (s, patterns, slope)


def dense_energy_backward(dE: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of s and the patterns.

    With F′ the slope at each overlap, K oᴷ⁻¹, or for the exponential softmax(o)::

        do = −dE F′(o)
        ds = Σₙ doₙ x⁽ⁿ⁾       dx⁽ⁿ⁾ = doₙ s
    """
    s, patterns, slope = cache
    dE = upstream("dense_energy_backward", "dE", dE, s.shape[:-1], s.dtype)
    do = -dE[..., None] * slope
    return do @ patterns, weight_gradient(do, s)


def dense_retrieve(
    x: np.ndarray,
    patterns: np.ndarray,
    interaction: Interaction = 3,
    rng: np.random.Generator | None = None,
    max_sweeps: int = 100,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let a dense associative memory evolve asynchronously from a probe until it rests.

    Section 8.2.3 on higher-order connections; Krotov and Hopfield 2016, section 2. A neuron takes the side whose
    energy is lower. With rₙ = Σ xⱼ⁽ⁿ⁾ sⱼ over the other neurons, j ≠ i::

        sᵢ ← +1 if Σₙ xᵢ⁽ⁿ⁾ (F(rₙ + 1) − F(rₙ − 1)) ≥ 0, −1 otherwise

    The overlaps are kept up to date, so a visit costs O(N). F(o) = o² is the Hopfield network with Hebb's weights.

    Parameters
    ----------
    x : (..., m) array
        Probes, of −1 and +1; each evolves on its own.
    patterns : (N, m) array
        Of −1 and +1.
    interaction : int or "exp"
    rng : numpy.random.Generator, optional
        Source of a new random order for every sweep; without one the order is fixed, 1, …, m.
    max_sweeps : int
        Give up after so many, with converged = False.

    Returns
    -------
    trajectory : (T + 1, ..., m) array
        State after every sweep, from the probe on, to the one that rests.
    energies : (T + 1, ...) array
    converged : (...,) bool array
        True where a whole sweep changed nothing.

    Raises
    ------
    ValueError, TypeError
        A probe or pattern is not of −1 and +1, or an option is not one of those above.
    """
    function = "dense_retrieve"
    x, patterns = _memory(function, PROBE, x, patterns, interaction)
    check_states(function, "x", x)
    check_states(function, "patterns", patterns)
    check_sweeps(function, rng, max_sweeps)
    columns = np.ascontiguousarray(patterns.T)
    probes = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    runs = [_descend(s, patterns, columns, interaction, rng, max_sweeps) for s in probes.copy()]
    return stack(runs, x)


def _descend(
    s: np.ndarray,
    patterns: np.ndarray,
    columns: np.ndarray,
    interaction: Interaction,
    rng: np.random.Generator | None,
    max_sweeps: int,
) -> Run:
    """Update one probe in place, a neuron at a time; states, their energies, and whether it came to rest."""
    states, energies = [s.copy()], [dense_energy_forward(s, patterns, interaction)[0]]
    overlaps = patterns @ s
    order: list[int] = list(range(len(s)))
    for _ in range(max_sweeps):
        if rng is not None:
            order = rng.permutation(len(s)).tolist()
        flips = 0
        for i in order:
            rest = overlaps - s[i] * columns[i]
            up = columns[i] @ _rise(rest, interaction) >= 0
            if up != (s[i] > 0):
                flips += 1
                s[i] = -s[i]
                overlaps = rest + s[i] * columns[i]
        if not flips:
            return states, energies, True
        states.append(s.copy())
        energies.append(dense_energy_forward(s, patterns, interaction)[0])
    return states, energies, False


def _rise(rest: np.ndarray, interaction: Interaction) -> np.ndarray:
    """F(rest + 1) − F(rest − 1), but for a positive factor; of oᴷ it is 2 Σ C(K, k) restᴷ⁻ᵏ over the odd k."""
    if interaction == "exp":
        return np.exp(rest - rest.max())
    result = np.zeros_like(rest)
    for k in range(interaction + 1):
        result *= rest
        result += math.comb(interaction, k) * (k % 2)
    return result


def _memory(
    function: str, layout: str, s: np.ndarray, patterns: np.ndarray, interaction: Interaction
) -> list[np.ndarray]:
    """Check state, patterns and interaction."""
    if interaction != "exp":
        count(function, "interaction", interaction, least=2, instead=" (or 'exp')")
    s, patterns = arrays(function, layout, s, patterns)
    if not len(patterns):
        raise ValueError(
            f"{function}: patterns has shape {patterns.shape}, no patterns; should be (N, m), N at least 1"
        )
    return [s, patterns]
