"""Keep what notebook 7 shows of full runs: ``nnmem train NAME --seed S`` for each, then ``python ntm_collect.py RUNS``.

RUNS is the folder of ``nnmem train --out``. Losses are kept as means over 50 steps; parameters of the first seed alone.
"""

import sys
from pathlib import Path

import numpy as np

from nnmem.recipes.result import Result

for file in sorted(Path(sys.argv[1]).glob("ntm-*-seed*/result.npz")):
    result = Result.load(file)
    steps = {name: len(loss) // 50 * 50 for name, loss in result.history.items()}
    result.history = {
        name: loss[: steps[name]].reshape(-1, 50).mean(axis=1).astype(np.float32)
        for name, loss in result.history.items()
    }
    if not (result.recipe == "ntm-copy" and result.seed == 0):
        result.arrays = {}
    result.save(Path(__file__).parent / f"{result.recipe}-seed{result.seed}.npz")
