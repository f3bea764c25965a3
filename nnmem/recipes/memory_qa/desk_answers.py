"""Answers of the desk as a person reads them, as a machine does, and as a picture: what, how certainly, whence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.recipes.memory_qa.story_desk import REASONS, Conversation, Desk, Finding
from nnmem.recipes.trained import Answer, InputError
from nnmem.tasks.desk_phrases import UNTOLD

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = "sentences and a question, such as: Mary took the milk. She went to the garden. Where is the milk?"
SHOWN = 0.05  # of the weight; sentences that have less at every look are not shown
WIDTH, BAR = 100, 6
BLOCKS = " ▏▎▍▌▋▊▉█"


def reply(desk: Desk, given: Any) -> Answer:
    """Answer every question of a text."""
    conversation = Conversation(desk)
    try:
        readings = conversation.hear(str(given))
    except ValueError as error:
        raise InputError(f"{error}; wanted: {WANTS}") from None
    if not readings:
        raise InputError(f"there is no question in it; wanted: {WANTS}")
    return answer_of(readings)


def answer_of(readings: Sequence[Finding]) -> Answer:
    """Return the answers to one or more questions as one."""
    notices = tuple(dict.fromkeys(notice for reading in readings for notice in notices_of(reading)))
    return Answer(
        "\n\n".join(shown(reading) for reading in readings),
        {"answers": [as_json(reading) for reading in readings]},
        lambda: draw(readings[-1]),
        notices,
    )


def verdict(reading: Finding) -> str:
    """Return the answer in words."""
    if reading.reason is None:
        return reading.answer[:1].upper() + reading.answer[1:]
    likely = "" if reading.answer == UNTOLD else f" (most likely: {reading.answer})"
    return f"{REASONS[reading.reason]}{likely}"


def shown(reading: Finding) -> str:
    """Return question, answer, certainty, and a bar for each look at each sentence that was looked at."""
    lines = [reading.question, f"  {verdict(reading)}."]
    if reading.reason is not None:
        lines[-1] += f"  Reason: {reading.reason}."
    if reading.sentences:
        lines[-1] += f"  Certainty {reading.certainty:.0%}."
    elif reading.reason in ("not told", "unknown word"):
        lines[-1] += "  No sentence names a person or a thing of the question."
    lines += [f"  Cannot be read: {number:>4}  {text}" for number, text in reading.in_the_way]
    looked = [n for n, weights in enumerate(reading.weights.T) if weights.max() >= SHOWN]
    if looked:
        looks = (f"{reading.look} {number}" for number in range(1, len(reading.weights) + 1))
        lines.append("  " + " ".join(f"{look:<{BAR + 4}}" for look in looks))
    for n in looked:
        number, text = reading.sentences[n]
        bars = " ".join(f"{bar(weight)}{weight:4.0%}" for weight in reading.weights[:, n])
        line = f"  {bars}  {number:>4}  {text}"
        lines.append(line if len(line) <= WIDTH else line[: WIDTH - 1] + "…")
    return "\n".join(lines)


def bar(weight: float) -> str:
    """Return a weight from 0 to 1 as a bar."""
    eighths = round(float(weight) * 8 * BAR)
    return (BLOCKS[8] * (eighths // 8) + BLOCKS[eighths % 8].strip()).ljust(BAR)


def notices_of(reading: Finding) -> list[str]:
    """Return what a person should know of a question before they trust the answer."""
    said = []
    if reading.reason == "unread question":
        said.append(f"{reading.question!r} is no question that can be read: nnmem ask --words lists what can be asked")
    for number, text in reading.unread:
        if (number, text) not in reading.in_the_way:
            said.append(f"sentence {number}, {text!r}, cannot be read in full: it is left out")
    for word, nearest in reading.unknown.items():
        like = f" (nearest: {', '.join(nearest)})" if nearest else ""
        said.append(f"{word!r} is no word that the model knows{like}: read as a name")
    if reading.concerned > len(reading.sentences):
        said.append(
            f"{reading.concerned} sentences concern {reading.question!r}: the latest {len(reading.sentences)} are read"
        )
    return said


def as_json(reading: Finding) -> dict[str, Any]:
    """Return everything about an answer for machines; the answer is null where it was declined."""
    return {
        "question": reading.question,
        "answer": None if reading.declined else reading.answer,
        "most_likely": None if reading.answer == UNTOLD else reading.answer,
        "reason": reading.reason,
        "certainty": round(reading.certainty, 4),
        "sentences": [
            {"number": number, "text": text, "weights": np.round(weights, 4).tolist()}
            for (number, text), weights in zip(reading.sentences, reading.weights.T, strict=True)
        ],
        "unread": [{"number": number, "text": text} for number, text in reading.unread],
        "unknown_words": reading.unknown,
    }


def draw(reading: Finding) -> Figure:
    """Draw how much each sentence that was read was looked at, look by look."""
    from nnmem.plots import attention_map, new_figure

    names = [f"{number}  {text}" for number, text in reading.sentences]
    names = [name if len(name) <= 50 else name[:49] + "…" for name in names] or ["(no sentence names it)"]
    weights = reading.weights.T if reading.sentences else np.zeros((1, max(1, len(reading.weights))))
    looks = weights.shape[1]
    figure, ax = new_figure(size=(5.0 + 0.8 * looks, 1.4 + 0.32 * len(names)))
    image = attention_map(ax, weights, names, [str(look + 1) for look in range(looks)], numbers=True)
    ax.set_xlabel(reading.look)
    ax.set_title(f"{reading.question}\n{verdict(reading)} ({reading.certainty:.0%})", fontsize=11)
    figure.colorbar(image, ax=ax, label="weight")
    return figure
