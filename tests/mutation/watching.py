"""Which tests run which lines of the library: a mutant is shown to the tests that run its line, the quickest first."""

from __future__ import annotations

import os
import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import pytest

BORED = 20  # calls of a function without a new line, after which a test's further ones are not watched: that is slow


class Watched(NamedTuple):
    """What tests did while nothing was broken: their processor seconds, and the tests that ran a line."""

    seconds: dict[str, float]
    by_line: dict[tuple[str, int], list[str]]

    def through(self, path: str, lines: range) -> list[str]:
        """The tests that ran one of these lines of a file, the quickest first; all of them if no line is given."""
        names = {name for line in lines for name in self.by_line.get((path, line), [])} if lines else self.seconds
        return sorted(names, key=lambda name: self.seconds[name])


class Watch:
    """A plugin of pytest that notes what is run beneath a folder, and keeps it in a file."""

    def __init__(self, house: Path, kept: Path) -> None:
        self.house, self.kept = f"{house}{os.sep}", kept
        self.watched = Watched({}, {})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        ran, library = set(), f"{self.house}nnmem{os.sep}"
        calls: dict[CodeType, int] = {}  # one behind the other that have shown nothing new

        def call(frame: FrameType, event: str, _: Any) -> Any:
            code, before = frame.f_code, len(ran)
            if not code.co_filename.startswith(library) or calls.get(code, 0) > BORED:
                return None

            def line(frame: FrameType, event: str, _: Any) -> Any:
                ran.add((code.co_filename, frame.f_lineno))
                if event == "return":
                    calls[code] = 0 if len(ran) > before else calls.get(code, 0) + 1
                return line

            return line

        start = time.process_time()
        sys.settrace(call)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.watched.seconds[item.nodeid] = time.process_time() - start
            for name, number in ran:
                self.watched.by_line.setdefault((name.removeprefix(self.house), number), []).append(item.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.kept.write_bytes(pickle.dumps(self.watched))


class Chosen:
    """A plugin of pytest that runs only the tests named, in their order."""

    def __init__(self, names: list[str]) -> None:
        self.place = {name: i for i, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(chosen, key=lambda item: self.place[item.nodeid])
