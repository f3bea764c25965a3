"""Notebooks for the graders of courses: source assignments for nbgrader and for otter-grader."""

from __future__ import annotations

import re
from typing import Any

from nnmem.study.grade.blank import blank, formulas, question
from nnmem.study.grade.phrases import say
from nnmem.study.grade.subject import Subject

NBGRADER_BODY = '    ### BEGIN SOLUTION\n    raise NotImplementedError("{name}")\n    ### END SOLUTION'
OTTER_BODY = '    raise NotImplementedError("{name}")  # SOLUTION'


def for_nbgrader(subjects: list[Subject], student: str | None = None) -> dict[str, Any]:
    """A source assignment: nbgrader keeps signature and docstring, clears what stands between the marks.

    The question with a student's own numbers is a cell of its own that nbgrader leaves alone; its answer is graded in
    the test cell, which ends with the points, so that a part of them counts.
    """
    cells = [_marked("markdown", "formulas", _text(subjects), locked=True)]
    cells.append(_marked("code", "head", _head(student), locked=True))
    for one in subjects:
        cells.append(_marked("code", f"solution-{one.name}", blank(one, NBGRADER_BODY), solution=True))
        if student is not None:
            cells.append(_cell("code", f"question-{one.name}", question(one, student)))
        points = 10 * (len(one.parts) + (student is not None))
        test = _test(one, student) + "\ngrades.points"
        cells.append(_marked("code", f"test-{one.name}", test, grade=True, locked=True, points=points))
    return _notebook(cells)


def for_otter(subjects: list[Subject], student: str | None = None) -> dict[str, Any]:
    """A source notebook for ``otter assign``: a question for each subject, one test for each function."""
    config = "# ASSIGNMENT CONFIG\ninit_cell: true\nexport_cell: false\nsolutions_pdf: false\nfiles: []"
    cells = [_cell("raw", "config", config), _cell("markdown", "formulas", _text(subjects))]
    cells.append(_cell("code", "head", _head(student)))
    for one in subjects:
        name = one.name
        points = [10] * (len(one.parts) + (student is not None))
        cells.append(_cell("raw", f"begin-{name}", f"# BEGIN QUESTION\nname: {name}\npoints: {sum(points)}"))
        cells.append(_cell("markdown", f"text-{name}", f"**{name}**"))
        cells.append(_cell("raw", f"begin-solution-{name}", "# BEGIN SOLUTION"))
        cells.append(_cell("code", f"solution-{name}", blank(one, OTTER_BODY)))
        if student is not None:
            asked = question(one, student).replace("_answer = None", "_answer = None  # SOLUTION")
            cells.append(_cell("code", f"question-{name}", asked))
        cells.append(_cell("raw", f"end-solution-{name}", "# END SOLUTION"))
        cells.append(_cell("raw", f"begin-tests-{name}", "# BEGIN TESTS"))
        for part in range(10 * len(points)):
            head = f'""" # BEGIN TEST CONFIG\npoints: 1\nhidden: {str(part > 0).lower()}\n""" # END TEST CONFIG\n'
            cells.append(
                _cell(
                    "code", f"test-{name}-{part}", f"{head}{_call(one, student)}\nassert grades.points > {part}, grades"
                )
            )
        cells.append(_cell("raw", f"end-tests-{name}", "# END TESTS"))
        cells.append(_cell("raw", f"end-{name}", "# END QUESTION"))
    return _notebook(cells)


def _text(subjects: list[Subject]) -> str:
    task = say("Write what raises `NotImplementedError`, with numpy alone; the cells below test it.")
    body = "\n\n".join(f"    {line}" for line in formulas(subjects))
    axes = say("`...` in a shape stands for any number of batch axes, or none.")
    return f"# {say('Homework')}\n\n{task} {axes}\n\n{body}"


def _head(student: str | None) -> str:
    return "import numpy as np" + ("" if student is None else f'\n\nSTUDENT = "{student}"')


def _test(one: Subject, student: str | None) -> str:
    return f"{_call(one, student)}\nprint(grades)"


def _call(one: Subject, student: str | None) -> str:
    own = ", ".join(one.parts)
    answers = "" if student is None else f', student=STUDENT, answers={{"{one.name}": {one.name}_answer}}'
    return f"import nnmem\n\ngrades = nnmem.grade({own}{answers})"


def _cell(kind: str, name: str, source: str) -> dict[str, Any]:
    own = re.sub(r"[^\w-]", "-", name)[:60]
    cell: dict[str, Any] = {"cell_type": kind, "id": own, "metadata": {}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _marked(kind: str, name: str, source: str, **marks: Any) -> dict[str, Any]:
    """A cell with nbgrader's metadata."""
    nbgrader = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
    cell = _cell(kind, name, source)
    cell["metadata"]["nbgrader"] = nbgrader | {"schema_version": 3, "grade_id": name}
    return cell


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    language = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": language}, "nbformat": 4, "nbformat_minor": 5}
