"""``nnmem train NAME``: run a recipe from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nnmem.recipes import RECIPES, find
from nnmem.recipes.whole_numbers import whole_number
from nnmem.terminal import console, fail, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the recipe's name; what follows it is read by the recipe's own parser."""
    width = max(map(len, RECIPES))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "recipes:\n" + "\n".join(f"  {name:<{width}}  {recipe.about}" for name, recipe in RECIPES.items())
    parser.epilog += "\n\n`nnmem train NAME --help` lists the options of a recipe."
    parser.set_defaults(run=run)
    parser.add_argument("recipe", metavar="NAME", help="see below")
    parser.add_argument("options", nargs=argparse.REMAINDER, metavar="...", help="--seed, --json, --resume, --out, ...")


def run(args: argparse.Namespace) -> int:
    """Run the recipe, print its result, save it; 0 if it ended, 1 with one line on standard error if not."""
    from nnmem.nn.checkpoint import CheckpointError
    from nnmem.nn.training import TrainingError

    try:
        module = find(args.recipe)
    except ValueError as error:
        return fail(str(error))
    parser = argparse.ArgumentParser(prog=f"nnmem train {args.recipe}", description=RECIPES[args.recipe].about)
    parser.add_argument("--seed", type=whole_number(0), default=0, help="seed of everything that is random (default 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint of a run that was stopped")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for checkpoints and results (runs)")
    if hasattr(module, "add_arguments"):
        module.add_arguments(parser)
    options = vars(parser.parse_args(args.options))
    as_json, out = options.pop("json"), options.pop("out")
    folder = out / f"{args.recipe}-seed{options['seed']}"
    if options["resume"] and not folder.exists():
        print(f"nnmem: there is nothing in {folder} to go on from; the run starts afresh", file=sys.stderr)
    try:
        result = module.run(out=folder, bar=True, **options)
        result.save(folder / "result.npz")
    except (TrainingError, CheckpointError, OSError) as error:
        return fail(str(error))
    except KeyboardInterrupt:
        print(f"nnmem: stopped; the same command with --resume goes on from {folder}", file=sys.stderr)
        return 130
    if as_json:
        print_json(result.to_json())
    else:
        console().print(result)
        print(f"saved in {folder}")
    return 0
