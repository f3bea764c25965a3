"""A measurement that is stopped goes on to the same."""

import json
from dataclasses import replace

import numpy as np
import pytest

from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.recipes import measurement
from nnmem.recipes.run import Run


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


def test_columns_means_and_shares():
    rows = [{"a": a, "b": b, "c": 10 * a + b} for a in (3, 1, 2) for b in (0, 1)]
    x, y = measurement.series(rows, "a", "c", b=1)
    assert (x.tolist(), y.tolist(), x.dtype) == ([3.0, 1.0, 2.0], [31.0, 11.0, 21.0], float)
    assert measurement.values(rows, "a") == [3, 1, 2] and measurement.values(rows, "b") == [0, 1]
    mean, error = measurement.mean_and_error([1.0, 2.0, 4.0, 5.0])
    assert mean == 3 and error == pytest.approx((10 / 3 / 4) ** 0.5)
    assert measurement.mean_and_error([2.5]) == (2.5, 0.0)
    assert type(mean) is type(error) is float
    X = np.array([[1, -1, 1], [1, 1, 1], [-1, 1, -1], [1, 1, -1]])
    Y = np.array([[1, -1, 1], [1, 1, -1], [-1, 1, -1], [-1, 1, 1]])
    assert measurement.recalled(X, Y) == 0.5


def test_rows_are_rounded_and_named_and_time_goes_on(tmp_path, capsys):
    found = measurement.measure("m", [{"x": 1}, {"x": 2}], lambda rng, x: {"y": x / 3}, Run(1, tmp_path, bar=True))
    assert found.metrics == [{"x": 1, "y": 0.33333}, {"x": 2, "y": 0.66667}]
    assert (found.recipe, found.seed, found.steps) == ("m", 1, 2) and capsys.readouterr().out == ""
    about, _ = load_arrays(tmp_path / "rows.npz")
    assert (
        about["run"] == {"recipe": "m", "seed": 1, "settings": [{"x": 1}, {"x": 2}]} and about["rows"] == found.metrics
    )
    save_arrays(tmp_path / "rows.npz", {**about, "rows": about["rows"][:1], "seconds": 1000.0}, {})
    again = measurement.measure("m", [{"x": 1}, {"x": 2}], lambda rng, x: {"y": x / 3}, Run(1, tmp_path, True))
    assert again.metrics == found.metrics and 1000 <= again.seconds < 1100
    measured = []
    measurement.measure(
        "m", [{"x": 1}, {"x": 2}], lambda rng, x: measured.append(x) or {}, Run(1, tmp_path, overwrite=True)
    )
    assert measured == [1, 2], "to overwrite means that all is measured anew"


@pytest.mark.parametrize("bar", [False, True])
def test_a_bar_is_shown_where_it_is_wanted(bar, monkeypatch):
    import rich.progress

    seen = []
    monkeypatch.setattr(rich.progress, "track", lambda left, name, **how: seen.append((name, how)) or left)
    measurement.measure("m", [{"x": 1}], lambda rng, x: {"y": x}, Run(1, bar=bar))
    [(name, how)] = seen
    assert name == "m" and how["disable"] is not bar and how["transient"] and how["console"].stderr


def test_where_nothing_is_kept_a_measurement_that_goes_on_starts_afresh(tmp_path):
    for out in (None, tmp_path / "new"):
        found = measurement.measure("m", [{"x": 1}], lambda rng, x: {"y": x}, Run(1, out, True))
        assert found.metrics == [{"x": 1, "y": 1.0}]
