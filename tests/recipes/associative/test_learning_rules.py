"""Learning rules on a small scale."""

from nnmem.recipes.associative import (
    learning_rules,
)


def test_rules_differ_on_correlated_patterns(rng):
    row = {rule: learning_rules._row(rng, "correlated", 200, 20, rule, 1) for rule in learning_rules.RULES}
    assert row["Hebb"]["recalled"] < 0.1 and row["pseudo-inverse"]["recalled"] == 1
