"""How far a training run is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """How far a run is: everything but parameters that the next step depends on.

    ``seconds`` of the clock and ``processor`` seconds are those of all stretches of a run that was stopped and resumed.
    ``history["loss"]`` has one number a step; what ``record`` adds has (step, value) pairs. ``memory`` belongs to the
    recipe (a curriculum's length, a best score): numbers, strings and lists, kept in the checkpoint.
    """

    step: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    history: dict[str, list[Any]] = field(default_factory=lambda: {"loss": []})
    memory: dict[str, Any] = field(default_factory=dict)
    done: bool = False

    def record(self, name: str, value: float) -> None:
        self.history.setdefault(name, []).append((self.step, float(value)))
