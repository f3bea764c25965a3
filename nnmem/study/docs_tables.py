"""What is written from the index and never by hand: the command ``nnmem docs``.

Tables in both READMEs and in docs/, between markers, and the formula files that ``nnmem/__init__.py`` exports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nnmem.study.checkout import find_checkout
from nnmem.study.index.lookup import EQUATIONS, PAIRS
from nnmem.study.memory_table import memory_table
from nnmem.study.results.results_table import results_table
from nnmem.study.speed_table import speed_table, steps_table
from nnmem.terminal import fail, print_json


def run_docs(write: bool, as_json: bool) -> int:
    """Write the tables, or say which files hold others than the index gives."""
    try:
        root = find_checkout()
    except FileNotFoundError as error:
        return fail(str(error))
    stale = []
    for path in [*pages(root), root / "nnmem" / "__init__.py"]:
        text = path.read_text(encoding="utf-8")
        new = with_exports(text, root) if path.suffix == ".py" else with_tables(text, path, root)
        if new != text:
            stale.append(path.relative_to(root).as_posix())
            if write:
                path.write_text(new, encoding="utf-8")
    if as_json:
        print_json({"ok": write or not stale, "written" if write else "stale": stale})
    elif write:
        print(f"written: {', '.join(stale)}" if stale else "everything is as the index gives it")
    elif stale:
        return fail(f"what differs from the index: {', '.join(stale)}; run: nnmem docs --write")
    return 0 if write or not stale else 1


def pages(root: Path) -> list[Path]:
    """The files that may hold a table."""
    return [*sorted(root.glob("README*.md")), *sorted((root / "docs").glob("*.md"))]


def with_tables(text: str, path: Path, root: Path) -> str:
    """Return the text of a page with every table renewed that stands between its markers."""
    up = "../" * len(path.relative_to(root).parent.parts)
    chinese = "zh" in path.name
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if begin in text:
            before, _, rest = text.partition(begin)
            _, found, after = rest.partition(end)
            if not found:
                raise ValueError(f"{path.name}: {begin.strip()} has no {end}")
            text = before + begin + "\n".join(table(root, up, chinese)) + "\n" + end + after
    return text


def with_exports(text: str, root: Path) -> str:
    """Return the package's front with a line for every formula file, in order: of nn/ those that the index names."""
    files = [
        path for floor in ("associative", "attention", "external") for path in (root / "nnmem" / floor).glob("*.py")
    ]
    public = [path for path in files if "\n__all__ = " in path.read_text(encoding="utf-8")]
    layers = {name for pair in PAIRS.values() if (name := pair.home.__name__).startswith("nnmem.nn.")}
    names = sorted({".".join(path.relative_to(root).with_suffix("").parts) for path in public} | layers)
    lines = "".join(f"from {name} import *\n" for name in names)
    return re.sub(r"(from nnmem\.(associative|attention|external|nn)\.\w+ import \*\n)+", lines, text, count=1)


def equation_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """Every equation: number, title, formula, functions with where they stand, notebook."""
    header = (
        ("公式", "名称", "内容", "函数", "笔记本") if chinese else ("eq.", "title", "formula", "functions", "notebook")
    )
    yield from _head(header)
    for e in EQUATIONS:
        homes = (PAIRS[name].home.__name__.replace(".", "/") for name in e.functions)
        links = [f"[`{name}`]({up}{home}.py)" for name, home in zip(e.functions, homes, strict=True)]
        formula = (e.formula_zh if chinese and e.formula_zh else e.formula).replace("|", r"\|")
        title = e.title_zh if chinese else e.title
        notebook = f"[{e.notebook[:2].lstrip('0')}]({up}notebooks/{e.notebook}.ipynb)"
        yield _row(e.number, title, formula, ("、" if chinese else ", ").join(links), notebook)


def notebook_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """Every notebook with its sections and the numbers of its equations."""
    yield from _head(("笔记本", "节", "公式") if chinese else ("notebook", "section", "equations"))
    for path in sorted((root / "notebooks").glob("[0-9]*.py")):
        titles = re.search(r"^# # (?:\d+ )?(.*?) · (.*)$", path.read_text(encoding="utf-8"), re.M)
        title = titles[2 if chinese else 1] if titles else path.stem
        own = [e for e in EQUATIONS if e.notebook == path.stem]
        sections = ("、" if chinese else ", ").join(sorted({e.section for e in own}))
        link = f"[{path.stem[:2].lstrip('0')} {title}]({up}notebooks/{path.stem}.ipynb)"
        yield _row(link, sections, ranges([e.number for e in own], chinese))


def ranges(numbers: Iterable[str], chinese: bool) -> str:
    """Return 8.2, 8.3, 8.4 as (8.2) to (8.4); formulas that have their section's number are left out."""
    counted = sorted({int(number.split(".")[1]) for number in numbers if number.count(".") == 1})
    runs: list[list[int]] = []
    for n in counted:
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    to = " 至 " if chinese else " to "
    texts = (to.join(f"(8.{n})" for n in dict.fromkeys((run[0], run[-1]))) for run in runs)
    return ("、" if chinese else ", ").join(texts)


def mutation_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """What the tests saw of the mistakes that were drawn by lot, area by area."""
    path = root / "docs" / "mutation.json"
    yield from _head(("area", "mutants", "of these equivalent", "seen", "of the others", "lots before"))
    for area, lots in json.loads(path.read_text(encoding="utf-8")).items():
        last = lots[-1]
        shares = [f"{100 * lot['killed'] / (lot['mutants'] - lot['equivalent']):.0f} %" for lot in lots]
        yield _row(area, last["mutants"], last["equivalent"], last["killed"], shares[-1], ", ".join(shares[:-1]))


def _head(names: tuple[str, ...]) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


TABLES: dict[str, Callable[[Path, str, bool], Iterator[str]]] = {
    "equations": equation_table,
    "memories": memory_table,
    "notebooks": notebook_table,
    "results": results_table,
    "mutation": mutation_table,
    "speed": speed_table,
    "steps": steps_table,
}
