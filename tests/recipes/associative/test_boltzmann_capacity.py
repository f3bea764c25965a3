"""The Boltzmann machine's capacity on a small scale."""

import pytest

from nnmem.recipes.associative import (
    boltzmann_capacity,
)
from nnmem.recipes.run import Run


def test_boltzmann_holds_what_hebb_does_not():
    (row,) = [r for r in boltzmann_capacity.run(Run(), sizes=(32,), trials=1, steps=500).metrics if r["load"] == 0.4]
    assert row["stable"] > 0.95 and row["hebb"] < 0.5


def test_half_loads_are_of_one_size_and_one_way():
    rows = [
        {"m": m, "load": load, "trials": 4, "annealed": share, "annealed error": 0.01, "stable": 1.0}
        for m, at in ((16, 0.4), (64, 0.8))
        for load, share in ((at - 0.2, 1.0), (at, 0.75), (at + 0.2, 0.25))
    ]
    found = boltzmann_capacity.half_loads_by_size(rows, "annealed")
    assert {m: at for m, (at, _) in found.items()} == pytest.approx({16: 0.5, 64: 0.9})
    for m, (_, error) in found.items():  # a share of 0.75 or 0.25 of 4 trials of 0.6 m patterns; half from both ends
        chance = (0.75 * 0.25 / (4 * 0.6 * m)) ** 0.5
        assert error == pytest.approx(chance * 0.5**0.5 * 0.2 / 0.5, rel=0.15)
