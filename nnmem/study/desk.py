"""Grading in place: what a notebook calls on the functions defined in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnmem.study.grading import Grade


class Grades(tuple["Grade", ...]):
    """Grades of some functions; true if all passed, and printed as a list of verdicts and diagnoses."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return all(grade.verdict == "pass" for grade in self)

    def __str__(self) -> str:
        return "\n".join(f"{g.function}: {g.verdict}, {g.points:g} of 10 points. {g.diagnosis}" for g in self)


def grade(*functions: Callable[..., Any], **named: Callable[..., Any]) -> Grades:
    """Grade functions of your own against the reference of the same name: ``dot_score_forward``, ``storkey_weights``.

    It is what ``nnmem grade`` does to a file, without the process of its own.

    Parameters
    ----------
    *functions : callable
        Forwards, backwards and plain functions under the reference's names; a ``my_`` in front of a name is left out. A
        backward alone is given the reference's cache.
    **named : callable
        The same with other names of their own: ``grade(dot_score_forward=my_function)``.

    Returns
    -------
    Grades
        True if all passed; printed, it says what is wrong, why, and on which smallest example.

    Raises
    ------
    ValueError
        A function has a name that is not the chapter's, or cannot be graded; the message says why.
    """
    from nnmem.study.graded import graded_functions, pair_of, why_not
    from nnmem.study.grading import grade_pair

    namespace = {function.__name__.removeprefix("my_"): function for function in functions} | named
    if unknown := [name for name in namespace if name not in graded_functions()]:
        raise ValueError(f"grade: {why_not(unknown[0])}")
    pairs = dict.fromkeys(map(pair_of, namespace))
    rows = [row for name in pairs for row in grade_pair("", name, namespace)]
    return Grades(row for row in rows if row.function in namespace)
