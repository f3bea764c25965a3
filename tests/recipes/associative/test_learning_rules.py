"""Learning rules on a small scale."""

import json
from pathlib import Path

import numpy as np

from nnmem.recipes.associative import (
    learning_rules,
)
from nnmem.tasks.patterns import binary_digits

RESULTS = Path(__file__).parents[3] / "notebooks" / "results"


def test_rules_differ_on_correlated_patterns(rng):
    row = {rule: learning_rules._row(rng, "correlated", 200, 0.1, 20, rule, 1) for rule in learning_rules.RULES}
    assert row["Hebb"]["flipped exact"] < 0.1 and row["pseudo-inverse"]["flipped exact"] == 1


def test_criteria_and_starts_are_ordered(rng):
    row = learning_rules._row(rng, "random", 200, 0.16, 32, "Hebb", 3)
    for start in learning_rules.STARTS:
        assert row[f"{start} exact"] < row[f"{start} close"]
    for criterion in ("exact", "close"):
        assert row[f"flipped {criterion}"] <= row[f"pattern {criterion}"] + 0.1


def test_half_loads_are_arrays_one_for_each_size():
    result = json.loads((RESULTS / "learning-rules.json").read_text())["metrics"]
    for rule in learning_rules.RULES:
        parts = learning_rules.half_loads_of(result, rule, learning_rules.MEASURES[0])
        assert all(type(part) is np.ndarray for part in parts) and len({len(part) for part in parts}) == 1


def test_patterns_are_of_their_kind(rng):
    digits = learning_rules.draw("digits", 60, 64, rng)
    known = {tuple(row) for row in binary_digits()[0]}
    assert len({tuple(row) for row in digits} & known) == len(digits) == 60, "different ones, of those there are"
    correlated = learning_rules.draw("correlated", 400, 100, rng)
    overlap = (correlated @ correlated.T / 100)[~np.eye(400, dtype=bool)].mean()
    assert abs(overlap - (1 - 2 * learning_rules.COMMON) ** 2) < 0.03
    independent = learning_rules.draw("random", 400, 100, rng)
    assert abs((independent @ independent.T / 100)[~np.eye(400, dtype=bool)].mean()) < 0.01
