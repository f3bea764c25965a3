"""The Boltzmann machine's capacity on a small scale."""

from nnmem.recipes.associative import (
    boltzmann_capacity,
)
from nnmem.recipes.run import Run


def test_boltzmann_holds_what_hebb_does_not():
    (row,) = [r for r in boltzmann_capacity.run(Run(), sizes=(32,), trials=1, steps=500).metrics if r["load"] == 0.4]
    assert row["stable"] > 0.95 and row["hebb"] < 0.5
