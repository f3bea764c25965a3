"""Reading a student's file or notebook: what it imports, what it defines, and running it."""

from __future__ import annotations

import ast
import json
import sys
import types
from pathlib import Path
from typing import Any

from nnmem.study.graded import graded, parts

ALLOWED = {"numpy", *sys.stdlib_module_names}


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
    """Read a file, or the code cells of a notebook, and refuse imports other than numpy and Python's own."""
    notebook = path.suffix == ".ipynb"
    try:
        text = path.read_text(encoding="utf-8")
        text = _cells(text) if notebook else text
        tree = ast.parse(text, str(path))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise BadSubmission(f"it cannot be read: {type(error).__name__}: {error}") from None
    except SyntaxError as error:
        raise BadSubmission(f"a syntax error in line {error.lineno}: {error.msg}") from None
    tree.body = [s for s in tree.body if not _is_main(s) and (not notebook or _is_kept(s))]
    for node in ast.walk(tree):
        for name in _imported(node):
            if name.split(".")[0] not in ALLOWED:
                raise BadSubmission(f"it imports {name} (line {node.lineno}); homework has numpy alone")  # type: ignore[attr-defined]
    return tree


def load(path: Path) -> dict[str, Any]:
    """Run a file as a module and return what it defines."""
    module = types.ModuleType("homework")
    module.__file__ = str(path)
    sys.modules["homework"] = module
    exec(compile(parse(path), str(path), "exec"), module.__dict__)
    return vars(module)


def _cells(text: str) -> str:
    """The code of a notebook, without commands to Jupyter; test cells, which call the grader, are left out."""
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    own = [cell for cell in cells if not cell.get("metadata", {}).get("nbgrader", {}).get("grade")]
    lines = [line for cell in own for line in "".join(cell["source"]).splitlines()]
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


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
