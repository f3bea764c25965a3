"""The memory network beside the same network in loops, question by question."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.models.memory_qa.memory_network import MemNNParams, MemoryNetwork
from nnmem.models.memory_qa.told import Told

B, N, F, WORDS, K = 4, 5, 6, 3, 3
MODEL = MemoryNetwork(F, WORDS, K, 4, 2)


def example(dtype=np.float64, size=1.0):
    rng = np.random.default_rng(2)
    params = MemNNParams(*(size * rng.normal(size=leaf.shape).astype(dtype) for leaf in MODEL.init(rng)))
    lengths = np.array([5, 3, 0, 4])
    S = rng.normal(size=(B, N, F)) * (np.arange(N) < lengths[:, None])[..., None]
    return params, Told(S.astype(dtype), lengths, rng.normal(size=(B, F)).astype(dtype))


def score(params, told, b, k, facts, i, other):
    """s_k(i, other) of question b, as the paper compares a candidate with another; N is "enough"."""
    S, n = told.S[b], N
    q = params.U[0] @ told.Q[b] + params.b[k]
    for j in range(k):
        q = q + (params.U[j + 1] @ S[facts[j]] if facts[j] < n else 0)
    q = np.tanh(q)

    def own(i):
        vector = params.stop if i == n else params.V @ S[i]
        for j in range(k):
            if i < n and facts[j] < n and i < facts[j]:
                vector = vector + params.T[j + 1]
        return vector

    phi = own(i) - own(other)
    if i < n and other < n and i != other:
        phi = phi + (params.T[0] if i < other else -params.T[0])
    return q @ phi


def test_scores_and_answers_are_the_formula_in_loops():
    params, told = example()
    given = np.array([[4, 0, 2], [2, 1, N], [N, N, N], [1, 1, 0]])
    scores, logits, _ = MODEL.forward(params, told, given)
    for b in range(B):
        hidden = params.P[0] @ told.Q[b] + params.c
        for k in range(K):
            for i in [*range(told.lengths[b]), N]:
                assert scores[b, k, i] == pytest.approx(score(params, told, b, k, given[b], i, given[b, k]), abs=1e-12)
            if given[b, k] < N:
                hidden = hidden + params.P[k + 1] @ told.S[b, given[b, k]]
        assert_allclose(logits[b], params.W @ np.tanh(hidden), rtol=1e-12)


def test_facts_are_found_by_the_papers_tournament():
    """Algorithm 1 of the paper: one candidate after the other meets the best so far, first of all "enough"."""
    params, told = example()
    facts = MODEL.find(params, told)
    for b in range(B):
        found = []
        for k in range(K):
            best = N
            if not (k and found[-1] == N):
                for i in range(told.lengths[b]):
                    if score(params, told, b, k, found, i, best) > 0:
                        best = i
            found.append(best)
        assert facts[b].tolist() == found
    assert (facts < N).any() and (facts == N).any()


def test_a_comparison_is_antisymmetric():
    params, told = example()
    facts = np.array([[1, 3, 0]])
    one = Told(told.S[:1], told.lengths[:1], told.Q[:1])
    there, _, _ = MODEL.forward(params, one, facts)
    for i in range(N):
        back, _, _ = MODEL.forward(params, one, np.array([[i, 3, 0]]))
        assert_allclose(back[0, 0, 1], -there[0, 0, i], atol=1e-12)


def test_gradients_against_every_oracle():
    params, told = example()
    facts = np.array([[4, 0, 2], [2, 1, N], [N, N, N], [1, 1, 0]])
    report = check_gradients(MODEL.forward, MODEL.backward, params, told=told, facts=facts)
    assert report, report
    assert {row.argument for row in report.rows} == {f"params.{name}" for name in MemNNParams._fields}
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_a_question_before_any_fact_is_answered_from_itself_alone():
    params, told = example()
    facts = MODEL.find(params, told)
    _, logits, _ = MODEL.forward(params, told, facts)
    assert facts[2].tolist() == [N] * K
    assert_allclose(logits[2], params.W @ np.tanh(params.P[0] @ told.Q[2] + params.c))
    empty = Told(told.S[:, :0], np.zeros(B, int), told.Q)
    facts = MODEL.find(params, empty)
    _, logits, cache = MODEL.forward(params, empty, facts)
    assert facts.tolist() == [[0] * K] * B
    gradients = MODEL.backward(np.ones((B, K, 1)), logits, cache)
    assert all(np.isfinite(leaf).all() for leaf in gradients) and not gradients.V.any()


def test_float32_stays_and_large_scores_are_finite():
    params, told = example(np.float32, 100)
    scores, logits, cache = MODEL.forward(params, told, MODEL.find(params, told))
    for array in (scores, logits, *MODEL.backward(scores, logits, cache)):
        assert array.dtype == np.float32 and np.isfinite(array).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"facts": np.array([[0, 0, 0], [3, 0, 0], [N, N, N], [0, 0, 0]])},
            "MemoryNetwork: fact 1 of question 2 is sentence 3 of a story of 3",
        ),
        ({"facts": np.full((B, K), N + 1)}, r"facts has the entry 6, should be in 0 to 5"),
        ({"facts": np.full((B, 2), N)}, r"MemoryNetwork: facts has shape \(4, 2\), should be \(4, 3\)"),
        ({"V": np.ones((4, 5))}, r"MemoryNetwork: V has shape \(4, 5\)"),
        ({"stop": np.ones(3)}, r"MemoryNetwork: stop has shape \(3,\), should be \(d,\) = \(4,\)"),
        ({"W": np.ones((9, 2))}, r"MemoryNetwork: W has shape \(9, 2\), should be \(3, 2\)"),
    ],
)
def test_wrong_input_is_named(change, message):
    params, told = example()
    facts = change.get("facts", np.full((B, K), N))
    changed = params._replace(**{name: leaf for name, leaf in change.items() if name != "facts"})
    with pytest.raises(ValueError, match=message):
        MODEL.forward(changed, told, facts)


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match="MemoryNetwork: hops is 0, should be an int of at least 1"):
        MemoryNetwork(F, WORDS, 0)
