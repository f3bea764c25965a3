"""bAbI: the reader, its complaints, the worlds that need no data, and sentences as features."""

import io
import tarfile

import numpy as np
import pytest

from nnmem.tasks import babi, babi_worlds
from nnmem.tasks.babi import BabiError, load_task, parse, split_by_story
from nnmem.tasks.babi_features import Vocabulary, encode, place
from nnmem.tasks.babi_worlds import NAMES, story_text, world_task

TEXT = """1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Mary took the milk.
5 What is Mary carrying?\tMilk,apple\t2 4
1 Sandra went to the kitchen.
2 Where is Sandra?\tkitchen\t1
"""


def folder(root, name="en", task=1, **files):
    (root / name).mkdir(parents=True, exist_ok=True)
    for part, text in (files or {"train": TEXT, "test": TEXT}).items():
        path = root / name / f"qa{task}_single-supporting-fact_{part}.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def test_a_file_is_read_with_its_supporting_facts():
    first, second, third = parse(TEXT.encode(), "qa1.txt")
    assert first.story == (("mary", "moved", "to", "the", "bathroom"), ("john", "went", "to", "the", "hallway"))
    assert (first.words, first.answer, first.supporting) == (("where", "is", "mary"), "bathroom", (0,))
    assert second.story[:2] == first.story and len(second.story) == 3, "a question is no part of the story"
    assert second.answer == "milk,apple" and second.supporting == (1, 2)
    assert third.story == (("sandra", "went", "to", "the", "kitchen"),)
    assert [question.number for question in (first, second, third)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no questions"),
        ("1 Mary went.\n2 Where is Mary?\n", r"f\.txt:2: question without answer: 'Where is Mary\?'"),
        ("1 Mary went.\n2 Where is Mary?\t \t1\n", r"f\.txt:2: question without answer"),
        ("1 Where is Mary?\tkitchen\t1\n", r"f\.txt:1: question about an empty story"),
        ("1 Mary went.\nWhere?\tx\t1\n", r"f\.txt:2: should be a number, a space and a text, is 'Where\?"),
        ("1 Mary went.\n\n2 Where?\tx\t1\n", r"f\.txt:2: should be a number"),
        ("1 Mary went.\n3 Where?\tx\t1\n", r"f\.txt:2: numbered 3, should be 2 or, in a new story, 1"),
        ("2 Mary went.\n", r"f\.txt:1: numbered 2, should be 1"),
        ("1 Mary went.\n2 Where?\tx\t2\n", r"f\.txt:2: supporting facts are '2', should be numbers of earlier"),
        ("1 Mary went.\n2 Where?\tx\tone\n", r"f\.txt:2: supporting facts are 'one'"),
        ("1 Mary went.\n2 Caf\xe9.\n", r"f\.txt:2: not UTF-8 \(byte 0xe9\)"),
    ],
)
def test_a_malformed_line_is_named(text, complaint):
    with pytest.raises(BabiError, match=complaint):
        parse(text.encode("latin-1"), "f.txt")


def test_folders_archives_languages_and_sizes(tmp_path):
    root = folder(tmp_path / "data")
    folder(root, "hn-10k", 2)
    task = load_task(root, 1)
    assert (task.number, task.name) == (1, "single supporting fact")
    assert task.train == task.test == parse(TEXT.encode(), "")
    assert load_task(root, 2, "hn", "10k").train == task.train
    assert load_task(root / "en", 1).train == task.train, "one language's folder will do"
    archive = tmp_path / "tasks.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(root, "tasks_1-20_v1-2")
    assert load_task(archive, 1) == task
    assert load_task(archive, 2, "hn", "10k").train == task.train


def test_a_task_without_test_file_has_none(tmp_path):
    assert load_task(folder(tmp_path, train=TEXT), 1).test is None


def test_data_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.delenv(babi.VARIABLE, raising=False)
    root = folder(tmp_path / "data", task=3)
    folder(root, task=12)
    for language, found in (("en", "tasks 3, 12"), ("shuffled", "no training file")):
        with pytest.raises(BabiError, match=rf"no training file of task 1 \({language}, 1k\).*found {found}"):
            load_task(root, 1, language)
    with pytest.raises(BabiError, match="language is 'de', should be one of en, hn, shuffled"):
        load_task(root, 3, "de")
    with pytest.raises(FileNotFoundError, match=r"no bAbI data at .*nowhere"):
        load_task(tmp_path / "nowhere", 1)
    with pytest.raises(BabiError, match="or set NNMEM_BABI"):
        load_task(None, 1)
    monkeypatch.setenv(babi.VARIABLE, str(root))
    assert load_task(None, 3).number == 3


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_a_damaged_archive_is_named(tmp_path, content):
    path = tmp_path / "tasks.tar.gz"
    path.write_bytes(content)
    with pytest.raises(BabiError, match=r"tasks\.tar\.gz cannot be read as \.tar\.gz.*\)$"):
        load_task(path, 1)


def test_an_archive_cut_short_is_named(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        file.add(folder(tmp_path / "data"), "data")
    path = tmp_path / "tasks.tar.gz"
    path.write_bytes(buffer.getvalue()[:-60])
    with pytest.raises(BabiError, match=r"tasks\.tar\.gz cannot be read"):
        load_task(path, 1)


def test_stories_are_held_out_whole():
    questions = world_task(1, questions=100).train
    rest, held = split_by_story(questions, 0.1, np.random.default_rng(0))
    assert len(held) == 10 and len(rest) == 90
    assert not {q.number for q in rest} & {q.number for q in held}


@pytest.mark.parametrize("task", NAMES)
def test_worlds_tell_what_follows_from_their_supporting_facts(task):
    """An answer is worked out again from the supporting facts alone."""
    made = world_task(task, seed=3, questions=120)
    assert len(made.train) == len(made.test) == 120
    assert not {q.story for q in made.train} & {q.story for q in made.test}
    for question in made.train + made.test:
        facts = [question.story[i] for i in question.supporting]
        assert facts and answer(task, question.words, facts) == question.answer
        if task in (1, 6):
            person = question.words[2 if task == 1 else 1]
            later = question.story[question.supporting[0] + 1 :]
            assert all(sentence[0] != person for sentence in later), "the latest move counts"


def answer(task, words, facts):
    if task == 1:
        return facts[0][-1] if facts[0][0] == words[-1] else None
    if task == 6:
        return "yes" if facts[0][-1] == words[-1] else "no"
    if task == 15:
        (pet, _, _, kind), fear = facts
        assert pet == words[2]
        return (
            {"mice": "mouse", "wolves": "wolf", "cats": "cat", "sheep": "sheep"}[fear[-1]]
            if kind in babi_worlds.ANIMALS
            else None
        )
    taken, moves = facts[0], [fact for fact in facts if "the" in fact[-2:] and fact[-1] in babi_worlds.PLACES]
    assert words[3] in taken
    return moves[-1][-1] if task == 2 else moves[-2][-1]


def test_worlds_repeat_and_differ_by_seed():
    def text(seed):
        return story_text(2, np.random.default_rng(seed), 10)

    assert text(1) == text(1) != text(2)
    with pytest.raises(BabiError, match="no world for task 4; there are worlds for tasks 1, 2, 3, 6, 15"):
        world_task(4)


def questions_of(text):
    return parse(text.encode(), "text")


def test_a_sentence_is_counts_and_weighted_counts():
    vocabulary = Vocabulary(("a", "b", "c"), 4)
    row = vocabulary.features(("b", "a", "b"))
    c = 4 * (np.arange(1, 5) - 2.5) / 4
    np.testing.assert_allclose(row, [1, 2, 0, c[1], c[0] + c[2], 0])
    np.testing.assert_array_equal(vocabulary.features(("x", "a")), [1, 0, 0, c[1], 0, 0])


def test_position_encoding_is_the_paper_s_code():
    """Word j weighs 1 + 4 (k − (d+1)/2)(j − (J+1)/2) / (d J) in entry k."""
    rng = np.random.default_rng(0)
    J, d, words = 5, 6, ("w", "x", "y", "z")
    E, sentence = rng.normal(size=(4, d)), (2, 0, 2, 1, 3)
    row = Vocabulary(words, J).features(tuple(words[i] for i in sentence))
    k, b = np.arange(1, d + 1), (np.arange(1, d + 1) - (d + 1) / 2) / d
    direct = sum(
        (1 + 4 * (k - (d + 1) / 2) * (j - (J + 1) / 2) / (d * J)) * E[word] for j, word in enumerate(sentence, 1)
    )
    np.testing.assert_allclose(row @ np.concatenate([E, E * b]), direct, rtol=1e-6)


def test_memory_holds_the_latest_first_and_says_once_what_is_left_out():
    made = questions_of(TEXT)
    vocabulary = Vocabulary.of(made)
    with pytest.warns(UserWarning, match="more than 2 sentences: the latest 2 are kept") as caught:
        encoded = encode(made, vocabulary, 2)
    assert len(caught) == 1 and encoded.cut == 1
    assert encoded.lengths.tolist() == [2, 2, 1] and encoded.memory[2, 1] == 0
    latest = encoded.sentences[encoded.memory[1]]
    np.testing.assert_array_equal(latest[0], vocabulary.features(("mary", "took", "the", "milk")))
    np.testing.assert_array_equal(latest[1], vocabulary.features(("john", "went", "to", "the", "hallway")))
    with pytest.warns(UserWarning, match="more than 3 words: the first 3 are kept"):
        encode(made, Vocabulary(vocabulary.words, 3), 5)


def test_words_outside_the_vocabulary_are_counted():
    vocabulary = Vocabulary.of(questions_of(TEXT))
    encoded = encode(questions_of("1 Bob moved to the sauna.\n2 Where is Bob?\tsauna\t1\n"), vocabulary, 5)
    assert encoded.unknown == {"bob": 2, "sauna": 1} and encoded.answers.tolist() == [-1]
    with pytest.raises(ValueError, match=r"encode: question 1 \('where'\) has an empty story"):
        encode([questions_of(TEXT)[0]._replace(story=(), words=("where",))], vocabulary, 5)


def test_noise_strews_empty_slots_and_loses_nothing():
    encoded = encode(world_task(2, questions=200).train, Vocabulary.of(world_task(2, questions=200).train), 60)
    calm, noisy = place(encoded, 66), place(encoded, 66, np.random.default_rng(0))
    np.testing.assert_array_equal(calm[:, :60], encoded.memory)
    blanks = []
    for before, after, length in zip(calm, noisy, encoded.lengths, strict=True):
        np.testing.assert_array_equal(after[after > 0], before[before > 0])
        last = np.flatnonzero(after)[-1] + 1
        blanks.append((last - length) / np.ceil(0.1 * length))
    assert min(blanks) >= 0 and max(blanks) <= 1 and 0.2 < np.mean(blanks) < 0.6
