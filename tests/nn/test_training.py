import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from training_run import STEPS, Params, draw, regression, start, train

from nnmem.nn.checkpoint import load_arrays
from nnmem.nn.optimisers import SGD
from nnmem.nn.training import TrainingError


def test_it_learns_and_records(tmp_path):
    params, progress = train(tmp_path / "run.npz")
    assert progress.step == STEPS == len(progress.history["loss"])
    assert progress.history["loss"][-1] < 0.05 * progress.history["loss"][0]
    assert not start().W.any()
    assert params.W.dtype == np.float32


def test_a_killed_run_resumes_bit_for_bit(tmp_path):
    script = Path(__file__).with_name("training_run.py")

    def command(name, mode):
        return [sys.executable, str(script), str(tmp_path / f"{name}.npz"), str(tmp_path / f"{name}-end.npz"), mode]

    subprocess.run(command("whole", "fresh"), check=True)
    kills = 0
    for wanted in (7, 33):
        process = subprocess.Popen(command("killed", "resume"))
        while process.poll() is None:
            time.sleep(0.005)
            if (tmp_path / "killed.npz").exists() and load_arrays(tmp_path / "killed.npz")[0]["step"] >= wanted:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
    assert kills == 2 and not (tmp_path / "killed-end.npz").exists()
    subprocess.run(command("killed", "resume"), check=True)
    whole, killed = (np.load(tmp_path / f"{name}-end.npz") for name in ("whole", "killed"))
    for name in ("W", "b", "loss", "norm", "seen"):
        np.testing.assert_array_equal(whole[name], killed[name], err_msg=name)


def test_a_finished_run_is_not_run_again(tmp_path):
    params, _ = train(tmp_path / "run.npz")

    def never(progress, params):
        raise AssertionError("a step was taken")

    again, progress = train(tmp_path / "run.npz", resume=True, watch=never)
    np.testing.assert_array_equal(params.W, again.W)
    assert progress.step == STEPS


def test_done_ends_the_run(tmp_path):
    def watch(progress, params):
        progress.done = progress.step == 11

    _, progress = train(tmp_path / "run.npz", watch=watch)
    assert progress.step == 11
    assert train(tmp_path / "run.npz", resume=True, watch=watch)[1].step == 11


@pytest.mark.parametrize("where", ["batch", "gradient"])
def test_nan_stops_the_run_and_names_step_and_parameter(tmp_path, where):
    def broken(params, batch):
        X, Y = batch
        if broken.step == 20 and where == "batch":
            X = X * np.nan
        loss, grads = regression(params, (X, Y))
        if broken.step == 20 and where == "gradient":
            grads.b[1] = np.inf
        broken.step += 1
        return loss, grads

    broken.step = 1
    from nnmem.nn.training import fit

    path = tmp_path / "run.npz"
    with pytest.raises(TrainingError) as error:
        fit(broken, start(), draw, steps=60, rng=np.random.default_rng(0), lr=0.1, checkpoint=path, every=0.0)
    message = str(error.value)
    assert message.startswith("step 20: loss")
    assert "gradient of b" in message and ("gradient of W" in message) == (where == "batch")
    about, arrays = load_arrays(path)
    assert about["step"] == 19 and str(path) in message
    assert np.isfinite(arrays["params.W"]).all()


def test_parameters_that_overflow_never_reach_a_checkpoint(tmp_path):
    path = tmp_path / "run.npz"
    with np.errstate(all="ignore"), pytest.raises(TrainingError, match=r"parameter W"):
        train(path, lr=1e39, steps=3, optimiser=SGD())
    assert load_arrays(path)[0]["step"] == 0


def test_memory_reaches_the_next_draw(tmp_path):
    def watch(progress, params):
        progress.memory["width"] = 3

    assert train(None, watch=watch)[1].memory == {"width": 3}


def test_bar_goes_to_standard_error(capsys):
    train(None, title="a run")
    captured = capsys.readouterr()
    assert captured.out == "" and "a run" in captured.err and "60/60" in captured.err and "steps/s" in captured.err


def test_gradients_of_another_structure_are_refused():
    from nnmem.nn.training import fit

    with pytest.raises(ValueError):
        fit(lambda p, b: (0.0, (p.W,)), start(), draw, steps=1, rng=np.random.default_rng(0), lr=0.1)
    assert Params._fields == ("W", "b")
