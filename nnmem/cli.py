# PYTHON_ARGCOMPLETE_OK
"""The ``nnmem`` command. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from nnmem.nn.one_thread import start_again_in_one_thread
from nnmem.recipes.ask_command import add_ask_arguments
from nnmem.recipes.command import add_arguments as add_train_arguments
from nnmem.recipes.try_command import add_try_arguments
from nnmem.study.grade.grade_command import add_grade_arguments, add_homework_arguments, run_grade, run_homework
from nnmem.terminal import AnyOrder, console, fail, print_json, read_arguments
from nnmem.version import __version__

GROUPS = (  # the files of benchmarks/, named for the help
    "attention", "connections", "encoder", "hopfield", "memn2n", "memory_qa", "ntm", "pictures", "pointer", "sequences",
    "structures",
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 only if everything held."""
    if sys.stdout is None:  # closed by whoever started this
        return fail("there is no standard output to write to")
    try:
        code = _command(argv)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("nnmem: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _forget(sys.stdout)
        return 141
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        _forget(sys.stdout)
        return fail(f"the output cannot be written: {error.strerror}")


def _command(argv: list[str] | None) -> int:
    """Read the command line and do what it says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")  # a terminal that knows no Greek gets question marks
            else:
                stream.reconfigure(encoding="utf-8", errors="replace")  # files and pipes, whatever the locale says
    parser = _parser()
    _complete(parser)
    args = read_arguments(parser, argv)
    if args.run is None:
        parser.print_help(sys.stderr)
        return 2
    if args.command == "train" and argv is None:
        start_again_in_one_thread()
    return args.run(args)


def _parser() -> argparse.ArgumentParser:
    """The command line: a command, and what that takes."""
    parser = argparse.ArgumentParser(
        prog="nnmem",
        description="Attention and memory, formulas 8.1 to 8.24: computed, checked, drawn and trained.",
    )
    parser.add_argument("--version", action="version", version=f"nnmem {__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=AnyOrder)

    check = commands.add_parser("check", help="compare every gradient with three oracles")
    check.add_argument("equations", nargs="*", metavar="NUMBER", help="8.2, or a function's name; all if none is given")

    eq = commands.add_parser("eq", help="show a formula, its meaning, its functions and its notebook")
    eq.add_argument(
        "equations", nargs="*", metavar="NUMBER", help="8.2, a function, or words in English or Chinese; a list if none"
    )
    eq.add_argument("--lang", choices=("en", "zh"), help="one language alone; both if not given")

    chapter = commands.add_parser("chapter", help="run every check, every figure and every notebook")
    chapter.add_argument("--quick", action="store_true", help="small sizes, leaving committed outputs as they are")

    bench = commands.add_parser("bench", help="time every pair beside PyTorch and JAX")
    bench.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; all if none is given")
    bench.add_argument("--rounds", type=int, default=30, help="interleaved rounds a case (default 30)")

    train = commands.add_parser("train", help="run a recipe: train a model, score it, save it", add_help=False)
    add_train_arguments(train)

    add_try_arguments(commands.add_parser("try", help="a trained model on your own input", add_help=False))
    add_ask_arguments(commands.add_parser("ask", help="a question about your own story, to a trained memory network"))

    copy = commands.add_parser("copy", help="print a function's standalone source: numpy alone, helpers included")
    copy.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="a function, a pair, an equation or a model: dot_score, 8.4, NTM, MemN2N, PointerNetwork, lstm",
    )
    copy.add_argument("--check", action="store_true", help="add a part that checks the gradients when it is run")

    homework = commands.add_parser("homework", help="write a blank to fill in: nnmem homework 8.2 --out hw.py")
    add_homework_arguments(homework)
    grade = commands.add_parser("grade", help="grade homework, each file in a process of its own")
    add_grade_arguments(grade)

    docs = commands.add_parser("docs", help="check what is derived from the index: tables in READMEs and docs/")
    docs.add_argument("--write", action="store_true", help="write them")

    runs = (
        (check, _check),
        (eq, _eq),
        (chapter, _chapter),
        (bench, _bench),
        (copy, _copy),
        (homework, run_homework),
        (grade, run_grade),
        (docs, _docs),
    )
    for command, run in runs:
        command.add_argument("--json", action="store_true", help="print JSON for machines")
        command.set_defaults(run=run)
    return parser


def _complete(parser: argparse.ArgumentParser) -> None:
    """Let the shell complete commands and options, where argcomplete is installed and asked for."""
    if "_ARGCOMPLETE" in os.environ:
        with suppress(ImportError):
            import argcomplete

            argcomplete.autocomplete(parser)


def _forget(stream: TextIO) -> None:
    """Send what a stream still holds to nowhere, so that no second failure follows when Python closes it."""
    with suppress(OSError, ValueError):  # a stream without a file of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _unknown(names: Iterable[str]) -> str | None:
    """Return a message about the equations and functions that are not in the index, or None."""
    from nnmem.study.index.lookup import EQUATIONS, about, named

    missing = [name for name in names if not named([name])]
    if not missing:
        return None
    if near := dict.fromkeys(function for name in missing for e in about(name) for function in e.functions):
        return f"no equation {', '.join(missing)}; did you mean {', '.join(near)}?"
    there = dict.fromkeys(equation.number for equation in EQUATIONS)
    return f"no equation {', '.join(missing)}; there are {', '.join(there)} and the functions that nnmem eq lists"


def _check(args: argparse.Namespace) -> int:
    from nnmem.study.check.formulas import check_formulas
    from nnmem.study.check.report import show_check

    if message := _unknown(args.equations):
        return fail(message)
    if args.json:
        rows = list(check_formulas(args.equations))
        print_json([row._asdict() for row in rows])
    else:
        rows = show_check(args.equations, console())
    return 0 if all(row.ok for row in rows) else 1


def _eq(args: argparse.Namespace) -> int:
    from nnmem.study.check.report import show_equation, show_index
    from nnmem.study.index.lookup import about, named

    message = _unknown(args.equations)
    chosen = about(" ".join(args.equations)) if message else named(args.equations)
    if not chosen:
        return fail(str(message))
    if args.json:
        print_json([equation._asdict() for equation in chosen])
    else:
        with console() as shown:  # in one piece
            if args.equations and not (message and len(chosen) > 1):
                for equation in chosen:
                    show_equation(equation, shown, args.lang)
            else:
                show_index(chosen, shown, args.lang)
    return 0


def _chapter(args: argparse.Namespace) -> int:
    from nnmem.study.chapter import run_chapter

    return run_chapter(quick=args.quick, as_json=args.json)


def _bench(args: argparse.Namespace) -> int:
    from nnmem.study.bench import run_bench

    return run_bench(args.groups, args.rounds, as_json=args.json)


def _copy(args: argparse.Namespace) -> int:
    from nnmem.study.copy.copying import run_copy

    return run_copy(args.names, args.check, as_json=args.json)


def _docs(args: argparse.Namespace) -> int:
    from nnmem.study.docs_tables import run_docs

    return run_docs(args.write, as_json=args.json)
