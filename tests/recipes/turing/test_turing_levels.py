"""When the machine's training goes up a level, gives up, counts as solved and ends, at losses that are made up."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.progress import Progress
from nnmem.recipes.run import Run
from nnmem.recipes.turing import turing_training as ntm

TINY = NTM(input_size=4, output_size=2, hidden_size=12, slots=8, width=5)
PLAN = ntm.TuringPlan(
    "ntm-copy", TINY, lambda rng, batch, level: (batch, level), dict, (3, 6), 1000, patience=400, target=0.5, cooling=50
)


@pytest.fixture
def asked(monkeypatch):
    calls = []
    monkeypatch.setattr(ntm, "fit", lambda *given, **more: calls.append(SimpleNamespace(given=given, **more)) or (0, 0))
    return calls


def after(call, losses, **memory):
    """What is remembered after the last of these losses."""
    progress = Progress(step=len(losses), history={"loss": losses}, memory=dict(memory))
    call.watch(progress, None)
    return progress


def test_levels(asked, tmp_path):
    ntm._fit(PLAN, TINY, PLAN.levels, 1000, Run(4, tmp_path, True, True))
    [call] = asked
    assert call.checkpoint == tmp_path / "ntm.npz" and call.resume and call.title == "ntm-copy ntm"
    assert "level" not in after(call, [0.0] * 19).memory and "level" not in after(call, [1.0] * 20).memory
    assert after(call, [9.0] * 30 + [0.9] * 20).memory == {"level": 1, "since": 50}, "the mean of 20 alone"
    assert "level" not in after(call, [0.0] * 30 + [1.1] * 20).memory
    assert after(call, [1.1] * 399).memory == {} and after(call, [1.1] * 400).memory == {"given_up": True}
    assert after(call, [1.1] * 400).done and not after(call, [0.9] * 400).done
    assert after(call, [0.9] * 400, level=1, since=390).memory["level"] == 1, "there is no third"
    draw = call.given[2]
    assert draw(None, Progress()) == ((4, 3),) and draw(None, Progress(memory={"level": 1})) == ((4, 6),)
    ntm._fit(PLAN, TINY, PLAN.levels, 1000, Run(4, tmp_path), ntm.ATTEMPTS - 1)
    assert not after(asked[1], [1.1] * 400).memory and asked[1].checkpoint == tmp_path / "ntm2.npz"


def test_solved(asked):
    ntm._fit(PLAN, TINY, PLAN.levels, 1000, Run(4))
    [call] = asked
    last = {"level": 1, "since": 100}
    assert after(call, [9.0] * 300 + [0.4] * 100, **last).memory == {**last, "solved": 400, "since": 400}
    assert after(call, [20.0] * 301 + [0.4] * 99, **last).memory == last, "the mean of 100"
    assert after(call, [0.4] * 199, **last).memory == last, "a hundred of this level"
    solved = {**last, "solved": 400}
    assert not after(call, [0.0] * 449, **solved).done and after(call, [0.0] * 450, **solved).done
    few = replace(PLAN, slots=5)
    ntm._fit(few, TINY, few.levels, 1000, Run(4))
    call = asked[1]
    assert after(call, [0.4] * 400, **last).memory == {**last, "whole": 400, "since": 400}
    whole = {**last, "whole": 400, "since": 400}
    assert after(call, [0.4] * 499, **whole).memory == whole
    assert after(call, [0.4] * 500, **whole).memory == {**whole, "solved": 500, "since": 500}
    draw = call.given[2]
    assert draw(None, Progress()) == ((4, 3), 5) and draw(None, Progress(memory=whole)) == ((4, 6),)


def test_rates(asked):
    for model in (TINY, LSTMModel.like(TINY)):
        ntm._fit(replace(PLAN, lr=0.5, lstm_lr=0.25), model, PLAN.levels, 1000, Run(4))
    machine, lstm = ([call.lr(Progress(step=s)) for s in (0, 750, 950, 975, 1000)] for call in asked)
    assert machine == pytest.approx([0.5, 0.5, 0.5, 0.5 * (0.01 + 0.99 / 2), 0.005])
    assert lstm[:2] == [0.25, 0.25] and lstm[-1] == pytest.approx(0.0025) and asked[1].watch is None
    memory = {"solved": 300, "whole": 200}
    found = [asked[0].lr(Progress(step=s, memory=memory)) for s in (300, 325, 350, 900)]
    assert found == pytest.approx([0.1, 0.1 * (0.01 + 0.99 / 2), 0.001, 0.001])
