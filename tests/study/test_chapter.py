"""`nnmem chapter` runs every notebook, goes on after a failure, and says where it was."""

import asyncio
import json
import re

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nnmem.cli import main
from nnmem.study import chapter
from nnmem.study.check import report


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small clone with one good notebook and one that fails in its third cell."""
    (tmp_path / "nnmem").mkdir()
    (tmp_path / "nnmem" / "cli.py").touch()
    (tmp_path / "notebooks").mkdir()
    shown = new_code_cell("print('six times seven is', 6 * 7)", metadata={"tags": ["result"]})
    draw = "from nnmem import plots\nfigure, ax = plots.new_figure()\nplots.save(figure, '01_good')"
    save(tmp_path, "01_good", [new_markdown_cell("# Good"), new_code_cell(draw), shown])
    bad = [new_markdown_cell("# Bad"), new_code_cell("x = 1"), new_code_cell("raise RuntimeError('the pen is dry')")]
    save(tmp_path, "02_bad", [*bad, new_code_cell("x = 2")])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nnmem.study.contact_sheet.PICTURES", (("01_good",),))
    for module in (chapter, report):
        monkeypatch.setattr(module, "check_formulas", lambda *args: iter([]))
    return tmp_path


def save(root, name, cells):
    nbformat.write(new_notebook(cells=cells), root / "notebooks" / f"{name}.ipynb")


def test_a_failing_cell_is_named_and_the_rest_still_runs(clone, capsys):
    save(clone, "03_after", [new_code_cell("print('still here')", metadata={"tags": ["result"]})])
    assert main(["chapter", "--quick"]) == 1
    shown = capsys.readouterr().out
    assert "notebooks/02_bad.ipynb, cell 3 failed" in shown and "the pen is dry" in shown
    assert "six times seven is 42" in shown and "still here" in shown
    assert "small sizes" in shown and re.search(r"^01_good +ok +\d+ +1 *$", shown.replace("\n ", "\n"), re.M)
    assert re.search(r"^01_good\n    six times seven is 42 *$", shown, re.M), "under its notebook, as it was printed"
    assert "1 of 3 notebooks failed: 02_bad" in shown
    assert "\x1b" not in shown


def test_a_full_run_writes_notebooks_and_figures(clone, capsys):
    (clone / "notebooks" / "02_bad.ipynb").unlink()
    assert main(["chapter", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    [row] = told["notebooks"]
    assert told["ok"] and row["shown"] == ["six times seven is 42"] and row["figures"] == ["01_good.png"]
    assert (clone / "figures" / "01_good.png").stat().st_size > 1000
    assert (clone / "figures" / "contact_sheet.png").stat().st_size > 1000
    executed = nbformat.read(clone / "notebooks" / "01_good.ipynb", as_version=4)
    assert executed.cells[2].outputs[0].text == "six times seven is 42\n"
    assert not list((clone / "notebooks").glob("*.part"))


def test_a_quick_run_leaves_the_committed_files_alone(clone, capsys):
    (clone / "notebooks" / "02_bad.ipynb").unlink()
    before = (clone / "notebooks" / "01_good.ipynb").read_bytes()
    assert main(["chapter", "--quick"]) == 0
    assert (clone / "notebooks" / "01_good.ipynb").read_bytes() == before
    assert [p.name for p in (clone / "figures").rglob("*.png")] == ["01_good.png"]
    assert (clone / "figures" / "quick" / "01_good.png").exists()


def test_a_failed_notebook_is_not_overwritten(clone, capsys):
    before = (clone / "notebooks" / "02_bad.ipynb").read_bytes()
    assert main(["chapter"]) == 1
    assert (clone / "notebooks" / "02_bad.ipynb").read_bytes() == before
    assert "small sizes" not in capsys.readouterr().out


def test_a_failure_in_a_notebook_that_ran_before_is_not_hidden_by_its_old_outputs(clone, capsys):
    (clone / "notebooks" / "02_bad.ipynb").unlink()
    assert main(["chapter"]) == 0
    path = clone / "notebooks" / "01_good.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = "1 / 0"
    nbformat.write(notebook, path)
    capsys.readouterr()
    assert main(["chapter"]) == 1
    shown = capsys.readouterr().out
    assert "01_good.ipynb, cell 2 failed" in shown and "six times seven" not in shown


@pytest.mark.parametrize(
    "failure",
    [
        AssertionError(),  # as the notebook client ends after it has answered an interrupt
        asyncio.CancelledError(),  # while it waits for the kernel
        CellExecutionError("", "KeyboardInterrupt", ""),  # where the kernel was faster
    ],
)
def test_an_interrupt_stops_the_command(clone, monkeypatch, capsys, failure):
    def interrupted(*args, **kwargs):
        raise failure

    monkeypatch.setattr("nbclient.NotebookClient.execute", interrupted)
    assert main(["chapter"]) == 130
    assert "nnmem: stopped" in capsys.readouterr().err


def test_outside_a_clone_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nnmem.study.checkout.__file__", str(tmp_path / "a" / "b" / "c.py"))
    assert main(["chapter"]) == 1
    assert "clone the repository" in capsys.readouterr().err


def test_without_jupyter_it_says_what_to_install(clone, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "nbclient", None)
    assert main(["chapter"]) == 1
    assert ".[notebooks]" in capsys.readouterr().err


def test_a_malformed_notebook_is_named_and_the_rest_still_runs(clone, capsys):
    (clone / "notebooks" / "02_bad.ipynb").write_text("{not json")
    assert main(["chapter", "--quick"]) == 1
    shown = capsys.readouterr().out
    assert "notebooks/02_bad.ipynb failed" in shown and "six times seven is 42" in shown


def test_a_write_that_fails_keeps_the_old_file(clone, monkeypatch):
    path = clone / "notebooks" / "01_good.ipynb"
    before = path.read_bytes()

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(nbformat, "write", full)
    with pytest.raises(OSError, match="no space"):
        chapter.write_whole(path, nbformat.read(path, as_version=4))
    assert path.read_bytes() == before
    assert not list(clone.glob("notebooks/*.part"))
