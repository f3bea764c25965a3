"""The tables of the READMEs and of docs/ are those of the index, in both languages."""

import json
import shutil
from pathlib import Path

import pytest

from nnmem.cli import main
from nnmem.study import docs_tables
from nnmem.study.docs_tables import pages, ranges, with_tables
from nnmem.study.index.lookup import EQUATIONS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A copy of the pages and the notebooks' twins."""
    formulas = [
        path for floor in ("associative", "attention", "external") for path in (ROOT / "nnmem" / floor).glob("*.py")
    ]
    face = ROOT / "nnmem" / "__init__.py"
    measured = (
        *(ROOT / "notebooks" / "results").glob("*.*"),
        *(ROOT / "benchmarks" / "results").glob("*.json"),
        ROOT / "docs" / "mutation.json",
    )
    for path in [*pages(ROOT), *(ROOT / "notebooks").glob("*.py"), face, *formulas, *measured]:
        copied = tmp_path / path.relative_to(ROOT)
        copied.parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(path, copied)
    monkeypatch.setattr(docs_tables, "find_checkout", lambda: tmp_path)
    return tmp_path


def test_every_table_is_the_index_s(capsys):
    assert main(["docs"]) == 0, capsys.readouterr().err


def test_the_tables_hold_every_equation_and_lead_somewhere():
    for path in (ROOT / "docs").glob("equations*.md"):
        text = path.read_text(encoding="utf-8")
        rows = [line for line in text.splitlines() if line.startswith("| 8.")]
        assert [row.split(" | ")[0] for row in rows] == [f"| {e.number}" for e in EQUATIONS]
        titles = [e.title_zh if "zh" in path.name else e.title for e in EQUATIONS]
        assert [row.split(" | ")[1] for row in rows] == titles
        for target in (part.split(")")[0] for row in rows for part in row.split("](")[1:]):
            assert (path.parent / target).exists(), target


def test_a_table_that_differs_is_named_and_mended(checkout, capsys):
    page = checkout / "docs" / "equations.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("| 8.3 | Dot-product score", "| 8.3 | Dot"), encoding="utf-8")
    assert main(["docs"]) == 1
    message = capsys.readouterr().err
    assert "docs/equations.md" in message and "run: nnmem docs --write" in message and "README" not in message
    assert main(["docs", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"ok": False, "stale": ["docs/equations.md"]}
    assert main(["docs", "--write"]) == 0
    assert page.read_text(encoding="utf-8") == text and "docs/equations.md" in capsys.readouterr().out
    assert main(["docs"]) == 0


def test_a_new_formula_file_is_exported(checkout, capsys):
    (checkout / "nnmem" / "attention" / "new.py").write_text('"""New."""\n\n__all__ = ["new_forward"]\n')
    assert main(["docs"]) == 1 and "nnmem/__init__.py" in capsys.readouterr().err
    assert main(["docs", "--write"]) == 0
    front = (checkout / "nnmem" / "__init__.py").read_text(encoding="utf-8")
    assert (
        "pointing import *\n" in front and "from nnmem.attention.new import *\nfrom nnmem.attention.pointing" in front
    )


def test_a_marker_without_an_end_is_refused(tmp_path):
    with pytest.raises(ValueError, match="equations --> has no <!-- /equations -->"):
        with_tables("<!-- equations -->\n| 8.1 |\n", tmp_path / "README.md", tmp_path)


def test_the_notebooks_stand_in_a_short_table():
    english, chinese = (
        with_tables("<!-- notebooks -->\n<!-- /notebooks -->", ROOT / name, ROOT)
        for name in ("README.md", "README.zh-CN.md")
    )
    assert "| [1 Attention](notebooks/01_attention.ipynb) | 8.1.1 | (8.1) to (8.6) |" in english
    assert "| [1 注意力](notebooks/01_attention.ipynb) | 8.1.1 | (8.1) 至 (8.6) |" in chinese


def test_ranges_join_neighbours():
    assert ranges(["8.2", "8.4", "8.3", "8.7", "8.1.1"], chinese=False) == "(8.2) to (8.4), (8.7)"
    assert ranges(["8.9", "8.8", "8.9"], chinese=True) == "(8.8) 至 (8.9)"
    assert ranges([], chinese=False) == ""
