"""Ship trained parameters: ``python -m nnmem.recipes.ship runs/NAME-seed0/result.npz ...`` writes into nnmem/trained/.

Only parameters are kept, in half precision where no metric changes by more than a thousandth, and the metrics that the
model has with just these, measured anew. A file is at most 400 KB, all together 4 MB.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnmem.recipes.result import Result
from nnmem.recipes.run import find
from nnmem.recipes.trained import SHIPPED

LARGEST, ALTOGETHER, CHANGE = 400_000, 4_000_000, 1e-3


def ship(result: Result, folder: Path = SHIPPED) -> str:
    """Write a result's parameters into the folder; return what changed by it.

    Raises
    ------
    ValueError
        The recipe has no model to try, or the file would be too large.
    """
    load = find(result.recipe).load
    if load is None:
        raise ValueError(f"recipe {result.recipe!r} has no ``load``")
    whole = {name: array for name, array in result.arrays.items() if not np.issubdtype(array.dtype, np.float64)}
    half = {name: a.astype(np.float16) if a.dtype == np.float32 else a for name, a in whole.items()}
    kept = replace(result, history={}, arrays=half)
    before, after = (dict(load(replace(kept, arrays=arrays)).score()) for arrays in (whole, half))
    changes = {name: abs(after[name] - before[name]) for name in before if before[name] is not None}
    worst = max(changes, key=lambda name: changes[name] / max(1.0, abs(before[name])))
    precise = not all(change <= CHANGE * max(1.0, abs(before[name])) for name, change in changes.items())
    kept = replace(kept, arrays=whole, metrics=before) if precise else replace(kept, metrics=after)
    folder.mkdir(exist_ok=True)
    path = folder / f"{result.recipe}-seed{result.seed}.npz"
    kept.save(path)
    size = path.stat().st_size
    if size > LARGEST or sum(file.stat().st_size for file in folder.glob("*.npz")) > ALTOGETHER:
        path.unlink()
        raise ValueError(f"{path.name} is {size:,} bytes, should be {LARGEST:,} at most, all together {ALTOGETHER:,}")
    most = f"{worst} changes most in half precision, from {before[worst]:.6g} to {after[worst]:.6g}"
    return f"{path.name}: {size:,} bytes in {'single' if precise else 'half'} precision; {most}"


if __name__ == "__main__":
    for file in sys.argv[1:]:
        print(ship(Result.load(file)))
