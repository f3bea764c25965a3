"""Keep what the notebooks show of long runs: ``python notebooks/results/collect.py runs/pointer-*``.

Each run keeps its metrics and its learning curves as means of 100 steps, or the points at which they were measured;
seed 0 keeps its parameters too where a notebook runs it, and so does every run that a notebook takes apart.
"""

import sys
from pathlib import Path

import numpy as np

from nnmem.recipes import Result

TAKEN_APART = ("ntm-copy-slots128-seed8",)
CURVES_ALONE = (
    "ask-memnn",
    "ask-dmn",
    "memnn-babi",
    "dmn-babi",
    "ntm-ngram",
    "ntm-sort",
    "caption-digits",
    "recurrent-attention",
    "ntm-copy-feedforward",
    "lstm-copy",
    "reverse-symbols",
    "qa-memory",
    "pointer-hull-long",
)

for folder in map(Path, sys.argv[1:]):
    result = Result.load(folder / "result.npz")
    rows = result.metrics if isinstance(result.metrics, list) else [result.metrics]
    if any(row.get("stories") == "generated" for row in rows):
        sys.exit(
            f"{folder}: stories that were generated; what is kept was measured on bAbI's own (--data)"
        )
    result.history = {
        name: curve
        if curve.ndim == 2
        else curve[: len(curve) // 100 * 100].reshape(-1, 100).mean(axis=1)
        for name, curve in result.history.items()
        if name.endswith(("loss", "accuracy"))
    }
    result.history = {name: curve.astype(np.float32) for name, curve in result.history.items()}
    first = folder.name == f"{result.recipe}-seed0" and result.recipe not in CURVES_ALONE
    result.arrays = result.arrays if first or folder.name in TAKEN_APART else {}
    result.save(Path(__file__).parent / f"{folder.name}.npz")
    print(f"{folder.name}: {result.metrics}")
