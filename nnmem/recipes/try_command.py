"""``nnmem try NAME [INPUT]``: a trained model on a person's own input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nnmem.recipes.run import table, whole_number
from nnmem.terminal import fail, print_json


def add_try_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; the parser is one without help of its own: ``add_parser("try", add_help=False)``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run_try)
    parser.add_argument("-h", "--help", nargs=0, action=_ListModels, help="show this list of models and exit")
    parser.add_argument("recipe", metavar="NAME", help="see below")
    parser.add_argument("input", metavar="INPUT", nargs="*", help="your own; an example where there is none")
    parser.add_argument("--show", type=whole_number(0), default=0, metavar="N", help="example number N (0)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw where the model looked: .png, .pdf, .svg")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="the model trained with this seed (0)")
    parser.add_argument("--from", type=Path, dest="path", metavar="FILE", help="your own, runs/NAME-seed0/result.npz")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


class _ListModels(argparse.Action):
    """Help that imports the recipes, which no other command needs to do."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        models = [recipe for recipe in table().values() if recipe.load is not None]
        width = max(len(recipe.name) for recipe in models)
        lines = [f"  {recipe.name:<{width}}  {recipe.topic}: {recipe.about}" for recipe in models]
        parser.epilog = "\n".join(["models:", *lines])
        parser.print_help()
        parser.exit()


def run_try(args: argparse.Namespace) -> int:
    """Print what the model answers, draw where it looked; 0 if it could, 1 with one line on standard error if not."""
    from nnmem.recipes.trained import load

    try:
        answer = load(args.recipe, args.seed, args.path).answer(" ".join(args.input) if args.input else None, args.show)
        if args.plot is not None:
            answer.plot().savefig(args.plot)
    except (ValueError, OSError) as error:
        return fail(str(error))
    if args.json:
        print_json(answer.to_json())
        return 0
    for notice in answer.notices:
        print(f"nnmem: {notice}", file=sys.stderr)
    print(answer.text)
    return 0
