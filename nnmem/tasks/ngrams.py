"""Dynamic N-grams (动态 N 元预测): bits from a random table, and the best that anyone can predict of them.

Graves et al. 2014, section 4.4. The table gives, for each context of the last ``order`` bits, the probability of a 1,
drawn from Beta(1/2, 1/2) for every sequence anew.
"""

from __future__ import annotations

import numpy as np

from nnmem.tasks.algorithms import Episodes

BITS, ORDER = 200, 5


def ngrams(rng: np.random.Generator, batch: int, bits: int = BITS, order: int = ORDER) -> Episodes:
    """Bits and at each step the bit that follows; X has one channel, T = bits − 1, the first ``order`` − 1 unasked."""
    if bits <= order:
        raise ValueError(f"ngrams: bits is {bits}, should be more than order = {order}")
    sequence = np.zeros((bits, batch), np.int64)
    sequence[:order] = rng.integers(0, 2, (order, batch))
    table = rng.beta(0.5, 0.5, (batch, 2**order))
    everyone = np.arange(batch)
    for t, context in _contexts(sequence, order):
        sequence[t] = rng.random(batch) < table[everyone, context]
    bit = sequence.astype(np.float32)[..., None]
    mask = np.ones((bits - 1, batch, 1), bool)
    mask[: order - 1] = False
    return Episodes(bit[:-1], bit[1:], mask)


def optimal_bits(episodes: Episodes, order: int = ORDER) -> np.ndarray:
    """The cross-entropy (B,) in bits of the best predictor, that of Bayes with the Beta prior::

    p(1 | context) = (n₁ + 1/2) / (n₀ + n₁ + 1),   n₀, n₁ = how often 0 and 1 followed this context so far
    """
    sequence = np.concatenate([episodes.X, episodes.targets[-1:]])[..., 0].astype(np.int64)
    batch = sequence.shape[1]
    counts, everyone, bits = np.zeros((batch, 2**order, 2)), np.arange(batch), np.zeros(batch)
    for t, context in _contexts(sequence, order):
        seen = counts[everyone, context]
        bits -= np.log2((seen[everyone, sequence[t]] + 0.5) / (seen.sum(axis=1) + 1))
        counts[everyone, context, sequence[t]] += 1
    return bits


def _contexts(sequence: np.ndarray, order: int):  # type: ignore[no-untyped-def]
    """Yield t and the number (B,) that the ``order`` bits before t spell; the bits are looked up as they come."""
    powers = 2 ** np.arange(order)
    for t in range(order, len(sequence)):
        yield t, powers @ sequence[t - order : t]
