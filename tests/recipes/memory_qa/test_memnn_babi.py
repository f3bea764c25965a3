"""The recipe memnn-babi on small worlds, and what it shares with dmn-babi."""

import json

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.nn.training import TrainingError
from nnmem.recipes import Result
from nnmem.recipes.memory_qa import lessons, memnn_babi
from nnmem.tasks.babi_worlds import story_text

QUICK = {"starts": 2, "epochs": 2}


@pytest.fixture
def data(tmp_path):
    """Tasks 1 and 6 with test files, task 2 without."""
    folder = tmp_path / "babi" / "en"
    folder.mkdir(parents=True)
    for task in (1, 2, 6):
        for part, name in enumerate(("train", "test")):
            if (task, name) != (2, "test"):
                text = story_text(task, np.random.default_rng([task, part]), 100)
                (folder / f"qa{task}_a-world_{name}.txt").write_text(text)
    return tmp_path / "babi"


def run(data, **options):
    return recipes.run("memnn-babi", data=data, **{**QUICK, **options})


def test_it_learns_two_supporting_facts_of_a_world(monkeypatch):
    monkeypatch.delenv("NNMEM_BABI", raising=False)
    result = recipes.run("memnn-babi", tasks=[2], starts=1, epochs=20)
    assert result.metrics[0]["test_error"] <= 3
    assert result.metrics[0]["paper_error"] is None


def test_metrics_from_the_command_line(data, tmp_path, capsys):
    options = ["--data", str(data), "--starts", "2", "--epochs", "2", "--out", str(tmp_path / "runs"), "--json"]
    assert main(["train", "memnn-babi", "--tasks", "1-2,6", *options]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["task"] for row in shown["metrics"]] == [1, 2, 6]
    for row in shown["metrics"]:
        assert row["start"] in (0, 1) and row["paper_error"] == 0
        assert (row["test_error"] is None) == (row["task"] == 2)
        assert all(0 <= row[key] <= 100 for key in ("train_error", "validation_error"))
    result = Result.load(tmp_path / "runs" / "memnn-babi-seed0" / "result.npz")
    assert result.to_json() == shown and len(result.history["task2_loss"]) == 4
    assert result.arrays["params.task2.U"].shape[0] == 2 and "garden" in result.arrays["words.task6"]
    assert result.plot().axes[0].get_ylabel() == "error / %"


def test_the_papers_mean():
    assert np.mean(list(memnn_babi.PAPER.values())) == pytest.approx(6.65), "6.7 as printed"
    assert list(memnn_babi.PAPER) == list(range(1, 21))


def test_the_choice_never_sees_test_data(data):
    before = run(data, tasks=[1])
    test = data / "en" / "qa1_a-world_test.txt"
    test.write_text(story_text(1, np.random.default_rng(99), 30))
    after = run(data, tasks=[1])
    np.testing.assert_array_equal(before.arrays["params.task1.U"], after.arrays["params.task1.U"])
    for key in ("train_error", "validation_error", "start"):
        assert before.metrics[0][key] == after.metrics[0][key]


def test_the_start_with_the_smallest_validation_error_is_kept(data):
    one, three = (run(data, tasks=[2], starts=n).metrics[0] for n in (1, 3))
    assert three["validation_error"] <= one["validation_error"]


def test_a_start_that_diverges_is_not_kept_and_ends_nothing(data, monkeypatch):
    def broken(learner, lesson, course, seed, *rest):
        if seed[-1] in bad:
            raise TrainingError(f"step 7 of start {seed[-1]}")
        return train(learner, lesson, course, seed, *rest)

    train, bad = lessons.train, {0}
    monkeypatch.setattr(lessons, "train", broken)
    assert run(data, tasks=[1]).metrics[0]["start"] == 1
    bad = {0, 1}
    with pytest.raises(TrainingError, match=r"task 1: no start came to an end; step 7 of start"):
        run(data, tasks=[1])


def test_a_stopped_run_goes_on_to_the_same_numbers(data, tmp_path):
    whole = run(data, tasks=[2], starts=1)
    fit = lessons.fit

    def stops(*args, **options):
        return fit(*args, **{**options, "watch": stop})

    def stop(progress, params):
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons, "fit", lambda *a, **o: stops(*a, **{**o, "every": 0.0}))
        with pytest.raises(KeyboardInterrupt):
            run(data, tasks=[2], starts=1, out=tmp_path)
    again = run(data, tasks=[2], starts=1, out=tmp_path, resume=True)
    assert again.metrics[0]["validation_error"] == whole.metrics[0]["validation_error"]
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[name])


def test_runs_in_parallel_give_the_same(data):
    import joblib

    alone = run(data, tasks=[1, 2])
    with joblib.parallel_config(backend="threading"):
        together = run(data, tasks=[1, 2], jobs=2)
    for name, array in alone.arrays.items():
        np.testing.assert_array_equal(array, together.arrays[name])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "3"], "no training file of task 3 (en, 1k) in"),
        (["--task", "1", "--language", "hn"], "no training file of task 1 (hn, 1k)"),
    ],
)
def test_data_that_are_not_there(data, options, message, capsys):
    assert main(["train", "memnn-babi", "--data", str(data), *options]) == 1
    said = capsys.readouterr().err
    assert said.startswith("nnmem: ") and message in said and said.count("\n") == 1


def test_supporting_facts_that_point_nowhere_end_it_in_one_line(data, capsys):
    (data / "en" / "qa4_a_train.txt").write_text("1 Mary ran.\n2 Where is Mary?\tout\t7\n" * 3)
    assert main(["train", "memnn-babi", "--data", str(data), "--task", "4"]) == 1
    assert "qa4_a_train.txt:2: supporting facts are '7', should be numbers of earlier" in capsys.readouterr().err


def test_answers_of_several_words_are_one_word(data):
    text = "1 Mary got the milk.\n2 Mary got the apple.\n3 What has Mary?\tmilk,apple\t1 2\n"
    (data / "en" / "qa8_lists_train.txt").write_text(text * 40)
    result = run(data, tasks=[8])
    assert "milk,apple" in result.arrays["words.task8"] and result.metrics[0]["validation_error"] == 0
