"""How long the desk takes, in processor time of the commands as they are typed; ``pytest -s`` on this file prints it.

On a machine where ``import numpy`` alone takes longer than 0.1 s the limits are as much longer.
"""

import os
import subprocess
import sys

import pytest
from corpus import solutions

WRONG = [s for s in solutions() if s.file == "scores" and s.kind != "right"]
BASE = next(s for s in solutions() if s.file == "scores" and s.kind == "right")


def seconds(*command):
    """Processor time of a command and of the processes that it starts, and what it printed."""
    before = os.times()
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=False)
    after = os.times()
    spent = sum(after[2:4]) - sum(before[2:4])
    print(f"{spent:6.2f} s  {' '.join(map(str, command))[:90]}")
    return spent, done.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A class of 40: four pairs each, one function of which is wrong in one of the ways of the corpus."""
    folder = tmp_path_factory.mktemp("class")
    for k in range(40):
        (folder / f"{k}.py").write_text(f"{BASE.source}\n\n{WRONG[k % len(WRONG)].source}", encoding="utf-8")
    return [folder / f"{k}.py" for k in range(40)]


@pytest.fixture(scope="module")
def slowness():
    return max(1.0, min(seconds("-c", "import numpy")[0] for _ in range(3)) / 0.1)


@pytest.mark.parametrize(
    "command",
    ["copy 8.13 --check", "copy NTM --check", "homework 8.2 8.8 --seeded 20231234", "homework 8.2 8.8 --notebook"],
)
def test_copy_and_homework_take_half_a_second(command, slowness):
    assert min(seconds("-m", "nnmem", *command.split())[0] for _ in range(3)) < 0.5 * slowness


def test_one_function_takes_three_seconds(files, tmp_path, slowness):
    file = tmp_path / "one.py"
    file.write_text(files[0].read_text(encoding="utf-8"), encoding="utf-8")
    spent, shown = seconds("-m", "nnmem", "grade", file, "--homework", "8.2")
    assert "additive_score_backward" in shown and spent < 3 * slowness


def test_a_class_of_forty_takes_twenty_seconds(files, slowness):
    """Without the sandbox, whose processes the system does not count for us."""
    own = "import sys; from nnmem.study.grade import sandbox; sandbox.walls = lambda: (); from nnmem.cli import main"
    own += "; main(sys.argv[1:])"
    spent, shown = seconds("-c", own, "grade", "--csv", *files)
    assert len(shown.splitlines()) == 1 + 40 and spent < 20 * slowness
