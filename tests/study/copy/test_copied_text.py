"""The text of a copy, letter by letter, of a package made up for it; what copies of the library hold."""

import ast
import inspect

import numpy as np
import pytest

from nnmem.study.copy import carried_check, own_check, sources, standalone
from nnmem.study.copy.sources import CannotCopy
from nnmem.study.copy.standalone import Copier

FILES = {
    "nn/one.py": '''from __future__ import annotations
import math
from functools import wraps, reduce, lru_cache as cached, partial, cmp_to_key
from typing import TYPE_CHECKING, NamedTuple
import numpy as np
import numpy.linalg
from rich.console import Console
from nnmem.nn import two as t
from nnmem.nn.two import N as M, Pair
if TYPE_CHECKING:
    from collections.abc import Callable

N = 1  # ours
SMALL, LARGE = -1, +1
Rows = list[int]


def f(x: np.ndarray, pair: Pair, call: Callable[..., int] = None, n: int = N) -> Rows:
    """Say it."""
    total: Rows = [t.g(x), M]  # together
    inner: Other = math.floor(n)
    return total + [inner, LARGE]


@cached
def used(pair: Pair, shown: Console = None) -> np.ndarray:
    return numpy.linalg.norm(partial(t.g, pair.a)(wraps, reduce, cmp_to_key))
''',
    "nn/two.py": '''from typing import NamedTuple
import numpy as np

N = {
    "a": 2,
}


class Pair(NamedTuple):
    """Two."""

    a: np.ndarray  # (n,)
    b: int = 0


def _h(N, Pair=None):
    return N


def g(x) -> "Other":
    return _h(N["a"]) + x
''',
    "nn/bad.py": """import scipy
from nnmem.nn import gone
from nnmem.nn.two import missing
def f():
    return scipy.inf
def g():
    from torch.nn import x
def h():
    import os, jax.numpy
def i():
    return gone.x
def j():
    return missing
def k():
    return unheard_of
from . import near
def m():
    return near
from nnmem.nn import two
def n():
    return two.missing
def o():
    return two
""",
}
COPIED = '''N = 1  # ours


def _h(N, Pair=None):
    return N


two_N = {
    "a": 2,
}


def g(x) -> "Other":
    return _h(two_N["a"]) + x


SMALL, LARGE = -1, +1


def f(x: np.ndarray, pair, call = None, n: int = N):
    """Say it."""
    total = [g(x), two_N]  # together
    inner = math.floor(n)
    return total + [inner, LARGE]


class Pair(NamedTuple):
    """Two."""

    a: np.ndarray  # (n,)
    b: int = 0


@cached
def used(pair: Pair, shown = None) -> np.ndarray:
    return numpy.linalg.norm(partial(g, pair.a)(wraps, reduce, cmp_to_key))'''
HEADER = """import math
from functools import cmp_to_key, lru_cache as cached, partial, reduce, wraps
from typing import NamedTuple

import numpy as np
import numpy.linalg"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in FILES.items():
        path = tmp_path / "nnmem" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(sources, "__file__", str(tmp_path / "nnmem" / "study" / "copy" / "sources.py"))
    sources.module.cache_clear()
    yield
    sources.module.cache_clear()


@pytest.mark.usefixtures("package")
def test_names_hints_and_constants_are_as_they_should_be():
    copier, one = Copier(), sources.module("nnmem.nn.one")
    copier.add(one, "f")
    copier.add_classes_of_arguments(one, "used")
    copier.add(one, "used")
    copier.add(one, "f")
    assert "\n\n\n".join(copier.body()) == COPIED
    assert copier.header() == HEADER


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("f", r"nnmem.nn.bad, line 5: scipy of scipy cannot be taken along"),
        ("g", r"nnmem.nn.bad.g imports torch.nn; the copy has numpy alone"),
        ("h", r"nnmem.nn.bad.h imports jax.numpy; the copy has numpy alone"),
        ("i", r"nnmem.nn.bad, line 11: gone of nnmem.nn cannot be taken along"),
        ("j", r"nnmem.nn.bad, line 13: missing of nnmem.nn.two cannot be taken along"),
        ("k", r"nnmem.nn.bad, line 15: unheard_of is not defined at the top level"),
        ("m", r"nnmem.nn.bad, line 18: near of  cannot be taken along"),
        ("n", r"nnmem.nn.bad, line 21: two of nnmem.nn cannot be taken along"),
        ("o", r"nnmem.nn.bad, line 23: two of nnmem.nn cannot be taken along"),
    ],
)
def test_what_cannot_be_taken_along_is_named(name, why):
    with pytest.raises(CannotCopy, match=f"^{why}$"):
        Copier().add(sources.module("nnmem.nn.bad"), name)


def defined(source):
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


@pytest.mark.parametrize("check", [False, True])
def test_a_copy_holds_what_it_needs_and_no_more(check):
    checks = defined(standalone.standalone(["arrays"]))
    assert checks[-1] == "arrays" and 3 < len(checks) < 12
    pair = [*checks, "dot_score_forward", "upstream", "outer", "dot_score_backward"]
    assert defined(standalone.standalone(["dot_score"], check)) == pair
    assert defined(standalone.standalone(["8.3"], check)) == pair
    alone = defined(standalone.standalone(["dot_score_forward"], check))
    assert alone == (pair if check else [*checks, "dot_score_forward"]), "a check needs both"
    lstm = defined(standalone.standalone(["LSTMParams", "lstm"], check))
    assert lstm.count("LSTMParams") == 1 and {"lstm_forward", "lstm_backward", "LSTMState"} <= {*lstm}


def test_a_copy_ends_with_its_equations_and_begins_with_what_it_was_tested_with():
    source = standalone.standalone(["dot_score", "bilinear_score_backward", "lstm_forward"])
    assert source.startswith("# Needs numpy alone. Tested with NumPy 1.26") and source.endswith("nnmem authors.\n")
    ends = [line.split(",")[0] for line in source.splitlines() if line.startswith("# ") and "equation (" in line]
    assert ends == ["# dot_score: equation (8.3)", "# bilinear_score: equation (8.4)"]
    for name, like in (("dot_scor", "did you mean dot_score"), ("xyzzyx", "nnmem eq lists what there is")):
        with pytest.raises(CannotCopy, match=f"nothing is called {name}: {like}"):
            standalone.standalone([name])
    with pytest.raises(CannotCopy, match="nothing is called _parse"):
        standalone.standalone(["_parse"])


def test_the_check_of_a_copy_is_the_carried_check(rng):
    source = own_check.check_source(["dot_score", "lstm"])
    tree = ast.parse(source)
    assert ast.unparse(tree.body[0].test) == "__name__ == '__main__'"
    [inner] = tree.body
    functions = [node.name for node in inner.body if isinstance(node, ast.FunctionDef)]
    assert functions == ["check", "leaves", "rebuilt", "check_model"]
    for name in functions:
        printed = next(node for node in inner.body if getattr(node, "name", "") == name)
        assert ast.dump(printed) == ast.dump(ast.parse(inspect.getsource(getattr(carried_check, name))).body[0])
    calls = [ast.unparse(node.value.func) for node in inner.body if isinstance(node, ast.Expr)]
    assert calls[-1] == "check_model" and len(calls) >= 2 and set(calls[:-1]) == {"check"}
    assert "lambda cache, dscores: dot_score_backward(dscores, cache)" in source
    assert own_check.check_source(["nothing"]) == own_check.check_source([]) == own_check.NOTHING
    assert own_check.checked_pairs(["dot_score_backward", "lstm", "dot_score", "nothing"]) == ["dot_score", "lstm"]
    assert own_check._array(3, "beta", False) == "3" and own_check._array("dot", "score", True) == "'dot'"
    assert own_check._array(np.array([True, False]), "mask", False) == "np.array([True, False])"
    drawn = own_check.draw("X", (2, 3), np.random.default_rng(0))
    assert own_check._array(drawn, "X", False) == "rng.normal(size=(2, 3))"
    assert own_check._array(drawn, "X", True) == f"np.array({np.round(drawn, 4).tolist()})"
    assert own_check._array(np.array([0.123456]), "alpha", False) == "np.array([0.1235])"


@pytest.mark.usefixtures("package")
def test_half_a_pair_is_no_pair(tmp_path):
    (tmp_path / "nnmem" / "nn" / "half.py").write_text("def a_forward():\n    pass\ndef b_backward():\n    pass\n")
    sources.public_names.cache_clear()
    try:
        for name in "ab":
            with pytest.raises(CannotCopy, match=f"nothing is called {name}:"):
                standalone.find_definitions(name)
    finally:
        sources.public_names.cache_clear()
