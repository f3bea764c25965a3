"""Each cell of the table of results is bound to a file, a metric and an aggregation."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnmem.recipes import Result
from nnmem.recipes.run import table
from nnmem.study.docs_tables import with_tables
from nnmem.study.results.results_table import RESULTS, metrics, results_table, written

ROOT = Path(__file__).parents[3]
SAVED = ROOT / "notebooks" / "results"


def rows():
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in results_table(ROOT, "../", False)][2:]


def test_cells_are_the_saved_numbers():
    table = rows()
    hulls = [Result.load(SAVED / f"pointer-hull-seed{seed}.npz").metrics for seed in range(3)]
    groups = "; ".join(", ".join(f"{100 * run[f'accuracy_{n}']:.1f}" for run in hulls) for n in (5, 10))
    assert [own for recipe, _, own, _, _ in table if recipe == "`pointer-hull`"] == [groups]
    worst = max(Result.load(path).metrics["bits_1_20"] for path in SAVED.glob("ntm-copy-seed*.npz"))
    assert next(own for recipe, _, own, _, _ in table if recipe == "`ntm-copy`") == f"{worst:.4f}"
    joint = json.loads((SAVED / "memn2n-joint.json").read_text())["metrics"]
    errors = [row["test_error"] for row in joint]
    shown = [own for recipe, _, own, _, _ in table if "joint" in recipe]
    assert len(errors) == 20 and shown == [f"{np.mean(errors):.1f}"]


def test_a_copy_of_twenty_seeds_counts_those_within_two_bits_and_shows_the_others():
    bits = [Result.load(path).metrics["bits_120"] for path in SAVED.glob("ntm-copy-seed*.npz")]
    own = [own for recipe, _, own, _, _ in rows() if recipe == "`ntm-copy`"][1]
    assert len(bits) == 20
    assert own == f"{sum(b < 2 for b in bits)}; {', '.join(f'{b:.0f}' for b in bits if b >= 2)}"


@pytest.mark.parametrize("name", ["results.md", "results.zh-CN.md"])
def test_two_rows_exchanged_or_a_number_changed_are_seen(name):
    path = ROOT / "docs" / name
    text = path.read_text(encoding="utf-8")
    assert with_tables(text, path, ROOT) == text
    lines = text.splitlines(keepends=True)
    hull, tour = (
        next(i for i, line in enumerate(lines) if recipe in line) for recipe in ("pointer-hull", "pointer-tsp")
    )
    lines[hull], lines[tour] = lines[tour], lines[hull]
    for changed in ("".join(lines), text.replace("0.0082", "0.0032")):
        assert changed != text and with_tables(changed, path, ROOT) == text


def test_both_languages_hold_the_same_numbers():
    english, chinese = (list(results_table(ROOT, "", zh))[2:] for zh in (False, True))
    for a, b in zip(english, chinese, strict=True):
        own = [re.findall(r"[0-9.]+", "".join(line.split("|")[3:5])) for line in (a, b)]
        assert own[0] == own[1] and own[0]


def test_a_group_has_a_number_for_each_seed_or_its_row_says_of_how_many_it_is():
    for line in RESULTS:
        runs = metrics(SAVED, line.saved)
        seeds = 1 if (SAVED / f"{line.saved}.json").exists() else len(runs)
        other = {len(group) for group in line.numbers(runs)} - {seeds}
        assert not other or (other == {1} and re.search("one seed|of twenty seeds", line.what)), line.saved


def test_every_saved_seed_is_in(tmp_path):
    for line in RESULTS:
        if not (SAVED / f"{line.saved}.json").exists():
            assert len(metrics(SAVED, line.saved)) == len(list(SAVED.glob(f"{line.saved}-seed*.npz")))
    for seed in (0, 1, 3):
        (tmp_path / f"run-seed{seed}.npz").write_bytes((SAVED / f"pointer-sort-seed{min(seed, 2)}.npz").read_bytes())
    with pytest.raises(ValueError, match=r"run: seeds .* should be 0, 1, 2 and on without a gap"):
        metrics(tmp_path / "other", "run")


def test_what_is_saved_under_a_recipes_name_is_its_result():
    named = [path for path in SAVED.glob("*.json") if path.stem in table()]
    assert "hopfield-capacity" in {path.stem for path in named}
    assert all(Result(**json.loads(path.read_text(encoding="utf-8"))).recipe == path.stem for path in named)


def test_numbers_keep_the_two_figures_that_count():
    assert [written(x, None) for x in (0, 0.00823, 0.0967, 0.847, 2.47, 9.31, 11.8, 236.2)] == [
        *("0", "0.0082", "0.097", "0.85", "2.5", "9.3", "12", "236"),
    ]
    assert [written(x, 1) for x in (0.0, 6.5, 32.26)] == ["0", "6.5", "32.3"]


def test_what_is_kept_of_recipes_on_babi_was_measured_on_its_own_stories(tmp_path):
    """Without data a recipe generates stories of its own, whose errors compare with nothing."""
    kept = [Result.load(path) for path in SAVED.glob("*-babi-*.npz")]
    assert len(kept) >= 7
    for row in (row for result in kept for row in result.metrics):
        assert row.get("stories", "bAbI") == "bAbI" and row["paper_error"] is not None
    kept[0].metrics[0]["stories"] = "generated"
    kept[0].save(tmp_path / "memnn-babi-seed9" / "result.npz")
    command = [sys.executable, SAVED / "collect.py", tmp_path / "memnn-babi-seed9"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "stories that were generated" in refused.stderr
    assert not (SAVED / "memnn-babi-seed9.npz").exists()
