"""Tables of the ratios in ``benchmarks/results``, each file of which is what ``nnmem bench GROUP --json`` printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = {"torch": "PyTorch", "torch sdpa": "SDPA", "jax": "JAX"}
STEPS = (
    *("pointer", "memn2n", "ntm", "hopfield", "connections", "structures", "sequences"),
    *("pictures", "memory_qa", "encoder"),
)


def speed_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """A line for every pair of formulas, a column for each peer and size."""
    ratios: dict[str, dict[tuple[str, str], float]] = {}
    sizes: dict[str, None] = {}
    for row in measured(root, "attention"):
        function, score, size = re.findall(r"(\w+) ?(\w*) (\(.*\))", row["case"])[0]
        ratios.setdefault(f"`{function}` {score}".strip(), {})[row["peer"], size] = row["ratio"]
        sizes[size] = None
    columns = [(peer, size) for peer in COLUMNS for size in sizes]
    yield f"| | {' | '.join(f'{COLUMNS[peer]} {size}' for peer, size in columns)} |"
    yield "|" + "---|" * (1 + len(columns))
    for name, found in ratios.items():
        yield f"| {name} | {' | '.join(one_decimal(found.get(column)) for column in columns)} |"


def steps_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """A line for every measured step of a model."""
    yield f"| {'一步' if chinese else 'a step'} | PyTorch | JAX |"
    yield "|---|---|---|"
    for group in STEPS:
        ratios: dict[str, dict[str, float]] = {}
        for row in measured(root, group):
            if row["peer"] in COLUMNS:
                ratios.setdefault(row["case"], {})[row["peer"]] = row["ratio"]
        for case, found in ratios.items():
            yield f"| {case} | {one_decimal(found.get('torch'))} | {one_decimal(found.get('jax'))} |"


def measured(root: Path, group: str) -> list[dict[str, Any]]:
    """What ``nnmem bench`` printed of a group."""
    rows: list[dict[str, Any]] = json.loads((root / "benchmarks/results" / f"{group}.json").read_text(encoding="utf-8"))
    return rows


def one_decimal(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.1f}"
