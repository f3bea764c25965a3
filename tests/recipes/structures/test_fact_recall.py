"""Fact recall on a small scale: its numbers, and its picture."""

import itertools

import numpy as np
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


def test_a_question_is_timed_and_every_way_is_asked_the_same(monkeypatch):
    """A clock that goes on by a second at each look: 15 questions to choose the strength on, 45 to be timed."""
    clock, asked = itertools.count(100.0), []
    monkeypatch.setattr(fact_recall, "CHOOSING", 15)
    monkeypatch.setattr(fact_recall, "QUESTIONS", 45)
    monkeypatch.setattr(fact_recall.time, "process_time", lambda: float(next(clock)))
    real = fact_recall.accuracy_and_microseconds

    def spy(known, read, beta, part):
        found = real(known, read, beta, part)
        labels = [int(np.argmax(known.codes @ read(q, beta))) for q in known.questions[part]]
        assert found[0] == pytest.approx(np.mean(labels == known.answers[part]))
        asked.append((beta, len(labels), found))
        return found

    monkeypatch.setattr(fact_recall, "accuracy_and_microseconds", spy)
    result = recipes.run("fact-recall", seed=3, sizes=(900,))
    some, none = result.metrics
    assert (some["facts"], some["topics"], none["topics"]) == (900, 30, 0) and some["cluster_seconds"] == 1
    for i, name in enumerate(("full", "exact_k", "clusters")):
        *choosing, (beta, count, (accuracy, microseconds)) = asked[5 * i : 5 * i + 5]
        assert [(b, n) for b, n, _ in choosing] == [(b, 15) for b in fact_recall.BETAS] and count == 45
        best = max(share for _, _, (share, _) in choosing)
        assert beta == next(b for b, _, (share, _) in choosing if share == best), "the first of equals"
        assert some[f"accuracy_{name}"] == accuracy and some[f"microseconds_{name}"] == microseconds == 1e6 / 45
    assert some["times_cheaper"] == 1 and 0 <= result.seconds < 300 and result.seed == 3
