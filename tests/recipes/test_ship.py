"""Half precision where it changes nothing, single where it does, nothing that is too large."""

import runpy

import numpy as np
import pytest

from nnmem import recipes
from nnmem.recipes import Recipe, Result, ship
from nnmem.recipes.pointer import sort_numbers
from nnmem.recipes.trained import Trained


@pytest.fixture
def spy(monkeypatch):
    """A recipe whose score is its one parameter, or a hundredth of it."""

    def load(result):
        x = result.arrays["params.x"]
        return Trained(None, x, "", None, None, lambda: {"x": float(x.flat[0]), "none": None})

    recipe = Recipe("spy", "a", "b", None, load=load)
    monkeypatch.setattr(ship, "find", {"spy": recipe, "other": Recipe("other", "a", "b", None)}.__getitem__)


def trained(value, size=3):
    arrays = {"params.x": np.full(size, value, np.float32), "curve": np.ones(5)}
    return Result("spy", 4, 1.0, 5, {"x": 9.0, "lstm_x": 1.0}, {"loss": np.ones(5)}, arrays)


@pytest.mark.usefixtures("spy")
@pytest.mark.parametrize(
    ("value", "kind"),
    [(0.1, np.float16), (1000.4, np.float16), (-1000.4, np.float16), (70_000.0, np.float32), (-70_000.0, np.float32)],
)
def test_half_precision_where_no_metric_changes(tmp_path, value, kind):
    with np.errstate(over="ignore"):
        said = ship.ship(trained(value), tmp_path / "new")
    kept = Result.load(tmp_path / "new" / "spy-seed4.npz")
    assert kept.arrays.keys() == {"params.x"} and kept.arrays["params.x"].dtype == kind and not kept.history
    assert kept.metrics == {"x": float(kept.arrays["params.x"][0]), "none": None}, "measured anew, with what is kept"
    assert ("bytes in half" in said) == (kind == np.float16) and "x changes most" in said


@pytest.mark.usefixtures("spy")
def test_what_is_too_large_is_not_shipped(tmp_path):
    with pytest.raises(ValueError, match=r"spy-seed4\.npz is .* bytes, should be 400,000 at most"):
        ship.ship(trained(0.5, 300_000), tmp_path)
    (tmp_path / "a.npz").write_bytes(bytes(4_000_000))
    with pytest.raises(ValueError, match="all together 4,000,000"):
        ship.ship(trained(0.5), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]
    with pytest.raises(ValueError, match="recipe 'other' has no ``load``"):
        ship.ship(Result("other", 0, 1.0, 1, {}), tmp_path)


def test_the_shipped_sorter_comes_out_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sort_numbers, "score", lambda *_: {"exact_5": 0.5})
    whole = recipes.run("pointer-sort", steps=2)
    ship.ship(whole, tmp_path)
    loaded = recipes.load("pointer-sort", path=tmp_path / "pointer-sort-seed0.npz")
    W = whole.arrays["params.encoder.W_x"]
    assert loaded.params.encoder.W_x.dtype == np.float32
    np.testing.assert_array_equal(loaded.params.encoder.W_x, W.astype(np.float16))


@pytest.mark.usefixtures("spy")
def test_what_changes_most_is_named_beside_its_size(tmp_path, monkeypatch):
    """A change of 3 in -1,000 is less than one of 0.01 in 0.1."""
    scores = [{"large": -1000.0, "small": 0.1}, {"large": -1003.0, "small": 0.11}]
    trying = Recipe("spy", "a", "b", None, load=lambda result: Trained(None, 0, "", None, None, lambda: scores.pop(0)))
    monkeypatch.setattr(ship, "find", lambda name: trying)
    said = ship.ship(trained(0.5), tmp_path)
    assert said.endswith("in single precision; small changes most in half precision, from 0.1 to 0.11")
    assert Result.load(tmp_path / "spy-seed4.npz").metrics == {"large": -1000.0, "small": 0.1}, "as it was before"


def test_files_are_shipped_one_by_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sort_numbers, "score", lambda *_: {"exact_5": 0.5})
    monkeypatch.setattr("nnmem.recipes.trained.SHIPPED", tmp_path / "shipped")
    names = [str(tmp_path / f"{seed}.npz") for seed in (1, 2)]
    for seed, name in enumerate(names, 1):
        recipes.run("pointer-sort", seed=seed, steps=1).save(name)
    monkeypatch.setattr("sys.argv", ["ship", *names])
    runpy.run_path(ship.__file__, run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["pointer-sort-seed1.npz", "pointer-sort-seed2.npz"]
    assert len(list((tmp_path / "shipped").iterdir())) == 2
