"""What was measured once comes out again: rows of the committed measurements, from today's code and settings."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from nnmem.recipes.recurrent import fast_weights_ablation
from nnmem.recipes.result import Result
from nnmem.recipes.run import Run, table

RESULTS = Path(__file__).parents[2] / "notebooks" / "results"
ROWS = {  # some of each kind that take no time
    "boltzmann-capacity": (7,),
    "dense-capacity": (3, 14, 42, 49, 86, 122, 129),
    "digit-memory": (0, 2, 8, 15, 22),
    "holographic-capacity": (2, 14, 33, 49, 63, 98, 113),
    "hopfield-basins": (0,),
    "hopfield-capacity": (0,),
    "hopfield-damage": (3, 14, 25, 35, 49, 56),
    "hopfield-tsp": (7,),
    "learning-rules": (2, 7, 14, 28, 56, 70, 136, 168, 190),
    "modern-capacity": (0, 3, 7, 14, 17),
    "gradient-estimators": (4, 40),
}
OTHERS = ("fact-recall",)  # rows of times
ROUNDED = {  # where rounding decides: singular matrices, answers after a training
    "digit-memory": 0.1,
    "gradient-estimators": 2e-3,
}


def committed(name):
    """The seed and the rows of a committed measurement."""
    path = RESULTS / f"{name}.json"
    if path.exists():
        kept = json.loads(path.read_text())
        return kept["seed"], kept["metrics"]
    kept = Result.load(RESULTS / f"{name}-seed0.npz")
    return kept.seed, kept.metrics


def declared(name, monkeypatch):
    """What a recipe hands to ``measure``: its settings, its row."""
    found = []
    monkeypatch.setattr(sys.modules[table()[name].run.__module__], "measure", lambda *given: found.append(given))
    table()[name].run(Run())
    [(recipe, settings, row, _)] = found
    assert recipe == name
    return settings, row


@pytest.mark.parametrize("name", ROWS)
def test_a_recipe_runs_with_the_settings_of_its_committed_result(name, monkeypatch):
    _, rows = committed(name)
    settings, _ = declared(name, monkeypatch)
    assert settings == [{key: row[key] for key in setting} for row, setting in zip(rows, settings, strict=True)]


@pytest.mark.parametrize("name", ROWS)
def test_rows_come_out_again(name, monkeypatch):
    seed, rows = committed(name)
    settings, row = declared(name, monkeypatch)
    for index in ROWS[name]:
        found = row(np.random.default_rng([seed, index]), **settings[index])
        for key, value in found.items():
            stored = rows[index][key]
            close = pytest.approx(stored, abs=ROUNDED.get(name, 1e-5))
            assert np.isnan(value) if stored is None else value == close, (index, key)


def test_every_measurement_that_is_committed_is_asked():
    kept = {path.stem.removesuffix("-seed0") for path in RESULTS.iterdir()}
    names = {recipe.name for recipe in table().values() if hasattr(sys.modules[recipe.run.__module__], "measure")}
    assert set(ROWS) == names & kept - set(OTHERS)


def test_the_ablation_and_the_copies_run_with_the_settings_of_their_committed_results(monkeypatch):
    monkeypatch.setattr(fast_weights_ablation, "sequences", lambda seed: None)
    for name, kept in (
        ("fast-weights-ablation", "fast-weights-ablation-seeds"),
        ("redundant-copies", "redundant-copies-seeds"),
    ):
        settings, _ = declared(name, monkeypatch)
        runs = json.loads((RESULTS / f"{kept}.json").read_text())["runs"]
        for run in runs:
            assert [{k: r[k] for k in s} for s, r in zip(settings, run["metrics"], strict=True)] == settings
