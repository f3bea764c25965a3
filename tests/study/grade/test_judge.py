"""What the judge says of a process that does not answer as it should."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from nnmem.study.grade import judge
from nnmem.study.grade.judge import STRAY, InPlace, Lost, Pupil, data_of, word
from nnmem.study.grade.pupil import wire


class Process:
    """In a pupil's place: a thread that answers each question as a function says."""

    pid = 2**22 + 1  # of nobody

    def __init__(self, answering):
        (asked, self.stdin), (self.stdout, answers) = self.pipes(), self.pipes()
        self.waited = threading.Thread(target=self.answer, args=(answering, asked, answers), daemon=True)
        self.waited.start()

    @staticmethod
    def pipes():
        reader, writer = os.pipe()
        return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")

    @staticmethod
    def answer(answering, asked, answers):
        read = wire.exactly(asked)
        while True:
            try:
                question = wire.receive(read)
                found = answering(question)
                if found is None:
                    break
                answers.write(found if isinstance(found, bytes) else wire.pack({"nonce": question["nonce"], **found}))
                answers.flush()
            except (EOFError, OSError):
                break
        asked.close()
        answers.close()

    def wait(self):
        self.waited.join(5)


@pytest.fixture
def pupil(monkeypatch):
    """A pupil whose process answers as a function says."""
    made = []

    def started(answering, errors=b"", seconds=5.0, name="hw.py"):
        monkeypatch.setattr(judge.sandbox, "command", list)
        monkeypatch.setattr(judge.subprocess, "Popen", lambda *args, **more: Process(answering))
        one = Pupil(b"data", name, ["f", "g"], seconds)
        one.errors.close()
        one.errors = io.BytesIO(errors)
        made.append(one)
        return one

    yield started
    for one in made:
        one.process.stdin.close()
        one.stop()


def told(call, *args):
    with pytest.raises(Lost) as caught:
        call(*args)
    phrase, values = caught.value.told
    assert str(caught.value) == phrase
    return phrase.format(**values)


def test_what_is_asked_first(pupil):
    asked = []
    one = pupil(lambda question: asked.append(question) or {"defined": {}})
    assert one.read() == {"nonce": asked[0].pop("nonce"), "defined": {}}
    assert asked == [{"data": b"data", "notebook": False, "name": "hw.py", "names": ["f", "g"], "seconds": 15.0}]
    book = pupil(lambda question: {"notebook": question["notebook"]}, name="HW.IPYNB")
    assert book.read()["notebook"] is True
    one = pupil(lambda question: {"signatures": {"f": []}})
    one.run()
    assert one.signatures == {"f": []}


def test_replies_are_as_many_as_calls(pupil):
    calls = [{"function": "f"}, {"function": "g"}]
    assert pupil(lambda q: {"replies": q["calls"]}).ask(calls) == calls
    for replies in ([], calls[:1], calls * 2, [3, 4], [{}, 4], "ab", None):
        assert told(pupil(lambda q, replies=replies: {"replies": replies}).ask, calls) == STRAY
    assert told(pupil(lambda q: {"replies": calls, "interrupted": "E\x07"}).ask, calls) == "it ends with E?"
    assert told(pupil(lambda q: {"replies": calls, "changed": "np.exp"}).ask, calls) == "it changes np.exp"
    assert pupil(lambda q: {"replies": calls, "changed": ""}).ask(calls) == calls


def test_what_is_no_answer(pupil):
    assert told(pupil(lambda q: {"nonce": "0" * 32}).read) == STRAY
    assert told(pupil(lambda q: {"nonce": None}).read) == STRAY
    assert told(pupil(lambda q: b"x" * 8).read) == STRAY, "no message"
    assert told(pupil(lambda q: wire.pack({})).read) == STRAY
    for refused in (3, "a", ["a"], ["a", 3], ["a", {}, 1]):
        assert told(pupil(lambda q, refused=refused: {"refused": refused}).read) == STRAY
    assert told(pupil(lambda q: {"refused": ["it is {what}", {"what": "x\x1b"}]}).read) == "it is x?"


def test_a_process_that_ends_or_is_late(pupil):
    assert told(pupil(lambda q: None).read) == "it ended the process"
    assert told(pupil(lambda q: None, errors=b"first\n\nwhy  \n \n").read) == "it ended the process: why"
    assert told(pupil(lambda q: None, errors=b" \n").read) == "it ended the process"
    assert told(pupil(lambda q: wire.pack({"nonce": q["nonce"]})[:9] and None).run) == "it ended the process"
    start = time.monotonic()

    def late(question):
        time.sleep(0.6)

    assert told(pupil(late, seconds=0.2).ask, [{}]) == "it took longer than 0.2 seconds"
    assert told(pupil(late, seconds=0.2).run) == "it took longer than 0.2 seconds when it was run"
    assert told(pupil(late, seconds=0.2).read) == "it took longer than 0.2 seconds"
    assert time.monotonic() - start < 5
    assert told(pupil(lambda q: {"refused": ["it exits", {}]}).run) == "it exits"


def test_long_answers_come_in_parts(pupil):
    assert pupil(lambda q: {"text": "x" * 10**6, "more": bytes(3 * 2**20)}).read()["more"] == bytes(3 * 2**20)


def test_in_place():
    one = InPlace({"f": lambda x, k=1: x + k})
    call = {"function": "f", "args": [2], "options": {}, "outputs": 1, "keep": None}
    assert [reply["values"][0] for reply in one.ask([call, {**call, "options": {"k": 5}}])] == [3, 7]
    assert [name for name, _, _ in one.signatures["f"]] == ["x", "k"]


def test_files_that_cannot_be_read(tmp_path):
    def of(name, size):
        (tmp_path / name).write_bytes(b" " * size)
        return tmp_path / name

    assert data_of(of("a.py", 10**6)) == b" " * 10**6 and len(data_of(of("a.ipynb", 10**6 + 1))) == 10**6 + 1
    assert told(data_of, of("b.py", 10**6 + 1)) == "it has 1.1 MB, far too much for homework"
    assert told(data_of, of("c.py", 34 * 10**5)) == "it has 3.4 MB, far too much for homework"
    assert told(data_of, of("d.IPYNB", 21 * 10**6)) == "it has 21 MB, far too much for homework"
    assert told(data_of, tmp_path) == "it is no file"
    assert told(data_of, tmp_path / "none.py") == "there is no such file"
    assert told(data_of, Path("x" * 300)).startswith("it cannot be read: OSError: ")


def test_words_are_safe_and_short():
    assert word(None) == "" and word("a\nb\x1b[") == "a?b?[" and word(12) == "12"
    assert word("x" * 300) == "x" * 200


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_pupil_ends_with_its_judge_though_it_loops(tmp_path):
    """Without bubblewrap, which has an end of its own for that."""
    (tmp_path / "mine.py").write_text("def dot_score_forward(X, q):\n    while True:\n        pass\n")
    command = [sys.executable, "-m", "nnmem", "grade", str(tmp_path / "mine.py")]
    judge = subprocess.Popen(command, env={**os.environ, "PATH": str(tmp_path)}, stdout=subprocess.DEVNULL)

    def pupils():
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, parent, _, session = stat.read_text().rpartition(")")[2].split()[:4]
                found += [(stat.parent, session)] if parent == str(judge.pid) and state == "R" else []
        return [stat for stat, session in found if session == stat.name]

    def until(holds):
        end = time.monotonic() + 30
        while not holds() and time.monotonic() < end:
            time.sleep(0.02)
        return holds()

    assert until(lambda: any(time_of(pupil) > 1.5 for pupil in pupils())), "it loops"
    [pupil] = pupils()
    judge.terminate()
    assert judge.wait() == -signal.SIGTERM
    ended = time.monotonic()
    assert until(lambda: time_of(pupil) is None) and time.monotonic() - ended < 5


def time_of(process):
    """Seconds of a processor that a process has taken; None of one that has ended, whether or not it is buried."""
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
