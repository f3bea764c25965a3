import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from training_run import STEPS, Params, draw, regression, start, train

import nnmem
from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.nn.optimisers import SGD
from nnmem.nn.training import TrainingError, fit


def test_it_learns_and_records(tmp_path):
    params, progress = train(tmp_path / "run.npz")
    assert progress.step == STEPS == len(progress.history["loss"])
    assert progress.history["loss"][-1] < 0.05 * progress.history["loss"][0]
    assert not start().W.any()
    assert params.W.dtype == np.float32


def test_a_killed_run_resumes_bit_for_bit(tmp_path):
    script = Path(__file__).with_name("training_run.py")

    here = {**os.environ, "PYTHONPATH": str(Path(nnmem.__file__).parents[1])}

    def command(name, mode):
        return [sys.executable, str(script), str(tmp_path / f"{name}.npz"), str(tmp_path / f"{name}-end.npz"), mode]

    subprocess.run(command("whole", "fresh"), check=True, env=here)
    kills = 0
    for wanted in (7, 33):
        process = subprocess.Popen(command("killed", "resume"), env=here)
        while process.poll() is None:
            time.sleep(0.005)
            if (tmp_path / "killed.npz").exists() and load_arrays(tmp_path / "killed.npz")[0]["step"] >= wanted:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
    assert kills == 2 and not (tmp_path / "killed-end.npz").exists()
    subprocess.run(command("killed", "resume"), check=True, env=here)
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
    with pytest.raises(ValueError):
        fit(lambda p, b: (0.0, (p.W,)), start(), draw, steps=1, rng=np.random.default_rng(0), lr=0.1)
    assert Params._fields == ("W", "b")


def test_the_history_is_in_the_order_of_the_steps(tmp_path):
    seen = []

    def loss_and_gradients(params, batch):
        loss, grads = regression(params, batch)
        seen.append(loss)
        return loss, grads

    def watch(progress, params):
        progress.record("sum", params.W.sum())
        if progress.step == 9 and stop:
            raise KeyboardInterrupt

    def run(resume):
        options = {"steps": 20, "rng": np.random.default_rng(5), "lr": 0.1, "every": 0.0, "watch": watch}
        return fit(loss_and_gradients, start(), draw, checkpoint=tmp_path / "run.npz", resume=resume, **options)

    stop = True
    with pytest.raises(KeyboardInterrupt):
        run(False)
    del seen[8:]  # the ninth step was not kept
    stop = False
    _, progress = run(True)
    assert progress.history["loss"] == seen and len(set(seen)) == 20
    assert [step for step, _ in progress.history["sum"]] == [*range(1, 21)]


def test_without_resume_a_run_starts_afresh(tmp_path):
    taken = []
    for _ in range(2):
        train(tmp_path / "run.npz", watch=lambda progress, params: taken.append(progress.step))
    assert taken == [*range(1, STEPS + 1)] * 2
    options = {"steps": 3, "rng": np.random.default_rng(0), "lr": 0.1}
    _, progress = fit(regression, start(), draw, checkpoint=tmp_path / "run.npz", **options)
    assert progress.step == 3, "the checkpoint of another run is no hindrance either"


def test_the_last_step_is_looked_at_too(tmp_path):
    path = tmp_path / "run.npz"
    with np.errstate(all="ignore"), pytest.raises(TrainingError, match=r"^step 1: loss \S+, not finite: parameter W"):
        train(path, lr=1e39, steps=1, optimiser=SGD())
    assert load_arrays(path)[0]["step"] == 0


def falling(progress):
    return 0.1 / (1 + progress.step)


def flat(progress):
    return 0.1


def test_a_function_as_learning_rate_is_known_by_its_name(tmp_path):
    path = tmp_path / "run.npz"
    whole, _ = train(None, lr=falling)
    with pytest.raises(KeyboardInterrupt):
        train(path, lr=falling, watch=stop_at(30))
    assert "0x" not in str(load_arrays(path)[0]["run"]), "no address, which is another in the next process"
    resumed, progress = train(path, lr=falling, resume=True)
    np.testing.assert_array_equal(resumed.W, whole.W)
    assert progress.step == STEPS
    with pytest.raises(CheckpointError, match="lr is 'falling' there and 'flat' here"):
        train(path, lr=flat, resume=True)


def stop_at(step):
    def watch(progress, params):
        if progress.step == step:
            raise KeyboardInterrupt

    return watch


def test_a_gradient_is_clipped_entry_by_entry(tmp_path):
    params, _ = train(None, steps=1, optimiser=SGD(), lr=1.0, clip_norm=None, clip_value=1e-3)
    assert np.abs(params.W).max() == np.float32(1e-3) and (np.abs(params.b) == np.float32(1e-3)).all()


def test_a_checkpoint_is_written_every_so_often_and_at_the_end(tmp_path):
    path, kept = tmp_path / "run.npz", []
    train(path, watch=lambda progress, params: kept.append(load_arrays(path)[0]["step"]), every=1e9)
    assert set(kept) == {0} and load_arrays(path)[0]["step"] == STEPS
    train(path, watch=lambda progress, params: kept.append(load_arrays(path)[0]["step"]), every=0.0)
    assert kept[STEPS:] == [*range(STEPS)]


def test_a_checkpoint_is_written_every_ten_seconds(tmp_path, monkeypatch):
    path, kept, clock = tmp_path / "run.npz", [], iter(range(1000))
    monkeypatch.setattr("nnmem.nn.training.time.perf_counter", lambda: float(next(clock)))  # a second a step
    options = {"steps": 25, "rng": np.random.default_rng(5), "lr": 0.1, "checkpoint": path}
    fit(regression, start(), draw, watch=lambda *_: kept.append(load_arrays(path)[0]["step"]), **options)
    assert kept == [0] * 10 + [10] * 10 + [20] * 5


def test_seconds_go_on_where_they_stopped(tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        train(path, watch=stop_at(30))
    about, arrays = load_arrays(path)
    assert 0 < about["seconds"] < 100 and 0 < about["processor"] < 100
    save_arrays(path, {**about, "seconds": 1000.0, "processor": 500.0}, arrays)
    _, progress = train(path, resume=True)
    assert 1000 < progress.seconds < 1100 and 500 < progress.processor < 600
    _, again = train(path, resume=True)
    assert (again.seconds, again.processor) == (progress.seconds, progress.processor), (
        "a run that is done takes no time"
    )


def test_processor_seconds_are_those_of_the_steps_not_of_the_clock(tmp_path):
    """What sleeps takes no processor time; what works before a step counts from the first step on."""
    began = time.process_time()
    _, progress = train(tmp_path / "run.npz", steps=3, watch=lambda *_: time.sleep(0.1))
    assert 0 < progress.processor <= time.process_time() - began < 0.2 < 0.3 <= progress.seconds


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": None}, "is no checkpoint of a run: step not as"),
        ({"rng": None}, "is no checkpoint of a run: rng not as"),
        ({"done": None}, "is no checkpoint of a run: done not as"),
        ({"processor": None}, "is no checkpoint of a run: processor not as"),
        ({"seconds": -1.0, "processor": np.nan}, "is no checkpoint of a run: seconds, processor not as"),
        ({"run": None, "memory": 3}, "is no checkpoint of a run: run, memory not as"),
        ({"step": 7}, "is no checkpoint of a run: history.loss not as"),
        ({"rng": {"bit_generator": "MT19937", "state": {}}}, "holds no state of such a generator"),
        ({"rng": {"bit_generator": "PCG64", "state": {"state": -1, "inc": 0}}}, "holds no state of such a generator"),
    ],
)
def test_a_description_of_something_else_is_refused(tmp_path, changes, message):
    path = tmp_path / "run.npz"
    train(path)
    about, arrays = load_arrays(path)
    save_arrays(path, {**about, **changes}, arrays)
    with pytest.raises(CheckpointError, match=message):
        train(path, resume=True)


def test_arrays_of_something_else_are_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(path)
    about, arrays = load_arrays(path)
    added = {"other.x": np.ones(2), "history.loss": np.array("text"), "history.norm": np.ones((2, 2, 2))}
    for name, array in added.items():
        save_arrays(path, about, {**arrays, name: array})
        with pytest.raises(CheckpointError, match=f"no checkpoint of a run: {name.removesuffix('.x')} not as"):
            train(path, resume=True)
    save_arrays(path, about, {name: array for name, array in arrays.items() if name != "params.b"})
    with pytest.raises(CheckpointError, match=r"params\.b is missing"):
        train(path, resume=True)


def test_a_finished_run_whose_parameters_are_not_finite_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(path)
    about, arrays = load_arrays(path)
    save_arrays(path, about, {n: a * np.float32(np.nan) if n.startswith("params") else a for n, a in arrays.items()})
    with pytest.raises(TrainingError, match=f"step {STEPS}: .*parameter W, parameter b"):
        train(path, resume=True)


def test_the_bar_shows_the_mean_of_the_last_fifty_losses_and_the_speed_ten_times_a_second(monkeypatch):
    """A clock that goes on by a sixteenth of a second at every look: two looks at the start, one a step."""
    shown, clock = [], iter(range(10_000))
    monkeypatch.setattr("nnmem.nn.training.time.perf_counter", lambda: next(clock) / 16)
    monkeypatch.setattr("rich.progress.Progress.update", lambda bar, task, **fields: shown.append(fields))
    options = {"steps": 60, "rng": np.random.default_rng(5), "lr": 0.1}
    _, progress = fit(regression, start(), draw, title="a run", **options)
    *on_the_way, last = shown
    assert [fields["completed"] for fields in on_the_way] == [*range(1, 61, 2)]
    assert last["completed"] == 60
    for fields in on_the_way:
        step, losses = fields["completed"], progress.history["loss"]
        assert fields["loss"] == pytest.approx(np.mean(losses[max(step - 50, 0) : step]))
        assert fields["speed"] == pytest.approx(16) and fields["refresh"] is True
    shown.clear()
    fit(regression, start(), draw, **options)
    assert not shown, "without a title there is no bar"


def test_the_speed_of_a_resumed_run_is_that_of_its_own_steps(tmp_path, monkeypatch):
    path, shown = tmp_path / "run.npz", []
    with pytest.raises(KeyboardInterrupt):
        train(path, watch=stop_at(41))
    clock = iter(range(10_000))
    monkeypatch.setattr("nnmem.nn.training.time.perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr("rich.progress.Progress.update", lambda bar, task, **fields: shown.append(fields))
    train(path, resume=True, title="a run", every=1e9)
    assert [fields["completed"] for fields in shown] == [*range(41, 61), 60]
    assert shown[0]["speed"] == pytest.approx(1) and shown[-2]["speed"] == pytest.approx(1)


def test_a_run_without_a_step_gives_back_what_it_got(capsys):
    params, progress = fit(regression, start(), draw, steps=0, rng=np.random.default_rng(0), lr=0.1, title="nothing")
    assert not params.W.any() and progress.history == {"loss": []} and "0/0" in capsys.readouterr().err


def test_a_rate_may_be_a_number_or_a_function_of_the_progress():
    seen = []

    def rate(progress):
        seen.append(progress.step)
        return 0.01 * (progress.step + 1)

    options = {"steps": 3, "optimiser": SGD()}
    batches = []
    params = start()

    def loss_and_gradients(p, batch):
        loss, grads = regression(p, batch)
        batches.append(grads)
        return loss, grads

    found, _ = fit(loss_and_gradients, params, draw, rng=np.random.default_rng(1), lr=rate, **options)
    assert seen == [0, 1, 2]
    W = params.W - sum(np.float32(0.01 * (i + 1)) * g.W for i, g in enumerate(batches))
    np.testing.assert_allclose(found.W, W, rtol=1e-5)
    batches.clear()
    found, _ = fit(loss_and_gradients, params, draw, rng=np.random.default_rng(1), lr=0.02, **options)
    np.testing.assert_allclose(found.W, params.W - 0.02 * sum(g.W for g in batches), rtol=1e-5)
