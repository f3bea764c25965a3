"""The question-answering system: its parts in their order, what it writes, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.models.memory_qa.qa_system import FactsAndQuestions, QASystem
from nnmem.nn.lstm import LSTMState, lstm_forward, lstm_step_forward
from nnmem.nn.softmax import log_softmax
from nnmem.nn.tree import tree_map

TOLD = FactsAndQuestions(
    np.array([[0, 1, 2], [3, 4, -1], [1, 0, -1], [2, 2, 4]]),
    np.array([[0, 1, 2], [1, 0, 0], [2, 2, 1]]),
    np.array([3, 1, 2]),
    np.array([3, 2, 1]),
)


def draw(rng, **sizes):
    model = QASystem(5, 4, 3, 4, **{"slots": 3, "hops": 2, "num_heads": 2, "size": 4, **sizes})
    return model, tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))


def test_it_is_its_parts_one_behind_the_other(rng):
    model, params = draw(rng)
    targets = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 1]])
    logits, traces, _ = model.forward(params, TOLD, targets)
    vectors, _ = model.reader.forward(params.encoder, TOLD.sentences)
    for i, length in enumerate(TOLD.lengths):
        X = vectors[TOLD.facts[i, :length]]
        H, _, _ = lstm_forward(X, None, params.internal)
        facts = np.concatenate([X, H], axis=-1)[None]
        q, trace, _ = model.memory.forward(params.memory, facts, np.array([length]), vectors[TOLD.questions[i]][None])
        assert_allclose(traces[i, :, :length], trace[0], rtol=1e-10)
        state = LSTMState(np.tanh(params.start.W @ q[0] + params.start.b), np.zeros(4))
        for j, word in enumerate([0, *targets[i, :-1]]):
            state, _ = lstm_step_forward(np.concatenate([params.answer[word], q[0]]), state, params.decoder)
            assert_allclose(logits[i, j], params.output.W @ state.h + params.output.b, rtol=1e-9)


@pytest.mark.parametrize("sizes", [{}, {"slots": 0}, {"external": False}, {"internal": False}, {"encoder": "bert"}])
def test_what_it_writes_is_what_it_is_most_sure_of(rng, sizes):
    model, params = draw(rng, **sizes)
    found, traces = model.answer(params, TOLD, limit=5)
    written = np.maximum(found.indices, 0)
    logits, again, _ = model.forward(params, TOLD, np.pad(written, ((0, 0), (0, 1))))
    assert_allclose(again, traces)
    log_p = log_softmax(logits)
    for i, length in enumerate(found.lengths):
        best = logits[i].argmax(axis=-1)
        assert_array_equal(found.indices[i, :length], best[:length])
        steps = length + (length < 5)
        assert length == 5 or best[length] == 0
        assert_allclose(found.log_likelihood[i], log_p[i, np.arange(steps), best[:steps]].sum(), rtol=1e-9)


def test_a_fact_that_is_added_is_read(rng):
    model, params = draw(rng, slots=0)
    before = TOLD._replace(lengths=np.array([2, 0, 1]))
    one, _ = model.answer(params, before)
    two, traces = model.answer(params, TOLD)
    assert (traces[np.arange(3), 0, TOLD.lengths - 1] > 0).all()
    assert np.abs(one.log_likelihood - two.log_likelihood).min() > 1e-6


def test_a_question_before_any_fact_is_answered(rng):
    for sizes in ({}, {"slots": 0}, {"external": False}, {"internal": False}):
        model, params = draw(rng, **sizes)
        nothing = TOLD._replace(facts=np.zeros((3, 0), int), lengths=np.zeros(3, int))
        found, traces = model.answer(params, nothing)
        assert traces.shape == (3, model.memory.hops, 0) and np.isfinite(found.log_likelihood).all()
        alone, _ = model.answer(params, TOLD._replace(lengths=np.zeros(3, int)))
        assert_array_equal(found.indices, alone.indices)
        logits, traces, cache = model.forward(params, nothing, np.array([[1], [2], [0]]))
        gradients = model.backward(rng.normal(size=logits.shape), traces, cache)
        assert np.isfinite(gradients.start.W).all() and gradients.answer.any()


def test_ten_thousand_facts(rng):
    model = QASystem(5, 4, 3, 10**4, slots=8, hops=1, num_heads=2, size=4)
    params = model.init(rng)
    told = FactsAndQuestions(TOLD.sentences, rng.integers(0, 4, (1, 10**4)), np.array([10**4]), np.array([3]))
    found, traces = model.answer(params, told)
    assert np.isfinite(found.log_likelihood).all() and traces.shape == (1, 1, 10**4)
    assert traces.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"facts": np.zeros((3, 5), int)}, "a story has 5 facts, should have at most 4"),
        ({"facts": np.full((3, 3), 4)}, "facts has the entry 4, should be in 0 to 3"),
        ({"lengths": np.array([4, 0, 0])}, "lengths has the entry 4, should be in 0 to 3"),
        ({"sentences": np.full((4, 3), 5)}, "sentences has the entry 5, should be in -1 to 4"),
    ],
)
def test_wrong_input_is_named(rng, change, message):
    model, params = draw(rng)
    with pytest.raises(ValueError, match=f"QASystem: {message}"):
        model.answer(params, TOLD._replace(**change))


def test_a_system_without_memory_is_refused():
    with pytest.raises(ValueError, match="external and internal are both False"):
        QASystem(5, 4, 3, 4, external=False, internal=False)
    with pytest.raises(ValueError, match="encoder is 'gpt', should be one of 'bag', 'bert'"):
        QASystem(5, 4, 3, 4, encoder="gpt")
