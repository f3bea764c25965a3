"""Floor 4: one file for each experiment, from data and settings to a score.

A recipe is a module with a function ``run``::

    def run(*, seed=0, out=None, resume=False, bar=False, <its own options>) -> Result

``out`` is a folder for checkpoints (None: keep none), ``resume`` goes on from them, ``bar`` shows progress on standard
error. A recipe with options of its own also has ``add_arguments(parser)``, which declares them for ``nnmem train``;
they reach ``run`` by name. One with a picture of its own has ``plot(result) -> Figure``. To add a recipe, write the
module and add its line to ``RECIPES``.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, NamedTuple

from nnmem.recipes.result import Result


class Recipe(NamedTuple):
    """What is known of a recipe without importing it."""

    module: str
    about: str


RECIPES = {
    "pointer-sort": Recipe("nnmem.recipes.pointer.sort_numbers", "pointer network: sort numbers, 5 to 10 of them"),
    "pointer-hull": Recipe("nnmem.recipes.pointer.hull", "pointer network: convex hull of 5 to 10 points"),
    "pointer-tsp": Recipe("nnmem.recipes.pointer.round_trip", "pointer network: shortest tour of 5 to 10 cities"),
    "hopfield-capacity": Recipe(
        "nnmem.recipes.associative.hopfield_capacity", "Hopfield network: overlap against load, 0.14 m"
    ),
    "hopfield-basins": Recipe(
        "nnmem.recipes.associative.hopfield_basins", "Hopfield network: basins and spurious states"
    ),
    "learning-rules": Recipe(
        "nnmem.recipes.associative.learning_rules", "Hebb, Storkey and pseudo-inverse, to O(m) patterns"
    ),
    "dense-capacity": Recipe(
        "nnmem.recipes.associative.dense_capacity", "higher-order connections, O(m^(K-1)) patterns"
    ),
    "boltzmann-capacity": Recipe("nnmem.recipes.associative.boltzmann_capacity", "Boltzmann machine, 0.6 m"),
    "hopfield-tsp": Recipe("nnmem.recipes.associative.hopfield_tsp", "travelling-salesman network, 6 and 10 cities"),
    "modern-capacity": Recipe(
        "nnmem.recipes.associative.modern_capacity", "modern Hopfield network: one attention step"
    ),
    "holographic-capacity": Recipe(
        "nnmem.recipes.associative.holographic_capacity", "pairs bound in one vector, real and complex"
    ),
    "digit-memory": Recipe(
        "nnmem.recipes.associative.digit_memory", "digits: a bidirectional classifier, an autoencoder"
    ),
    "ntm-copy": Recipe("nnmem.recipes.turing.ntm_copy", "neural Turing machine: copy 1 to 20 vectors, then up to 120"),
    "ntm-copy-content": Recipe("nnmem.recipes.turing.ntm_copy_content", "the same with addressing by content alone"),
    "ntm-repeat-copy": Recipe(
        "nnmem.recipes.turing.ntm_repeat_copy", "neural Turing machine: copy, 1 to 10 times over"
    ),
    "ntm-recall": Recipe("nnmem.recipes.turing.ntm_recall", "neural Turing machine: which item followed this one?"),
    "ntm-ngram": Recipe("nnmem.recipes.turing.ntm_ngram", "neural Turing machine: predict bits from a random table"),
    "ntm-sort": Recipe("nnmem.recipes.turing.ntm_sort", "neural Turing machine: sort vectors by priority"),
    "hard-reading": Recipe(
        "nnmem.recipes.turing.hard_reading", "one cell drawn from the weights, against soft reading"
    ),
    "memn2n-babi": Recipe(
        "nnmem.recipes.memory_qa.memn2n_babi", "end-to-end memory network: questions about bAbI's stories"
    ),
}


def find(name: str) -> ModuleType:
    """Return a recipe's module.

    Raises
    ------
    ValueError
        There is none of this name; the message lists those there are.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    return importlib.import_module(RECIPES[name].module)


def run(name: str, **options: Any) -> Result:
    """Run a recipe by its name; the options are those of its module's ``run``."""
    return find(name).run(**options)
