"""Small changes of a source, one at a time: what a slip of the hand would make of it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

OPERATORS = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div},
    **{ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}
COMPARISONS = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In},
}
UNWRAPPED = {"abs", "sorted", "reversed", "set", "max", "min"}  # f(x) becomes x
NUMPY_UNWRAPPED = {"abs", "array", "sqrt", "exp", "log", "maximum", "minimum", "tanh"}
EITHER_WAY = {"maximum", "minimum", "max", "min", "add", "multiply", "array_equal", "allclose", "isclose"}
METHODS_UNWRAPPED = {"copy": "copy", "astype": "dtype", "swapaxes": "axis", "sum": "reduction", "strip": "method"}


class Site(NamedTuple):
    """Where a source is changed, and how: the ``change``-th change of the ``position``-th node of its tree."""

    kind: str
    position: int
    change: int


class Mutant(NamedTuple):
    """A changed source."""

    line: int
    lines: range  # those that a test runs if it can see the change; none if it is made when the file is loaded
    was: str
    now: str
    source: str


def sites(source: str) -> list[Site]:
    """Every place; annotations, docstrings, messages and what only types need are left as they are."""
    tree = ast.parse(source)
    left_alone = {id(inner) for node in ast.walk(tree) for part in _beside_the_point(node) for inner in ast.walk(part)}
    return [
        Site(kind, position, number)
        for position, node in enumerate(ast.walk(tree))
        if id(node) not in left_alone
        for number, (kind, new) in enumerate(_changes(node))
        if ast.unparse(new) != ast.unparse(node)
    ]


def mutant(source: str, site: Site) -> Mutant:
    """The source changed at one place."""
    tree = ast.parse(source)
    node = next(n for i, n in enumerate(ast.walk(tree)) if i == site.position)
    _, new = list(_changes(node))[site.change]
    around = [s for s in ast.walk(tree) if isinstance(s, ast.stmt) and any(inner is node for inner in ast.walk(s))]
    line = getattr(node, "lineno", around[-1].lineno)
    was, now = _short(ast.unparse(node)), _short(ast.unparse(new))
    if len(was) < 12:  # too little to know it by
        was = f"{was} in {_short(source.splitlines()[line - 1])}"
    _exchange(tree, node, copy.deepcopy(new))
    return Mutant(line, _lines(around), was, now, ast.unparse(ast.fix_missing_locations(tree)))


def _lines(around: list[ast.stmt]) -> range:
    """The lines of the innermost statement, of a block its head; of a default those of its function.

    None of what is done where a file is loaded.
    """
    inner = around[-1]
    body = getattr(inner, "body", None)
    if isinstance(inner, ast.FunctionDef):
        return range(inner.body[0].lineno, (inner.end_lineno or 0) + 1)
    if not any(isinstance(s, ast.FunctionDef) for s in around):
        return range(0)
    return range(inner.lineno, max(body[0].lineno, inner.lineno + 1) if body else (inner.end_lineno or 0) + 1)


def _short(text: str) -> str:
    return " ".join(text.split())[:100]


def _beside_the_point(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that no test can or should see."""
    match node:
        case ast.AnnAssign():
            yield node.annotation
        case ast.arg(annotation=annotation) if annotation is not None:
            yield annotation
        case ast.FunctionDef():
            yield from [node.returns] if node.returns else []
            yield from node.decorator_list
        case ast.arguments(defaults=defaults, kw_defaults=more):  # changed as defaults, once
            yield from (default for default in [*defaults, *more] if isinstance(default, ast.Constant))
        case ast.Raise(exc=error) if error is not None:  # the raise itself is dropped; its message is left
            yield error
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            yield node
        case ast.Assign([ast.Name("__all__")]) | ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            yield node
        case ast.Expr(ast.Constant(str())):
            yield node


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left, op, right):
            if isinstance(op, ast.MatMult):
                yield "operator", ast.BinOp(right, op, left)
            elif type(op) in OPERATORS and not isinstance(left, ast.Tuple) and not isinstance(right, ast.Tuple):
                yield "operator", ast.BinOp(left, OPERATORS[type(op)](), right)
        case ast.AugAssign(target, op, value):
            yield "statement", ast.Pass()
            if type(op) in OPERATORS:
                yield "operator", ast.AugAssign(target, OPERATORS[type(op)](), value)
        case ast.Compare(left, [op], [right]):
            yield "comparison", ast.Compare(left, [COMPARISONS[type(op)]()], [right])
        case ast.BoolOp(op, values):
            yield "boolean", ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            yield "boolean", values[0]
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield "mask", operand
        case ast.UnaryOp(ast.USub(), operand):
            yield "sign", operand
        case ast.Constant(bool(value)):
            yield "constant", ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield "constant", ast.Constant(value + 1)
        case ast.Expr(ast.Call()) | ast.Assign([ast.Subscript() | ast.Attribute()]) | ast.Delete() | ast.Continue():
            yield "statement", ast.Pass()
        case ast.Raise():
            yield "raise", ast.Pass()
        case ast.IfExp(_, body, other):
            yield "branch", body
            yield "branch", other
        case ast.Slice(lower, upper, step):
            if lower is not None:
                yield "slice", ast.Slice(None, upper, step)
            if upper is not None:
                yield "slice", ast.Slice(lower, None, step)
            if step is not None:
                yield "slice", ast.Slice(lower, upper, None)
        case ast.arguments():
            yield from (("default", new) for new in _defaults(node))
        case ast.Call(function, args, keywords):
            yield from _calls(node, function, args, keywords)


def _defaults(node: ast.arguments) -> Iterator[ast.arguments]:
    for name in ("defaults", "kw_defaults"):
        for i, default in enumerate(getattr(node, name)):
            if isinstance(default, ast.Constant) and isinstance(default.value, bool | int | float):
                new = copy.deepcopy(node)
                value = not default.value if isinstance(default.value, bool) else default.value + 1
                getattr(new, name)[i] = ast.Constant(value)
                yield new


def _calls(
    node: ast.Call, function: ast.expr, args: list[ast.expr], keywords: list[ast.keyword]
) -> Iterator[tuple[str, ast.AST]]:
    name = (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
    of_numpy = (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "np"
    )
    if args and not isinstance(args[0], ast.Starred):
        if isinstance(function, ast.Name) and name in UNWRAPPED and len(args) == 1:
            yield "call", args[0]
        if of_numpy and name in NUMPY_UNWRAPPED:
            yield "copy" if name == "array" else "call", args[0]
        if of_numpy and name == "where" and len(args) == 3:
            yield "mask", ast.Call(function, [args[0], args[2], args[1]], keywords)
    if isinstance(function, ast.Attribute) and name in METHODS_UNWRAPPED and not of_numpy:
        yield METHODS_UNWRAPPED[name], function.value
    if (
        len(args) == 2
        and name not in EITHER_WAY
        and not any(isinstance(arg, ast.Starred) for arg in args)
        and ast.dump(args[0]) != ast.dump(args[1])
    ):
        yield "arguments", ast.Call(function, args[::-1], keywords)
    for i, keyword in enumerate(keywords):
        others = [*keywords[:i], *keywords[i + 1 :]]
        if keyword.arg in ("axis", "axes"):
            yield "axis", ast.Call(function, args, [*others, ast.keyword(keyword.arg, _other_axis(keyword.value))])
        elif keyword.arg in ("keepdims", "dtype", "where", "mask"):
            yield {"where": "mask"}.get(keyword.arg, keyword.arg), ast.Call(function, args, others)


def _other_axis(axis: ast.expr) -> ast.expr:
    value = ast.unparse(axis)
    return ast.parse({"-1": "0", "0": "-1", "1": "0", "-2": "-1"}.get(value, "0"), mode="eval").body


def _exchange(tree: ast.AST, target: ast.AST, new: ast.AST) -> None:
    """Put another node in a node's place."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
                return
            if isinstance(value, list):
                for i, item in enumerate(value):
                    if item is target:
                        value[i] = new
                        return
    raise AssertionError("the node is gone")
