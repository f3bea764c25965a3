"""What every command prints with: one console, one style of tables and progress bars, JSON, one-line failures."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table


def console(stderr: bool = False) -> Console:
    """Return a console of at most 100 columns, coloured only on a terminal."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:  # what the commands that print without it do
            raise BrokenPipeError

    measured = Console(stderr=stderr)
    width = min(measured.width, 100) if measured.is_terminal else 100
    return Quiet(stderr=stderr, highlight=False, width=width)


def table(*columns: str, right: Iterable[str] = (), whole: Iterable[str] = ()) -> Table:
    """Return an empty table; the columns named in ``right`` hold numbers, those in ``whole`` are never broken."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    new = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        new.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=column in whole)
    return new


def progress(console: Console) -> Progress:
    """Return a progress bar that counts and vanishes when it is done; silent where there is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<30}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def json_text(value: Any) -> str:
    """JSON; a number that is not finite becomes null, as JSON has none."""
    return json.dumps(_finite(value), ensure_ascii=False, indent=1)


def print_json(value: Any) -> None:
    """Print JSON."""
    print(json_text(value))


def read_arguments(parser: argparse.ArgumentParser, given: list[str] | None) -> argparse.Namespace:
    """Read a command line, and say what argparse would; a help that cannot be written is an OSError.

    argparse itself is silent where its help or version goes nowhere.
    """
    shown = io.StringIO()
    try:
        with redirect_stdout(shown):
            return parser.parse_args(given)
    except SystemExit:
        sys.stdout.write(shown.getvalue())
        sys.stdout.flush()
        raise


class AnyOrder(argparse.ArgumentParser):
    """A parser that takes names behind and between options too: ``nnmem try NAME --plot FILE INPUT``.

    What stands behind ``--`` is no option, whatever it begins with.
    """

    _reading = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._reading or any(action.nargs == argparse.REMAINDER for action in self._actions):
            return super().parse_known_args(args, namespace)
        if "--" in args:
            at = args.index("--")
            args = [*args[:at], *map(_NoOption, args[at + 1 :])]
        self._reading = True  # what follows comes back here
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._reading = False

    def _parse_optional(self, arg_string: str) -> Any:
        return None if isinstance(arg_string, _NoOption) else super()._parse_optional(arg_string)


class _NoOption(str):
    """An argument that stands behind ``--``."""


def filled(text: str) -> str:
    """Read a text that is not empty, for the ``type`` of an argparse argument."""
    if not text.strip(" ,"):
        raise argparse.ArgumentTypeError("is empty")
    return text


def fail(message: str) -> int:
    """Say in one line what to do next, and return the exit code of a failure."""
    print(f"nnmem: {message}", file=sys.stderr)
    return 1


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which of the names are most like one that there is not, or all of them if none is."""
    import difflib

    known = {each.lower(): each for each in names}
    alike = difflib.get_close_matches(name.lower(), known) or [each for each in known if name.lower() in each]
    if alike:
        return f"did you mean {' or '.join(known[each] for each in alike[:3])}?"
    return f"there are {', '.join(known.values())}"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not abs(value) < float("inf") else value
