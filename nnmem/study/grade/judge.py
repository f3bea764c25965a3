"""The judge's side of a pupil: it asks a process to read, run and call what a student wrote, and believes nothing.

Each question carries a new number that its answer must repeat. An answer is arrays, to be compared here; one that is
late, unasked for or no message at all ends the pupil.
"""

from __future__ import annotations

import os
import secrets
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nnmem.study.grade import sandbox
from nnmem.study.grade.pupil import wire, work
from nnmem.study.grade.pupil.handed_in import Told

SECONDS = 10.0
MOST_BYTES = {".ipynb": 2 * 10**7}
MOST_CODE_BYTES = 10**6


class Lost(Exception):
    """A pupil, or its file, with which nothing more can be done; a phrase and its values say why."""

    def __init__(self, phrase: str, **values: Any) -> None:
        super().__init__(phrase)
        self.told: Told = phrase, values


RUNNING: set[Pupil] = set()


class Pupil:
    """A process with one student's file in it."""

    def __init__(self, data: bytes, name: str, names: list[str], seconds: float) -> None:
        self.data, self.name, self.names, self.seconds = data, name, names, seconds
        self.signatures: dict[str, Any] = {}
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            sandbox.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=sandbox.ENVIRONMENT,
            start_new_session=True,
        )
        RUNNING.add(self)

    def read(self) -> dict[str, Any]:
        """What the file defines, found without running it."""
        notebook = self.name.lower().endswith(".ipynb")
        question = {"data": self.data, "notebook": notebook, "name": self.name, "names": self.names}
        return self._ask({**question, "seconds": self.seconds * (len(self.names) + 1)}, self.seconds)

    def run(self) -> None:
        """Run the file."""
        try:
            self.signatures = self._ask({}, self.seconds).get("signatures", {})
        except Lost as lost:
            if lost.told[0] == TOO_LONG:
                raise Lost("it took longer than {seconds} seconds when it was run", **lost.told[1]) from None
            raise

    def ask(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make some calls; the replies in their order."""
        answer = self._ask({"calls": calls}, self.seconds)
        if "interrupted" in answer:
            raise Lost("it ends with {kind}", kind=word(answer["interrupted"]))
        if answer.get("changed"):
            raise Lost("it changes {what}", what=word(answer["changed"]))
        replies = answer.get("replies")
        if not isinstance(replies, list) or len(replies) != len(calls) or not all(isinstance(r, dict) for r in replies):
            raise Lost(STRAY)
        return replies

    def stop(self) -> None:
        """End the process and whatever it started."""
        self._kill()
        self.process.wait()
        RUNNING.discard(self)
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def _ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        nonce = secrets.token_hex(16)
        until = time.monotonic() + seconds
        late = threading.Timer(seconds, self._kill)
        late.daemon = True
        late.start()
        try:
            self.process.stdin.write(wire.pack({**question, "nonce": nonce}))  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]
            answer = wire.receive(lambda count: self._exactly(count, until))
        except (EOFError, OSError):
            if time.monotonic() >= until:
                raise Lost(TOO_LONG, seconds=f"{seconds:g}") from None
            if said := self._last_error():
                raise Lost("it ended the process: {message}", message=said) from None
            raise Lost("it ended the process") from None
        except wire.BadMessage:
            raise Lost(STRAY) from None
        finally:
            late.cancel()
        if answer.get("nonce") != nonce:
            raise Lost(STRAY)
        if (refused := answer.get("refused")) is not None:
            try:
                phrase, values = refused
                raise Lost(str(phrase), **{str(k): word(v) for k, v in values.items()})
            except (TypeError, ValueError, AttributeError):
                raise Lost(STRAY) from None
        return answer

    def _last_error(self) -> str:
        """The last line of standard error: why the process did not start, as a homework cannot write there."""
        self.errors.seek(0)
        text = self.errors.read(10**5).decode("utf-8", "replace")
        return word(text.strip().split("\n")[-1])

    def _exactly(self, count: int, until: float) -> bytes:
        stream = self.process.stdout
        assert stream is not None
        parts = []
        while count:
            if os.name != "nt" and not select.select([stream], [], [], max(until - time.monotonic() + 0.1, 0))[0]:
                raise EOFError
            part = os.read(stream.fileno(), min(count, 2**20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _kill(self) -> None:
        try:
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, 9)
            else:
                self.process.kill()
        except (ProcessLookupError, PermissionError):
            pass


@contextmanager
def ended_together() -> Iterator[None]:
    """Within this, what ends the judge (SIGTERM) ends its pupils: it does not reach their sessions."""

    def end(number: int, frame: Any) -> None:
        for pupil in list(RUNNING):
            pupil._kill()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class InPlace:
    """The same face for functions that are here already, as in a notebook: no process, no limits."""

    def __init__(self, functions: dict[str, Any]) -> None:
        self.work = work.Work(functions)
        self.signatures: dict[str, Any] = work.signatures(functions)

    def ask(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make some calls."""
        return [self.work.perform(call) for call in calls]


TOO_LONG = "it took longer than {seconds} seconds"
STRAY = "it writes into the judge's own channel"


def data_of(path: Path) -> bytes:
    """The bytes of a file, if it is no larger than homework can be."""
    try:
        if path.exists() and not path.is_file():
            raise Lost("it is no file")
        size, most = path.stat().st_size, MOST_BYTES.get(path.suffix.lower(), MOST_CODE_BYTES)
        if size > most:
            raise Lost("it has {size} MB, far too much for homework", size=f"{max(size / 10**6, 1.1):.2g}")
        return path.read_bytes()
    except FileNotFoundError:
        raise Lost("there is no such file") from None
    except OSError as error:
        raise Lost("it cannot be read: {message}", message=f"{type(error).__name__}: {error.strerror}") from None


def word(value: Any) -> str:
    """A short text that is safe to print, of whatever a pupil says."""
    text = "" if value is None else str(value)[:200]
    return "".join(c if c.isprintable() else "?" for c in text)
