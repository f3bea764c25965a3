"""The solutions of the notebooks' homework are right, and there is one for every blank."""

import ast
import re
import runpy
from pathlib import Path

import pytest

import nnmem

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SOLUTIONS = sorted((NOTEBOOKS / "solutions").glob("*.py"))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_they_pass_the_grader_with_all_points(path):
    grades = nnmem.grade(runpy.run_path(path))
    assert grades and all(grade.points == 10 for grade in grades), str(grades)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_blank_of_the_notebook_has_its_solution(path):
    (notebook,) = NOTEBOOKS.glob(f"{re.match('[0-9]+', path.stem)[0]}_*.py")
    solved, homework = (
        {
            n.name.removeprefix("my_"): n
            for n in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(n, ast.FunctionDef)
        }
        for file in (path, notebook)
    )
    blanks = {name: node for name, node in homework.items() if isinstance(node.body[-1], ast.Raise)}
    assert blanks
    for name, node in blanks.items():
        assert ast.dump(node.args) == ast.dump(solved[name].args)
