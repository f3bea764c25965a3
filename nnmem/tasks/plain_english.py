"""Ordinary English as words: what a person types, cut into sentences, told facts apart from questions.

Capital letters, punctuation, empty lines, a byte order mark and the line ends of every system mean nothing; a line may
carry bAbI's number before it and bAbI's answer behind it. Words that carry nothing here (articles, "then", "my") are
skipped. "Mary went home and took the key" is two sentences, and in "She took the key" the latest subject that can be
a "she" stands for it, in "She gave it to him" the latest thing that was handled and the latest other "he": rules, so
that a model that reads bags of words need not learn grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nnmem.tasks.babi import Sentence


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


SKIPPED = word_set(
    "a an the some this that these those then now later again finally back next also still just and my your his "
    "her our their its"
)
ASKING = word_set("where who what which how is are was were does do did has have can")
ACTIONS = word_set(
    "went moved journeyed travelled walked ran came entered returned hurried left took got grabbed picked has "
    "collected dropped put discarded gave handed passed is are was had found bought drove stayed"
)
HANDLED = word_set(
    "took got grabbed picked collected found bought dropped put discarded gave handed passed given carrying"
)
HELD = word_set("has had")
BESIDE = word_set("up down there")  # a verb of handling, and before or behind the thing
GIVING = word_set("gave handed passed given")
FAR = 200  # letters, within which the word after "and" is looked for
PRONOUNS = word_set("he she they")
TO_WHOM = re.compile(  # not "to her house", "gave her book"
    r"\b(to|from|gave|handed|passed)\s+(him|her|them)(?=\s*$|\s*[.,!;]|\s+(?:the|a|an|his|it|this|that|there)\b)",
    re.IGNORECASE,
)
AS_SUBJECT = {"him": "he", "her": "she", "them": "they"}
NOT_MEANT = {  # by a pronoun
    "he": word_set("mary sandra anna lucy emma alice kate julie"),
    "she": word_set("john daniel tom peter jack bob paul fred bill"),
}
WRITTEN_OUT = (
    (r"[’‘`]", "'"),
    (r"\btraveled\b", "travelled"),
    (r"'s got\b", " has got"),
    (r"'ve\b", " have"),
    (r"n't\b", " not"),
    (r"'(s|re)\b", " is"),
    (r"\b(after (that|this)|afterwards|from there|soon after)\b", ""),
)


class Typed(NamedTuple):
    """A sentence as it was typed and as it is read."""

    text: str
    words: Sentence
    asks: bool
    begins: bool = False  # a line numbered 1, as the first of each of bAbI's stories is


def read_text(text: str, before: tuple[Sentence, ...] = ()) -> list[Typed]:
    """Return the sentences of a text that goes on after these; what holds no word is left out."""
    found: list[Typed] = []
    subjects = [subject for words in before if (subject := subject_of(words))]
    things = [thing for words in before for thing in _handled(words)]
    for line in text.lstrip("\ufeff").splitlines():
        number, rest = re.fullmatch(r"\s*(\d*)(?:\s+|$)?(.*)", line.partition("\t")[0]).groups()  # type: ignore[union-attr]
        begins = number == "1"
        for part in re.findall(r"[^.!?;]+[.!?;]*", rest if rest else number):
            question = _asks(part)
            for clause in [part] if question else _clauses(part):
                words = words_of(clause if question else _with_receiver(clause, subjects))
                if not words:
                    continue
                if words[0] in PRONOUNS:
                    words = (*_meant(words[0], subjects), *words[1:])
                    if not words:  # "They?", and nobody was named
                        continue
                elif not question and words[0] in ACTIONS:
                    words = (*(subjects[-1] if subjects else ()), *words)
                if not question:
                    words = tuple(things[-1] if word == "it" and things else word for word in words)
                    things += _handled(words)
                    subjects += [subject_of(words)] if subject_of(words) else []
                found.append(Typed(clause.strip(), words, question, begins))
                begins = False
    return found


@lru_cache(maxsize=2**16)
def words_of(text: str) -> Sentence:
    """Return the words of a sentence in lower case, contractions written out, without those that are skipped."""
    text = text.lower()
    for pattern, written_out in WRITTEN_OUT:
        text = re.sub(pattern, written_out, text)
    return tuple(word for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", text) if word not in SKIPPED)


def _asks(text: str) -> bool:
    """Does it end as a question, or begin as one and not end as a statement?"""
    end, words = text.rstrip()[-1:], words_of(text)
    return end == "?" or (end not in ".!;" and words[:1] != () and words[0] in ASKING)


def _clauses(text: str) -> Iterator[str]:
    """Cut at "and" or a comma where what somebody does follows, with or without "he", "she" or "they"."""
    start = 0
    for match in re.finditer(r"(?:,\s*and|,|\band)(?:\s+then)?\s+", text, re.IGNORECASE):
        following = words_of(text[match.end() : match.end() + FAR])
        if (
            following[:1]
            and (following[0] in ACTIONS or following[0] in PRONOUNS)
            and words_of(text[start : match.start()])
        ):
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def subject_of(words: Sentence) -> Sentence:
    """Return what stands before the first action."""
    action = next((i for i, word in enumerate(words) if word in ACTIONS), 0)
    return words[:action]


def _handled(words: Sentence) -> list[str]:
    """The thing that is taken, dropped or handed on, if there is one."""
    verb = next((i for i in reversed(range(len(words))) if words[i] in HANDLED), None)
    rest = [word for word in words[len(words) if verb is None else verb + 1 :] if word not in BESIDE]
    if verb is not None and rest:
        return rest[-1:] if words[verb] in GIVING and "to" not in rest else rest[:1]
    return [words[-1]] if len(words) > 1 and words[-2] in HELD else []


def _with_receiver(clause: str, subjects: list[Sentence]) -> str:
    """The clause with "to her" as "to Mary", where there is somebody else whom it can mean."""
    match = TO_WHOM.search(clause)
    if not match:
        return clause
    own = words_of(clause[: match.start()])
    others = [subject for subject in subjects if not {*subject} & {*own}]
    if own[:1] and own[0] in PRONOUNS:
        others = [subject for subject in others if subject != _meant(own[0], subjects)]
    name = " ".join(_meant(AS_SUBJECT[match[2].lower()], others))
    return f"{clause[: match.start()]}{match[1]} {name}{clause[match.end() :]}" if name else clause


def _meant(pronoun: str, subjects: list[Sentence]) -> Sentence:
    """Return the latest subject that a pronoun can stand for; for "they", if there is any, one of several."""
    for subject in reversed(subjects):
        if (len(subject) > 1) if pronoun == "they" else not NOT_MEANT[pronoun] & {*subject}:
            return subject
    return subjects[-1] if subjects and pronoun == "they" else ()
