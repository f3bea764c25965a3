"""Break the library in places drawn by lot and see which tests turn red: ``python tests/mutation/run.py [AREA ...]``.

Every mutant is written into a copy of the checkout, where the tests of its file run and then, if these are green, those
of its area. A mutant that all of them let pass survives, unless ``equivalent.json`` says why no test can see it.
``--write`` puts the figures into ``docs/mutation.json``, whence docs/tests.md. Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

import hypothesis  # noqa: F401  loaded once, for all the tests
import matplotlib.pyplot  # noqa: F401
import pytest
from changes import Site, mutant, sites

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 180  # seconds of processor time for the tests of one mutant
QUIETLY = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
CHECKS = ["tests/test_wrong_input.py", "tests/study/check"]


class Area(NamedTuple):
    """What is broken, and the tests that must see it."""

    sources: list[str]
    tests: list[str]


AREAS = {
    "nn": Area(["nn"], ["tests/nn", "tests/test_wrong_input.py", "tests/models"]),
    "tasks": Area(["tasks"], ["tests/tasks"]),
    "formulas": Area(
        ["attention", "associative", "external"],
        ["tests/attention", "tests/associative", "tests/external", *CHECKS, "tests/fuzz"],
    ),
    "models": Area(["models"], ["tests/models", *CHECKS]),
    "recipes": Area(["recipes"], ["tests/recipes", "tests/test_cli.py"]),
    "checking": Area(["study/check"], ["tests/study/check", "tests/test_cli.py"]),
    "grading": Area(["study/grade"], ["tests/study/test_grading.py", "tests/study"]),
    "copying": Area(["study/copy"], ["tests/study/copy", "tests/test_cli.py"]),
}


class Fate(NamedTuple):
    """A mutant and what became of it."""

    where: str
    kind: str
    was: str
    now: str
    killed: bool
    seconds: float


def main() -> int:
    sys.dont_write_bytecode = True
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"of {', '.join(AREAS)}; all by default")
    parser.add_argument("--count", type=int, default=40, help="mutants of each area (40)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/mutation.json")
    args = parser.parse_args()
    if unknown := set(args.areas) - set(AREAS):
        parser.error(f"{', '.join(sorted(unknown))}: should be of {', '.join(AREAS)}")
    equivalent = json.loads((HERE / "equivalent.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        house = checkout(Path(folder))
        for name in args.areas or AREAS:
            if red(house, AREAS[name].tests):
                parser.error(f"the tests of {name} are red while nothing is broken")
            fates = [fate(house, AREAS[name], path, site) for path, site in drawn(name, args.count, args.seed)]
            report(name, args, fates, equivalent)
    return 0


def checkout(folder: Path) -> Path:
    """A copy of the files under version control."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def drawn(name: str, count: int, seed: int) -> list[tuple[Path, Site]]:
    """So many places of an area: first the kind is drawn, then one of its places, so that rare kinds are seen too."""
    by_kind: dict[str, list[tuple[Path, Site]]] = {}
    for folder in AREAS[name].sources:
        for path in sorted((ROOT / "nnmem" / folder).rglob("*.py")):
            for site in sites(path.read_text(encoding="utf-8")):
                by_kind.setdefault(site.kind, []).append((path.relative_to(ROOT), site))
    rng, chosen = random.Random(f"{name} {seed}"), []
    while len(chosen) < count and by_kind:
        kind = rng.choice(sorted(by_kind))
        chosen.append(by_kind[kind].pop(rng.randrange(len(by_kind[kind]))))
        if not by_kind[kind]:
            del by_kind[kind]
    return chosen


def fate(house: Path, area: Area, path: Path, site: Site) -> Fate:
    """Write one mutant, run its tests, put the source back."""
    source = (ROOT / path).read_text(encoding="utf-8")
    changed = mutant(source, site)
    own = sorted(str(test.relative_to(ROOT)) for test in (ROOT / "tests").rglob(f"test_{path.stem}.py"))
    start, killed = time.perf_counter(), False
    (house / path).write_text(changed.source, encoding="utf-8")
    try:
        for tests in (own, area.tests):
            if tests and not killed:
                killed = red(house, tests)
    finally:
        (house / path).write_text(source, encoding="utf-8")
    seconds = time.perf_counter() - start
    found = Fate(f"{path}:{changed.line}", site.kind, changed.was, changed.now, killed, seconds)
    print(f"{'killed  ' if killed else 'SURVIVED'} {seconds:4.0f} s  {site.kind:10} {found.where}", flush=True)
    if not killed:
        print(f"    {found.was}\n    {found.now}", flush=True)
    return found


def red(house: Path, tests: list[str]) -> bool:
    """True if a test fails, or the tests do not come to an end."""
    process = multiprocessing.get_context("fork").Process(target=run_tests, args=(house, tests))
    process.start()
    process.join()
    if process.exitcode not in (-signal.SIGXCPU, *range(4)):  # 4, 5: nothing was run
        raise RuntimeError(f"{' '.join(tests)}: pytest ended with {process.exitcode}")
    return process.exitcode != 0


def run_tests(house: Path, tests: list[str]) -> NoReturn:
    """Run tests up to the first that is red, in a process of their own; what they import is loaded once, before."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))
    os.chdir(house)
    sys.path.insert(0, str(house))
    os.environ["PYTHONPATH"] = str(house)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.exit(pytest.main([*QUIETLY, *tests]))


def report(name: str, args: argparse.Namespace, fates: list[Fate], equivalent: dict[str, str]) -> None:
    """Print an area's figures, and keep them if wanted."""
    survivors = [f for f in fates if not f.killed]
    same = [f for f in survivors if key(f) in equivalent]
    counted = len(fates) - len(same)
    killed = len(fates) - len(survivors)
    print(f"{name}: {killed} of {counted} killed ({100 * killed / counted:.0f} %), {len(same)} equivalent", flush=True)
    for f in survivors:
        if f not in same:
            print(f"    not seen: {key(f)}", flush=True)
    if args.write:
        path = ROOT / "docs" / "mutation.json"
        figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        figures[name] = {
            **{"seed": args.seed, "mutants": len(fates), "killed": killed, "equivalent": len(same)},
            "not seen": [key(f) for f in survivors if f not in same],
        }
        path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def key(f: Fate) -> str:
    """What names a mutant as long as its line stays as it is."""
    return f"{f.where.rpartition(':')[0]}: {f.was} -> {f.now}"


if __name__ == "__main__":
    sys.exit(main())
