"""The memory that facts are written to by attention, against the same in loops."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.memory_qa.fact_memory import FactMemory
from nnmem.nn.softmax import softmax
from nnmem.nn.tree import leaves, tree_map

LENGTHS = np.array([4, 0, 2])


def draw(rng, **sizes):
    model = FactMemory(4, 5, hops=2, num_heads=2, **sizes)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng, 3))
    return model, params, rng.normal(size=(3, 4, 3)), rng.normal(size=(3, 4))


def by_hand(model, params, facts, length, question):
    """One story: write fact after fact, head by head, then read."""
    d_h, q = 2, question
    heads = [slice(0, 2), slice(2, 4)]
    memories, shares = [], []
    for a in heads:
        slots = model.slots or length
        K, V, c = np.zeros((slots, d_h)), np.zeros((slots, d_h)), np.zeros((len(facts), slots))
        for t in range(length):
            k = (params.key.W @ facts[t] + params.key.b + params.key_ages[length - 1 - t])[a]
            v = (params.value.W @ facts[t] + params.value.b + params.value_ages[length - 1 - t])[a]
            if not model.slots:
                w = np.eye(length)[t]
            elif model.uniform:
                w = np.full(slots, 1 / slots)
            else:
                w = softmax(params.addresses[:, a] @ (params.write.W @ facts[t] + params.write.b)[a] / np.sqrt(d_h))
            K, V, c = ((1 - w[:, None]) * Y + w[:, None] * y for Y, y in ((K, k), (V, v), (c.T, np.eye(len(facts))[t])))
            c = c.T
        memories.append((K + (params.addresses[:, a] if model.slots else 0), V))
        shares.append(c)
    traces = []
    for hop in params.hops:
        p = hop.query.W @ q + hop.query.b
        read, trace = [], np.zeros(len(facts))
        for (K, V), c, a in zip(memories, shares, heads, strict=True):
            alpha = softmax(K @ p[a] / np.sqrt(d_h))
            read.append(alpha @ V)
            trace += c @ alpha / 2
        q = q + hop.output.W @ np.concatenate(read) + hop.output.b
        traces.append(trace)
    return q, np.array(traces)


@pytest.mark.parametrize("sizes", [{"slots": 3}, {"slots": 0}, {"slots": 3, "uniform": True}])
def test_it_is_the_formula_in_loops(rng, sizes):
    model, params, facts, questions = draw(rng, **sizes)
    q, traces, _ = model.forward(params, facts, LENGTHS, questions)
    for i in (0, 2):
        wanted, trace = by_hand(model, params, facts[i], LENGTHS[i], questions[i])
        assert_allclose(q[i], wanted, rtol=1e-10)
        assert_allclose(traces[i], trace, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("slots", [0, 3])
def test_without_facts_nothing_is_read(rng, slots):
    model, params, facts, questions = draw(rng, slots=slots)
    q, traces, _ = model.forward(params, facts, LENGTHS, questions)
    assert not traces[1].any()
    assert_allclose(q[1], questions[1] + sum(hop.output.b for hop in params.hops))
    none, empty, cache = model.forward(params, facts[:, :0], np.zeros(3, int), questions)
    assert empty.shape == (3, 2, 0) and np.isfinite(none).all()
    dparams, dfacts, dq = model.backward(rng.normal(size=(3, 4)), empty, cache)
    assert dfacts.shape == (3, 0, 3) and np.isfinite(dq).all() and not dparams.value.W.any()


def test_what_stands_behind_the_last_fact_changes_nothing(rng):
    model, params, facts, questions = draw(rng, slots=3)
    other = facts.copy()
    other[2, 2:] = 1e3
    q, traces, _ = model.forward(params, facts, LENGTHS, questions)
    again, same, _ = model.forward(params, other, LENGTHS, questions)
    assert_allclose(again, q)
    assert_allclose(same, traces)


def test_one_slot_remembers_the_latest(rng):
    """With one slot every weight is 1: what is read is what was told last."""
    model, params, facts, questions = draw(rng, slots=1)
    _, traces, _ = model.forward(params, facts, LENGTHS, questions)
    assert_allclose(traces[0], np.eye(4)[[3, 3]])
    assert_allclose(traces[2], np.eye(4)[[1, 1]])


def test_wrong_sizes_are_named():
    for sizes, message in (
        ({"num_heads": 3}, "num_heads is 3, should divide size 4"),
        ({"slots": -1}, "slots is -1"),
        ({"slots": 0, "uniform": True}, "slots is 0 and uniform is True"),
    ):
        with pytest.raises(ValueError, match=f"FactMemory: {message}"):
            FactMemory(4, 5, **{"num_heads": 2, **sizes})


@pytest.mark.parametrize("slots", [0, 2])
def test_no_questions_give_no_answers_and_no_gradient(rng, slots):
    model, params, facts, question = draw(rng, slots=slots)
    q, traces, cache = model.forward(params, facts[:0], LENGTHS[:0], question[:0])
    dparams, dfacts, dq = model.backward(q, traces, cache)
    assert q.shape == dq.shape == (0, 4) and traces.shape == (0, 2, 4) and dfacts.shape == (0, 4, 3)
    assert not any(leaf.any() for _, leaf in leaves(dparams))


@pytest.mark.parametrize("wrong", [-1, 5])
def test_more_facts_than_there_are_or_fewer_than_none_are_named(rng, wrong):
    model, params, facts, question = draw(rng)
    with pytest.raises(ValueError, match=rf"FactMemory.forward: lengths has the entry {wrong}, should be in 0 to 4"):
        model.forward(params, facts, np.array([4, wrong, 0]), question)
