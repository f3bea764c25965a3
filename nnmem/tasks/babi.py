"""Reader of the bAbI tasks (Weston et al. 2015): stories, questions, answers and supporting facts (支持事实).

A file holds stories, one sentence or question a line, numbered from 1 in each story::

    1 Mary moved to the bathroom.
    2 John went to the hallway.
    3 Where is Mary?<tab>bathroom<tab>1

The official archive ``tasks_1-20_v1-2.tar.gz`` has folders ``en``, ``hn`` and ``shuffled`` with 1,000 questions a task
for training, and ``en-10k``, ``hn-10k`` and ``shuffled-10k`` with 10,000. It is had from the project's page,
http://www.thespermwhale.com/jaseweston/babi/; nothing here downloads it.
"""

from __future__ import annotations

import errno
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

LANGUAGES = ("en", "hn", "shuffled")
SIZES = ("1k", "10k")
TASKS = range(1, 21)
VARIABLE = "NNMEM_BABI"
MOST_BYTES = 10**8  # of a file, far more than any has

Sentence = tuple[str, ...]


class BabiError(ValueError):
    """Data that cannot be read; the message names file and line, or what was found instead."""


class Question(NamedTuple):
    """A question and all that was told before it."""

    story: tuple[Sentence, ...]
    words: Sentence
    answer: str
    supporting: tuple[int, ...]  # places in the story, counted from 0
    number: int  # of the story in its file: questions of one story share sentences


class Task(NamedTuple):
    """One of the twenty tasks."""

    number: int
    name: str
    train: list[Question]
    test: list[Question] | None  # None: there is no test file


def load_task(data: str | Path | None, task: int, language: str = "en", size: str = "1k") -> Task:
    """Read one task.

    Parameters
    ----------
    data : path or None
        The folder or the ``.tar.gz`` that holds the languages' folders, or one such folder itself; without it, where
        the variable NNMEM_BABI points.
    task : int
        1 to 20.
    language : {"en", "hn", "shuffled"}
    size : {"1k", "10k"}

    Raises
    ------
    BabiError
        The task is not there (the message lists what is), or a line is malformed.
    FileNotFoundError
        There is no such folder or file.
    """
    found = find_files(data, language, size)
    if (task, "train") not in found:
        there = sorted({number for number, part in found if part == "train"})
        listed = f"tasks {', '.join(map(str, there))}" if there else "no training file qaN_*_train.txt"
        raise BabiError(f"no training file of task {task} ({language}, {size}) in {_place(data)}; found {listed}")
    name, read = found[task, "train"]
    train = parse(read(), name)
    test = None
    if (task, "test") in found:
        test_name, read_test = found[task, "test"]
        test = parse(read_test(), test_name)
    about = re.sub(r"^qa\d+_|_train\.txt$", "", PurePosixPath(name).name)
    return Task(task, about.replace("-", " "), train, test)


def find_files(
    data: str | Path | None, language: str = "en", size: str = "1k"
) -> dict[tuple[int, str], tuple[str, Callable[[], bytes]]]:
    """Return, for each task and part ("train", "test") there is, the file's name and what reads its bytes.

    Raises
    ------
    BabiError
        The language or size has no such name, nothing says where the data is, the archive is damaged, or a file is
        named as of no task from 1 to 20, or as another is.
    FileNotFoundError
        There is no such folder or file.
    """
    for name, value, known in (("language", language, LANGUAGES), ("size", size, SIZES)):
        if value not in known:
            raise BabiError(f"{name} is {value!r}, should be one of {', '.join(known)}")
    path = _place(data)
    if not path.exists():
        raise FileNotFoundError(f"no bAbI data at {path}")
    folder = language if size == "1k" else f"{language}-{size}"
    files = _archive(path, folder) if path.is_file() else _tree(path, folder)
    found: dict[tuple[int, str], tuple[str, Callable[[], bytes]]] = {}
    for name, read in files:
        match = re.fullmatch(r"qa(\d+)_.*_?(train|test)\.txt", PurePosixPath(name).name)
        if match:
            if len(match[1]) > 2 or int(match[1]) not in TASKS:
                raise BabiError(f"{_short(name)} is of task {_short(match[1])}, should be of 1 to {len(TASKS)}")
            other, _ = found.setdefault((int(match[1]), match[2]), (name, read))
            if other != name:
                raise BabiError(f"{_short(other)} and {_short(name)} are both of task {match[1]}, should be one")
    return found


def parse(content: bytes, name: str) -> list[Question]:
    """Return the questions of a file.

    Raises
    ------
    BabiError
        A line is malformed; the message starts ``name:line:``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BabiError(f"{name}:{line}: not UTF-8 (byte {content[error.start]:#04x})") from None
    questions: list[Question] = []
    story: list[Sentence] = []
    places: dict[int, int] = {}
    stories, expected = 0, 1
    for line, row in enumerate(text.rstrip().splitlines(), 1):
        where = f"{name}:{line}: "
        match = re.match(r"(\d{1,9}) +(\S.*)", row)
        if not match:
            raise BabiError(f"{where}should be a number, a space and a text, is {_short(row)}")
        number, rest = int(match[1]), match[2]
        if number == 1:
            story, places, expected, stories = [], {}, 1, stories + 1
        if number != expected:
            raise BabiError(f"{where}numbered {number}, should be {expected} or, in a new story, 1")
        expected += 1
        if not tokens(rest.partition("\t")[0]):
            raise BabiError(f"{where}no word in {_short(rest)}")
        if "\t" not in rest and not rest.rstrip().endswith("?"):
            places[number] = len(story)
            story.append(tokens(rest))
            continue
        asked, answer, facts = (*rest.split("\t"), "", "")[:3]
        if not answer.strip():
            raise BabiError(f"{where}question without answer: {_short(asked)}")
        if not story:
            raise BabiError(f"{where}question about an empty story: {_short(asked)}")
        try:
            supporting = tuple(places[int(fact)] for fact in facts.split())
        except (KeyError, ValueError):
            should = "should be numbers of earlier sentences"
            raise BabiError(f"{where}supporting facts are {_short(facts)}, {should}") from None
        questions.append(Question(tuple(story), tokens(asked), answer.strip().lower(), supporting, stories))
    if not questions:
        raise BabiError(f"{name}: no questions in it")
    return questions


def tokens(text: str) -> Sentence:
    """Split a sentence into words, in lower case, without the full stop or question mark."""
    return tuple(re.findall(r"[^\s.?]+", text.lower()))


def split_by_story(
    questions: list[Question], share: float, rng: np.random.Generator
) -> tuple[list[Question], list[Question]]:
    """Hold out this share of the stories, never a part of one: its other questions would give the answers away.

    Raises
    ------
    BabiError
        There is one story only.
    """
    numbers = sorted({question.number for question in questions})
    if len(numbers) < 2:
        raise BabiError(f"{len(numbers)} story for training, should be at least 2, as one is held out")
    held = set(rng.permutation(numbers)[: max(1, round(len(numbers) * share))].tolist())
    return [q for q in questions if q.number not in held], [q for q in questions if q.number in held]


def _tree(root: Path, folder: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Files of a folder of this name at any depth, or, where the root holds files itself, those of the root."""
    own = root.name not in {f"{language}{size}" for language in LANGUAGES for size in ("", "-10k")} - {folder}
    for file in sorted(root.rglob("qa*.txt")):
        if file.parent.name == folder or (own and file.parent == root):
            yield file.relative_to(root).as_posix(), partial(_content, file)


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES or file.is_fifo() or file.is_char_device():
            raise OSError(errno.EFBIG, f"no file of {MOST_BYTES:,} bytes at most")
        return file.read_bytes()
    except OSError as error:
        raise BabiError(f"{file} cannot be read ({error.strerror})") from None


def _archive(path: Path, folder: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Files of a folder of this name in a .tar.gz, all read at once: it can only be unpacked from its start.

    It is read to its end, behind what ``tarfile`` needs of it: there stands the checksum of the whole.
    """
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if member.isfile() and PurePosixPath(member.name).parent.name == folder:
                    if member.size > MOST_BYTES:
                        raise BabiError(f"{_short(member.name)} has {member.size:,} bytes")
                    file = archive.extractfile(member)
                    yield member.name, BytesIO(file.read() if file else b"").getvalue
            while archive.fileobj is not None and archive.fileobj.read(2**20):
                pass
    except Exception as error:  # a damaged archive can fail anywhere in tarfile and the decompressor
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(":")
        raise BabiError(f"{path} cannot be read as .tar.gz ({said})") from None


def _place(data: str | Path | None) -> Path:
    """Return where the data is."""
    named = data or os.environ.get(VARIABLE)
    if not named:
        raise BabiError(f"no data given: name the folder or the .tar.gz, or set {VARIABLE}")
    return Path(named)


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
