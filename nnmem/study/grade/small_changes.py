"""The small ways in which people get a step of a formula wrong: a term or factor left out, a sign, a transpose."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from typing import Any


def symbols(text: str) -> str:
    """A step's code in the formula's symbols."""
    for pattern, symbol in (
        (r"\[\.\.\., None(, :)?\]", ""), (r"\bnp\.", ""), (r"\bT\((\w+)\)", r"\1ᵀ"), (r"\.T\b", "ᵀ"), (r" \*\* 2\b", "²"),
        (r" \*\* ", "^"), (r" @ ", " "), (r" \* ", " · "), (r"\balpha\b", "α"), (r"\bbeta\b", "β"), (r"\bgamma\b", "γ"),
        (r"\bdalpha\b", "dα"), (r"\bsqrt\((\w+)\)", r"√\1"), (r"\b0\.5\b", "½"), (r"\b(allowed|nonzero)\((\w+)(, mask)?\)", r"\2"),
    ):  # fmt: skip
        text = re.sub(pattern, symbol, text)
    return text


def small_changes(value: ast.expr) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield phrase, the part that it speaks of, and the changed expression."""
    tree = copy.deepcopy(value)
    for parent, field, index, node in [(None, "", None, tree), *_children(tree)]:
        for phrase, part, new in _variants(node):
            if parent is None:
                yield phrase, part, new
                continue
            own = getattr(parent, field)
            setattr(parent, field, new if index is None else [*own[:index], new, *own[index + 1 :]])
            yield phrase, part, copy.deepcopy(tree)
            setattr(parent, field, own)


def other_names(value: ast.expr, others: list[str]) -> Iterator[tuple[str, str, str, ast.expr]]:
    """Another quantity in a name's place, or multiplied to it: phrase, the part, the other's name, the expression."""
    tree = copy.deepcopy(value)
    places = [
        (p, f, i, n)
        for p, f, i, n in _children(tree)
        if isinstance(n, ast.Name) and f != "func" and not n.id.startswith("mask")
    ]
    for parent, field, index, node in places:
        assert isinstance(node, ast.Name)
        own = getattr(parent, field)
        for other in others:
            if other == node.id:
                continue
            name = ast.Name(other, ast.Load())
            for phrase, new in (
                ("{other} stands in place of {part}", name),
                ("the factor {other} at {part} is one too many", ast.BinOp(node, ast.Mult(), name)),
            ):
                setattr(parent, field, new if index is None else [*own[:index], new, *own[index + 1 :]])
                yield phrase, node.id, other, copy.deepcopy(tree)
        setattr(parent, field, own)


def of_the_whole(value: ast.expr) -> Iterator[tuple[str, str, ast.expr]]:
    """What goes wrong with a step as a whole."""
    two = ast.Constant(2.0)
    yield "a factor of 2 is one too many", "", ast.BinOp(value, ast.Mult(), two)
    yield "a factor of 1/2 is one too many", "", ast.BinOp(value, ast.Div(), two)
    yield "it is squared", "", ast.BinOp(value, ast.Pow(), ast.Constant(2))
    yield "its absolute value is taken", "", ast.Call(ast.Name("abs", ast.Load()), [value], [])
    yield "the sign is flipped", "", ast.UnaryOp(ast.USub(), value)


def _variants(node: ast.AST) -> Iterator[tuple[str, str, ast.expr]]:
    text = ast.unparse
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            yield "the term {part} is missing", text(right), left
            yield (
                "the term {part} is missing",
                text(left),
                right if isinstance(op, ast.Add) else ast.UnaryOp(ast.USub(), right),
            )
            yield (
                "the sign of {part} is wrong",
                text(right),
                ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right),
            )
            yield "a product in place of {part}", text(node), ast.BinOp(left, ast.Mult(), right)
        case ast.BinOp(left, ast.Mult(), right):
            yield "the factor {part} is missing", text(right), left
            yield "the factor {part} is missing", text(left), right
            yield "it is divided by {part} in place of multiplied", text(left), ast.BinOp(right, ast.Div(), left)
            yield "it is divided by {part} in place of multiplied", text(right), ast.BinOp(left, ast.Div(), right)
        case ast.BinOp(left, ast.Div(), right):
            yield "the division by {part} is missing", text(right), left
            yield "it is multiplied by {part} in place of divided", text(right), ast.BinOp(left, ast.Mult(), right)
        case ast.BinOp(left, ast.Pow(), right):
            yield "the power {part} is missing", text(node), left
            yield "the power {part} is taken twice", text(node), ast.BinOp(node, ast.Pow(), right)
            yield "a product in place of the power {part}", text(node), ast.BinOp(left, ast.Mult(), right)
            if isinstance(left, ast.Name):
                tanh = ast.Call(ast.parse("np.tanh", mode="eval").body, [left], [])
                yield (
                    "the derivative is taken at tanh({part}) in place of {part}",
                    text(left),
                    ast.BinOp(tanh, ast.Pow(), right),
                )
        case ast.BinOp(left, ast.MatMult(), right):
            yield "{part} is used transposed", text(right), ast.BinOp(left, ast.MatMult(), _transposed(right))
            yield (
                "{part} is missing: the entries are just added",
                text(right),
                ast.parse(f"({text(left)}).sum(axis=-1)", mode="eval").body,
            )
        case ast.Call(ast.Attribute(ast.Name("np"), "tanh"), [inner], []):
            yield "tanh is missing", text(node), inner
            yield (
                "the activation is a sigmoid in place of tanh",
                text(node),
                ast.parse(f"1 / (1 + np.exp(-({text(inner)})))", mode="eval").body,
            )
            yield (
                "the activation is max(0, z) in place of tanh",
                text(node),
                ast.parse(f"np.maximum({text(inner)}, 0)", mode="eval").body,
            )
        case ast.Call(ast.Attribute(ast.Name("np"), "exp" | "log" | "sqrt" as name), [inner], []):
            yield f"{name} is missing", text(node), inner
            if name == "sqrt":
                yield (
                    "the square stands in place of the square root",
                    text(node),
                    ast.BinOp(inner, ast.Pow(), ast.Constant(2)),
                )
            if name == "exp":
                yield (
                    "the power has base 2 in place of e",
                    text(node),
                    ast.parse(f"2.0 ** ({text(inner)})", mode="eval").body,
                )
        case ast.Call(ast.Name("total" | "column_total" as name), [inner], []):
            yield (
                "a mean is taken in place of the sum of {part}",
                text(inner),
                ast.Call(ast.Name(f"mean_{name}", ast.Load()), [inner], []),
            )
            if name == "total":
                yield (
                    "the sum of {part} runs over the whole array, the batch included",
                    text(inner),
                    ast.parse(f"np.sum({text(inner)})", mode="eval").body,
                )
                yield (
                    "the sum of {part} runs over the last axis but one",
                    text(inner),
                    ast.parse(f"np.sum({text(inner)}, axis=-2, keepdims=True)", mode="eval").body,
                )
        case ast.Call(ast.Name("over"), [left, right], []):
            yield (
                "the two factors of the outer product are exchanged: it is transposed",
                text(node),
                ast.Call(node.func, [right, left], []),
            )
            yield (
                "the outer product of the batch's sums is taken, in place of the sum of outer products",
                text(node),
                ast.Call(ast.Name("of_sums", ast.Load()), [left, right], []),
            )
        case ast.Call(ast.Name("average"), [left, right], []):
            yield (
                "a mean is taken in place of a sum",
                text(node),
                ast.parse(f"{text(node)} / {text(right)}.shape[-2]", mode="eval").body,
            )
        case ast.Call(ast.Name("outer"), [left, right], []):
            yield (
                "the factor {part} is missing",
                text(left),
                ast.parse(f"outer({text(left)} ** 0, {text(right)})", mode="eval").body,
            )
            yield (
                "the factor {part} is missing",
                text(right),
                ast.parse(f"outer({text(left)}, {text(right)} ** 0)", mode="eval").body,
            )
        case ast.UnaryOp(ast.USub(), operand):
            yield "the sign of {part} is wrong", text(operand), operand
        case ast.Constant(float() as value):
            yield f"the factor {value:g} is missing", "", ast.Constant(1.0)


def _transposed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "T":
        return node.args[0]
    return ast.Call(ast.Name("T", ast.Load()), [node], [])


def _children(tree: ast.AST) -> list[tuple[Any, str, int | None, ast.AST]]:
    """Every node below one, with its parent and its place there."""
    found: list[tuple[Any, str, int | None, ast.AST]] = []
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.expr):
                    found.append((parent, field, index, child))
    return found
