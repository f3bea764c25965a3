"""Find convex hulls of 5 to 10 points with a pointer network (Vinyals et al. 2015, section 4.2)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.pointer.pointer_trying import draw_pointing, point, size_notice
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.trained import Answer, InputError, Trained, into_unit, read_numbers, trained_params
from nnmem.tasks.convex_hull import convex_hull, hull_batch, is_simple, polygon_area, same_polygon

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = PointerNetwork(input_size=2, hidden_size=128, end=True)
STEPS = 110_000
WANTS = "points, such as 0,0 1,0 1,1 0,1 0.4,0.6"


def sample(rng: np.random.Generator, batch: int, n: int) -> pointer.Problems:
    X, targets, lengths = hull_batch(rng, batch, n)
    return pointer.Problems(pointer.scale(X), targets, lengths)


def score(
    model: PointerNetwork,
    params: PointerNetworkParams,
    rng: np.random.Generator,
    sizes: Sequence[int] = pointer.SIZES,
) -> dict[str, float | None]:
    """Return, of 2,000 sets of each size, how many hulls are right, and how much area the predicted ones cover.

    As in the paper: a hull is right if it is the same polygon; area is the predicted polygon's share of the true one,
    the mean over those that are simple polygons; ``invalid`` is the share of those that are not. Decoded greedily.
    """
    metrics: dict[str, float | None] = {}
    for n in sizes:
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
    plan = pointer.PointerPlan("pointer-hull", MODEL, sample, score, steps, batch=32, lr=5e-3)
    return pointer.train(plan, run)


def load(result: Result) -> Trained:
    """Return the network for a person's own points."""
    params = trained_params(result, MODEL.init(np.random.default_rng(0)))
    return Trained(
        MODEL,
        params,
        WANTS,
        partial(answer, params),
        lambda rng: np.round(rng.random((int(rng.integers(5, 11)), 2)), 2),
        lambda: score(MODEL, params, np.random.default_rng([result.seed, 2**32])),
    )


def answer(params: PointerNetworkParams, given: Any) -> Answer:
    """Find the hull of a person's points."""
    points = read_numbers(given, 2, WANTS)
    notices = size_notice(len(points), "points")
    unit, stretched = into_unit(points)
    try:
        true = convex_hull(unit)
    except ValueError as error:
        raise InputError(f"{str(error).removeprefix('convex_hull: ')}; should be {WANTS}") from None
    chosen, p = point(MODEL, params, unit)
    right = same_polygon(chosen, true)
    names = [f"({x:g}, {y:g})" for x, y in points]
    text = f"in   {' '.join(names)}\nout  {' '.join(names[i] for i in chosen)}   {'right' if right else 'wrong'}"

    def draw() -> Figure:
        from nnmem.plots import BLUE, new_figure

        figure, (left, ax) = new_figure(1, 2, (9.0, 4.0))
        left.plot(*points[[*chosen, *chosen[:1]]].T, color=BLUE, linewidth=4, alpha=0.5, label="network")
        left.plot(*points[[*true, true[0]]].T, color="black", linestyle="--", label="right")
        left.plot(*points.T, "o", color="black")
        for number, (x, y) in enumerate(points):
            left.annotate(str(number), (x, y), xytext=(4, 4), textcoords="offset points", fontsize=10)
        left.set(xlabel="x", ylabel="y", title="convex hull")
        left.legend(fontsize=9)
        items = [str(number) for number in range(len(points))]
        figure.colorbar(draw_pointing(ax, p, [*items, "end"]), ax=ax, label="probability")
        ax.set_title("where the network points")
        return figure

    corners = {"corners": chosen.tolist(), "right_corners": true.tolist(), "right": right}
    return Answer(text, {"input": points.tolist(), **corners}, draw, (*notices, *stretched))


RECIPE = Recipe("pointer-hull", "pointer networks", "convex hull of 5 to 10 points", run, options, load=load)
