"""Grades one file in a process of its own: ``python -m nnmem.study.grade_worker FILE PAIR ...``.

The process has no standard input, its prints go nowhere, and its memory, processor time and written files are limited
where the system can do that (``resource``, so not on Windows; there the time limit of the parent is all). Each grade is
one line of JSON on the standard output that it was started with.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

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


def main(path: str, seconds: str, pairs: list[str]) -> None:
    """Grade the pairs of a file in turn."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    from nnmem.study.graded import parts
    from nnmem.study.grading import grade_pair
    from nnmem.study.submission import BadSubmission, load

    limit(float(seconds) * (len(pairs) + 1))

    def say(kind: str, value: Any) -> None:
        results.write(json.dumps([kind, value], ensure_ascii=False) + "\n")
        results.flush()

    try:
        functions = load(Path(path))
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
        say("bad", f"{what}: {type(error).__name__}: {error}")
        return
    say("loaded", None)
    for name in pairs:
        try:
            say(name, [list(grade) for grade in grade_pair(path, name, functions)])
        except Exception as error:  # whatever a student's objects do to the grader, the next pair is graded
            problem = f"it cannot be judged: {type(error).__name__}: {error}"
            say(name, [[path, part, "error", problem, 0.0] for part in parts(name)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
