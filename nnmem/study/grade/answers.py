"""Asking a pupil for the answers to cases, and putting into words what is no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nnmem.study.grade.cases import Case, Seed, close
from nnmem.study.grade.judge import word
from nnmem.study.grade.phrases import say
from nnmem.study.grade.subject import Subject


class Asked(Protocol):
    """A pupil in a process of its own, or functions that are here."""

    signatures: dict[str, Any]

    def ask(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, eq=False)
class Attempt:
    """One call: the outputs (or gradients), what went wrong, which inputs were changed, what kind of error it was."""

    case: Case
    outputs: tuple[Any, ...] = ()
    problem: str = ""
    changed: tuple[str, ...] = ()
    missing: bool = False
    raised: tuple[str, ...] = ()


def right(attempt: Attempt) -> bool:
    """True if all outputs of a forward are right."""
    return not attempt.problem and all(map(close, attempt.outputs, attempt.case.outputs))


def forwards(pupil: Asked, subject: Subject, cases: list[Case], keep: bool = True) -> list[Attempt]:
    """Call a student's forward, or plain function; with ``keep`` its caches stay with the pupil, by number."""
    calls = []
    for number, case in enumerate(cases):
        args, options = case.call()
        outputs = len(case.outputs) or 1
        kept = None if subject.plain else number if keep else -1
        coded = {"args": list(map(_coded, args)), "options": {k: _coded(v) for k, v in options.items()}}
        calls.append({"function": subject.first, **coded, "outputs": outputs, "keep": kept})
    if calls and keep:
        calls[0]["forget"] = True
    replies = pupil.ask(calls)
    names = [parameter[0] for parameter in pupil.signatures.get(subject.first, [])]
    return [_forward_attempt(subject, c, r, names) for c, r in zip(cases, replies, strict=True)]


def _forward_attempt(subject: Subject, case: Case, reply: dict[str, Any], names: list[str]) -> Attempt:
    if failed := _raised(case, reply):
        return failed
    wanted = len(case.outputs) or 1
    count, kind = reply.get("count"), word(reply.get("kind"))
    if subject.plain:
        if count != wanted:
            got = say("{count} values", count=count) if kind in ("tuple", "list") else kind
            return Attempt(case, problem=say("it returns {got}, should return {count} values", got=got, count=wanted))
    elif count is None and kind == "array" and wanted == 1:
        return Attempt(case, problem=say("it returns no cache: return (out, cache)"))
    elif count != wanted + 1:
        got = say("{count} values", count=count) if count is not None else kind
        problem = say("it returns {got}, should return {count}: the outputs, then the cache", got=got, count=wanted + 1)
        return Attempt(case, problem=problem)
    values, problem = _numbers(reply, wanted, "output {number}")
    args, options = case.call()
    return Attempt(case, values, problem, _changed(reply, [*_placed(names, len(args)), *options]))


def backwards(
    pupil: Asked,
    subject: Subject,
    numbered: list[tuple[int, Case]],
    optional: bool,
    mended: bool = False,
    cache: bool = True,
) -> list[Attempt]:
    """Call a student's backward, twice each, with the caches of their forward, which have the numbers of its calls.

    With ``mended`` what a wrong forward did to them is put right: its outputs in these caches, arguments that it
    modified, float32 that it lost. Without ``cache`` it gets the reference's.
    """
    calls: list[dict[str, Any]] = []
    for number, case in numbered:
        before, more = case.upstream(optional)
        held: dict[str, Any] = {"cache": number} if cache else {"value": case.cache}
        if mended:
            held["outputs"] = [np.asarray(out) for out in case.outputs]
        call: dict[str, Any] = {
            "function": subject.second,
            "args": [*map(_coded, before), held, *map(_coded, more)],
            "options": {},
        }
        calls += [{**call, "outputs": None, "keep": None}] * 2
    replies = pupil.ask(calls)
    return [_backward_attempt(subject, case, *replies[2 * k : 2 * k + 2]) for k, (_, case) in enumerate(numbered)]


def is_blank(pupil: Asked, subject: Subject, case: Case) -> bool:
    """True if a backward raises NotImplementedError whatever it is given."""
    args = [*map(_coded, case.upstream(False)[0]), None]
    call: dict[str, Any] = {"function": subject.second, "args": args, "options": {}, "outputs": None, "keep": None}
    failed = _raised(case, pupil.ask([call])[0])
    return failed is not None and failed.missing


def _backward_attempt(subject: Subject, case: Case, reply: dict[str, Any], again: dict[str, Any]) -> Attempt:
    if failed := _raised(case, reply) or _raised(case, again):
        return failed
    wanted = len(subject.array_names(case.options))
    if reply.get("count") != wanted:
        count = reply.get("count")
        text = say("it returns {count} gradients, should return {wanted}", count=word(count), wanted=wanted)
        return Attempt(case, problem=f"{text}: {', '.join('d' + n for n in subject.array_names(case.options))}")
    values, problem = _numbers(reply, wanted, "gradient {number}")
    second, problem_again = _numbers(again, wanted, "gradient {number}")
    changed: tuple[str, ...] = (say("the upstream gradient"),) if any(a is not None for a in _after(reply)) else ()
    if not problem and not problem_again and not changed:
        same = all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(values, second, strict=True))
        changed = () if same else (say("the cache"),)
    return Attempt(case, values, problem or problem_again, changed)


def takes_optional(pupil: Asked, subject: Subject) -> bool:
    """True if a student's backward takes the upstream gradients that stand behind the cache."""
    if len(subject.upstream) == subject.before or subject.second not in pupil.signatures:
        return False
    parameters = pupil.signatures[subject.second]
    if any(kind == "VAR_POSITIONAL" for _, _, kind in parameters):
        return True
    return sum(kind.startswith("POSITIONAL") for _, _, kind in parameters) > len(subject.upstream)


def own_parameters(pupil: Asked, function: str) -> list[str]:
    """Names of a function's arguments; none for what hides them."""
    return [str(name) for name, _, _ in pupil.signatures.get(function, [])]


def _coded(value: Any) -> Any:
    """A value as the pupil is sent it."""
    if isinstance(value, Seed):
        return {"seed": int(value)}
    if isinstance(value, np.generic):
        return np.asarray(value)
    return value


def _raised(case: Case, reply: dict[str, Any]) -> Attempt | None:
    if "raised" not in reply:
        return None
    said = reply.get("said")
    message, line = (said.get("message"), said.get("line")) if isinstance(said, dict) else ("", None)
    text = say("its message cannot be printed") if message is None else word(message)
    problem = say("raises {what}", what=word(reply["raised"]) + (f": {text}" if text else ""))
    problem += say(" (line {line})", line=line) if isinstance(line, int) else ""
    kinds = reply.get("bases")
    raised = tuple(map(word, kinds)) if isinstance(kinds, list) else ()
    return Attempt(case, problem=problem, missing="NotImplementedError" in raised, raised=raised)


def _numbers(reply: dict[str, Any], wanted: int, what: str) -> tuple[tuple[np.ndarray, ...], str]:
    """The arrays of a reply, or which of them is none."""
    values = reply.get("values")
    if not isinstance(values, list) or len(values) != wanted:
        return (), say("it returns no arrays")
    for k, value in enumerate(values, start=1):
        if isinstance(value, np.ndarray):
            continue
        which = say(what, number=k)
        if isinstance(value, dict) and "large" in value:
            shape = tuple(value["large"]) if isinstance(value["large"], list) else "?"
            return (), say("{which} has shape {shape}, far too large", which=which, shape=word(shape))
        odd = word(value.get("odd")) if isinstance(value, dict) else word(type(value).__name__)
        odd = say("of {dtype}", dtype=odd) if odd.startswith("dtype ") else say("a {kind}", kind=odd)
        return (), say("{which} is {odd}, should be an array of real numbers", which=which, odd=odd)
    return tuple(values), ""


def _after(reply: dict[str, Any]) -> list[Any]:
    after = reply.get("after")
    return after if isinstance(after, list) else []


def _changed(reply: dict[str, Any], names: list[str]) -> tuple[str, ...]:
    return tuple(name for name, value in zip(names, _after(reply), strict=False) if value is not None)


def _placed(names: list[str], count: int) -> list[str]:
    """Names of positional arguments; those behind a star share theirs."""
    own = names or [say("argument {number}", number=k + 1) for k in range(count)]
    return [own[min(k, len(own) - 1)] for k in range(count)]
