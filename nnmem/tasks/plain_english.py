"""Ordinary English as words: what a person types, cut into lines, sentences, clauses and words, for every reader.

Capital letters, punctuation, empty lines, a byte order mark and the line ends of every system mean nothing; a line may
carry bAbI's number before it and bAbI's answer behind it. Words that carry nothing here ("then", "also") are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from nnmem.tasks.babi import Sentence


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


THE, AND = "the", "and"  # what every article and every conjunction is read as
ARTICLES = word_set("a an the some my your his our their its")  # "her" may be one
SKIPPED = word_set(
    "this that these those then now later again finally back next also still just too already soon straight directly "
    "afterwards meanwhile however suddenly quickly slowly quietly carefully immediately eventually currently please "
    "anymore today so ok okay first firstly lastly"
)
CONJUNCTIONS = re.compile(
    r"\s*(?:[,，、&]|\b(?:and|but|then)\b)(?:\s*(?:[,，、]|\b(?:and|but|then)\b))*\s*", re.IGNORECASE
)
SENTENCE = re.compile(r"(?:\b(?:mr|mrs|ms|dr|st)\.|[^.!?;。！？；])+[.!?;。！？；]*", re.IGNORECASE)
NUMBERED = re.compile(r"\s*(\d*)[.)]?(?:\s+|$)(.*)")
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[,，、&]")
BEING = (
    "not no in at on inside out the a an here there home upstairs downstairs outside carrying holding still now also"
)
DONE = (
    "got gone left moved taken picked dropped put given handed passed entered returned walked travelled journeyed come"
)
PASSING = (  # times that tell no more than the order of sentences does
    r"after (that|this)|from there|soon after|right now|at (the|this) moment|as well|any ?(more|longer)",
    r"at (night|noon|midnight|first|last)|after a while|in the end|(in )?(the|this) (morning|afternoon|evening)",
    r"(later )?(that|one|the next|the same) (day|night)",
    r"(a (bit|little|moment|while)|some time|\w+ (minutes?|hours?)) later",
)
WRITTEN_OUT = tuple(
    (re.compile(pattern), written_out)
    for pattern, written_out in (
        (r"[’‘`]", "'"),
        (r"\btraveled\b", "travelled"),
        (r"\bcannot\b", "can not"),
        (rf"'s (?=(?:{DONE.replace(' ', '|')})\b)", " has "),
        (rf"'s (?=(?:{BEING.replace(' ', '|')})\b)", " is "),
        (r"\b(where|who|what|which|it|he|she|that|there|here|how)'s\b", r"\1 is"),
        (r"'ve\b", " have"),
        (r"\bisnt\b", "is not"),
        (r"n't\b", " not"),
        (r"'re\b", " are"),
        (r"'m\b", " am"),
        (r"'d (?=(?:been|\w+ed|gone|got|taken|put|left|given|had)\b)", " had "),
        (rf"\b({'|'.join(PASSING)})\b", ""),
    )
)


def numbered_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield lines without bAbI's number and answer, and whether that number is 1, as where a story begins."""
    for line in text.lstrip("\ufeff").splitlines():
        before, _, _ = line.partition("\t")
        numbered = NUMBERED.fullmatch(before if before.rstrip().endswith("?") else line)
        number, rest = numbered.groups() if numbered else ("", line)
        yield rest or number, number == "1" and not rest[:1].islower()  # not "1 hour later"


def sentences(line: str) -> list[str]:
    """Return the sentences of a line, each with its final mark; what holds no letter and no digit is left out."""
    return [part.strip() for part in SENTENCE.findall(line) if any(letter.isalnum() for letter in part)]


def clauses(sentence: str) -> list[tuple[int, int]]:
    """Return where the parts of a sentence lie that commas and "and", "but", "then" hold apart."""
    cuts = [(0, 0), *(match.span() for match in CONJUNCTIONS.finditer(sentence)), (len(sentence), len(sentence))]
    return [(a, b) for (_, a), (b, _) in pairwise(cuts) if WORD.search(sentence[a:b])]


@lru_cache(maxsize=2**16)
def tokens_of(text: str) -> Sentence:
    """Return words in lower case, short forms written out: "the" for any article, "and" for any conjunction."""
    text = text.lower()
    for pattern, written_out in WRITTEN_OUT:
        text = pattern.sub(written_out, text)
    found: list[str] = []
    for word in WORD.findall(text):
        word = THE if word in ARTICLES else AND if word in ",，、&" or word == "but" else word
        if word not in SKIPPED and (word not in (THE, AND) or found[-1:] != [word]):
            found.append(word)
    while found[-1:] == [AND]:
        found.pop()
    return tuple(found[found[:1] == [AND] :])


def words_of(text: str) -> Sentence:
    """Return the words that a model learns from: no articles, no conjunctions, no "her"."""
    return tuple(word for word in tokens_of(text) if word not in (THE, AND, "her"))
