"""The package's files as syntax trees: what each defines, what it imports, and what a definition refers to."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

Function = ast.FunctionDef | ast.Lambda
Edit = tuple[int, int, str]


class CannotCopy(Exception):
    """A function needs what a single file cannot give it."""


class Reference(NamedTuple):
    """A name in a definition that means something outside of it, and the ``name.attribute`` that it may begin."""

    name: ast.Name
    attribute: ast.Attribute | None


@dataclass(frozen=True)
class Module:
    """One file: its top-level definitions by name, and its imports as local name -> (module, name there or None)."""

    name: str
    source: bytes
    definitions: dict[str, ast.stmt]
    imports: dict[str, tuple[str, str | None]]

    def names_of(self, definition: ast.stmt) -> list[str]:
        """What a statement defines; one may define several constants."""
        return [name for name, statement in self.definitions.items() if statement is definition]

    def offset(self, line: int, column: int) -> int:
        """Where a place of the syntax tree is in the source."""
        return _line_starts(self.source)[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First byte and end of a node, decorators included."""
        first = min([node, *getattr(node, "decorator_list", [])], key=lambda n: n.lineno)
        start = self.offset(first.lineno, 0 if first is not node else node.col_offset)
        return start, self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def text(self, node: ast.AST, edits: list[Edit]) -> str:
        """Return the source of a node with some spans replaced."""
        start, end = self.span(node)
        line_end = self.source.find(b"\n", end)
        end = line_end if self.source[end:line_end].lstrip().startswith(b"#") else end
        text = self.source[start:end]
        for first, last, new in sorted(set(edits), reverse=True):
            text = text[: first - start] + new.encode() + text[last - start :]
        return text.decode()


@functools.cache
def _line_starts(source: bytes) -> list[int]:
    return [0, *itertools.accumulate(map(len, source.splitlines(keepends=True)))]


@functools.cache
def module(name: str) -> Module | None:
    """Read a module of this package; None if there is none of this name."""
    path = Path(__file__).parents[2].joinpath(*name.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.is_file():
        return None
    source = path.read_bytes()
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, tuple[str, str | None]] = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.FunctionDef(name=own) | ast.ClassDef(name=own):
                definitions[own] = statement
            case ast.Assign(targets=targets) if any(map(_stored, targets)):
                definitions |= dict.fromkeys(sorted(set().union(*map(_stored, targets))), statement)
            case ast.AnnAssign(target=target):
                definitions |= dict.fromkeys(_stored(target), statement)
            case ast.Import(names=aliases):
                imports |= {a.asname or a.name.split(".")[0]: (a.name, None) for a in aliases}
            case ast.ImportFrom(module=source_name, names=aliases):
                imports |= {a.asname or a.name: (source_name or "", a.name) for a in aliases}
            case ast.If() | ast.Expr(value=ast.Constant()):
                pass  # imports for hints alone; docstrings
            case _:
                raise CannotCopy(f"{name}, line {statement.lineno}: a statement that only importing the module runs")
    return Module(name, source, definitions, imports)


def floor_modules(name: str) -> Iterator[Module]:
    """Yield every module of the floors below this one in which a name stands; the others are not even parsed."""
    package = Path(__file__).parents[2]
    for floor in ("nn", "associative", "attention", "external", "models", "tasks"):
        for path in sorted((package / floor).rglob("*.py")):
            if path.stem != "__init__" and name.encode() in path.read_bytes():
                found = module(".".join(path.relative_to(package.parent).with_suffix("").parts))
                if found is not None:
                    yield found


@functools.cache
def public_names() -> dict[str, Module]:
    """Where each name stands that some file lists in its ``__all__``."""
    package = Path(__file__).parents[2]
    found: dict[str, Module] = {}
    for path in sorted(package.rglob("*.py")):
        if path.stem != "__init__" and b"\n__all__ = " in path.read_bytes():
            where = module(".".join(path.relative_to(package.parent).with_suffix("").parts))
            assert where is not None
            exported = where.definitions["__all__"]
            assert isinstance(exported, ast.Assign)
            found |= dict.fromkeys(ast.literal_eval(exported.value), where)
    return found


@functools.cache
def outside(definition: ast.stmt) -> tuple[Reference, ...]:
    """All references of a top-level definition."""
    return tuple(references(definition))


def references(node: ast.AST, local: frozenset[str] = frozenset(), in_class: bool = False) -> Iterator[Reference]:
    """Yield what a node refers to beyond the names in ``local``; hints of functions and variables do not count."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name not in local:
            yield Reference(node, None)
        case ast.Attribute(value=ast.Name(id=name) as prefix) if name not in local:
            yield Reference(prefix, node)
        case ast.FunctionDef() | ast.Lambda():
            args = node.args
            outside = [*getattr(node, "decorator_list", []), *args.defaults, *filter(None, args.kw_defaults)]
            for child in outside:
                yield from references(child, local)
            for child in node.body if isinstance(node, ast.FunctionDef) else [node.body]:
                yield from references(child, local | bound(node))
        case ast.ClassDef():
            for child in [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]:
                yield from references(child, local)
            fields = frozenset(
                name for s in node.body if isinstance(s, ast.Assign | ast.AnnAssign) for name in _stored(s)
            )
            for child in node.body:
                yield from references(
                    child, local | ({node.name} if isinstance(child, ast.FunctionDef) else fields), in_class=True
                )
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            inner = local | {name for g in node.generators for name in _stored(g.target)}
            for child in ast.iter_child_nodes(node):
                yield from references(child, inner)
        case ast.AnnAssign():
            for child in filter(None, [node.target, node.value, node.annotation if in_class else None]):
                yield from references(child, local)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from references(child, local)


@functools.cache
def bound(function: Function) -> frozenset[str]:
    """Names that are a function's own: arguments, and whatever its body assigns, imports or defines."""
    args = function.args
    names = {a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg] if a}
    waiting: list[ast.AST] = list(function.body) if isinstance(function, ast.FunctionDef) else [function.body]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                names |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
                continue
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(a.asname or a.name).split(".")[0] for a in aliases}
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
        waiting += ast.iter_child_nodes(node)
    return frozenset(names)


def hints(node: ast.AST, in_class: bool = False) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Yield what carries a hint that can be left out, with the hint: arguments, results and variables in functions."""
    match node:
        case ast.FunctionDef():
            args = node.args
            for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]:
                if arg is not None and arg.annotation is not None:
                    yield arg, arg.annotation
            if node.returns is not None:
                yield node, node.returns
        case ast.AnnAssign(value=ast.expr()) if not in_class:
            yield node, node.annotation
    for child in ast.iter_child_nodes(node):
        yield from hints(child, isinstance(node, ast.ClassDef))


def _stored(node: ast.AST) -> set[str]:
    """Names that are assigned anywhere in a node."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
