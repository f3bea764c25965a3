"""``nnmem train NAME``: run a recipe from the command line."""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from nnmem.recipes.run import Recipe, Run, find, start, table, whole_number
from nnmem.terminal import console, fail, print_json, read_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the recipe's name and the help that lists all; what follows the name is read by the recipe's own parser.

    The parser is one without help of its own: ``add_parser("train", add_help=False)``.
    """
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run)
    parser.add_argument("-h", "--help", nargs=0, action=_ListRecipes, help="show this list of recipes and exit")
    parser.add_argument("recipe", metavar="NAME", help="see below")
    parser.add_argument("options", nargs=argparse.REMAINDER, metavar="...", help="--seed, --json, --resume, --out, ...")


class _ListRecipes(argparse.Action):
    """Help that imports the recipes, which no other command needs to do."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        width = max(map(len, table()))
        lines = []
        for topic, recipes in groupby(sorted(table().values(), key=lambda each: each.topic), lambda each: each.topic):
            lines += ["", f"{topic}:", *(f"  {recipe.name:<{width}}  {recipe.about}" for recipe in recipes)]
        parser.epilog = "\n".join([*lines, "", "`nnmem train NAME --help` lists the options of a recipe."])
        parser.print_help()
        parser.exit()


def run(args: argparse.Namespace) -> int:
    """Run the recipe, print its result, save it; 0 if it ended, 1 with one line on standard error if not."""
    from nnmem.nn.checkpoint import CheckpointError
    from nnmem.nn.training import TrainingError

    try:
        recipe = find(args.recipe)
    except ValueError as error:
        return fail(str(error))
    options = _read(recipe, args.options)
    names = ("json", "out", "seed", "resume", "overwrite")
    as_json, out, seed, resume, overwrite = (options.pop(name) for name in names)
    folder = out / f"{recipe.name}-seed{seed}"
    try:
        if resume and not folder.exists():
            print(f"nnmem: there is nothing in {folder} to go on from; the run starts afresh", file=sys.stderr)
        result = start(recipe, Run(seed, folder, resume, True, overwrite), options)
        result.save(folder / "result.npz")
    except (TrainingError, CheckpointError, OSError, MemoryError) as error:
        return fail(str(error))
    except KeyboardInterrupt:
        instead = " instead of --overwrite" if overwrite else ""
        print(f"nnmem: stopped; the same command with --resume{instead} goes on from {folder}", file=sys.stderr)
        return 130
    if as_json:
        print_json(result.to_json())
    else:
        console().print(result)
        print(f"saved in {folder}")
    return 0


def _read(recipe: Recipe, arguments: list[str]) -> dict[str, Any]:
    """Read what stands behind the recipe's name."""
    parser = argparse.ArgumentParser(prog=f"nnmem train {recipe.name}", description=f"{recipe.topic}: {recipe.about}")
    parser.add_argument(
        "--seed", type=whole_number(0, 2**63 - 1), default=0, help="seed of everything that is random (default 0)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on from the checkpoint of a run that was stopped")
    again.add_argument("--overwrite", action="store_true", help="begin anew where there is a run already")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for checkpoints and results (runs)")
    if recipe.options is not None:
        recipe.options(parser)
    return vars(read_arguments(parser, arguments))
