"""Speed beside the peers: interleaved runs on one thread, the median of the ratios round by round.

Absolute times depend on the machine; a ratio of two runs that follow one another does not. What is timed is the
processor's time: on a busy machine a long step waits for its turn while time passes, and a short one does not.
"""

from __future__ import annotations

import gc
import importlib
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn import one_thread
from nnmem.study.checkout import find_checkout
from nnmem.terminal import console, fail, print_json, progress, table

ONE_THREAD = {**one_thread.ONE_THREAD, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
PEERS = {"torch": "PyTorch", "jax": "JAX"}
SHORTEST = 2e-3
INSTALL = "To compare, install the peers: pip install -e '.[peers]' (PyTorch and JAX; a CPU build of PyTorch will do)"


class Race(NamedTuple):
    """One computation by nnmem and by its peers.

    ``runs`` maps "nnmem" and the names of peers to functions that compute it once and return its arrays.
    ``largest`` is the size in bytes of the largest intermediate array, if memory is to be measured, else 0.
    """

    name: str
    runs: dict[str, Callable[[], Any]]
    largest: int = 0


class BenchRow(NamedTuple):
    """One case against one peer; ratio = peer / nnmem, so above 1 nnmem is faster."""

    case: str
    peer: str | None
    ratio: float | None
    nnmem_seconds: float
    peer_seconds: float | None
    memory_ratio: float | None


def installed_peers() -> tuple[list[str], list[str]]:
    """Import the peers; return the names of those that work, and a line for each that does not."""
    working, broken = [], []
    for peer, name in PEERS.items():
        try:
            importlib.import_module(peer)
            working.append(peer)
        except ModuleNotFoundError:
            broken.append(f"{name} is not installed.")
        except Exception as error:  # installed, and broken in a way of its own
            broken.append(f"{name} cannot be imported: {error}")
    return working, broken


def groups() -> dict[str, Path]:
    """Return the files with cases by name."""
    files = sorted((find_checkout() / "benchmarks").glob("*.py"))
    return {file.stem: file for file in files if not file.stem.startswith("_")}


def measure(case: Race, rounds: int) -> Iterator[BenchRow]:
    """Time all runs of a case in turn and yield a row for each peer, or one for nnmem alone."""
    repeats = {}
    for name, run in case.runs.items():
        run()
        start = time.process_time()
        run()
        repeats[name] = max(1, int(SHORTEST / (time.process_time() - start)))
    seconds: dict[str, list[float]] = {name: [] for name in case.runs}
    for _ in range(rounds):
        for name, run in case.runs.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                run()
            seconds[name].append((time.process_time() - start) / repeats[name])
    own = statistics.median(seconds["nnmem"])
    memory = peak_beyond_results(case.runs["nnmem"]) / case.largest if case.largest else None
    peers = [name for name in case.runs if name != "nnmem"]
    for peer in peers:
        ratios = [b / a for a, b in zip(seconds["nnmem"], seconds[peer], strict=True)]
        yield BenchRow(case.name, peer, statistics.median(ratios), own, statistics.median(seconds[peer]), memory)
    if not peers:
        yield BenchRow(case.name, None, None, own, None, memory)


def peak_beyond_results(run: Callable[[], Any]) -> int:
    """Peak of the bytes that a run allocates beyond the arrays that it returns."""
    run()
    gc.collect()
    tracemalloc.start()
    try:
        results = run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - sum(array.nbytes for array in results if isinstance(array, np.ndarray))


def run_bench(names: list[str], rounds: int, as_json: bool) -> int:
    """Measure every case of these groups (all if none are named) and show a table or JSON."""
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        command = [sys.executable, "-m", "nnmem", "bench", *names, "--rounds", str(rounds), *["--json"] * as_json]
        return subprocess.run(command, env={**os.environ, **ONE_THREAD}, check=False).returncode

    try:
        files = groups()
    except FileNotFoundError as error:
        return fail(str(error))
    if unknown := [name for name in names if name not in files]:
        return fail(f"no benchmark {', '.join(unknown)}; there are {', '.join(files)}")
    if rounds < 1:
        return fail(f"--rounds is {rounds}, should be at least 1")
    peers, missing = installed_peers()
    if "torch" in peers:
        importlib.import_module("torch").set_num_threads(1)
    sys.path.insert(0, str(find_checkout()))
    cases = [case for name in names or files for case in importlib.import_module(f"benchmarks.{name}").cases(peers)]
    errors = console(stderr=True)
    rows: list[BenchRow] = []
    with progress(errors) as bar:
        task = bar.add_task("timing", total=len(cases))
        for case in cases:
            bar.update(task, description=case.name)
            rows += measure(case, rounds)
            bar.update(task, advance=1)
    if as_json:
        print_json([row._asdict() for row in rows])
    else:
        right = ("ratio", "nnmem", "peer's", "memory")
        shown = table("case", "peer", *right, right=right)
        for row in rows:
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
            memory = "" if row.memory_ratio is None else f"{row.memory_ratio:.1f}"
            shown.add_row(row.case, row.peer or "", ratio, _time(row.nnmem_seconds), _time(row.peer_seconds), memory)
        out = console()
        out.print(shown)
        out.print(
            f"ratio = peer / nnmem, median of {rounds} interleaved rounds on one thread: above 1 nnmem is faster."
        )
        out.print("memory = peak beyond inputs and results, in units of the largest intermediate array.")
    if missing:
        errors.print(*missing, INSTALL, markup=False)
    return 0


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"
