"""Training of the question-answering system: the loss of the traces, what counts as wrong, and resuming."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.nn.tree import leaves, tree_map
from nnmem.recipes.memory_qa.qa_training import (
    QABatch,
    QASettings,
    build,
    loss_and_gradients,
    told,
    trace_loss,
    train,
    wrong,
)
from nnmem.tasks.babi import Question
from nnmem.tasks.babi_answers import WordLists, write_down

QUESTIONS = [
    Question((("mary", "got", "milk"), ("mary", "got", "apple")), ("what", "has", "mary"), "milk,apple", (0, 1), 1),
    Question((("john", "left"),), ("what", "has", "john"), "nothing", (0,), 2),
    Question((("john", "got", "apple"), ("mary", "left")), ("what", "has", "john"), "apple", (0,), 3),
]
WORDS = WordLists.of(QUESTIONS)
STORIES = write_down(QUESTIONS, WORDS, 5)
SMALL = QASettings(slots=3, hops=2, size=8, memory=5, epochs=150, batch=3, dropout=0.1, noise=0.5)


def batch(keep=None):
    chosen = np.arange(3)
    return QABatch(told(STORIES, chosen), STORIES.answers, STORIES.supporting, keep)


def test_the_loss_of_traces_is_minus_the_log_of_what_was_read_of_the_fact(rng):
    traces = rng.dirichlet(np.ones(4), (3, 2))
    supporting = np.array([[2, 0], [1, -1], [-1, -1]])
    loss, dtraces = trace_loss(traces, supporting, QASettings(traced=0.5))
    wanted = -np.log([traces[0, 0, 2], traces[0, 1, 0], traces[1, 0, 1]]).sum() * 0.5 / 3
    assert loss == pytest.approx(wanted, rel=1e-4)
    assert np.argwhere(dtraces).tolist() == [[0, 0, 2], [0, 1, 0], [1, 0, 1]]
    assert dtraces[0, 0, 2] == pytest.approx(-0.5 / 3 / traces[0, 0, 2], rel=1e-4)
    loss, dtraces = trace_loss(traces, supporting, QASettings(chain=False))
    wanted = -np.log([*traces[0][:, [2, 0]].sum(axis=-1), *traces[1, :, 1]]).sum() / 3
    assert loss == pytest.approx(wanted, rel=1e-4)
    assert trace_loss(traces, supporting, QASettings(traced=0.0))[0] == 0
    assert trace_loss(traces.astype(np.float32), supporting, QASettings())[1].dtype == np.float32


@pytest.mark.parametrize("chain", [True, False])
def test_the_gradient_is_that_of_the_loss(rng, chain):
    settings = QASettings(slots=3, hops=2, size=8, memory=5, chain=chain)
    model = build(WORDS, settings)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    keep = rng.uniform(0, 2, (3, 2, 8))
    _, gradients = loss_and_gradients(model, settings, params, batch(keep))
    direction = tree_map(lambda leaf: rng.normal(size=leaf.shape), params)
    ahead, behind = (
        loss_and_gradients(model, settings, tree_map(lambda a, b, e=e: a + e * b, params, direction), batch(keep))[0]
        for e in (1e-5, -1e-5)
    )
    along = sum((a * b).sum() for (_, a), (_, b) in zip(leaves(gradients), leaves(direction), strict=True))
    assert along == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)


def test_three_questions_are_learned_and_a_wrong_one_counted():
    params, progress = train(STORIES, WORDS, SMALL, (0, 1))
    model, history = build(WORDS, SMALL), progress.history["loss"]
    assert history[-1] < history[0] / 2 and wrong(model, params, STORIES) == 0
    other = STORIES._replace(answers=np.array([[2, 1, 0], [1, 0, -1], [2, 1, 0]]))
    assert wrong(model, params, other) == pytest.approx(200 / 3)
    unknown = STORIES._replace(answers=np.array([[2, 1, 0], [3, 0, -1], [-2, 0, -1]]))
    assert wrong(model, params, unknown) == pytest.approx(100 / 3)


def test_a_run_that_was_stopped_goes_on_to_the_same_numbers(tmp_path):
    whole, _ = train(STORIES, WORDS, SMALL, (0, 1))
    file, calls = tmp_path / "run.npz", []

    class Stopped(Exception):
        pass

    import nnmem.recipes.memory_qa.qa_training as training

    original = training.loss_and_gradients

    def stopping(*args):
        calls.append(None)
        if len(calls) == 17:
            raise Stopped
        return original(*args)

    training.loss_and_gradients = stopping
    try:
        with pytest.raises(Stopped):
            train(STORIES, WORDS, SMALL, (0, 1), file)
    finally:
        training.loss_and_gradients = original
    again, progress = train(STORIES, WORDS, SMALL, (0, 1), file, resume=True)
    assert len(progress.history["loss"]) == 150
    for (_, a), (_, b) in zip(leaves(whole), leaves(again), strict=True):
        assert_array_equal(a, b)


def test_a_batch_holds_no_more_facts_than_its_longest_story():
    given = told(STORIES, np.array([1]))
    assert given.facts.shape == (1, 1)
    assert_allclose(given.lengths, [1])
