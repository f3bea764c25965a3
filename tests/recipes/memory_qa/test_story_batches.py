"""What the three trainings on stories learn from: every question once an epoch, what is left out, what is strewn in."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnmem.nn.progress import Progress
from nnmem.recipes.memory_qa import lessons, memn2n_training, qa_training
from nnmem.recipes.memory_qa.lessons import Course
from nnmem.recipes.memory_qa.memn2n_training import Settings, place
from nnmem.recipes.memory_qa.qa_training import QASettings
from nnmem.tasks import babi_worlds
from nnmem.tasks.babi_answers import WordLists, write_down
from nnmem.tasks.babi_features import Vocabulary, encode

TASK = babi_worlds.world_task(2, 0, 43)
SEED = 5, 2


@pytest.fixture
def asked(monkeypatch):
    """What ``fit`` is asked for, in place of a training; its history and seconds are made up."""
    calls = []

    def fit(gradients, params, draw, **settings):
        calls.append(SimpleNamespace(gradients=gradients, params=params, draw=draw, **settings))
        return params, Progress(seconds=7.0, history={"loss": [1.0, 2.0]})

    for module in (lessons, memn2n_training, qa_training):
        monkeypatch.setattr(module, "fit", fit)
    return calls


def epochs_of(draw, per_epoch, epochs=2):
    """The batches of some epochs; a step can be drawn again, by whoever goes on there."""
    rng = np.random.default_rng(3)
    return [[draw(rng, Progress(step=e * per_epoch + i)) for i in range(per_epoch)] for e in range(epochs)]


def rates(call, steps):
    return [call.lr(Progress(step=step)) for step in (0, steps // 2, steps)]


def known(rows, all_rows):
    """Which row of all each of these is."""
    return [next(i for i, row in enumerate(all_rows) if np.array_equal(row, each)) for each in rows]


def test_the_question_answering_system_s(asked):
    words = WordLists.of(TASK.train)
    stories = write_down(TASK.train, words, 40)
    settings = QASettings(memory=40, batch=10, epochs=3, dropout=0.25, noise=0.0, size=8)
    qa_training.train(stories, words, settings, SEED)
    [call] = asked
    assert call.steps == 4 * 3 and call.clip_norm == 5 and not call.resume and call.checkpoint is None
    assert rates(call, 12) == pytest.approx([1e-2, 1e-2 * (0.01 + 0.99 / 2), 1e-4])
    assert call.run == {"seed": [5, 2], "questions": 43, **vars(settings)}
    seen = []
    for batches in epochs_of(call.draw, 4):
        order = [i for batch in batches for i in known(batch.told.questions, stories.questions)]
        assert len(order) == 40
        seen.append([batch.answers.tolist() for batch in batches])
        for batch in batches:
            facts = batch.told.facts
            assert facts.shape == (10, batch.told.lengths.max()) and batch.keep.shape == (*facts.shape, 8)
            assert (
                set(np.unique(batch.keep)) == {np.float32(0), np.float32(1 / 0.75)} and batch.keep.dtype == np.float32
            )
    kept = np.concatenate([batch.keep.ravel() for batch in batches])
    assert np.mean(kept > 0) == pytest.approx(0.75, abs=0.03) and seen[0] != seen[1]
    order = np.random.default_rng([*SEED, 1]).permutation(43)[:40].reshape(4, 10)
    assert seen[1] == [stories.answers[chosen].tolist() for chosen in order]
    qa_training.train(stories, words, QASettings(memory=40, batch=50, dropout=0.0, noise=0.5), SEED)
    batch = asked[1].draw(np.random.default_rng(0), Progress())
    assert batch.keep is None and len(batch.answers) == 43, "no batch is larger than what there is"
    order = np.random.default_rng([*SEED, 0]).permutation(43)
    told = stories.lengths[order]
    assert (batch.told.lengths >= told).all() and (batch.told.lengths > told).any(), "empty sentences are strewn in"
    for row, (facts, supporting) in enumerate(zip(batch.told.facts, batch.supporting, strict=True)):
        there = facts[facts > 0] if (facts > 0).any() else facts
        assert there.tolist() == stories.facts[order[row], : told[row]].tolist()
        moved = [facts[at] for at in supporting if at >= 0]
        assert moved == [stories.facts[order[row], at] for at in stories.supporting[order[row]] if at >= 0]


def test_the_end_to_end_network_s(asked):
    encoded = encode(TASK.train, Vocabulary.of(TASK.train), 40)
    settings = Settings(memory=40, batch=10, linear_epochs=1, epochs=8, halve=2, linear_lr=0.5, lr=0.25)
    outcome = memn2n_training.train(encoded, settings, SEED)
    [call] = asked
    assert call.steps == 4 * 9 and call.clip_norm == 40 and outcome.seconds == 7 and outcome.history.tolist() == [1, 2]
    at = {0: 0.5, 3: 0.5, 4: 0.25, 11: 0.25, 12: 0.125, 20: 0.0625}  # halved every two epochs behind the linear one
    assert {step: call.lr(Progress(step=step)) for step in at} == at
    for epoch, batches in enumerate(epochs_of(call.draw, 4)):
        rng = np.random.default_rng([*SEED, epoch])
        order, rows = rng.permutation(43), place(encoded, outcome.model.slots, rng)
        for i, batch in enumerate(batches):
            chosen = order[10 * i : 10 * i + 10]
            assert batch.linear == (epoch == 0) and batch.answers.tolist() == encoded.answers[chosen].tolist()
            np.testing.assert_array_equal(batch.stories[1] > 0, rows[chosen] > 0)
    assert outcome.model.slots == encoded.memory.shape[1] + np.ceil(0.1 * encoded.memory.shape[1])
    quiet = memn2n_training.build(encoded, Settings(noise=False))
    assert quiet.slots == encoded.memory.shape[1] and quiet.hops == 3
    loss, predicted = memn2n_training.score(outcome.model, outcome.params, encoded)
    assert outcome.loss == loss and predicted.shape == (43,)
    answers = np.where(np.arange(43) == 7, -1, encoded.answers)
    loss, _ = memn2n_training.score(outcome.model, outcome.params, encoded._replace(answers=answers))
    assert loss == np.inf, "a word that it cannot say"


def test_the_told_networks(asked):
    [lesson] = lessons.prepare([(TASK, True)], 0)
    n = len(lesson.train.answers)

    class Learner:
        model = SimpleNamespace(init=lambda rng: "first")
        loss_and_gradients = "both"

        def answers(self, params, told):
            assert params == "first"
            return np.full(len(told.lengths), -1)

    learned = lessons.train(Learner(), lesson, Course(3, batch=10, lr=0.5, clip=2.0), (5, 2, 0))
    [call] = asked
    assert n == 40 and call.steps == 3 * 4 and call.clip_norm == 2 and call.gradients == "both"
    assert rates(call, 12)[::2] == pytest.approx([0.5, 0.005]) and learned.validation_error == 100
    for epoch, batches in enumerate(epochs_of(call.draw, 4)):
        order = np.random.default_rng([5, 2, 0, epoch]).permutation(n)
        for i, batch in enumerate(batches):
            chosen = order[10 * i : 10 * i + 10]
            assert batch.draw == (5, 2, 0, epoch, i) and batch.answers.tolist() == lesson.train.answers[chosen].tolist()
            assert batch.told.S.shape[1] == lesson.train.lengths[chosen].max()
            np.testing.assert_array_equal(batch.facts, lesson.train.facts[chosen])
