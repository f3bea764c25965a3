"""A notebook is executed, agrees with its text twin, speaks both languages, and defines nothing the library has."""

import ast
import itertools
import re
from pathlib import Path

import jupytext
import nbformat
import pytest

import nnmem
from nnmem.study.index.lookup import EQUATIONS

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param, nbformat.read(request.param, as_version=4)


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


def test_twins_agree(notebook):
    path, cells = notebook
    twin = jupytext.read(path.with_suffix(".py"))
    sources = [[(c.cell_type, c.source.strip(), c.metadata.get("tags")) for c in n.cells] for n in (cells, twin)]
    assert sources[0] == sources[1], f"run: jupytext --update --to ipynb {path.with_suffix('.py').name}"


def test_every_cell_ran_in_order_without_an_error(notebook):
    _, cells = notebook
    code = [c for c in cells.cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1)), "run: nnmem chapter"
    assert not [o for c in code for o in c.outputs if o.output_type == "error" or o.get("name") == "stderr"]


def test_it_has_a_result_a_check_and_pictures(notebook):
    path, cells = notebook
    tagged = [c for c in cells.cells if "result" in c.metadata.get("tags", ())]
    assert tagged and all(o.text.strip() for c in tagged for o in c.outputs)
    printed = [line for c in tagged for o in c.outputs for line in o.text.splitlines()]
    assert len(printed) <= 10 and max(map(len, printed)) <= 150, "the chapter's report shows it to everybody"
    code = "\n".join(c.source for c in cells.cells if c.cell_type == "code")
    assert "check_gradients(" in code and "assert " in code
    for name in re.findall(r'plots\.save\(\w+, "(\w+)"\)', code):
        assert (ROOT / "figures" / f"{name}.png").exists() and name.startswith(path.stem[:2])


def test_headings_are_in_both_languages(notebook):
    _, cells = notebook
    headings = [
        line
        for c in cells.cells
        if c.cell_type == "markdown"
        for line in c.source.splitlines()
        if re.match("#+ ", line)
    ]
    assert headings and all(CHINESE.search(line) and re.search("[a-z]", line) for line in headings)


def test_words_in_pictures_stand_in_chinese_below(notebook):
    _, cells = notebook
    for cell, after in itertools.pairwise(cells.cells):
        if cell.cell_type == "code" and (name := re.search(r'plots\.save\(\w+, "(\w+)"\)', cell.source)):
            assert after.cell_type == "markdown" and "图中文字对照" in after.source.split("\n#")[0], name[1]


def test_it_redefines_nothing_of_the_library(notebook):
    _, cells = notebook
    for c in cells.cells:
        if c.cell_type == "code":
            for node in ast.walk(ast.parse(c.source)):
                if isinstance(node, ast.FunctionDef):
                    assert node.name not in nnmem.__all__


def test_it_calls_the_functions_that_its_equations_name(notebook):
    path, cells = notebook
    code = "\n".join(c.source for c in cells.cells if c.cell_type == "code")
    for equation in (e for e in EQUATIONS if e.notebook == path.stem):
        for name in equation.functions:
            by_option = f'|"{name.removesuffix("_score")}"'  # as in score="dot"
            assert re.search(rf"\b{name}(_forward)?\b{by_option}", code), f"({equation.number}) {name}"


def test_every_figure_is_made_by_a_command():
    written = {
        name
        for p in (ROOT / "notebooks").glob("*.py")
        for name in re.findall(r'plots\.save\(\w+, "(\w+)"\)', p.read_text())
    }
    assert {p.stem for p in (ROOT / "figures").glob("*.png")} == written | {"contact_sheet"}
