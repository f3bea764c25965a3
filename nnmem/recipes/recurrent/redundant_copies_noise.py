"""Redundant copies: the noise of retrieval against theory, then what 1, 2, 4 and 8 copies are worth in training."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from nnmem.associative.redundant_copies import copy_permutations, read_copies_forward, write_copies_forward
from nnmem.models.recurrent.associative_lstm import AssociativeLSTM
from nnmem.recipes.measurement import measure
from nnmem.recipes.recurrent.associative_lstm_copy import HIDDEN, INPUTS, accuracy, train
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.episodic_copy import KINDS

COPIES, ENTRIES, PAIRS = (1, 2, 4, 8), (30, 120, 480), (2, 5, 10, 20)
STEPS, SHOWN = 2000, 120


def noise(rng: np.random.Generator, copies: int, entries: int, pairs: int, trials: int = 200) -> dict[str, float]:
    """Store pairs of unit modulus and random phase, unbind every key; the mean square of what is not the value.

    Each of the other pairs leaves a term of modulus one and random phase at every entry. The mean of S copies divides
    its power by S where the copies look at different entries of the key, which two of them fail to do once in p::

        E|noise|² = (pairs − 1) (1/S + (1 − 1/S) / p)
    """
    powers = []
    for _ in range(trials):
        P = copy_permutations(rng, copies, entries)
        keys, values = np.exp(1j * rng.uniform(-np.pi, np.pi, (2, pairs, entries)))
        c_re, c_im, _ = write_copies_forward(keys.real, keys.imag, values.real, values.imag, P)
        m_re, m_im = (np.repeat(c.sum(axis=0)[None], pairs, axis=0) for c in (c_re, c_im))
        y_re, y_im, _ = read_copies_forward(m_re, m_im, keys.real, -keys.imag, P)
        powers.append(((y_re - values.real) ** 2 + (y_im - values.imag) ** 2).mean())
    error = np.std(powers, ddof=1) / np.sqrt(trials)
    return {"noise": np.mean(powers), "error": error, "theory": theory(copies, entries, pairs)}


def theory(copies: int, entries: int, pairs: int) -> float:
    """The expected power of the noise of an entry, see ``noise``."""
    return (pairs - 1) * (1 / copies + (1 - 1 / copies) / entries)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Measure the noise of all sizes, then train the recipe ``associative-lstm`` with each number of copies."""
    stored = [{"copies": S, "entries": p, "pairs": k} for p in ENTRIES for k in PAIRS for S in COPIES]
    trained = [{"copies": S, "steps": steps} for S in COPIES]

    def row(rng: np.random.Generator, **setting: Any) -> dict[str, Any]:
        if "pairs" in setting:
            return noise(rng, **setting)
        model = AssociativeLSTM(INPUTS, KINDS, HIDDEN, setting["copies"])
        params, _ = train("associative", model, steps, Run(run.seed, bar=run.bar))
        return {"accuracy_10": accuracy(model, params, 10)}

    return measure("redundant-copies", stored + trained, row, run)


def plot(result: Result) -> Any:
    """Noise against pairs, the points measured and the lines theory; accuracy in training against copies."""
    from nnmem.plots import new_figure

    figure, (left, right) = new_figure(1, 2, (9.0, 3.6))
    rows: Any = result.metrics
    for S, marker in zip(COPIES, "osD^", strict=False):
        chosen = [row for row in rows if row.get("entries") == SHOWN and row["copies"] == S]
        (line,) = left.plot(PAIRS, [theory(S, SHOWN, k) for k in PAIRS])
        left.plot([r["pairs"] for r in chosen], [r["noise"] for r in chosen], marker, color=line.get_color(), label=S)
    left.set(xscale="log", yscale="log", xlabel="pairs stored", ylabel="noise power of an entry")
    left.legend(title="copies (lines: theory)")
    trained = [row for row in rows if "accuracy_10" in row]
    right.plot([r["copies"] for r in trained], [r["accuracy_10"] for r in trained], "o-")
    right.set(xscale="log", xlabel="copies", ylabel=f"right at length 10, {trained[0]['steps']} steps", ylim=(0, 1.02))
    right.set_xticks(COPIES, [str(S) for S in COPIES])
    right.set_xticks([], minor=True)
    return figure


RECIPE = Recipe(
    "redundant-copies", "recurrent networks", "noise of 1 to 8 copies, alone and in training", run, options, plot
)
