"""The READMEs say what is true now: their equation tables come from the index, their commands exist."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.recipes import Result
from nnmem.recipes.associative.hopfield_capacity import half_loads

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "notebooks" / "results"
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


def test_both_languages_give_the_same_commands_and_figures():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES)
    for part in (
        r"<!-- run -->\n(.*?)```\n\n",
        r"<!-- tests -->\n(.*?)```\n\n",
        r"<!-- speed -->\n(.*?)<!-- /speed -->",
        r"<!-- steps -->\n(.*?)<!-- /steps -->",
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


def measured(recipe):
    """Every number that a table may give as the result of a recipe."""
    if recipe == "hopfield-capacity":
        return list(half_loads(json.loads((RESULTS / f"{recipe}.json").read_text())["metrics"]).values())
    if recipe == "memn2n-babi":
        single, joint = (json.loads((RESULTS / f"memn2n-{n}.json").read_text())["metrics"] for n in ("single", "joint"))
        mixed = [row["validation_error" if row["test_error"] is None else "test_error"] for row in joint]
        return [row["test_error"] for row in single if row["test_error"] is not None] + [np.mean(mixed)]
    loaded = [Result.load(path) for path in RESULTS.glob(f"{recipe}-seed*.npz")]
    assert len(loaded) >= 3 and {run.seed for run in loaded} == set(range(len(loaded))), "no seed is left out"
    runs = [run.metrics for run in loaded]
    found = [value for run in runs for key, value in run.items() if not key.startswith("lstm_")]
    above = [
        run[key] - run[key.replace("bits", "optimal")] for run in runs for key in run if key in {"bits_200", "bits_400"}
    ]
    return [*found, *(100 * x for x in found), *above, sum(run.get("bits_120", 9) < 2 for run in runs)]


@pytest.mark.parametrize("name", READMES)
def test_the_results_are_the_committed_ones(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    table = text.split("<!-- results -->\n")[1].split("\n<!-- /results -->")[0]
    recipe = ""
    for row in table.splitlines()[2:]:
        first, _, given, _ = re.findall(r"(?<=\|)[^|]*(?=\|)", row)
        recipe = first.strip(" `") or recipe
        assert recipe in recipes.table()
        for number in re.findall(r"\d+(?:\.\d+)?", given):
            decimals = len(number.partition(".")[2])
            half = 0.5 * 10**-decimals + 1e-9
            assert any(abs(x - float(number)) <= half for x in measured(recipe)), (recipe, number)
