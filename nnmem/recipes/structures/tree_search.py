"""Find a key in a tree memory: log₂ N decisions, beside attention to all N keys.

After Andrychowicz and Kurach 2016. The search is learned softly in trees of 2 to 256 leaves, and is hard in use.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.structures.tree_memory import TreeMemory, TreeMemoryParams
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.sorted_keys import SortedKeys, sorted_keys

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = TreeMemory()
STEPS, BATCH, RATE, CLIP, HIGHEST = 15000, 64, 1e-2, 1.0, 8
SIZES, TEST = (16, 64, 256), 1000
COSTS, TIMED = (256, 1024, 4096, 16384, 65536), 200


def loss_and_gradients(params: TreeMemoryParams, batch: SortedKeys) -> tuple[float, Any]:
    """−log of the right leaf's weight, the mean over the batch, and its gradients."""
    losses, cache = MODEL.forward(params, batch.keys, batch.queries, batch.targets)
    grads, *_ = MODEL.backward(np.full(losses.shape, 1 / losses.size, losses.dtype), cache)
    return float(losses.mean()), grads


def accuracy(params: TreeMemoryParams, batch: SortedKeys) -> tuple[float, int]:
    """Return the share of keys found, and how many decisions each took."""
    levels, _ = MODEL.build(params, batch.keys)
    found, lookups = MODEL.find(params, levels, batch.queries)
    return float((found == batch.targets).mean()), lookups


def attend(nodes: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Softmax attention of one query to all leaves, which are keys and values."""
    scores = nodes @ q
    alpha = np.exp(scores - scores.max())
    return (alpha / alpha.sum()) @ nodes


def costs(params: TreeMemoryParams, size: int) -> dict[str, float]:
    """Microseconds of CPU time for one question to a tree that is built, and for attention to all of its leaves."""
    batch = sorted_keys(np.random.default_rng(size), 1, size)
    levels, _ = MODEL.build(params, batch.keys)
    nodes, q = levels[0][0], levels[0][0, 0]
    start = time.process_time()
    for _ in range(TIMED):
        MODEL.find(params, levels, batch.queries)
    middle = time.process_time()
    for _ in range(TIMED):
        attend(nodes, q)
    end = time.process_time()
    return {"tree": 1e6 * (middle - start) / TIMED, "attention": 1e6 * (end - middle) / TIMED}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train, score at every size and time both ways of looking up."""
    rng = np.random.default_rng(run.seed)

    def draw(rng: np.random.Generator, progress: Progress) -> SortedKeys:
        return sorted_keys(rng, BATCH, 2 ** int(rng.integers(1, HIGHEST + 1)))

    params, progress = fit(
        loss_and_gradients,
        MODEL.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(RATE, steps),
        clip_norm=CLIP,
        checkpoint=run.checkpoint(),
        resume=run.resume,
        run={"recipe": "tree-search", "seed": run.seed},
        title=run.title("tree-search"),
    )
    metrics: dict[str, float] = {}
    for size in SIZES:
        metrics[f"accuracy_{size}"], lookups = accuracy(
            params, sorted_keys(np.random.default_rng([1, size]), TEST, size)
        )
        metrics[f"lookups_{size}"] = lookups
    for size in COSTS:
        for name, microseconds in costs(params, size).items():
            metrics[f"microseconds_{name}_{size}"] = microseconds
    history = {"loss": np.array(progress.history["loss"])}
    return Result("tree-search", run.seed, progress.seconds, steps, metrics, history, named_params(params))


def plot(result: Result) -> Figure:
    """Draw the cost of a question against the number of leaves."""
    from nnmem import plots

    figure, ax = plots.new_figure()
    measured: Any = result.metrics
    for name in ("tree", "attention"):
        ax.loglog(COSTS, [measured[f"microseconds_{name}_{size}"] for size in COSTS], "o-", label=name)
    ax.set(xlabel="leaves", ylabel="CPU time of a question (µs)")
    ax.legend()
    return figure


RECIPE = Recipe(
    "tree-search", "shapes of memory", "find a key in log N steps: tree memory, attention", run, options, plot
)
