"""A measurement that is stopped goes on to the same."""

import json
from dataclasses import replace

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
