import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.models.memory_qa.episodic_gates import earlier, episodic_gates_backward, episodic_gates_forward


def example():
    rng = np.random.default_rng(4)
    return [rng.normal(size=shape) for shape in ((2, 5, 3), (2, 3), (2, 3), (2, 5), (4, 13), (4,), (4,))]


def test_it_is_the_formula_in_loops():
    F, q, m, g, Z, b, v = example()
    scores, _ = episodic_gates_forward(F, q, m, g, Z, b, v)
    for i, n in np.ndindex(2, 5):
        f = F[i, n]
        o = sum(g[i, j] for j in range(n + 1, 5)) - sum(g[i, j] for j in range(n))
        z = [*(f * q[i]), *(f * m[i]), *(abs(x) for x in f - q[i]), *(abs(x) for x in f - m[i]), o]
        expected = sum(v[k] * np.tanh(sum(Z[k, j] * z[j] for j in range(13)) + b[k]) for k in range(4))
        assert scores[i, n] == pytest.approx(expected, rel=1e-12)


def test_gradients_against_every_oracle():
    report = check_gradients(episodic_gates_forward, episodic_gates_backward, *example())
    assert report, report
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_where_fact_and_question_are_one_the_gradient_is_finite():
    F, q, m, g, Z, b, v = example()
    F = np.broadcast_to(q[:, None], F.shape).copy()
    scores, cache = episodic_gates_forward(F, q, m, g, Z, b, v)
    assert all(np.isfinite(part).all() for part in episodic_gates_backward(scores, cache))


def test_wrong_shapes_are_named():
    F, q, m, g, Z, b, v = example()
    with pytest.raises(ValueError, match=r"episodic_gates_forward: Z has shape \(4, 9\), should be \(4, 13\)"):
        episodic_gates_forward(F, q, m, g, Z[:, :9], b, v)
    with pytest.raises(ValueError, match=r"episodic_gates_forward: m has shape \(2, 2\)"):
        episodic_gates_forward(F, q, m[:, :2], g, Z, b, v)


def test_all_scores_alike_leave_even_gates():
    F, q, m, g, Z, b, v = example()
    assert_allclose(episodic_gates_forward(F, q, m, g, Z, b, 0 * v)[0], 0)


def test_earlier_is_one_before_a_sharp_look_and_minus_one_behind_it():
    g = np.array([[0.0, 0, 1, 0], [0.5, 0, 0, 0.5]])
    assert earlier(g).tolist() == [[1, 1, 0, -1], [0.5, 0, 0, -0.5]]


def test_a_story_without_sentences_has_no_scores():
    F, q, m, g, Z, b, v = example()
    scores, cache = episodic_gates_forward(F[:, :0], q, m, g[:, :0], Z, b, v)
    assert scores.shape == (2, 0) and not episodic_gates_backward(scores, cache)[1].any()
