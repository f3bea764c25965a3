"""The READMEs are for the first visit and say what is true: their commands exist, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from nnmem.cli import main

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert target.startswith("http") or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", READMES)
def test_commands_exist(name, capsys):
    text = (ROOT / name).read_text(encoding="utf-8")
    for command in set(re.findall(r"^\| `nnmem (\w+)", text, re.M)):
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0


@pytest.mark.parametrize("part", [r"<!-- \w+ -->\n```\n(.*?)```", r"\]\((figures/\S+)\)", r"^\| `(nnmem [^`]+)`"])
def test_both_languages_give_the_same_commands_and_figures(part):
    english, chinese = (re.findall(part, (ROOT / name).read_text(encoding="utf-8"), re.M | re.S) for name in READMES)
    assert english == chinese and english


def test_the_lines_for_windows_are_for_both_shells():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.search(r"<!-- windows -->\n```\n(.*?)```", text, re.S).group(1).splitlines()
    assert len(lines) == 3 and lines[0].startswith("py ")
    assert not [line for line in lines if "&&" in line or "'" in line or "/" in line]


@pytest.mark.parametrize("name", READMES)
def test_it_is_for_the_first_visit(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.count("\n") < 150
    first_screen = "\n".join(text.splitlines()[:16])
    assert first_screen.count("figures/") == 1
    assert len(re.search(r"```python\n(.*?)```", first_screen, re.S).group(1).splitlines()) == 3


def test_the_example_in_the_readme_finds_the_mistake(capsys):
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    _, code = re.findall(r"```python\n(.*?)```", english, re.S)
    exec(code, {})
    shown = capsys.readouterr().out
    assert re.search(r"q +central difference.*WRONG\n +q\[\d\]: expected \S+, got \S+", shown)
    assert re.search(r"X +central difference.*ok", shown)
    assert code in (ROOT / "README.zh-CN.md").read_text(encoding="utf-8").replace(
        "有错误的作业", "homework with a mistake in it"
    )
