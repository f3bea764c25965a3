"""Functions in a file whose names are nearly the chapter's: which name each should have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from nnmem.study.grade.judge import word
from nnmem.study.grade.pupil.handed_in import OWN

MOST_NAMES = 50  # of a file that are looked at
ALIKE = 0.85


def misnamed(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return, by the names that are known, those of a file that were perhaps meant."""
    bare = {_bare(name): name for name in known}
    found: dict[str, str] = {}
    for name in [str(n)[:80] for n in names if str(n).removeprefix(OWN) not in bare.values()][:MOST_NAMES]:
        own = _bare(name)
        inside = sorted((each for each in bare if each in own), key=len)
        if near := inside[-1:] or difflib.get_close_matches(own, bare, 1, ALIKE):
            found.setdefault(bare[near[0]], word(name))
    return found


def _bare(name: str) -> str:
    return name.lower().removeprefix(OWN).replace("_", "")
