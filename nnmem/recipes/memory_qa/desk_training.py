"""How a model learns to answer at the desk, and how well it does, in distribution and beyond."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from nnmem.models.memory_qa.told import Told
from nnmem.nn.checkpoint import CheckpointError
from nnmem.recipes.memory_qa.desk_answers import WANTS, reply
from nnmem.recipes.memory_qa.lessons import Course, Learner, Lesson, train
from nnmem.recipes.memory_qa.story_desk import ALONE, Conversation, Desk, DeskModel
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained, trained_params
from nnmem.tasks.babi_supported import supported
from nnmem.tasks.desk_phrases import KINDS, UNHEARD, UNTOLD, desk_vocabulary
from nnmem.tasks.desk_stories import Wanted, sample, tell_one
from nnmem.tasks.near_misses import handed_on, near_misses
from nnmem.tasks.outsiders_stories import THIRD_STRANGERS
from nnmem.tasks.strangers_stories import SECOND_STRANGERS, STRANGERS, strangers

STORIES, VALIDATED, TESTED = 30_000, 1_500, 1_500  # stories, six questions each
WRONG, DECLINED, CAUGHT = 0.02, 0.03, 0.95  # at most, at most, at least: the bars
READ = 200  # questions at a time


class DeskLearner(DeskModel, Learner, Protocol):
    """A model that learns and then sits at the desk."""

    hops: int  # supporting facts of a question that it may be told, at most


class Guesses(NamedTuple):
    """What a model takes for the answers, before it declines any."""

    words: np.ndarray  # (n,)
    certainty: np.ndarray  # (n,)
    answers: np.ndarray  # (n,) the right ones


def concerned(desk: Desk, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return the questions, each with those sentences alone that the desk reads for it."""
    found = []
    for each in wanted:
        question = each.question
        asked = {word for word in question.words if desk.names(word)}
        named = [{word for word in words if desk.names(word)} for words in question.story]
        chosen, _ = desk.choose(named, asked, asked - ALONE)
        place = {line: number for number, line in enumerate(chosen)}
        facts = tuple(place[line] for line in question.supporting if line in place)
        story = tuple(question.story[line] for line in chosen)
        found.append(each._replace(question=question._replace(story=story, supporting=facts)))
    return found


def guess(desk: Desk, wanted: Sequence[Wanted]) -> Guesses:
    """Read every question; where no sentence concerns it, nothing is told."""
    read = concerned(desk, wanted)
    untold = desk.vocabulary.ids[UNTOLD]
    words, certainty = np.full(len(read), untold), np.ones(len(read))
    answers = np.array([desk.vocabulary.ids[each.question.answer] for each in read])
    some = [i for i, each in enumerate(read) if each.question.story]
    asked = supported([read[i].question for i in some], desk.vocabulary, desk.model.slots, 1)
    for start in range(0, len(some), READ):
        part = slice(start, start + READ)
        told = Told(asked.sentences[asked.stories[part]], asked.lengths[part], asked.questions[part])
        possible = np.stack([desk.possible(read[i].question.words) for i in some[part]])
        chances = desk.model.see(desk.params, told).chances * possible
        words[some[part]], certainty[some[part]] = chances.argmax(axis=1), chances.max(axis=1)
    return Guesses(words, certainty, answers)


def figures(guesses: Guesses, untold: int, threshold: float) -> tuple[float, float, float]:
    """Return which share of the answerable is wrong, and declined, and which share of the others is declined."""
    declined = (guesses.words == untold) | (guesses.certainty < threshold)
    told = guesses.answers != untold
    wrong = ~declined & (guesses.words != guesses.answers)
    return tuple(  # type: ignore[return-value]
        float(part.mean()) if part.size else 0.0 for part in (wrong[told], declined[told], declined[~told])
    )


def choose_threshold(guesses: Guesses, untold: int) -> float:
    """Return the certainty below which to decline, so that the figure nearest to its bar is farthest from it.

    Where the bars cannot all be reached, a wrong answer is worse than none: that bar comes first, two standard errors
    below it, as other stories will have somewhat more or fewer wrong answers than these.
    """
    told = max(1, int((guesses.answers != untold).sum()))
    bar = WRONG - 2 * math.sqrt(WRONG * (1 - WRONG) / told)

    def worst(threshold: float) -> tuple[bool, float]:
        wrong, declined, caught = figures(guesses, untold, threshold)
        return wrong > bar, max(wrong / WRONG, declined / DECLINED, (1 - caught) / (1 - CAUGHT))

    return float(min(np.linspace(0, 0.995, 200), key=worst))


def with_threshold(desk: Desk, seed: int) -> Desk:
    """Return the desk with the threshold that validation stories give."""
    validation = guess(desk, sample(np.random.default_rng([seed, 2**31 + 1]), VALIDATED))
    return replace(desk, threshold=choose_threshold(validation, desk.vocabulary.ids[UNTOLD]))


def measure(desk: Desk, seed: int) -> dict[str, float]:
    """Return the metrics: shares of wrong, declined and rightly declined answers, on stories of several makings."""
    untold = desk.vocabulary.ids[UNTOLD]
    makings: dict[str, Callable[..., list[Wanted]]] = {
        "": sample,
        "long_": partial(sample, lengths=(31, 60)),
        "pairs_": partial(sample, held_out=True),
        "phrases_": partial(sample, phrases=UNHEARD),
    }
    metrics: dict[str, float] = {}
    for number, (name, make) in enumerate(makings.items()):
        wanted = make(np.random.default_rng([seed, 2**32 + number]), TESTED)
        guesses = guess(desk, wanted)
        said = figures(guesses, untold, desk.threshold)
        metrics |= {f"{name}{what}": part for what, part in zip(("wrong", "declined", "caught"), said, strict=True)}
        for kind in KINDS if not name else ():
            own = [each.kind == kind for each in wanted]
            wrong, declined, caught = figures(Guesses(*(part[own] for part in guesses)), untold, desk.threshold)
            metrics |= {f"{kind}_wrong": wrong, f"{kind}_declined": declined, f"{kind}_caught": caught}
    near = guess(desk, near_misses(np.random.default_rng([seed, 2**33])))
    metrics["near_misses_caught"] = figures(near, untold, desk.threshold)[2]
    handed = guess(desk, handed_on(np.random.default_rng([seed, 2**33])))
    metrics["handed_on_wrong"], metrics["handed_on_declined"], _ = figures(handed, untold, desk.threshold)
    return metrics | by_hand(desk)


def again(desk: Desk, seed: int) -> dict[str, float]:
    """Measure the first three metrics again, on the same stories."""
    guesses = guess(desk, sample(np.random.default_rng([seed, 2**32]), TESTED))
    said = figures(guesses, desk.vocabulary.ids[UNTOLD], desk.threshold)
    return dict(zip(("wrong", "declined", "caught"), said, strict=True))


def by_hand(desk: Desk) -> dict[str, float]:
    """Return of strangers' questions how many are answered right, wrongly, declined rightly and needlessly."""
    metrics: dict[str, float] = {}
    texts = {"strangers": STRANGERS, "second_strangers": SECOND_STRANGERS, "third_strangers": THIRD_STRANGERS}
    for name, text in texts.items():
        counts = dict.fromkeys(("right", "wrong", "caught", "declined"), 0)
        for trial in strangers(text):
            conversation = Conversation(desk)
            conversation.hear(trial.story)
            (reading,) = conversation.hear(trial.question)
            right = trial.answer is not None and reading.answer.lower() == trial.answer.lower()
            told = "declined" if trial.answer is not None else "caught"
            counts[told if reading.declined else "right" if right else "wrong"] += 1
        metrics |= {f"{name}_{what}": float(count) for what, count in counts.items()}
    return metrics


def desk_recipe(name: str, about: str, build: Callable[[], DeskLearner], course: Course) -> Recipe:
    """Return the recipe of a model at the desk; only the model and how it learns differ from one to the next."""
    return Recipe(
        name,
        "memory networks",
        about,
        partial(learn_desk, name, build, course),
        options,
        load=partial(load_desk, build),
    )


def learn_desk(
    name: str,
    build: Callable[[], DeskLearner],
    course: Course,
    run: Run,
    stories: int = STORIES,
    epochs: int | None = None,
) -> Result:
    """Train a model on generated stories, choose its threshold on others, and measure it on yet others."""
    began, learner = time.perf_counter(), build()
    vocabulary = desk_vocabulary()
    desk = Desk(learner, None, vocabulary, 0.0)
    rng = np.random.default_rng([run.seed, 2**31])
    parts = [concerned(desk, sample(rng, count)) for count in (stories, VALIDATED // 5)]
    learned_from, watched = (
        supported([each.question for each in part if each.question.story], vocabulary, learner.slots, learner.hops)
        for part in parts
    )
    lesson = Lesson(0, vocabulary, learned_from, watched, None, True)
    course = course if epochs is None else replace(course, epochs=epochs)
    outcome = train(learner, lesson, course, [run.seed], run.checkpoint(), run.resume, run.title(name))
    desk = with_threshold(replace(desk, params=outcome.params), run.seed)
    metrics = measure(desk, run.seed)
    arrays = {**named_params(outcome.params), "threshold": np.array(desk.threshold, np.float32)}
    history = {"loss": outcome.history}
    return Result(name, run.seed, time.perf_counter() - began, len(outcome.history), metrics, history, arrays)


def load_desk(build: Callable[[], DeskLearner], result: Result) -> Trained:
    """Return the model behind its desk.

    Raises
    ------
    CheckpointError
        Parameters are missing, of other shapes or not finite, or there is no threshold from 0 to 1.
    """
    learner = build()
    params = trained_params(result, learner.model.init(np.random.default_rng(0)))
    threshold = result.arrays.get("threshold", np.array(None))
    if threshold.dtype.kind != "f" or threshold.shape or not 0 <= threshold <= 1:
        raise CheckpointError(f"threshold of {result.recipe} is {threshold}, should be one number from 0 to 1")
    desk = Desk(learner, params, desk_vocabulary(), float(threshold))
    return Trained(desk, params, WANTS, partial(reply, desk), tell_one, lambda: again(desk, result.seed))


def options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that all models at the desk share."""
    parser.add_argument(
        "--stories", type=whole_number(10), default=STORIES, help=f"to learn from (default {STORIES:,})"
    )
    parser.add_argument("--epochs", type=whole_number(1), help="of training")
