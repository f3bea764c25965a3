"""Break a function in every small way that a person might: drop a term, flip a sign, forget a transpose."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType


def mutants(function: Callable) -> Iterator[tuple[str, CodeType]]:
    """Yield a description and the code of every mutant of a function."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    if isinstance(definition.body[0], ast.Expr) and isinstance(definition.body[0].value, ast.Constant):
        del definition.body[0]  # the docstring
    definition.decorator_list = []
    definition.args.defaults = [ast.Constant(None) for _ in definition.args.defaults]
    definition.args.kw_defaults = [None if d is None else ast.Constant(None) for d in definition.args.kw_defaults]
    blocks = {id(n) for loop in ast.walk(definition) if isinstance(loop, ast.For) for n in ast.walk(loop.iter)}
    for position, node in enumerate(ast.walk(definition)):
        if id(node) in blocks:  # how the work is cut up is speed, not mathematics
            continue
        for change, replacement in _changes(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed.body[0]))[position]
            _replace(changed, target, replacement)
            changed = ast.fix_missing_locations(changed)
            line = source.splitlines()[getattr(node, "lineno", 1) - 1].strip()
            yield f"{change}: {line}", _code(changed, function)


@contextmanager
def broken(function: FunctionType, code: CodeType) -> Iterator[None]:
    """Run with the function's code exchanged, wherever the function has been imported to."""
    own = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = own


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield "+ to -", ast.BinOp(left, ast.Sub(), right)
            if not isinstance(left, ast.Tuple | ast.Subscript):
                yield "term dropped", left
        case ast.BinOp(left, ast.Sub(), right):
            yield "- to +", ast.BinOp(left, ast.Add(), right)
            yield "term dropped", left
        case ast.BinOp(left, ast.Mult(), right):
            yield "factor dropped", left
            yield "factor dropped", right
        case ast.BinOp(left, ast.MatMult(), right):
            yield "factors swapped", ast.BinOp(right, ast.MatMult(), left)
        case ast.BinOp(left, ast.Div(), _):
            yield "division dropped", left
        case ast.AugAssign():
            yield "line dropped", ast.Pass()
            if isinstance(node.op, ast.Add | ast.Sub):
                flipped = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
                yield "sign flipped", ast.AugAssign(node.target, flipped, node.value)
        case ast.Expr(ast.Call()):
            yield "line dropped", ast.Pass()
        case ast.Attribute(value, "T", ast.Load()) | ast.Call(ast.Name("transposed"), [value]):
            yield "transpose dropped", value
        case ast.UnaryOp(ast.USub(), operand) if not isinstance(operand, ast.Constant):
            yield "sign dropped", operand
        case ast.Return(ast.Tuple(elements)):
            for i, element in enumerate(elements):
                if not isinstance(element, ast.Starred) and not _nothing(element):
                    zero = ast.BinOp(element, ast.Mult(), ast.Constant(0))
                    yield (
                        f"gradient {i} zero",
                        ast.Return(ast.Tuple([*elements[:i], zero, *elements[i + 1 :]], ast.Load())),
                    )
        case ast.Return(value) if value is not None and not _nothing(value):
            yield "gradient zero", ast.Return(ast.BinOp(value, ast.Mult(), ast.Constant(0)))
        case ast.If(test):
            yield "condition negated", ast.If(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.Compare(left, [ast.Eq()], right):
            yield "== to !=", ast.Compare(left, [ast.NotEq()], right)


def _nothing(value: ast.AST) -> bool:
    """True of zeros and of an empty tuple: times 0 they are what they were."""
    return ast.unparse(value).startswith("np.zeros") or ast.unparse(value) == "()"


def _replace(tree: ast.AST, target: ast.AST, replacement: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, copy.deepcopy(replacement))
                return
            if isinstance(value, list) and any(item is target for item in value):
                value[[item is target for item in value].index(True)] = copy.deepcopy(replacement)
                return
    raise AssertionError("the node to replace is gone")


def _code(tree: ast.Module, function: Callable) -> CodeType:
    namespace: dict = {"__builtins__": __builtins__}
    text = "from __future__ import annotations\n" + ast.unparse(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # the mutant (1)[..., None] is compiled and falls over
        exec(compile(text, inspect.getfile(function), "exec"), namespace)
    return namespace[function.__name__].__code__
