"""What every part of the house owes its readers."""

import ast
import inspect
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import nnmem
from nnmem.study.index.lookup import EQUATIONS, PAIRS

ROOT = Path(__file__).parent.parent
FORWARDS = sorted(name for name in dir(nnmem) if name.endswith("_forward"))
FLOOR = {
    "nn": 1,
    "tasks": 1,
    "plots": 1,
    "terminal": 1,
    "associative": 2,
    "attention": 2,
    "external": 2,
    "models": 3,
    "recipes": 4,
    "study": 5,
    "cli": 6,
}
# tests of what no single file has: properties of a floor, and code that tests themselves need
OWN_SUBJECT = {"attention/test_properties.py", "associative/test_every_memory.py"}
MIRRORED = ("attention", "associative", "external", "nn", "tasks", "models")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_formulas():
    assert len(FORWARDS) >= 12


@pytest.mark.parametrize("forward", FORWARDS)
def test_every_formula_is_complete(forward):
    name = forward.removesuffix("_forward")
    backward = getattr(nnmem, f"{name}_backward", None)
    assert inspect.isfunction(backward), "no backward"
    assert name in PAIRS, "no example inputs"
    assert any(name in equation.functions for equation in EQUATIONS), "no entry in the index of equations"
    assert {forward, f"{name}_backward"} <= set(nnmem.__all__)
    assert getattr(nnmem, forward).__module__ == backward.__module__, "forward and backward stand together"


@pytest.mark.parametrize("forward", FORWARDS)
def test_docstrings_say_what_the_contract_asks(forward):
    function = getattr(nnmem, forward)
    text = inspect.getdoc(function)
    for part in ("Parameters\n---", "Returns\n---", "Raises\n---", "::"):
        assert part in text, part
    assert re.search(r"(?i)equations? \(8\.\d+|section 8\.\d", text), "no equation or section of the chapter"
    assert CHINESE.search(text), "no Chinese term"
    for argument in inspect.signature(function).parameters.values():
        assert re.search(rf"^(\*?\w+, )*\*?{argument.name}(, \*?\w+)* : ", text, re.M), f"{argument.name} undescribed"
    backward = inspect.getdoc(getattr(nnmem, forward.replace("_forward", "_backward")))
    assert "::" in backward and re.search(r"[=→]", backward.split("::", 1)[1]), "no derivation"


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: equation.number)
def test_every_equation_leads_somewhere(equation):
    assert all(hasattr(nnmem, f"{name}_forward") for name in equation.functions)
    assert equation.functions and (ROOT / "notebooks" / f"{equation.notebook}.ipynb").exists()
    assert CHINESE.search(equation.title_zh) and CHINESE.search(equation.meaning_zh)


def modules():
    return sorted((ROOT / "nnmem").rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_and_files_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 260
    own = FLOOR.get(path.relative_to(ROOT / "nnmem").with_suffix("").parts[0], 7)
    top_level = ast.parse(text).body if own == 7 else ast.walk(ast.parse(text))
    for node in top_level:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnmem."):
            imported = FLOOR.get(node.module.split(".")[1], 5)
            assert imported <= own, f"{node.module} is a floor above"


def test_no_circle_of_imports():
    graph = {}
    for path in modules():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        body = ast.parse(path.read_text(encoding="utf-8")).body
        graph[name] = {
            n.module for n in body if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("nnmem.")
        }
    while graph:
        leaves = {name for name, imported in graph.items() if not imported & graph.keys()}
        assert leaves, f"a circle among {sorted(graph)}"
        graph = {name: imported for name, imported in graph.items() if name not in leaves}


@pytest.mark.parametrize("floor", MIRRORED)
def test_tests_mirror_the_source_file_by_file(floor):
    sources = {
        str(path.relative_to(ROOT / "nnmem").with_name(f"test_{path.name}"))
        for path in (ROOT / "nnmem" / floor).rglob("*.py")
        if path.name != "__init__.py"
    }
    tests = {str(path.relative_to(ROOT / "tests")) for path in (ROOT / "tests" / floor).rglob("test_*.py")}
    assert tests - sources <= OWN_SUBJECT, f"tests of no source file: {sorted(tests - sources - OWN_SUBJECT)}"
    if floor != "tasks":
        assert sources <= tests, f"without a test file: {sorted(sources - tests)}"


def test_import_needs_numpy_and_nothing_heavier():
    code = "import sys, nnmem; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"matplotlib", "rich", "IPython", "sklearn", "joblib"} & set(loaded)


def test_run_time_dependencies_are_three():
    text = (ROOT / "setup.cfg").read_text()
    block = re.search(r"install_requires =\n((?:    .+\n)+)", text).group(1).split()
    assert {re.split(r"[><=]", line)[0] for line in block} == {"numpy", "matplotlib", "rich"}
    assert all(find_spec(name) for name in ("numpy", "matplotlib", "rich"))
