"""What estimators cost: the exact gradient is one, REINFORCE hits it on average, the others do not."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import recipes
from nnmem.nn.tree import tree_map
from nnmem.recipes.vision import gradient_estimators as one
from nnmem.tasks.digits import split_digits
from nnmem.tasks.scattered_digits import shuffled_row

EXACT = "exact, all nine looked at"


@pytest.fixture
def setting(rng):
    digits, labels, *_ = split_digits(rng)
    X, answers, _ = shuffled_row(rng, digits, labels, 3)
    params = tree_map(lambda leaf: 0.5 * rng.normal(size=leaf.shape), one.MODEL.init(rng))
    return params, X.astype(float), answers


def mean_loss(params, X, answers):
    """J written out: every item looked at in turn, weighted by its probability."""
    total = 0.0
    for row, answer in zip(X, answers, strict=True):
        scores = [params.v @ np.tanh(params.hidden.W @ x + params.hidden.b) for x in row]
        alpha = np.exp(scores) / np.exp(scores).sum()
        for p, x in zip(alpha, row, strict=True):
            logits = params.output.W @ x + params.output.b
            total += p * (np.log(np.exp(logits).sum()) - logits[answer])
    return total / len(X)


def test_the_exact_gradient_is_that_of_the_mean_loss(rng, setting):
    params, X, answers = setting
    value, grads = one.ESTIMATORS[EXACT](params, X, answers, rng)
    assert_allclose(value, mean_loss(params, X, answers))
    direction = tree_map(lambda leaf: rng.normal(size=leaf.shape), params)
    up, down = (mean_loss(tree_map(lambda p, d, s=s: p + s * 1e-5 * d, params, direction), X, answers) for s in (1, -1))
    along = sum(
        np.sum(g * d) for g, d in zip(one.leaves(grads), one.leaves(direction), strict=True) for g, d in [(g[1], d[1])]
    )
    assert_allclose(along, (up - down) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize(
    "name, unbiased",
    [
        ("REINFORCE", True),
        ("REINFORCE with baseline", True),
        ("straight-through", False),
        ("Gumbel-softmax, τ = 1", False),
    ],
)
def test_reinforce_alone_is_right_on_average(rng, setting, name, unbiased):
    params, X, answers = setting
    truth = one.flat(one.ESTIMATORS[EXACT](params, X, answers, rng)[1])
    found = np.array([one.flat(one.ESTIMATORS[name](params, X, answers, rng)[1]) for _ in range(3000)])
    off, error = found.mean(axis=0) - truth, found.std(axis=0) / np.sqrt(len(found))
    chance = np.linalg.norm(off) / np.linalg.norm(error)
    assert (chance < 2.0) == unbiased, chance


def test_a_baseline_lowers_the_spread():
    rows = [
        one.bias_and_variance(name, 0, 200, np.random.default_rng(1))
        for name in ("REINFORCE", "REINFORCE with baseline")
    ]
    assert rows[1]["spread"] < 0.5 * rows[0]["spread"]


def test_the_recipe_measures_every_estimator(monkeypatch):
    monkeypatch.setattr(one, "TRAININGS", 2)
    monkeypatch.setattr(one, "RATES", (1e-2,))
    monkeypatch.setattr(one, "TESTED", 50)
    rows = recipes.run("gradient-estimators", draws=2, steps=5).metrics
    assert [row["estimator"] for row in rows] == [*one.ESTIMATORS] * (len(one.STAGES) + 2)
    assert [row["steps"] for row in rows if "rate" in row] == [1] * 6 + [5] * 6
    assert all(0 <= row["accuracy"] <= 1 for row in rows if "rate" in row)


def test_another_seed_is_another_state_and_other_trainings(monkeypatch):
    monkeypatch.setattr(one, "ESTIMATORS", {EXACT: one.exact, "straight-through": one.straight_through})
    monkeypatch.setattr(one, "TRAININGS", 1)
    monkeypatch.setattr(one, "RATES", (1e-2,))
    runs = [recipes.run("gradient-estimators", seed=seed, draws=2, steps=5).metrics for seed in (0, 1)]
    for row, other in zip(*runs, strict=True):
        key = "spread" if "stage" in row else "accuracy"
        assert row[key] != other[key] or row["estimator"] == EXACT


def test_the_rate_is_chosen_on_the_validation_digits():
    told = [("a", 0.9, 0.1, 5), ("a", 0.8, 0.2, 5), ("b", 1.0, 0.3, 5), ("a", 1.0, 0.4, 1)]
    rows = [
        {"estimator": name, "rate": 1, "validation": good, "accuracy": test, "steps": steps}
        for name, good, test, steps in told
    ]
    assert one.best_rate([*rows, {"estimator": "a", "stage": "start", "steps": 5}], "a", 5)["accuracy"] == 0.1


def test_what_chance_gives_is_no_bias():
    row = one.bias_and_variance("REINFORCE", 0, 1000, np.random.default_rng(1))
    assert row["bias"] < 0.5 * row["off"] and abs(row["off"] - row["by chance"]) < 0.2 * row["off"]


def test_bias_and_spread_are_those_of_all_draws_at_once():
    params, X, answers = one._state(0, 0)
    rng = np.random.default_rng(4)
    truth = one.flat(one.exact(params, X, answers, rng)[1]).astype(float)
    draws = np.array([one.flat(one.straight_through(params, X, answers, rng)[1]) for _ in range(40)], float)
    length, off = np.linalg.norm(truth), np.linalg.norm(draws.mean(axis=0) - truth)
    spread = np.sqrt(draws.var(axis=0).sum())
    wanted = {
        **{"off": off / length, "spread": spread / length, "by chance": spread / length / 40**0.5},
        "bias": np.sqrt(off**2 - spread**2 / 40) / length,
    }
    assert one.bias_and_variance("straight-through", 0, 40, np.random.default_rng(4)) == pytest.approx(
        wanted, rel=1e-10
    )
