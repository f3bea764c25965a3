"""The solutions of the notebooks' homework are right."""

from pathlib import Path

import pytest

from nnmem.cli import main

SOLUTIONS = sorted((Path(__file__).parent.parent / "notebooks" / "solutions").glob("*.py"))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_they_pass_the_grader(path, capsys):
    assert main(["grade", str(path)]) == 0, capsys.readouterr().out
