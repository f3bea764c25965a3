"""Grading files, each in a process of its own, and what ``nnmem grade`` shows of it."""

from __future__ import annotations

import csv
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.markup import escape

from nnmem.study.grade.graded import parts
from nnmem.study.grade.grading import Grade
from nnmem.study.grade.submission import BadSubmission, pairs_in
from nnmem.study.index.lookup import pair_of
from nnmem.terminal import console, fail, print_json, progress, table

SECONDS = 10.0
OUT_OF = 10
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def grade_file(path: Path, wanted: list[str]) -> list[Grade]:
    """Grade every pair of which the file defines a function; those wanted beside them are missing.

    A function that takes longer than ``SECONDS``, or takes the process with it, is an error, and the pairs behind it
    are graded in a new process.
    """
    file = str(path)
    try:
        pairs = pairs_in(path)
    except BadSubmission as error:
        missing = "no function" in str(error)
        return [Grade(file, "", "missing" if missing else "error", str(error), 0.0)]
    rows: list[Grade] = []
    todo = [name for name in pairs if not wanted or name in wanted]
    while todo:
        graded, problem = _run(path, todo, SECONDS)
        rows += [Grade(*row) for name in todo if name in graded for row in graded[name]]
        todo = [name for name in todo if name not in graded]
        if not todo:
            break
        if problem.startswith("load: "):
            return [Grade(file, "", "error", problem.removeprefix("load: "), 0.0)]
        stuck = todo.pop(0)
        rows += [Grade(file, part, "error", problem, 0.0) for part in parts(stuck)]
    order = [*pairs, *wanted]
    absent = [part for name in wanted if name not in pairs for part in parts(name)]
    rows += [Grade(file, name, "missing", "not in the file", 0.0) for name in absent]
    return sorted(rows, key=lambda row: order.index(pair_of(row.function)))


def _run(path: Path, pairs: list[str], seconds: float) -> tuple[dict[str, list[list]], str]:
    """Run a worker; return the grades of the pairs that it got through, and what stopped it."""
    command = [sys.executable, "-P", "-m", "nnmem.study.grade.grade_worker", str(path), str(seconds), *pairs]
    package = str(Path(__file__).parents[3])
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    worker = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": paths},
        start_new_session=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_pump, args=(worker.stdout, lines), daemon=True).start()
    graded: dict[str, list[list]] = {}
    loaded, problem = False, ""
    while len(graded) < len(pairs):
        try:
            line = lines.get(timeout=seconds)
        except queue.Empty:
            problem = f"it took longer than {seconds:g} seconds" + ("" if loaded else " when it was run")
            break
        if line is None:
            problem = "it ended the process"
            break
        try:
            kind, value = json.loads(line)
        except ValueError:
            problem = "it writes into the grader's own file"
            break
        if kind == "bad":
            problem = value
            break
        loaded = loaded or kind == "loaded"
        if kind in pairs:
            graded[kind] = value
    _stop(worker)
    return graded, problem if loaded else f"load: {problem}"


def _pump(stream: object, lines: queue.Queue[str | None]) -> None:
    """Hand over a worker's lines, and None at their end."""
    for line in stream:  # type: ignore[attr-defined]
        lines.put(line)
    lines.put(None)


def _stop(worker: subprocess.Popen) -> None:
    """End a worker and whatever it started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, 9)
        else:
            worker.kill()
    except ProcessLookupError:
        pass
    worker.wait()
    if worker.stdout is not None:
        worker.stdout.close()


def grade_files(
    paths: list[Path], wanted: list[str], on_file: Callable[[Path], None] = lambda path: None
) -> list[list[Grade]]:
    """Grade a class, as many files at a time as there are processors."""

    def one(path: Path) -> list[Grade]:
        try:
            rows = grade_file(path, wanted)
        except Exception as error:  # a file that confuses the grader is not to cost the others their grades
            rows = [Grade(str(path), "", "error", f"it cannot be graded: {type(error).__name__}: {error}", 0.0)]
        on_file(path)
        return rows

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, paths))


def run_grade(files: list[str], homework: list[str], as_json: bool, as_csv: bool) -> int:
    """Grade files and show a table each, or one JSON or CSV for all."""
    from nnmem.study.grade.homework import chosen

    try:
        wanted = chosen(homework)
    except ValueError as error:
        return fail(str(error))
    paths = [Path(file) for file in files]
    start = time.perf_counter()
    with progress(console(stderr=True)) as bar:
        task = bar.add_task("grading", total=len(paths))
        classes = grade_files(paths, wanted, lambda path: bar.update(task, advance=1, description=path.name))
    rows = [row for one in classes for row in one]
    if as_json:
        print_json([row._asdict() for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(Grade._fields)
        writer.writerows(rows)
    else:
        for one in classes:
            show(one)
        if len(paths) > 1:
            console().print(f"{len(paths)} files in {time.perf_counter() - start:.0f} s")
    return 0 if all(row.verdict == "pass" for row in rows) else 1


def show(rows: list[Grade]) -> None:
    """Show the table of one student."""
    colours = {"pass": "green", "fail": "red", "missing": "yellow", "error": "bold red"}
    shown = table("function", "verdict", "points", "diagnosis", right=("points",))
    for row in rows:
        verdict = f"[{colours[row.verdict]}]{row.verdict}[/]"
        shown.add_row(row.function, verdict, f"{row.points:g} of {OUT_OF}", escape(row.diagnosis))
    out = console()
    out.print(f"\n[bold]{escape(rows[0].file)}[/]: {sum(row.points for row in rows):g} of {OUT_OF * len(rows)} points")
    out.print(shown)
