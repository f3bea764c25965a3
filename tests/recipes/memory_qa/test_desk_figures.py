"""The figures of a desk: strangers' questions counted, and the threshold that its bars ask for."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnmem.recipes.memory_qa import desk_training
from nnmem.recipes.memory_qa.desk_training import CAUGHT, DECLINED, WRONG, Guesses, choose_threshold
from nnmem.tasks.desk_phrases import KINDS, UNTOLD, desk_vocabulary
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


def test_the_metrics_are_those_of_their_own_questions(monkeypatch):
    """Made-up guesses about real stories; every share counted one question at a time."""
    desk, asked = SimpleNamespace(vocabulary=desk_vocabulary(), threshold=0.5), []
    untold = desk.vocabulary.ids[UNTOLD]

    def guesses(desk, wanted):
        rng = np.random.default_rng(len(asked))
        answers = np.array([desk.vocabulary.ids[each.question.answer] for each in wanted])
        words = np.where(rng.random(len(answers)) < 0.6, answers, rng.integers(len(desk.vocabulary.words)))
        asked.append((wanted, Guesses(words, rng.random(len(answers)), answers)))
        return asked[-1][1]

    def counted(chosen):
        told = [(word, sure) for word, sure, answer in chosen if answer != untold]
        others = [(word, sure) for word, sure, answer in chosen if answer == untold]
        says = [(word, sure, answer) for word, sure, answer in chosen if word != untold and sure >= 0.5]
        wrong = sum(word != answer for word, _, answer in says if answer != untold)
        kept = [sum(word == untold or sure < 0.5 for word, sure in part) for part in (told, others)]
        return {
            **{"wrong": wrong / max(len(told), 1), "declined": kept[0] / max(len(told), 1)},
            "caught": kept[1] / max(len(others), 1),
        }

    monkeypatch.setattr(desk_training, "guess", guesses)
    monkeypatch.setattr(desk_training, "TESTED", 60)
    monkeypatch.setattr(desk_training, "by_hand", lambda desk: {"strangers_right": 1.0})
    found = desk_training.measure(desk, 3)
    *parts, (_, of_near), (_, of_handed) = asked
    assert len(parts) == 4 and {len(wanted) for wanted, _ in parts} == {360}
    wanted = {"strangers_right": 1.0, "near_misses_caught": counted([*zip(*of_near, strict=True)])["caught"]}
    handed = counted([*zip(*of_handed, strict=True)])
    wanted |= {"handed_on_wrong": handed["wrong"], "handed_on_declined": handed["declined"]}
    for name, (questions, guessed) in zip(("", "long_", "pairs_", "phrases_"), parts, strict=True):
        wanted |= {f"{name}{what}": share for what, share in counted([*zip(*guessed, strict=True)]).items()}
        lengths = [len(each.question.story) for each in questions]
        assert (min(lengths) >= 31 and max(lengths) <= 60) if name == "long_" else max(lengths) <= 30
    for kind in KINDS:
        rows = [row for each, row in zip(parts[0][0], zip(*parts[0][1], strict=True), strict=True) if each.kind == kind]
        wanted |= {f"{kind}_{what}": share for what, share in counted(rows).items()}
    assert found == pytest.approx(wanted) and len({str(questions) for questions, _ in asked}) == 6
    asked.clear()
    again = desk_training.again(desk, 3)
    assert again == {what: found[what] for what in ("wrong", "declined", "caught")}


def test_the_stories_of_each_making_are_drawn_from_a_number_of_their_own(monkeypatch):
    drawn = []

    def spy(rng, *count, **how):
        drawn.append((rng.bit_generator.seed_seq.entropy, *count, sorted(how)))
        return []

    monkeypatch.setattr(desk_training, "sample", spy)
    monkeypatch.setattr(desk_training, "near_misses", spy)
    monkeypatch.setattr(desk_training, "guess", lambda desk, wanted: Guesses(*(np.zeros(0) for _ in range(3))))
    monkeypatch.setattr(desk_training, "figures", lambda guesses, untold, threshold: (untold, threshold, 0.25))
    monkeypatch.setattr(desk_training, "by_hand", lambda desk: {"hand": 1.0})
    desk = SimpleNamespace(vocabulary=SimpleNamespace(ids={UNTOLD: 0.5}), threshold=0.75)
    metrics = desk_training.measure(desk, 7)
    number, tested = 2**32, desk_training.TESTED
    assert drawn == [
        ([7, number], tested, []),
        ([7, number + 1], tested, ["lengths"]),
        ([7, number + 2], tested, ["held_out"]),
        ([7, number + 3], tested, ["phrases"]),
        ([7, 2**33], []),
    ]
    for name in ("", "long_", "pairs_", "phrases_", *(f"{kind}_" for kind in KINDS)):
        assert [metrics[f"{name}{what}"] for what in ("wrong", "declined", "caught")] == [0.5, 0.75, 0.25]
    assert metrics["near_misses_caught"] == 0.25 and metrics["hand"] == 1.0
