"""What is shipped is as good as what was trained, and takes a person's own input."""

import inspect
import json
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from nnmem import recipes
from nnmem.nn.checkpoint import CheckpointError, save_arrays
from nnmem.recipes import InputError, Result
from nnmem.recipes import trained as trained_of_recipes
from nnmem.recipes.ship import ALTOGETHER, LARGEST
from nnmem.recipes.trained import SHIPPED, into_unit, read_numbers

matplotlib.use("Agg")
FILES = sorted(SHIPPED.glob("*.npz"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_shipped_scores_as_it_says_and_answers(file):
    name, _, seed = file.stem.rpartition("-seed")
    result, trained = Result.load(file), recipes.load(name, int(seed))
    assert (result.recipe, result.seed) == (name, int(seed)) and file.stat().st_size <= LARGEST
    assert trained.score() == pytest.approx(result.metrics, rel=1e-3, abs=1e-3)
    for show in (0, 1):
        answer = trained.answer(show=show)
        json.dumps(answer.to_json(), allow_nan=False)
        assert answer.text and not answer.notices and trained.wants
    assert answer.to_json() != trained.answer(show=2).to_json(), "another example"
    figure = answer.plot()
    assert any(ax.get_xlabel() for ax in figure.axes)


def test_every_model_to_try_is_shipped_and_no_other():
    loadable = {recipe.name for recipe in recipes.table().values() if recipe.load is not None}
    assert {file.stem.rpartition("-seed")[0] for file in FILES} == loadable
    assert sum(file.stat().st_size for file in FILES) <= ALTOGETHER


def test_the_three_lines_run(capsys):
    code = inspect.cleandoc(sys.modules[recipes.Trained.__module__].__doc__.split("::\n")[1])
    ended = subprocess.run([sys.executable, "-c", f"import nnmem.recipes\n{code}"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "in   3 1 2 0.5 7 4\nout  0.5 1 2 3 4 7   right\n" and len(code.splitlines()) == 3


def test_a_result_of_ones_own_can_be_tried(tmp_path):
    trained = recipes.run("pointer-sort", seed=3, steps=2)
    trained.save(tmp_path / "x.npz")
    loaded = recipes.load("pointer-sort", path=tmp_path / "x.npz")
    np.testing.assert_array_equal(loaded.params.encoder.W_x, trained.arrays["params.encoder.W_x"])
    assert loaded.score() == trained.metrics
    with pytest.raises(ValueError, match=r"x\.npz is a result of pointer-sort, should be one of pointer-hull"):
        recipes.load("pointer-hull", path=tmp_path / "x.npz")


def test_what_cannot_be_loaded_says_what_can(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no trained parameters of ntm-copy, seed 77: there are those of seed 0;"):
        recipes.load("ntm-copy", 77)
    monkeypatch.setattr(trained_of_recipes, "SHIPPED", tmp_path)
    with pytest.raises(ValueError, match="ntm-copy, seed 7: there are none of any seed; nnmem train ntm-copy makes"):
        recipes.load("ntm-copy", 7)
    for seed in (10, 9):
        (tmp_path / f"ntm-copy-seed{seed}.npz").touch()
    with pytest.raises(ValueError, match="there are those of seed 9, 10;"):
        recipes.load("ntm-copy", 7)
    with pytest.raises(ValueError, match=r"'hopfield-tsp' has no model to try: .*pointer-sort"):
        recipes.load("hopfield-tsp")
    with pytest.raises(ValueError, match="no recipe 'ntm-cop': did you mean ntm-copy"):
        recipes.load("ntm-cop")
    save_arrays(tmp_path / "x.npz", {"step": 1}, {})
    with pytest.raises(CheckpointError, match="holds no result"):
        recipes.load("ntm-copy", path=tmp_path / "x.npz")


def test_numbers_are_read_as_people_write_them():
    for text in ("1,2 3,-4e1", "(1, 2), (3, -40)", "[[1, 2], [3, -40]]", " 1 2;3 -40\n"):
        np.testing.assert_array_equal(read_numbers(text, 2, ""), [[1, 2], [3, -40]])
    for given in (np.float32([3, 4]), np.uint8([3, 4]), [3, 4], "3 4"):
        numbers = read_numbers(given, 1, "")
        np.testing.assert_array_equal(numbers, [[3], [4]])
        assert numbers.dtype == np.float64
    for text, message in (
        ("1 x 2", "'x' is no number; should be numbers"),
        ("1 inf", "inf is no number to work with; should be numbers"),
        ("", "there are 0 numbers; should be numbers"),
        ("1 2 3", "there are 3 numbers; should be numbers"),
    ):
        with pytest.raises(InputError, match=message):
            read_numbers(text, 2, "numbers")


@pytest.mark.parametrize("given", [[[1], [1, 2]], np.array(["1", "2"]), np.ones(2, complex), b"1 2", {}])
def test_what_are_no_numbers_is_refused(given):
    with pytest.raises(InputError, match="what is given are no numbers; should be points"):
        read_numbers(given, 2, "points")


def test_numbers_beyond_the_range_are_stretched_onto_it():
    inside = np.array([[0.25, 0.0], [0.5, 1.0]])
    unit, notices = into_unit(inside)
    np.testing.assert_array_equal(unit, inside)
    assert notices == () and unit.dtype == np.float32
    unit, notices = into_unit(np.array([[-2.0, 0.25], [2.0, 0.5], [0.0, 0.75]]))
    np.testing.assert_array_equal(unit, [[0, 0.25], [1, 0.5], [0.5, 0.75]])
    assert len(notices) == 1
    np.testing.assert_array_equal(into_unit(np.array([[5.0], [5.0]]))[0], 0)
    with pytest.raises(InputError, match="too far apart"):
        into_unit(np.array([[-1.7e308], [1.7e308]]))


@pytest.mark.parametrize(
    ("name", "given"), [("handwriting", "an"), ("translate-dates", "1998-03-05"), ("pointer-sort", "3 1 2 5 4")]
)
def test_blanks_around_an_input_mean_nothing(name, given):
    trained = recipes.load(name)
    assert trained.answer(given).to_json() == trained.answer(f"  {given}\n ").to_json()
