"""Section 8.2.3: the continuous Hopfield network, and the travelling salesman whom it serves."""

from __future__ import annotations

import math

import numpy as np

from nnmem.associative import continuous, travelling_salesman
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_capacity import CONTINUOUS
from nnmem.study.index.mistakes.in_retrieval import CONTINUOUS_RETRIEVE
from nnmem.study.index.mistakes.in_tours import READ_TOUR, TOUR_WEIGHTS


def _tours(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Outputs of the travelling-salesman network, the first of them a tour."""
    n = math.isqrt(shape[-1])
    v = rng.permuted(np.broadcast_to(np.arange(1 - n, n * n - n + 1) / 8 - 1 / 16, shape), axis=-1)
    one = v.reshape(-1, n, n)[0]
    one[:] = np.where(np.eye(n)[rng.permutation(n)] > 0, abs(one), -abs(one))
    return v


ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Continuous Hopfield network",
            "连续 Hopfield 网络",
            "du/dt = −u + W v + b,  v = tanh(β u),  E = −½ vᵀ W v − bᵀ v + Σᵢ ∫₀^{vᵢ} g⁻¹(x) dx",
            "Neurons move smoothly in time, always downhill in an energy with a term for the leak.",
            "神经元状态随时间连续变化，能量（含泄漏项）单调不增。",
            ("continuous_hopfield_energy",),
            "08_capacity_and_beyond",
            also="travelling salesman TSP Tank differential equation 旅行商问题 微分方程",
        ),
    ),
    pairs=(
        Pair(
            "continuous_hopfield_energy",
            continuous,
            (Layout(continuous.STATE, {"beta": 1.4}),),
            extremes=(Extreme("an inner state of 1e4", ([1e4], [[0.0]], [0.0]), expected=math.log(2)),),
            known=CONTINUOUS,
        ),
    ),
    plain=(
        Plain(
            "continuous_hopfield_retrieve",
            continuous,
            (Layout(continuous.STATE, {"beta": 1.4, "step": 0.25, "max_steps": 4}),),
            known=CONTINUOUS_RETRIEVE,
        ),
        Plain("read_tour", travelling_salesman, (Layout("v (..., n2)", special={"v": _tours}),), known=READ_TOUR),
        Plain("tour_weights", travelling_salesman, (Layout(travelling_salesman.CITIES),), known=TOUR_WEIGHTS),
    ),
)
