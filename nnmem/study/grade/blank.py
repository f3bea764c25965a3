"""Blanks to fill in: signatures, formulas, shapes, all that is graded, and ``raise NotImplementedError``."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np

from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.contract import large_names, refused_cases
from nnmem.study.grade.phrases import chinese_wanted, either, say
from nnmem.study.grade.subject import Subject
from nnmem.study.index.lookup import EQUATIONS, Equation

BEHIND_RETURNS = re.compile(r"\n\n(?:Raises\n|Departs from the text:)")  # of a docstring, what a blank leaves out


def formulas(subjects: list[Subject]) -> list[str]:
    """A line for each formula that is set; one that has several numbers is listed once."""
    names = {one.name for one in subjects}
    found: dict[str, tuple[list[str], Equation]] = {}
    for equation in EQUATIONS:
        if set(equation.functions) & names:
            found.setdefault(equation.formula, ([], equation))[0].append(f"({equation.number})")
    lines = []
    for numbers, e in found.values():
        own = (e.formula_zh or e.formula) if chinese_wanted() else e.formula
        title = e.title_zh if chinese_wanted() else f"{e.title} · {e.title_zh}"
        lines.append(f"{', '.join(dict.fromkeys(numbers))} {title}{'：' if chinese_wanted() else ': '}{own}")
    listed = {name for e in EQUATIONS for name in e.functions}
    return lines + [f"{one.name}: {_doc(one.forward).splitlines()[0]}" for one in subjects if one.name not in listed]


def blank(subject: Subject, body: str = '    raise NotImplementedError("{name}")') -> str:
    """The functions of a subject, to be written."""
    texts = [_stub(subject.forward, _forward_doc(subject), subject.first, body)]
    if subject.backward is not None:
        texts.append(_stub(subject.backward, _backward_doc(subject), subject.second, body))
    return "\n\n\n".join(texts)


def question(subject: Subject, student: str) -> str:
    """Numbers of the student's own, and the place for the answer."""
    case = personal_case(subject, student)
    given = ", ".join([*map(_array, case.args), *(f"{k}={_array(v)}" for k, v in case.options.items())])
    which = say("the first result") if len(case.outputs) > 1 else say("the result")
    text = "Your own numbers, drawn from {student}: what is {which}, to four decimals? Write the array, no call."
    asked = say(text, student=student, which=which)
    return f"# {asked}\n# {subject.first}({given})\n{subject.name}_answer = None"


def _doc(function: Any) -> str:
    return inspect.getdoc(function) or ""


def _forward_doc(subject: Subject) -> str:
    doc = BEHIND_RETURNS.split(_doc(subject.forward))[0]
    paragraphs = doc.split("\n\n")
    doc = "\n\n".join(
        p for p in paragraphs if not re.match(r"(With [a-z] = |The overlaps are|Asynchronously, a sweep)", p)
    )
    doc = re.sub(r"^cache : .*(\n .*)*", "cache\n    " + say("Yours: whatever the backward needs."), doc, flags=re.M)
    if chinese_wanted():
        doc = _chinese_doc(subject, doc)
    return "\n\n".join(filter(None, [doc, _scores(subject), _graded(subject)]))


def _chinese_doc(subject: Subject, doc: str) -> str:
    """Title, formula, arguments and results, without English prose."""
    equation = next((e for e in EQUATIONS if subject.name in e.functions), None)
    title = f"{equation.title_zh}：{equation.formula_zh or equation.formula}" if equation else doc.splitlines()[0]
    block = re.search(r"::\n\n((?:    .*\n?)+)", doc)
    arguments = re.search(r"Parameters\n-+\n(.*?)(?=\n\nReturns|\Z)", doc, re.S)
    results = re.search(r"Returns\n-+\n(.*?)(?=\n\n|\Z)", doc, re.S)
    parts = [title, block.group(1).rstrip() if block else ""]
    for head, found in (("参数", arguments), ("返回", results)):
        if found:
            lines = [line for line in found.group(1).splitlines() if not line.startswith(" ") and line]
            parts.append("\n".join([head, "----", *lines]))
    return "\n\n".join(filter(None, parts))


def _scores(subject: Subject) -> str:
    """The formulas of the scores, where the score is an argument."""
    wanted = dict.fromkeys(str(s.options["score"]) for s in subject.layouts if "score" in s.options)
    lines = [
        f'    score="{name}": {e.formula}' for name in wanted for e in EQUATIONS if f"{name}_score" in e.functions
    ]  # fmt: skip
    return "\n".join([say("The scores::"), "", *lines]) if lines else ""


def _graded(subject: Subject) -> str:
    """All that is graded besides the values."""
    several = any("..." in s.layout for s in subject.layouts)
    lines = [say("every number of batch axes that ... may stand for, none and several")] if several else []
    if any(s.mask for s in subject.layouts):
        meant = re.search(r"^mask : .*\n +True = ([\w ]+)", _doc(subject.forward), re.M)
        meaning = say(meant.group(1) if meant else "may be attended to")
        lines.append(say("masks (True = {meaning}), and rows that are masked altogether", meaning=meaning))
    if len(subject.layouts) > 1 and subject.layouts[0].options:
        options = [", ".join(f"{k}={v!r}" for k, v in s.options.items()) for s in subject.layouts]
        lines.append(say("the options {options}", options="; ".join(dict.fromkeys(filter(None, options)))))
    lines += [either(extra.en, extra.zh) for extra in subject.known.extras]
    lines += [say(extreme.what) for extreme in subject.extremes]
    if names := large_names(subject):
        lines.append(say("{names} 10⁴ times as large", names=", ".join(names)))
    lines.append(say("float32 in, float32 out; no argument modified"))
    if refused_cases(subject):
        also = [either(extra.en, extra.zh) for extra in subject.known.refused]
        what = ", ".join([say("shapes that do not fit"), *also])
        lines.append(say("ValueError (or TypeError) for: {what} (1 point)", what=what))
    lines += [say("not graded: {what}", what=either(en, zh)) for en, zh in subject.known.not_graded]
    return "\n".join([say("Graded besides the plain case:"), *(f"- {line}" for line in lines)])


def _backward_doc(subject: Subject) -> str:
    """What the backward takes and returns, without how it is derived."""
    assert subject.backward is not None
    if subject.upstream_of:
        derived = BEHIND_RETURNS.split(_doc(subject.backward))[0]
        parts = (derived.splitlines()[0], derived[derived.index("Parameters\n") :])
        return "\n\n".join((*parts, _graded_backward(subject)))
    lines = [say("Gradients of what goes into {name}, in the order of its arguments.", name=subject.first), ""]
    lines += [say("Returns"), "-------"]
    layouts: dict[str, list[str]] = {}
    for spec in subject.layouts:
        layouts.setdefault(spec.layout, []).extend(f"{k}={v!r}" for k, v in spec.options.items())
    for layout, options in layouts.items():
        prefix = f"{' / '.join(dict.fromkeys(options))}: " if len(layouts) > 1 and options else ""
        gradients = [
            f"d{argument} {_shape(subject, argument, shape)}"
            for argument, shape in re.findall(r"(\w+) (\([^)]*\))", layout)
        ]
        lines.append(prefix + ", ".join(gradients))
    before, more = subject.upstream[: subject.before], subject.upstream[subject.before :]
    text = "{names}: the gradient of the loss with respect to the forward's output, of its shape."
    lines += ["", say(text, names=", ".join(before))]
    if more:
        lines.append(
            say(
                "{names}: the gradient of the second output, optional; left out, it counts as zero.",
                names=", ".join(more),
            )
        )
    return "\n".join([*lines, "", _graded_backward(subject)])


def _shape(subject: Subject, argument: str, shape: str) -> str:
    """An argument's shape as the forward's own text above has it, where that is (...): any number of axes."""
    return "(...)" if f"\n{argument} : (...) array" in _doc(subject.forward) else shape


def _graded_backward(subject: Subject) -> str:
    lines = [say("each gradient of its argument's shape, summed over the batch for parameters")]
    lines.append(say("float32 in, float32 out; upstream gradients and cache left as they are"))
    raising = [subject.options_of({}) for e in subject.known.extras if e.backward == "raises"]
    lines += [say("ValueError, as there is no gradient: {what}", what=what) for what in raising[:1]]
    return "\n".join([say("Graded:"), *(f"- {line}" for line in lines)])


def _stub(function: Any, doc: str, name: str, body: str) -> str:
    """A function of this signature, without hints, and this docstring."""
    signature = inspect.signature(function)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    arguments = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    text = "\n".join(f"    {line}".rstrip() for line in doc.splitlines())
    return f'def {name}{arguments}:\n    """{text.lstrip()}\n    """\n{body.replace("{name}", name)}'


def _array(value: Any) -> str:
    return f"np.array({value.tolist()})" if isinstance(value, np.ndarray) else repr(value)
