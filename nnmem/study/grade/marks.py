"""The grades of one subject: its functions, and the answer to its question where one was asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.grade.answers import Asked, Attempt
from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.judge import InPlace, word
from nnmem.study.grade.phrases import say
from nnmem.study.grade.subject import Subject
from nnmem.study.grade.upside_down import judge_backward
from nnmem.study.grade.verdict import Grade, Judged, forward_attempts, judge_forward
from nnmem.study.grade.wording import number

NOT_THERE = "not in the file"


def marks(pupil: Asked, subject: Subject, defined: set[str], file: str) -> list[Grade]:
    """Grade the functions of a subject that are defined; the others are missing."""
    attempts: list[Attempt] | None = None
    rows = [Grade(file, part, "missing", say(NOT_THERE), 0.0) for part in subject.parts]
    if subject.first in defined:
        attempts = forward_attempts(pupil, subject)
        rows[0] = Grade(file, subject.first, *judge_forward(pupil, subject, attempts))
    if subject.second in defined:
        if attempts is None and not isinstance(pupil, InPlace):
            alone = say("it needs the cache of {name}, which is not in the file", name=subject.first)
            rows[1] = Grade(file, subject.second, "error", alone, 0.0)
            return rows
        if attempts is not None:
            attempts = forward_attempts(pupil, subject)  # the caches of these calls, which what is large has replaced
        rows[1] = Grade(file, subject.second, *judge_backward(pupil, subject, attempts))
    return rows


def judged_answer(subject: Subject, student: str, answer: Any, show: bool = False) -> Judged:
    """Verdict on the answer to the question with a student's own numbers; what is right is shown to a teacher alone."""
    if not student:
        return "missing", say("whose question is it? STUDENT is missing"), 0.0
    if answer is None:
        return "missing", say("not answered yet"), 0.0
    if isinstance(answer, dict):
        text = "write the array itself, not a call or an expression: {text}"
        said = say(text, text=word(answer["call"])) if "call" in answer else say("it is no array of numbers")
        return "fail", said, 0.0
    expected = personal_case(subject, student).outputs[0]
    try:
        fits = np.shape(answer) == np.shape(expected) and np.allclose(np.asarray(answer, float), expected, 0, 1e-4)
    except (TypeError, ValueError):
        fits = False
    if fits:
        return "pass", say("right"), 10.0
    said = say("not the answer to the question of student {student}", student=student)
    return "fail", said + (say(", which is {answer}", answer=number(expected)) if show else ""), 0.0
