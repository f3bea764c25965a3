"""Reads the corpus of right and wrong homework, ``tests/corpus/*.py``."""

import ast
import re
import time
from pathlib import Path
from typing import NamedTuple

from nnmem.study.grade.handed import Paper
from nnmem.study.grade.sheet import Terms, sheet_of
from nnmem.study.grade.subject import gradable

CORPUS = Path(__file__).parent.parent / "corpus"
VERDICTS = {"pass", "fail", "missing", "error"}
RIGHT = """
import numpy as np
def dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1), (X, q)
def dot_score_backward(ds, saved):
    X, q = saved
    return ds[..., None] * q[..., None, :], (ds[..., None] * X).sum(axis=-2)
"""


def patience(least=3.0, most=30.0):
    """Seconds that homework is given in tests: as many more as the machine is busier than one that grades in 0.3 s."""
    start = time.perf_counter()
    assert [row.points for row in sheet_of(Paper("hw.py", RIGHT.encode()), Terms()).rows] == [10, 10]
    return min(max(least, 10 * (time.perf_counter() - start)), most)


class Solution(NamedTuple):
    """One section of a corpus file: ``kind`` is right, wrong or cause unnamed, ``text`` what stands behind it.

    ``# %% of: NAME`` takes the right functions of another file.
    """

    file: str
    line: int
    kind: str
    text: str
    names: list
    functions: dict
    source: str


def solutions():
    """Return every solution, its missing functions taken from the first right section of its file, or of another."""
    found, bases = [], {}
    for path in sorted(CORPUS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        base = {}
        parts = re.split(r"^# %% (.*)\n", text, flags=re.M)
        line = parts[0].count("\n") + 1
        for head, body in zip(parts[1::2], parts[2::2], strict=True):
            kind, _, what = head.partition(": ")
            if kind == "of":
                base = bases[what]
                line += body.count("\n") + 1
                continue
            tree = ast.parse(body)
            ast.increment_lineno(tree, line)
            own = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
            namespace = {} if kind == "right" else dict(base)
            exec(compile(tree, str(path), "exec"), namespace)
            if kind == "right" and not base:
                base = bases[path.stem] = dict(namespace)
            kind, _, part = kind.partition(" ") if kind.startswith("wrong ") else (kind, "", "")
            graded = [n for n in own if n in gradable() and n.endswith(part)]
            found.append(Solution(path.stem, line, kind, what, graded, namespace, body))
            line += body.count("\n") + 1
    return found
