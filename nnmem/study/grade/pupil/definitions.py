"""What a file defines: functions by ``def`` or by assignment, and the code behind each name, to tell copies by."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
USES = "\n# it uses\n"  # between a function and what it uses; code without comments has no such line


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, also those inside of ``if``, ``try``, ``with`` and loops."""
    for statement in body:
        yield statement
        if not isinstance(statement, FUNCTIONS | ast.ClassDef):
            for inner in [statement, *getattr(statement, "handlers", [])]:
                for part in ("body", "orelse", "finalbody"):
                    yield from statements(getattr(inner, part, []))


def definitions(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Functions and what else has a name, but for answers."""
    functions: list[tuple[str, ast.AST]] = [(n.name, n) for n in statements(tree.body) if isinstance(n, FUNCTIONS)]
    return functions + [
        (name, value)
        for name, value in assigned(tree)
        if not name.endswith("_answer") and not (isinstance(value, ast.Name) and value.id == name)
    ]


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they stand for; of ``f, g = a, b`` each its own."""
    for statement in statements(tree.body):
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _pairs(target, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from _pairs(statement.target, statement.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        apart = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        values = value.elts if apart else [value] * len(target.elts)  # type: ignore[attr-defined]
        for one, of in zip(target.elts, values, strict=True):
            yield from _pairs(one, of)


def digest(name: str, nodes: dict[str, ast.AST]) -> str:
    """The code that a name stands for, then that of all in the file that it uses, to tell copies by."""
    seen: dict[str, str] = {}
    while isinstance(alias := nodes[name], ast.Name) and alias.id in nodes and name not in seen:
        seen[name] = ""
        name = alias.id
    seen, waiting = {}, [name]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen[name] = _code(nodes[name])
            inner = list(ast.walk(nodes[name]))
            own = {n.arg for n in inner if isinstance(n, ast.arg)}
            own |= {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            waiting += [n.id for n in inner if isinstance(n, ast.Name) and n.id in nodes and n.id not in own]
    return USES.join(seen.values())


def _code(node: ast.AST) -> str:
    """Code without docstring, hints, comments and layout."""
    copied = ast.parse(ast.unparse(node)).body[0]
    if not isinstance(copied, ast.FunctionDef):
        return ast.unparse(copied)
    if ast.get_docstring(copied) is not None:
        del copied.body[0]
    for inner in ast.walk(copied):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        if isinstance(inner, ast.FunctionDef):
            inner.returns = None
    return ast.unparse(ast.Module(copied.body, []))
