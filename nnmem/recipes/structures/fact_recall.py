"""Recall of facts from a large memory: attention to all, to the K best by exact search, to the K best by clusters.

Chandar et al. 2016, section 4, without training: what is compared is the search. Keys are attended to by β kᵀq, β
chosen for each way on other questions.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.attention.soft import key_value_attention_forward
from nnmem.models.structures.chosen_attention import chosen_attention_forward
from nnmem.models.structures.faiss_search import with_faiss
from nnmem.models.structures.inner_product_search import cluster, exact
from nnmem.nn.training import TrainingError
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.facts import Facts, facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = (10_000, 100_000)
K, LOOKED_AT, QUESTIONS, CHOOSING, BETAS = 10, 4, 500, 100, (4.0, 8.0, 16.0, 32.0)
WAYS = {
    **{"full": "all facts", "exact_k": "10 best, exact", "clusters": "10 best of 4 clusters"},
    "faiss": "10 best of the same clusters, faiss",
}
Read = Callable[[np.ndarray, float], np.ndarray]


def accuracy_and_microseconds(known: Facts, read: Read, beta: float, asked: slice) -> tuple[float, float]:
    """Return the share of right labels, and microseconds of CPU time for a question."""
    start = time.process_time()
    reads = np.array([read(q, beta) for q in known.questions[asked]])
    seconds = time.process_time() - start
    right = (reads @ known.codes.T).argmax(axis=1) == known.answers[asked]
    return float(right.mean()), 1e6 * seconds / len(reads)


def measure(rng: np.random.Generator, size: int, topics: int, faiss: bool) -> dict[str, Any]:
    """Draw facts and return accuracies and times of the three ways, or of four."""
    known = facts(rng, size, CHOOSING + QUESTIONS, topics)
    start = time.process_time()
    groups = cluster(known.keys, int(np.sqrt(size)), rng)
    row: dict[str, Any] = {"facts": size, "topics": topics, "cluster_seconds": time.process_time() - start}

    def full(q: np.ndarray, beta: float) -> np.ndarray:
        return key_value_attention_forward(known.keys, known.values, np.float32(beta) * q)[0]

    def exact_k(q: np.ndarray, beta: float) -> np.ndarray:
        places = exact(known.keys, q, K)
        return chosen_attention_forward(known.keys, known.values, np.float32(beta) * q, places)[0]

    def clusters(q: np.ndarray, beta: float) -> np.ndarray:
        places = groups.search(known.keys, q, K, LOOKED_AT)
        return chosen_attention_forward(known.keys, known.values, np.float32(beta) * q, places)[0]

    ways: dict[str, Read] = {"full": full, "exact_k": exact_k, "clusters": clusters}
    if faiss:
        engine = with_faiss(groups)

        def by_faiss(q: np.ndarray, beta: float) -> np.ndarray:
            places = engine.search(known.keys, q, K, LOOKED_AT)
            return chosen_attention_forward(known.keys, known.values, np.float32(beta) * q, places)[0]

        ways["faiss"] = by_faiss
    for name, read in ways.items():
        choosing, asked = slice(0, CHOOSING), slice(CHOOSING, None)
        beta = max(BETAS, key=lambda beta: accuracy_and_microseconds(known, read, beta, choosing)[0])
        row[f"accuracy_{name}"], row[f"microseconds_{name}"] = accuracy_and_microseconds(known, read, beta, asked)
    row["times_cheaper"] = row["microseconds_exact_k"] / row["microseconds_clusters"]
    return row


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", type=whole_number(100), nargs="+", default=SIZES, help="numbers of facts")
    parser.add_argument("--faiss", action="store_true", help="the same clusters searched by faiss, beside")


def run(run: Run, sizes: Sequence[int] = SIZES, faiss: bool = False) -> Result:
    """Measure at every size, with √N topics and without any.

    Raises
    ------
    TrainingError
        faiss is wanted and not installed.
    """
    if faiss and find_spec("faiss") is None:
        raise TrainingError("--faiss needs faiss: pip install 'nnmem[engines]'")
    start = time.perf_counter()
    rows = [
        measure(np.random.default_rng([run.seed, size, topics]), size, topics, faiss)
        for size in sizes
        for topics in (int(np.sqrt(size)), 0)
    ]
    return Result("fact-recall", run.seed, time.perf_counter() - start, 0, rows)


def plot(result: Result) -> Figure:
    """Draw the cost of a question against the number of facts."""
    from nnmem import plots

    figure, ax = plots.new_figure()
    measured: Any = result.metrics
    rows = [row for row in measured if row["topics"]]
    for name, label in WAYS.items():
        if f"microseconds_{name}" not in rows[0]:
            continue
        ax.loglog([row["facts"] for row in rows], [row[f"microseconds_{name}"] for row in rows], "o-", label=label)
    ax.set(xlabel="facts in the memory", ylabel="CPU time of a question (µs)")
    ax.legend()
    return figure


RECIPE = Recipe(
    "fact-recall", "shapes of memory", "recall out of 10^5 facts: all, exact search, clusters", run, options, plot
)
