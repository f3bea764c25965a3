"""Typical mistakes, made in the reference on purpose: where one gives the student's very numbers, that is the cause.

Each line of a formula's source, its helpers' included, is changed in the ways that people get it wrong: a transpose
forgotten, a term left out, a sum over the wrong axis.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any, NamedTuple

from nnmem.study.copy.standalone import Copier, find_definitions

CHECKS = "nnmem.nn.arguments"


class Mistake(NamedTuple):
    """A changed line of one function."""

    function: str
    what: str
    right: str
    wrong: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.what}: as if `{self.right}` were `{self.wrong}`"


class Broken:
    """A pair's standalone source, in which one mistake at a time can be made."""

    def __init__(self, function: str) -> None:
        copier = Copier()
        for where, name in find_definitions(function):
            copier.add(where, name)
        source = "\n\n".join([copier.header(), *copier.body()])
        self.namespace: dict[str, Any] = {"__name__": "reference"}
        exec(compile(source, "reference", "exec"), self.namespace)
        own = {copier.names[where.name, name] for where, node in copier.chosen if where.name != CHECKS
               for name in where.names_of(node)}  # fmt: skip
        tree = ast.parse(source)
        functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in own and not n.decorator_list]
        self.mistakes = [mistake for function in functions for mistake in _mistakes(function)]

    @contextmanager
    def by(self, mistake: Mistake) -> Iterator[dict[str, Any]]:
        """Give the functions by name, with one mistake in them."""
        function = self.namespace[mistake.function]
        own = function.__code__
        function.__code__ = mistake.code
        try:
            yield self.namespace
        finally:
            function.__code__ = own


@functools.cache
def broken(function: str) -> Broken:
    """Return the breakable source of a pair."""
    return Broken(function)


def _mistakes(definition: ast.FunctionDef) -> Iterator[Mistake]:
    """Yield every mistake in a function, its docstring left out."""
    definition = copy.deepcopy(definition)
    if ast.get_docstring(definition) is not None:
        del definition.body[0]
    args = definition.args
    args.defaults, args.kw_defaults, definition.returns = [], [d and ast.Constant(None) for d in args.kw_defaults], None
    for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, [args.vararg, args.kwarg])]:
        arg.annotation = None
    yield from _other_axes(definition)
    for block, field, index, statement in list(_children(definition)):
        if not isinstance(statement, ast.stmt) or hasattr(statement, "body"):
            continue
        right = ast.unparse(statement)
        for what, replacement in _changes(statement):
            with _put(block, field, index, replacement):
                wrong = "nothing" if isinstance(replacement, ast.Pass) else ast.unparse(replacement)
                yield Mistake(definition.name, what, right, wrong, _code(definition))
        for parent, field_in, index_in, node in list(_children(statement)):
            for what, replacement in _changes(node):
                with _put(parent, field_in, index_in, replacement):
                    yield Mistake(definition.name, what, right, ast.unparse(statement), _code(definition))
    yield from _other_orders(definition)


def _other_axes(definition: ast.FunctionDef) -> Iterator[Mistake]:
    """The whole function along another axis."""
    last = ast.unparse(ast.Constant(-1))
    axes = [n for n in ast.walk(definition) if isinstance(n, ast.keyword) and n.arg == "axis"]
    own = [n.value for n in axes]
    along = [n for n in axes if ast.unparse(n.value) == last]
    for other in (0, -2) if along else ():
        for keyword in along:
            keyword.value = ast.Constant(other)
        what = f"it runs along axis {other} in place of the last"
        yield Mistake(definition.name, what, "axis=-1", f"axis={other}", _code(definition))
        for keyword, value in zip(axes, own, strict=True):
            keyword.value = value


def _other_orders(definition: ast.FunctionDef) -> Iterator[Mistake]:
    """Two steps that follow one another, exchanged."""
    body = definition.body
    for i in range(len(body) - 2):
        first, second = (_in_one_line(statement) for statement in body[i : i + 2])
        definition.body = [*body[:i], body[i + 1], body[i], *body[i + 2 :]]
        what = "two steps are in the wrong order"
        yield Mistake(definition.name, what, f"{first}; {second}", f"{second}; {first}", _code(definition))
    definition.body = body


def _in_one_line(statement: ast.stmt) -> str:
    first, *more = ast.unparse(statement).splitlines()
    return first + " ..." * bool(more)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult) and isinstance(op, ast.Add):
                first = ast.BinOp(ast.BinOp(left.left, ast.Add(), right), ast.Mult(), left.right)
                yield "two steps are in the wrong order", first
            if not isinstance(left, ast.Tuple | ast.Subscript):
                yield "a term is missing", left
                yield "a term is missing", right if isinstance(op, ast.Add) else ast.UnaryOp(ast.USub(), right)
            yield "a sign is wrong", ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right)
        case ast.BinOp(ast.Name(a), ast.Mult(), ast.Name(b)) if a == b:
            one = ast.Constant(1)
            sigmoid = ast.BinOp(ast.BinOp(one, ast.Sub(), node.left), ast.Add(), node)
            twice = ast.parse(f"np.tanh({a}) ** 2", mode="eval").body
            yield "the derivative is that of a sigmoid, a (1 - a), in place of tanh's, 1 - a²", sigmoid
            yield "the derivative is taken at tanh(z) in place of z", twice
            yield "a square is missing (tanh' = 1 - a², with a the output of tanh)", node.left
        case ast.BinOp(left, ast.Mult(), right):
            yield "a factor is missing", left
            yield "a factor is missing", right
        case ast.BinOp(left, ast.MatMult(), right):
            if isinstance(right, ast.Name):
                yield "there is a transpose too many", ast.BinOp(left, ast.MatMult(), _attribute(right, "T"))
            yield "the factors of a product are swapped", ast.BinOp(right, ast.MatMult(), left)
        case ast.BinOp(left, ast.Div() | ast.FloorDiv(), _):
            yield "a division is missing", left
        case ast.AugAssign(target, op, value):
            yield "a step is missing", ast.Pass()
            if isinstance(op, ast.Add | ast.Sub):
                flipped = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
                yield "a sign is wrong", ast.AugAssign(target, flipped, value)
                yield "it is overwritten in place of added to", ast.Assign([target], value, lineno=0)
        case ast.Expr(ast.Call()):
            yield "a step is missing", ast.Pass()
        case ast.Attribute(value, "T", ast.Load()) | ast.Call(ast.Name("transposed"), [value]):
            yield "a transpose is missing", value
        case ast.Attribute(ast.Name("np"), "tanh"):
            for function in ("np.divide(1, 1 + np.exp(-z), out=out)", "np.maximum(z, 0, out=out)"):
                yield "the activation is another one", ast.parse(f"lambda z, out=None: {function}", mode="eval").body
        case ast.Attribute(value, "argmax"):
            yield "the smallest is taken in place of the largest", _attribute(value, "argmin")
        case ast.Attribute(value, "sum"):
            yield "a mean is taken in place of a sum", _attribute(value, "mean")
        case ast.UnaryOp(ast.USub(), ast.Attribute(ast.Name("np"), "inf")):
            yield "masked scores are set to 0 in place of -inf", ast.Constant(0)
        case ast.UnaryOp(ast.USub(), operand) if not isinstance(getattr(operand, "value", None), int):
            yield "a sign is missing", operand
        case ast.Constant(float() as value):
            yield f"the factor {value:g} is missing", ast.Constant(1.0)
        case ast.Call(ast.Attribute(ast.Name("np"), "multiply"), [left, right], keywords):
            for kept in (left, right):
                yield "a factor is missing", ast.Call(node.func, [ast.Constant(1), kept], keywords)
        case ast.Call(ast.Attribute(ast.Name("np"), "divide"), [left, _], _):
            yield "a division is missing", left
        case ast.Call(ast.Attribute(ast.Name("np"), "tanh" | "exp"), [value], []):
            yield "a step is missing", value
        case ast.Call(ast.Name(), [value], []) | ast.Call(ast.Name("softmax" | "softmax_gradient"), [value, _], []):
            yield "a step is missing", value
        case ast.Call(ast.Attribute(ast.Name("np"), "roll"), [array, ast.BinOp(j, ast.Sub(), r)], keywords):
            yield "the direction is reversed", ast.Call(node.func, [array, ast.BinOp(r, ast.Sub(), j)], keywords)
        case ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))):
            yield "the direction is reversed", ast.Slice()
        case ast.Call(ast.Attribute(ast.Name("math" | "np"), "sqrt"), [value]):
            yield "a square root is missing", value
        case ast.Call(ast.Attribute(ast.BinOp(_, ast.Mult(), _) as product, "sum"), [], [_, ast.keyword("keepdims")]):
            yield "only the diagonal of the softmax's Jacobian is used", product
        case ast.Call(ast.Attribute(ast.Name("np"), "stack"), [ast.List(parts), *more], keywords):
            for i, part in enumerate(parts):
                gone = [*parts[:i], ast.BinOp(part, ast.Mult(), ast.Constant(0)), *parts[i + 1 :]]
                path = "one of the two paths to an argument is missing"
                yield path, ast.Call(node.func, [ast.List(gone, ast.Load()), *more], keywords)
        case ast.keyword("axis", ast.UnaryOp(ast.USub(), ast.Constant(int() as axis))):
            for other in {-1, -2, 0} - {-axis}:
                yield f"axis {other} in place of {-axis}", ast.keyword("axis", ast.Constant(other))


def _attribute(value: ast.expr, name: str) -> ast.Attribute:
    return ast.Attribute(value, name, ast.Load())


def _children(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node below one, with its parent and its place there."""
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield parent, field, index, child


@contextmanager
def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> Iterator[None]:
    """Exchange a node for a while."""
    own = getattr(parent, field)
    new = node if index is None else [*own[:index], node, *own[index + 1 :]]
    setattr(parent, field, new)
    try:
        yield
    finally:
        setattr(parent, field, own)


def _code(definition: ast.FunctionDef) -> CodeType:
    namespace: dict[str, Any] = {}
    tree = ast.fix_missing_locations(ast.Module([definition], []))
    exec(compile(tree, "mistake", "exec"), namespace)
    return namespace[definition.name].__code__
