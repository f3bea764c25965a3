"""The recipe dmn-babi on small worlds."""

import json

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.models.memory_qa.told import Told
from nnmem.recipes.memory_qa import dmn_babi
from nnmem.recipes.memory_qa.dmn_babi import forgetful, wanted_gates
from nnmem.recipes.memory_qa.lessons import ToldBatch
from nnmem.tasks.babi_worlds import story_text


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "en"
    folder.mkdir()
    for task in (1, 2):
        for part, name in enumerate(("train", "test")):
            text = story_text(task, np.random.default_rng([task, part]), 200)
            (folder / f"qa{task}_a-world_{name}.txt").write_text(text)
    return tmp_path


def test_it_learns_a_world(monkeypatch):
    monkeypatch.delenv("NNMEM_BABI", raising=False)
    result = recipes.run("dmn-babi", tasks=[1], epochs=20, starts=1)
    assert result.metrics[0]["test_error"] <= 3 and result.metrics[0]["stories"] == "generated"


def test_metrics_from_the_command_line(data, tmp_path, capsys):
    options = ["--data", str(data), "--epochs", "1", "--out", str(tmp_path / "runs"), "--json"]
    assert main(["train", "dmn-babi", "--tasks", "1,2", "--without-gates", "--episodes", "1", *options]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [(row["task"], row["paper_error"]) for row in shown["metrics"]] == [(1, 0.0), (2, 1.8)]
    assert all(0 <= row["test_error"] <= 100 for row in shown["metrics"])


def test_a_stopped_run_goes_on_to_the_same_numbers_dropout_included(data, tmp_path):
    from nnmem.recipes.memory_qa import lessons

    options = {"tasks": [2], "epochs": 2, "starts": 1, "data": data}
    whole, fit = recipes.run("dmn-babi", **options), lessons.fit

    def stop(progress, params):
        if progress.step == 5:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons, "fit", lambda *a, **o: fit(*a, **{**o, "watch": stop, "every": 0.0}))
        with pytest.raises(KeyboardInterrupt):
            recipes.run("dmn-babi", out=tmp_path / "runs", **options)
    again = recipes.run("dmn-babi", out=tmp_path / "runs", resume=True, **options)
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[name])


def test_as_many_episodes_as_facts_is_what_is_taken_by_default(monkeypatch):
    """The same numbers to the last digit, whether the default is asked for or not."""
    monkeypatch.delenv("NNMEM_BABI", raising=False)
    default, asked = (recipes.run("dmn-babi", tasks=[3], epochs=1, starts=1, episodes=n).arrays for n in (0, 3))
    for name, array in default.items():
        np.testing.assert_array_equal(array, asked[name])


def test_where_gates_should_look():
    facts = np.array([[3, 1, -1, -1], [0, 1, 2, 3], [-1, -1, -1, -1], [2, -1, -1, -1]])
    wanted = wanted_gates(facts, (4, 2, 4))
    assert wanted.tolist() == [
        [[0, 0, 0, 1], [0, 1, 0, 0]],
        [[1, 0, 0, 0], [0, 1 / 3, 1 / 3, 1 / 3]],
        [[0] * 4] * 2,
        [[0, 0, 1, 0]] * 2,
    ]
    assert wanted_gates(facts[:, :2], (4, 3, 4))[0].tolist() == [[0, 0, 0, 1], [0, 1, 0, 0], [0, 1, 0, 0]]


def test_the_gradient_is_that_of_the_loss(monkeypatch):
    """Along a random direction, gates told and not told."""
    seen, backward = [], dmn_babi.DMN.backward
    monkeypatch.setattr(dmn_babi.DMN, "backward", lambda self, *given: seen.append(given) or backward(self, *given))
    from nnmem.nn.tree import pack
    from nnmem.recipes.memory_qa.dmn_babi import DMNCourse, SupervisedGates
    from nnmem.recipes.memory_qa.lessons import Lesson
    from nnmem.tasks.babi_features import Vocabulary
    from nnmem.tasks.babi_supported import Supported

    rng = np.random.default_rng(5)
    told = Told(rng.normal(size=(3, 4, 6)), np.array([4, 2, 3]), rng.normal(size=(3, 6)))
    batch = ToldBatch(told, np.array([0, 2, 1]), np.array([[3, 0], [1, -1], [0, 2]]), (1, 2))
    none = np.zeros((0, 6))
    lesson = Lesson(1, Vocabulary(("a", "b", "c"), 1), Supported(none, none, none, none, none, none), None, None, False)
    for supervised in (True, False):
        learner = SupervisedGates(lesson, DMNCourse(1, supervised=supervised, embedding_size=4, episodes=2))
        x, params = pack(learner.model.init(rng, np.float64))
        _, gradients = learner.loss_and_gradients(params, batch)
        dx, _ = pack(gradients)
        step = 1e-6 * rng.normal(size=x.size)
        x += step
        above = learner.loss_and_gradients(params, batch)[0]
        x -= 2 * step
        below = learner.loss_and_gradients(params, batch)[0]
        assert (above - below) / 2 == pytest.approx(dx @ step, rel=1e-5)
        single = batch._replace(told=told._replace(S=told.S.astype(np.float32), Q=told.Q.astype(np.float32)))
        learner.loss_and_gradients(learner.model.init(rng), single)
        assert all(part.dtype == np.float32 for part in seen[-1][:2]), "what comes back is as precise as what went in"


def numbered_stories(B=200, N=6):
    """Sentence i of story b is [b, i]; odd stories have two facts, the others none that is known."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(2, N + 1, B)
    S = np.stack(np.broadcast_arrays(np.arange(B)[:, None], np.arange(N)), axis=-1).astype(float)
    facts = np.array([rng.choice(n, 2, replace=False) for n in lengths])
    facts[::2] = -1
    return ToldBatch(Told(S, lengths, np.zeros((B, 2))), np.zeros(B, int), facts, (1,))


def test_what_is_left_out_is_no_fact_and_the_rest_keeps_its_order():
    batch = numbered_stories()
    left = forgetful(batch, 0.9, np.random.default_rng(0))
    (S, lengths, _), (_, told_lengths, _) = left.told, batch.told
    for b in range(len(lengths)):
        story = S[b, : lengths[b]]
        assert (story[:, 0] == b).all() and (np.diff(story[:, 1]) > 0).all() and (story[:, 1] < told_lengths[b]).all()
        if b % 2:
            assert story[left.facts[b], 1].tolist() == batch.facts[b].tolist()
        else:
            assert lengths[b] == told_lengths[b] and (left.facts[b] == -1).all()
    share = 1 - (lengths[1::2] - 2).sum() / (told_lengths[1::2] - 2).sum()
    assert share == pytest.approx(0.9 / 2, abs=0.08)
    assert S.shape[1] == lengths.max()


def test_where_nothing_is_drawn_nothing_is_left_out():
    """What judges a start is the loss of the stories held out as they are."""
    from nnmem.recipes.memory_qa.dmn_babi import DMNCourse, SupervisedGates, held_out_loss
    from nnmem.recipes.memory_qa.lessons import prepare
    from nnmem.tasks.babi_worlds import world_task

    (lesson,) = prepare([(world_task(2, questions=100), True)], 0)
    learner = SupervisedGates(lesson, DMNCourse(1))
    params = learner.model.init(np.random.default_rng(0))
    plain = SupervisedGates(lesson, DMNCourse(1, dropout=0.0, forgotten=0.0))
    found, wanted = (held_out_loss(each, params, lesson.held_out) for each in (learner, plain))
    assert found == wanted


def test_the_start_with_the_smallest_loss_held_out_is_kept(data, monkeypatch):
    judged = []

    def judge(learner, params, questions, least=dmn_babi.held_out_loss, sign=1):
        judged.append(least(learner, params, questions))
        return sign * judged[-1]

    monkeypatch.setattr(dmn_babi, "held_out_loss", judge)
    kept = recipes.run("dmn-babi", tasks=[1], epochs=1, starts=2, data=data).metrics[0]["start"]
    assert kept == np.argmin(judged) and judged[0] != judged[1]
    monkeypatch.setattr(dmn_babi, "held_out_loss", lambda *given: judge(*given, sign=-1))
    assert recipes.run("dmn-babi", tasks=[1], epochs=1, starts=2, data=data).metrics[0]["start"] == 1 - kept


def test_the_papers_mean():
    assert np.mean(list(dmn_babi.PAPER.values())) == pytest.approx(6.395), "6.4 as printed"
    assert list(dmn_babi.PAPER) == list(range(1, 21))


def test_the_benchmark_runs_without_peers(monkeypatch, capsys):
    from nnmem.study import bench

    for name, value in bench.ONE_THREAD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bench, "installed_peers", lambda: ([], []))
    assert main(["bench", "memory_qa", "--rounds", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["case"].split(",")[0] for row in shown] == [
        "GRU over 20 steps",
        "memory network step",
        "dynamic memory network step",
    ]
