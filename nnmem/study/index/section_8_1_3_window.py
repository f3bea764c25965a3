"""Section 8.1.3: attention that walks along a text, the window of Graves 2013."""

from __future__ import annotations

import numpy as np

from nnmem.attention import window
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_structure import WINDOW


def _above_zero(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.normal(size=shape) - 1)


def _places(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.5, 6.5, size=shape)


ENTRY = Entry(
    equations=(
        Equation(
            "8.1.3",
            "8.1.3",
            "A window that slides over a text",
            "沿文本滑动的软窗口",
            "φ(u) = Σₖ aₖ exp(−bₖ (κₖ − u)²),  w = Σᵤ φ(u) cᵤ",
            "Bell curves over positions choose what is read; they move on, never back: the first attention.",
            "用若干钟形曲线在位置上选取要读的符号，曲线只前移、不后退：最早的注意力机制。",
            ("gaussian_window",),
            "04_two_sequences_aligned",
            also="handwriting synthesis Gaussian mixture Graves 手写生成 高斯",
        ),
    ),
    pairs=(
        Pair(
            "gaussian_window",
            window,
            (Layout(window.WINDOW, special={"a": _above_zero, "b": _above_zero, "kappa": _places}),),
            known=WINDOW,
            extremes=(
                Extreme(
                    "a curve that is a needle",
                    (np.ones(1), np.full(1, 1e4), np.full(1, 2.0), np.eye(3)),
                    expected=np.array([0.0, 1, 0]),
                ),
                Extreme(
                    "a window past the end", (np.ones(1), np.ones(1), np.full(1, 1e4), np.eye(3)), expected=np.zeros(3)
                ),
            ),
        ),
    ),
)
