"""The sheet of one file: its pupil started, its functions and answers graded, and what there is to notice."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from nnmem.study.grade import judge
from nnmem.study.grade.handed import Paper, Student, normal, number_in
from nnmem.study.grade.judge import Lost, Pupil
from nnmem.study.grade.marks import NOT_THERE, judged_answer, marks
from nnmem.study.grade.misnamed import misnamed
from nnmem.study.grade.phrases import say
from nnmem.study.grade.pupil import handed_in
from nnmem.study.grade.pupil.definitions import USES
from nnmem.study.grade.subject import Subject, gradable, subject
from nnmem.study.grade.verdict import Grade


@dataclass(frozen=True)
class Terms:
    """What a teacher asked for: the subjects set, whether questions with the students' numbers, and the class."""

    wanted: tuple[Subject, ...] = ()
    seeded: bool = False
    no_copies: bool = False
    show_answers: bool = False
    roster: dict[str, Student] = field(default_factory=dict)


@dataclass
class Sheet:
    """What became of one file."""

    file: str
    rows: list[Grade]
    student: str = ""
    name: str = ""
    notices: list[str] = field(default_factory=list)
    code: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    misnamed: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(row.points for row in self.rows)


def sheet_of(paper: Paper, asked: Terms) -> Sheet:
    """Grade one file.

    A function that takes longer than ``judge.SECONDS``, or takes its process with it, is an error, and what stands
    behind it is graded in a new process.
    """
    label = paper.label
    sheet = Sheet(label, [], number_in(label, asked.roster))
    wanted = list(asked.wanted)
    pupil = None
    try:
        if paper.problem is not None:
            raise Lost(paper.problem[0], **paper.problem[1])
        pupil = _started(paper)
        told = pupil.read()
        subjects = _read(told, sheet, asked)
        todo = [s for s in subjects if not wanted or s in wanted]
        pupil.run()
        graded: dict[str, list[Grade]] = {}
        for one in todo:
            try:
                if pupil is None:
                    pupil = _started(paper)
                    pupil.read()
                    pupil.run()
                graded[one.name] = _marks(pupil, one, sheet, label)
            except Lost as lost:
                graded[one.name] = [
                    Grade(label, part, "error", say(lost.told[0], **lost.told[1]), 0.0) for part in one.parts
                ]
                if pupil is not None:
                    pupil.stop()
                pupil = None
    except Lost as lost:
        problem = say(lost.told[0], **lost.told[1])
        verdict = "missing" if lost.told[0] in (NOTHING, NEARLY) else "error"
        functions = [part for one in wanted for part in _rows_of(one, asked)] or [""]
        sheet.rows = [Grade(label, part, verdict, problem, 0.0) for part in functions]
        return sheet
    finally:
        if pupil is not None:
            pupil.stop()
    for one in dict.fromkeys([*todo, *wanted]):
        rows = graded.get(one.name) or [Grade(label, p, "missing", say(NOT_THERE), 0.0) for p in one.parts]
        sheet.rows += [_with_what_is_near(row, sheet) for row in rows]
        if (row := _answer(one, sheet, asked, label)) is not None:
            sheet.rows.append(row)
    _copies(sheet, asked)
    return sheet


NOTHING = "it defines no function of the chapter, such as dot_score_forward or my_dot_score_forward"
NEARLY = "it defines no function of the chapter: {name} should be named {part} or my_{part}"


def _with_what_is_near(row: Grade, sheet: Sheet) -> Grade:
    """The row of a missing function says which name in the file is nearly its own."""
    if row.diagnosis != say(NOT_THERE) or row.function not in sheet.misnamed:
        return row
    text = say(
        "not in the file: {name} should be named {part} or my_{part}",
        name=sheet.misnamed[row.function],
        part=row.function,
    )
    return row._replace(diagnosis=text)


def _rows_of(one: Subject, asked: Terms) -> list[str]:
    """The rows that a subject has in the table."""
    return [*one.parts, f"{one.name}_answer"] if asked.seeded else one.parts


def _started(paper: Paper) -> Pupil:
    return Pupil(paper.data, os.path.basename(paper.label), list(gradable()), judge.SECONDS)


def _read(told: dict[str, Any], sheet: Sheet, asked: Terms) -> list[Subject]:
    """What the file defines, and whose it is."""
    known = gradable()
    code, answers, notices = told.get("defined"), told.get("answers"), told.get("notices")
    sheet.code = {k: v for k, v in code.items() if k in known} if isinstance(code, dict) else {}
    sheet.answers = answers if isinstance(answers, dict) else {}
    for phrase, values in notices if isinstance(notices, list) else []:
        sheet.notices.append(say(phrase, **values))
    own = normal(str(told.get("student") or ""))
    if own and sheet.student and own != sheet.student:
        text = "STUDENT is {own}, but the file's name says {named}"
        sheet.notices.append(say(text, own=own, named=sheet.student))
    if sheet.student and own != sheet.student and asked.roster:
        own = sheet.student if sheet.student in asked.roster else own
    sheet.student = own or sheet.student
    if asked.roster:
        if sheet.student in asked.roster:
            sheet.name = asked.roster[sheet.student].name
        else:
            sheet.notices.append(say("the student's number {number} is not in the roster", number=sheet.student or "?"))
    found = [subject(name) for name in dict.fromkeys(n for f, n in known.items() if f in sheet.code)]
    meant = [part for one in asked.wanted for part in one.parts] or list(known)
    sheet.misnamed = misnamed(code if isinstance(code, dict) else {}, known)
    near = next(((name, part) for part, name in sheet.misnamed.items() if part in meant), None)
    if not found and near:
        raise Lost(NEARLY, name=near[0], part=near[1])
    if not found:
        raise Lost(NOTHING)
    shown = {part for one in [*found, *asked.wanted] for part in one.parts}
    for part, name in sheet.misnamed.items():
        if part not in shown and part.endswith(("forward", "backward")):
            sheet.notices.append(say("{name} is not graded: should it be named {part}?", name=name, part=part))
    return found


def _marks(pupil: Pupil, one: Subject, sheet: Sheet, label: str) -> list[Grade]:
    try:
        return marks(pupil, one, set(sheet.code), label)
    except (Lost, KeyboardInterrupt):
        raise
    except Exception as error:  # whatever confuses the grader costs neither this student's other functions nor others
        text = say("it cannot be judged: {kind}", kind=f"{type(error).__name__}: {judge.word(error)}")
        return [Grade(label, part, "error", text, 0.0) for part in one.parts]


def _answer(one: Subject, sheet: Sheet, asked: Terms, label: str) -> Grade | None:
    """The answer to the question with the student's own numbers."""
    name = f"{one.name}_answer"
    if name not in sheet.answers and not asked.seeded:
        return None
    answer = sheet.answers.get(name)
    return Grade(label, name, *judged_answer(one, sheet.student, answer, asked.show_answers))


@functools.cache
def _library(name: str) -> frozenset[str]:
    """The code of a subject's functions in the library and as it is copied from there, without docstrings."""
    import inspect

    from nnmem.study.copy.standalone import Copier, find_definitions

    one = subject(name)
    copier = Copier()
    for where, definition in find_definitions(name):
        copier.add(where, definition)
    texts = ["\n\n".join([copier.header(), *copier.body()])]
    texts += [inspect.getsource(inspect.unwrap(f)) for f in (one.forward, one.backward) if f is not None]
    found = [handed_in.read(text.encode(), False, set()).defined for text in texts]
    named = (code for defined in found for part, code in defined.items() if part in one.parts)
    return frozenset(code.split(USES)[0] for code in named)


def _copies(sheet: Sheet, asked: Terms) -> None:
    """Notice functions that are the library's own source; without copies allowed, they count nothing."""
    known = gradable()
    copied = [name for name, code in sheet.code.items() if code and code.split(USES)[0] in _library(known[name])]
    if copied:
        sheet.notices.append(say("the library's own source: {names}", names=", ".join(copied)))
    if asked.no_copies:
        said = say("the library's own source, which was not allowed")
        sheet.rows = [Grade(*r[:2], "fail", said, 0.0) if r.function in copied else r for r in sheet.rows]


def sheets(papers: list[Paper], asked: Terms, on_paper: Callable[[Paper], None] = lambda paper: None) -> list[Sheet]:
    """Grade a class, as many files at a time as there are processors."""

    def one(paper: Paper) -> Sheet:
        try:
            found = sheet_of(paper, asked)
        except Exception as error:  # a file that confuses the grader is not to cost the others their grades
            text = say("it cannot be judged: {kind}", kind=f"{type(error).__name__}: {judge.word(error)}")
            found = Sheet(paper.label, [Grade(paper.label, "", "error", text, 0.0)])
        on_paper(paper)
        return found

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(copy_context().run, one, paper) for paper in papers]
        found = [job.result() for job in jobs]
    _classmates(found)
    return found


def _classmates(found: list[Sheet]) -> None:
    """Notice files whose code, names of variables left out, is that of a classmate."""
    by_code: dict[str, list[Sheet]] = {}
    for sheet in found:
        code = "\n".join(re.sub(r"\s+", " ", sheet.code[name]) for name in sorted(sheet.code))
        if len(code) > 60:
            by_code.setdefault(code, []).append(sheet)
    for group in by_code.values():
        if len({sheet.student or sheet.file for sheet in group}) > 1:
            for sheet in group:
                others = ", ".join(other.file for other in group if other is not sheet)
                sheet.notices.append(say("the same code as {files}", files=others[:200]))
    numbers: dict[str, list[Sheet]] = {}
    for sheet in found:
        if sheet.student:
            numbers.setdefault(sheet.student, []).append(sheet)
    for number_, group in numbers.items():
        for sheet in group if len(group) > 1 else []:
            text = "{count} files say that they are of student {number}"
            sheet.notices.append(say(text, count=len(group), number=number_))
