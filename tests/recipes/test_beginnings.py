"""Every recipe begins as it did when its results were kept: data, first parameters, rates, losses and scores.

The first three steps of every network, at the recipe's own settings, and the scores behind them on a few examples,
stand in ``beginnings.json``. Who changes a recipe on purpose renews them: ``python tests/recipes/test_beginnings.py``.
"""

import importlib
import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from nnmem import recipes
from nnmem.nn import training
from nnmem.recipes.result import Result
from nnmem.recipes.run import table
from nnmem.tasks import babi, babi_worlds
from nnmem.tasks.algorithms import Episodes

RESULTS = Path(__file__).parents[2] / "notebooks" / "results"
KEPT = Path(__file__).parent / "beginnings.json"
STEPS = 3
RATES_AT = 0, 0.05, 0.3, 0.4, 0.6, 0.8, 1  # of all steps
FEW = {  # sizes of tests, not of training
    "associative-lstm": {"recurrent.associative_lstm_copy.TEST": 20},
    "complex-denoising": {"recurrent.complex_denoising.TEST": 50},
    "fast-weights": {f"recurrent.fast_weights_retrieval.{k}": n for k, n in (("VALIDATION", 30), ("TEST", 300))}
    | {"recurrent.fast_weights_retrieval.TRAINING": 2000, "recurrent.fast_weights_retrieval.WATCHED": 2},
    "stack-reversal": {"structures.shape_training.TEST": 10},
    "queue-copy": {"structures.shape_training.TEST": 10},
    "brackets": {"structures.shape_training.TEST": 10},
    "tree-search": {"structures.tree_search.TIMED": 2, "structures.tree_search.COSTS": (256,)},
    "documents": {"sequence.documents.TESTED": 50},
    "handwriting": {
        "sequence.handwriting.WORDS": 80,
        "sequence.handwriting.TESTED": 8,
        "sequence.handwriting.MOVEMENTS": 3,
    },
    "reverse-symbols": {"sequence.reverse_symbols.TESTED": 8},
    "segments": {"sequence.segments.TESTED": 60},
    "translate-dates": {"sequence.translate_dates.TESTED": 4},
    "pointer-sort": {},
    "pointer-hull": {},
    "pointer-hull-long": {},
    "pointer-tsp": {"pointer.round_trip.BLOCK": 6},
    **{
        f"ntm-{name}": {}
        for name in ("copy", "copy-content", "copy-feedforward", "ngram", "recall", "repeat-copy", "sort")
    },
    "lstm-copy": {},
    "hard-reading": {},
    "memnn-babi": {},
    "memn2n-babi": {},
}
OPTIONS = {"memnn-babi": {"tasks": [2], "starts": 2}, "memn2n-babi": {"tasks": [1], "restarts": 2}}
CHECKPOINTS = {  # what stands in the folder of a run: a file for each network, by its name
    "associative-lstm": "associative lstm lstm-longer",
    "complex-denoising": "crelu modrelu real zrelu",
    "fast-weights": "fast irnn lstm",
    "stack-reversal": "attention lstm stack",
    "queue-copy": "attention lstm queue",
    "brackets": "attention lstm stack",
    "documents": "at_once flat lessons paper uniform",
    "handwriting": "additive mean reader window",
    "reverse-symbols": "attention fixed-vector",
    "segments": "crf sigmoid softmax",
    "translate-dates": "attention fixed-vector",
    "ntm-copy-feedforward": "ntm",
    "hard-reading": "hard soft",
    "memnn-babi": "task2-0 task2-1",
    "memn2n-babi": "task1-all-0-default task1-all-1-default task1-part-0-default task1-part-1-default",
}
TIMED = "seconds", "lookup", "microseconds"  # metrics that are another at every run


def begun(name, monkeypatch, seed=2, steps=STEPS, out=None):
    """Run a recipe as it is, but for the number of steps and of examples that it is scored on."""
    fit = training.fit
    spent, asked = [], []

    def few_steps(*args, watch=None, **settings):
        asked.append([settings["steps"], settings.get("clip_norm"), *rates(**settings)])

        def both(progress, params):
            if watch is not None:
                watch(progress, params)
            progress.done = progress.done or progress.step >= steps

        params, progress = fit(*args, watch=both, **settings)
        spent.append(1000.0 * 2 ** len(spent))
        progress.seconds = spent[-1]
        return params, progress

    module = sys.modules[table()[name].run.__module__]
    for each in [value for key, value in sys.modules.items() if key.startswith("nnmem.recipes.")]:
        if getattr(each, "fit", None) is fit:
            monkeypatch.setattr(each, "fit", few_steps)
    for place, value in FEW[name].items():
        file, _, attribute = place.rpartition(".")
        monkeypatch.setattr(importlib.import_module(f"nnmem.recipes.{file}"), attribute, value)
    if name.startswith("pointer-"):
        for each in {module, sys.modules[module.score.__module__]}:
            draw = each.sample
            monkeypatch.setattr(each, "sample", lambda rng, batch, n, draw=draw: draw(rng, min(batch, 40), n))
    if hasattr(module, "PLAN"):
        score = module.PLAN.score
        short = replace(module.PLAN, score=lambda bits: score(lambda given: bits(beginning(given))))
        monkeypatch.setattr(module, "PLAN", short)
    if name == "lstm-copy":
        score = module.ntm_copy.score
        monkeypatch.setattr(module.ntm_copy, "score", lambda bits: score(lambda given: bits(beginning(given))))
    monkeypatch.delenv(babi.VARIABLE, raising=False)  # stories of generated worlds
    monkeypatch.setattr(babi_worlds, "world_task", partial(babi_worlds.world_task, questions=150))
    result = recipes.run(name, seed=seed, out=out, **OPTIONS.get(name, {}))
    of_all = spent[:1] if "lstm_loss" in result.history and hasattr(module, "PLAN") else spent
    of_all = [] if name in OPTIONS else of_all  # these look at the clock
    assert 0 <= result.seconds - sum(of_all) < 300, "of what is trained, and of scoring it"
    return result, asked


def rates(steps, lr, **_):
    """The learning rate from the first step to the last; of a machine also when it has solved its task."""
    memory = ({}, {"solved": steps // 3, "whole": steps // 4})
    if not callable(lr):
        return [lr]
    return [lr(training.Progress(step=int(share * (steps - 1)), memory=m)) for m in memory for share in RATES_AT]


def beginning(episodes):
    return Episodes(*(array[-30:, :1] for array in episodes))


def told(name, monkeypatch, out=None):
    """What is kept of a beginning."""
    result, asked = begun(name, monkeypatch, out=out)
    [measured] = result.metrics if isinstance(result.metrics, list) else [result.metrics]
    metrics = {
        key: -1.0 if value is None else value
        for key, value in measured.items()
        if not isinstance(value, str) and not any(word in key for word in TIMED)
    }
    return {
        "steps": result.steps,
        "losses": {key: np.asarray(curve).ravel()[:STEPS].tolist() for key, curve in result.history.items()},
        "metrics": metrics,
        "fits": asked,
        "arrays": {key: list(array.shape) for key, array in result.arrays.items()},
    }


@pytest.mark.parametrize("name", FEW)
def test_a_recipe_begins_as_it_did(name, monkeypatch, tmp_path):
    found, kept = told(name, monkeypatch, tmp_path), json.loads(KEPT.read_text())[name]
    assert found.keys() == kept.keys() and found["steps"] == kept["steps"] and found["arrays"] == kept["arrays"]
    assert [pytest.approx(fit) for fit in kept["fits"]] == found["fits"]
    assert found["losses"].keys() == kept["losses"].keys()
    for key, losses in kept["losses"].items():
        assert found["losses"][key] == pytest.approx(losses, rel=1e-3), key
    assert found["metrics"] == pytest.approx(kept["metrics"], rel=1e-3, abs=1e-6)
    usual = "lstm ntm" if name.startswith("ntm-") else "checkpoint"
    assert sorted(file.stem for file in tmp_path.iterdir()) == CHECKPOINTS.get(name, usual).split()


def test_the_first_hundred_steps_are_those_of_the_committed_run(long):
    for name in (
        set(FEW) - {"hard-reading", "handwriting", *OPTIONS} if long else ("segments", "tree-search", "pointer-sort")
    ):
        with pytest.MonkeyPatch.context() as patch:
            if name == "pointer-tsp":
                patch.setitem(FEW, name, {})
            result, _ = begun(name, patch, seed=0, steps=100)
        for key, curve in Result.load(RESULTS / f"{name}-seed0.npz").history.items():
            if curve.ndim == 1:
                assert result.history[key][:100].mean() == pytest.approx(curve[0], rel=0.02), (name, key)


@pytest.mark.parametrize("name", [name for name in FEW if name.startswith("ntm-")])
def test_a_machine_is_scored_on_the_same_sequences(name):
    """The sequences of a score, told by their sizes and sums."""
    seen = []

    def bits(episodes):
        seen.append([*episodes.X.shape, float(np.abs(episodes.X).sum()), int(episodes.mask.sum())])
        return float(episodes.targets.sum())

    found = sys.modules[table()[name].run.__module__].PLAN.score(bits)
    kept = json.loads(KEPT.read_text())[f"{name} score"]
    assert found == pytest.approx(kept["metrics"]) and np.array(seen) == pytest.approx(np.array(kept["seen"]))


def write():
    kept = {}
    for name in FEW:
        with pytest.MonkeyPatch.context() as patch:
            kept[name] = told(name, patch)
            print(name, kept[name]["metrics"], flush=True)
        if name.startswith("ntm-"):
            seen = []

            def bits(episodes, seen=seen):
                seen.append([*episodes.X.shape, float(np.abs(episodes.X).sum()), int(episodes.mask.sum())])
                return float(episodes.targets.sum())

            metrics = sys.modules[table()[name].run.__module__].PLAN.score(bits)
            kept[f"{name} score"] = {"metrics": metrics, "seen": seen}
    rows = [f"{json.dumps(name)}: {json.dumps(what)}" for name, what in kept.items()]
    KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    write()
