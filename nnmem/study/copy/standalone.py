"""The standalone source of a function: numpy alone, everything that it needs of this package in front of it.

Definitions are printed as they stand in the package, comments included. Only three things change: a name from another
module loses its prefix, a name that two modules use for different things gets its module's name in front, and a hint
of a type that is not in the copy is left out.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable

from nnmem.study.copy.sources import (
    CannotCopy,
    Edit,
    Module,
    Reference,
    floor_modules,
    hints,
    module,
    outside,
    public_names,
    references,
)
from nnmem.study.index.lookup import EQUATIONS, PAIRS, find, pair_of
from nnmem.terminal import nearest
from nnmem.version import __version__

ALLOWED = {"numpy", *sys.stdlib_module_names}
Place = tuple[Module, str]
TESTED = """# Needs numpy alone. Tested with NumPy 1.26, 2.0 and 2.5, and with Python 3.10, 3.11 and 3.13.
"""


def standalone(names: Iterable[str], check: bool = False) -> str:
    """Return a source that defines these and needs numpy alone.

    Parameters
    ----------
    names : iterable of str
        Public functions, pairs (the name without ``_forward``), models, or equation numbers.
    check : bool
        Add a ``__main__`` part that compares every pair with central differences.

    Raises
    ------
    CannotCopy
        There is no such name, or its code needs more than numpy.
    """
    places = [place for name in names for place in find_definitions(name)]
    pairs: list[str] = []
    if check:
        from nnmem.study.copy.own_check import check_source, checked_functions, checked_pairs

        pairs = checked_pairs(name for _, name in places)
        places += [(_module(f.__module__), f.__name__) for name in pairs for f in checked_functions(name)]
        places += [place for name in pairs if not checked_functions(name) for place in find_definitions(name)]
    copier = Copier()
    for where, name in places:
        copier.add_classes_of_arguments(where, name)
        copier.add(where, name)
    body = copier.body()
    parts = [TESTED + copier.header(), *body]
    if check:
        parts.append(check_source(pairs))
    return "\n\n\n".join(parts) + "\n\n\n" + _closing([name for _, name in places])


def find_definitions(name: str) -> list[Place]:
    """Return where the functions of a name stand: one for a function, two for a pair, more for an equation."""
    if (equation := find(name)) is not None:
        return [place for e in EQUATIONS if e.number == equation.number for f in e.functions for place in _pair(f)]
    if name in public_names():
        return [(public_names()[name], name)]
    if places := _pair(name):
        return places
    for where in floor_modules(name):
        if name in where.definitions and not name.startswith("_"):
            return [(where, name)]
    from nnmem.study.copy.own_check import MODELS

    like = nearest(name, [*PAIRS, *MODELS, *public_names()])
    raise CannotCopy(f"nothing is called {name}: {like if like.startswith('did') else 'nnmem eq lists what there is'}")


def _pair(name: str) -> list[Place]:
    """Forward and backward of a name, where there are such."""
    for where in _homes(f"{name}_forward"):
        if f"{name}_forward" in where.definitions and f"{name}_backward" in where.definitions:
            return [(where, f"{name}_forward"), (where, f"{name}_backward")]
    return []


def _homes(forward: str) -> Iterable[Module]:
    """The module of a public function, or every module where it may be."""
    return [public_names()[forward]] if forward in public_names() else floor_modules(forward)


def _module(name: str) -> Module:
    found = module(name)
    assert found is not None, name
    return found


class Copier:
    """Gathers definitions in the order in which they must stand."""

    def __init__(self) -> None:
        self.chosen: list[tuple[Module, ast.stmt]] = []
        self.names: dict[tuple[str, str], str] = {}
        self.imports: set[tuple[str, str | None, str]] = set()

    def add(self, where: Module, name: str) -> None:
        """Add a definition after everything that it refers to."""
        if (where.name, name) in self.names:
            return
        definition = where.definitions[name]
        for own in where.names_of(definition):
            taken = own in self.names.values()
            self.names[where.name, own] = f"{where.name.split('.')[-1]}_{own.lstrip('_')}" if taken else own
        self._refuse_foreign_imports(where, name, definition)
        for reference in outside(definition):
            if (found := self.resolve(where, reference)) is not None:
                self.add(*found[0])
        self.chosen.append((where, definition))

    def add_classes_of_arguments(self, where: Module, name: str) -> None:
        """Add the classes that a function's hints name, such as those of its parameters, so that it can be called."""
        for _, hint in hints(where.definitions[name]):
            for reference in references(hint):
                known = {**where.definitions, **where.imports}.get(reference.name.id)
                if known is None or (isinstance(known, tuple) and not known[0].startswith("nnmem.")):
                    continue
                found = self.resolve(where, reference)
                if found is not None and isinstance(found[0][0].definitions[found[0][1]], ast.ClassDef):
                    self.add(*found[0])

    def resolve(self, where: Module, reference: Reference) -> tuple[Place, ast.expr] | None:
        """Return the definition that is meant and the node that means it; None for Python's own and numpy."""
        name, attribute = reference.name.id, reference.attribute
        if name in where.definitions:
            return (where, name), reference.name
        if name not in where.imports:
            if hasattr(builtins, name):
                return None
            raise CannotCopy(f"{where.name}, line {reference.name.lineno}: {name} is not defined at the top level")
        source, original = where.imports[name]
        if source.split(".")[0] in ALLOWED:
            self.imports.add((source, original, name))
            return None
        if original is not None and (alias := module(f"{source}.{original}")) is not None:
            if attribute is not None and attribute.attr in alias.definitions:
                return (alias, attribute.attr), attribute
        elif original is not None and (home := module(source)) is not None and original in home.definitions:
            return (home, original), reference.name
        raise CannotCopy(f"{where.name}, line {reference.name.lineno}: {name} of {source} cannot be taken along")

    def body(self) -> list[str]:
        """Return the text of every definition."""
        printed: set[str] = set()
        texts = []
        for where, definition in self.chosen:
            edits = self._renamed(where, definition)
            for carrier, hint in hints(definition):
                if not {n.id for n in ast.walk(hint) if isinstance(n, ast.Name)} <= {"np", *dir(builtins), *printed}:
                    edits = [e for e in edits if not where.span(hint)[0] <= e[0] <= where.span(hint)[1]]
                    edits.append(_without_hint(where, carrier, hint))
                    continue
                if any(isinstance(n, ast.Name) and n.id == "np" for n in ast.walk(hint)):
                    self.imports.add(("numpy", None, "np"))
            texts.append(where.text(definition, edits))
            printed.update(where.names_of(definition))
        return _constants_together(texts)

    def header(self) -> str:
        """Return the import lines, Python's own first."""
        lines: dict[str, set[str]] = {}
        for source, original, name in self.imports:
            if original is None:
                lines[f"import {source}" + ("" if name in (source, source.split(".")[0]) else f" as {name}")] = set()
            else:
                what = original if original == name else f"{original} as {name}"
                lines.setdefault(f"from {source} import ", set()).add(what)
        text = [line + ", ".join(sorted(what)) for line, what in sorted(lines.items())]
        text.sort(key=lambda line: line.startswith("from"))
        own = [line for line in text if "numpy" not in line]
        return "\n".join([*own, *[""] * bool(own), *(line for line in text if "numpy" in line)])

    def _renamed(self, where: Module, definition: ast.stmt) -> list[Edit]:
        edits: list[Edit] = []
        for reference in outside(definition):
            if (found := self.resolve(where, reference)) is not None:
                (home, name), node = found
                edits.append((*where.span(node), self.names[home.name, name]))
        for own in where.names_of(definition):
            if (new := self.names[where.name, own]) != own:
                if isinstance(definition, ast.FunctionDef | ast.ClassDef):
                    start = where.source.index(own.encode(), where.offset(definition.lineno, definition.col_offset))
                    edits.append((start, start + len(own), new))
                else:
                    edits += [(*where.span(n), new) for n in ast.walk(definition) if _is(n, own)]
        return edits

    def _refuse_foreign_imports(self, where: Module, name: str, definition: ast.stmt) -> None:
        for node in ast.walk(definition):
            if isinstance(node, ast.Import | ast.ImportFrom):
                sources = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or "."]
                if foreign := [s for s in sources if s.split(".")[0] not in ALLOWED]:
                    raise CannotCopy(f"{where.name}.{name} imports {foreign[0]}; the copy has numpy alone")


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _without_hint(where: Module, carrier: ast.AST, hint: ast.expr) -> Edit:
    """The cut that takes a hint away, from behind the name (or the closing bracket) to its end."""
    start, end = where.span(hint)
    mark = b"->" if isinstance(carrier, ast.FunctionDef) else b":"
    cut = len(where.source[: where.source.rindex(mark, 0, start)].rstrip())
    return cut, end, ""


def _constants_together(texts: list[str]) -> list[str]:
    """Join one-line constants that follow one another."""
    joined: list[str] = []
    for text in texts:
        if joined and "\n" not in text and "\n\n" not in joined[-1] and not joined[-1].startswith(("def ", "class ")):
            joined[-1] += "\n" + text
        else:
            joined.append(text)
    return joined


def _closing(names: Iterable[str]) -> str:
    """The comment at the end: where it comes from."""
    lines = []
    for function in dict.fromkeys(pair_of(n) for n in names):
        for equation in (e for e in EQUATIONS if function in e.functions):
            lines.append(f"# {function}: equation ({equation.number}), section {equation.section}, {equation.title_zh}")
    return "\n".join([*lines, f"# From nnmem {__version__}, MIT licence, copyright (c) 2026 The nnmem authors.\n"])
