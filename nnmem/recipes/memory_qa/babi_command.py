"""What the recipes on bAbI have in common: the tasks at the command line, and the picture of the errors."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.recipes.result import Result
from nnmem.recipes.run import whole_number
from nnmem.tasks import babi

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def data_options(parser: argparse.ArgumentParser) -> None:
    """Declare which tasks are learned, from which data, and how many runs go at a time."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--task", dest="tasks", type=numbers, metavar="N", help="one task")
    group.add_argument(
        "--tasks", type=numbers, metavar="LIST", help="such as 1-20 or 1,2,3; those there are by default"
    )
    parser.add_argument("--data", type=Path, help=f"folder or .tar.gz of bAbI; ${babi.VARIABLE}, or generated worlds")
    parser.add_argument("--language", choices=babi.LANGUAGES, default="en")
    parser.add_argument("--size", choices=babi.SIZES, default="1k", help="questions for training")
    parser.add_argument("--jobs", type=whole_number(1), default=1, help="runs at a time; above 1 through joblib")


def numbers(text: str) -> list[int]:
    """Read "1-3,6" as 1, 2, 3, 6."""
    matches = re.fullmatch(r"\d{1,2}(-\d{1,2})?(,\d{1,2}(-\d{1,2})?)*", text)
    parts = re.findall(r"(\d+)(?:-(\d+))?", text) if matches else []
    found = sorted({n for first, last in parts for n in range(int(first), int(last or first) + 1)})
    if not found or not set(found) <= set(babi.TASKS):
        raise argparse.ArgumentTypeError(f"is {text}, should be of the tasks 1 to {len(babi.TASKS)}, such as 1-3,6")
    return found


def draw_errors(result: Result, title: str) -> Figure:
    """Draw the errors of the tasks beside the paper's."""
    from nnmem.plots import BLUE, ORANGE, new_figure

    rows: list[dict[str, Any]] = result.metrics if isinstance(result.metrics, list) else [result.metrics]
    figure, ax = new_figure(size=(7.5, 3.4))
    place = np.arange(len(rows))
    on = "test" if all(row.get("test_error") is not None for row in rows) else "validation"
    ax.bar(place - 0.2, [row[f"{on}_error"] for row in rows], 0.4, color=BLUE, label=f"nnmem, {on} error")
    if all(row["paper_error"] is not None for row in rows):
        ax.bar(place + 0.2, [row["paper_error"] for row in rows], 0.4, color=ORANGE, label="paper, test error")
    ax.set_xticks(place, [str(row["task"]) for row in rows])
    ax.set(xlabel="bAbI task", ylabel="error / %", title=title)
    ax.legend()
    return figure
