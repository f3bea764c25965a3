"""What was written by hand stays as it was written."""

from nnmem.tasks.outsiders_stories import THIRD_STRANGERS
from nnmem.tasks.strangers_stories import SECOND_STRANGERS, strangers


def test_strangers_wrote_twenty_stories():
    trials = strangers()
    assert len(trials) == 60 and len({trial.story for trial in trials}) == 20
    assert sum(trial.answer is None for trial in trials) == 9
    second = strangers(SECOND_STRANGERS)
    assert len(second) == 32 and len({trial.story for trial in second} - {trial.story for trial in trials}) == 10
    third = strangers(THIRD_STRANGERS)
    assert len(third) == 72 and len({trial.story for trial in third}) == 24
    assert trials[0] == (
        "Mary went to the kitchen.\nShe took the milk.\nShe went to the garden.",
        "Where is the milk?",
        "garden",
    )
