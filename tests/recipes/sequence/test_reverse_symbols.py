"""The reversal recipe: what is asked for, a short run, and resuming."""

import numpy as np

from nnmem import recipes
from nnmem.nn.decoding import Decoded
from nnmem.recipes.sequence import reverse_symbols
from nnmem.recipes.sequence.reverse_symbols import KINDS, MODEL, backwards, right


def test_the_symbols_are_asked_for_from_the_last_to_the_first(rng):
    batch = backwards(rng, 5, 7)
    assert batch.source.max() < KINDS and (batch.targets[:, -1] == 0).all() and batch.mask.all()
    for read, written in zip(batch.source, batch.targets, strict=True):
        assert [*written[:-1]] == [symbol + 1 for symbol in reversed(read)]


def test_a_sequence_is_right_if_it_ends_where_it_should(rng, monkeypatch):
    batch = backwards(rng, 4, 3)
    written = batch.targets.copy()
    written[1, 1] = 0  # ends too early
    written[2, 0] = written[2, 0] % KINDS + 1  # one symbol is wrong
    written[3, -1] = 1  # does not end

    def translate(model, params, source, limit):
        indices = np.where(np.cumprod(written > 0, axis=1) > 0, written, -1)
        return Decoded(indices, (indices >= 0).sum(axis=1), np.zeros(4), np.zeros((4, 4, 3)))

    monkeypatch.setattr(reverse_symbols, "translate", translate)
    assert right(MODEL, None, batch) == (0.25, 9 / 12)


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(reverse_symbols, "TESTED", 4)
    monkeypatch.setattr(reverse_symbols, "BATCH", 4)
    whole = recipes.run("reverse-symbols", steps=3)
    assert {f"{what}_16{end}" for what in ("exact", "symbols") for end in ("", "_without_attention")} < set(
        whole.metrics
    )
    recipes.run("reverse-symbols", steps=3, out=tmp_path)
    again = recipes.run("reverse-symbols", steps=3, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())
