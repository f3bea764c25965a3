"""What is committed is of today's recipes and can be drawn; files of several runs are read by their own tests."""

import json
from pathlib import Path

import matplotlib
import pytest

from nnmem import recipes
from nnmem.recipes.result import Result

matplotlib.use("Agg")
RESULTS = Path(__file__).parents[3] / "notebooks" / "results"
WHOLE = ["recipe", "seed", "seconds", "steps", "metrics"]  # one run as --json prints it
NAMES = sorted(path.stem for path in RESULTS.glob("*.json") if list(json.loads(path.read_text())) == WHOLE)


def test_the_capacities_are_among_them():
    assert {"learning-rules", "hopfield-capacity", "dense-capacity", "boltzmann-capacity"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_committed_results_are_of_todays_recipe_and_can_be_drawn(name):
    import matplotlib.pyplot as plt

    result = Result(**json.loads((RESULTS / f"{name}.json").read_text()))
    assert result.recipe == name and name in recipes.table() and result.steps == len(result.metrics)
    figure = result.plot()
    assert all(ax.get_xlabel() for ax in figure.axes[:1])
    plt.close(figure)
