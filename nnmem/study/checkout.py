"""Where the notebooks, figures and benchmarks are: in a clone of the repository, not in an installed package."""

from __future__ import annotations

from pathlib import Path


def find_checkout() -> Path:
    """Return the clone that the working directory is in, or else the one that this package is installed from.

    Raises
    ------
    FileNotFoundError
        There is neither.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[2]):
        if (folder / "nnmem" / "cli.py").is_file() and (folder / "notebooks").is_dir():
            return folder
    raise FileNotFoundError(f"no clone of nnmem at or above {here}; clone the repository and run this inside it")
