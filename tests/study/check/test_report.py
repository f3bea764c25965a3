"""What the commands show: every row in its column, in the language that was asked for."""

import io
import re

import pytest
from rich.console import Console

from nnmem.study.check import report
from nnmem.study.check.formulas import FormulaRow
from nnmem.study.check.report import show_check, show_equation, show_index
from nnmem.study.index.entry import Equation

EQUATION = Equation(
    *("8.99", "8.1.2", "A title", "标题", "y = Ax [b]", "What it means.", "含义。"), ("one", "two"), "01_attention"
)
ROWS = [
    FormulaRow("8.3", "dot_score", "X", "central difference", 2e-9, 1e-7, True),
    FormulaRow("8.3", "dot_score", "X", "complex step", 3e-15, 1e-12, True),
    FormulaRow("8.3", "dot_score", "q", "central difference", 5e-3, 1e-7, False),
    FormulaRow("8.3", "dot_score", "q", "random direction", 7e-9, 1e-7, True),
    FormulaRow("8.4", "bilinear_score", "W", "random direction", 8e-10, 1e-7, True),
    FormulaRow("8.4", "bilinear_score", "W", "random direction", 4e-10, 1e-7, True),
]


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=100, highlight=False)


def lines(console):
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines() if line.strip()]


@pytest.fixture
def shown(console, monkeypatch):
    told = []
    monkeypatch.setattr(report, "functions", lambda numbers: told.append(numbers) or {"dot_score": "8.3"})
    monkeypatch.setattr(
        report, "check_formulas", lambda numbers, on: [on("dot_score"), told.append(numbers), *ROWS][2:]
    )

    def show(each):
        assert show_check(iter(["8.3", "8.4"]), console, each) == ROWS
        assert told == [["8.3", "8.4"]] * 2
        return lines(console)

    return show


def test_a_line_for_each_gradient(shown):
    found = shown("gradient")
    assert found[1:4] == ["central random complex", "eq. function gradient of difference direction step", found[3]]
    assert found[4:7] == [
        "8.3 dot_score X 2.0e-09 - 3.0e-15 ok",
        "q 5.0e-03 7.0e-09 - WRONG",
        "8.4 bilinear_score W - 8.0e-10 - ok",
    ]
    assert found[7:] == [
        "dot_score, q: central difference 5.0e-03, bound 1e-07",
        "3 gradients, largest relative error over all examples: 1 comparisons wrong",
        "bounds: central difference 1e-07, complex step 1e-12, random direction 1e-07",
    ]


def test_a_line_for_each_function_has_the_worst_of_its_gradients(shown):
    found = shown("function")
    assert found[2] == "eq. function difference direction step"
    assert found[4:6] == [
        "8.3 dot_score 5.0e-03 7.0e-09 3.0e-15 WRONG",
        "8.4 bilinear_score - 8.0e-10 - ok",
    ]


def test_where_all_is_well_it_says_so(console, monkeypatch):
    assert all(row.ok for row in show_check(["8.3"], console))
    found = lines(console)
    assert found[-2:] == [
        "2 gradients, largest relative error over all examples: all ok",
        "bounds: central difference 1e-07, random direction 1e-07, complex step 1e-12",
    ]
    assert [line.split()[-1] for line in found[4:6]] == ["ok", "ok"]


def test_one_language_or_both(console):
    show_equation(EQUATION, console)
    both = lines(console)
    assert both[:2] == ["(8.99) A title 标题, section 8.1.2", "y = Ax [b]"]
    assert both[2:4] == ["What it means.", "含义。"]
    assert both[4:] == ["nnmem.one_forward, nnmem.one_backward", "nnmem.two_forward, nnmem.two_backward", both[-1]]
    assert both[-1] == "notebooks/01_attention.ipynb"


@pytest.mark.parametrize(
    ("lang", "start"),
    [
        ("en", ["(8.99) A title, section 8.1.2", "y = Ax [b]", "What it means."]),
        ("zh", ["(8.99) 标题, 第 8.1.2 节", "y = Ax [b]", "含义。"]),
    ],
)
def test_a_formula_without_words_stands_in_either_language(lang, start, console):
    show_equation(EQUATION, console, lang)
    assert lines(console)[:3] == start


def test_a_formula_with_words_has_its_chinese(console):
    worded = EQUATION._replace(formula="y = mean(x)", formula_zh="y = 均值(x)")
    for lang, formulas in (("en", ["y = mean(x)"]), ("zh", ["y = 均值(x)"]), (None, ["y = mean(x)", "y = 均值(x)"])):
        console.file.seek(0), console.file.truncate()
        show_equation(worded, console, lang)
        assert [line for line in lines(console) if line.startswith("y =")] == formulas


@pytest.mark.parametrize(
    ("lang", "titles", "last"),
    [
        ("en", ["A title"], "nnmem eq NUMBER shows a formula and its meaning."),
        ("zh", ["标题"], "nnmem eq 编号：显示公式及其含义。"),
        (None, ["A title", "标题"], "nnmem eq NUMBER shows a formula and its meaning."),
    ],
)
def test_the_list_of_equations(lang, titles, last, console):
    show_index([EQUATION], console, lang)
    found = lines(console)
    assert re.sub(" (one|two)", "", " ".join(found[2:-1])) == f"8.99 {' '.join(titles)}" and found[-1] == last
    assert all(name in " ".join(found) for name in ("one", "two"))
