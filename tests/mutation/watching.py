"""Which tests run which lines of the library: a mutant is shown to the tests that run its line, the quickest first."""

from __future__ import annotations

import faulthandler
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest

LONG = 120  # seconds of processor time that a mutant is given at most
# The context is the test, here and in the processes that it starts: pytest keeps its name in the environment.
FOLLOWED = """[run]
source = {house}/nnmem
data_file = {kept}.lines
parallel = true
concurrency = thread, multiprocessing
context = ${{PYTEST_CURRENT_TEST}}
disable_warnings = no-data-collected, module-not-measured, module-not-imported, not-measured
"""


class Watched(NamedTuple):
    """What tests did while nothing was broken: their processor seconds, and the tests that ran a line of a file."""

    seconds: dict[str, float]
    by_line: dict[str, dict[int, list[str]]]

    def through(self, path: str, lines: range, beside: list[str]) -> list[str]:
        """The tests that a mutant is shown, the quickest first, as many as fit into what it is given.

        They are those that ran one of these lines of a file, and those of the files beside. What is done while a file
        is loaded has no lines: it is shown to the file's own tests and to those that ran any line of it; to all of
        them if there are none.
        """
        ran = self.by_line.get(path, {})
        if not lines:
            beside = [*beside, f"test_{Path(path).name}"]
        found = {name for line in lines or ran for name in ran.get(line, [])}
        found |= {name for name in self.seconds if name.split("::")[0].endswith(tuple(beside))}
        names, left = [], LONG
        for name in sorted(found or ([] if lines else self.seconds), key=lambda name: self.seconds.get(name, 0)):
            if name in self.seconds and (left := left - self.seconds[name]) > 0:
                names.append(name)
        return names


class Watch:
    """A plugin of pytest that notes what is run beneath a folder, and keeps it in a file; red tests do not count."""

    def __init__(self, house: Path, kept: Path) -> None:
        self.house, self.kept = house, kept
        self.seconds: dict[str, float] = {}
        self.red: set[str] = set()

    def pytest_sessionstart(self) -> None:
        settings = self.kept.with_suffix(".cfg")
        settings.write_text(FOLLOWED.format(house=self.house, kept=self.kept), encoding="utf-8")
        os.environ["COVERAGE_PROCESS_START"] = str(settings)
        self.coverage = coverage.Coverage(config_file=str(settings))
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        start = sum(os.times()[:4])  # with the processes that have ended
        self.coverage.switch_context(f"{item.nodeid} (call)")
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")
            self.seconds[item.nodeid] = sum(os.times()[:4]) - start

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.red.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        self.coverage.combine()
        data, seconds = self.coverage.get_data(), {n: s for n, s in self.seconds.items() if n not in self.red}
        by_line: dict[str, dict[int, list[str]]] = {}
        for path in data.measured_files():
            by_line[str(Path(path).relative_to(self.house))] = {
                line: sorted({context.rpartition(" (")[0] for context in contexts if context})
                for line, contexts in data.contexts_by_lineno(path).items()
                if any(contexts)
            }
        self.kept.write_bytes(pickle.dumps((Watched(seconds, by_line), sorted(self.red))))


class Chosen:
    """A plugin of pytest that runs only the tests named, in their order, each as long as the clock allows it."""

    def __init__(self, names: list[str], seconds: dict[str, float], running: Path) -> None:
        self.place = {name: i for i, name in enumerate(names)}
        self.seconds, self.running = seconds, running

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(chosen, key=lambda item: self.place[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running.write_text(nodeid, encoding="utf-8")
        faulthandler.dump_traceback_later(30 + 10 * self.seconds[nodeid], exit=True, file=sys.__stderr__)
