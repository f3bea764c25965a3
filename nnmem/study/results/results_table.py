"""What the models reach: each cell of the table of results is computed from a saved run, as its row declares."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from nnmem.recipes.result import Result
from nnmem.study.results import (
    associative_rows,
    desk_rows,
    memory_qa_rows,
    pointer_rows,
    recurrent_rows,
    sequence_rows,
    structures_rows,
    turing_rows,
    vision_rows,
)

COMMANDS = {
    "memn2n-single": "memn2n-babi",
    "memn2n-joint": "memn2n-babi --joint",
    "caption-digits": "caption-digits --hard",
    **{f"dmn-babi-episodes{T}": f"dmn-babi --tasks 2,3 --episodes {T} --starts 1 --epochs 30" for T in (1, 2, 3)},
    "recurrent-attention-plain": "recurrent-attention --clutter 0 --steps 2000 --networks learned fully-connected",
    "ask-dmn-one-seed": "ask-dmn",
    "ask-memn2n-one-seed": "ask-memn2n",
}  # others are saved as named
RESULTS = (
    *pointer_rows.ROWS,
    *sequence_rows.ROWS,
    *vision_rows.ROWS,
    *associative_rows.ROWS,
    *memory_qa_rows.ROWS,
    *desk_rows.ROWS,
    *turing_rows.ROWS,
    *recurrent_rows.ROWS,
    *structures_rows.ROWS,
)


def results_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """The lines of the table, in English or Chinese, from the runs saved in the checkout at ``root``."""
    head = ("训练方案", "测量的量", "种子 0、1、2……", "LSTM", "目标")
    if not chinese:
        head = ("recipe", "what is measured", "seeds 0, 1, 2, …", "an LSTM", "target")
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    comma, semicolon, to = ("、", "；", " 至 ") if chinese else (", ", "; ", " to ")
    for line in RESULTS:
        runs = metrics(root / "notebooks" / "results", line.saved)
        groups = line.numbers(runs)
        own = semicolon.join(comma.join(written(x, line.digits) for x in group) for group in groups)
        ranges = line.beside(runs) if line.beside else []
        lstm = semicolon.join(to.join(dict.fromkeys(written(x, 0) for x in group)) for group in ranges)
        what, target = (line.what_zh, line.target_zh) if chinese else (line.what, line.target)
        yield f"| `{COMMANDS.get(line.saved, line.saved)}` | {what} | {own} | {lstm} | {target} |"


@cache
def metrics(folder: Path, saved: str) -> Any:
    """The metrics of one JSON file, or of the same run with every seed there is, none left out."""
    path = folder / f"{saved}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))["metrics"]
    runs = sorted((Result.load(file) for file in folder.glob(f"{saved}-seed*.npz")), key=lambda run: run.seed)
    if len(runs) < 3 or [run.seed for run in runs] != list(range(len(runs))):
        seeds = [run.seed for run in runs]
        raise ValueError(f"{saved}: seeds {seeds} are saved, should be 0, 1, 2 and on without a gap")
    return [run.metrics for run in runs]


def written(x: float, digits: int | None) -> str:
    """A number with so many decimals, without them if it is zero; if None, with the two figures that count."""
    if x == 0:
        return "0"
    if digits is None:
        digits = max(0, 1 - math.floor(math.log10(abs(x))))
    return f"{x:.{digits}f}"
