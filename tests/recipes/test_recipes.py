import json
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.recipes import Result, Run
from nnmem.recipes.pointer import hull, round_trip, sort_numbers
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.pointer.pointer_training import loss_and_gradients
from nnmem.terminal import console

MODELS = {"pointer-sort": sort_numbers.MODEL, "pointer-hull": hull.MODEL, "pointer-tsp": round_trip.MODEL}


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


def test_the_table_fits_and_the_curve_is_drawn(tmp_path, capsys):
    assert main(["train", "pointer-sort", "--steps", "3", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "exact_10" in shown and max(map(len, shown.splitlines())) <= 120
    figure = Result.load(tmp_path / "pointer-sort-seed0" / "result.npz").plot()
    assert figure.axes[0].get_xlabel() == "training step"


def test_a_table_of_several_rows(capsys):
    rows = [{"task": 1, "test_error": 0.5}, {"task": 2, "test_error": None}]
    console().print(Result("a", 0, 1.0, 5, rows))
    assert "task" in capsys.readouterr().out


def test_many_metrics_stand_below_each_other(capsys):
    metrics = {f"lstm_bits_of_error_{n}": n / 7 for n in range(14)}
    console().print(Result("a", 0, 1.0, 5, metrics))
    shown = capsys.readouterr().out
    assert all(re.search(rf"^ *{name} +{value:.4g} *$", shown, re.M) for name, value in metrics.items())


def test_rows_of_two_kinds_are_two_tables(capsys):
    rows = [{"task": "one", "error": 0.5, "paper": None}, {"task": "two", "overlap": 0.25}]
    console().print(Result("a", 0, 1.0, 5, rows))
    shown = capsys.readouterr().out
    assert re.findall(r"^ *task +(\w+) *$", shown, re.M) == ["error", "overlap"], "no column without a number"


@pytest.mark.parametrize(
    ("option", "wrong", "message"),
    [
        ("--seed", "-1", "is -1, should be a whole number of at least 0"),
        ("--steps", "0", "is 0, should be a whole number of at least 1"),
        ("--steps", "many", "is many, should be a whole number of at least 1"),
        ("--slots", "129", "is 129, should be a whole number from 3 to 128"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(option, wrong, message, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["train", "ntm-copy", option, wrong, "--out", str(tmp_path)])
    assert capsys.readouterr().err.endswith(f"error: argument {option}: {message}\n")


def test_it_is_said_where_there_is_nothing_to_resume(tmp_path, capsys):
    command = ["train", "pointer-sort", "--steps", "2", "--resume", "--out", str(tmp_path)]
    for said in (1, 0):
        assert main(command) == 0
        assert capsys.readouterr().err.count("there is nothing in") == said


def test_a_checkpoint_is_no_result(tmp_path):
    assert main(["train", "pointer-sort", "--steps", "2", "--out", str(tmp_path)]) == 0
    with pytest.raises(CheckpointError, match="holds no result"):
        Result.load(tmp_path / "pointer-sort-seed0" / "checkpoint.npz")


def test_the_same_seed_gives_the_same_numbers():
    first, again, other = (recipes.run("pointer-hull", seed=seed, steps=5) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.history["loss"], again.history["loss"])
    assert first.metrics == again.metrics
    assert not np.array_equal(first.history["loss"], other.history["loss"])


def test_a_killed_training_command_resumes_to_the_same_numbers(tmp_path, monkeypatch):
    """The tour recipe draws its data in blocks; a stop inside a block must not be felt."""
    steps = 150
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
        time.sleep(0.01)
        if checkpoint.exists() and load_arrays(checkpoint)[0]["step"] >= 50:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert process.returncode == -signal.SIGKILL and 50 <= load_arrays(checkpoint)[0]["step"] < steps
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


def test_nan_in_a_batch_stops_the_run_and_names_step_and_parameter(tmp_path):
    def spoilt(rng, progress):
        batch = hull.sample(rng, 2, 5)
        if progress.step == 6:
            batch.X[0, 0, 0] = np.nan
        return batch

    plan = pointer.PointerPlan("pointer-hull", hull.MODEL, hull.sample, lambda *args: {}, 10, 2, 1e-3, draw=spoilt)
    with pytest.raises(RuntimeError, match=r"step 7: loss nan, not finite: gradient of encoder\.W_x, .*pointer\.v"):
        pointer.train(plan, Run(out=tmp_path))
    about, arrays = load_arrays(tmp_path / "checkpoint.npz")
    assert about["step"] < 7 and all(np.isfinite(array).all() for array in arrays.values())


def test_a_result_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.ones(2))
    with pytest.raises(CheckpointError, match="not written by nnmem"):
        Result.load(tmp_path / "x.npz")
    whole = Result("a", 0, 1.0, 5, {}).to_json()
    for wrong in (None, [], {}, {**whole, "more": 1}, {name: whole[name] for name in list(whole)[:-1]}):
        save_arrays(tmp_path / "x.npz", {"result": wrong}, {})
        with pytest.raises(CheckpointError, match="holds no result"):
            Result.load(tmp_path / "x.npz")


def test_what_a_killed_run_left_half_written_is_gone_at_the_next_start(tmp_path):
    left = tmp_path / "pointer-sort-seed0" / "result.npz.partial"
    left.parent.mkdir()
    for start in (
        lambda: main(["train", "pointer-sort", "--steps", "2", "--out", str(tmp_path)]),
        lambda: recipes.run("pointer-sort", out=left.parent, steps=2),
    ):
        left.write_bytes(b"half")
        start()
        assert not left.exists() and (left.parent / "checkpoint.npz").exists()


def test_training_learns_to_sort_three_numbers():
    from nnmem.models.pointer.pointer_decoding import decode
    from nnmem.models.pointer.pointer_network import PointerNetwork
    from nnmem.nn.training import fit

    model, rng = PointerNetwork(1, 16), np.random.default_rng(0)
    params, progress = fit(
        lambda p, batch: loss_and_gradients(model, p, batch),
        model.init(rng),
        lambda rng, progress: sort_numbers.sample(rng, 32, 3),
        steps=600,
        rng=rng,
        lr=1e-2,
        clip_norm=2.0,
    )
    test = sort_numbers.sample(np.random.default_rng(9), 500, 3)
    right = (decode(model, params, test.X).indices == test.targets).all(axis=1).mean()
    assert right > 0.9 and np.mean(progress.history["loss"][-50:]) < 0.3
