"""The recipes of stack and queue: they run, resume to the same numbers, and learn short words in seconds."""

import json

import numpy as np
import pytest

from nnmem.cli import main
from nnmem.recipes import Run
from nnmem.recipes.structures import queue_copy, shape_training, stack_reversal
from nnmem.tasks.word_orders import words

SIZES = {"stack-reversal": (12, 24, 32), "queue-copy": (12, 24, 48), "brackets": (4, 12, 24, 48)}


@pytest.mark.parametrize("name", SIZES)
def test_a_few_steps_from_the_command_line_and_again_from_the_checkpoint(name, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(shape_training, "TEST", 10)
    command = ["train", name, "--seed", "3", "--steps", "2", "--json", "--out", str(tmp_path)]
    shown = []
    for more in ([], ["--resume"]):
        assert main(command + more) == 0
        shown.append(json.loads(capsys.readouterr().out))
    assert shown[0]["metrics"] == shown[1]["metrics"] and shown[0]["steps"] == 2
    wanted = {f"{m}{k}_{n}" for m in ("", "lstm_", "attention_") for k in ("exact", "answers") for n in SIZES[name]}
    assert shown[0]["metrics"].keys() == wanted
    assert all(0 <= value <= 1 for value in shown[0]["metrics"].values())


@pytest.mark.parametrize(
    ("recipe", "short"),
    [
        (stack_reversal, lambda rng: words(rng, 200, 4, 1.0)),
        (queue_copy, lambda rng: words(rng, 200, 4, 0.0)),
    ],
)
def test_it_learns_what_is_short(recipe, short):
    params, _ = shape_training.train("short", "test", recipe.MODEL, recipe.draw, 500, Run())
    whole, single = shape_training.exact(recipe.MODEL, params, short(np.random.default_rng(5)))
    assert single >= whole > 0.9
