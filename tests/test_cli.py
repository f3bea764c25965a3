"""The command where its output goes nowhere."""

import json
import runpy
import subprocess
import sys
import types

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


@pytest.mark.parametrize("command", ["eq", "eq 8.2", "check 8.3", "homework 8.3"])
def test_what_is_read_in_part_was_written_and_what_nobody_reads_ends_by_the_pipe(command):
    nnmem = f"'{sys.executable}' -m nnmem {command}"
    for reader, code in (("{ head -c 1; sleep 1; } > /dev/null", 0), ("true", 141)):
        ended = subprocess.run(["bash", "-c", f"{nnmem} | {reader}; exit ${{PIPESTATUS[0]}}"], capture_output=True)
        assert (ended.returncode, ended.stderr) == (code, b"")


def test_all_of_a_check_is_written_at_once(monkeypatch):
    """Whoever reads the first line and goes ends it no more than a shorter text."""
    written = []
    monkeypatch.setattr(sys.stdout, "write", lambda text: written.append(text))
    for command in (["check", "8.3"], ["eq"], ["eq", "8.3"]):
        assert main(command) == 0 and len([text for text in written if text]) == 1
        written.clear()


def test_what_stands_behind_two_dashes_is_no_option(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-dash.py").write_text("def dot_score_forward(X, q):\n    return X @ q, None\n")
    for order in (["--json", "--", "-dash.py"], ["-dash.py", "--json"]):
        command = ["grade", *order] if "--" in order else ["grade", "none.py", "--json", "--", *order]
        assert main(command) == 1
        files = [row["file"] for row in json.loads(capsys.readouterr().out)]
        assert "-dash.py" in files and ("--json" in files) == ("none.py" in files) == (command[1] == "none.py")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["grade", "a.py", "--homework", ""], "--homework"),
        (["grade", "a.py", "--homework", " , "], "--homework"),
        (["grade", "a.py", "--roster", ""], "--roster"),
        (["grade", "a.py", "--out", ""], "--out/-o"),
        (["grade", ""], "FILE"),
        (["homework", "8.3", "--seeded", ""], "--seeded"),
        (["homework", "8.3", "--seeded-from", ""], "--seeded-from"),
        (["homework", "8.3", "-o", ""], "--out/-o"),
        (["homework", ""], "NUMBER"),
    ],
)
def test_what_is_empty_is_refused_by_its_name(command, name, capsys):
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2 and capsys.readouterr().err.endswith(f"error: argument {name}: is empty\n")


def test_a_help_that_is_stopped_is_one_line(monkeypatch, capsys):
    """``nnmem train --help`` imports all recipes, which takes long enough to be stopped."""

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnmem.recipes.command.table", stopped)
    assert main(["train", "--help"]) == 130
    assert capsys.readouterr().err == "nnmem: stopped\n"


def test_a_command_that_is_stopped_while_it_is_loaded_is_one_line(monkeypatch, capsys):
    class Stopped(types.ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "nnmem.cli", Stopped("nnmem.cli"))
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("nnmem", run_name="__main__")
    assert ended.value.code == 130 and capsys.readouterr().err == "nnmem: stopped\n"


@pytest.mark.parametrize("stopped", ["_parser", "read_arguments", "_complete"])
def test_a_command_that_is_stopped_at_its_start_is_one_line(stopped, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"nnmem.cli.{stopped}", interrupted)
    assert main(["eq"]) == 130 and capsys.readouterr().err == "nnmem: stopped\n"


def test_options_and_inputs_come_in_any_order(tmp_path, capsys):
    picture = tmp_path / "looked.svg"
    said = []
    for order in (
        ["pointer-sort", "3 1 2 5 4", "--json", "--plot", str(picture)],
        ["pointer-sort", "--plot", str(picture), "3 1 2 5 4", "--json"],
        ["--json", "pointer-sort", "--plot", str(picture), "3", "1", "2", "5", "4"],
        ["--plot", str(picture), "pointer-sort", "3", "1", "--json", "2", "5", "4"],
    ):
        assert main(["try", *order]) == 0 and picture.stat().st_size > 1000
        picture.unlink()
        said.append(json.loads(capsys.readouterr().out))
    assert said[0]["input"] == [3, 1, 2, 5, 4] and all(each == said[0] for each in said)
    for command, count in ((["eq", "8.2", "--json", "8.3"], 2), (["eq", "--json", "8.2", "8.3"], 2)):
        assert main(command) == 0 and len(json.loads(capsys.readouterr().out)) == count
    with pytest.raises(SystemExit) as ended:
        main(["try", "pointer-sort", "--nosuch", "3"])
    assert ended.value.code == 2 and "unrecognized arguments: --nosuch" in capsys.readouterr().err
