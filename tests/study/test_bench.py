"""`nnmem bench` measures what it says, with or without the peers."""

import json
import time

import numpy as np
import pytest

import benchmarks.attention
from nnmem.cli import main
from nnmem.study import bench
from nnmem.study.bench import Race, measure, peak_beyond_results

KEYS = {"case", "peer", "ratio", "nnmem_seconds", "peer_seconds"}


@pytest.fixture
def alone(monkeypatch):
    """No peers, one thread already set, one small group of cases."""
    for name, value in bench.ONE_THREAD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bench, "installed_peers", lambda: ([], ["PyTorch is not installed."]))


def test_the_ratio_is_the_peer_s_time_over_ours():
    def work(seconds):
        """Keep the processor busy; what time passes beside is none of ours."""
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
        time.sleep(0.002)

    runs = {"nnmem": lambda: work(0.002), "torch": lambda: work(0.006)}
    [row] = measure(Race("work", runs), rounds=5)
    assert row.peer == "torch" and row.ratio > 2
    assert row.peer_seconds > row.nnmem_seconds >= 0.002
    assert row.nnmem_seconds < 0.0035, "the processor's time, without the sleep"


def test_memory_is_what_is_allocated_beyond_the_results():
    kept = np.zeros(100_000)

    def run():
        temporary = kept + 1
        return [temporary * 2]

    assert 800_000 <= peak_beyond_results(run) < 900_000


def test_without_peers_it_times_itself_and_says_how_to_install_them(alone, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.attention.SIZES", ((2, 6, 4),))
    assert main(["bench", "attention", "--rounds", "1", "--json"]) == 0
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert len(rows) >= 20
    assert all(set(row) >= KEYS and row["peer"] is None and row["nnmem_seconds"] > 0 for row in rows)
    assert "pip install -e '.[peers]'" in captured.err


def test_intermediates_stay_small():
    attention = [case for case in benchmarks.attention.cases([]) if not case.name.startswith("layer_norm")]
    ratios = {case.name: peak_beyond_results(case.runs["nnmem"]) / case.largest for case in attention}
    assert len(ratios) >= 40 and all(ratio <= 2.5 for ratio in ratios.values()), ratios


def test_an_unknown_group_lists_those_there_are(alone, capsys):
    assert main(["bench", "cooking"]) == 1
    assert "no benchmark cooking; there are attention" in capsys.readouterr().err


def test_pointer_networks_are_timed_too(alone, capsys):
    assert main(["bench", "pointer", "--rounds", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 4 and rows[0]["memory_ratio"] <= 2.5
