"""Which tests run which lines of the library: a mutant is shown to the tests that run its line, the quickest first."""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import os
import pickle
import sys
import warnings
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
        is loaded has no lines, or lines that no test has run by itself: it is shown to the file's own tests and to
        those that ran any line of it; to all of them if there are none.
        """
        ran = self.by_line.get(path, {})
        if any(line in ran for line in lines) and not any(ran.get(line) for line in lines):
            lines = range(0)
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
    """A plugin of pytest that notes what is run beneath a folder, and keeps it in a file; red tests do not count.

    What the library remembers is forgotten before each test, and what a fixture of several tests runs, each of them
    runs: every test is noted as if it were alone.
    """

    def __init__(self, house: Path, kept: Path) -> None:
        self.house, self.kept = house, kept
        self.context = ""
        self.seconds: dict[str, float] = {}
        self.users: dict[str, list[str]] = {}  # of the fixtures
        self.red: set[str] = set()

    def pytest_sessionstart(self) -> None:
        settings = self.kept.with_suffix(".cfg")
        settings.write_text(FOLLOWED.format(house=self.house, kept=self.kept), encoding="utf-8")
        os.environ["COVERAGE_PROCESS_START"] = str(settings)
        self.coverage = coverage.Coverage(config_file=str(settings))
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        forget(item)
        for name in getattr(item, "fixturenames", []):
            self.users.setdefault(name, []).append(item.nodeid)
        with self.noted(item.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        with self.noted(f"{fixturedef.argname} {fixturedef.baseid}"):
            return (yield)

    @contextlib.contextmanager
    def noted(self, name: str) -> Iterator[None]:
        """Note time and lines under the name of a test, or of a fixture and where it stands."""
        before, self.context = self.context, f"{name} (call)"
        self.coverage.switch_context(self.context)
        start = sum(os.times()[:4])  # with the processes that have ended
        try:
            yield
        finally:
            self.seconds[name] = sum(os.times()[:4]) - start
            self.context = before
            self.coverage.switch_context(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.red.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a process that was ended while it wrote has left nothing that can be read
            self.coverage.combine()
        tests = {name: self.tests(name) for name in self.seconds}
        seconds: dict[str, float] = {}
        for name, found in tests.items():
            for test in found:
                seconds[test] = seconds.get(test, 0) + self.seconds[name]
        by_line: dict[str, dict[int, list[str]]] = {}
        data = self.coverage.get_data()
        for path in data.measured_files():
            lines = by_line[str(Path(path).relative_to(self.house))] = {}
            for line, contexts in data.contexts_by_lineno(path).items():
                ran = (tests.get(context.rpartition(" (")[0], []) for context in contexts)
                lines[line] = sorted({test for found in ran for test in found})
        self.kept.write_bytes(pickle.dumps((Watched(seconds, by_line), sorted(self.red))))

    def tests(self, name: str) -> list[str]:
        """A test, or those that use a fixture; those that were red are left out."""
        fixture, _, where = name.partition(" ")
        users = [test for test in self.users.get(fixture, []) if test.startswith(where)]
        return [test for test in (users if fixture in self.users else [name]) if test not in self.red]


def forget(item: pytest.Item) -> None:
    """Clear what functions of the library have kept, and what a test's parameters have in their memo."""
    for module in [module for name, module in sys.modules.items() if name.startswith("nnmem")]:
        for value in list(vars(module).values()):
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()
    for value in item.callspec.params.values() if hasattr(item, "callspec") else ():
        getattr(value, "memo", {}).clear()


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
        faulthandler.dump_traceback_later(60 + 10 * self.seconds[nodeid], exit=True, file=sys.__stderr__)
