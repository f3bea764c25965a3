"""The recipe memn2n-babi on small worlds."""

import json
from pathlib import Path

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.nn.training import TrainingError
from nnmem.recipes import Result
from nnmem.recipes.memory_qa import memn2n_babi
from nnmem.recipes.memory_qa.memn2n_training import Settings, error, score, train
from nnmem.study import bench
from nnmem.tasks.babi import load_task
from nnmem.tasks.babi_features import Vocabulary, encode
from nnmem.tasks.babi_worlds import story_text, world_task

KEYS = {"task", "train_error", "validation_error", "test_error", "paper_error", "restart"}
QUICK = {"restarts": 2, "epochs": 2}


@pytest.fixture
def data(tmp_path):
    """Tasks 1 and 6 with test files, task 2 without."""
    folder = tmp_path / "babi" / "en"
    folder.mkdir(parents=True)
    for task in (1, 2, 6):
        for part, name in enumerate(("train", "test")):
            if (task, name) != (2, "test"):
                text = story_text(task, np.random.default_rng([task, part]), 60)
                (folder / f"qa{task}_a-world_{name}.txt").write_text(text)
    return tmp_path / "babi"


def run(data, **options):
    return recipes.run("memn2n-babi", data=data, **{**QUICK, **options})


def test_it_learns_a_world():
    task = world_task(1)
    vocabulary = Vocabulary.of(task.train)
    learned, tested = (encode(part, vocabulary, 12) for part in (task.train, task.test))
    settings = Settings(memory=12, linear_epochs=10, epochs=10, halve=5)
    best = min((train(learned, settings, (0, start)) for start in range(2)), key=lambda run: run.loss)
    assert error(tested, score(best.model, best.params, tested)[1]) < 5
    assert best.history[-10:].mean() < best.history[:10].mean() / 5


def test_metrics_from_the_command_line(data, tmp_path, capsys):
    options = ["--data", str(data), "--restarts", "2", "--epochs", "2", "--out", str(tmp_path / "runs"), "--json"]
    assert main(["train", "memn2n-babi", "--tasks", "1-2,6", *options]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["task"] for row in shown["metrics"]] == [1, 2, 6]
    for row in shown["metrics"]:
        assert set(row) >= KEYS and row["restart"] in (0, 1)
        assert (row["test_error"] is None) == (row["task"] == 2)
        assert 0 <= row["train_error"] <= 100 and 0 <= row["validation_error"] <= 100
        assert row["paper_error"] == {1: 0.0, 2: 8.3, 6: 7.6}[row["task"]]
    result = Result.load(tmp_path / "runs" / "memn2n-babi-seed0" / "result.npz")
    assert result.to_json() == shown and len(result.history["task2"]) == 42
    assert result.arrays["params.task6.E"].shape[0] == 4 and "garden" in result.arrays["words.task6"]
    assert [bar.get_label() for bar in result.plot().axes[0].containers][-1] == "paper, test error"


def test_the_paper_s_mean():
    assert np.mean(list(memn2n_babi.PAPER.values())) == pytest.approx(13.855), "13.9 as printed"
    assert list(memn2n_babi.PAPER) == list(range(1, 21))


def test_joint_training_has_one_model(data):
    result = run(data, joint=True)
    assert [row["task"] for row in result.metrics] == [1, 2, 6] and set(result.history) == {"joint"}
    assert len({row["restart"] for row in result.metrics}) == 1
    assert result.arrays["params.joint.E"].shape[-1] == 50
    assert [row["paper_error"] for row in result.metrics] == 3 * [None], "of one model for each task"


@pytest.mark.parametrize(("language", "size", "paper"), [("en", "1k", 0.0), ("hn", "1k", None), ("en", "10k", None)])
def test_only_the_paper_s_own_data_are_compared(data, monkeypatch, language, size, paper):
    monkeypatch.setattr(memn2n_babi, "load", lambda *given: [(load_task(data, 1, "en", "1k"), False)])
    [row] = run(data, language=language, size=size, restarts=1, epochs=1).metrics
    assert row["paper_error"] == paper and row["test_error"] is not None


def test_ablations_are_columns(data):
    result = run(data, ablation=True, tasks=[1, 2], restarts=1)
    assert [(row["task"], row["error_on"]) for row in result.metrics] == [(1, "test"), (2, "validation")]
    for row in result.metrics:
        assert set(row) - {"task", "error_on"} == {
            "BoW",
            "PE",
            "PE LS",
            "PE LS RN",
            "the paper's PE",
            "1 hop",
            "2 hops",
        }
        assert all(0 <= row[name] <= 100 for name in memn2n_babi.ABLATION)
    heights = [bar.get_height() for bar in result.plot().axes[0].patches]
    assert heights == [np.mean([row[name] for row in result.metrics]) for name in memn2n_babi.ABLATION]


def test_the_benchmark_runs_without_peers(monkeypatch, capsys):
    for name, value in bench.ONE_THREAD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NNMEM_BABI", raising=False)
    monkeypatch.setattr(bench, "installed_peers", lambda: ([], []))
    assert main(["bench", "memn2n", "--rounds", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["case"] for row in shown] == [f"MemN2N step, task {task}" for task in (1, 2, 3)]


def test_the_choice_never_sees_test_data(data):
    before = run(data, tasks=[1], restarts=3)
    test = data / "en" / "qa1_a-world_test.txt"
    test.write_text(story_text(1, np.random.default_rng(99), 30))
    after = run(data, tasks=[1], restarts=3)
    np.testing.assert_array_equal(before.arrays["params.task1.E"], after.arrays["params.task1.E"])
    for key in ("train_error", "validation_error", "restart"):
        assert before.metrics[0][key] == after.metrics[0][key]


def test_the_start_with_the_smallest_training_loss_is_chosen(data):
    one = [run(data, tasks=[1], restarts=n).metrics[0] for n in (1, 3)]
    assert one[1]["train_loss"] <= one[0]["train_loss"]


def test_a_start_that_diverges_is_not_chosen_and_ends_nothing(data, monkeypatch):
    def broken(encoded, settings, seed, *rest):
        if seed[-1] in bad:
            raise TrainingError(f"step 7 of start {seed[-1]}")
        return train(encoded, settings, seed, *rest)

    train = memn2n_babi.train
    bad = {run(data, tasks=[1], restarts=2).metrics[0]["restart"]}
    monkeypatch.setattr("nnmem.recipes.memory_qa.memn2n_babi.train", broken)
    assert run(data, tasks=[1], restarts=2).metrics[0]["restart"] not in bad
    bad = {0, 1}
    with pytest.raises(TrainingError, match=r"task1: no start of 2 .* step 7 of start"):
        run(data, tasks=[1], restarts=2)


@pytest.mark.parametrize("backend", ["loky", "threading", "sequential"])
def test_runs_in_parallel_give_the_same(data, backend):
    import joblib

    alone = run(data, tasks=[1, 2])
    with joblib.parallel_config(backend=backend):
        together = run(data, tasks=[1, 2], jobs=2)
    assert together.metrics == alone.metrics
    for name, array in alone.arrays.items():
        np.testing.assert_array_equal(array, together.arrays[name])


def test_without_joblib_it_says_what_to_install(data, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "joblib", None)
    options = ["--data", str(data), "--task", "1", "--jobs", "2"]
    assert main(["train", "memn2n-babi", *options, "--out", str(data / "runs")]) == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith("pip install 'nnmem[recipes]'")


def test_finished_runs_are_resumed(data, tmp_path, monkeypatch):
    first = run(data, tasks=[1], out=tmp_path)
    monkeypatch.setattr("nnmem.recipes.memory_qa.memn2n_training.loss_and_gradients", None)  # nothing is left to train
    again = run(data, tasks=[1], out=tmp_path, resume=True)
    assert again.metrics == first.metrics


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "3"], "no training file of task 3 (en, 1k) in"),
        (["--task", "1", "--size", "10k"], "found no training file"),
        (["--task", "1", "--language", "hn"], "no training file of task 1 (hn, 1k)"),
    ],
)
def test_data_that_are_not_there(data, options, message, capsys):
    assert main(["train", "memn2n-babi", "--data", str(data), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith("nnmem: ") and message in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        *(("--tasks", text) for text in ("0", "21", "a", "1-", "")),
        ("--restarts", "0"),
        ("--epochs", "-1"),
        ("--jobs", "0"),
    ],
)
def test_options_that_make_no_sense(option, wrong, capsys):
    with pytest.raises(SystemExit):
        main(["train", "memn2n-babi", option, wrong])
    assert f"argument {option}: is {wrong}, should be" in capsys.readouterr().err


def test_without_data_there_are_worlds(monkeypatch, capsys):
    monkeypatch.delenv("NNMEM_BABI", raising=False)
    monkeypatch.setattr("nnmem.tasks.babi_worlds.world_task", lambda task, seed: world_task(task, seed, 60))
    result = run(None, tasks=[15])
    assert "generated worlds" in capsys.readouterr().err
    assert result.metrics[0]["test_error"] is not None and result.metrics[0]["paper_error"] is None
    with pytest.raises(TrainingError, match="there are worlds for tasks 1, 2, 3, 6, 15"):
        run(None, tasks=[4])


def test_stories_longer_than_memory_are_named_once(data, capsys):
    folder = data / "en"
    text = "\n".join(f"{i} Mary went to the garden." for i in range(1, 61)) + "\n61 Where is Mary?\tgarden\t60\n"
    (folder / "qa3_long_train.txt").write_text(text * 3)
    run(data, tasks=[3])
    assert capsys.readouterr().err.count("Tasks 3 have stories of more than 50 sentences: the latest 50 are kept.") == 1


@pytest.mark.parametrize("name", ["single", "joint"])
def test_committed_results_have_every_task(name):
    path = Path(__file__).parents[3] / "notebooks" / "results" / f"memn2n-{name}.json"
    told = json.loads(path.read_text())
    assert told["recipe"] == "memn2n-babi" and told["command"].startswith("nnmem train memn2n-babi")
    assert [row["task"] for row in told["metrics"]] == list(range(1, 21))
    assert all(0 <= row[key] <= 100 for row in told["metrics"] for key in ("train_error", "validation_error"))


def test_the_committed_ablation_is_whole():
    path = Path(__file__).parents[3] / "notebooks" / "results" / "memn2n-ablation.json"
    rows = json.loads(path.read_text())["metrics"]
    assert [row["task"] for row in rows] == list(range(1, 21))
    for row in rows:
        assert list(row) == ["task", "error_on", *memn2n_babi.ABLATION]
        assert all(0 <= row[name] <= 100 for name in memn2n_babi.ABLATION)
