"""Arrays and a description in one ``.npz`` file that verifies itself: no pickling, written whole or not at all.

Beside the arrays there is a member ``about``, the description as JSON with the dtype and shape of every array, and a
member ``digest``, SHA-256 over the description and the bytes of all arrays. ``numpy.load`` reads such a file too.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "nnmem 2"
PARTIAL = ".partial"


class CheckpointError(ValueError):
    """A file that is not what was asked for; the message says what differs."""


def save_arrays(path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write to a temporary name beside the path, then rename: whoever reads the path finds the old file or the new.

    Where the path is a link, the file that it leads to is replaced and the link stays.

    Raises
    ------
    CheckpointError
        The path is a link that leads nowhere, or what is there is no file.
    """
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    text = json.dumps({"format": FORMAT, "arrays": {name: _kind(array) for name, array in arrays.items()}, **about})
    path = _followed(path)
    partial = path.with_name(path.name + PARTIAL)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(partial, "wb") as opened:
            with zipfile.ZipFile(opened, "w") as file:
                for name, array in {"about": text, "digest": _digest(text, arrays), **arrays}.items():
                    with file.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(partial, path)
    except BaseException:  # a full disk is not to stay full
        partial.unlink(missing_ok=True)
        raise


def load_arrays(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what ``save_arrays`` wrote, bit for bit.

    Raises
    ------
    CheckpointError
        The file is cut short, damaged or something else, a link that leads nowhere, or no file, such as a device.
    FileNotFoundError
        There is none.
    """
    arrays = _read(_followed(path))
    try:
        text, digest = str(arrays.pop("about")), str(arrays.pop("digest", ""))
        about = json.loads(text)
        written, listed = about.pop("format"), {**about.pop("arrays", {})}
    except (KeyError, ValueError, AttributeError, TypeError, RecursionError):
        raise CheckpointError(f"{path} is an .npz file, but was not written by nnmem: it has no description") from None
    if written != FORMAT:
        raise CheckpointError(f"{path} has format {written!r}, this version reads {FORMAT!r}")
    found = {name: _kind(array) for name, array in arrays.items()}
    if found != listed:
        differ = sorted(name for name in found.keys() | listed.keys() if found.get(name) != listed.get(name))
        raise CheckpointError(f"{path} is damaged: {', '.join(differ)} not as in its own list")
    if digest != _digest(text, arrays):
        raise CheckpointError(f"{path} is damaged: what it holds is not what was written")
    return about, arrays


def remove_partial(folder: Path) -> None:
    """Remove what runs that were killed in the middle of writing have left in a folder."""
    for left in folder.glob(f"*{PARTIAL}"):
        left.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, np.ndarray]:
    """Return every member; each is read to its end, so that its checksum counts, before numpy sees it."""
    try:
        with open(path, "rb") as opened, zipfile.ZipFile(opened) as file:
            contents = {name.removesuffix(".npy"): file.read(name) for name in file.namelist()}
        return {
            name: np.lib.format.read_array(BytesIO(content), allow_pickle=False) for name, content in contents.items()
        }
    except FileNotFoundError:
        raise
    except Exception as error:  # what is wrong in a file can fail anywhere in zipfile, numpy or the parser of a header
        said = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise CheckpointError(f"{path} cannot be read as .npz, it is cut short or something else ({said})") from None


def _followed(path: Path) -> Path:
    if path.is_symlink() and not path.exists():
        raise CheckpointError(f"{path} is a link to {os.readlink(path)}, which is not there")
    if path.exists() and not path.is_file():  # nobody waits for a pipe, and no device is replaced
        raise CheckpointError(f"{path} is no file that arrays could be in, but a folder, a pipe or a device")
    return path.resolve() if path.is_symlink() else path


def _kind(array: np.ndarray) -> str:
    return f"{array.dtype.str} {array.shape}"


def _digest(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for array in arrays.values():  # names, dtypes and shapes are in the text, in this order
        digest.update(array.tobytes())
    return digest.hexdigest()
