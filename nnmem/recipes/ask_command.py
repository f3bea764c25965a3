"""``nnmem ask [STORY] [QUESTION ...]``: questions about a person's own story, answered by a trained network."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nnmem.terminal import fail, print_json

if TYPE_CHECKING:
    from nnmem.recipes.memory_qa.story_desk import Conversation, Finding

MODELS = {
    "memnn": "memory network",
    "dmn": "dynamic memory network",
    "memn2n": "end-to-end memory network, which was never told where to look",
}
EXAMPLE = """example:
  nnmem ask story.txt "Where is the milk?"
  nnmem ask "Where is the milk?" < story.txt
  nnmem ask                                   (a conversation: facts and questions, line by line)"""


def add_ask_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLE
    parser.set_defaults(run=run_ask)
    parser.add_argument(
        "given", metavar="STORY", nargs="*", help="a file, or - for standard input, and questions about it"
    )
    models = "; ".join(f"{name}: {about}" for name, about in MODELS.items())
    parser.add_argument("--model", choices=MODELS, default="memnn", help=f"who answers ({models})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--words", action="store_true", help="list the words that the models know, and what can be asked"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw where the last answer comes from: .png, .pdf, .svg"
    )


def run_ask(args: argparse.Namespace) -> int:
    """Answer; 0 if every question could be answered or declined, 1 with one line on standard error if not."""
    from nnmem.recipes.memory_qa.story_desk import Conversation
    from nnmem.recipes.trained import load

    if args.words:
        return show_words(args.json)
    story, questions = split_arguments(args.given)
    try:
        conversation = Conversation(load(f"ask-{args.model}").model)
        if story is None and sys.stdin is None:
            return fail("there is no standard input to read a story from")
        if story is None and not questions and sys.stdin.isatty():
            return converse(conversation, args)
        readings = conversation.hear(read_story(story))
        if questions:
            readings = [reading for question in questions for reading in put(conversation, question)]
        if not readings:
            return fail('nothing is asked; should be: nnmem ask STORY "Where is the milk?", or a story with questions')
        report(readings, args)
    except (ValueError, OSError) as error:
        return fail(str(error))
    return 0


def split_arguments(given: list[str]) -> tuple[str | None, list[str]]:
    """Return the story's file, None for standard input, and the questions; a first one that asks is no file."""
    if not given or given[0] == "-":
        return None, given[1:]
    from nnmem.tasks.told_events import read_text

    if not os.path.exists(given[0]) and any(sentence.asks for sentence in read_text(given[0])):
        return None, given
    return given[0], given[1:]


def read_story(file: str | None) -> str:
    """Return the text of a file, or of standard input.

    Raises
    ------
    ValueError
        It is not UTF-8, or holds no sentence.
    OSError
        It cannot be read.
    """
    name = "standard input" if file is None else file
    content = sys.stdin.buffer.read() if file is None else Path(file).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{name}:{line}: not UTF-8 (byte {content[error.start]:#04x}); save it as UTF-8") from None
    if not any(letter.isalnum() for letter in text):
        raise ValueError(f"{name} holds no sentence; should be facts, such as: Mary took the milk.")
    return text


def put(conversation: Conversation, question: str) -> list[Finding]:
    """Put a question from the command line.

    Raises
    ------
    ValueError
        It is empty, is none, or nothing was told.
    """
    readings = conversation.hear(question)
    if not readings:
        said = "is empty" if not any(letter.isalnum() for letter in question) else "asks nothing"
        raise ValueError(f"the question {question!r} {said}; should be such as: Where is the milk?")
    return readings


def report(readings: list[Finding], args: argparse.Namespace) -> None:
    """Print answers, what is to be said of them on standard error, and draw the last."""
    from nnmem.recipes.memory_qa.desk_answers import answer_of

    answer = answer_of(readings)
    if args.plot is not None:
        answer.plot().savefig(args.plot)
    if args.json:
        print_json({"model": args.model, **answer.to_json()})
        return
    for notice in answer.notices:
        print(f"nnmem: {notice}", file=sys.stderr)
    print(answer.text, flush=True)


def converse(conversation: Conversation, args: argparse.Namespace) -> int:
    """Take facts and questions from a terminal as they come; a line that cannot be taken is named."""
    print("Facts and questions, as they come; an empty line ends.", file=sys.stderr)
    while True:
        print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line.strip():
            return 0
        try:
            readings = conversation.hear(line)
        except ValueError as error:
            fail(str(error))
            continue
        if readings:
            report(readings, args)


def show_words(as_json: bool) -> int:
    """Print the words that the models know and the kinds of questions that they have learned."""
    from textwrap import fill

    from nnmem.tasks.desk_phrases import KINDS, LEARNED, NEW, PEOPLE, PLACES, THINGS, desk_vocabulary

    names = {"people": PEOPLE, "places": PLACES, "things": THINGS}
    named = {word.lower() for words in names.values() for word in words} | {*NEW}
    groups = {**names, "other words": tuple(word for word in desk_vocabulary().words if word not in named)}
    if as_json:
        print_json({"words": groups, "asks": {about: LEARNED.asks[kind] for kind, about in KINDS.items()}})
        return 0
    for name, words in groups.items():
        print(fill(f"{name}: {', '.join(words)}", 100, subsequent_indent="  "))
    for kind, about in KINDS.items():
        ways = " ".join(LEARNED.asks[kind]).format(a="Mary", p="kitchen", t="milk")
        print(fill(f"{about}: {ways}", 100, subsequent_indent="  "))
    return 0
