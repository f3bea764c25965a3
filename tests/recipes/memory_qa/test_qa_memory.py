"""The recipe of the question-answering system: what it reports, keeps and refuses."""

import numpy as np
import pytest

from nnmem.nn.training import TrainingError
from nnmem.recipes.memory_qa.qa_memory import ABLATION, RECIPE, _there, converse, settings_of
from nnmem.recipes.result import Result
from nnmem.recipes.run import Run
from nnmem.tasks import babi


@pytest.fixture(autouse=True)
def generated(monkeypatch):
    monkeypatch.delenv(babi.VARIABLE, raising=False)


def test_it_learns_generated_worlds_and_is_asked(tmp_path):
    result = RECIPE.run(Run(seed=3), tasks=[1], epochs=8)
    (row,) = result.metrics
    assert list(row) == ["task", "train_error", "validation_error", "test_error", "cpu_seconds"]
    assert row["task"] == 1 and row["test_error"] < 15 and 0 <= row["cpu_seconds"] < 300 and 0 <= result.seconds < 900
    assert len(result.history["task1_loss"]) == result.steps and result.plot()
    result.save(tmp_path / "result.npz")
    talk = converse(Result.load(tmp_path / "result.npz"), 1)
    talk.tell("Mary went to the kitchen.")
    assert talk.ask("Where is Mary?").text == "kitchen"
    with pytest.raises(ValueError, match="nothing was learned on task 2, but on 1"):
        converse(result, 2)


def test_without_parts_there_is_a_column_each():
    result = RECIPE.run(Run(seed=0), tasks=[1], epochs=1, ablation=())
    (row,) = result.metrics
    assert list(row) == ["task", *ABLATION] and all(0 <= row[name] <= 100 for name in ABLATION)
    assert result.plot()
    some = RECIPE.run(Run(seed=0), tasks=[1], epochs=1, ablation=["uniform writing"])
    assert some.metrics == [{name: row[name] for name in ("task", "whole", "uniform writing")}]


def test_the_same_seed_gives_the_same_numbers_and_another_does_not():
    runs = [RECIPE.run(Run(seed=seed), tasks=[1], epochs=1) for seed in (0, 0, 1)]
    names = [name for name in runs[0].arrays if name.startswith("params.")]
    assert all(np.array_equal(runs[0].arrays[name], runs[1].arrays[name]) for name in names)
    assert not all(np.array_equal(runs[0].arrays[name], runs[2].arrays[name]) for name in names)


def test_sizes_are_those_of_the_task():
    assert settings_of(1).slots == 8 and settings_of(3).hops == 3 and settings_of(19) == settings_of(2)


def test_data_that_are_not_there(tmp_path):
    with pytest.raises(TrainingError, match="no training file of task 1"):
        RECIPE.run(Run(), tasks=[1], data=tmp_path)


def test_the_tasks_by_default_are_those_with_sizes_or_those_that_can_be_made(tmp_path, monkeypatch):
    assert _there(None) == [1, 2, 3] and _there(tmp_path) == [1, 2, 3, 8]
    monkeypatch.setenv(babi.VARIABLE, str(tmp_path))
    assert _there(None) == [1, 2, 3, 8]
