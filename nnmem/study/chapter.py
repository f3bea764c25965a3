"""The main job: every check, every notebook, every figure, and one report of what they showed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from nnmem.study.checkout import find_checkout

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
    from nnmem.cli import console, fail, print_json
    from nnmem.study.formulas import check_formulas
    from nnmem.study.report import progress, show_check

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
    rows = list(check_formulas()) if as_json else show_check((), out)
    checks_ok, check_seconds = all(row.ok for row in rows), time.perf_counter() - start

    figures = root / "figures" / "quick" if quick else root / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    paths = sorted((root / "notebooks").glob("[0-9]*.ipynb"))
    notebooks = [read_notebook(path) for path in paths]
    results = []
    with progress(bars) as bar:
        total = sum(len(notebook.cells) for notebook in notebooks)
        task = bar.add_task("notebooks", total=total)
        for path, notebook in zip(paths, notebooks, strict=True):
            bar.update(task, description=path.stem)
            result = run_notebook(path, notebook, figures, quick, lambda **_: bar.update(task, advance=1))
            results.append(result)
            if result.ok and not quick:
                write_whole(path, notebook)
            if not bars.is_terminal:
                bars.print(f"{path.stem}: {'ok' if result.ok else 'FAILED'}, {result.seconds:.0f} s", markup=False)

    ok = checks_ok and bool(results) and all(result.ok for result in results)
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
        if not paths:
            out.print("[red]no notebooks found[/]")
    return 0 if ok else 1


def read_notebook(path: Path) -> Any:
    """Read a notebook of the present format."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write_whole(path: Path, notebook: Any) -> None:
    """Write a notebook to a temporary name and rename it, so that an interrupted write loses nothing."""
    import nbformat

    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata.pop("execution", None)  # when each cell ran, which differs every time
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8") as file:
        nbformat.write(notebook, file)
    os.replace(file.name, path)


def run_notebook(path: Path, notebook: Any, figures: Path, quick: bool, on_cell: Any) -> NotebookResult:
    """Execute a notebook in place, in a new kernel whose working directory is the notebook's."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    environment = {**os.environ, "NNMEM_FIGURES": str(figures.resolve()), "NNMEM_QUICK": "1" if quick else ""}
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_complete=on_cell,
    )
    before = {file: file.stat().st_mtime_ns for file in figures.glob("*.png")}
    start, cell, error = time.perf_counter(), None, None
    try:
        client.execute(env=environment)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
        ran = [number for number, c in enumerate(notebook.cells, 1) if c.get("execution_count") or c.get("outputs")]
        cell, error = max(ran, default=1), _plain(str(failure))
    seconds = time.perf_counter() - start
    written = [file.name for file in sorted(figures.glob("*.png")) if before.get(file) != file.stat().st_mtime_ns]
    shown = [line for c in notebook.cells if "result" in c.metadata.get("tags", ()) for line in _text(c)]
    return NotebookResult(path.stem, error is None, seconds, shown, written, cell, error)


def _text(cell: Any) -> list[str]:
    """Lines that a cell printed."""
    texts = (output.get("text", "") for output in cell.get("outputs", ()) if output.output_type == "stream")
    return [line for text in texts for line in text.splitlines() if line.strip()]


def _plain(text: str) -> str:
    """An error without the colour codes of a terminal."""
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _report(
    results: list[NotebookResult], rows: int, check_seconds: float, seconds: float, figures: Path, out: Any
) -> None:
    """Print what ran, how long it took, and what each showed."""
    from nnmem.study.report import table

    out.rule("notebooks", align="left")
    for result in results:
        if result.error is not None:
            out.print(f"[bold red]notebooks/{result.notebook}.ipynb, cell {result.cell} failed:[/]")
            out.print(result.error, markup=False)
    shown = table("notebook", "", "seconds", "figures", "what it showed", right=("seconds", "figures"))
    shown.add_row("gradient checks", "", f"{check_seconds:.0f}", "", f"{rows} comparisons")
    for result in results:
        verdict = "[green]ok[/]" if result.ok else "[bold red]FAILED[/]"
        text = "\n".join(result.shown).replace("[", r"\[")
        shown.add_row(result.notebook, verdict, f"{result.seconds:.0f}", str(len(result.figures)), text)
    out.print(shown)
    failed = [result.notebook for result in results if not result.ok]
    if failed:
        out.print(f"[red]{len(failed)} of {len(results)} notebooks failed: {', '.join(failed)}[/]")
        out.print("Open the notebook at the cell named above (jupyter lab notebooks/), mend it, and run this again.")
    else:
        out.print(f"All notebooks ran, {seconds:.0f} s in all. Pictures: {figures}/. To read: jupyter lab notebooks/")
