"""Fact recall on a small scale: its numbers, and its picture."""

import pytest

from nnmem import recipes
from nnmem.nn.training import TrainingError
from nnmem.recipes.structures import fact_recall


def test_it_measures_and_draws(monkeypatch):
    monkeypatch.setattr(fact_recall, "QUESTIONS", 60)
    result = recipes.run("fact-recall", sizes=(400, 900))
    assert [row["facts"] for row in result.metrics] == [400, 400, 900, 900]
    for row in result.metrics:
        if row["topics"]:
            assert row["accuracy_exact_k"] > 0.8 and row["accuracy_clusters"] > row["accuracy_exact_k"] - 0.1
        assert min(row[f"microseconds_{name}"] for name in ("full", "exact_k", "clusters")) > 0
    assert len(result.plot().axes[0].lines) == 3


def test_faiss_stands_beside_and_answers_alike(monkeypatch):
    monkeypatch.setattr(fact_recall, "QUESTIONS", 60)
    result = recipes.run("fact-recall", sizes=(900,), faiss=True)
    for row in result.metrics:
        assert row["accuracy_faiss"] == row["accuracy_clusters"] and row["microseconds_faiss"] > 0
    assert len(result.plot().axes[0].lines) == 4
    monkeypatch.setattr(fact_recall, "find_spec", lambda name: None)
    with pytest.raises(TrainingError, match=r"needs faiss: pip install 'nnmem\[engines\]'"):
        recipes.run("fact-recall", sizes=(900,), faiss=True)
