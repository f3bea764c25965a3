"""What a recipe returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
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
        result = about.get("result")
        if not isinstance(result, dict) or result.keys() != {"recipe", "seed", "seconds", "steps", "metrics"}:
            raise CheckpointError(f"{path} holds no result, but a run on its way (a checkpoint) or something else")
        curves = [name for name in arrays if name.startswith("history.")]
        history = {name.removeprefix("history."): arrays.pop(name) for name in curves}
        return cls(**result, history=history, arrays=arrays)

    def params(self, like: Any) -> Any:
        """Return the saved parameters as a tree of the types of ``like``, such as ``model.init(rng)``."""
        from nnmem.nn.tree import rebuild

        return rebuild(like, {k: v for k, v in self.arrays.items() if k.startswith("params.")}, "params")

    def plot(self) -> Figure:
        """Draw the recipe's own picture, or its learning curves where it has none."""
        from nnmem.plots import learning_curves
        from nnmem.recipes.run import find

        own = find(self.recipe).plot
        if own is not None:
            return own(self)

        return learning_curves({f"seed {self.seed}": self.history["loss"]})

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from nnmem.terminal import table

        yield f"{self.recipe}, seed {self.seed}: {self.steps} steps, {self.seconds:.0f} s"
        rows = self.metrics if isinstance(self.metrics, list) else [self.metrics]
        if len(rows) == 1:
            shown = table("metric", "value", right=("value",))
            for name, value in rows[0].items():
                shown.add_row(name, _cell(value))
            yield shown
            return
        for names in dict.fromkeys(tuple(row) for row in rows):  # a table for each kind of row
            kind = [row for row in rows if tuple(row) == names]
            used = [name for name in names if any(row[name] is not None for row in kind)]
            numbers = [name for name in used if not any(isinstance(row[name], str) for row in kind)]
            shown = table(*map(_heading, used), right=[*map(_heading, numbers)])
            for row in kind:
                shown.add_row(*(_cell(row[name], 3) for name in used))
            yield shown


def named_params(params: Any) -> dict[str, np.ndarray]:
    """Return parameters by dotted name, ``params.encoder.W_x``, for ``Result.arrays``."""
    return dict(leaves(params, "params"))


def curves(history: Mapping[str, list[Any]]) -> dict[str, np.ndarray]:
    """Return a training history as arrays, for ``Result.history``."""
    return {name: np.array(values, dtype=np.float64) for name, values in history.items()}


def _heading(name: str) -> str:
    return name.replace("_", " ").replace(" ", "\n")


def _cell(value: Any, digits: int = 4) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else "" if value is None else str(value)
