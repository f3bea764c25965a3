"""The table of all models with a memory: what C, M, R and W are in each, drawn from ``models/memory_framework.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nnmem.models.memory_framework import FORMS

HEADINGS = (
    "model",
    "controller C",
    "memory M",
    "reading r = R(m, q)",
    "writing m′ = W(m, q, a)",
    "order",
    "told in training",
)
HEADINGS_ZH = "模型", "控制器 C", "记忆 M", "读取 r = R(m, q)", "写入 m′ = W(m, q, a)", "读写次序", "训练时给出"


def memory_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """A row for each model, the functions of R and W named below what they do."""
    headings = HEADINGS_ZH if chinese else HEADINGS
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for form in FORMS:
        home = f"{up}{form.model.__module__.replace('.', '/')}.py"
        said = form.name, form.controller, form.memory, form.reads, form.writes, form.order, form.supervision
        cells = [(text.zh if chinese else text.en).replace("|", r"\|") for text in said]
        cells[0] = f"[{cells[0]}]({home})"
        for place, function in ((3, form.read), (4, form.write)):
            cells[place] += f" `{function.__name__}`"
        yield f"| {' | '.join(cells)} |"
