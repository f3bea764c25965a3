"""The command where its output goes nowhere."""

import subprocess
import sys

import pytest

from nnmem.cli import main


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_a_closed_output_is_one_line(closed):
    ended = subprocess.run(f"'{sys.executable}' -m nnmem eq {closed}", shell=True, capture_output=True, text=True)
    assert ended.returncode == 1 and ended.stdout == ""
    assert ended.stderr in ("nnmem: there is no standard output to write to\n", "")


@pytest.mark.parametrize("command", ["eq", "eq --json", "copy NTM", "homework 8.2"])
def test_a_reader_that_has_read_enough_ends_the_command_quietly(command):
    line = f"'{sys.executable}' -m nnmem {command} | head -n 1"
    ended = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert ended.stdout.count("\n") == 1 and ended.stderr == ""


def test_a_help_that_is_stopped_is_one_line(monkeypatch, capsys):
    """``nnmem train --help`` imports all recipes, which takes long enough to be stopped."""

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnmem.recipes.command.table", stopped)
    assert main(["train", "--help"]) == 130
    assert capsys.readouterr().err == "nnmem: stopped\n"
