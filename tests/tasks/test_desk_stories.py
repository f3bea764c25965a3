"""Stories to ask about: what is told follows from the words, worked out again by another reader."""

from collections import Counter

import numpy as np
import pytest
from story_reader import answer

from nnmem.tasks.desk_phrases import KINDS, LEARNED, NEW, PEOPLE, PLACES, THINGS, UNHEARD, UNTOLD, desk_vocabulary
from nnmem.tasks.desk_stories import Cast, apart, ask, sample, tell
from nnmem.tasks.plain_english import words_of

CAST = Cast(list(PEOPLE[:4]), list(PLACES[:4]), list(THINGS[:3]))


@pytest.mark.parametrize("phrases", [LEARNED, UNHEARD], ids=["learned", "unheard"])
def test_answers_and_their_supporting_facts(phrases):
    rng, told, untold = np.random.default_rng(4), Counter(), Counter()
    for _ in range(250):
        lines, world = tell(rng, CAST, int(rng.integers(1, 25)), phrases)
        story = [words_of(line) for line in lines]
        for kind in KINDS:
            text, found, facts = ask(rng, kind, world, CAST, phrases)
            question = words_of(text)
            assert answer(kind, story, question) == found.lower(), (lines, text)
            alone = [story[line] for line in sorted(set(facts))]
            assert answer(kind, alone, question) == found.lower(), (lines, text, facts)
            (untold if found == UNTOLD else told)[kind] += 1
    assert all(told[kind] > 60 and untold[kind] > 20 for kind in KINDS), (told, untold)


def test_samples_repeat_and_hold_pairs_out():
    drawn = [sample(np.random.default_rng(seed), 60) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2] and len(drawn[0]) == 360
    names = {name.lower(): name for name in (*PEOPLE, *PLACES, *THINGS)}

    def pairs(wanted):
        words = {names[word] for sentence in wanted.question.story for word in sentence if word in names}
        return [(a, b) for a in words for b in words if a < b and apart(a, b)]

    assert not any(pairs(wanted) for wanted in drawn[0]), "such a pair is for the test alone"
    held = sample(np.random.default_rng(1), 60, lengths=(25, 30), held_out=True)
    assert sum(bool(pairs(wanted)) for wanted in held) > 300
    assert apart("Mary", "milk") == apart("milk", "Mary")
    everything = [*names.values()]
    share = np.mean([apart(a, b) for i, a in enumerate(everything) for b in everything[:i]])
    assert 0.04 < share < 0.06


def test_every_word_is_in_the_vocabulary():
    vocabulary = desk_vocabulary()
    for wanted in sample(np.random.default_rng(3), 200):
        words = {word for sentence in wanted.question.story for word in sentence} | {*wanted.question.words}
        assert words | {wanted.question.answer} <= vocabulary.ids.keys()
        assert max(map(len, (*wanted.question.story, wanted.question.words))) <= vocabulary.longest
    assert any(
        NEW[0] in sentence for wanted in sample(np.random.default_rng(3), 50) for sentence in wanted.question.story
    )
    for phrases in UNHEARD[:-1]:
        for phrase in phrases:
            assert {*words_of(phrase.format(a="", b="", p="", t=""))} <= vocabulary.ids.keys(), (
                "other phrases, known words"
            )
