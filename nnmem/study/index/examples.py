"""Example inputs for every public function: the one place from which checks, tests and benchmarks draw.

An example is described by the layout of its arguments, the same text as in the docstring. All sizes differ, so that a
transposed or mixed-up axis cannot go unnoticed.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.score_table import SCORES
from nnmem.nn.losses import sigmoid
from nnmem.nn.softmax import softmax_in_place

SIZES: Mapping[str, int] = {
    **{"N": 7, "M": 4, "d": 5, "d_q": 3, "d_v": 8, "h": 6, "p": 10, "d_out": 9},
    **{"n": 7, "m": 4, "d_e": 3, "S": 3},
    **{"k": 6, "T": 5, "count": 6, "n2": 9},
}
BATCH = (2, 3)


Draw = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]


class Spec(NamedTuple):
    """How the arguments of one function look: arrays (of a pair, those that receive a gradient), and options.

    ``special`` draws those that cannot be any numbers; they are not rounded where others are.
    """

    layout: str
    options: Mapping[str, Any] = {}
    without_gradient: str = ""
    mask: str = ""
    special: Mapping[str, Draw] = {}


class Example(NamedTuple):
    """Arguments for one call of one pair."""

    function: str
    case: str
    args: tuple[np.ndarray, ...]
    options: dict[str, Any]


def _each_score(change: dict[str, str], more: str = "", mask: str = "(..., N)") -> list[Spec]:
    """One spec for each score, its layout rewritten for another function."""
    specs = []
    for name, score in SCORES.items():
        layout = score.layout
        for old, new in change.items():
            layout = layout.replace(old, new)
        first, rest = layout.split("), ", 1)
        specs.append(Spec(f"{first}), {more}{rest}", {"score": name}, mask=mask))
    return specs


def signs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """States of −1 and +1."""
    return rng.choice([-1.0, 1.0], size=shape)


def quarters(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights and biases in steps of 1/4: sums of them are exact, so their order does not decide a sign."""
    return rng.integers(-8, 9, size=shape) / 4


def symmetric(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights of a Hopfield network (8.15), in steps of 1/4."""
    W = np.triu(quarters(shape, rng), 1)
    return W + W.T


def distribution(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights that sum to one."""
    values = rng.normal(size=shape)
    softmax_in_place(values)
    return values


def history(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """States over time, which in turn end at rest, in a cycle of two, or in neither."""
    states = signs(shape, rng)
    end = ((rng.integers(3) + np.arange(math.prod(shape[1:-1]))) % 3).reshape(*shape[1:-1], 1)
    states[-1] = np.select([end == 0, end == 1], [states[-2], states[max(len(states) - 3, 0)]], states[-1])
    return states


def tours(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Outputs of the travelling-salesman network, the first of them a tour."""
    n = math.isqrt(shape[-1])
    v = rng.permuted(np.broadcast_to(np.arange(1 - n, n * n - n + 1) / 8 - 1 / 16, shape), axis=-1)
    one = v.reshape(-1, n, n)[0]
    one[:] = np.where(np.eye(n)[rng.permutation(n)] > 0, abs(one), -abs(one))
    return v


SPECS: Mapping[str, list[Spec]] = {
    "attention_distribution": [Spec("scores (..., N)", mask="(..., N)")],
    **{f"{name}_score": [Spec(score.layout)] for name, score in SCORES.items()},
    "weighted_sum": [Spec("alpha (..., N), X (..., N, d)")],
    "soft_attention": _each_score({}),
    "hard_attention": [Spec("X (..., N, d)", without_gradient="alpha (..., N)")],
    "sampled_attention": [Spec("X (..., N, d), alpha (..., N)", special={"alpha": distribution})],
    "key_value_attention": _each_score({"X ": "K "}, "V (..., N, d_v), "),
    "multi_query_attention": [
        *_each_score({"X ": "K ", "q (...,": "Q (..., M,"}, "V (..., N, d_v), ", mask="(..., M, N)"),
        Spec("K (..., N, d), V (..., N, d_v), Q (..., M, d)", mask="(..., N)"),
    ],
    "multi_head_attention": [
        Spec(
            "Q (..., M, d), K (..., N, d), V (..., N, d), W_Q (p, d), W_K (p, d), W_V (p, d), W_O (d_out, p)",
            {"num_heads": 2},
            mask=mask,
        )
        for mask in ("(..., M, N)", "(..., N)")
    ],
    "hopfield_update": [Spec("s (..., m), W (m, m), b (m,)", {"beta": 0.3})],
    "hopfield_energy": [Spec("s (..., m), W (m, m), b (m,)")],
    "hebbian_weights": [Spec("patterns (N, m)")],
    "boltzmann_log_likelihood": [Spec("s (..., m), W (m, m), b (m,)")],
    "continuous_hopfield_energy": [Spec("u (..., m), W (m, m), b (m,)", {"beta": 1.4})],
    "dense_energy": [
        Spec("s (..., m), patterns (N, m)", {"interaction": interaction}) for interaction in (2, 3, 4, "exp")
    ],
    "modern_hopfield": [Spec("X (..., N, d), s (..., d)", {"beta": 0.6})],
    "modern_hopfield_energy": [Spec("X (..., N, d), s (..., d)", {"beta": 0.6})],
    "bind": [Spec("a (..., d), b (..., d)")],
    "unbind": [Spec("c (..., d), a (..., d)")],
    "pointer_distribution": [
        Spec("X (..., n, d), E (..., m, d_e), W (h, d), U (h, d_e), v (h,)", mask=mask)
        for mask in ("(..., m, n)", "(..., n)")
    ],
    "pointer_log_likelihood": [
        Spec("log_p (..., m, n)", without_gradient=more)
        for more in ("targets (..., m)", "targets (..., m), lengths (...)")
    ],
    "content_addressing": _each_score({"X ": "M "}, mask=""),
    "cosine_content_addressing": [Spec("M (..., N, d), k (..., d), beta (...)")],
    "interpolate": [Spec("w_c (..., N), w_prev (..., N), g (...)")],
    "shift": [Spec("w_g (..., N), s (..., S)")],
    "sharpen": [Spec("w (..., N), gamma (...)")],
    "memory_read": [Spec("M (..., N, d), alpha (..., N)")],
    "memory_write": [Spec("M (..., N, d), alpha (..., N), erase (..., d), add (..., d)")],
}

PLAIN: Mapping[str, list[Spec]] = {
    "bidirectional_weights": [Spec("X (N, m), Y (N, k)", special={"X": signs, "Y": signs})],
    "bidirectional_retrieve": [Spec("x (..., m), W (m, k)", special={"x": signs, "W": quarters})],
    "clean_up": [Spec("y (..., d), items (count, d)")],
    "continuous_hopfield_retrieve": [
        Spec("u (..., m), W (m, m), b (m,)", {"beta": 1.4, "step": 0.25, "max_steps": 4}),
    ],
    "dense_retrieve": [
        Spec("x (..., m), patterns (N, m)", {"interaction": order}, special={"x": signs, "patterns": signs})
        for order in (2, 3)
    ],
    "hopfield_period": [Spec("trajectory (T, ..., m)", special={"trajectory": history})],
    "hopfield_retrieve": [
        Spec("x (..., m), W (m, m), b (m,)", {"mode": mode}, special={"x": signs, "W": symmetric, "b": quarters})
        for mode in ("async", "sync")
    ],
    "modern_hopfield_retrieve": [
        Spec("x (..., d), X (..., N, d)", {"beta": 0.6, **more}) for more in ({"max_steps": 3}, {"tolerance": 0.05})
    ],
    "pseudo_inverse_weights": [Spec("patterns (N, m)", special={"patterns": signs})],
    "read_tour": [Spec("v (..., n2)", special={"v": tours})],
    "storkey_weights": [Spec("patterns (N, m)", special={"patterns": signs})],
    "tour_weights": [Spec("cities (n, 2)")],
}


def specs(function: str) -> list[Spec]:
    """Return how the arguments of a pair or of a plain function look."""
    return SPECS[function] if function in SPECS else PLAIN[function]


def examples(
    function: str,
    rng: np.random.Generator | None = None,
    batches: tuple[tuple[int, ...], ...] = ((), BATCH),
    sizes: Mapping[str, int] = SIZES,
) -> Iterator[Example]:
    """Yield examples of a function: without and with batch axes, without and with a mask.

    Parameters
    ----------
    function : str
        Name, without ``_forward``.
    rng : numpy.random.Generator, optional
        Seed 0 if not given.
    batches : tuple of shapes
        What ``...`` stands for, in turn.
    sizes : mapping
        The size of each letter of the layouts.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    for spec, batch in itertools.product(specs(function), batches):
        for masked in (False, True) if spec.mask else (False,):
            args = tuple(
                spec.special[name](shape, rng) if name in spec.special else draw(name, shape, rng, sizes)
                for name, shape in shapes(spec.layout, batch, sizes)
            )
            options: dict[str, Any] = dict(spec.options)
            for name, shape in shapes(spec.without_gradient, batch, sizes):
                options[name] = draw(name, shape, rng, sizes)
                if name == "alpha":
                    options[name][(0,) * len(batch)] *= not batch  # one row with nothing to attend to
            if masked:
                [(_, shape)] = shapes(f"mask {spec.mask}", batch, sizes)
                options["mask"] = rng.random(shape) < 0.6
                options["mask"][(0,) * (len(shape) - 1)] = not shape[:-1]  # one row with nothing to attend to
            words = [str(options.get("score", "")), "batch" if batch else "single", "masked" if masked else ""]
            yield Example(function, ", ".join(filter(None, words)), args, options)


def shapes(layout: str, batch: tuple[int, ...], sizes: Mapping[str, int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of each array of a layout."""
    for name, text in re.findall(r"(\w+) \(([^)]*)\)", layout):
        axes = [axis.strip() for axis in text.split(",") if axis.strip()]
        sized = (batch if axis == "..." else (int(axis) if axis.isdigit() else sizes[axis],) for axis in axes)
        yield name, tuple(itertools.chain.from_iterable(sized))


def draw(name: str, shape: tuple[int, ...], rng: np.random.Generator, sizes: Mapping[str, int] = SIZES) -> np.ndarray:
    """Return a random argument of the kind its name stands for: a distribution, indices, a gate, or normal numbers."""
    if name in ("targets", "lengths"):
        return rng.integers(*((0, sizes["n"]) if name == "targets" else (1, sizes["m"] + 1)), size=shape)
    if name in ("alpha", "w", "w_c", "w_prev", "w_g"):
        return distribution(shape, rng)
    values = rng.normal(size=shape)
    if name in ("g", "erase"):
        values = sigmoid(values)
    if name in ("beta", "gamma"):
        values = (name == "gamma") + np.exp(values)
    return values
