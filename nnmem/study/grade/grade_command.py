"""``nnmem homework`` and ``nnmem grade`` on the command line; the desk itself is imported when it is wanted."""

from __future__ import annotations

import argparse

from nnmem.terminal import filled


def add_homework_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what ``nnmem homework`` takes."""
    command.add_argument(
        "names", nargs="+", type=filled, metavar="NUMBER", help="equations or functions: 8.2 dot_score"
    )
    command.add_argument(
        "--notebook", nargs="?", const="nbgrader", choices=("nbgrader", "otter"),
        help="a notebook: a source assignment for nbgrader, or for otter",
    )  # fmt: skip
    command.add_argument("--seeded", type=filled, metavar="STUDENT", help="questions with numbers of the student's own")
    command.add_argument(
        "--seeded-from", type=filled, metavar="LIST.csv", help="the same for a class: a file each, into --out DIR"
    )
    command.add_argument("--answers", action="store_true", help="for the teacher: the answers to these questions")
    _file_arguments(command)


def add_grade_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what ``nnmem grade`` takes."""
    command.add_argument(
        "files", nargs="+", type=filled, metavar="FILE", help="files, notebooks, folders, patterns, zip archives"
    )
    command.add_argument(
        "--homework", action="append", type=filled, metavar="NUMBER", default=[],
        help="what was set, such as 8.2 or 8.2,8.4; again for more; the rest is not graded",
    )  # fmt: skip
    command.add_argument(
        "--roster", type=filled, metavar="LIST.csv", help="the class: numbers are checked, the missing listed"
    )
    command.add_argument("--seeded", action="store_true", help="demand the student's number and the answers")
    command.add_argument("--show-answers", action="store_true", help="print the right answers beside wrong ones")
    command.add_argument("--no-copies", action="store_true", help="the library's own source counts nothing")
    command.add_argument("--csv", action="store_true", help="print a row of CSV for each student")
    _file_arguments(command)


def _file_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", "-o", type=filled, metavar="FILE", help="write there, in UTF-8, whatever the terminal's encoding"
    )
    command.add_argument("--lang", choices=("en", "zh"), help="language; that of the locale if not given")


def run_homework(args: argparse.Namespace) -> int:
    """Write blanks."""
    from nnmem.study.grade.homework import write_homework
    from nnmem.study.grade.phrases import language

    with language(args.lang):
        return write_homework(
            args.names, args.notebook, args.seeded, args.seeded_from, args.answers, args.out, as_json=args.json
        )


def run_grade(args: argparse.Namespace) -> int:
    """Grade what was handed in."""
    from nnmem.study.grade.gradebook import grade_files
    from nnmem.study.grade.judge import ended_together
    from nnmem.study.grade.phrases import language

    homework = [name for text in args.homework for name in text.split(",") if name]
    with language(args.lang), ended_together():
        return grade_files(
            args.files, homework, args.json, args.csv, args.out, args.roster, args.seeded, args.no_copies,
            args.show_answers,
        )  # fmt: skip
