"""What the recipes on bAbI's stories share: the start that is kept, what is told of it, and starts that fail."""

from typing import NamedTuple

import numpy as np
import pytest

from nnmem.nn.checkpoint import load_arrays, save_arrays
from nnmem.nn.training import TrainingError
from nnmem.recipes.memory_qa import lessons
from nnmem.recipes.memory_qa.lessons import Course, Learned, run_lessons
from nnmem.recipes.run import Run, find
from nnmem.tasks import babi, babi_worlds


class Params(NamedTuple):
    x: np.ndarray


class Constant:
    """Answers every question with the word of its one parameter."""

    model = None

    def __init__(self, lesson, course):
        self.lesson = lesson

    def answers(self, params, told):
        return np.full(len(told.lengths), int(params.x[0]))


@pytest.fixture
def run_with(monkeypatch):
    """Run on generated worlds with starts that come to these worths; an error is a start that fails."""
    monkeypatch.delenv(babi.VARIABLE, raising=False)
    worlds = {task: babi_worlds.world_task(task, 3, 60) for task in (1, 6)}
    monkeypatch.setattr(lessons, "load", lambda tasks, *where: [(worlds[task], where[2] == "1k") for task in tasks])
    seen = []

    def run_with(worths, paper=None, size="1k", tasks=(1, 6)):
        def start(build, judge, lesson, course, numbers, checkpoint, resume):
            seen.append((lesson.number, numbers, checkpoint, resume, judge))
            worth = worths[lesson.number][numbers[2]]
            if isinstance(worth, TrainingError):
                return worth, np.inf, 3.0
            return Learned(Params(np.full(1, numbers[2])), np.arange(4.0) + numbers[2], 10.0 * worth, 2.0), worth, 3.0

        monkeypatch.setattr(lessons, "_start", start)
        starts = len(next(iter(worths.values())))
        where = list(tasks), None, "en", size
        return run_lessons("name", Run(5, None, True), where, Constant, Course(2), paper, starts, 1), seen, worlds

    return run_with


def wrong(questions, word):
    return 100 * np.mean([question.answer != word for question in questions])


def test_the_best_start_is_kept_the_first_of_equals(run_with):
    result, seen, worlds = run_with({1: [0.5, 0.2, 0.2], 6: [0.1, 0.7, 0.4]}, {1: 1.5, 6: 2.5})
    assert [(task, numbers) for task, numbers, *_ in seen] == [(t, (5, t, start)) for t in (1, 6) for start in range(3)]
    assert all(resume and checkpoint is None and judge is lessons.error for *_, checkpoint, resume, judge in seen)
    assert [(row["task"], row["start"]) for row in result.metrics] == [(1, 1), (6, 0)]
    assert [row["validation_error"] for row in result.metrics] == pytest.approx([2.0, 1.0])
    assert [row["paper_error"] for row in result.metrics] == [None, None], "no paper has read generated stories"
    assert {row["stories"] for row in result.metrics} == {"generated"} and result.steps == 2 * 4 * 3
    assert [row["cpu_seconds"] for row in result.metrics] == [9.0, 9.0] and (result.recipe, result.seed) == ("name", 5)
    assert 0 <= result.seconds < 300
    for row in result.metrics:
        task, key = worlds[row["task"]], f"task{row['task']}"
        words = result.arrays[f"words.{key}"]
        assert words.tolist() == sorted(words.tolist()) and result.arrays[f"params.{key}.x"] == [row["start"]]
        assert row["test_error"] == pytest.approx(wrong(task.test, words[row["start"]]))
        np.testing.assert_array_equal(result.history[f"{key}_loss"], np.arange(4) + row["start"])
        assert result.arrays[f"longest.{key}"] == max(len(s) for q in task.train for s in (*q.story, q.words))


def test_only_the_paper_s_own_data_are_compared(run_with):
    result, *_ = run_with({1: [0.5], 6: [0.5]}, {1: 1.5, 6: 2.5}, "10k")
    assert [row["paper_error"] for row in result.metrics] == [None, None]
    assert {row["stories"] for row in result.metrics} == {"bAbI"}


def test_a_start_that_fails_is_not_kept_and_where_all_do_the_task_is_named(run_with):
    failed = TrainingError("step 3: loss nan")
    result, *_ = run_with({1: [failed, 0.9], 6: [0.1, failed]})
    assert [row["start"] for row in result.metrics] == [1, 0]
    with pytest.raises(TrainingError, match=r"^task 6: no start came to an end; step 3: loss nan$"):
        run_with({1: [0.3, 0.9], 6: [failed, failed]})


def test_errors_are_per_cent_of_all_questions_some_at_a_time(monkeypatch):
    monkeypatch.setattr(lessons, "SCORED", 7)
    [lesson] = lessons.prepare([(babi_worlds.world_task(1, 3, 60), True)], 0)
    assert len(lesson.held_out.answers) == 5 and len(lesson.train.answers) == 55 and len(lesson.test.answers) == 60
    for word in range(len(lesson.vocabulary.words)):
        found = lessons.error(Constant(lesson, None), Params(np.array([word])), lesson.test)
        assert found == pytest.approx(100 * np.mean(lesson.test.answers != word))


@pytest.mark.parametrize(("name", "file"), [("memnn-babi", "task1-0"), ("qa-memory", "task1-whole")])
def test_the_processor_seconds_of_a_resumed_run_are_those_of_all_its_stretches(name, file, tmp_path, monkeypatch):
    monkeypatch.delenv(babi.VARIABLE, raising=False)
    first = find(name).run(Run(out=tmp_path), tasks=[1], epochs=1)
    about, arrays = load_arrays(tmp_path / f"{file}.npz")
    assert 0 < about["processor"] <= first.metrics[0]["cpu_seconds"] + 0.05
    save_arrays(tmp_path / f"{file}.npz", {**about, "processor": 1000.0}, arrays)
    resumed = find(name).run(Run(out=tmp_path, resume=True), tasks=[1], epochs=1)
    assert 1000 <= resumed.metrics[0]["cpu_seconds"] < 1100


def test_a_start_tells_its_worth_and_its_processor_time(monkeypatch):
    clock = iter([100.0, 107.0, 112.0, 200.0, 203.0])
    learned = Learned(Params(np.ones(1)), np.ones(2), 5.0, 40.0)
    monkeypatch.setattr(lessons.time, "process_time", lambda: next(clock))
    lesson = lessons.prepare([(babi_worlds.world_task(1, 3, 60), True)], 0)[0]

    def train(learner, given, course, *rest):
        assert given is lesson and course == "course" and isinstance(learner, Constant)
        if rest == ("fails",):
            raise TrainingError("no")
        return learned

    def judge(learner, params, questions):
        assert params is learned.params and questions is lesson.held_out
        return 0.25

    monkeypatch.setattr(lessons, "train", train)
    found, *told = lessons._start(Constant, judge, lesson, "course", "goes")
    assert found is learned and told == [0.25, 45.0], "of training, also in stretches before, and of judging"
    problem, worth, seconds = lessons._start(Constant, judge, lesson, "course", "fails")
    assert str(problem) == "no" and worth == np.inf and seconds == 3.0
