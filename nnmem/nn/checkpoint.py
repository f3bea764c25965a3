"""Arrays and a description in one ``.npz`` file, without pickling, written whole or not at all."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "nnmem 1"


class CheckpointError(ValueError):
    """A file that is not what was asked for; the message says what differs."""


def save_arrays(path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write to a temporary name beside the path, then rename: whoever reads the path finds the old file or the new."""
    text = json.dumps({"format": FORMAT, **about})
    partial = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(partial, "wb") as file:
        np.savez(file, allow_pickle=False, **{"about": np.array(text), **arrays})
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def load_arrays(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what ``save_arrays`` wrote.

    Raises
    ------
    CheckpointError
        The file is cut short, damaged or something else.
    FileNotFoundError
        There is none.
    """
    try:
        with open(path, "rb") as opened:
            if not zipfile.is_zipfile(opened):
                raise zipfile.BadZipFile("it is no zip file")
            opened.seek(0)
            with np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, TypeError) as error:
        raise CheckpointError(f"{path} cannot be read as .npz, it is cut short or something else ({error})") from None
    try:
        about = json.loads(str(arrays.pop("about")))
        written = about.pop("format")
    except (KeyError, ValueError, AttributeError, TypeError):
        raise CheckpointError(f"{path} is an .npz file, but was not written by nnmem: it has no description") from None
    if written != FORMAT:
        raise CheckpointError(f"{path} has format {written!r}, this version reads {FORMAT!r}")
    return about, arrays
