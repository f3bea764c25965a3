"""The commands as a person and as a program meet them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnmem.attention.scores
from nnmem.cli import GROUPS, main
from nnmem.study.index.lookup import EQUATIONS

KEYS = {"equation", "function", "argument", "oracle", "error", "bound", "ok"}


def test_check_as_json(capsys):
    assert main(["check", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(set(row) == KEYS and row["ok"] is True and row["error"] <= row["bound"] for row in rows)
    assert {row["oracle"] for row in rows} == {"central difference", "random direction", "complex step"}
    functions = {row["function"] for row in rows}
    assert functions == {name for equation in EQUATIONS for name in equation.functions}
    assert max(row["bound"] for row in rows if row["oracle"] == "complex step") == 1e-12


def test_check_of_one_equation_shows_its_arguments(capsys):
    assert main(["check", "8.2"]) == 0
    shown = capsys.readouterr().out
    assert re.findall(r"^ *(?:8\.2 +additive_score +)?([XqWUv]) +\d\.\de-\d\d", shown, re.M) == list("XqWUv")
    assert "bilinear" not in shown
    assert max(map(len, shown.splitlines())) <= 100
    assert "\x1b" not in shown, "no colours in a pipe"


def test_check_turns_red(capsys, monkeypatch):
    def wrong(dscores, cache):
        X, q = cache
        return np.einsum("...n,...d->...nd", dscores, q), -np.einsum("...n,...nd->...d", dscores, X)

    monkeypatch.setattr(nnmem.attention.scores, "dot_score_backward", wrong)
    assert main(["check", "8.3"]) == 1
    shown = capsys.readouterr().out
    assert re.search(r" q .*WRONG", shown) and re.search(r" X .*ok", shown)
    assert main(["check", "8.3", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {row["argument"] for row in rows if not row["ok"]} == {"q"}


@pytest.mark.parametrize("command", ["check", "eq"])
def test_an_unknown_equation_lists_those_there_are(command, capsys):
    assert main([command, "7.1"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("nnmem: no equation 7.1; there are 8.1, 8.2") and message.count("\n") == 1
    assert message.count(" 8.2.3,") == 1, "a number that several formulas have is named once"


def test_a_function_is_as_good_as_its_number(capsys):
    assert main(["check", "dot_score_backward", "--json"]) == 0
    assert {row["function"] for row in json.loads(capsys.readouterr().out)} == {"dot_score"}
    assert main(["eq", "dot_score", "--json"]) == 0
    assert [row["number"] for row in json.loads(capsys.readouterr().out)] == ["8.3"]


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"nnmem {nnmem.__version__}\n"


def test_without_a_command_there_is_help(capsys):
    assert main([]) == 2
    assert re.search(r"^ +check +compare", capsys.readouterr().err, re.M)


PRINTING = ["eq 8.4", "eq --json", "check 8.3", "copy 8.3", "homework 8.3", "docs --json", "try pointer-sort"]
PRINTING += ["grade no.py", "grade no.py --csv", "grade no.py --json"]
HELPS = ["--help", "train --help", "train ntm-copy --help", "--version"]


@pytest.mark.parametrize(
    ("command", "buffered"), [*((c, "") for c in PRINTING + HELPS), *((c, "1") for c in ["eq", *HELPS[2:]])]
)
def test_a_full_disk_is_one_line(command, buffered):
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "nnmem", *command.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": buffered},
        )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == "nnmem: the output cannot be written: No space left on device\n"


def test_eq_explains_a_formula_in_two_languages(capsys):
    assert main(["eq", "8.4"]) == 0
    shown = capsys.readouterr().out
    for part in ("xᵢᵀ W q", "双线性模型", "nnmem.bilinear_score_forward", "notebooks/01_attention.ipynb", "可学习"):
        assert part in shown
    assert main(["eq", "8.4", "--json"]) == 0
    [entry] = json.loads(capsys.readouterr().out)
    assert entry["number"] == "8.4" and entry["functions"] == ["bilinear_score"]


def test_eq_in_one_language_has_nothing_of_the_other(capsys):
    chinese = re.compile("[\u4e00-\u9fff]")
    for command in (["eq", "8.4"], ["eq", "8.10"], ["eq"]):
        assert main([*command, "--lang", "en"]) == 0
        shown = capsys.readouterr().out
        assert "nnmem" in shown and not chinese.search(shown)
    assert main(["eq", "8.4", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "双线性模型" in shown and "可学习" in shown and "第 8.1.1 节" in shown
    assert "Bilinear" not in shown and "xᵢᵀ W q" in shown and "nnmem.bilinear_score_forward" in shown
    assert main(["eq", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "双线性模型" in shown and "Bilinear" not in shown and "显示公式" in shown


def test_eq_finds_a_formula_by_words_in_either_language(capsys):
    assert main(["eq", "锐化"]) == 0
    assert "nnmem.sharpen_forward" in capsys.readouterr().out
    assert main(["eq", "pointer", "networks"]) == 0
    shown = capsys.readouterr().out
    assert all(number in shown for number in ("8.10", "8.11", "8.12", "8.13")) and "8.14" not in shown
    assert main(["check", "锐化"]) == 1
    assert capsys.readouterr().err == "nnmem: no equation 锐化; did you mean interpolate, shift, sharpen?\n"


def test_eq_without_a_number_lists_all(capsys):
    assert main(["eq"]) == 0
    shown = capsys.readouterr().out
    assert all(equation.number in shown and equation.title_zh in shown for equation in EQUATIONS)


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom nnmem.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'matplotlib', 'rich', 'nbclient', 'sklearn'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.endswith("[]\n") and "check" in shown


def test_python_m_nnmem_is_the_command():
    shown = subprocess.run([sys.executable, "-m", "nnmem", "eq", "8.3"], capture_output=True, text=True, check=True)
    assert "xᵢᵀ q" in shown.stdout


def test_the_help_of_bench_names_the_benchmarks():
    files = Path(__file__).parents[2].glob("benchmarks/[a-z]*.py")
    assert sorted(GROUPS) == sorted(file.stem for file in files)
