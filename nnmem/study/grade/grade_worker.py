"""Grades one file in a process of its own: ``python -m nnmem.study.grade.grade_worker FILE PAIR ...``.

The process has no standard input, its prints go nowhere, and its memory, processor time and written files are limited
where the system can do that (``resource``, so not on Windows; there the time limit of the parent is all). Each grade is
one line of JSON on the standard output that it was started with.
"""

from __future__ import annotations

import builtins
import json
import math
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

PROCESSES = ("os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.exec", "os.startfile", "subprocess.", "pty.")
MEMORY = 2**30
WRITTEN = 2**20


def limit(seconds: float) -> None:
    """Limit this process."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def refuse_processes(event: str, args: tuple[Any, ...]) -> None:
    """Refuse to start a process: homework that does so in every call would soon fill the machine."""
    if event.startswith(PROCESSES):
        raise PermissionError("homework may not start processes")


class Ours:
    """What the grader itself needs, kept from a homework that writes into it."""

    def __init__(self) -> None:
        self.kept = {module: dict(vars(module)) for module in (np, np.linalg, np.random, math, builtins)}

    def put_back(self) -> str:
        """Undo changes; return the name of the first, or nothing."""
        found = ""
        for module, names in self.kept.items():
            for name, value in names.items():
                if vars(module).get(name) is not value:
                    setattr(module, name, value)
                    found = found or f"{module.__name__}.{name}"
        return found


def main(path: str, seconds: str, pairs: list[str]) -> None:
    """Grade the pairs of a file in turn."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    from nnmem.study.grade.attempts import printable
    from nnmem.study.grade.graded import parts
    from nnmem.study.grade.grading import grade_pair
    from nnmem.study.grade.submission import BadSubmission, load

    limit(float(seconds) * (len(pairs) + 1))

    def say(kind: str, value: Any) -> None:
        results.write(json.dumps([kind, value], ensure_ascii=False) + "\n")
        results.flush()

    sys.addaudithook(refuse_processes)
    ours = Ours()
    try:
        with np.errstate(), np.printoptions(), warnings.catch_warnings():
            functions = load(Path(path))
        if changed := ours.put_back():
            raise BadSubmission(f"it changes {changed}")
    except BadSubmission as error:
        say("bad", str(error))
        return
    except MemoryError:
        say("bad", f"it needs more memory than {MEMORY // 2**30} GiB when it is run")
        return
    except EOFError:
        say("bad", "it reads standard input, which is empty here")
        return
    except BaseException as error:
        what = "it ends the process" if isinstance(error, SystemExit) else "it fails when it is run"
        say("bad", f"{what}: {type(error).__name__}: {printable(error)}")
        return
    say("loaded", None)
    for name in pairs:
        problem, rows = "", []
        try:
            rows = [list(grade) for grade in grade_pair(path, name, functions)]
        except BaseException as error:  # whatever a student's objects do to the grader, the next pair is graded
            problem = f"it cannot be judged: {type(error).__name__}: {printable(error)}"
        if changed := ours.put_back():
            problem = f"it changes {changed}"
        say(name, [[path, part, "error", problem, 0.0] for part in parts(name)] if problem else rows)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
