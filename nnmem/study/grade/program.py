"""A formula's steps, run with one of them changed: what a mistake would give.

Each step is one assignment. Besides the mistakes that are declared, every step is changed in the small ways that people
get a formula wrong: a term or factor left out, a sign, a division, a square, a transpose, a sum that is a mean.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

from nnmem.study.grade.cases import Case
from nnmem.study.grade.phrases import either, say
from nnmem.study.grade.small_changes import of_the_whole, other_names, small_changes, symbols
from nnmem.study.grade.subject import Subject
from nnmem.study.index.known import Mistake
from nnmem.study.index.mistakes import vocabulary

PRIVATE = re.compile(r"\b_[a-z]")  # a helper of these steps, which says nothing to a student
Changes = Mapping[str, CodeType | Callable[..., Any]]


class Program:
    """The steps of one subject, from the source of a function of plain assignments."""

    def __init__(self, subject: Subject, steps: Callable[..., Any]) -> None:
        self.subject = subject
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(steps))).body
        assert isinstance(definition, ast.FunctionDef)
        self.names = {**vars(vocabulary), **vars(inspect.getmodule(steps))}
        self.steps: dict[str, ast.expr] = {}
        for statement in definition.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.steps[name] = value
                case ast.Return(value=ast.Tuple(elts=[ast.Tuple(elts=outputs), ast.Tuple(elts=gradients)])):
                    self.outputs = list(map(ast.unparse, outputs))
                    self.gradients = list(map(ast.unparse, gradients))
        self.codes = {name: _compiled(value) for name, value in self.steps.items()}
        self.needs = {
            name: [n.id for n in ast.walk(value) if isinstance(n, ast.Name)] for name, value in self.steps.items()
        }

    def predict(
        self,
        case: Case,
        changes: Changes,
        output: int | None,
        place: int = 0,
        optional: bool = False,
        renames: dict[str, str] | None = None,
    ) -> Any:
        """One output, or one gradient, with some steps changed; None if the changed steps are not reached."""
        values: dict[str, Any] = dict(self._given(case, optional))
        reached = set()
        renames = renames or {}

        def value_of(name: str) -> Any:
            if name in values:
                return values[name]
            step = changes.get(name, self.codes.get(name))
            if step is None:
                return self.names[name]
            if name in changes:
                reached.add(name)
            if isinstance(step, CodeType):
                found = {n: value_of(n) for n in step.co_names if n in self.codes or n in values}
                values[name] = eval(step, self.names, found)
            else:
                values[name] = step(**self._arguments(step, renames, value_of))
            return values[name]

        if output is not None:
            found = value_of(self.outputs[output])
        else:
            wanted, at = self.gradients, place
            if wanted[-1].startswith("*") and place >= len(wanted) - 1:
                found = value_of(wanted[-1][1:])[place - len(wanted) + 1]
            else:
                found = value_of(wanted[at])
        return found if reached or not changes else None

    def _arguments(
        self, step: Callable[..., Any], renames: dict[str, str], value_of: Callable[[str], Any]
    ) -> dict[str, Any]:
        """What a changed step asks for, by the names that this formula has for it."""
        found = {}
        for name, parameter in inspect.signature(step).parameters.items():
            own = renames.get(name, name)
            if parameter.default is parameter.empty or own in self.codes or own in self.subject.forward_parameters:
                found[name] = value_of(own)
        return found

    def _given(self, case: Case, optional: bool) -> dict[str, Any]:
        names = list(self.subject.forward_parameters)
        stars = [n for n, p in self.subject.forward_parameters.items() if p.kind is p.VAR_POSITIONAL]
        args, options = case.call()
        plain = [n for n in names if n not in stars]
        given: dict[str, Any] = {
            n: p.default for n, p in self.subject.forward_parameters.items() if p.default is not p.empty
        }
        count = len(args) if not stars else names.index(stars[0])
        given |= dict(zip(plain, args[:count], strict=False)) | options
        if stars:
            given[stars[0]] = tuple(args[count:])
        before, more = case.upstream(optional)
        given |= dict.fromkeys(self.subject.upstream[len(before) :], 0.0)
        defaults = {} if self.subject.backward is None else inspect.signature(self.subject.backward).parameters
        given |= {n: p.default for n, p in defaults.items() if p.default not in (p.empty, None)}
        for name, dout in zip(self.subject.upstream, (*before, *more), strict=False):
            given[name] = 0.0 if dout is None else dout
        return given

    def known_mistakes(
        self, output: int | None, place: int = 0, optional: bool = False
    ) -> Iterator[tuple[str, Callable[[Case], Any]]]:
        """The declared mistakes, each with what it predicts."""
        for mistake in self.subject.known.mistakes:
            yield either(mistake.en, mistake.zh), self._predictor(mistake.steps, mistake, output, place, optional)

    def small_changes(
        self, output: int | None, place: int = 0, optional: bool = False
    ) -> Iterator[tuple[str, Callable[[Case], Any]]]:
        """Every small change of every step."""
        backward = place if output is None else None
        for number, (step, phrase, values, code) in enumerate(self.changes):
            if backward is None and step not in self._before:
                continue
            if any(PRIVATE.search(values.get(key, "")) for key in ("part", "other")):
                continue
            text = say("in {step}: ", step=values["step"]) + say(
                phrase, part=values["part"], other=values.get("other", "")
            )
            yield text, self._predictor({step: code}, number, output, place, optional)

    def _predictor(
        self, changes: Changes, key: int | Mistake, output: int | None, place: int, optional: bool
    ) -> Callable[[Case], Any]:
        def predict(case: Case) -> Any:
            memo = key if isinstance(key, int) else id(key), output, place, optional
            if memo not in case.memo:
                try:
                    renames = key.names if isinstance(key, Mistake) else None
                    case.memo[memo] = self.predict(case, changes, output, place, optional, renames)
                except Exception as error:
                    case.memo[memo] = error
            if isinstance(case.memo[memo], Exception):
                raise case.memo[memo]
            return case.memo[memo]

        return predict

    @functools.cached_property
    def _before(self) -> set[str]:
        """The steps that the outputs need."""
        found: set[str] = set()
        waiting = list(self.outputs)
        while waiting:
            name = waiting.pop()
            if name in self.needs and name not in found:
                found.add(name)
                waiting += self.needs[name]
        return found

    @functools.cached_property
    def changes(self) -> list[tuple[str, str, dict[str, str], CodeType]]:
        """Step, phrase, its values, and the changed step."""
        found = []
        for name, value in self.steps.items():
            whole = _whole(name, value)
            for phrase, part, changed in small_changes(value):
                try:
                    code = _compiled(changed)
                except (SyntaxError, ValueError):
                    continue
                found.append((name, phrase, {"step": whole, "part": symbols(part)}, code))
        return found + self._larger_changes()

    def _larger_changes(self) -> list[tuple[str, str, dict[str, str], CodeType]]:
        """Steps that are wrong as a whole, and other quantities in the place of those that belong there."""
        found = []
        arrays = list(dict.fromkeys([*self.subject.array_names(), *self.subject.upstream]))
        for name, value in self.steps.items():
            step = _whole(name, value)
            before = [*arrays, *itertools.takewhile(lambda other, name=name: other != name, self.steps)]  # type: ignore[misc]
            for phrase, part, changed in of_the_whole(value):
                found.append((name, phrase, {"step": step, "part": part}, _compiled(changed)))
            for phrase, part, other, changed in other_names(value, before):
                values = {"step": step, "part": symbols(part), "other": symbols(other)}
                found.append((name, phrase, values, _compiled(changed)))
        return found


def _whole(name: str, value: ast.expr) -> str:
    """A step as it is shown: in full, or its name alone where it is made by a helper."""
    formula = ast.unparse(value)
    return symbols(name) if PRIVATE.search(formula) else f"{symbols(name)} = {symbols(formula)}"


def _compiled(value: ast.expr) -> CodeType:
    return compile(ast.fix_missing_locations(ast.Expression(copy.deepcopy(value))), "step", "eval")


@functools.cache
def _program(subject: Subject) -> Program | None:
    return None if subject.known.steps is None else Program(subject, subject.known.steps)


def program(subject: Subject) -> Program | None:
    """The program of a subject, made once; None where no steps are known."""
    return _program(subject)
