"""The figures of a desk: strangers' questions counted, and the threshold that its bars ask for."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnmem.recipes.memory_qa import desk_training
from nnmem.recipes.memory_qa.desk_training import CAUGHT, DECLINED, WRONG, Guesses, choose_threshold
from nnmem.tasks.outsiders_stories import THIRD_STRANGERS
from nnmem.tasks.strangers_stories import SECOND_STRANGERS, strangers

SETS = {
    "strangers": strangers(),
    "second_strangers": strangers(SECOND_STRANGERS),
    "third_strangers": strangers(THIRD_STRANGERS),
}
KNOWN = {(trial.story, trial.question): trial.answer for trials in SETS.values() for trial in trials}


@pytest.mark.parametrize("says", ["right", "wrong", "declines"])
def test_strangers_questions_are_counted(says, monkeypatch):
    class Scripted:
        def __init__(self, desk):
            self.story = None

        def hear(self, text):
            if self.story is None:
                self.story = text
                return []
            answer = KNOWN[self.story, text]
            answer = str(answer).upper() if says == "right" else "nonsense"
            return [SimpleNamespace(declined=says == "declines", answer=answer)]

    monkeypatch.setattr(desk_training, "Conversation", Scripted)
    found = desk_training.by_hand(None)
    for name, trials in SETS.items():
        told = sum(trial.answer is not None for trial in trials)
        untold = len(trials) - told
        wanted = {"right": (told, untold, 0, 0), "wrong": (0, len(trials), 0, 0), "declines": (0, 0, untold, told)}[
            says
        ]
        assert tuple(found[f"{name}_{what}"] for what in ("right", "wrong", "caught", "declined")) == wanted
    assert len(found) == 12 and all(type(value) is float for value in found.values())


@pytest.mark.parametrize("seed", range(6))
def test_the_threshold_is_the_best_by_its_definition(seed):
    rng = np.random.default_rng(seed)
    untold, answers = 0, rng.integers(4, size=400)
    right = rng.random(400) < 0.9
    words = np.where(right, answers, rng.integers(4, size=400))
    certainty = np.where(right, rng.uniform(0.3, 1, 400), rng.uniform(0, 0.8, 400))
    best, at = None, None
    for threshold in np.linspace(0, 0.995, 200):
        wrong = declined = caught = 0
        for word, sure, answer in zip(words, certainty, answers, strict=True):
            says_nothing = word == untold or sure < threshold
            caught += answer == untold and says_nothing
            declined += answer != untold and says_nothing
            wrong += answer != untold and not says_nothing and word != answer
        told = (answers != untold).sum()
        wrong, declined, caught = wrong / told, declined / told, caught / (400 - told)
        worth = (
            wrong > WRONG - 2 * np.sqrt(WRONG * (1 - WRONG) / told),
            max(wrong / WRONG, declined / DECLINED, (1 - caught) / (1 - CAUGHT)),
        )
        if best is None or worth < best:
            best, at = worth, threshold
    assert choose_threshold(Guesses(words, certainty, answers), untold) == pytest.approx(at)
