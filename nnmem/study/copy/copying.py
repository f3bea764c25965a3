"""The command ``nnmem copy``."""

from __future__ import annotations

import json
import sys

from nnmem.study.copy.sources import CannotCopy
from nnmem.study.copy.standalone import standalone
from nnmem.terminal import console, fail


def run_copy(names: list[str], check: bool, as_json: bool) -> int:
    """Print a standalone source: coloured on a terminal, plain in a pipe."""
    try:
        source = standalone(names, check)
    except CannotCopy as error:
        return fail(str(error))
    out = console()
    if as_json:
        json.dump({"names": names, "source": source}, sys.stdout, ensure_ascii=False)
        print()
    elif out.is_terminal:
        from rich.syntax import Syntax

        out.print(Syntax(source, "python", theme="ansi_dark").highlight(source), soft_wrap=True)
    else:
        print(source, end="")
    return 0
