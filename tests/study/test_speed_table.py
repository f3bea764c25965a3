"""The tables of speed are the committed output of ``nnmem bench``."""

import json
from pathlib import Path

import pytest

from nnmem.study.docs_tables import with_tables
from nnmem.study.speed_table import STEPS, speed_table, steps_table

ROOT = Path(__file__).parents[2]


def saved(tmp_path, group, *rows):
    folder = tmp_path / "benchmarks" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    keys = ("case", "peer", "ratio")
    (folder / f"{group}.json").write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))


def test_a_ratio_stands_at_its_pair_peer_and_size(tmp_path):
    saved(
        tmp_path,
        "attention",
        ("dot_score (32, 64, 64)", "torch", 6.49),
        ("dot_score (32, 64, 64)", "jax", 1.64),
        ("soft_attention dot (8, 512, 64)", "torch sdpa", 0.96),
    )
    head, _, dot, soft = speed_table(tmp_path, "", False)
    at = [cell.strip() for cell in head.split("|")]
    assert [c.strip() for c in dot.split("|")][at.index("PyTorch (32, 64, 64)")] == "6.5"
    assert [c.strip() for c in dot.split("|")][at.index("JAX (32, 64, 64)")] == "1.6"
    assert [c.strip() for c in soft.split("|")][at.index("SDPA (8, 512, 64)")] == "1.0"
    assert dot.startswith("| `dot_score` |") and soft.startswith("| `soft_attention` dot |")
    assert sum(bool(c.strip()) for c in soft.split("|")[2:]) == 1


def test_a_step_has_a_line(tmp_path):
    for group in STEPS:
        saved(
            tmp_path, group, (f"{group} one", "torch", 1.25), (f"{group} one", "jax", 0.5), (f"{group} two", "torch", 3)
        )
    lines = list(steps_table(tmp_path, "", False))[2:]
    assert (
        lines[0] == "| pointer one | 1.2 | 0.5 |"
        and lines[1] == "| pointer two | 3.0 |  |"
        and len(lines) == 2 * len(STEPS)
    )


@pytest.mark.parametrize("name", ["speed.md", "speed.zh-CN.md"])
def test_a_number_changed_is_seen(name):
    path = ROOT / "docs" / name
    text = path.read_text(encoding="utf-8")
    assert with_tables(text, path, ROOT) == text
    line = next(line for line in text.splitlines() if line.startswith("| `dot_score`"))
    changed = text.replace(line, line.replace(".", ".9", 1))
    assert changed != text and with_tables(changed, path, ROOT) == text
