"""Files as syntax trees: what is defined, imported, referred to, bound and hinted at, in a package made up for it."""

import ast

import pytest

from nnmem.study.copy import sources
from nnmem.study.copy.sources import CannotCopy, bound, hints, outside

ONE = '''"""A docstring."""
from __future__ import annotations
import os.path
import numpy as np
import nnmem.nn.two as t
from nnmem.nn.two import g, h as other
if TYPE_CHECKING:
    from x import Y
A = B = 1
(C, D), E = (1, 2), 3  # three
X: int = 4


@decorated
@twice(A)
def f(a, /, b: int = A, *rest, c=B, **more) -> int:
    inner: Y = g(a)
    import sys as system
    try:
        pass
    except OSError as problem:
        raise
    for i, (j, _) in []:
        k = [x for x in D if (seen := x)]
    with open(E) as file:
        pass
    def within(q):
        hidden = q
        return hidden
    class Inside:
        pass
    match b:
        case [first, *others]:
            pass
        case {"k": value} as whole:
            pass
    return t.name(lambda y: y + X, within, c)  # said


class K(Base, metaclass=Meta):
    size: np.ndarray = A
    shape = size

    def method(self) -> K:
        return K(self.size, other)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two floors and a study beside."""
    root = tmp_path / "nnmem"
    for floor in ("nn", "models", "study"):
        (root / floor).mkdir(parents=True)
        (root / floor / "__init__.py").write_text("g = 0\n__all__ = ['never']\n")
    (root / "nn" / "one.py").write_text(ONE)
    (root / "nn" / "two.py").write_text("__all__ = ['g']\n\ndef g():\n    pass\n")
    (root / "nn" / "three.py").write_text("\n__all__ = ['A', 'Z']\nA = Z = 1\n")
    (root / "models" / "four.py").write_text("g = 1\n")
    (root / "study" / "five.py").write_text("g = 2\n")
    monkeypatch.setattr(sources, "__file__", str(root / "study" / "copy" / "sources.py"))
    for cached in (sources.module, sources.public_names):
        cached.cache_clear()
    yield root
    for cached in (sources.module, sources.public_names):
        cached.cache_clear()


def test_what_a_file_defines_and_imports(package):
    one = sources.module("nnmem.nn.one")
    assert one.name == "nnmem.nn.one" and one.source.decode() == ONE
    assert list(one.definitions) == ["A", "B", "C", "D", "E", "X", "f", "K"]
    assert one.names_of(one.definitions["A"]) == ["A", "B"] and one.names_of(one.definitions["D"]) == ["C", "D", "E"]
    assert one.imports == {
        **{"annotations": ("__future__", "annotations"), "os": ("os.path", None), "np": ("numpy", None)},
        **{"t": ("nnmem.nn.two", None), "g": ("nnmem.nn.two", "g"), "other": ("nnmem.nn.two", "h")},
    }
    assert list(sources.module("nnmem.nn").definitions) == ["g", "__all__"]
    assert sources.module("nnmem.nn.none") is None and sources.module("nnmem.none") is None


def test_only_the_floors_below_are_looked_through_and_only_files_with_the_name(package):
    assert [found.name for found in sources.floor_modules("g")] == [
        f"nnmem.{n}" for n in ("nn.one", "nn.two", "models.four")
    ]
    assert [found.name for found in sources.floor_modules("Z")] == ["nnmem.nn.three"]
    (package / "nn" / "bad.py").write_text("f()\n")
    assert [found.name for found in sources.floor_modules("Z")] == ["nnmem.nn.three"], "others are not even parsed"
    with pytest.raises(CannotCopy, match=r"^nnmem.nn.bad, line 1: a statement that only importing the module runs$"):
        list(sources.floor_modules("f"))


def test_public_names_stand_in_lists_that_begin_a_line(package):
    assert {name: where.name for name, where in sources.public_names().items()} == {
        **{"A": "nnmem.nn.three", "Z": "nnmem.nn.three"}
    }, "of neither an __init__ nor a first line"


def test_a_definition_is_printed_with_its_decorators_its_comment_and_its_edits(package):
    one = sources.module("nnmem.nn.one")
    f, E = one.definitions["f"], one.definitions["E"]
    assert one.text(E, []) == "(C, D), E = (1, 2), 3  # three"
    text = one.text(f, [])
    assert text.startswith("@decorated\n@twice(A)\ndef f(a") and text.endswith("c)  # said")
    assert ONE.encode()[slice(*one.span(f.args.args[0]))] == b"b: int" and one.span(E)[0] == ONE.index("(C")
    assert one.offset(1, 0) == 0 and one.offset(2, 3) == len('"""A docstring."""\n') + 3
    start = ONE.index("3  # three")
    assert one.text(
        E, [(start, start + 1, "333"), (ONE.index("(1"), ONE.index("(1") + 6, "()"), (start, start + 1, "333")]
    ) == ("(C, D), E = (), 333  # three")


def test_what_a_definition_refers_to(package):
    one = sources.module("nnmem.nn.one")

    def names(own):
        return [
            (reference.name.id, None if reference.attribute is None else reference.attribute.attr)
            for reference in outside(one.definitions[own])
        ]

    assert names("A") == [] and names("X") == []
    assert sorted(set(names("f")), key=str) == sorted(
        [("t", "name"), *((name, None) for name in ("decorated", "twice", *"ABgDEX", "OSError", "open"))], key=str
    )
    assert sorted(set(names("K")), key=str) == sorted(
        [("Base", None), ("Meta", None), ("np", "ndarray"), ("A", None), ("other", None)], key=str
    )


def test_what_is_a_function_s_own(package):
    f = sources.module("nnmem.nn.one").definitions["f"]
    assert bound(f) == {
        *("a", "b", "rest", "c", "more", "inner", "system", "problem", "i", "j", "_", "k", "seen", "file"),
        *("within", "Inside", "first", "others", "value", "whole"),
    }
    assert bound(ast.parse("lambda x, *y: (z := x)").body[0].value) == {"x", "y", "z"}


def test_hints_that_can_be_left_out(package):
    one = sources.module("nnmem.nn.one")

    def found(own):
        return [(type(carrier).__name__, ast.unparse(hint)) for carrier, hint in hints(one.definitions[own])]

    assert found("f") == [("arg", "int"), ("FunctionDef", "int"), ("AnnAssign", "Y")]
    assert found("K") == [("FunctionDef", "K")], "a field's hint is needed" and found("X") == [("AnnAssign", "int")]
