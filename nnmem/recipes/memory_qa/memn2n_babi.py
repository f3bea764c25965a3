"""End-to-end memory networks on bAbI (Sukhbaatar et al. 2015, table 1), task by task or on all tasks together.

Every task is trained from several starts, two in three at learning rate 0.01, the others at 0.005, and the start with
the smallest training loss is kept; test data have no part in it. This is done twice: with a tenth of the training
stories held out, which gives the validation error, and with all of them, which gives the model, its training and test
error. Ablations are trained once: on all stories where there are test data, else without those held out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnmem.nn.training import TrainingError
from nnmem.recipes.memory_qa.babi_command import data_options, draw_errors
from nnmem.recipes.memory_qa.babi_data import Data, load, prepare_all, say_what_is_cut
from nnmem.recipes.memory_qa.memn2n_training import Outcome, Settings, error, score, train
from nnmem.recipes.parallel import in_parallel
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks import babi
from nnmem.tasks.babi_features import Encoded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATES = 0.01, 0.01, 0.005
JOINT = Settings(embedding_size=50, linear_epochs=30, epochs=60, halve=15)
PAPER = dict(
    enumerate(
        (0.0, 8.3, 40.3, 2.8, 13.1, 7.6, 17.3, 10.0, 13.2, 15.1, 0.9, 0.2, 0.4, 1.7, 0.0, 1.3, 51.0, 11.1, 82.8, 0.0), 1
    )
)  # test error in per cent, 1,000 questions, 3 hops, PE LS RN, trained singly
ABLATION: dict[str, dict[str, Any]] = {
    "BoW": {"position_encoding": "none", "linear_epochs": 0, "noise": False},
    "PE": {"linear_epochs": 0, "noise": False},
    "PE LS": {"noise": False},
    "PE LS RN": {},
    "the paper's PE": {"position_encoding": "paper"},
    "1 hop": {"hops": 1},
    "2 hops": {"hops": 2},
}


class Best(NamedTuple):
    """The best of several starts."""

    run: Outcome
    restart: int
    steps: int  # of all starts together


def options(parser: argparse.ArgumentParser) -> None:
    data_options(parser)
    parser.add_argument("--joint", action="store_true", help="one model for all the tasks, d = 50")
    parser.add_argument(
        "--restarts", type=whole_number(1), help="starts of which the best is kept (10; joint 5; ablation 3)"
    )
    parser.add_argument("--epochs", type=whole_number(1), help="epochs with softmax (100; joint 60)")
    parser.add_argument("--ablation", action="store_true", help="the paper's ablations, a column each")


def run(
    run: Run,
    tasks: Sequence[int] | None = None,
    joint: bool = False,
    data: str | Path | None = None,
    language: str = "en",
    size: str = "1k",
    restarts: int | None = None,
    epochs: int | None = None,
    jobs: int = 1,
    ablation: bool = False,
) -> Result:
    """Train and score. ``metrics`` has an object for each task, errors in per cent.

    Raises
    ------
    TrainingError
        The data cannot be read, or joblib is wanted and not installed.
    """
    started = time.perf_counter()
    base = JOINT if joint else Settings()
    base = base if epochs is None else replace(base, epochs=epochs)
    variants = {name: replace(base, **changes) for name, changes in ABLATION.items()} if ablation else {"": base}
    restarts = restarts or (3 if ablation else 5 if joint else 10)
    try:
        loaded = load(tasks, data, language, size, run.seed)
        groups = {
            name: prepare_all(loaded, joint, base.memory, run.seed, settings.position_encoding == "paper")
            for name, settings in variants.items()
        }
        say_what_is_cut(loaded, base.memory)
        best = {
            name: best_of(groups[name], settings, restarts, ablation, run, jobs, run.title(f"memn2n {name}"))
            for name, settings in variants.items()
        }
    except (babi.BabiError, ModuleNotFoundError) as problem:
        raise TrainingError(str(problem)) from problem
    compared = not joint and (language, size) == ("en", "1k")
    rows = {
        name: [
            row for group, pair in zip(groups[name], best[name], strict=True) for row in _rows(group, pair, compared)
        ]
        for name in variants
    }
    metrics = _side_by_side(rows) if ablation else rows[""]
    arrays: dict[str, np.ndarray] = {}
    history: dict[str, np.ndarray] = {}
    for group, (whole, _) in zip(groups.get("", []), best.get("", []), strict=True):
        if whole is not None:
            named = named_params(whole.run.params)
            arrays |= {f"params.{group.name}.{name.removeprefix('params.')}": array for name, array in named.items()}
            arrays[f"words.{group.name}"] = np.array(group.vocabulary.words)
            history[group.name] = whole.run.history
    steps = sum(b.steps for pairs in best.values() for pair in pairs for b in pair if b is not None)
    return Result("memn2n-babi", run.seed, time.perf_counter() - started, steps, metrics, history, arrays)


def best_of(
    groups: Sequence[Data],
    settings: Settings,
    restarts: int,
    once: bool,
    run: Run,
    jobs: int,
    title: str | None,
) -> list[tuple[Best | None, Best | None]]:
    """Train from all starts; return, for each group, the best on all training stories and the best without some.

    If only once, the one that is not needed to report an error is None.
    """
    tested = [all(parts.test is not None for parts in group.tasks.values()) for group in groups]
    todo = [
        (g, part, restart)
        for g in range(len(groups))
        for part in ((0, 1) if not once else (0,) if tested[g] else (1,))
        for restart in range(restarts)
    ]
    best: dict[tuple[int, int], Best] = {}
    diverged: dict[tuple[int, int], TrainingError] = {}

    def call(g: int, part: int, restart: int) -> tuple[Any, ...]:
        group, lr = groups[g], RATES[restart % len(RATES)]
        name = f"{group.name}-{('all', 'part')[part]}-{restart}-{settings.name()}"
        numbers = (run.seed, group.number, part, restart)
        return (group.whole, group.part)[part], replace(settings, lr=lr), numbers, run.checkpoint(name), run.resume

    for place, finished in in_parallel(_start, [call(*what) for what in todo], jobs, title):
        g, part, restart = todo[place]
        if isinstance(finished, TrainingError):
            diverged[g, part] = finished
            continue
        old = best.get((g, part))
        steps = len(finished.history) + (old.steps if old else 0)
        if old is None or (finished.loss, restart) < (old.run.loss, old.restart):
            best[g, part] = Best(finished, restart, steps)
        else:
            best[g, part] = old._replace(steps=steps)
    for key in diverged.keys() - best.keys():
        raise TrainingError(f"{groups[key[0]].name}: no start of {restarts} came to an end; {diverged[key]}")
    return [(best.get((g, 0)), best.get((g, 1))) for g in range(len(groups))]


def _start(*arguments: Any) -> Outcome | TrainingError:
    """Train once; a start that diverges is one that is not chosen, and the others go on."""
    try:
        return train(*arguments)
    except TrainingError as error:
        return error


def _rows(group: Data, best: tuple[Best | None, Best | None], compared: bool) -> list[dict[str, Any]]:
    """What is reported of each task."""
    whole, part = best

    def measure(chosen: Best | None, encoded: Encoded | None) -> float | None:
        if chosen is None or encoded is None:
            return None
        return error(encoded, score(chosen.run.model, chosen.run.params, encoded)[1])

    return [
        {
            "task": task,
            "train_error": measure(whole, parts.train),
            "validation_error": measure(part, parts.held_out),
            "test_error": measure(whole, parts.test),
            "paper_error": PAPER[task] if compared and not group.generated else None,
            "restart": None if whole is None else whole.restart,
            "lr": None if whole is None else RATES[whole.restart % len(RATES)],
            "train_loss": None if whole is None else whole.run.loss,
            "unknown_words": None if parts.test is None else sum(parts.test.unknown.values()),
        }
        for task, parts in group.tasks.items()
    ]


def _side_by_side(rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A row for each task, a column for each variant: the test error, or the validation error where that is all."""
    table = []
    for same_task in zip(*rows.values(), strict=True):
        on = "validation" if same_task[0]["test_error"] is None else "test"
        cells = {name: row[f"{on}_error"] for name, row in zip(rows, same_task, strict=True)}
        table.append({"task": same_task[0]["task"], "error_on": on, **cells})
    return table


def plot(result: Result) -> Figure:
    """Draw the errors of the tasks beside the paper's, or the mean error of each ablation."""
    from nnmem.plots import BLUE, new_figure

    rows = result.metrics if isinstance(result.metrics, list) else [result.metrics]
    if "error_on" not in rows[0]:
        return draw_errors(result, "End-to-end memory networks on bAbI")
    figure, ax = new_figure(size=(7.5, 3.4))
    ax.bar(list(ABLATION), [np.mean([row[name] for row in rows]) for name in ABLATION], color=BLUE)
    ax.set(ylabel="error / %", title=f"Ablations, mean of {len(rows)} tasks")
    return figure


RECIPE = Recipe(
    "memn2n-babi",
    "memory networks",
    "end-to-end memory network: questions about bAbI's stories",
    run,
    options,
    plot=plot,
)
