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
from nnmem.study.index.lookup import EQUATIONS, PAIRS, PLAIN

ROOT = Path(__file__).parent.parent
FORWARDS = sorted(name for name in dir(nnmem) if name.endswith("_forward"))
FLOOR = {
    "nn": 1,
    "tasks": 1,
    "plots": 1,
    "terminal": 1,
    "version": 1,
    "associative": 2,
    "attention": 2,
    "external": 2,
    "models": 3,
    "recipes": 4,
    "study": 5,
    "cli": 6,
}
# tests of what no single file has: properties of a floor, and code that tests themselves need
OWN_SUBJECT = {"attention/test_properties.py", "associative/test_every_memory.py", "tasks/test_every_task.py"}
MIRRORED = ("attention", "associative", "external", "nn", "tasks", "models")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_formulas():
    assert len(FORWARDS) >= 12


@pytest.mark.parametrize("forward", FORWARDS)
def test_every_formula_is_complete(forward):
    name = forward.removesuffix("_forward")
    backward = getattr(nnmem, f"{name}_backward", None)
    assert inspect.isfunction(backward), "no backward"
    assert name in PAIRS and PAIRS[name].layouts, "no example inputs"
    assert PAIRS[name].forward is getattr(nnmem, forward) and PAIRS[name].backward is backward
    assert any(name in equation.functions for equation in EQUATIONS), "no entry in the index of equations"
    assert {forward, f"{name}_backward"} <= set(nnmem.__all__)
    assert getattr(nnmem, forward).__module__ == backward.__module__, "forward and backward stand together"
    assert inspect.getdoc(getattr(nnmem, forward)) and inspect.getdoc(backward), "no docstring"


def test_every_function_of_the_formula_floors_is_in_the_index():
    public = {name for name in nnmem.__all__ if inspect.isfunction(getattr(nnmem, name))}
    formulas = {name for name in public if FLOOR[getattr(nnmem, name).__module__.split(".")[1]] in (1, 2)}
    entered = {f"{name}_{part}" for name in PAIRS for part in ("forward", "backward")} | PLAIN.keys()
    assert formulas == entered


@pytest.mark.parametrize("forward", FORWARDS)
def test_docstrings_say_what_the_contract_asks(forward):
    function = getattr(nnmem, forward)
    text = inspect.getdoc(function)
    for part in ("Parameters\n---", "Returns\n---", "::"):
        assert part in text, part
    assert "Raises\n---" in text or "raise " not in inspect.getsource(function), "raises what the contract does not say"
    assert "does not fit" not in text.partition("Raises\n---")[2], "docs/contract.md says it of every function"
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


def modules(package=ROOT / "nnmem"):
    return sorted(package.rglob("*.py"))


def dotted(path, root=ROOT):
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imports(path, root=ROOT):
    """Modules of this package that a file imports anywhere: on top, inside functions, for type checking alone."""
    own = {dotted(p, root) for p in modules(root / "nnmem")}
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            found |= {name if (name := f"{node.module}.{a.name}") in own else node.module for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "nnmem"}


def above(path, root=ROOT):
    """What a file imports from a floor above its own, the face being above all."""
    parts = dotted(path, root).split(".")
    own = FLOOR[parts[1]] if len(parts) > 1 and parts[1] != "__main__" else 7
    floors = {name: FLOOR[name.split(".")[1]] if "." in name else 7 for name in imports(path, root)}
    return {name for name, floor in floors.items() if floor > own}


def circle(root=ROOT):
    """Modules that import each other in a circle, and those that import them."""
    graph = {dotted(path, root): imports(path, root) for path in modules(root / "nnmem")}
    while leaves := {name for name, imported in graph.items() if not imported & graph.keys()}:
        graph = {name: imported for name, imported in graph.items() if name not in leaves}
    return set(graph)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_and_files_are_short(path):
    assert path.read_text(encoding="utf-8").count("\n") <= 260
    assert not above(path)


def test_no_circle_of_imports():
    assert not circle()


@pytest.mark.parametrize(
    "text",
    [
        "import nnmem",
        "from nnmem import dot_score_forward",
        "from nnmem.models import pointer",
        "def f():\n    from nnmem.external.memory import READ",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nnmem.study.bench",
    ],
)
def test_an_import_from_above_is_seen(text, tmp_path):
    for name in ("__init__", "nn/one", "models/pointer", "external/memory", "study/bench"):
        (tmp_path / "nnmem" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "nnmem" / f"{name}.py").write_text("")
    (tmp_path / "nnmem" / "nn" / "one.py").write_text(text)
    assert above(tmp_path / "nnmem" / "nn" / "one.py", tmp_path) and not circle(tmp_path)
    for name in ("__init__", "models/pointer", "external/memory", "study/bench"):
        (tmp_path / "nnmem" / f"{name}.py").write_text("def g():\n    from nnmem.nn import one")
    assert {"nnmem.nn.one"} < circle(tmp_path)


def test_no_two_modules_or_classes_have_one_name():
    names = [path.stem for path in modules() if path.stem != "__init__"]
    for path in modules():
        names += [n.name for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.ClassDef)]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice


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


def test_no_two_test_files_have_one_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names)), "pytest takes the second for the first"
