"""Handwritten digits: a bidirectional memory as classifier (异联想), and digits recalled by four memories (自联想)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.bidirectional import bidirectional_retrieve, bidirectional_weights
from nnmem.associative.dense import dense_retrieve
from nnmem.associative.learning import pseudo_inverse_weights
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.models.associative.autoencoder import Autoencoder, AutoencoderParams
from nnmem.nn.optimisers import Cosine
from nnmem.nn.training import fit
from nnmem.recipes.associative.learning_rules import RULES
from nnmem.recipes.measurement import mean_and_error, measure, recalled, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.patterns import binary_digits, flip

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNTS = (5, 10, 20, 30, 60, 120, 240)
MEMORIES = ("Hebb", "pseudo-inverse", "dense, exp", "autoencoder")
TRAINED_ON, HIDDEN, STEPS, NOISE = 1200, 128, 3000, 0.1


def run(run: Run, trials: int = 3) -> Result:
    """Classify digits by a bidirectional memory; recall stored digits from 10 % flips by four memories."""
    settings: list[dict[str, Any]] = [
        {"task": "classify", "memory": "bidirectional", "N": TRAINED_ON, "trials": trials}
    ]
    settings += [{"task": "recall", "memory": memory, "N": N, "trials": trials} for memory in MEMORIES for N in COUNTS]
    return measure("digit-memory", settings, _row, run)


def _row(rng: np.random.Generator, task: str, memory: str, N: int, trials: int) -> dict[str, Any]:
    if task == "classify":
        runs = [classify(rng, N) for _ in range(trials)]
        return {name: np.mean([run[name] for run in runs]) for name in runs[0]}
    exact, overlaps = [], []
    for _ in range(trials):
        different = np.unique(binary_digits()[0], axis=0)
        X = different[rng.choice(len(different), N, replace=False)]
        final = recall(memory, X, flip(X, NOISE, rng), rng)
        exact.append(recalled(final, X))
        overlaps.append(float((final * X).mean()))
    mean, error = mean_and_error(exact)
    return {"recalled": mean, "error": error, "overlap": np.mean(overlaps)}


def codes() -> np.ndarray:
    """Ten codes of ±1, rows of a Hadamard matrix without its first column: each pair differs in 8 of 15 places."""
    return np.array([[(-1.0) ** (i & j).bit_count() for j in range(1, 16)] for i in range(1, 11)])


def classify(rng: np.random.Generator, N: int) -> dict[str, float]:
    """Accuracy on the digits left: by resonance, by one pass, by the field alone, and beside two others."""
    patterns, labels = binary_digits()
    order = rng.permutation(len(patterns))
    train, test = order[:N], order[N:]
    X, code = patterns[train], codes()
    W = bidirectional_weights(X, code[labels[train]])
    projected = np.linalg.pinv(X) @ code[labels[train]]
    _, y, _, _ = bidirectional_retrieve(patterns[test], W)
    prototypes = np.array([np.sign(X[labels[train] == c].mean(axis=0)) for c in range(10)])

    def accuracy(field: np.ndarray) -> float:
        return float(((field @ code.T).argmax(axis=-1) == labels[test]).mean())

    return {
        "resonance": accuracy(y),
        "one pass": accuracy(np.where(patterns[test] @ W >= 0, 1.0, -1.0)),
        "field": accuracy(patterns[test] @ W),
        "pseudo-inverse": accuracy(np.where(patterns[test] @ projected >= 0, 1.0, -1.0)),
        "nearest prototype": float(((patterns[test] @ prototypes.T).argmax(axis=-1) == labels[test]).mean()),
    }


def recall(memory: str, X: np.ndarray, probes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Store X in a memory and return what it makes of the probes."""
    if memory == "dense, exp":
        return dense_retrieve(probes, X, "exp", rng)[0][-1]
    if memory == "autoencoder":
        model, params = train_autoencoder(X, rng)
        return np.where(model.forward(params, probes)[0] >= 0, 1.0, -1.0)
    W = pseudo_inverse_weights(X) if memory == "pseudo-inverse" else RULES["Hebb"](X)
    return hopfield_retrieve(probes, W, np.zeros(X.shape[1]), rng=rng)[0][-1]


def train_autoencoder(X: np.ndarray, rng: np.random.Generator) -> tuple[Autoencoder, AutoencoderParams]:
    """Train an autoencoder to give back X from new 10 % flips at every step, by the mean squared error."""
    model = Autoencoder(X.shape[1], HIDDEN)

    def loss_and_gradients(params: AutoencoderParams, probes: np.ndarray) -> tuple[float, AutoencoderParams]:
        y, cache = model.forward(params, probes)
        error = y - X
        grads, _ = model.backward(2 * error / error.size, cache)
        return float((error * error).mean()), grads

    params, _ = fit(
        loss_and_gradients,
        model.init(rng),
        lambda rng, progress: flip(X, NOISE, rng),
        steps=STEPS,
        rng=rng,
        lr=Cosine(1e-2, STEPS),
    )
    return model, params


def plot(result: Result) -> Figure:
    """Accuracy of the classifiers, and digits recalled against digits stored."""
    from nnmem.plots import new_figure

    assert isinstance(result.metrics, list)
    figure, (left, right) = new_figure(1, 2, (9.5, 3.4))
    row = result.metrics[0]
    names = ("resonance", "one pass", "field", "nearest prototype", "pseudo-inverse")
    left.barh(range(len(names)), [row[name] for name in names])
    left.set_yticks(range(len(names)), names)
    left.axvline(0.1, color="black", linestyle=":")
    left.set(xlabel="accuracy on new digits (dotted: chance)", xlim=(0, 1), title="classify")
    for memory, marker in zip(MEMORIES, "osD^", strict=True):
        N, mean = series(result.metrics, "N", "recalled", task="recall", memory=memory)
        right.plot(N, mean, marker=marker, label=memory)
    right.set(xscale="log", xlabel="digits stored", ylabel="share recalled from 10 % flips", title="recall")
    right.legend(fontsize=9)
    return figure


RECIPE = Recipe(
    "digit-memory", "associative memories", "digits: a bidirectional classifier, an autoencoder", run, plot=plot
)
