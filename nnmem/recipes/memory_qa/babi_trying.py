"""What trying a network of bAbI's tasks shares: facts and a question in, an answer and where it looked out.

A result may hold several tasks. A question goes to the first of them that knows all its words and its facts'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnmem.models.memory_qa.told import Told
from nnmem.recipes.memory_qa.lessons import MEMORY, SCORED, told
from nnmem.recipes.result import Result
from nnmem.recipes.trained import Answer, InputError, Trained, trained_params
from nnmem.tasks.babi import Question, Sentence, tokens
from nnmem.tasks.babi_features import Vocabulary
from nnmem.tasks.babi_supported import supported
from nnmem.tasks.babi_worlds import NAMES, story_text, world_task
from nnmem.tasks.plain_english import numbered_lines, sentences
from nnmem.terminal import nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = "facts and a question, such as: Mary went to the kitchen. John moved to the garden. Where is Mary?"


class Looked(NamedTuple):
    """An answer, and how much each fact that was kept was looked at, look after look."""

    text: str
    certainty: float | None  # None: the model has no probabilities
    weights: np.ndarray  # (K, n)
    facts: tuple[Sentence, ...]  # the n latest


class TaskReader(NamedTuple):
    """What was learned on one task, in use."""

    words: Mapping[str, int]
    read: Callable[[Sequence[Sentence], Sentence], Looked]
    wrong: Callable[[Sequence[Question]], float]  # per cent


def lesson_reader(result: Result, task: int, model_of: Callable[..., Any], look: Callable[..., Any]) -> TaskReader:
    """Return what a result of a told network (``lessons.py``) has learned on a task.

    Parameters
    ----------
    result : Result
    task : int
    model_of : callable
        ``model_of(arrays) -> model``, from the parameters' arrays by their names without the task's.
    look : callable
        ``look(model, params, told) -> logits (B, V), certain, weights (B, K, N)``; ``certain``: logits are those of
        a softmax.
    """
    prefix = f"params.task{task}."
    arrays = {f"params.{n.removeprefix(prefix)}": a for n, a in result.arrays.items() if n.startswith(prefix)}
    longest = int(result.arrays[f"longest.task{task}"])
    vocabulary = Vocabulary(tuple(result.arrays[f"words.task{task}"].tolist()), longest)
    model = model_of(arrays)
    like = model.init(np.random.default_rng(0))
    params = trained_params(Result(result.recipe, result.seed, 0.0, 0, {}, {}, arrays), like)

    def seen(questions: Sequence[Question]) -> tuple[np.ndarray, bool, np.ndarray]:
        kept = [question._replace(story=question.story[-MEMORY:], supporting=()) for question in questions]
        encoded = supported(kept, vocabulary, MEMORY)
        given: Told = told(encoded, np.arange(len(questions)))
        return look(model, params, given)

    def read(facts: Sequence[Sentence], question: Sentence) -> Looked:
        kept = tuple(facts[-MEMORY:])
        logits, certain, weights = seen([Question(kept, question, "", (), 1)])
        p = np.exp(logits[0] - logits[0].max())
        word = int(logits[0].argmax())
        return Looked(vocabulary.words[word], float(p[word] / p.sum()) if certain else None, weights[0], kept)

    def wrong(questions: Sequence[Question]) -> float:
        answers = [vocabulary.ids.get(question.answer, -1) for question in questions]
        found = [seen(questions[start : start + SCORED])[0] for start in range(0, len(questions), SCORED)]
        return float(100 * (np.concatenate(found).argmax(axis=-1) != answers).mean())

    return TaskReader(vocabulary.ids, read, wrong)


def trained_reader(result: Result, reader: Callable[[int], TaskReader], look: str) -> Trained:
    """Return what a result has learned, as a person uses it; ``look`` is what the model calls one look at the facts."""
    numbers = sorted(int(n.removeprefix("words.task")) for n in result.arrays if n.startswith("words.task"))
    readers = {task: reader(task) for task in numbers}
    generated = [task for task in numbers if task in NAMES]

    def example(rng: np.random.Generator) -> str:
        if not generated:
            raise InputError(f"the model has learned tasks of which none is generated; give it {WANTS}")
        task = generated[int(rng.integers(len(generated)))]
        lines = story_text(task, rng, 1).splitlines()
        return " ".join(re.sub(r"^\d+ ", "", line).partition("\t")[0] for line in lines)

    def score() -> dict[str, float]:
        """The errors on generated stories, which need no data."""
        return {f"task{n}_generated_error": readers[n].wrong(world_task(n, result.seed).test or ()) for n in generated}

    return Trained(readers, None, WANTS, partial(answer, readers, look), example, score)


def answer(readers: Mapping[int, TaskReader], look: str, given: Any) -> Answer:
    """Answer a person's question about the facts before it."""
    *facts, asked = [part for line, _ in numbered_lines(str(given)) for part in sentences(line)] or [""]
    if not asked.endswith("?"):
        raise InputError(f"the last sentence, {asked!r}, asks nothing; wanted: {WANTS}")
    if early := [fact for fact in facts if fact.endswith("?")]:
        raise InputError(f"{early[0]!r} stands before the last sentence; one question at a time; wanted: {WANTS}")
    if not facts:
        raise InputError(f"{asked!r} is asked before anything was told; wanted: {WANTS}")
    story, question = [tokens(fact) for fact in facts], tokens(asked)
    words = list(dict.fromkeys(word for sentence in (*story, question) for word in sentence))
    task = min(readers, key=lambda number: sum(word not in readers[number].words for word in words))
    if unknown := [word for word in words if word not in readers[task].words]:
        alike = nearest(unknown[0], readers[task].words)
        raise InputError(f"the word {unknown[0]!r} was in no story of task {task}: {alike}")
    found = readers[task].read(story, question)
    texts = facts[len(facts) - len(found.facts) :]
    dropped = len(facts) - len(texts)
    notices = (f"{len(facts)} facts: the latest {len(texts)} are read",) if dropped else ()
    certainty = "" if found.certainty is None else f"   (certainty {found.certainty:.0%})"
    lines = [f"{asked}  {found.text}{certainty}   task {task}"]
    for number, weights in enumerate(found.weights, 1):
        most = int(weights.argmax())
        there = f"{weights[most]:4.0%}  {dropped + most + 1:>3}  {texts[most]}" if weights.any() else "nowhere"
        lines.append(f"  {look} {number}: {there}")

    def draw() -> Figure:
        from nnmem.plots import attention_map, new_figure

        names = [text if len(text) <= 50 else text[:49] + "…" for text in texts]
        figure, ax = new_figure(size=(5.4 + 0.8 * len(found.weights), 1.4 + 0.32 * len(names)))
        looks = [str(number + 1) for number in range(len(found.weights))]
        image = attention_map(ax, found.weights.T, names, looks, numbers=len(names) <= 20)
        ax.set_xlabel(look)
        ax.set_title(f"{asked}  {found.text}", fontsize=11)
        figure.colorbar(image, ax=ax, label="weight")
        return figure

    shown = {
        "task": task,
        "question": asked,
        "answer": found.text,
        "certainty": None if found.certainty is None else round(found.certainty, 4),
        "sentences": [
            {"number": dropped + i + 1, "text": text, "weights": np.round(found.weights[:, i], 4).tolist()}
            for i, text in enumerate(texts)
        ],
    }
    return Answer("\n".join(lines), shown, draw, notices)
