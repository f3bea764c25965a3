"""An entry of the index of equations."""

from __future__ import annotations

from typing import NamedTuple


class Equation(NamedTuple):
    """One formula of the chapter; formulas without a number stand under that of their section."""

    number: str
    section: str
    title: str
    title_zh: str
    formula: str
    meaning: str
    meaning_zh: str
    functions: tuple[str, ...]
    notebook: str
