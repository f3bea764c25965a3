"""Break the library in places drawn by lot and see which tests turn red: ``python tests/mutation/run.py [AREA ...]``.

The tests of an area run once in a copy of the checkout, while nothing is broken, and coverage notes which test runs
which lines, here and in the processes that it starts. Then every mutant is written into the copy and shown to the tests
that run its line, the quickest first. It is killed if one of them fails or takes too long by the clock, and if the very
same tests are green again once the source is put back. A mutant that all of them let pass survives, unless
``equivalent.json`` says why no test can see it. ``--write`` adds the lot to ``docs/mutation.json``, whence
docs/tests.md: a lot counts that nobody has seen before. Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import multiprocessing
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

import hypothesis
import matplotlib.pyplot  # noqa: F401  loaded once, for all the tests
import pytest
from changes import Site, mutant, sites
from watching import Chosen, Watch, Watched

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LOADING = 180  # seconds in which the tests are loaded
QUIETLY = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
PAIRS = [
    *("tests/study/index/test_entry.py", "tests/test_wrong_input.py"),
    *("tests/test_defaults.py", "tests/test_ownership.py"),
    "tests/test_mutants.py::test_the_pairs_beside_the_formulas_are_seen_by_every_oracle",
]
GRADING = [
    *("test_grading.py", "test_corpus.py", "test_classes.py", "test_homework.py", "test_language.py"),
    *("test_odd_files.py", "test_pupil.py", "test_teachers.py", "grade"),
]


class Area(NamedTuple):
    """What is broken, the tests that are watched, and which of them run a folder where nobody can watch."""

    sources: list[str]
    tests: list[str]
    beside: dict[str, list[str]] = {}  # noqa: RUF012


AREAS = {
    "nn": Area(["nn"], ["tests/nn", *PAIRS, "tests/models"]),
    "tasks": Area(["tasks"], ["tests/tasks"]),
    "formulas": Area(
        ["attention", "associative", "external"],
        ["tests/attention", "tests/associative", "tests/external", *PAIRS, "tests/fuzz/test_extreme_inputs.py"],
    ),
    "models": Area(["models"], ["tests/models", "tests/test_first_parameters.py", *PAIRS]),
    "recipes": Area(
        ["recipes"],
        ["tests/recipes", "tests/test_cli.py"],
        {"nnmem/recipes": ["test_recipe_defaults.py", "test_command_options.py"]},  # they read, and run nothing
    ),
    "checking": Area(["study/check"], ["tests/study/check", "tests/study/index", "tests/study/test_commands.py"]),
    "grading": Area(
        ["study/grade"],
        [f"tests/study/{name}" for name in GRADING],
        {
            "nnmem/study/grade/pupil": ["test_odd_files.py", "test_pupil.py", "test_grading.py"]
        },  # in the walls of the sandbox
    ),
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
        house = checkout(Path(folder).resolve() / "house")
        for name in args.areas or AREAS:
            area = AREAS[name]
            watched = watch(house, area, house.parent / name)
            fates = [fate(house, area, watched, *place) for place in drawn(house, name, args.count, args.seed)]
            report(name, args, fates, equivalent)
    return 0


def checkout(folder: Path) -> Path:
    """A copy of the files under version control."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def drawn(house: Path, name: str, count: int, seed: int) -> list[tuple[Path, Site]]:
    """So many places of an area: first the kind is drawn, then one of its places, so that rare kinds are seen too."""
    by_kind: dict[str, list[tuple[Path, Site]]] = {}
    for folder in AREAS[name].sources:
        for path in sorted((house / "nnmem" / folder).rglob("*.py")):
            for site in sites(path.read_text(encoding="utf-8")):
                by_kind.setdefault(site.kind, []).append((path.relative_to(house), site))
    rng, chosen = random.Random(f"{name} {seed}"), []
    while len(chosen) < count and by_kind:
        kind = rng.choice(sorted(by_kind))
        chosen.append(by_kind[kind].pop(rng.randrange(len(by_kind[kind]))))
        if not by_kind[kind]:
            del by_kind[kind]
    return chosen


def watch(house: Path, area: Area, kept: Path) -> Watched:
    """Run the tests while nothing is broken."""
    ended = run(house, area.tests, Watch(house, kept))
    if ended > 1:
        raise SystemExit(f"{(house.parent / 'output').read_text(encoding='utf-8')}\npytest ended with {ended}")
    watched, failed = pickle.loads(kept.read_bytes())
    print(f"{len(watched.seconds)} tests, {sum(watched.seconds.values()):.0f} s, {failed or 'none'} red", flush=True)
    return watched


def fate(house: Path, area: Area, watched: Watched, path: Path, site: Site) -> Fate:
    """Write one mutant, run its tests, put the source back."""
    changed = mutant((house / path).read_text(encoding="utf-8"), site)
    beside = [name for folder, names in area.beside.items() if str(path).startswith(folder) for name in names]
    names = watched.through(str(path), changed.lines, beside)
    start = time.perf_counter()
    killed = is_killed(house, path, changed.source, names, watched.seconds)
    seconds = time.perf_counter() - start
    found = Fate(f"{path}:{changed.line}", site.kind, changed.was, changed.now, killed, seconds)
    print(f"{'killed  ' if killed else 'SURVIVED'} {seconds:4.0f} s  {site.kind:10} {found.where}", flush=True)
    if not killed:
        print(f"    {found.was}\n    {found.now}    ({len(names)} tests run it)", flush=True)
    return found


def is_killed(house: Path, path: Path, changed: str, names: list[str], seconds: dict[str, float]) -> bool:
    """True if a test is red with the change, and all up to it are green without."""
    source = (house / path).read_text(encoding="utf-8")
    while names:
        (house / path).write_text(changed, encoding="utf-8")
        try:
            upto = red(house, names, seconds)
        finally:
            (house / path).write_text(source, encoding="utf-8")
        if not upto:
            return False
        again = red(house, upto, seconds)
        if not again:
            return True
        print(f"red while nothing is broken, so it does not count: {again[-1]}", flush=True)
        names.remove(again[-1])
        del seconds[again[-1]]
    return False


def red(house: Path, names: list[str], seconds: dict[str, float]) -> list[str]:
    """The tests up to the first that fails or takes too long; none if they are green."""
    running = house.parent / "running"
    running.write_text(names[0], encoding="utf-8")
    files = dict.fromkeys(name.split("::")[0] for name in names)
    ended = run(house, ["-x", *files], Chosen(names, seconds, running))
    if ended in (0, 5):  # 5: the tests have other names now
        return []
    return names[: names.index(running.read_text(encoding="utf-8")) + 1]


def run(house: Path, tests: list[str], plugin: Watch | Chosen) -> int:
    """Run tests in a process of their own, and tell how it ended; what they import is loaded once, before."""
    process = multiprocessing.get_context("fork").Process(target=run_tests, args=(house, tests, plugin))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def run_tests(house: Path, tests: list[str], plugin: Watch | Chosen) -> NoReturn:
    os.chdir(house)
    sys.path.insert(0, str(house))
    os.environ["PYTHONPATH"] = str(house)
    if isinstance(plugin, Chosen):  # what is compiled is of the unbroken library
        sys.dont_write_bytecode, os.environ["PYTHONDONTWRITEBYTECODE"] = True, "1"
        faulthandler.dump_traceback_later(LOADING, exit=True)
    hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")
    with open(house.parent / "output", "w", encoding="utf-8") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    ended = pytest.main([*QUIETLY, *tests], [plugin])
    sys.stdout.flush()
    os._exit(ended)  # workers that a test has left are not waited for


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
        lots = json.loads(path.read_text(encoding="utf-8"))
        if args.seed in (lot["seed"] for lot in lots.setdefault(name, [])):
            raise SystemExit(f"{name}: the lot of seed {args.seed} stands there; what it showed has been seen since")
        lots[name].append(
            {
                **{"seed": args.seed, "mutants": len(fates), "killed": killed, "equivalent": len(same)},
                "not seen": [key(f) for f in survivors if f not in same],
            }
        )
        path.write_text(json.dumps(lots, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def key(f: Fate) -> str:
    """What names a mutant as long as its line stays as it is."""
    return f"{f.where.rpartition(':')[0]}: {f.was} -> {f.now}"


if __name__ == "__main__":
    sys.exit(main())
