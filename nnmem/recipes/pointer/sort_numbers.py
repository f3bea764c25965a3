"""Sort 5 to 10 numbers with a pointer network (Vinyals et al. 2015): the chapter's example, which the paper has not."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.pointer.pointer_trying import draw_pointing, point, size_notice
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.trained import Answer, Trained, into_unit, read_numbers, trained_params
from nnmem.tasks.sorting import sorting_batch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = PointerNetwork(input_size=1, hidden_size=64)
STEPS = 90_000
WANTS = "numbers, such as 3 1 2 0.5 7"


def sample(rng: np.random.Generator, batch: int, n: int) -> pointer.Problems:
    X, targets = sorting_batch(rng, batch, n)
    return pointer.Problems(pointer.scale(X), targets, np.full(batch, n))


def score(model: PointerNetwork, params: PointerNetworkParams, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of 2,000 sequences whose every index is right, decoded greedily."""
    metrics = {}
    for n in pointer.SIZES:
        problems = sample(rng, 2000, n)
        indices = decode(model, params, problems.X).indices
        metrics[f"exact_{n}"] = float((indices == problems.targets).all(axis=1).mean())
    return metrics


def options(parser: argparse.ArgumentParser) -> None:
    pointer.steps_option(parser, STEPS)


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score."""
    plan = pointer.PointerPlan("pointer-sort", MODEL, sample, score, steps, batch=32, lr=1e-2)
    return pointer.train(plan, run)


def load(result: Result) -> Trained:
    """Return the network for a person's own numbers."""
    params = trained_params(result, MODEL.init(np.random.default_rng(0)))
    return Trained(
        MODEL,
        params,
        WANTS,
        partial(answer, params),
        lambda rng: np.round(sorting_batch(rng, 1, int(rng.integers(5, 11)))[0][0, :, 0].astype(float), 2),
        lambda: score(MODEL, params, np.random.default_rng([result.seed, 2**32])),
    )


def answer(params: PointerNetworkParams, given: Any) -> Answer:
    """Sort a person's numbers."""
    numbers = read_numbers(given, 1, WANTS)
    notices = size_notice(len(numbers), "numbers")
    unit, stretched = into_unit(numbers)
    chosen, p = point(MODEL, params, unit)
    names = [f"{number:g}" for number in numbers[:, 0]]
    found = numbers[chosen, 0]
    right = bool(np.array_equal(found, np.sort(numbers[:, 0])))
    text = f"in   {' '.join(names)}\nout  {' '.join(names[i] for i in chosen)}   {'right' if right else 'wrong'}"

    def draw() -> Figure:
        from nnmem.plots import new_figure

        figure, ax = new_figure(size=(6.0, 4.0))
        image = draw_pointing(ax, p, names)
        ax.set_title("where the network points")
        figure.colorbar(image, ax=ax, label="probability")
        return figure

    facts = {"input": numbers[:, 0].tolist(), "output": found.tolist(), "indices": chosen.tolist(), "right": right}
    return Answer(text, facts, draw, (*notices, *stretched))


RECIPE = Recipe("pointer-sort", "pointer networks", "sort numbers, 5 to 10 of them", run, options, load=load)
