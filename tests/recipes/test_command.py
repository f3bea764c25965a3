"""``nnmem train``: what it prints and keeps, and one line and an exit code where it cannot go on."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.nn.checkpoint import load_arrays
from nnmem.recipes import Result
from nnmem.recipes import command as train_command
from nnmem.recipes.associative import dense_capacity, hopfield_basins, hopfield_capacity
from nnmem.recipes.pointer import hull, round_trip, sort_numbers

MODELS = {"pointer-sort": sort_numbers.MODEL, "pointer-hull": hull.MODEL, "pointer-tsp": round_trip.MODEL}
TRAIN = ["train", "pointer-sort", "--steps", "1", "--out"]


def one_line(capsys):
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("nnmem: ") and shown.err.count("\n") == 1
    return shown.err


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_a_folder_that_cannot_be_used_is_one_line(resume, tmp_path, capsys, monkeypatch):
    assert main([*TRAIN, str(tmp_path / ("x" * 300)), *resume]) == 1
    assert "File name too long" in one_line(capsys)
    (tmp_path / "file").touch()
    assert main([*TRAIN, str(tmp_path / "file")]) == 1
    assert "Not a directory" in one_line(capsys)

    def refused(self, *args, **options):
        raise PermissionError(13, "Permission denied", str(self))

    for method in ("exists", "glob", "mkdir"):
        monkeypatch.setattr(Path, method, refused)
    assert main([*TRAIN, str(tmp_path / "closed"), *resume]) == 1
    assert "Permission denied" in one_line(capsys)


@pytest.mark.parametrize(
    ("module", "option", "small"),
    [
        (dense_capacity, "--sizes", {"EXPONENTIAL": (), "MULTIPLES": (0.5,)}),
        (hopfield_basins, "--size", {}),
        (hopfield_capacity, "--sizes", {}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_network_too_small_for_a_pattern_is_refused_and_the_next_is_not(
    module, option, small, tmp_path, capsys, monkeypatch
):
    for name, value in small.items():
        monkeypatch.setattr(module, name, value)
    command = ["train", module.RECIPE.name, "--out", str(tmp_path), "--json", option]
    with pytest.raises(SystemExit) as ended:
        main([*command, str(module.LEAST - 1)])
    assert ended.value.code == 2
    assert f"is {module.LEAST - 1}, should be a whole number of at least {module.LEAST}" in capsys.readouterr().err
    assert main([*command, str(module.LEAST)]) == 0
    with pytest.raises(ValueError, match="no patterns"):
        module.RECIPE.run(module.Run(), **{option[2:]: [module.LEAST - 1] if option == "--sizes" else module.LEAST - 1})


@pytest.mark.parametrize("name", MODELS)
def test_a_few_steps_from_the_command_line(name, tmp_path, capsys):
    assert main(["train", name, "--seed", "3", "--json", "--steps", "4", "--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    shown = json.loads(captured.out)
    assert set(shown) == {"recipe", "seed", "seconds", "steps", "metrics"}
    assert (shown["recipe"], shown["seed"], shown["steps"]) == (name, 3, 4)
    assert any(metric.endswith("_10") for metric in shown["metrics"])
    result = Result.load(tmp_path / f"{name}-seed3" / "result.npz")
    assert result.to_json() == shown
    assert result.history["loss"].shape == (4,)
    params = result.params(MODELS[name].init(np.random.default_rng(0)))
    assert params.encoder.W_x.dtype == np.float32


@pytest.mark.parametrize(
    ("option", "wrong", "message"),
    [
        ("--seed", "-1", f"is -1, should be a whole number from 0 to {2**63 - 1}"),
        ("--steps", "0", "is 0, should be a whole number of at least 1"),
        ("--steps", "many", "is many, should be a whole number of at least 1"),
        ("--steps", "9" * 20, f"is {'9' * 20}, should be at most 1,000,000,000"),
        ("--slots", "129", "is 129, should be a whole number from 3 to 128"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(option, wrong, message, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["train", "ntm-copy", option, wrong, "--out", str(tmp_path)])
    assert capsys.readouterr().err.endswith(f"error: argument {option}: {message}\n")


def test_a_size_that_no_memory_holds_is_one_line(tmp_path, capsys):
    assert main(["train", "hopfield-basins", "--size", "1000000000", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "nnmem: Unable to allocate" in said and "Traceback" not in said


def test_a_list_of_tasks_without_end_is_refused_at_once(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["train", "memn2n-babi", "--tasks", "1-" + "9" * 30, "--out", str(tmp_path)])
    assert "should be of the tasks 1 to 20" in capsys.readouterr().err


def test_it_is_said_where_there_is_nothing_to_resume(tmp_path, capsys):
    command = ["train", "pointer-sort", "--steps", "2", "--resume", "--out", str(tmp_path)]
    for said in (1, 0):
        assert main(command) == 0
        assert capsys.readouterr().err.count("there is nothing in") == said


def test_a_killed_training_command_resumes_to_the_same_numbers(tmp_path, monkeypatch):
    """The tour recipe draws its data in blocks; a stop inside a block must not be felt."""
    steps = 110
    code = (
        "import sys; from nnmem.cli import main; from nnmem.nn.training import fit\n"
        "fit.__kwdefaults__['every'] = 0.0  # a checkpoint after every step\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "train", "pointer-tsp", "--json", "--steps", str(steps)]
    whole = recipes.run("pointer-tsp", steps=steps)
    checkpoint = tmp_path / "pointer-tsp-seed0" / "checkpoint.npz"
    process = subprocess.Popen([*command, "--out", str(tmp_path)], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(0.05)
        if checkpoint.exists() and load_arrays(checkpoint)[0]["step"] >= 40:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert process.returncode == -signal.SIGKILL and 40 <= load_arrays(checkpoint)[0]["step"] < steps
    done = subprocess.run([*command, "--out", str(tmp_path), "--resume"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["metrics"] == whole.metrics
    result = Result.load(tmp_path / "pointer-tsp-seed0" / "result.npz")
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(result.arrays[name], array)


def test_another_run_is_not_resumed(tmp_path, capsys):
    options = ["train", "pointer-sort", "--out", str(tmp_path), "--resume"]
    assert main([*options, "--steps", "3"]) == 0
    capsys.readouterr()
    assert main([*options, "--steps", "4"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("nnmem: ") and "steps is 3 there and 4 here" in error


def test_what_a_killed_run_left_half_written_is_gone_at_the_next_start(tmp_path):
    left = tmp_path / "pointer-sort-seed0" / "result.npz.partial"
    left.parent.mkdir()
    for start in (
        lambda: main(["train", "pointer-sort", "--steps", "2", "--out", str(tmp_path)]),
        lambda: recipes.run("pointer-sort", out=left.parent, steps=2, overwrite=True),
    ):
        left.write_bytes(b"half")
        start()
        assert not left.exists() and (left.parent / "checkpoint.npz").exists()


def kept(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.mark.parametrize("finished", [True, False])
def test_a_run_that_is_there_is_not_lost(finished, tmp_path, capsys):
    """Neither from the command line nor from Python, by name or by function; nothing is trained or written."""
    folder = tmp_path / "pointer-sort-seed0"
    assert main([*TRAIN[:3], "3", "--out", str(tmp_path)]) == 0
    if not finished:
        (folder / "result.npz").unlink()
    before, _ = kept(folder), capsys.readouterr()
    assert main([*TRAIN, str(tmp_path)]) == 1
    there = "a finished run" if finished else "a run that is at step 3 (checkpoint.npz)"
    said = one_line(capsys)
    assert said.startswith(f"nnmem: {folder} holds {there}: --resume goes on with it, --overwrite begins anew, another")
    for start in (
        lambda: recipes.run("pointer-sort", out=folder, steps=1),
        lambda: sort_numbers.RECIPE.run(recipes.Run(out=folder), steps=1),
    ):
        with pytest.raises(FileExistsError, match=f"{folder} holds {there[:5]}.*overwrite=True"):
            start()
    assert kept(folder) == before
    assert main([*TRAIN[:3], "3", "--resume", "--out", str(tmp_path)]) == 0
    assert main([*TRAIN, str(tmp_path), "--overwrite"]) == 0
    assert Result.load(folder / "result.npz").steps == load_arrays(folder / "checkpoint.npz")[0]["step"] == 1
    with pytest.raises(SystemExit):
        main([*TRAIN, str(tmp_path), "--overwrite", "--resume"])


def test_a_measurement_and_files_of_others_are_not_lost_either(tmp_path, capsys):
    folder = tmp_path / "hopfield-basins-seed0"
    command = ["train", "hopfield-basins", "--size", "51", "--out", str(tmp_path)]
    assert main(command) == 0
    rows = len(load_arrays(folder / "rows.npz")[0]["rows"])
    (folder / "result.npz").unlink()
    capsys.readouterr()
    assert main(command) == 1 and f"holds a run that has {rows} rows (rows.npz)" in one_line(capsys)
    (folder / "rows.npz").write_bytes(b"damaged")
    assert main(command) == 1 and f"{folder} holds rows.npz: " in one_line(capsys)
    np.savez(folder / "own.npz", a=np.ones(2))
    assert main([*command, "--overwrite"]) == 0
    assert {path.name for path in folder.iterdir()} == {"rows.npz", "result.npz", "own.npz"}


def test_what_is_overwritten_is_gone_at_once(tmp_path):
    """A stopped second run is not taken for the first, which was finished."""

    def stopped(run):
        assert [path.name for path in tmp_path.iterdir()] == []
        raise KeyboardInterrupt

    recipes.run("pointer-sort", out=tmp_path, steps=1)
    Result("pointer-sort", 0, 1.0, 1, {}).save(tmp_path / "result.npz")
    with pytest.raises(KeyboardInterrupt):
        train_command.start(recipes.Recipe("spy", "a", "b", stopped), recipes.Run(out=tmp_path, overwrite=True), {})


def test_a_run_that_is_stopped_by_hand_says_how_it_goes_on(tmp_path, capsys, monkeypatch):
    def stopped(recipe, run, options):
        assert (recipe.name, run.seed, run.resume, run.bar, options) == ("pointer-sort", 7, False, True, {"steps": 1})
        assert run.out == tmp_path / "pointer-sort-seed7"
        raise KeyboardInterrupt

    monkeypatch.setattr(train_command, "start", stopped)
    assert main([*TRAIN, str(tmp_path), "--seed", "7"]) == 130
    assert f"--resume goes on from {tmp_path / 'pointer-sort-seed7'}" in one_line(capsys)


def test_without_json_there_is_a_table_and_where_it_is_kept(tmp_path, capsys):
    assert main([*TRAIN, str(tmp_path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("pointer-sort, seed 0: 1 steps, ") and shown[-1].split() == [
        *("saved", "in"),
        str(tmp_path / "pointer-sort-seed0"),
    ]
