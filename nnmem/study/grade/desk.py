"""Grading in place: what a notebook calls on the functions defined in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnmem.study.grade.verdict import Grade

__all__ = ["grade"]


class Grades(tuple["Grade", ...]):
    """Grades of some functions; true if all passed, and printed as a list of verdicts and diagnoses."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return all(grade.verdict == "pass" for grade in self)

    def __str__(self) -> str:
        from nnmem.study.grade.phrases import say

        lines = []
        for g in self:
            cause, *example = re.split("; (?=smallest example: |example: |最小反例：|反例：)", g.diagnosis, maxsplit=1)
            points = say("{points} of {all} points", points=f"{g.points:g}", all=10)
            lines.append(f"{g.function}: {say(g.verdict)}, {points}. {cause}")
            lines += [f"    {text}" for text in example]
        wrapped = TextWrapper(100, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        return "\n".join(map(wrapped.fill, lines))

    @property
    def points(self) -> float:
        """The sum of the points, ten for each function that is all right."""
        return sum(grade.points for grade in self)


def grade(
    *functions: Callable[..., Any] | dict[str, Any],
    student: str | None = None,
    answers: dict[str, Any] | None = None,
    lang: str | None = None,
    **named: Callable[..., Any],
) -> Grades:
    """Grade functions of your own against the reference of the same name: ``dot_score_forward``, ``storkey_weights``.

    It is what ``nnmem grade`` does to a file, without the process of its own.

    Parameters
    ----------
    *functions : callable, or dict
        Forwards, backwards and plain functions under the reference's names; a ``my_`` in front of a name is left out,
        and of two such names in a dict that with ``my_`` counts. A backward alone is given the reference's cache. Of a
        dict, such as ``globals()``, those are graded that have such names.
    student : str, optional
        The number whose questions ``answers`` answers.
    answers : dict, optional
        Answers by the name of their pair or plain function, ``{"dot_score": [0.1, 0.2]}``, or by their own,
        ``dot_score_answer`` or ``my_dot_score_answer``.
    lang : {"en", "zh"}, optional
        Language of the diagnoses; that of the locale if not given.
    **named : callable
        The same with other names of their own: ``grade(dot_score_forward=my_function)``.

    Returns
    -------
    Grades
        True if all passed; printed, it says what is wrong, why, and on which smallest example; ``points`` is their sum.

    Raises
    ------
    ValueError
        A function has a name that is not the chapter's, or cannot be graded, or a dict has none; the message says why.
        Or nothing is given.
    TypeError
        What is given is no function.
    """
    from nnmem.study.grade.handed import normal
    from nnmem.study.grade.judge import InPlace
    from nnmem.study.grade.marks import judged_answer, marks
    from nnmem.study.grade.misnamed import misnamed
    from nnmem.study.grade.phrases import language
    from nnmem.study.grade.pupil.handed_in import OWN
    from nnmem.study.grade.subject import gradable, subject, why_not
    from nnmem.study.grade.verdict import Grade

    if not functions and not named:
        raise ValueError("grade: nothing is given; call it with functions of your own, or with globals()")
    known = gradable()
    namespace: dict[str, Any] = {}
    for given in functions:
        if isinstance(given, dict):
            callables = {name: value for name, value in given.items() if callable(value)}
            own = callables | {n.removeprefix(OWN): value for n, value in callables.items() if n.startswith(OWN)}
            if not (found := {name: value for name, value in own.items() if name in known}):
                near = [f"{name} should be named {part}" for part, name in misnamed(callables, known).items()]
                such = "such as my_dot_score_forward" if not near else "; ".join(near[:3])
                raise ValueError(f"grade: the dict has no function of the chapter: {such}")
            namespace |= found
        elif not hasattr(given, "__name__"):
            raise TypeError(f"grade: {given!r} is no function; give functions of your own, or globals()")
        else:
            namespace[given.__name__.removeprefix(OWN)] = given
    namespace |= named
    with language(lang):
        if unknown := [name for name in namespace if name not in known]:
            raise ValueError(f"grade: {why_not(unknown[0])}")
        pupil = InPlace(namespace)
        pairs = dict.fromkeys(known[name] for name in namespace)
        rows = [row for name in pairs for row in marks(pupil, subject(name), set(namespace), "")]
        rows = [row for row in rows if row.function in namespace]
        for given_name, answer in (answers or {}).items():
            name = given_name.removeprefix(OWN).removesuffix("_answer")
            rows.append(Grade("", f"{name}_answer", *judged_answer(subject(name), normal(student or ""), answer)))
    return Grades(rows)
