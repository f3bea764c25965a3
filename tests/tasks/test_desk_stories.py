"""Stories to ask about: what is told follows from the words, worked out again by another reader."""

from collections import Counter

import numpy as np
import pytest
from story_reader import answer

from nnmem.tasks.desk_phrases import (
    ANSWERS,
    KINDS,
    LEARNED,
    NEW,
    PEOPLE,
    PLACES,
    THINGS,
    UNHEARD,
    UNTOLD,
    desk_vocabulary,
)
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
            assert len(facts) <= 2 and all(0 <= fact < len(story) for fact in facts)
            thing = next((word for word in question if word in THINGS), None)
            named = [line for line, words in enumerate(story) if thing in words]
            assert kind != "thing" or facts[:1] == tuple(named[-1:]), "who touched it last comes first"
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


SHARES = {"goes": 0.62, "both_go": 0.05, "takes": 0.15, "drops": 0.07, "leaves": 0.05, "lies": 0.02, "gives": 0.03}


@pytest.mark.parametrize("phrases", [LEARNED, UNHEARD], ids=["learned", "unheard"])
def test_a_question_s_first_word_says_what_an_answer_can_be(phrases):
    first = set()
    for wanted in sample(np.random.default_rng(5), 300, phrases=phrases):
        word, answer = wanted.question.words[0], wanted.question.answer
        first.add(word)
        assert answer == UNTOLD or answer in ANSWERS[word], (wanted.question.words, answer)
    assert first <= ANSWERS.keys() and (phrases is UNHEARD or first == {*ANSWERS} - {"at"})


def test_questions_are_of_every_kind_and_some_about_strangers():
    drawn = sample(np.random.default_rng(6), 500)
    kinds = Counter(wanted.kind for wanted in drawn)
    assert kinds.keys() == KINDS.keys()
    share = {kind: count / len(drawn) for kind, count in kinds.items()}
    assert all(share[kind] == pytest.approx(2 / 7 if kind == "thing" else 1 / 7, abs=0.03) for kind in KINDS)
    assert [sum(wanted.question.number == n for wanted in drawn) for n in (0, 250, 499)] == [6, 6, 6]
    lengths = Counter(len(wanted.question.story) for wanted in drawn)
    assert set(lengths) == {*range(1, 31)}
    names = {word.lower() for word in (*PEOPLE, *THINGS)}
    strange = [
        not {*wanted.question.words} & {word for sentence in wanted.question.story for word in sentence} & names
        for wanted in drawn
        if wanted.kind in ("person", "thing") and len(wanted.question.story) > 20
    ]
    assert 0.08 < np.mean(strange) < 0.3
    unknown = {
        number for number, wanted in enumerate(drawn[::6]) if {*NEW} & {w for s in wanted.question.story for w in s}
    }
    assert 0.35 < len(unknown) / 500 < 0.5, "half of the casts have strangers; short stories need not name them"


def test_what_happens_in_stories_happens_about_as_often_as_it_should():
    rng, said, names = np.random.default_rng(7), Counter(), [name.lower() for name in CAST.people]
    for _ in range(150):
        lines, _ = tell(rng, CAST._replace(places=list(PLACES)), 20)
        assert len(lines) == 20
        for words in map(words_of, lines):
            people, things = (sum(word in group for word in words) for group in (names, CAST.things))
            if things and {*PLACES} & {*words}:
                said["lies"] += 1
            elif things and people == 2:
                said["gives"] += 1
            elif things:
                said["drops" if {"dropped", "discarded", "down", "left"} & {*words} else "takes"] += 1
            else:
                away = {"left", "out", "longer"} & {*words}
                said["leaves" if away else "both_go" if people == 2 else "goes"] += 1
    share = {name: count / 3000 for name, count in said.items()}
    assert share == pytest.approx(SHARES, rel=0.3, abs=0.01), share
