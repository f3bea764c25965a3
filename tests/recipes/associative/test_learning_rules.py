"""Learning rules on a small scale."""

from nnmem.recipes.associative import (
    learning_rules,
)


def test_rules_differ_on_correlated_patterns(rng):
    row = {rule: learning_rules._row(rng, "correlated", 200, 0.1, 20, rule, 1) for rule in learning_rules.RULES}
    assert row["Hebb"]["flipped exact"] < 0.1 and row["pseudo-inverse"]["flipped exact"] == 1


def test_criteria_and_starts_are_ordered(rng):
    row = learning_rules._row(rng, "random", 200, 0.16, 32, "Hebb", 3)
    for start in learning_rules.STARTS:
        assert row[f"{start} exact"] < row[f"{start} close"]
    for criterion in ("exact", "close"):
        assert row[f"flipped {criterion}"] <= row[f"pattern {criterion}"] + 0.1
