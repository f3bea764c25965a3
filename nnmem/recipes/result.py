"""What a recipe returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.nn.checkpoint import load_arrays, save_arrays
from nnmem.nn.tree import leaves

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console, ConsoleOptions, RenderResult


@dataclass
class Result:
    """The outcome of a run; prints as a table, plots and saves itself.

    ``metrics`` is a mapping of names to numbers, or a list of such mappings, one row each. ``history`` has an array for
    each curve: ``loss``, one number a step, or (step, value) rows. ``arrays`` are what a figure or another run needs:
    trained parameters by dotted name, points, examples.
    """

    recipe: str
    seed: int
    seconds: float
    steps: int
    metrics: dict[str, Any] | list[dict[str, Any]]
    history: dict[str, np.ndarray] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return recipe, seed, seconds, steps and metrics, ready for ``json.dump``."""
        return {
            "recipe": self.recipe,
            "seed": self.seed,
            "seconds": round(self.seconds, 2),
            "steps": self.steps,
            "metrics": self.metrics,
        }

    def save(self, path: str | Path) -> None:
        """Write one ``.npz`` file with everything."""
        history = {f"history.{name}": np.asarray(curve) for name, curve in self.history.items()}
        save_arrays(Path(path), {"result": self.to_json()}, {**history, **self.arrays})

    @classmethod
    def load(cls, path: str | Path) -> Result:
        """Read what ``save`` wrote.

        Raises
        ------
        CheckpointError
            The file is damaged or something else.
        """
        about, arrays = load_arrays(Path(path))
        curves = [name for name in arrays if name.startswith("history.")]
        history = {name.removeprefix("history."): arrays.pop(name) for name in curves}
        return cls(**about["result"], history=history, arrays=arrays)

    def params(self, like: Any) -> Any:
        """Return the saved parameters as a tree of the types of ``like``, such as ``model.init(rng)``."""
        from nnmem.nn.tree import rebuild

        return rebuild(like, {k: v for k, v in self.arrays.items() if k.startswith("params.")}, "params")

    def plot(self) -> Figure:
        """Draw the recipe's own picture, or its learning curves where it has none."""
        from nnmem import recipes

        module = recipes.find(self.recipe)
        if hasattr(module, "plot"):
            return module.plot(self)
        from nnmem.plots import learning_curves

        return learning_curves({f"seed {self.seed}": self.history["loss"]})

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.table import Table

        rows = self.metrics if isinstance(self.metrics, list) else [self.metrics]
        table = Table(title=f"{self.recipe}, seed {self.seed}: {self.steps} steps, {self.seconds:.0f} s")
        for name in dict.fromkeys(name for row in rows for name in row):
            table.add_column(name, justify="right")
        for row in rows:
            table.add_row(*(_cell(row.get(name)) for name in dict.fromkeys(n for r in rows for n in r)))
        yield table


def named_params(params: Any) -> dict[str, np.ndarray]:
    """Return parameters by dotted name, ``params.encoder.W_x``, for ``Result.arrays``."""
    return dict(leaves(params, "params"))


def curves(history: Mapping[str, list[Any]]) -> dict[str, np.ndarray]:
    """Return a training history as arrays, for ``Result.history``."""
    return {name: np.array(values, dtype=np.float64) for name, values in history.items()}


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
