"""Blanks to fill in: signatures, docstrings, formulas, and ``raise NotImplementedError`` where the student works."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from nnmem.study.grade.cases import UPSTREAM, backward_of, before_cache, forward_of, personal_case
from nnmem.study.grade.graded import graded, graded_functions, parts, why_not
from nnmem.study.index.lookup import EQUATIONS, PAIRS, PLAIN, find, pair_of
from nnmem.terminal import fail

CACHE = "The cache is yours: whatever the backward needs. "


def chosen(names: Iterable[str]) -> list[str]:
    """Return the pairs and plain functions of these equations or names, or raise a ValueError that says why not."""
    found: list[str] = []
    for name in names:
        equation = find(name)
        if equation is not None:
            found += [f for e in EQUATIONS if e.number == equation.number for f in e.functions]
        elif name in graded() or name in graded_functions():
            found.append(pair_of(name))
        else:
            raise ValueError(why_not(name))
    return list(dict.fromkeys(found))


def blank_parts(names: list[str], student: str | None) -> list[tuple[str, str, str]]:
    """Return (kind, name, text): an explanation, then for each pair its blank, its question and its test."""
    formulas = [e for e in EQUATIONS if set(e.functions) & set(names)]
    lines = [f"({e.number}) {e.title} {e.title_zh}: {e.formula}" for e in formulas]
    lines += [f"{name}: {(inspect.getdoc(forward_of(name)) or '').splitlines()[0]}" for name in names if name in PLAIN]
    pieces = [("text", "", "\n".join(lines))]
    number = "" if student is None else f'\n\nSTUDENT = "{student}"'
    pieces.append(("head", "", "import numpy as np" + number))
    for name in names:
        pieces.append(("solution", name, _blank(name)))
        if student is not None:
            pieces.append(("question", f"{name}_answer", _question(name, student)))
        pieces.append(("test", name, name))
    return pieces


def homework_source(names: list[str], student: str | None = None) -> str:
    """Return the blank as a Python file."""
    (_, _, formulas), *others = blank_parts(names, student)
    head = (
        f'"""Homework · 作业\n\n{formulas}\n\nWrite what raises NotImplementedError, with numpy alone. '
        "Vectors are rows; no argument may be modified; float32 stays float32.\n"
        f"{CACHE if any(name in PAIRS for name in names) else ''}"
        'Check with: nnmem grade THIS_FILE\n"""'
    )
    return "\n\n\n".join([head, *(text for kind, _, text in others if kind != "test")]) + "\n"


def homework_notebook(names: list[str], student: str | None = None) -> dict[str, Any]:
    """Return the blank as a notebook, its cells marked for nbgrader."""
    cells = []
    for kind, name, text in blank_parts(names, student):
        if kind == "text":
            body = "\n\n".join(f"    {line}" for line in text.splitlines())
            task = "Write what raises `NotImplementedError`, with numpy alone; the cells below test it."
            cells.append(_cell("markdown", "formulas", f"# Homework · 作业\n\n{task}\n\n{body}"))
        elif kind == "test":
            own = parts(name)
            source = f"import nnmem\n\ngrades = nnmem.grade({', '.join(own)})\nprint(grades)\nassert grades"
            cells.append(_cell("code", f"test-{name}", source, grade=True, locked=True, points=10 * len(own)))
        else:
            cells.append(
                _cell("code", f"{kind}-{name}".strip("-"), text, solution=kind != "head", locked=kind == "head")
            )
    language = {"name": "python", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": language}, "nbformat": 4, "nbformat_minor": 5}


def run_homework(names: list[str], notebook: bool, student: str | None, as_json: bool) -> int:
    """Print a blank."""
    try:
        pairs = chosen(names)
    except ValueError as error:
        return fail(str(error))
    if student is not None and not re.fullmatch(r"[\w.-]+", student):
        return fail(f"--seeded is {student!r}, should be a student's number: letters, digits, dots and dashes")
    if notebook:
        text = json.dumps(homework_notebook(pairs, student), ensure_ascii=False, indent=1) + "\n"
    else:
        text = homework_source(pairs, student)
    print(json.dumps({"functions": pairs, "source": text}, ensure_ascii=False) if as_json else text, end="\n" * as_json)
    sys.stdout.flush()
    return 0


def _blank(name: str) -> str:
    first, *second = parts(name)
    doc = (inspect.getdoc(forward_of(name)) or "").split("\n\nRaises\n")[0]
    doc = re.sub(r"^cache : .*(\n .*)*", "cache\n    Yours.", doc, flags=re.M)
    blanks = [_stub(forward_of(name), doc, first)]
    blanks += [_stub(backward_of(name), _backward_doc(name), part) for part in second]
    return "\n\n\n".join(blanks)


def _stub(function: Any, doc: str, name: str) -> str:
    """A function of this signature, without hints, and this docstring."""
    signature = inspect.signature(function)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    arguments = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    text = "\n".join(f"    {line}".rstrip() for line in doc.splitlines())
    return f'def {name}{arguments}:\n    """{text.lstrip()}\n    """\n    raise NotImplementedError("{name}")'


def _backward_doc(name: str) -> str:
    """What the backward takes and returns, without how it is derived."""
    if name in UPSTREAM:
        derived = inspect.getdoc(backward_of(name)) or ""
        return "\n\n".join(
            (derived.splitlines()[0], derived[derived.index("Parameters\n") : derived.index("\n\nRaises")])
        )
    parameters = list(inspect.signature(backward_of(name)).parameters)
    lines = [f"Gradients of what goes into {name}_forward, in the order of its arguments.", "", "Returns", "-------"]
    layouts: dict[str, list[str]] = {}
    for spec in PAIRS[name].layouts:
        layouts.setdefault(spec.layout, []).extend(f"{k}={v!r}" for k, v in spec.options.items())
    for layout, options in layouts.items():
        prefix = f"{' or '.join(dict.fromkeys(options))}: " if len(layouts) > 1 and options else ""
        gradients = [f"d{argument} {shape}" for argument, shape in re.findall(r"(\w+) (\([^)]*\))", layout)]
        lines.append(prefix + ", ".join(gradients))
    upstream = ", ".join(parameters[: before_cache(name)])
    lines += ["", f"{upstream}: the gradient of the loss with respect to the forward's output, of its shape."]
    if more := parameters[before_cache(name) + 1 :]:
        lines.append(f"{', '.join(more)}: optional; left out, it counts as zero.")
    return "\n".join(lines)


def _question(name: str, student: str) -> str:
    """Numbers of the student's own, and the place for the answer."""
    case = personal_case(name, student)
    given = ", ".join([*(_array(a) for a in case.args), *(f"{k}={_array(v)}" for k, v in case.options.items())])
    result = "the first result" if len(case.outputs) > 1 else "the result"
    return (
        f"# Your own numbers, drawn from {student}: what is {result}, to four decimals? Write the array, "
        f"no call.\n# {parts(name)[0]}({given})\n{name}_answer = None"
    )


def _array(value: Any) -> str:
    return f"np.array({value.tolist()})" if isinstance(value, np.ndarray) else repr(value)


def _cell(kind: str, name: str, source: str, **marks: Any) -> dict[str, Any]:
    nbgrader = {"grade": False, "solution": False, "locked": True, "task": False, **marks}
    nbgrader |= {"schema_version": 3, "grade_id": name}
    cell = {"cell_type": kind, "id": name[:60], "metadata": {"nbgrader": nbgrader}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
