"""What the commands show a person: aligned tables of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from nnmem.study.check.formulas import ORACLES, FormulaRow, check_formulas, functions
from nnmem.study.index.entry import Equation
from nnmem.terminal import progress, table


def show_check(numbers: Iterable[str], console: Console, each: str = "gradient") -> list[FormulaRow]:
    """Check the formulas under a progress bar and show a row for each gradient, or each function; return all rows."""
    numbers = list(numbers)
    with progress(console) as bar:
        task = bar.add_task("checking gradients", total=len(functions(numbers)))
        rows = list(check_formulas(numbers, lambda function: bar.update(task, advance=1, description=function)))
    errors = [oracle.replace(" ", "\n") for oracle in ORACLES]
    names = ("eq.", "function", "gradient of") if each == "gradient" else ("eq.", "function")
    shown = table(*names, *errors, "", right=errors)
    last = ""
    for key, group in _grouped(rows, len(names)).items():
        worst = {oracle: max((r.error for r in group if r.oracle == oracle), default=None) for oracle in ORACLES}
        cells = ["-" if error is None else f"{error:.1e}" for error in worst.values()]
        verdict = "[green]ok[/]" if all(row.ok for row in group) else "[bold red]WRONG[/]"
        shown.add_row(*(("", "") if key[1] == last else key[:2]), *key[2:], *cells, verdict)
        last = key[1]
    with console:  # in one piece
        console.print(
            "\nEvery gradient written by hand, compared with three that see the forward alone: relative errors."
        )
        console.print(shown)
        wrong = [row for row in rows if not row.ok]
        for row in wrong:
            console.print(
                f"[red]{row.function}, {row.argument}[/]: {row.oracle} {row.error:.1e}, bound {row.bound:.0e}"
            )
        bounds = ", ".join(f"{oracle} {bound:.0e}" for oracle, bound in {row.oracle: row.bound for row in rows}.items())
        verdict = f"[red]{len(wrong)} comparisons wrong[/]" if wrong else "[green]all ok[/]"
        console.print(f"{len(_grouped(rows, 3))} gradients, largest relative error over all examples: {verdict}")
        console.print(f"bounds: {bounds}")
    return rows


def show_equation(equation: Equation, console: Console, lang: str | None = None) -> None:
    """Show one equation with everything that belongs to it, in one language or in both."""
    title, formulas, meaning = (
        _in(lang, *texts)
        for texts in (
            (equation.title, equation.title_zh),
            (equation.formula, equation.formula_zh),
            (equation.meaning, equation.meaning_zh),
        )
    )
    section = f"第 {equation.section} 节" if lang == "zh" else f"section {equation.section}"
    console.print(f"\n[bold]({equation.number})[/] {' '.join(title)}, {section}")
    console.print("\n" + "\n".join(f"    {formula}" for formula in formulas) + "\n", markup=False)
    console.print("\n".join(meaning) + "\n", markup=False)
    for function in equation.functions:
        console.print(f"    nnmem.{function}_forward, nnmem.{function}_backward", markup=False)
    console.print(f"    notebooks/{equation.notebook}.ipynb", markup=False)


def _in(lang: str | None, en: str, zh: str | None) -> list[str]:
    """What there is of a text in this language, or without one in both; a formula without words has no Chinese."""
    wanted = {"en": (en,), "zh": (zh or en,)}.get(lang or "", (en, zh))
    return [text for text in wanted if text]


def show_index(equations: Iterable[Equation], console: Console, lang: str | None = None) -> None:
    """Show a line for each equation, its title in one language or in both."""
    shown = table("eq.", "title", "functions")
    for equation in equations:
        shown.add_row(
            equation.number, "\n".join(_in(lang, equation.title, equation.title_zh)), "\n".join(equation.functions)
        )
    console.print(shown)
    each = "nnmem eq NUMBER shows a formula and its meaning.", "nnmem eq 编号：显示公式及其含义。"
    console.print(each[lang == "zh"])


def _grouped(rows: Iterable[FormulaRow], depth: int) -> dict[tuple[str, ...], list[FormulaRow]]:
    """Rows by equation and function, and at depth 3 by argument."""
    grouped: dict[tuple[str, ...], list[FormulaRow]] = {}
    for row in rows:
        grouped.setdefault((row.equation, row.function, row.argument)[:depth], []).append(row)
    return grouped
