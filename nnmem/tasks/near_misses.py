"""Stories written by hand: some come near to telling what is asked, and do not; in others things change hands.

A, B and C are people, P and Q places, T and U things, put in by chance.
"""

from __future__ import annotations

import re

import numpy as np

from nnmem.tasks.babi import Question
from nnmem.tasks.desk_phrases import PEOPLE, PLACES, THINGS, UNTOLD
from nnmem.tasks.desk_stories import Wanted
from nnmem.tasks.plain_english import words_of
from nnmem.tasks.told_events import read_text

NEAR_MISSES = """
A took the T. | Where is the T?
A took the T. B went to the P. | Where is the T?
B went to the P. A picked up the T. B took the U. | Where is the T?
A went to the P. | Where is B?
A went to the P. B took the T. | Where is B?
A went to the P. A left the P. | Where is A?
A went to the P. A took the T. A left the P. | Where is the T?
A went to the P. A took the T. | Who has the U?
A went to the P. A took the T. | Where is the U?
A is in the P. B is in the Q. | Where was A before the P?
A went to the P. B went to the Q. B went to the P. | Where was A before the P?
A went to the P. A went to the Q. | Where was B before the Q?
A took the T. A dropped the T. | Where is the T?
A took the T. A dropped the T. A went to the P. | Where is the T?
A took the T. A gave the T to B. | Where is the T?
A took the T. A gave the T to B. C went to the P. | Where is B?
The T is in the P. A went to the P. | Where is the U?
A went to the P. B went to the P. | Is C in the P?
A went to the P. B took the T. | Is B in the P?
A took the T. B took the U. A went to the P. | Where is the U?
A went to the P. A left the P. B went to the Q. | Where is A?
A and B went to the P. B left the P. | Where is B?
A went to the P. A went to the Q. | Where was A before the P?
A took the T. A went to the P. A left the P. | Where is the T?
A went to the P. | Does B have the T?
"""

HANDED_ON = """
A took the T. B took the T from A. A went to the P. B went to the Q. | Where is the T? | Q
A took the T. B took the T from A. B went to the Q. A went to the P. | Where is the T? | Q
A took the T. A gave the T to B. A went to the P. B went to the Q. | Where is the T? | Q
A took the T. A gave the T to B. B went to the Q. A went to the P. | Where is the T? | Q
A took the T. A gave B the T. B went to the Q. A went to the P. | Where is the T? | Q
A took the T. B took the T. A went to the P. B went to the Q. | Where is the T? | Q
A took the T. B took the T. B went to the Q. A went to the P. | Where is the T? | Q
B took the T from A. B went to the Q. A went to the P. | Where is the T? | Q
A gave the T to B. A went to the P. B went to the Q. | Where is the T? | Q
A gave the T to B. B went to the Q. A went to the P. | Where is the T? | Q
A took the T. A gave the T to B. B gave the T to A. B went to the Q. A went to the P. | Where is the T? | P
A took the T. A gave the T to B. B gave the T to A. A went to the P. B went to the Q. | Where is the T? | P
A took the T. A gave the T to B. B gave the T to C. C went to the P. A went to the Q. | Where is the T? | P
A took the T. A gave the T to B. B gave the T to C. C went to the P. B went to the Q. | Where is the T? | P
A took the T. A gave the T to B. B went to the Q. A went to the P. | Who has the T? | B
A took the T. B took the T from A. B went to the Q. A went to the P. | Does A have the T? | no
"""


def near_misses(rng: np.random.Generator, each: int = 40) -> list[Wanted]:
    """Return every pattern of ``NEAR_MISSES`` with so many sets of names."""
    return by_pattern(rng, "near", NEAR_MISSES, each)


def handed_on(rng: np.random.Generator, each: int = 40) -> list[Wanted]:
    """Return every pattern of ``HANDED_ON`` with so many sets of names."""
    return by_pattern(rng, "handed", HANDED_ON, each)


def by_pattern(rng: np.random.Generator, kind: str, patterns: str, each: int) -> list[Wanted]:
    """Return questions about stories, as they are read; where a row has no third part, nothing is told."""
    found = []
    for number, row in enumerate(patterns.strip().splitlines()):
        for _ in range(each):
            names = (*rng.permutation(PEOPLE)[:3], *rng.permutation(PLACES)[:2], *rng.permutation(THINGS)[:2])
            put_in = dict(zip("ABCPQTU", map(str, names), strict=True))
            text = re.sub(r"\b[ABCPQTU]\b", lambda match: put_in[match[0]], row)  # noqa: B023 - called at once
            story, question, *answers = text.split(" | ")
            told = tuple(sentence.words for sentence in read_text(story))
            answer = "".join(answers).lower() or UNTOLD
            found.append(Wanted(kind, Question(told, words_of(question), answer, (), number)))
    return found
