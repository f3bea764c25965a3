"""The recipes of the neural Turing machine on a small scale: they learn, resume to the same numbers, stop in time."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnmem import recipes
from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.checkpoint import CheckpointError, load_arrays
from nnmem.nn.optimisers import Adam
from nnmem.nn.training import TrainingError, fit
from nnmem.nn.tree import leaves
from nnmem.recipes.result import Result
from nnmem.recipes.run import Run
from nnmem.recipes.turing import (
    lstm_copy,
    ntm_copy,
    ntm_copy_content,
    ntm_copy_feedforward,
    ntm_ngram,
    ntm_recall,
    ntm_repeat_copy,
    ntm_sort,
)
from nnmem.recipes.turing import turing_training as ntm
from nnmem.tasks.algorithms import Episodes, copy, recall

MODULES = (ntm_copy, ntm_copy_content, ntm_ngram, ntm_recall, ntm_repeat_copy, ntm_sort)
TINY = NTM(input_size=4, output_size=2, hidden_size=12, slots=8, width=5)


def sample(rng, batch, level):
    return copy(rng, batch, int(rng.integers(1, level + 1)), bits=2)


def score(bits):
    return {"bits": bits(copy(np.random.default_rng(7), 16, 2, bits=2))}


PLAN = ntm.TuringPlan("ntm-copy", TINY, sample, score, (1, 2), steps=700, lr=1e-2)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.RECIPE.name)
def test_every_recipe_runs_and_scores_both_models(module, monkeypatch):
    score = module.PLAN.score
    seen = {}

    def first_steps(bits):
        return score(lambda episodes: bits(Episodes(*(a[:40, :1] for a in episodes))))

    monkeypatch.setattr(module, "PLAN", replace(module.PLAN, score=first_steps))
    result = recipes.run(module.RECIPE.name, seed=1, steps=2)
    seen = result.metrics
    assert all(np.isfinite(value) for value in seen.values())
    assert {k.removeprefix("lstm_") for k in seen if k.startswith("lstm_")} <= seen.keys()
    assert result.steps == 2 and len(result.history["lstm_loss"]) == 2
    assert dict(leaves(result.params(module.PLAN.model.init(np.random.default_rng(0)))))


def test_the_feedforward_machine_is_trained_alone(monkeypatch):
    plan = ntm_copy_feedforward.PLAN
    assert plan.model.controller == "feedforward"
    monkeypatch.setattr(ntm_copy_feedforward, "PLAN", replace(plan, score=score_of_two))
    result = recipes.run("ntm-copy-feedforward", steps=2)
    assert result.metrics.keys() == {"attempts", "solved_at", "bits"} and result.history.keys() == {"loss"}


def test_the_lstm_alone_sees_lengths_that_grow(monkeypatch):
    seen = []

    def watched(rng, batch, level):
        seen.append(level)
        return copy(rng, 2, 1)

    monkeypatch.setattr(ntm_copy, "sample", watched)
    monkeypatch.setattr(ntm_copy, "score", score_of_two)
    result = recipes.run("lstm-copy", seed=1, steps=8)
    assert seen == [3, 7, 11, 16, 20, 20, 20, 20] and len(result.history["loss"]) == 8
    assert result.metrics["sequences"] == 8 * lstm_copy.BATCH and result.metrics["bits"] > 1
    assert result.arrays["params.lstm.W_h"].shape[1] == LSTMModel.like(ntm_copy.MODEL).hidden_size


def score_of_two(bits):
    return {"bits": bits(copy(np.random.default_rng(7), 4, 2))}


def test_a_small_machine_learns_to_copy():
    result = ntm.train(PLAN, Run())
    assert np.mean(result.history["loss"][:20]) > 1.5
    assert result.metrics["bits"] < 2.0, "four bits at random"


def test_a_run_that_was_stopped_goes_on_to_the_same_numbers(tmp_path):
    whole = ntm.train(replace(PLAN, steps=30), Run(3, tmp_path / "whole"))

    class Stop(Exception):
        pass

    def stopping(rng, batch, level, count=[0]):  # noqa: B006 - counts over calls
        count[0] += 1
        if count[0] > 12:
            raise Stop
        return sample(rng, batch, level)

    with pytest.raises(Stop):
        ntm.train(replace(PLAN, steps=30, sample=stopping), Run(3, tmp_path / "part"))
    again = ntm.train(replace(PLAN, steps=30), Run(3, tmp_path / "part", resume=True))
    assert again.metrics == whole.metrics
    for name in whole.arrays:
        np.testing.assert_array_equal(again.arrays[name], whole.arrays[name])
    with pytest.raises(CheckpointError, match="slots is None there and 5 here"):
        ntm.train(replace(PLAN, steps=30, slots=5), Run(3, tmp_path / "part", resume=True))


def test_the_memory_is_short_until_it_is_used_well_and_then_whole(monkeypatch):
    seen, rates, forward, step = [], [], NTM.forward, Adam.step

    def watched(self, params, X, slots=None):
        if X.shape[1] == PLAN.batch:  # in training
            seen.append(slots or self.slots)
        return forward(self, params, X, slots)

    def timed(self, x, dx, state, lr):
        rates.append(lr)
        step(self, x, dx, state, lr)

    monkeypatch.setattr(NTM, "forward", watched)
    monkeypatch.setattr(Adam, "step", timed)
    plan = replace(PLAN, steps=400, slots=5, advance=np.inf, target=np.inf, cooling=10)
    result = ntm.train(plan, Run())
    assert result.metrics["solved_at"] == 20 + 100 + 100 and result.steps == 230
    assert seen == [5] * 120 + [TINY.slots] * 110
    np.testing.assert_allclose(rates[:220], [PLAN.lr] * 120 + [PLAN.lr / 5] * 100)
    assert (np.diff(rates[220:230]) < 0).all(), "then it falls"


def test_a_run_that_does_not_get_on_starts_afresh_and_says_so():
    result = ntm.train(replace(PLAN, steps=12, patience=5, advance=0.0), Run())
    assert result.metrics["attempts"] == 3
    assert result.steps == 5 + 5 + 12 and len(result.history["loss"]) == 12
    assert len(result.history["lstm_loss"]) == 22, "as many sequences in all"


def test_the_lstm_beside_it_is_of_the_same_size():
    lstm = ntm.LSTMModel.like(ntm_copy.MODEL)
    sizes = [
        sum(leaf.size for _, leaf in leaves(model.init(np.random.default_rng(0)))) for model in (ntm_copy.MODEL, lstm)
    ]
    assert 0.98 < sizes[1] / sizes[0] <= 1


def test_an_explosion_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path):
    params = TINY.init(np.random.default_rng(0))
    path = tmp_path / "run.npz"

    def explode(progress, params):
        if progress.step == 5:
            params.output.W[...] = np.inf

    def train(watch):
        with np.errstate(all="ignore"):
            fit(
                ntm.loss_and_gradients(TINY),
                params,
                lambda rng, progress: sample(rng, 2, 2),
                steps=9,
                rng=np.random.default_rng(0),
                lr=1e-2,
                watch=watch,
                checkpoint=path,
                every=0.0,
            )

    with pytest.raises(TrainingError, match=r"step 6: loss \S+, not finite: parameter output.W.*run\.npz"):
        train(explode)
    about, arrays = load_arrays(path)
    assert about["step"] == 4
    assert all(np.isfinite(a).all() for name, a in arrays.items() if name.startswith("params"))


def test_targets_that_are_no_bits_are_refused():
    episodes = sample(np.random.default_rng(0), 2, 2)
    wrong = episodes._replace(targets=episodes.targets + 1)
    with pytest.raises(ValueError, match=r"targets has the entry .*, should be in 0 to 1"):
        ntm.loss_and_gradients(TINY)(TINY.init(np.random.default_rng(0)), wrong)


RESULTS = Path(__file__).parents[3] / "notebooks" / "results"


@pytest.mark.parametrize(
    "name, metric, bar",
    [
        ("ntm-recall", "bits_2_6", 0.1),
        ("ntm-ngram", "bits_200", 2.5),  # above the best predictor
        ("ntm-repeat-copy", "bits_trained", 3.0),
        ("ntm-sort", "bits_8", 2.0),
    ],
)
def test_every_committed_run_of_the_other_tasks_has_learned_where_the_lstm_has_not(name, metric, bar):
    runs = [Result.load(path) for path in RESULTS.glob(f"{name}-seed*.npz")]
    assert len(runs) >= 3
    for run in runs:
        best = run.metrics.get(metric.replace("bits", "optimal"), 0)
        assert 0 <= run.metrics[metric] - best < bar < (run.metrics[f"lstm_{metric}"] - best) / 8
        assert run.history.keys() == {"loss", "lstm_loss"}


def test_the_committed_recall_machine_recalls():
    machine = Result.load(RESULTS / "ntm-recall-seed0.npz")
    params = machine.params(ntm_recall.MODEL.init(np.random.default_rng(0)))
    assert ntm.bits_of_error(ntm_recall.MODEL, params, recall(np.random.default_rng(2), 64, 12)) < 0.1


def test_the_committed_copies_are_of_twenty_seeds_and_the_first_copies_120():
    runs = [Result.load(RESULTS / f"ntm-copy-seed{seed}.npz") for seed in range(20)]
    assert [run.seed for run in runs] == list(range(20))
    assert all(run.metrics["bits_1_20"] < 0.01 < run.metrics["lstm_bits_20"] for run in runs)
    params = runs[0].params(ntm_copy.MODEL.init(np.random.default_rng(0)))
    assert ntm.bits_of_error(ntm_copy.MODEL, params, copy(np.random.default_rng(2), 4, 120)) < 0.2
    others = json.loads((RESULTS / "ntm-copy-slots128.json").read_text())["runs"]
    assert [run["seed"] for run in others] == list(range(10)) and all(run["recipe"] == "ntm-copy" for run in others)


def test_the_committed_machines_without_a_state_copy_120_vectors_and_the_lstm_alone_ten():
    for path in RESULTS.glob("ntm-copy-feedforward-seed*.npz"):
        metrics = Result.load(path).metrics
        assert metrics["bits_1_20"] < 0.2 and metrics["bits_120"] < 0.5
    metrics = Result.load(RESULTS / "lstm-copy-seed0.npz").metrics
    assert metrics["sequences"] == lstm_copy.STEPS * lstm_copy.BATCH and metrics["bits_10"] < 0.1 < metrics["bits_20"]
