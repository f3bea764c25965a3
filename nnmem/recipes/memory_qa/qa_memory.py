"""The question-answering system on bAbI: answers written word after word, from a memory that is written by attention.

Supporting facts are told in training: what a hop reads is traced to the facts that wrote it, and the supporting one
should have most of it. A tenth of the training stories is held out; sizes were chosen on such stories of seed 0, and
the test file is read at the end.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnmem.models.memory_qa.qa_system import QAParams
from nnmem.nn.training import TrainingError
from nnmem.recipes.memory_qa.babi_command import data_options
from nnmem.recipes.memory_qa.babi_data import HELD_OUT, say_what_is_cut
from nnmem.recipes.memory_qa.babi_data import load as load_tasks
from nnmem.recipes.memory_qa.babi_trying import Looked, TaskReader, trained_reader
from nnmem.recipes.memory_qa.qa_conversation import QAConversation
from nnmem.recipes.memory_qa.qa_training import QASettings, build, train, wrong
from nnmem.recipes.parallel import in_parallel
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained, trained_params
from nnmem.tasks import babi, babi_worlds
from nnmem.tasks.babi import Question, Sentence
from nnmem.tasks.babi_answers import WordLists, write_down

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ONE_HOP = QASettings(slots=8, hops=1, epochs=20)
OWN_SLOTS = QASettings(slots=0, hops=2, dropout=0.4, noise=0.2, epochs=50)
SETTINGS: Mapping[int, QASettings] = {
    1: ONE_HOP,
    2: OWN_SLOTS,
    3: replace(OWN_SLOTS, hops=3, memory=80, epochs=40),
    8: replace(OWN_SLOTS, chain=False, noise=0.0, epochs=40),
}
ABLATION: Mapping[str, Mapping[str, Any]] = {
    "whole": {},
    "no external memory": {"external": False},
    "no internal memory": {"internal": False},
    "uniform writing": {"uniform": True, "slots": 8},
    "facts not told": {"traced": 0.0},
    "BERT-like encoder": {"encoder": "bert"},
}


def settings_of(task: int) -> QASettings:
    """Return how a task is learned: those without sizes of their own as task 2."""
    return SETTINGS.get(task, OWN_SLOTS)


def options(parser: argparse.ArgumentParser) -> None:
    data_options(parser)
    parser.add_argument("--epochs", type=whole_number(1), help="of training (20 to 50, by task)")
    parts = [name for name in ABLATION if name != "whole"]
    about = f"a column each for the system with one thing changed, all or those named: {', '.join(parts)}"
    parser.add_argument("--ablation", nargs="*", choices=parts, metavar="NAME", help=about)


def run(
    run: Run,
    tasks: Sequence[int] | None = None,
    data: str | Path | None = None,
    language: str = "en",
    size: str = "1k",
    epochs: int | None = None,
    jobs: int = 1,
    ablation: Sequence[str] | None = None,
) -> Result:
    """Train and score. ``metrics`` has an object for each task, errors in per cent.

    ``ablation`` names the columns beside the whole system, all that there are if it is empty; None is no ablation.

    Raises
    ------
    TrainingError
        The data cannot be read, or joblib is wanted and not installed.
    """
    began = time.perf_counter()
    names = () if ablation is None else ablation or ABLATION
    variants = {"whole": {}, **{name: ABLATION[name] for name in names}}
    try:
        found = load_tasks(tasks or _there(data), data, language, size, run.seed)
        for pair in found:
            say_what_is_cut([pair], settings_of(pair[0].number).memory)
        loaded = [task for task, _ in found]
        todo = [(place, name) for place in range(len(loaded)) for name in variants]
        calls = []
        for place, name in todo:
            task = loaded[place]
            settings = replace(settings_of(task.number), **variants[name])
            settings = settings if epochs is None else replace(settings, epochs=epochs)
            checkpoint = run.checkpoint(f"task{task.number}-{name.replace(' ', '-')}")
            calls.append((task, settings, run.seed, checkpoint, run.resume))
        learned = {todo[at]: done for at, done in in_parallel(_learn, calls, jobs, run.title("qa-memory"))}
    except (babi.BabiError, ModuleNotFoundError) as problem:
        raise TrainingError(str(problem)) from problem
    metrics, steps = [], 0
    arrays: dict[str, np.ndarray] = {}
    history: dict[str, np.ndarray] = {}
    for place, task in enumerate(loaded):
        whole, key = learned[place, "whole"], f"task{task.number}"
        cells = {name: _tested(learned[place, name].metrics) for name in variants}
        metrics.append({"task": task.number, **(whole.metrics if ablation is None else cells)})
        arrays |= {f"params.{key}.{n.removeprefix('params.')}": a for n, a in named_params(whole.params).items()}
        arrays |= {f"words.{key}": np.array(whole.words.words), f"answers.{key}": np.array(whole.words.answers)}
        arrays[f"longest.{key}"] = np.array(whole.words.longest)
        history[f"{key}_loss"] = whole.history
        steps += sum(len(learned[place, name].history) for name in variants)
    return Result("qa-memory", run.seed, time.perf_counter() - began, steps, metrics, history, arrays)


def _there(data: str | Path | None) -> list[int] | None:
    """The tasks by default: those with sizes of their own; of them the generated ones where no data are named."""
    named = data is not None or bool(os.environ.get(babi.VARIABLE))
    return [task for task in SETTINGS if named or task in babi_worlds.NAMES]


class LearnedAnswers(NamedTuple):
    """A system that was trained on a task, and how often it is wrong."""

    metrics: dict[str, Any]
    params: QAParams
    history: np.ndarray  # loss of every step
    words: WordLists


def _learn(task: babi.Task, settings: QASettings, seed: int, checkpoint: Path | None, resume: bool) -> LearnedAnswers:
    """Train on one task without the stories held out, and score; ``cpu_seconds`` are those of the steps of training."""
    kept, held = babi.split_by_story(task.train, HELD_OUT, np.random.default_rng([seed, task.number]))
    words = WordLists.of(task.train)
    stories, held_out = (write_down(part, words, settings.memory) for part in (kept, held))
    params, progress = train(stories, words, settings, (seed, task.number), checkpoint, resume)
    model = build(words, settings)
    test = None if task.test is None else write_down(task.test, words, settings.memory)
    metrics = {
        "train_error": wrong(model, params, stories),
        "validation_error": wrong(model, params, held_out),
        "test_error": None if test is None else wrong(model, params, test),
        "cpu_seconds": round(progress.processor, 1),
    }
    return LearnedAnswers(metrics, params, np.array(progress.history["loss"]), words)


def _tested(metrics: Mapping[str, Any]) -> float:
    """The test error, or the validation error where there is no test file."""
    return metrics["validation_error"] if metrics["test_error"] is None else metrics["test_error"]


def plot(result: Result) -> Figure:
    """Draw the error of each task, or of each part that was left out."""
    from nnmem.plots import BLUE, new_figure

    rows: list[dict[str, Any]] = result.metrics if isinstance(result.metrics, list) else [result.metrics]
    names = [name for name in ABLATION if name in rows[0]] or ["test_error"]
    figure, ax = new_figure(size=(7.5, 3.4))
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        errors = [_tested(row) if name == "test_error" else row[name] for row in rows]
        shade = 1 - 0.8 * i / len(names)
        ax.bar(
            np.arange(len(rows)) + width * (i - len(names) / 2 + 0.5),
            errors,
            width,
            color=BLUE,
            alpha=shade,
            label=name,
        )
    ax.set_xticks(np.arange(len(rows)), [str(row["task"]) for row in rows])
    ax.set(xlabel="bAbI task", ylabel="answers that are wrong / %", title="Answers written from a memory")
    ax.legend()
    return figure


def converse(result: Result, task: int) -> QAConversation:
    """Return the system that a saved result has learned on a task, to tell facts to and ask."""
    key, settings = f"task{task}", settings_of(task)
    if f"words.{key}" not in result.arrays:
        there = sorted(int(name.removeprefix("words.task")) for name in result.arrays if name.startswith("words."))
        raise ValueError(f"qa-memory: nothing was learned on task {task}, but on {', '.join(map(str, there))}")
    longest = int(result.arrays[f"longest.{key}"])
    words = WordLists(
        tuple(result.arrays[f"words.{key}"].tolist()), tuple(result.arrays[f"answers.{key}"].tolist()), longest
    )
    model = build(words, settings)
    arrays = {
        n.replace(f"params.{key}.", "params."): a for n, a in result.arrays.items() if n.startswith(f"params.{key}.")
    }
    params = trained_params(replace(result, arrays=arrays), model.init(np.random.default_rng(0)))
    return QAConversation(model, params, words)


def load(result: Result) -> Trained:
    """Return the systems as a person uses them."""

    def reader(task: int) -> TaskReader:
        talk = converse(result, task)

        def read(facts: Sequence[Sentence], question: Sentence) -> Looked:
            reply = replace(talk, facts=list(facts)).ask(" ".join(question))
            return Looked(reply.text, reply.probability, reply.traces, reply.facts)

        def missed(questions: Sequence[Question]) -> float:
            return wrong(talk.model, talk.params, write_down(questions, talk.words, settings_of(task).memory))

        return TaskReader(talk.words.ids, read, missed)

    return trained_reader(result, reader, "hop")


RECIPE = Recipe(
    "qa-memory",
    "memory networks",
    "question answering that writes its answers: bAbI's stories",
    run,
    options,
    plot=plot,
    load=load,
)
