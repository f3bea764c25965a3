"""Learning to answer at the desk: figures, threshold, gradients, a short run that resumes."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from nnmem import recipes
from nnmem.models.memory_qa.told import Told
from nnmem.nn.checkpoint import CheckpointError
from nnmem.nn.tree import leaves, pack
from nnmem.recipes.memory_qa import desk_training
from nnmem.recipes.memory_qa.ask_dmn import DeskDMN
from nnmem.recipes.memory_qa.ask_memn2n import DeskMemN2N
from nnmem.recipes.memory_qa.ask_memnn import DeskMemNN
from nnmem.recipes.memory_qa.desk_training import Guesses, choose_threshold, concerned, figures, guess
from nnmem.recipes.memory_qa.lessons import Course, Lesson, ToldBatch, train
from nnmem.recipes.memory_qa.story_desk import Desk
from nnmem.recipes.result import Result, named_params
from nnmem.tasks.babi_supported import Supported, supported
from nnmem.tasks.desk_phrases import desk_vocabulary
from nnmem.tasks.desk_stories import sample

WORDS = desk_vocabulary()


class Notes(NamedTuple):
    """Parameters of nothing."""

    w: np.ndarray


LEARNERS = pytest.mark.parametrize("build", [DeskMemNN, DeskDMN, DeskMemN2N])


def batch_of(learner, stories=4):
    desk = Desk(learner, None, WORDS, 0.0)
    wanted = [each for each in concerned(desk, sample(np.random.default_rng(0), stories)) if each.question.story]
    coded = supported([each.question for each in wanted], WORDS, learner.slots, learner.hops)
    told = Told(coded.sentences[coded.stories].astype(float), coded.lengths, coded.questions.astype(float))
    return wanted, ToldBatch(told, coded.answers, coded.facts, (0,))


def test_figures():
    guesses = Guesses(
        np.array([1, 2, 0, 1, 0, 5, 0]), np.array([0.9, 0.9, 0.9, 0.3, 0.9, 0.4, 0.2]), np.array([1, 3, 4, 1, 0, 0, 0])
    )
    assert figures(guesses, untold=0, threshold=0.0) == (0.25, 0.25, pytest.approx(2 / 3))
    assert figures(guesses, untold=0, threshold=0.5) == (0.25, 0.5, 1.0)
    assert figures(guesses, untold=0, threshold=1.0) == (0.0, 1.0, 1.0)
    assert figures(Guesses(*(part[4:] for part in guesses)), 0, 0.5) == (0.0, 0.0, 1.0)


def test_threshold_keeps_farthest_from_the_bars():
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 4, 4000)
    right = rng.random(4000) < 0.96
    certainty = np.where(right, rng.uniform(0.6, 1, 4000), rng.uniform(0.3, 0.7, 4000))
    guesses = Guesses(np.where(right, answers, (answers + 1) % 4), certainty, answers)
    chosen = choose_threshold(guesses, untold=0)

    def worst(threshold):
        wrong, declined, caught = figures(guesses, 0, threshold)
        return max(wrong / 0.02, declined / 0.03, (1 - caught) / 0.05)

    assert worst(chosen) == min(map(worst, np.linspace(0, 0.995, 200))) < min(worst(0.0), worst(0.9))


def test_where_the_bars_cannot_all_be_reached_few_answers_are_wrong():
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 4, 4000)
    certainty = rng.random(4000)
    right = rng.random(4000) < certainty
    guesses = Guesses(np.where(right, answers, (answers + 1) % 4), certainty, answers)
    wrong, declined, _ = figures(guesses, 0, choose_threshold(guesses, untold=0))
    spared = 2 * np.sqrt(0.02 * 0.98 / 4000)
    assert 0.018 - spared < wrong <= 0.02 - spared and declined > 0.5, "as many answers as the first bar allows"


@LEARNERS
def test_gradients_of_the_loss(build):
    learner = build()
    _, batch = batch_of(learner)
    rng = np.random.default_rng(1)
    x, params = pack(learner.model.init(rng, np.float64))
    x *= 2
    _, gradients = learner.loss_and_gradients(params, batch)
    analytic = np.concatenate([gradient.ravel() for _, gradient in leaves(gradients)])
    start = x.copy()
    for _ in range(3):
        direction = rng.normal(size=x.shape)
        ends = []
        for step in (1e-6, -1e-6):
            x[:] = start + step * direction
            ends.append(learner.loss_and_gradients(params, batch)[0])
        x[:] = start
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-6, analytic @ direction, rtol=1e-5)


def test_batches_of_like_length():
    stories = np.random.default_rng(0).integers(1, 30, 100)
    coded = Supported(
        np.ones((2, 3), np.float32), np.ones((100, 29), int), stories, np.ones((100, 3)), stories * 0, stories[:, None]
    )
    drawn = []

    class Noting:
        model = SimpleNamespace(init=lambda rng: Notes(np.zeros(1)))

        def loss_and_gradients(self, params, batch):
            drawn.append((batch.told.lengths, batch.told.S.shape[1]))
            return 0.0, Notes(np.zeros(1))

        def answers(self, params, told):
            return np.zeros(len(told.Q), int)

    lesson = Lesson(0, WORDS, coded, coded, None, True)
    train(Noting(), lesson, Course(2, batch=10, alike=True), (0,))
    assert len(drawn) == 20 and all(wide == lengths.max() for lengths, wide in drawn)
    assert np.mean([lengths.max() - lengths.min() for lengths, _ in drawn]) < 4
    for epoch in (drawn[:10], drawn[10:]):
        assert sorted(np.concatenate([lengths for lengths, _ in epoch])) == sorted(stories), "each once"
        longest = [wide for _, wide in epoch]
        assert longest != sorted(longest), "long ones do not always come last"


def test_memn2n_is_told_no_facts():
    learner = DeskMemN2N()
    _, batch = batch_of(learner)
    params = learner.model.init(np.random.default_rng(3), np.float64)
    blind = batch._replace(facts=np.full_like(batch.facts, -1))
    assert learner.loss_and_gradients(params, batch)[0] == learner.loss_and_gradients(params, blind)[0]
    latest = learner.latest_first(batch.told)
    for S, length, slots, there in zip(batch.told.S, batch.told.lengths, latest.S, latest.occupied, strict=True):
        np.testing.assert_array_equal(slots[:length], S[:length][::-1])
        assert there.sum() == length < learner.model.slots, "some slots are always empty"


@LEARNERS
def test_what_is_seen_is_in_the_order_told(build):
    learner = build()
    wanted, batch = batch_of(learner)
    params = learner.model.init(np.random.default_rng(2), np.float64)
    seen = learner.see(params, batch.told)
    np.testing.assert_allclose(seen.chances.sum(axis=1), 1)
    for i in range(0, len(wanted), 5):  # alone, without the room that longer stories leave, the same
        n = batch.told.lengths[i]
        alone = learner.see(
            params, Told(batch.told.S[i : i + 1, :n], batch.told.lengths[i : i + 1], batch.told.Q[i : i + 1])
        )
        np.testing.assert_allclose(alone.chances[0], seen.chances[i], atol=1e-12)
        np.testing.assert_allclose(alone.weights[0], seen.weights[i, :, :n], atol=1e-12)
        assert not seen.weights[i, :, n:].any()


@pytest.mark.parametrize("name", ["ask-memnn", "ask-dmn", "ask-memn2n"])
def test_a_short_run_is_saved_loaded_and_resumed(name, tmp_path, monkeypatch):
    monkeypatch.setattr(desk_training, "VALIDATED", 20)
    monkeypatch.setattr(desk_training, "TESTED", 10)
    results = [recipes.run(name, out=tmp_path, resume=resume, stories=20, epochs=1) for resume in (False, True)]
    results[0].save(tmp_path / "result.npz")
    for array, same in zip(results[0].arrays.values(), results[1].arrays.values(), strict=True):
        np.testing.assert_array_equal(array, same)
    assert results[0].metrics == results[1].metrics
    trained = recipes.load(name, path=tmp_path / "result.npz")
    again = trained.score()
    assert {key: results[0].metrics[key] for key in again} == again
    assert trained.answer(show=1).facts == trained.answer(show=1).facts != trained.answer(show=2).facts


def test_questions_that_no_sentence_concerns_are_declined():
    desk = Desk(DeskMemNN(), DeskMemNN().model.init(np.random.default_rng(0)), WORDS, 0.0)
    wanted = sample(np.random.default_rng(5), 30)
    guesses = guess(desk, wanted)
    nobody = np.array([not each.question.story for each in concerned(desk, wanted)])
    assert (
        nobody.any() and (guesses.words[nobody] == WORDS.ids["untold"]).all() and (guesses.certainty[nobody] == 1).all()
    )
    assert (guesses.answers[nobody] == WORDS.ids["untold"]).all()


@pytest.mark.parametrize("name", ["ask-memnn", "ask-dmn", "ask-memn2n"])
def test_a_malformed_file_is_refused_and_what_is_wrong_is_named(name, tmp_path):
    learner = {"ask-memnn": DeskMemNN, "ask-dmn": DeskDMN, "ask-memn2n": DeskMemN2N}[name]()
    arrays = named_params(learner.model.init(np.random.default_rng(0))) | {"threshold": np.array(0.5, np.float32)}
    first, *_, last, _ = arrays
    not_a_number = arrays[last].copy()
    not_a_number.flat[0] = np.nan

    def loaded(changed):
        Result(name, 0, 0.0, 0, {}, {}, {key: array for key, array in changed.items() if array is not None}).save(file)
        return recipes.load(name, path=file)

    file = tmp_path / "result.npz"
    assert loaded(arrays).model.threshold == 0.5
    for changed, message in (
        ({first: None}, first),
        ({last: arrays[last][..., :1]}, last),
        ({last: not_a_number}, f"{last} of {name} has entries that are not finite"),
        ({"threshold": None}, f"threshold of {name} is None"),
        ({"threshold": np.array(np.nan, np.float32)}, "threshold of .* is nan, should be one number from 0 to 1"),
        ({"threshold": np.ones(2)}, "threshold of"),
    ):
        with pytest.raises(CheckpointError, match=message):
            loaded(arrays | changed)
    loaded(arrays)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CheckpointError):
        recipes.load(name, path=file)


@pytest.mark.parametrize("words", [("bob", "took"), ("took", "bob")])
def test_words_of_the_dynamic_memory_network_begin_with_position_encoding(words):
    model = DeskDMN().model
    E, d = model.init(np.random.default_rng(4)).E, model.embedding_size
    b = [(k - (d + 1) / 2) / d for k in range(1, d + 1)]
    c = [4 * (j - (WORDS.longest + 1) / 2) / WORDS.longest for j in (1, 2)]
    expected = [sum(E[k, WORDS.ids[word]] * (1 + b[k] * c[j]) for j, word in enumerate(words)) for k in range(d)]
    np.testing.assert_allclose(E @ WORDS.features(words), expected, atol=1e-5)
