"""Stories for the recipe: read or generated, split, and turned into numbers."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnmem.tasks import babi, babi_worlds
from nnmem.tasks.babi import BabiError, Task, find_files, load_task, split_by_story
from nnmem.tasks.babi_features import Encoded, Vocabulary, encode
from nnmem.terminal import console

HELD_OUT = 0.1


class Parts(NamedTuple):
    """One task's questions."""

    train: Encoded  # all for training, those held out among them
    held_out: Encoded
    test: Encoded | None  # None: there is no test file


class Data(NamedTuple):
    """The questions that one model learns from: of one task or, with joint training, of all."""

    name: str
    number: int  # the task, or 0: all
    vocabulary: Vocabulary
    whole: Encoded  # for training
    part: Encoded  # the same without the stories held out
    tasks: dict[int, Parts]
    generated: bool


def load(
    tasks: Sequence[int] | None, data: str | Path | None, language: str, size: str, seed: int
) -> list[tuple[Task, bool]]:
    """Return the tasks, and whether they were generated, as they are where no data are named.

    Raises
    ------
    BabiError
        A task is not there, or a file is malformed.
    FileNotFoundError
        There are no such data.
    """
    if data is None and not os.environ.get(babi.VARIABLE):
        say = console(stderr=True).print
        say(f"No data named (--data PATH, or {babi.VARIABLE}): generated worlds, whose errors compare with no paper's.")
        return [(babi_worlds.world_task(task, seed), True) for task in tasks or babi_worlds.NAMES]
    if not tasks:
        tasks = sorted({task for task, part in find_files(data, language, size) if part == "train"})
    if not tasks:
        raise BabiError(
            f"no training files qaN_*_train.txt ({language}, {size}) in {data or os.environ[babi.VARIABLE]}"
        )
    return [(load_task(data, task, language, size), False) for task in tasks]


def prepare_all(
    loaded: Sequence[tuple[Task, bool]], joint: bool, memory: int, seed: int, own_length: bool = False
) -> list[Data]:
    """Return the data of each model; :class:`Vocabulary` says what ``own_length`` is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        together = [loaded] if joint else [[task] for task in loaded]
        return [prepare(group, memory, seed, own_length) for group in together]


def demand_facts(loaded: Sequence[tuple[Task, bool]], data: str | Path | None, language: str, size: str) -> None:
    """Refuse stories for training whose questions name no supporting facts at all.

    Raises
    ------
    BabiError
        It names the file, and says what it should hold.
    """
    for task, generated in loaded:
        if not generated and not any(question.supporting for question in task.train):
            name = find_files(data, language, size)[task.number, "train"][0]
            raise BabiError(
                f"{name} has no supporting facts, which this model is told in training: behind each answer a tab and "
                "the numbers of the sentences that it follows from, as in 'Where is Mary? \\tbathroom\\t1'; "
                "memn2n-babi and dmn-babi --without-gates learn without them"
            )


def say_what_is_cut(loaded: Sequence[tuple[Task, bool]], memory: int) -> None:
    """Name the tasks whose stories for training are longer than the memory, in one line."""
    long = [str(task.number) for task, _ in loaded if any(len(question.story) > memory for question in task.train)]
    if long:
        say = console(stderr=True).print
        say(f"Tasks {', '.join(long)} have stories of more than {memory} sentences: the latest {memory} are kept.")


def prepare(loaded: Sequence[tuple[Task, bool]], memory: int, seed: int, own_length: bool = False) -> Data:
    """Split the questions for training and turn all into numbers.

    The vocabulary is that of all for training; so is the memory's size, that of the longest story, ``memory`` at most.
    """
    questions = [question for task, _ in loaded for question in task.train]
    vocabulary = Vocabulary.of(questions, own_length)
    memory = min(memory, max(len(question.story) for question in questions))
    kept, tasks = [], {}
    for task, _ in loaded:
        try:
            rest, held = split_by_story(task.train, HELD_OUT, np.random.default_rng([seed, task.number]))
        except BabiError as error:
            raise BabiError(f"task {task.number}: {error}") from None
        kept += rest
        tasks[task.number] = Parts(
            encode(task.train, vocabulary, memory),
            encode(held, vocabulary, memory),
            None if task.test is None else encode(task.test, vocabulary, memory),
        )
    one = loaded[0][0].number if len(loaded) == 1 else 0
    return Data(
        f"task{one}" if one else "joint",
        one,
        vocabulary,
        encode(questions, vocabulary, memory),
        encode(kept, vocabulary, memory),
        tasks,
        any(generated for _, generated in loaded),
    )
