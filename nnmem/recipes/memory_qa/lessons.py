"""What the memory network and the dynamic memory network have in common: data with supporting facts, and training.

A tenth of the training stories is held out. A model is trained on the others from several starts; the start is kept
whose error on the stories held out is smallest, or what a recipe judges by. Test files have no part in it: they are
read once, at the end.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from nnmem.models.memory_qa.told import Told
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import TrainingError, fit
from nnmem.recipes.memory_qa.babi_data import HELD_OUT, demand_facts, load, say_what_is_cut
from nnmem.recipes.parallel import in_parallel
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Run
from nnmem.tasks import babi
from nnmem.tasks.babi_features import Vocabulary
from nnmem.tasks.babi_supported import Supported, supported

MEMORY = 50
SCORED = 200  # questions at a time where nothing is learned


class Lesson(NamedTuple):
    """One task's questions, as numbers."""

    number: int
    vocabulary: Vocabulary
    train: Supported  # without the stories held out
    held_out: Supported
    test: Supported | None  # None: there is no test file
    generated: bool


class ToldBatch(NamedTuple):
    told: Told
    answers: np.ndarray  # (B,)
    facts: np.ndarray  # (B, K) places of the supporting facts, -1 behind the last
    draw: tuple[int, ...]  # the seed of what is drawn for this batch; empty where nothing is


@dataclass(frozen=True)
class Course:
    """How a model learns: epochs of Adam on means of a batch's losses, gradients of at most norm ``clip``.

    With ``alike``, the stories of a batch are about as long as each other: less padding is read.
    """

    epochs: int
    batch: int = 32
    lr: float = 5e-3
    clip: float = 5.0
    alike: bool = False
    supervised: bool = True  # supporting facts are told


class Learner(Protocol):
    """A model that learns from such questions."""

    model: Any

    def loss_and_gradients(self, params: Any, batch: ToldBatch) -> tuple[float, Any]:
        """The mean loss of a batch and its gradient."""

    def answers(self, params: Any, told: Told) -> np.ndarray:
        """The words (B,) that it answers with."""


class Learned(NamedTuple):
    """A training run and what it came to."""

    params: Any
    history: np.ndarray  # loss of every step
    validation_error: float  # per cent
    cpu_seconds: float  # of the steps of training


def told(questions: Supported, chosen: Any) -> Told:
    """Gather the features of these questions and their stories."""
    return Told(questions.sentences[questions.stories[chosen]], questions.lengths[chosen], questions.questions[chosen])


def prepare(loaded: Sequence[tuple[babi.Task, bool]], seed: int) -> list[Lesson]:
    """Split the questions for training by story, and turn all into numbers.

    Raises
    ------
    BabiError
        A task has one story only, or a supporting fact points nowhere.
    """
    lessons = []
    for task, generated in loaded:
        try:
            kept, held = babi.split_by_story(task.train, HELD_OUT, np.random.default_rng([seed, task.number]))
            vocabulary = Vocabulary.of(task.train)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # stories longer than the memory: the latest sentences are kept
                train, held_out = (supported(part, vocabulary, MEMORY) for part in (kept, held))
                test = None if task.test is None else supported(task.test, vocabulary, MEMORY)
        except babi.BabiError as error:
            raise babi.BabiError(f"task {task.number}: {error}") from None
        lessons.append(Lesson(task.number, vocabulary, train, held_out, test, generated))
    return lessons


def error(learner: Learner, params: Any, questions: Supported) -> float:
    """Return how many of the questions are answered wrongly, in per cent."""
    n = len(questions.answers)
    parts = [np.arange(start, min(start + SCORED, n)) for start in range(0, n, SCORED)]
    answers = np.concatenate([learner.answers(params, told(questions, part)) for part in parts])
    return float(100 * (answers != questions.answers).mean())


def train(
    learner: Learner,
    lesson: Lesson,
    course: Course,
    seed: Sequence[int],
    checkpoint: Path | None = None,
    resume: bool = False,
    title: str | None = None,
) -> Learned:
    """Train once, Adam with half a cosine of the learning rate. The seed's numbers are (seed, task, start)."""
    questions = lesson.train
    n, batch = len(questions.answers), min(course.batch, len(questions.answers))
    per_epoch = n // batch
    steps = per_epoch * course.epochs

    @lru_cache(maxsize=1)
    def batches(epoch: int) -> np.ndarray:
        rng = np.random.default_rng([*seed, epoch])
        order = rng.permutation(n)
        if course.alike:
            order = order[np.argsort(questions.lengths[order], kind="stable")]
        drawn: np.ndarray = order[: per_epoch * batch].reshape(per_epoch, batch)
        return rng.permutation(drawn) if course.alike else drawn

    def draw(_: np.random.Generator, progress: Progress) -> ToldBatch:
        epoch, number = divmod(progress.step, per_epoch)
        chosen = batches(epoch)[number]
        given = told(questions, chosen)
        given = given._replace(S=given.S[:, : int(questions.lengths[chosen].max())])
        return ToldBatch(given, questions.answers[chosen], questions.facts[chosen], (*seed, epoch, number))

    rng = np.random.default_rng(list(seed))
    params, progress = fit(
        learner.loss_and_gradients,
        learner.model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(course.lr, steps),
        clip_norm=course.clip,
        checkpoint=checkpoint,
        resume=resume,
        title=title,
        run={"seed": list(seed), "questions": n, **asdict(course)},
    )
    found = error(learner, params, lesson.held_out)
    return Learned(params, np.array(progress.history["loss"]), found, progress.processor)


def run_lessons(
    name: str,
    run: Run,
    where: tuple[Sequence[int] | None, str | Path | None, str, str],
    build: Callable[[Lesson, Any], Learner],
    course: Course,
    paper: Mapping[int, float] | None,
    starts: int,
    jobs: int,
    judge: Callable[[Any, Any, Supported], float] = error,
) -> Result:
    """Train a model for every task of ``where`` (tasks, data, language, size), and test it.

    ``judge(learner, params, questions held out)`` is what the start that is kept has least of.

    Raises
    ------
    TrainingError
        The data cannot be read, joblib is wanted and not installed, or no start of a task came to an end.
    """
    began = time.perf_counter()
    tasks, data, language, size = where
    try:
        loaded = load(tasks, data, language, size, run.seed)
        demand_facts(loaded if course.supervised else [], data, language, size)
        say_what_is_cut(loaded, MEMORY)
        lessons = prepare(loaded, run.seed)
        todo = [(place, start) for place in range(len(lessons)) for start in range(starts)]
        calls = []
        for place, start in todo:
            lesson = lessons[place]
            checkpoint = run.checkpoint(f"task{lesson.number}-{start}")
            numbers = (run.seed, lesson.number, start)
            calls.append((build, judge, lesson, course, numbers, checkpoint, run.resume))
        best: dict[int, tuple[float, int, Learned]] = {}
        seconds, problems = dict.fromkeys(range(len(lessons)), 0.0), {}
        for at, (finished, worth, took) in in_parallel(_start, calls, jobs, run.title(name)):
            place, start = todo[at]
            seconds[place] += took
            if isinstance(finished, TrainingError):
                problems[place] = finished
            elif place not in best or (worth, start) < best[place][:2]:
                best[place] = worth, start, finished
        for place in problems.keys() - best.keys():
            raise TrainingError(f"task {lessons[place].number}: no start came to an end; {problems[place]}")
    except (babi.BabiError, ModuleNotFoundError) as problem:
        raise TrainingError(str(problem)) from problem
    compared = paper if (language, size) == ("en", "1k") else None
    metrics, steps = [], 0
    arrays: dict[str, np.ndarray] = {}
    history: dict[str, np.ndarray] = {}
    for place, lesson in enumerate(lessons):
        _, start, outcome = best[place]
        learner = build(lesson, course)
        metrics.append(
            {
                "task": lesson.number,
                "stories": "generated" if lesson.generated else "bAbI",
                "train_error": error(learner, outcome.params, lesson.train),
                "validation_error": outcome.validation_error,
                "test_error": None if lesson.test is None else error(learner, outcome.params, lesson.test),
                "paper_error": None if compared is None or lesson.generated else compared[lesson.number],
                "start": start,
                "cpu_seconds": round(seconds[place], 1),
            }
        )
        key = f"task{lesson.number}"
        arrays |= {f"params.{key}.{n.removeprefix('params.')}": a for n, a in named_params(outcome.params).items()}
        arrays[f"words.{key}"] = np.array(lesson.vocabulary.words)
        arrays[f"longest.{key}"] = np.array(lesson.vocabulary.longest)
        history[f"{key}_loss"] = outcome.history
        steps += len(outcome.history) * starts
    return Result(name, run.seed, time.perf_counter() - began, steps, metrics, history, arrays)


def _start(
    build: Callable[[Lesson, Any], Learner], judge: Callable[..., float], lesson: Lesson, course: Course, *rest: Any
) -> tuple[Learned | TrainingError, float, float]:
    """Train once, judge it, and say how much processor time both took, of one that diverges in its last stretch."""
    began, learner = time.process_time(), build(lesson, course)
    try:
        finished = train(learner, lesson, course, *rest)
    except TrainingError as problem:
        return problem, np.inf, time.process_time() - began
    judging, worth = time.process_time(), judge(learner, finished.params, lesson.held_out)
    return finished, worth, finished.cpu_seconds + time.process_time() - judging
