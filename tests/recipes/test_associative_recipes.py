"""Each measurement on a small scale: it shows what it is for, draws it, and goes on to the same after a stop."""

import json
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from nnmem import recipes
from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.recipes import measurement
from nnmem.recipes.associative import (
    boltzmann_capacity,
    dense_capacity,
    digit_memory,
    holographic_capacity,
    hopfield_basins,
    hopfield_capacity,
    hopfield_tsp,
    learning_rules,
    modern_capacity,
)
from nnmem.recipes.result import Result
from nnmem.recipes.run import Run

matplotlib.use("Agg")
RESULTS = Path(__file__).parents[2] / "notebooks" / "results"
NAMES = sorted(path.stem for path in RESULTS.glob("*.json") if not path.stem.startswith(("memn2n", "ntm")))


@pytest.mark.parametrize("name", NAMES)
def test_committed_results_are_of_todays_recipe_and_can_be_drawn(name):
    import matplotlib.pyplot as plt

    result = Result(**json.loads((RESULTS / f"{name}.json").read_text()))
    assert result.recipe == name and name in recipes.table() and result.steps == len(result.metrics)
    figure = result.plot()
    assert all(ax.get_xlabel() for ax in figure.axes[:1])
    plt.close(figure)


def test_a_row_of_the_committed_results_comes_out_again():
    stored = json.loads((RESULTS / "modern-capacity.json").read_text())["metrics"][3]
    again = modern_capacity._row(np.random.default_rng([0, 3]), stored["d"], stored["N"], stored["probes"])
    assert again["error"] == pytest.approx(stored["error"], abs=2e-5)


def test_capacity_falls_where_theory_says():
    rows = hopfield_capacity.run(Run(), sizes=[300], trials=2).metrics
    overlap = [row["overlap"] for row in rows]
    assert overlap[0] > 0.95 and overlap[-1] < 0.75
    load, theory = hopfield_capacity.theory_curve()
    assert load[-1] == pytest.approx(0.138, abs=5e-4) and theory[-1] == pytest.approx(0.967, abs=1e-3)
    assert (np.diff(load) > 0).all() and (np.diff(theory) <= 0).all()


def test_basins_shrink_and_ends_are_told_apart(rng):
    rows = hopfield_basins.run(Run(), size=100, trials=2, probes=10).metrics
    assert hopfield_basins.basin(rows[1]) > hopfield_basins.basin(rows[-1])
    assert all(sum(row[end] for end in hopfield_basins.ENDS) == pytest.approx(1, abs=1e-4) for row in rows)
    X = rng.choice([-1.0, 1.0], size=(4, 200))
    states = np.array([X[2], -X[1], np.sign(X[0] - X[1] + X[3]), rng.choice([-1.0, 1.0], 200)])
    assert hopfield_basins.ends(states, X) == ["stored", "inverse", "mixture", "other"]


def test_rules_differ_on_correlated_patterns(rng):
    row = {rule: learning_rules._row(rng, "correlated", 200, 20, rule, 1) for rule in learning_rules.RULES}
    assert row["Hebb"]["recalled"] < 0.1 and row["pseudo-inverse"]["recalled"] == 1


def test_dense_capacity_is_counted_right(rng):
    assert dense_capacity.theory(3, 100) == pytest.approx(1e4 / (6 * np.log(100)))
    assert dense_capacity.theory(4, 100) == pytest.approx(1e6 / (30 * np.log(100)))
    rows = [
        {"interaction": 3, "m": m, "N": k * m * m, "recalled": share}
        for m in (10, 20, 40)
        for k, share in ((1, 1.0), (2, 0.5), (4, 0.0))
    ]
    sizes, counts = dense_capacity.half_counts(rows, 3)
    np.testing.assert_allclose(counts, [200, 800, 3200])
    assert dense_capacity.slope(sizes, counts) == pytest.approx(2)
    few, many = (dense_capacity._row(rng, 3, 32, 0.0, N, 1, 20)["recalled"] for N in (20, 1000))
    assert few > 0.9 and many < 0.1


def test_boltzmann_holds_what_hebb_does_not():
    (row,) = [r for r in boltzmann_capacity.run(Run(), sizes=(32,), trials=1, steps=500).metrics if r["load"] == 0.4]
    assert row["stable"] > 0.95 and row["hebb"] < 0.5


def test_tours_are_no_shorter_than_the_shortest(rng):
    row = hopfield_tsp._row(rng, 6, 200.0, 1.2, 2, 10)
    assert 0.4 < row["valid"] <= 1 and 1 <= row["best of starts"] <= row["ratio"] < row["random"] + 0.3


def test_modern_and_holographic_memories_grow_with_dimension(rng):
    low, high = (modern_capacity._row(rng, d, 100, 20)["within"] for d in (4, 64))
    assert low < 0.5 and high == 1
    for kind in holographic_capacity.KINDS:
        low, high = (holographic_capacity._row(rng, kind, d, 8, 2)["right"] for d in (64, 1024))
        assert low < high == 1


def test_digit_memories(rng):
    scores = digit_memory.classify(rng, 1200)
    assert scores["nearest prototype"] > 0.7 and 0.1 < scores["resonance"] < scores["field"]
    codes = digit_memory.codes()
    np.testing.assert_array_equal(codes @ codes.T, 16 * np.eye(10) - 1)
    found = {memory: digit_memory._row(rng, "recall", memory, 8, 1)["recalled"] for memory in digit_memory.MEMORIES}
    assert found["Hebb"] < 0.5 and min(found["pseudo-inverse"], found["dense, exp"], found["autoencoder"]) > 0.85


def test_a_stopped_measurement_goes_on_to_the_same(tmp_path):
    settings = [{"x": x} for x in range(4)]

    def row(rng, x):
        if x == 2 and stop:
            raise KeyboardInterrupt
        return {"y": rng.random() + x, "z": float("nan")}

    part = Run(3, tmp_path)
    stop = True
    with pytest.raises(KeyboardInterrupt):
        measurement.measure("m", settings, row, part)
    stop = False
    resumed = measurement.measure("m", settings, row, replace(part, resume=True))
    whole = measurement.measure("m", settings, row, Run(3))
    assert resumed.metrics == whole.metrics and whole.metrics[1]["z"] is None
    json.dumps(whole.to_json(), allow_nan=False)
    about, _ = load_arrays(tmp_path / "rows.npz")
    for missing in ("rows", "seconds"):
        save_arrays(tmp_path / "rows.npz", {**about, missing: None}, {})
        with pytest.raises(CheckpointError, match="it has no rows or no seconds"):
            measurement.measure("m", settings, row, replace(part, resume=True))
    with pytest.raises(CheckpointError, match="another run"):
        measurement.measure("m", settings[:3], row, replace(part, resume=True))
