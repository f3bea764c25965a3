"""Retrieval (检索): a Hopfield network let go from a probe until it rests; equations (8.14) and (8.16).

Asynchronous (异步): one neuron at a time. Synchronous (同步): all at once, by the clock.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from nnmem.associative.hopfield import (
    LAYOUT,
    TILE,
    check_field,
    check_states,
    energy_from_field,
    local_field,
)
from nnmem.associative.ties import Ties, signs, tie_bound
from nnmem.nn.arguments import arrays
from nnmem.nn.options import count, generator, one_of

__all__ = ["hopfield_period", "hopfield_retrieve"]

PROBE = LAYOUT.replace("s (", "x (")


def hopfield_retrieve(
    x: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    mode: Literal["async", "sync"] = "async",
    rng: np.random.Generator | None = None,
    max_sweeps: int = 100,
    record: Literal["sweep", "flip"] = "sweep",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let a Hopfield network evolve from a probe (检索阶段) to a fixed point, one of its attractors (吸引子).

    Equations (8.14) and (8.16), section 8.2.3; Hopfield 1982::

        s₀ = x;   sᵢ ← +1 if hᵢ = Σⱼ wᵢⱼ sⱼ + bᵢ ≥ 0, −1 otherwise

    Asynchronously, a sweep visits every neuron once. The local fields h are computed once and kept: a neuron that flips
    adds its column, h ← h ± 2 W_·ᵢ, so a flip costs O(m) and a visit without one next to nothing. Columns are read
    where they are contiguous in memory; where only rows are, W is compared with Wᵀ once, and rows are read if they are
    the same. The columns of an asymmetric W in C order are slow: give ``np.asfortranarray(W)``.

    Parameters
    ----------
    x : (..., m) array
        Probes, of −1 and +1; each evolves on its own.
    W : (m, m) array
        Weights. Symmetric ones with a zero diagonal (``check_hopfield_weights``) come to rest asynchronously; others
        may cycle.
    b : (m,) array
        Bias.
    mode : {"async", "sync"}
        Synchronous updates of symmetric weights end in a fixed point or in a cycle of two (``hopfield_period``).
    rng : numpy.random.Generator, optional
        Source of a new random order for every asynchronous sweep; without one the order is fixed, 1, …, m.
    max_sweeps : int
        Give up after so many, with converged = False.
    record : {"sweep", "flip"}
        What is a row of the trajectory: the state after every sweep, or, asynchronously, after every flip.

    Returns
    -------
    trajectory : (T + 1, ..., m) array
        States, from the probe on. Asynchronously they end with the state that rests; synchronously they show the fixed
        point, or the cycle of two, come round once. Probes that rest early repeat their last state.
    energies : (T + 1, ...) array
        Energy (8.18) of each.
    converged : (...,) bool array
        True where nothing would change any more.

    Raises
    ------
    ValueError, TypeError
        A probe is not of −1 and +1, a local field is not finite, or an option is not one
        of those above.

    Departs from the text: a local field that rounding cannot tell from zero counts as zero, so that the neuron becomes
    +1 as (8.14) says (``ties.py``).
    """
    function = "hopfield_retrieve"
    x, W, b = arrays(function, PROBE, x, W, b)
    check_states(function, "x", x)
    one_of(function, "mode", mode, ("async", "sync"))
    if record not in ("sweep", "flip") or (mode, record) == ("sync", "flip"):
        raise ValueError(f"{function}: record is {record!r}, should be 'sweep', or in mode 'async' also 'flip'")
    check_sweeps(function, rng, max_sweeps)
    fields = local_field(x, W, b)
    check_field(function, fields)
    if mode == "sync":
        return _synchronous(x, fields, W, b, max_sweeps)
    bound, columns, shape = tie_bound(W, b), _columns(W), (math.prod(x.shape[:-1]), len(b))
    runs = [
        _descend(s, h, columns, b, bound, rng, max_sweeps, record)
        for s, h in zip(x.copy().reshape(shape), fields.reshape(shape), strict=True)
    ]
    return stack(runs, x)


def hopfield_period(trajectory: np.ndarray) -> np.ndarray:
    """How a synchronous retrieval ended: 1 in a fixed point, 2 in a cycle of two states, 0 in neither yet.

    Parameters
    ----------
    trajectory : (T + 1, ..., m) array
        Of ``hopfield_retrieve`` with mode "sync".

    Returns
    -------
    period : (...,) int array
    """
    [trajectory] = arrays("hopfield_period", "trajectory (...)", trajectory)
    if trajectory.ndim < 2 or len(trajectory) < 2:
        raise ValueError(
            f"hopfield_period: trajectory has shape {trajectory.shape}, should be (T + 1, ..., m), T at least 1"
        )
    fixed = (trajectory[-1] == trajectory[-2]).all(axis=-1)
    alternates = (trajectory[-1] == trajectory[-3]).all(axis=-1) if len(trajectory) > 2 else np.zeros_like(fixed)
    return np.where(fixed, 1, np.where(alternates, 2, 0))


def check_sweeps(function: str, rng: np.random.Generator | None, max_sweeps: int) -> None:
    """Raise unless max_sweeps counts something and rng is a generator, or None for the fixed order."""
    count(function, "max_sweeps", max_sweeps)
    if rng is not None:
        generator(function, rng, " (or None for the fixed order)")


Run = tuple[list[np.ndarray], list[np.ndarray], bool]


def stack(runs: list[Run], x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join the runs of all probes x into one trajectory; those that rest early repeat their last state."""
    T = max((len(states) for states, _, _ in runs), default=1)
    trajectory = np.empty((T, len(runs), x.shape[-1]), x.dtype)
    energies = np.empty((T, len(runs)), x.dtype)
    for k, (states, energy, _) in enumerate(runs):
        trajectory[: len(states), k], trajectory[len(states) :, k] = states, states[-1]
        energies[: len(states), k], energies[len(states) :, k] = energy, energy[-1]
    converged = np.array([rests for _, _, rests in runs], bool)
    lead = x.shape[:-1]
    return trajectory.reshape(T, *x.shape), energies.reshape(T, *lead), converged.reshape(lead)


def _columns(W: np.ndarray) -> np.ndarray:
    """The columns of W as the rows of a matrix: of Wᵀ, or of W itself if that is the same and lies better in memory."""
    if W.flags.c_contiguous and all(
        np.array_equal(W[i : i + TILE, j : j + TILE], W[j : j + TILE, i : i + TILE].T)
        for i in range(0, len(W), TILE)
        for j in range(i, len(W), TILE)
    ):
        return W
    return W.T


def _descend(
    s: np.ndarray,
    h: np.ndarray,
    columns: np.ndarray,
    b: np.ndarray,
    bound: np.ndarray,
    rng: np.random.Generator | None,
    max_sweeps: int,
    record: str,
) -> Run:
    """Update one probe in place, a neuron at a time; states, their energies, and whether it came to rest."""
    m = len(s)
    states, energies = [s.copy()], [energy_from_field(s, h, b)]
    up = (s > 0).tolist()
    slack = bound / 2
    half = h / 2 + slack  # negative where h is, but for ties; a flip adds or subtracts one column
    reader = half.data  # reads one entry in a third of the time that the array takes
    order: list[int] = list(range(m))
    flips = 0
    for _ in range(max_sweeps):
        if _rests(s, half):
            break
        if rng is not None:
            order = rng.permutation(m).tolist()
        for i in order:
            if (reader[i] >= 0) != up[i]:
                up[i] = not up[i]
                if up[i]:
                    s[i] = 1
                    half += columns[i]
                else:
                    s[i] = -1
                    half -= columns[i]
                flips += 1
                if flips % m == 0:  # as many roundings as the bound allows: afresh
                    half[:] = local_field(s, columns.T, b) / 2 + slack
                if record == "flip":
                    states.append(s.copy())
                    energies.append(energy_from_field(s, 2 * (half - slack), b))
        if record == "sweep":
            states.append(s.copy())
            energies.append(energy_from_field(s, 2 * (half - slack), b))
    return states, energies, _rests(s, half)


def _synchronous(
    x: np.ndarray, h: np.ndarray, W: np.ndarray, b: np.ndarray, max_sweeps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Update all neurons of all probes at once until each probe rests or alternates between two states."""
    states, energies, ties = [x], [energy_from_field(x, h, b)], Ties(W, b)
    exact = W.astype(np.float64, copy=False)
    for _ in range(max_sweeps):
        states.append(signs(h, ties, x.dtype))
        again = (states[-1] == states[-2]).all(axis=-1)
        if not again.all():
            h = local_field(states[-1], exact, b)
        energies.append(energy_from_field(states[-1], h, b))
        if len(states) > 2:
            again |= (states[-1] == states[-3]).all(axis=-1)
        if again.all():
            break
    rests = (ties.not_below_zero(h) == (states[-1] > 0)).all(axis=-1)
    return np.array(states), np.array(energies, x.dtype), rests


def _rests(s: np.ndarray, h: np.ndarray) -> bool:
    """True if no neuron would change: each has the sign of its local field."""
    return bool(((h >= 0) == (s > 0)).all())
