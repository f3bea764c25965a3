"""bAbI: the reader and its complaints."""

import io
import os
import tarfile

import numpy as np
import pytest

from nnmem.tasks import babi
from nnmem.tasks.babi import BabiError, load_task, parse, split_by_story
from nnmem.tasks.babi_worlds import world_task

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
        ("1 Mary went.\n2 Where?\tx\t" + "9" * 5000, r"f\.txt:2: supporting facts are '9{77}\.\.\.', should be"),
        ("9" * 5000 + " Mary went.\n", r"f\.txt:1: should be a number, a space and a text, is '9{77}\.\.\.'$"),
        ("1 Mary went.\n" + "x" * 10**6, r"f\.txt:2: should be a number, a space and a text, is 'x{77}\.\.\.'$"),
        ("1 ...\n2 Where?\tx\t1\n", r"f\.txt:1: no word in '\.\.\.'"),
        ("1 Mary went.\n2 ? \tx\t1\n", r"f\.txt:2: no word in '\? \\tx\\t1'"),
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
    for nowhere in (None, ""):
        with pytest.raises(BabiError, match=r"no data given: .* or set NNMEM_BABI"):
            load_task(nowhere, 1)
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


def test_no_flipped_bit_of_an_archive_gives_another_story(tmp_path, long):
    whole = TEXT.replace("Mary", "Mary " + "abcdefghijklmnopqrstuvwxyz")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        file.add(folder(tmp_path / "data", train=whole), "data")
    path, data = tmp_path / "tasks.tar.gz", bytearray(buffer.getvalue())
    path.write_bytes(data)
    right, refused = load_task(path, 1), 0
    flips = range(0, 8 * len(data), 1 if long else 7)
    for flip in flips:
        data[flip // 8] ^= 1 << flip % 8
        path.write_bytes(data)
        data[flip // 8] ^= 1 << flip % 8
        try:
            assert load_task(path, 1) == right, f"bit {flip}"
        except BabiError as error:
            assert len(str(error).splitlines()) == 1
            refused += 1
    assert refused > 0.9 * len(flips), "all but the date and the like"


def test_what_has_the_name_of_a_file_and_is_none_is_named(tmp_path):
    root = tmp_path / "data" / "en"
    (root / "qa1_folder_train.txt").mkdir(parents=True)
    (root / "qa2_loop_train.txt").symlink_to(root / "qa2_loop_train.txt")
    (root / "qa3_gone_train.txt").symlink_to(tmp_path / "gone")
    for task, why in ((1, "Is a directory"), (2, "Too many levels of symbolic links"), (3, "No such file")):
        with pytest.raises(BabiError, match=rf"qa{task}_\w+_train\.txt cannot be read \({why}"):
            load_task(root, task)


def test_a_file_larger_than_any_is_not_read(tmp_path, monkeypatch):
    root = folder(tmp_path / "data")
    path = tmp_path / "tasks.tar.gz"
    with tarfile.open(path, mode="w:gz") as file:
        file.add(root, "data")
    monkeypatch.setattr("nnmem.tasks.babi.MOST_BYTES", len(TEXT) - 1)
    with pytest.raises(BabiError, match=r"_train\.txt cannot be read \(no file of [\d,]+ bytes at most\)"):
        load_task(root, 1)
    with pytest.raises(BabiError, match=r"tasks\.tar\.gz cannot be read .*_t\w+\.txt' has [\d,]+ bytes"):
        load_task(path, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "en").mkdir()
    os.mkfifo(tmp_path / "en" / "qa1_x_train.txt")
    with pytest.raises(BabiError, match=r"qa1_x_train\.txt cannot be read \(no file of"):
        load_task(tmp_path, 1)


@pytest.mark.parametrize("number", ["0", "21", "9" * 200])
def test_a_file_of_no_such_task_is_named(tmp_path, number):
    folder(tmp_path)
    (tmp_path / "en" / f"qa{number}_x_train.txt").write_text(TEXT)
    with pytest.raises(BabiError, match=rf"en/qa{number[:40]}.* is of task '{number[:40]}.*, should be of 1 to 20"):
        load_task(tmp_path, 1)


def test_two_files_of_one_task_are_named(tmp_path):
    folder(tmp_path)
    (tmp_path / "en" / "qa1_other_train.txt").write_text(TEXT)
    with pytest.raises(BabiError, match=r"qa1_other_train\.txt' and .*fact_train\.txt' are both of task 1,"):
        load_task(tmp_path, 1)


def test_one_story_cannot_be_split(tmp_path):
    (one,) = {question.number for question in parse(TEXT[: TEXT.index("1 Sandra")].encode(), "")}
    assert one == 1
    with pytest.raises(BabiError, match="1 story for training, should be at least 2"):
        split_by_story(parse(TEXT[: TEXT.index("1 Sandra")].encode(), ""), 0.1, np.random.default_rng(0))


def test_stories_are_held_out_whole():
    questions = world_task(1, questions=100).train
    rest, held = split_by_story(questions, 0.1, np.random.default_rng(0))
    assert len(held) == 10 and len(rest) == 90
    assert not {q.number for q in rest} & {q.number for q in held}
