"""Reading what was handed in: its encoding, its cells, its imports, and what it defines, all before it is run."""

from __future__ import annotations

import ast
import codecs
import importlib.util
import json
import re
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.pupil import guard
from nnmem.study.grade.pupil.definitions import assigned, definitions, digest, statements

ALLOWED = guard.ALLOWED - {"importlib"}
PYTHON_CELLS = ("%%time", "%%capture", "%%prun")
JUPYTER = re.compile(r"\s*([%!?]|\w+ = [%!]|[\w.]+\?+\s*$)")
OWN = "my_"  # in front of a name; of two such names that of the student counts
MOST_CODE = 300_000
CHINESE_MARKS = dict(
    zip("，。、：；（）【】［］｛｝！？“”‘’＝＋－＊／＜＞", ",.,:;()[][]{}!?\"\"''=+-*/<>", strict=True)
)
Told = tuple[str, dict[str, Any]]


class Refused(Exception):
    """A file cannot be graded at all; a phrase and its values say why."""

    def __init__(self, phrase: str, **values: Any) -> None:
        super().__init__(phrase)
        self.told: Told = phrase, values


class HandedIn(NamedTuple):
    """What a file holds, found without running it."""

    tree: ast.Module
    defined: dict[str, str]
    answers: dict[str, Any]
    student: str
    notices: list[Told]


def read(data: bytes, notebook: bool, names: set[str]) -> HandedIn:
    """Read a file, or the code cells of a notebook; ``names`` are those that can be graded."""
    text, notices = _text(data, notebook)
    try:
        tree = _cells(text, names) if notebook else _module(text)
        tree.body = [s for s in tree.body if not _is_main(s) and (not notebook or _is_kept(s))]
        for node in ast.walk(tree):
            if reached := _reaches_out(node):
                raise Refused(reached[0] + " (line {line}); homework has numpy alone", what=reached[1],
                              line=getattr(node, "lineno", 0))  # fmt: skip
        nodes = dict(definitions(tree))
        graded = [name for name in nodes if not names or name.removeprefix(OWN) in names]
        defined = dict.fromkeys(nodes, "") | {name: digest(name, nodes) for name in graded}
        own = [name for name in defined if name.startswith(OWN) and name.removeprefix(OWN) in names]
        defined |= {name.removeprefix(OWN): defined[name] for name in own}
        answers = {name: _literal(value) for name, value in assigned(tree) if name.endswith("_answer")}
        answers |= {name.removeprefix(OWN): answers[name] for name in answers if name.startswith(OWN)}
        student = next((_literal(value) for name, value in assigned(tree) if name == "STUDENT"), "")
    except (MemoryError, RecursionError):
        raise Refused("it cannot be read: an expression in it is too long for Python") from None
    number = isinstance(student, np.ndarray) and student.ndim == 0 and student.dtype.kind == "i"
    return HandedIn(tree, defined, answers, str(student) if number or isinstance(student, str) else "", notices)


def _text(data: bytes, notebook: bool) -> tuple[str, list[Told]]:
    """The text in UTF-8, UTF-16 with its mark, the encoding that the first lines name, or GB18030."""
    if data[:4] == b"PK\x03\x04":
        raise Refused("it is a zip archive: give it to nnmem grade with its ending .zip, or unpack it")
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if data.startswith(mark):
            try:
                return data.decode("utf-16"), [("read as {encoding}: better save it as UTF-8", {"encoding": "UTF-16"})]
            except UnicodeDecodeError:
                raise Refused("it is in no encoding that is known: save it as UTF-8") from None
    try:
        return (data.decode("utf-8-sig") if notebook else importlib.util.decode_source(data)), []
    except (UnicodeDecodeError, SyntaxError, LookupError):  # of a codec that is none of texts
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise Refused("it is in no encoding that is known: save it as UTF-8") from None
    return "\n".join(text.splitlines()), [("read as {encoding}: better save it as UTF-8", {"encoding": "GB18030"})]


def _module(text: str) -> ast.Module:
    if len(text) > MOST_CODE:
        raise Refused("it has {size} characters of code, far too much for homework", size=len(text))
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise _syntax(error, text) from None
    except ValueError as error:
        raise Refused("a syntax error: {message}", message=str(error)) from None


def _syntax(error: SyntaxError, text: str, cell: int = 0) -> Refused:
    """A syntax error in words; Chinese punctuation in code is named as such."""
    lines = text.splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    wide = re.search(r"U\+([0-9A-F]{4})", error.msg or "")
    mark = chr(int(wide.group(1), 16)) if wide else ""
    if mark in CHINESE_MARKS and mark in line:
        values = {"mark": mark, "plain": CHINESE_MARKS[mark], "line": error.lineno or 0}
        return Refused("a Chinese punctuation mark in the code, line {line}: {mark} should be {plain}", **values)
    if not error.lineno:
        return Refused("a syntax error: {message}", message=error.msg)
    if cell:
        return Refused("a syntax error in cell {cell}, line {line}: {message}", cell=cell, line=error.lineno,
                       message=error.msg)  # fmt: skip
    return Refused("a syntax error in line {line}: {message}", line=error.lineno, message=error.msg)


def _cells(text: str, names: set[str]) -> ast.Module:
    """The code of a notebook; commands to Jupyter and test cells, which call the grader, are left out."""
    body: list[ast.stmt] = []
    size = 0
    try:
        cells = [
            (number, "".join(cell["source"]))
            for number, cell in enumerate(json.loads(text)["cells"], start=1)
            if cell["cell_type"] == "code" and not cell.get("metadata", {}).get("nbgrader", {}).get("grade")
        ]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refused(
            "it cannot be read as a notebook: {message}", message=f"{type(error).__name__}: {error}"
        ) from None
    for number, source in cells:
        size += len(source)
        if size > MOST_CODE:
            raise Refused("it has {size} characters of code, far too much for homework", size=size)
        if source.startswith("%%") and not source.startswith(PYTHON_CELLS):
            continue
        try:
            body += _cell(source).body
        except (SyntaxError, ValueError) as error:
            if any(re.search(rf"def ({OWN})?{name}\(", source) for name in names):
                fault = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
                raise _syntax(fault, source, number) from None
    return ast.Module(body, [])


def _cell(text: str) -> ast.Module:
    """A cell's code; if it is not Python as it stands, without what is meant for Jupyter."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse("\n".join("pass" if JUPYTER.match(line) else line for line in text.splitlines()))


def _reaches_out(node: ast.AST) -> tuple[str, str] | None:
    """Say what a piece of code does that homework may not."""
    for name in _imported(node):
        if name.split(".")[0] not in ALLOWED:
            return "it imports {what}", name
    if isinstance(node, ast.Name) and node.id == "__import__":
        return "it calls {what}", "__import__"
    if isinstance(node, ast.Attribute) and node.attr == "modules" and ast.unparse(node.value) == "sys":
        return "it looks into {what}", "sys.modules"
    return None


def _is_main(statement: ast.stmt) -> bool:
    """True for ``if __name__ == "__main__":``, which may try things out with other packages and is not run."""
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _is_kept(statement: ast.stmt) -> bool:
    """Of a notebook, definitions, constants and allowed imports are kept; plots, prints and checks are not."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return all(name.split(".")[0] in ALLOWED for name in _imported(statement))
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return not any(isinstance(n, ast.Call) and "nnmem" in ast.unparse(n.func) for n in ast.walk(statement))
    if isinstance(statement, ast.If | ast.Try):
        return any(isinstance(inner, ast.FunctionDef) for inner in statements([statement]))
    return isinstance(statement, ast.FunctionDef | ast.ClassDef)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "."]
    return []


def _literal(node: ast.expr) -> Any:
    """A number, a text, or an array written out, also as np.array([...]); ``{"call": ...}`` for anything else."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.array", "numpy.array") and len(node.args) == 1:
        node = node.args[0]
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return {"call": ast.unparse(node)[:80]}
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    try:
        found = np.asarray(value)
    except ValueError:
        found = np.array(None)
    return found if found.dtype.kind in "fiub" and found.size < 10_000 else {"odd": True}
