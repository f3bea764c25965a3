"""A result prints, plots and saves itself, and is told from anything else."""

import re

import numpy as np
import pytest

from nnmem.cli import main
from nnmem.nn.checkpoint import CheckpointError, save_arrays
from nnmem.recipes import Result
from nnmem.recipes.result import curves
from nnmem.terminal import console


def test_the_table_fits_and_the_curve_is_drawn(tmp_path, capsys):
    assert main(["train", "pointer-sort", "--steps", "3", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "exact_10" in shown and max(map(len, shown.splitlines())) <= 120
    figure = Result.load(tmp_path / "pointer-sort-seed0" / "result.npz").plot()
    assert figure.axes[0].get_xlabel() == "training step"


def test_a_history_is_kept_in_its_order():
    kept = curves({"loss": [3.0, 2.0, 1.0], "score": [(0, 0.5), (2, 0.75)]})
    np.testing.assert_array_equal(kept["loss"], [3, 2, 1])
    np.testing.assert_array_equal(kept["score"], [[0, 0.5], [2, 0.75]])


def test_a_table_of_several_rows(capsys):
    rows = [{"task": 1, "test_error": 0.5}, {"task": 2, "test_error": None}]
    console().print(Result("a", 0, 1.0, 5, rows))
    assert "task" in capsys.readouterr().out


def test_many_metrics_stand_below_each_other(capsys):
    metrics = {f"lstm_bits_of_error_{n}": n / 7 for n in range(14)}
    console().print(Result("a", 0, 1.0, 5, metrics))
    shown = capsys.readouterr().out
    assert all(re.search(rf"^ *{name} +{value:.4g} *$", shown, re.M) for name, value in metrics.items())


def test_rows_of_two_kinds_are_two_tables(capsys):
    rows = [{"task": "one", "error": 0.5, "paper": None}, {"task": "two", "overlap": 0.25}]
    console().print(Result("a", 0, 1.0, 5, rows))
    shown = capsys.readouterr().out
    assert re.findall(r"^ *task +(\w+) *$", shown, re.M) == ["error", "overlap"], "no column without a number"


def test_a_checkpoint_is_no_result(tmp_path):
    assert main(["train", "pointer-sort", "--steps", "2", "--out", str(tmp_path)]) == 0
    with pytest.raises(CheckpointError, match="holds no result"):
        Result.load(tmp_path / "pointer-sort-seed0" / "checkpoint.npz")


def test_a_result_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.ones(2))
    with pytest.raises(CheckpointError, match="not written by nnmem"):
        Result.load(tmp_path / "x.npz")
    whole = Result("a", 0, 1.0, 5, {}).to_json()
    for wrong in (None, [], {}, {**whole, "more": 1}, {name: whole[name] for name in list(whole)[:-1]}):
        save_arrays(tmp_path / "x.npz", {"result": wrong}, {})
        with pytest.raises(CheckpointError, match="holds no result"):
            Result.load(tmp_path / "x.npz")


def test_a_result_comes_back_whole(tmp_path):
    curves = {"loss": np.arange(3.0), "accuracy": np.array([[1, 0.5], [2, 0.75]])}
    whole = Result("pointer-sort", 4, 1.234567, 5, {"a": 0.5}, curves, {"params.x": np.ones((2, 3), np.float32)})
    whole.save(str(tmp_path / "x.npz"))
    again = Result.load(str(tmp_path / "x.npz"))
    assert (
        again.to_json()
        == whole.to_json()
        == {**{"recipe": "pointer-sort", "seed": 4, "seconds": 1.23, "steps": 5, "metrics": {"a": 0.5}}}
    )
    for mine, theirs in ((whole.history, again.history), (whole.arrays, again.arrays)):
        assert mine.keys() == theirs.keys()
        for name, array in mine.items():
            np.testing.assert_array_equal(theirs[name], array)
            assert theirs[name].dtype == array.dtype
    (line,) = again.plot().axes[0].lines
    assert line.get_label() == "seed 4"


def test_numbers_are_shown_with_the_digits_they_need(capsys):
    console().print(Result("a", 3, 61.4, 5, {"share": 1 / 3, "count": 12, "none": None, "word": "yes"}))
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "a, seed 3: 5 steps, 61 s"
    rows = dict(line.split() for line in shown.splitlines() if len(line.split()) == 2)
    assert rows["metric"] == "value", "the heads of the columns"
    ends = {len(line.rstrip()) for line in shown.splitlines() if line.split()[:1] in (["share"], ["count"], ["metric"])}
    assert len(ends) == 1, "numbers to the right, as their head"
    assert rows["share"] == "0.3333" and rows["count"] == "12" and rows["word"] == "yes"
    console().print(
        Result("a", 3, 61.4, 5, [{"long_name": 1 / 3, "other name": 2.0}, {"long_name": 0.5, "other name": 3.0}])
    )
    shown = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert ["long", "other"] in shown and ["name", "name"] in shown and ["0.333", "2"] in shown


def test_curves_are_floats():
    found = curves({"loss": [1, 2], "accuracy": [(1, 0.5), (2, 1)]})
    assert {name: (array.dtype, array.shape) for name, array in found.items()} == {
        **{"loss": (np.float64, (2,)), "accuracy": (np.float64, (2, 2))}
    }


def test_words_stand_to_the_left_and_numbers_to_the_right(capsys):
    rows = [{"a": "x", "b": 1.5, "c": 1}, {"a": "longer", "b": 1000.25, "c": 1000}]
    console().print(Result("a", 0, 1.0, 5, rows))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()][-2:]
    assert re.fullmatch(r" *x        +1\.5 +1 *", lines[0]) and re.fullmatch(r" *longer +1e\+03 +1000 *", lines[1])
    assert lines[0].index("x") == lines[1].index("longer")
    assert lines[0].rstrip().rindex("1") == lines[1].rstrip().rindex("0")
