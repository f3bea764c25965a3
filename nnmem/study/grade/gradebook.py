"""What ``nnmem grade`` shows: a table for each file, or one JSON or CSV for the class."""

from __future__ import annotations

import csv
import io
import os
import sys
import time
from pathlib import Path

from rich.markup import escape

from nnmem.study.grade import sandbox
from nnmem.study.grade.handed import papers, read_roster
from nnmem.study.grade.phrases import say
from nnmem.study.grade.sheet import Sheet, Terms, sheets
from nnmem.study.grade.subject import chosen, gradable, subject
from nnmem.study.grade.verdict import OUT_OF
from nnmem.terminal import console, fail, json_text, print_json, progress, table

COLOURS = {"pass": "green", "fail": "red", "missing": "yellow", "error": "bold red"}


def grade_files(
    files: list[str],
    homework: list[str],
    as_json: bool = False,
    as_csv: bool = False,
    out: str | None = None,
    roster: str | None = None,
    seeded: bool = False,
    no_copies: bool = False,
    show_answers: bool = False,
) -> int:
    """Grade files and show a table each, or one JSON or CSV for all."""
    try:
        known = read_roster(Path(roster)) if roster else {}
        terms = Terms(tuple(chosen(homework)), seeded, no_copies, show_answers, known)
    except (ValueError, OSError) as error:
        return fail(str(error))
    if seeded and not homework:
        return fail(say("--seeded needs --homework: which questions were set?"))
    handed = papers(files)
    if out and _is_one_of(out, [roster or "", *files, *(paper.label for paper in handed)]):
        return fail(say("{file} is one of the files that are read: write to another", file=out))
    start = time.perf_counter()
    with progress(console(stderr=True)) as bar:
        task = bar.add_task(say("grading"), total=len(handed))
        graded = sheets(handed, terms, lambda p: bar.update(task, advance=1, description=Path(p.label).name[:30]))
    absent = [s for number, s in known.items() if number not in {sheet.student for sheet in graded}]
    rows = [_as_dict(sheet) | row._asdict() for sheet in graded for row in sheet.rows] if as_json else []
    if out:
        try:
            text = json_text(rows) + "\n" if as_json else as_table(graded, terms)
            # a file's name need not be UTF-8
            Path(out).write_bytes(text.encode("utf-8" if as_json else "utf-8-sig", "backslashreplace"))
        except OSError as error:
            return fail(f"{out}: {error.strerror}")
    elif as_csv and not as_json:
        sys.stdout.write(as_table(graded, terms))
    if as_json and not out:
        print_json(rows)
    elif not as_csv and not as_json:
        for sheet in graded:
            show(sheet, console())
        if absent:
            missing = ", ".join(f"{s.number} {s.name}".strip() for s in absent)
            console().print(
                escape(say("nothing from {count} of the roster: {missing}", count=len(absent), missing=missing))
            )
        _last_lines(graded, time.perf_counter() - start)
    return 0 if not absent and all(row.verdict == "pass" for sheet in graded for row in sheet.rows) else 1


def _is_one_of(out: str, given: list[str]) -> bool:
    """True if a path is a file that stands among others, or is an archive in which one of them does."""
    if not os.path.isfile(out):
        return False
    paths = dict.fromkeys(path for text in given for path in (Path(text), *Path(text).parents))
    return any(os.path.exists(path) and os.path.samefile(path, out) for path in paths)


def _as_dict(sheet: Sheet) -> dict[str, object]:
    return {"file": sheet.file, "student": sheet.student, "notices": sheet.notices}


def _last_lines(graded: list[Sheet], seconds: float) -> None:
    """What holds for all files: what is not graded, how they ran, how long it took."""
    known = gradable()
    names = dict.fromkeys(known[row.function] for s in graded for row in s.rows if row.function in known)
    for name in names:
        for en, zh in subject(name).known.not_graded:
            from nnmem.study.grade.phrases import either

            console().print(say("not graded, {name}: {what}", name=name, what=either(en, zh)))
    if not sandbox.walls():
        console().print(
            say("It ran without a sandbox (bubblewrap is not installed or not allowed): see docs/teachers.md.")
        )
    if len(graded) > 1:
        console().print(say("{count} files in {seconds} s", count=len(graded), seconds=f"{seconds:.0f}"))


def show(sheet: Sheet, out: object) -> None:
    """Show the table of one student."""
    columns = [say(name) for name in ("function", "verdict", "points", "diagnosis")]
    shown = table(*columns, right=(columns[2],), whole=columns[:3])
    for row in sheet.rows:
        verdict = f"[{COLOURS[row.verdict]}]{say(row.verdict)}[/]"
        points = say("{points} of {all}", points=f"{row.points:g}", all=f"{OUT_OF:g}")
        shown.add_row(row.function, verdict, points, escape(row.diagnosis))
    total = say("{points} of {all} points", points=f"{sheet.points:g}", all=f"{OUT_OF * len(sheet.rows):g}")
    who = f" · {escape(' '.join(filter(None, [sheet.student, sheet.name])))}" if sheet.student else ""
    out.print(f"\n[bold]{escape(sheet.file)}[/]{who}: {total}")  # type: ignore[attr-defined]
    for notice in sheet.notices:
        out.print(f"[yellow]{escape(say('notice'))}[/]: {escape(notice)}")  # type: ignore[attr-defined]
    out.print(shown)  # type: ignore[attr-defined]


def as_table(graded: list[Sheet], terms: Terms) -> str:
    """CSV: a row for each student, and for each of the roster of whom there is nothing."""
    functions = list(dict.fromkeys(row.function for sheet in graded for row in sheet.rows if row.function))
    if terms.wanted:
        own = [part for one in terms.wanted for part in [*one.parts, f"{one.name}_answer"]]
        functions = [name for name in own if name in functions] + [name for name in functions if name not in own]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    heads = ("number", "name", "file", "total", "maximum", "per cent")
    writer.writerow([*map(say, heads), *functions, say("notices"), say("diagnosis")])
    for sheet in graded:
        points = {row.function: f"{row.points:g}" for row in sheet.rows}
        said = "; ".join(f"{r.function}: {r.diagnosis}" for r in sheet.rows if r.verdict != "pass")
        most = OUT_OF * max(len([r for r in sheet.rows if r.function]), len(functions) if terms.wanted else 0, 1)
        cells = [
            sheet.student,
            sheet.name,
            sheet.file,
            f"{sheet.points:g}",
            f"{most:g}",
            f"{100 * sheet.points / most:.0f}",
        ]
        writer.writerow(
            [
                harmless(cell)
                for cell in [*cells, *(points.get(name, "") for name in functions), "; ".join(sheet.notices), said]
            ]
        )
    there = {sheet.student for sheet in graded}
    for number, student in terms.roster.items():
        if number not in there:
            empty = [""] * len(functions)
            absent = [
                number,
                student.name,
                "",
                "0",
                f"{OUT_OF * len(functions):g}",
                "0",
                *empty,
                say("nothing handed in"),
                "",
            ]
            writer.writerow([harmless(cell) for cell in absent])
    return stream.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
