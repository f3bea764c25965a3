"""The main job: every check, every notebook, every figure, and one report of what they showed."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from nnmem.study.check.formulas import check_formulas
from nnmem.study.check.report import show_check
from nnmem.study.checkout import find_checkout
from nnmem.study.contact_sheet import write_contact_sheet
from nnmem.terminal import console, fail, print_json, progress, table

INSTALL = "to run the notebooks, install their packages: pip install -e '.[notebooks]'"


class NotebookResult(NamedTuple):
    """What came of one notebook: the text of its cells tagged ``result``, or the error of one cell."""

    notebook: str
    ok: bool
    seconds: float
    shown: list[str]
    figures: list[str]
    cell: int | None
    error: str | None


def run_chapter(quick: bool, as_json: bool) -> int:
    """Run the gradient checks, then every notebook in a Jupyter kernel of its own, and report.

    A full run rewrites ``notebooks/*.ipynb`` and ``figures/*.png``. A quick run uses small sizes; it leaves the
    notebooks as they are and puts its pictures into ``figures/quick/``.
    """
    try:
        import nbclient  # noqa: F401
    except ModuleNotFoundError:
        return fail(INSTALL)
    try:
        root = find_checkout()
    except FileNotFoundError as error:
        return fail(str(error))

    out, bars = console(), console(stderr=True)
    start = time.perf_counter()
    if not as_json:
        out.rule("gradients", align="left")
    rows = list(check_formulas()) if as_json else show_check((), out, each="function")
    checks_ok, check_seconds = all(row.ok for row in rows), time.perf_counter() - start

    figures = root / "figures" / "quick" if quick else root / "figures"
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return fail(f"cannot write pictures: {error}")
    paths = sorted((root / "notebooks").glob("[0-9]*.ipynb"))
    results = []
    with progress(bars) as bar:
        task = bar.add_task("notebooks", total=len(paths))
        for path in paths:
            on_cell = partial(_show_cell, bar, task, path.stem)
            results.append(run_notebook(path, figures, quick, on_cell))
            bar.update(task, advance=1)
            if not bars.is_terminal:
                verdict = "ok" if results[-1].ok else "FAILED"
                bars.print(f"{path.stem}: {verdict}, {results[-1].seconds:.0f} s", markup=False)

    ok = checks_ok and bool(results) and all(result.ok for result in results)
    if ok and not quick:
        write_contact_sheet(figures)
    if as_json:
        print_json(
            {
                "ok": ok,
                "quick": quick,
                "seconds": time.perf_counter() - start,
                "checks": [row._asdict() for row in rows],
                "notebooks": [result._asdict() for result in results],
                "figures": str(figures.relative_to(root)),
            }
        )
    else:
        _report(results, len(rows), check_seconds, time.perf_counter() - start, figures.relative_to(root), out)
    return 0 if ok else 1


def run_notebook(path: Path, figures: Path, quick: bool, on_cell: Callable[[int, int], None]) -> NotebookResult:
    """Execute a notebook in a new kernel, in its own folder; unless quick, keep the outputs if all cells ran."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    start = time.perf_counter()
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as failure:  # whatever is wrong with this file, the others still run
        return NotebookResult(path.stem, False, 0.0, [], [], None, f"{type(failure).__name__}: {failure}")
    cells = len(notebook.cells)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_complete=lambda cell, cell_index: on_cell(cell_index + 1, cells),
    )
    environment = {
        "OMP_NUM_THREADS": "1",  # unless the caller says otherwise: small products gain nothing from threads
        "OPENBLAS_NUM_THREADS": "1",
        **os.environ,
        "NNMEM_FIGURES": str(figures.resolve()),
        "NNMEM_QUICK": "1" if quick else "",
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    before = {file: file.stat().st_mtime_ns for file in figures.glob("*.png")}
    at, error = None, None
    try:
        client.execute(env=environment)
        if not quick:
            write_whole(path, notebook)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
        if getattr(failure, "ename", "") == "KeyboardInterrupt":
            raise KeyboardInterrupt from None
        ran = [number for number, c in enumerate(notebook.cells, 1) if c.get("execution_count") or c.get("outputs")]
        at, error = max(ran, default=1), re.sub(r"\x1b\[[0-9;]*m", "", str(failure))
    except (AssertionError, asyncio.CancelledError):  # how the notebook client ends after an interrupt
        raise KeyboardInterrupt from None
    except OSError as failure:
        error = f"{type(failure).__name__}: {failure}"
    seconds = time.perf_counter() - start
    written = [file.name for file in sorted(figures.glob("*.png")) if before.get(file) != file.stat().st_mtime_ns]
    shown = [line for c in notebook.cells if "result" in c.metadata.get("tags", ()) for line in _text(c)]
    return NotebookResult(path.stem, error is None, seconds, shown, written, at, error)


def write_whole(path: Path, notebook: Any) -> None:
    """Write a notebook to a temporary name and rename it, so that an interrupted write loses nothing."""
    import nbformat

    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata.pop("execution", None)  # when each cell ran, which differs every time
    part = path.with_suffix(".part")
    try:
        nbformat.write(notebook, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _show_cell(bar: Any, task: Any, name: str, cell: int, cells: int) -> None:
    bar.update(task, description=f"{name}, cell {cell} of {cells}")


def _text(cell: Any) -> list[str]:
    """Lines that a cell printed."""
    texts = (output.get("text", "") for output in cell.get("outputs", ()) if output.output_type == "stream")
    return [line for text in texts for line in text.splitlines() if line.strip()]


def _report(
    results: list[NotebookResult], rows: int, check_seconds: float, seconds: float, figures: Path, out: Any
) -> None:
    """Print what each notebook showed, and how long it took."""
    from rich.padding import Padding
    from rich.text import Text

    small = " at small sizes; nnmem chapter without --quick runs them whole" if figures.name == "quick" else ""
    out.rule(f"notebooks{small}", align="left")
    for result in results:
        if result.error is not None:
            cell = "" if result.cell is None else f", cell {result.cell}"
            out.print(f"[bold red]notebooks/{result.notebook}.ipynb{cell} failed:[/]")
            out.print(result.error, markup=False)
    for result in results:
        if result.shown:
            out.print(f"\n[bold]{result.notebook}[/]")
            out.print(Padding(Text("\n".join(result.shown)), (0, 0, 0, 4)))
    shown = table("", "", "seconds", "figures", right=("seconds", "figures"))
    shown.add_row(f"{rows} gradient comparisons", "", f"{check_seconds:.0f}", "")
    for result in results:
        verdict = "[green]ok[/]" if result.ok else "[bold red]FAILED[/]"
        shown.add_row(result.notebook, verdict, f"{result.seconds:.0f}", str(len(result.figures)))
    out.print(shown)
    jupyter = Path(sys.executable).with_name("jupyter")
    jupyter = jupyter.relative_to(Path.cwd()) if jupyter.is_relative_to(Path.cwd()) else Path("jupyter")
    if not results:
        out.print("[red]There are no notebooks in notebooks/.[/]")
        return
    failed = [result.notebook for result in results if not result.ok]
    if failed:
        out.print(f"[red]{len(failed)} of {len(results)} notebooks failed: {', '.join(failed)}[/]")
        out.print(
            f"Open the notebook at the place named above ({jupyter} lab notebooks/), mend it, and run this again."
        )
    else:
        out.print(f"All notebooks ran, {seconds:.0f} s in all. Pictures: {figures}/. To read: {jupyter} lab notebooks/")
