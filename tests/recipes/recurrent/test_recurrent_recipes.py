"""The recipes of memory in the connections on a small scale: they run, resume to the same numbers, and know theory."""

import json

import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.recipes import Run
from nnmem.recipes.recurrent import (
    associative_lstm_copy,
    complex_denoising,
    fast_weights_retrieval,
    redundant_copies_noise,
)
from nnmem.tasks.associative_retrieval import retrievals, spelt
from nnmem.tasks.complex_signals import sinusoids

METRICS = {
    "fast-weights": {"accuracy", "lstm_accuracy", "irnn_accuracy", "hidden"},
    "associative-lstm": {
        "accuracy_10",
        "lstm_accuracy_10",
        "lstm_accuracy_10_same_seconds",
        "steps",
        "lstm_steps_same_seconds",
    },
    "complex-denoising": {
        "nmse_modrelu",
        "nmse_crelu",
        "nmse_zrelu",
        "nmse_real",
        "nmse_input",
        "nmse_fourier",
    },
}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(associative_lstm_copy, "TEST", 20)
    monkeypatch.setattr(complex_denoising, "TEST", 50)
    for name, size in (("TRAINING", 2000), ("VALIDATION", 30), ("TEST", 300), ("WATCHED", 2)):
        monkeypatch.setattr(fast_weights_retrieval, name, size)


@pytest.mark.parametrize("name", METRICS)
def test_a_few_steps_from_the_command_line_and_again_from_the_checkpoint(name, tmp_path, capsys):
    command = ["train", name, "--seed", "3", "--steps", "3", "--json", "--out", str(tmp_path)]
    shown = []
    for more in ([], ["--resume"]):
        assert main(command + more) == 0
        shown.append(json.loads(capsys.readouterr().out))
    assert shown[0]["metrics"] == shown[1]["metrics"]
    assert shown[0]["metrics"].keys() == METRICS[name] and shown[0]["steps"] == 3
    assert all(np.isfinite(value) for value in shown[0]["metrics"].values())


def test_no_test_sequence_is_among_those_of_training():
    training, validation, test = fast_weights_retrieval.sequences(3)
    assert [part.symbols.shape for part in (training, validation, test)] == [(11, 2000), (11, 30), (11, 300)]
    known, *others = ({spelt(column) for column in part.symbols.T} for part in (training, validation, test))
    assert not known & set.union(*others)


def test_one_of_training_that_is_drawn_again_is_left_out(monkeypatch):
    draws = [retrievals(np.random.default_rng(seed), 2000) for seed in (0, 1)]
    draws[1].symbols[:, :50], draws[1].answers[:50] = draws[0].symbols[:, :50], draws[0].answers[:50]
    monkeypatch.setattr(fast_weights_retrieval, "retrievals", lambda rng, batch: draws.pop(0))
    first = draws[1].symbols[:, 50]
    _, validation, _ = fast_weights_retrieval.sequences(0)
    np.testing.assert_array_equal(validation.symbols[:, 0], first)


def test_the_ablation_changes_one_thing_at_a_time():
    result = recipes.run("fast-weights-ablation", steps=2)
    rows = [{k: v for k, v in row.items() if k != "accuracy"} for row in result.metrics]
    assert [sum(row[k] != rows[0][k] for k in row) for row in rows] == [0, 1, 1, 1, 1]
    assert all(0 <= row["accuracy"] <= 1 for row in result.metrics)


def test_the_curves_are_drawn():
    result = recipes.run("fast-weights", steps=4)
    assert len(result.history["accuracy"]) == 2 and len(result.plot().axes[0].lines) == 3


def test_the_noise_of_copies_is_what_theory_says(rng):
    for copies, entries, pairs in ((1, 30, 5), (4, 30, 5), (4, 120, 10)):
        found = redundant_copies_noise.noise(rng, copies, entries, pairs)
        assert found["noise"] == pytest.approx(found["theory"], abs=5 * found["error"])
    assert redundant_copies_noise.theory(1, 30, 5) == 4


def test_the_copies_recipe_measures_noise_and_trains(monkeypatch):
    monkeypatch.setattr(redundant_copies_noise, "ENTRIES", (120,))
    monkeypatch.setattr(redundant_copies_noise, "COPIES", (1, 2))
    result = recipes.run("redundant-copies", steps=2)
    assert len(result.metrics) == 1 * 4 * 2 + 2
    assert all(0 <= row["accuracy_10"] <= 1 for row in result.metrics if "accuracy_10" in row)
    assert len(result.plot().axes) == 2


def test_nmse_of_nothing_at_all_is_one_and_of_the_clean_signal_zero(rng):
    signals = sinusoids(rng, 30)
    zero = np.zeros_like(signals.clean_re)
    assert complex_denoising.nmse(zero, zero, signals) == pytest.approx(1)
    assert complex_denoising.nmse(signals.clean_re, signals.clean_im, signals) == 0
    kept = complex_denoising.fourier(signals, 0.0)
    np.testing.assert_allclose(kept, (signals.noisy_re, signals.noisy_im), atol=1e-6)
    assert complex_denoising.nmse(*complex_denoising.fourier(signals, 3.0), signals) < 0.05


def test_the_associative_lstm_learns_to_copy_a_symbol(monkeypatch):
    monkeypatch.setattr(associative_lstm_copy, "LONGEST", 1)
    monkeypatch.setattr(associative_lstm_copy, "TEST", 200)
    model = associative_lstm_copy.AssociativeLSTM(10, 8, 20)
    params, _ = associative_lstm_copy.train("associative", model, 150, Run())
    assert associative_lstm_copy.accuracy(model, params, 1) > 0.8
