"""What ``nnmem homework`` writes: a blank as a file or notebook, for one student or a whole class."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from nnmem.study.grade.assignment import for_nbgrader, for_otter
from nnmem.study.grade.blank import blank, formulas, question
from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.handed import normal, read_roster
from nnmem.study.grade.phrases import say
from nnmem.study.grade.subject import Subject, chosen
from nnmem.terminal import fail, print_json


def homework_source(subjects: list[Subject], student: str | None = None) -> str:
    """Return the blank as a Python file."""
    task = say("Write what raises NotImplementedError, with numpy alone. Vectors are rows.")
    lines = [*formulas(subjects), "", task, say("`...` in a shape stands for any number of batch axes, or none.")]
    if any(not one.plain for one in subjects):
        lines.append(say("The cache is yours: whatever the backward needs."))
    lines.append(say("Check with: nnmem grade THIS_FILE"))
    head = f'# -*- coding: utf-8 -*-\n"""{say("Homework")}\n\n' + "\n".join(lines) + '\n"""'
    parts = [head, "import numpy as np" + ("" if student is None else f'\n\nSTUDENT = "{student}"')]
    for one in subjects:
        parts.append(blank(one))
        if student is not None:
            parts.append(question(one, student))
    return "\n\n\n".join(parts) + "\n"


def write_homework(
    names: list[str],
    notebook: str | None = None,
    seeded: str | None = None,
    seeded_from: str | None = None,
    answers: bool = False,
    out: str | None = None,
    as_json: bool = False,
) -> int:
    """Write a blank, or one for each student of a class, or what the answers are."""
    try:
        subjects = chosen(names)
        students = list(read_roster(Path(seeded_from)) if seeded_from else [normal(seeded)] if seeded else [])
    except (ValueError, OSError) as error:
        return fail(str(error))
    for student in students:
        if not re.fullmatch(r"[\w.-]+", student):
            text = "--seeded is {text}, should be a student's number: letters, digits, dots and dashes"
            return fail(say(text, text=repr(student)))
    if answers:
        if not students:
            return fail(say("--answers needs --seeded or --seeded-from: whose answers?"))
        return _show_answers(subjects, students, out, as_json)
    if seeded_from:
        if not out:
            return fail(say("--seeded-from needs --out: the folder to write a file for each student to"))
        return _for_a_class(subjects, students, Path(out), notebook)
    text = _text(subjects, notebook, students[0] if students else None)
    if as_json:
        text = json.dumps({"functions": [one.name for one in subjects], "source": text}, ensure_ascii=False) + "\n"
    return write(out, text)


def _text(subjects: list[Subject], notebook: str | None, student: str | None) -> str:
    if notebook is None:
        return homework_source(subjects, student)
    made = (for_otter if notebook == "otter" else for_nbgrader)(subjects, student)
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


DIFFERS = "{file} is there and says something else: delete it first, or write to another"


def _differs(path: Path, text: str) -> bool:
    """True if there is a file that would be lost, such as homework that is filled in."""
    return path.is_file() and path.read_bytes() not in (b"", text.encode())


def write(out: str | None, text: str) -> int:
    """Write a text to a file in UTF-8 whatever the terminal's encoding, or print it."""
    if not out:
        sys.stdout.write(text)
        sys.stdout.flush()
        return 0
    try:
        if _differs(Path(out), text):
            return fail(say(DIFFERS, file=out))
        Path(out).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        return fail(f"{out}: {error.strerror}")
    return 0


def _for_a_class(subjects: list[Subject], students: list[str], folder: Path, notebook: str | None) -> int:
    """A file for each student, named by the number."""
    ending = ".py" if notebook is None else ".ipynb"
    texts = {folder / f"{student}{ending}": _text(subjects, notebook, student) for student in students}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if differing := [path for path, text in texts.items() if _differs(path, text)]:
            return fail(say(DIFFERS, file=differing[0]))
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        return fail(f"{folder}: {error.strerror}")
    print(say("{count} files in {folder}", count=len(students), folder=folder))
    return 0


def _show_answers(subjects: list[Subject], students: list[str], out: str | None, as_json: bool) -> int:
    """What a teacher compares with: the answer of each student to each question."""
    rows: list[dict[str, Any]] = [
        {
            "student": student,
            "function": one.name,
            "answer": np.round(personal_case(one, student).outputs[0], 4).tolist(),
        }
        for student in students
        for one in subjects
    ]
    if as_json:
        print_json(rows)
        return 0
    return write(out, "".join(f"{row['student']}  {row['function']}  {row['answer']}\n" for row in rows))
