"""Parameters that are kept score what stands beside them: the same tests, drawn in the same way, of the same sizes."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nnmem import recipes
from nnmem.nn.tree import rebuild
from nnmem.recipes.result import Result
from nnmem.recipes.sequence import segments
from nnmem.recipes.structures import match_brackets, queue_copy, shape_training, stack_reversal, tree_search
from nnmem.recipes.turing import ntm_copy_content, ntm_recall, ntm_repeat_copy
from nnmem.recipes.turing.turing_training import bits_of_error

RESULTS = Path(__file__).parents[2] / "notebooks" / "results"
SHAPES = {"stack-reversal": stack_reversal, "queue-copy": queue_copy, "brackets": match_brackets}
MACHINES = {"ntm-copy-content": ntm_copy_content, "ntm-recall": ntm_recall, "ntm-repeat-copy": ntm_repeat_copy}


def kept(name):
    return Result.load(RESULTS / f"{name}-seed0.npz")


def trained(params):
    """What ``fit`` returns."""
    return params, SimpleNamespace(seconds=1.0, step=1, history={"loss": [1.0]})


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_memory(name, monkeypatch):
    result, model = kept(name), SHAPES[name].MODEL
    params, exact = result.params(model.init(np.random.default_rng(0))), shape_training.exact
    monkeypatch.setattr(shape_training, "fit", lambda *given, **how: trained(params))
    monkeypatch.setattr(
        shape_training, "exact", lambda one, given, batch: exact(one, given, batch) if one is model else (0.0, 0.0)
    )
    again = recipes.run(name, steps=1)
    own = {key: value for key, value in result.metrics.items() if not key.startswith(("lstm_", "attention_"))}
    assert {key: again.metrics[key] for key in own} == pytest.approx(own, abs=1.5e-3)
    assert again.metrics.keys() == result.metrics.keys()


def test_tree_search(monkeypatch):
    result = kept("tree-search")
    params = result.params(tree_search.MODEL.init(np.random.default_rng(0)))
    monkeypatch.setattr(tree_search, "fit", lambda *given, **how: trained(params))
    monkeypatch.setattr(tree_search, "TIMED", 1)
    again = recipes.run("tree-search", steps=1)
    assert again.metrics.keys() == result.metrics.keys()
    for key in (key for key in result.metrics if not key.startswith("microseconds")):
        assert again.metrics[key] == pytest.approx(result.metrics[key], abs=1.5e-3), key


def test_segments():
    result, model = kept("segments"), segments.MODELS["crf"]
    params = result.params(model.init(np.random.default_rng(0)))
    batch = segments.segment_batch(np.random.default_rng([0, 2**32]), segments.TESTED)
    own = {"within_half_crf": segments.within_half(model, params, batch), **segments.beyond(model, params, 0)}
    assert own == pytest.approx({key: result.metrics[key] for key in own}, abs=1.5e-3)


@pytest.mark.parametrize("name", MACHINES)
def test_turing_machines(name):
    result, plan = kept(name), MACHINES[name].PLAN
    params = rebuild(plan.model.init(np.random.default_rng(0)), result.arrays, "params")
    again = plan.score(lambda episodes: bits_of_error(plan.model, params, episodes))
    assert again == pytest.approx({key: result.metrics[key] for key in again}, rel=0.05, abs=0.02)
