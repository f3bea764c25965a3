"""The READMEs say what is true now: their equation tables come from the index, their commands exist."""

import inspect
import re
from pathlib import Path

import pytest

import nnmem
from nnmem.cli import main
from nnmem.study.equations import EQUATIONS

ROOT = Path(__file__).parent.parent
READMES = {
    "README.md": ("eq.", "formula", "functions", "notebook"),
    "README.zh-CN.md": ("公式", "内容", "函数", "笔记本"),
}


def equation_table(header: tuple[str, ...], chinese: bool) -> str:
    lines = ["| " + " | ".join(header) + " |", "|---|---|---|---|"]
    for equation in EQUATIONS:
        links = []
        for name in equation.functions:
            path = inspect.getmodule(getattr(nnmem, f"{name}_forward")).__name__.replace(".", "/")
            links.append(f"[`{name}`]({path}.py)")
        title = equation.title_zh if chinese else equation.title
        number = equation.notebook.split("_")[0].lstrip("0")
        notebook = f"[{number}](notebooks/{equation.notebook}.ipynb)"
        formula = equation.formula.replace("|", r"\|")
        lines.append(f"| {equation.number} | {title}: {formula} | {', '.join(links)} | {notebook} |")
    return "\n".join(lines)


@pytest.mark.parametrize(("name", "header"), READMES.items())
def test_the_equation_table_is_the_index(name, header):
    text = (ROOT / name).read_text(encoding="utf-8")
    table = text.split("<!-- equations -->\n")[1].split("\n<!-- /equations -->")[0]
    assert table == equation_table(header, chinese="zh" in name)


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


def test_both_languages_give_the_same_commands_and_figures():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES)
    for part in (
        r"<!-- run -->\n(.*?)```\n\n",
        r"<!-- tests -->\n(.*?)```\n\n",
        r"<!-- speed -->\n(.*?)<!-- /speed -->",
        r"\]\((figures/\S+)\)",
    ):
        found = [re.findall(part, text, re.M | re.S) for text in (english, chinese)]
        numbers = [re.findall(r"\d+\.\d+|python3.*|figures/\S+", str(f)) for f in found]
        assert numbers[0] == numbers[1] and numbers[0]


def test_the_example_in_the_readme_finds_the_mistake(capsys):
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", english, re.S).group(1)
    exec(code, {})
    shown = capsys.readouterr().out
    assert re.search(r"q +central difference.*WRONG\n +q\[\d\]: expected \S+, got \S+", shown)
    assert re.search(r"X +central difference.*ok", shown)
    assert code in (ROOT / "README.zh-CN.md").read_text(encoding="utf-8").replace(
        "有错误的作业", "homework with a mistake in it"
    )
