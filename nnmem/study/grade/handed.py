"""A class as it comes: files, folders, patterns, and archives of learning platforms, whose names may be in GBK."""

from __future__ import annotations

import csv
import glob
import io
import os
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nnmem.study.grade.judge import MOST_BYTES, MOST_CODE_BYTES, Lost, data_of
from nnmem.study.grade.pupil.handed_in import Told

ENDINGS = (".py", ".ipynb")
MOST_MEMBERS = 20_000
MOST_UNPACKED = 5 * 10**8  # bytes of one archive, which may be of a whole class


class Paper(NamedTuple):
    """One file of a student: where it came from, its bytes, or why there are none."""

    label: str
    data: bytes
    problem: Told | None = None


class Student(NamedTuple):
    """A row of a roster."""

    number: str
    name: str


def papers(given: list[str]) -> list[Paper]:
    """Every homework in these files, folders, patterns and archives, in the order of their names."""
    found: list[Paper] = []
    for text in given:
        there = os.path.exists(text) or not glob.has_magic(text)
        for name in [text] if there else sorted(glob.glob(text, recursive=True)) or [text]:
            found += _papers(Path(name))
    return found


def _papers(path: Path) -> Iterator[Paper]:
    if os.path.isdir(path):
        inside = [p for p in sorted(path.rglob("*")) if p.suffix.lower() in (*ENDINGS, ".zip") and p.is_file()]
        inside = [p for p in inside if not {".ipynb_checkpoints", "__pycache__", "__MACOSX"} & set(p.parts)]
        if not inside:
            yield Paper(str(path), b"", ("there is no Python file, notebook or archive in this folder", {}))
        for one in inside:
            yield from _papers(one)
        return
    try:
        if path.suffix.lower() == ".zip" and path.is_file():
            size = 0
            for paper in _members(str(path), path.read_bytes()):
                if (size := size + len(paper.data)) > MOST_UNPACKED:
                    raise Lost("it has {size} MB, far too much for homework", size=f">{MOST_UNPACKED / 10**6:g}")
                yield paper
        else:
            yield Paper(str(path), data_of(path))
    except Lost as lost:
        yield Paper(str(path), b"", lost.told)
    except OSError as error:
        yield Paper(str(path), b"", ("it cannot be read: {message}", {"message": str(error.strerror)}))


def _members(label: str, data: bytes, depth: int = 0) -> Iterator[Paper]:
    """The homework in an archive, and in archives inside of it."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        yield Paper(label, b"", ("it is no zip archive that can be read", {}))
        return
    count = 0
    for member in members[:MOST_MEMBERS]:
        name = _name(member)
        ending = PurePosixPath(name).suffix.lower()
        hidden = PurePosixPath(name).name.startswith(".") or "__MACOSX" in name or ".ipynb_checkpoints" in name
        if member.is_dir() or hidden or ending not in (*ENDINGS, ".zip"):
            continue
        count += 1
        inner = f"{label}/{name}"
        most = MOST_BYTES.get(ending, MOST_CODE_BYTES) if ending != ".zip" else 10**8
        try:
            with archive.open(member) as stream:
                content = stream.read(most + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
            yield Paper(inner, b"", ("it cannot be read from the archive", {}))
            continue
        except Exception as error:  # a broken stream may raise its decompressor's own error
            yield Paper(inner, b"", ("it cannot be read: {message}", {"message": type(error).__name__}))
            continue
        if len(content) > most:
            yield Paper(inner, b"", ("it has {size} MB, far too much for homework", {"size": f">{most / 10**6:g}"}))
        elif ending == ".zip":
            if depth < 2:
                yield from _members(inner, content, depth + 1)
        else:
            yield Paper(inner, content)
    if not count:
        yield Paper(label, b"", ("there is no Python file or notebook in this archive", {}))


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name: in UTF-8 if it says so, else in UTF-8 or GBK as it fits."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def normal(number: str) -> str:
    """A student's number as it counts: full-width digits are digits, small letters capitals, nothing around it."""
    return unicodedata.normalize("NFKC", number).strip().upper()


def number_in(label: str, roster: dict[str, Student]) -> str:
    """The student's number in a file's or folder's name: one of the roster, or else a row of five digits or more."""
    text = normal(label)
    parts = re.split(r"[/\\]", text)[::-1]
    for part in parts:
        for number in roster:
            if re.search(rf"(?<![0-9A-Z]){re.escape(number)}(?![0-9])", part):
                return number
    for part in parts[:3]:
        if found := re.search(r"(?<!\d)[A-Z]{0,3}\d{5,}", part):
            return found.group()
    return ""


def read_roster(path: Path) -> dict[str, Student]:
    """Numbers and names of a class from a CSV file: the column that a header names, or the first with numbers."""
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError(f"{path} is in no encoding that is known: save it as UTF-8")
    dialect = "\t" if "\t" in text.split("\n")[0] else ";" if ";" in text.split("\n")[0] else ","
    try:
        reader = csv.reader(io.StringIO(text, ""), delimiter=dialect)
        numbered = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise ValueError(f"{path} is no table of a row for each student ({error})") from None
    numbered = [(line, row) for line, row in numbered if any(row)]
    rows = [row for _, row in numbered]
    if not rows:
        raise ValueError(f"{path} is empty; it should have a row for each student: number, name")
    heads = [head.lower() for head in rows[0]]
    at = next(
        (i for i, h in enumerate(heads) if h in ("学号", "number", "student", "id", "student number", "student id")),
        None,
    )
    if at is None:
        at = next((i for i, cell in enumerate(rows[0]) if re.search(r"\d", cell)), 0)
    else:
        numbered = numbered[1:]
    name_at = next((i for i, h in enumerate(heads) if h in ("姓名", "name")), 1 if at == 0 else 0)
    found: dict[str, Student] = {}
    lines: dict[str, int] = {}
    for line, row in numbered:
        if at < len(row) and (number := normal(row[at].lstrip("'"))):
            if number in found:
                raise ValueError(f"{path}: number {number} stands there twice, in lines {lines[number]} and {line}")
            lines[number] = line
            found[number] = Student(number, row[name_at] if name_at < len(row) and name_at != at else "")
    if not found:
        raise ValueError(f"{path} has no student numbers")
    return found
