"""Example inputs for every public pair: the one place from which checks, tests and benchmarks draw.

An example is described by the layout of its arguments, the same text as in the docstring. All sizes differ, so that a
transposed or mixed-up axis cannot go unnoticed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.distribution import softmax_in_place
from nnmem.attention.score_table import SCORES
from nnmem.nn.losses import sigmoid

SIZES: Mapping[str, int] = {
    **{"N": 7, "M": 4, "d": 5, "d_q": 3, "d_v": 8, "h": 6, "p": 10, "d_out": 9},
    **{"n": 7, "m": 4, "d_e": 3, "S": 3},
}
BATCH = (2, 3)


class Spec(NamedTuple):
    """How the arguments of one pair look: arrays that receive a gradient, and options."""

    layout: str
    options: Mapping[str, Any] = {}
    without_gradient: str = ""
    mask: str = ""


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


SPECS: Mapping[str, list[Spec]] = {
    "attention_distribution": [Spec("scores (..., N)", mask="(..., N)")],
    **{f"{name}_score": [Spec(score.layout)] for name, score in SCORES.items()},
    "weighted_sum": [Spec("alpha (..., N), X (..., N, d)")],
    "soft_attention": _each_score({}),
    "hard_attention": [Spec("X (..., N, d)", without_gradient="alpha (..., N)")],
    "sampled_attention": [Spec("X (..., N, d), alpha (..., N)")],
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


def examples(
    function: str,
    rng: np.random.Generator | None = None,
    batches: tuple[tuple[int, ...], ...] = ((), BATCH),
    sizes: Mapping[str, int] = SIZES,
) -> Iterator[Example]:
    """Yield examples of a pair: without and with batch axes, without and with a mask.

    Parameters
    ----------
    function : str
        Name without ``_forward``.
    rng : numpy.random.Generator, optional
        Seed 0 if not given.
    batches : tuple of shapes
        What ``...`` stands for, in turn.
    sizes : mapping
        The size of each letter of the layouts.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    for spec, batch in itertools.product(SPECS[function], batches):
        for masked in (False, True) if spec.mask else (False,):
            args = tuple(draw(name, shape, rng, sizes) for name, shape in shapes(spec.layout, batch, sizes))
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
        lead = batch if axes[:1] == ["..."] else ()
        yield name, lead + tuple(sizes[axis] for axis in axes if axis != "...")


def draw(name: str, shape: tuple[int, ...], rng: np.random.Generator, sizes: Mapping[str, int] = SIZES) -> np.ndarray:
    """Return a random argument of the kind its name stands for: a distribution, indices, a gate, or normal numbers."""
    if name in ("targets", "lengths"):
        return rng.integers(*((0, sizes["n"]) if name == "targets" else (1, sizes["m"] + 1)), size=shape)
    values = rng.normal(size=shape)
    if name in ("alpha", "w", "w_c", "w_prev", "w_g"):
        softmax_in_place(values)
    if name in ("g", "erase"):
        values = sigmoid(values)
    if name in ("beta", "gamma"):
        values = (name == "gamma") + np.exp(values)
    return values
