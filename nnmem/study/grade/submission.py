"""Reading a student's file or notebook: what it imports, what it defines, and running it."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
import types
from pathlib import Path
from typing import Any

from nnmem.study.grade.graded import graded, graded_functions, parts

ALLOWED = {"numpy", *sys.stdlib_module_names} - {"ctypes", "importlib", "runpy"}
PYTHON_CELLS = ("%%time", "%%capture", "%%prun")
JUPYTER = re.compile(r"\s*([%!?]|\w+ = [%!]|[\w.]+\?+\s*$)")
MOST_BYTES = 2 * 10**7


class BadSubmission(Exception):
    """A file cannot be graded at all; the message says why."""


def pairs_in(path: Path) -> list[str]:
    """Names of the pairs and plain functions of which a file defines a function, found without running it."""
    body = parse(path).body
    defined = {n.name for n in body if isinstance(n, ast.FunctionDef)}
    defined |= {t.id for n in body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    found = [name for name in graded() if defined & set(parts(name))]
    if not found:
        raise BadSubmission("it defines no function of the chapter, such as dot_score_forward")
    return found


def parse(path: Path) -> ast.Module:
    """Read a file, or the code cells of a notebook, and refuse what homework may not use."""
    notebook = path.suffix == ".ipynb"
    if path.exists() and path.stat().st_size > MOST_BYTES:
        raise BadSubmission(f"it has {path.stat().st_size / 10**6:.0f} MB, far too much for homework")
    if path.exists() and not path.is_file():
        raise BadSubmission("it is no file" + "; give the files in the folder" * path.is_dir())
    try:
        tree = _cells(path) if notebook else ast.parse(_text(path), str(path))
        tree.body = [s for s in tree.body if not _is_main(s) and (not notebook or _is_kept(s))]
        for node in ast.walk(tree):
            if reached := _reaches_out(node):
                raise BadSubmission(f"it {reached} (line {node.lineno}); homework has numpy alone")  # type: ignore[attr-defined]
    except FileNotFoundError:
        raise BadSubmission("there is no such file") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        kind = " as a notebook" if notebook else ""
        raise BadSubmission(f"it cannot be read{kind}: {type(error).__name__}: {error}") from None
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        raise BadSubmission(f"a syntax error{where}: {error.msg}") from None
    except (MemoryError, RecursionError):
        raise BadSubmission("it cannot be read: an expression in it is too long for Python") from None
    return tree


def load(path: Path) -> dict[str, Any]:
    """Run a file as a module and return what it defines."""
    module = types.ModuleType("homework")
    module.__file__ = str(path)
    sys.modules["homework"] = module
    exec(compile(parse(path), str(path), "exec"), module.__dict__)
    return vars(module)


def _text(path: Path) -> str:
    """The text of a file in UTF-8, or in the encoding that its first lines name."""
    try:
        return importlib.util.decode_source(path.read_bytes())
    except (UnicodeDecodeError, SyntaxError):
        raise BadSubmission("it is not in UTF-8: save it so, or name its encoding in the first line") from None


def _cells(path: Path) -> ast.Module:
    """The code of a notebook; commands to Jupyter and test cells, which call the grader, are left out."""
    body: list[ast.stmt] = []
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8-sig"))["cells"], start=1):
        if cell["cell_type"] != "code" or cell.get("metadata", {}).get("nbgrader", {}).get("grade"):
            continue
        text = "".join(cell["source"])
        if text.startswith("%%") and not text.startswith(PYTHON_CELLS):
            continue
        try:
            body += _cell(text).body
        except SyntaxError as error:
            if any(f"def {name}(" in text for name in graded_functions()):
                raise BadSubmission(f"a syntax error in cell {number}, line {error.lineno}: {error.msg}") from None
    return ast.Module(body, [])


def _cell(text: str) -> ast.Module:
    """A cell's code; if it is not Python as it stands, without what is meant for Jupyter."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse("\n".join("pass" if JUPYTER.match(line) else line for line in text.splitlines()))


def _reaches_out(node: ast.AST) -> str:
    """Say what a piece of code does that homework may not."""
    for name in _imported(node):
        if name.split(".")[0] not in ALLOWED:
            return f"imports {name}"
    if isinstance(node, ast.Name) and node.id == "__import__":
        return "calls __import__"
    if isinstance(node, ast.Attribute) and node.attr == "modules" and ast.unparse(node.value) == "sys":
        return "looks into sys.modules"
    return ""


def _is_main(statement: ast.stmt) -> bool:
    """True for ``if __name__ == "__main__":``, which may try things out with other packages and is not run."""
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _is_kept(statement: ast.stmt) -> bool:
    """Of a notebook, definitions, constants and allowed imports are kept; plots, prints and checks are not."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return all(name.split(".")[0] in ALLOWED for name in _imported(statement))
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return not any(isinstance(n, ast.Call) and "nnmem" in ast.unparse(n.func) for n in ast.walk(statement))
    return isinstance(statement, ast.FunctionDef | ast.ClassDef)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "."]
    return []
