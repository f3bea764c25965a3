"""Find convex hulls of 5 to 10 points with a pointer network (Vinyals et al. 2015, section 4.2)."""

from __future__ import annotations

import argparse

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.convex_hull import hull_batch, is_simple, polygon_area, same_polygon

MODEL = PointerNetwork(input_size=2, hidden_size=128, end=True)
STEPS = 110_000


def sample(rng: np.random.Generator, batch: int, n: int) -> pointer.Problems:
    X, targets, lengths = hull_batch(rng, batch, n)
    return pointer.Problems(pointer.scale(X), targets, lengths)


def score(model: PointerNetwork, params: PointerNetworkParams, rng: np.random.Generator) -> dict[str, float | None]:
    """Return, of 2,000 sets each, how many hulls are right, and how much area the predicted ones cover.

    As in the paper: a hull is right if it is the same polygon; area is the predicted polygon's share of the true one,
    the mean over those that are simple polygons; ``invalid`` is the share of those that are not. Decoded greedily.
    """
    metrics: dict[str, float | None] = {}
    for n in pointer.SIZES:
        problems = sample(rng, 2000, n)
        decoded = decode(model, params, problems.X)
        right, areas = 0, []
        for points, found, true, steps in zip(
            problems.X, decoded.indices, problems.targets, problems.lengths, strict=True
        ):
            corners, true = found[found >= 0], true[: steps - 1]
            right += same_polygon(corners, true)
            if is_simple(points[corners]):
                areas.append(abs(polygon_area(points[corners])) / polygon_area(points[true]))
        metrics[f"accuracy_{n}"] = right / len(problems.X)
        metrics[f"area_{n}"] = float(np.mean(areas)) if areas else None
        metrics[f"invalid_{n}"] = 1 - len(areas) / len(problems.X)
    return metrics


def options(parser: argparse.ArgumentParser) -> None:
    pointer.steps_option(parser, STEPS)


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score."""
    plan = pointer.Plan("pointer-hull", MODEL, sample, score, steps, batch=32, lr=5e-3)
    return pointer.train(plan, run)


RECIPE = Recipe("pointer-hull", "pointer networks", "convex hull of 5 to 10 points", run, options)
