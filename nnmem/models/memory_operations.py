"""Reading r = R(m, q) and writing m′ = W(m, q, a) of every memory in the house, each a line or two of its formulas."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.associative.fast_weights import fast_weight_read_forward
from nnmem.attention.attention_gru import attention_gru_forward
from nnmem.attention.distribution import attention_distribution_forward
from nnmem.attention.hard import hard_attention_forward
from nnmem.attention.pointing import pointer_distribution_forward
from nnmem.attention.scores import dot_score_forward
from nnmem.attention.soft import key_value_attention_forward
from nnmem.external.attention_write import attention_write_forward
from nnmem.external.content import content_addressing_forward
from nnmem.external.memory import memory_read_forward, memory_write_forward
from nnmem.external.stack import stack_read_forward, stack_update_forward
from nnmem.models.memory_qa.episodic_gates import episodic_gates_forward


def appended(m: Any, q: Any, a: Any) -> Any:
    """W of a memory that grows: a into the next free row, wherever q points; of keys and values, into both."""
    if isinstance(m, tuple):
        return tuple(appended(part, q, of_part) for part, of_part in zip(m, a, strict=True))
    return np.concatenate([m, np.asarray(a)[..., None, :]], axis=-2)


def read_pointer(m: Any, q: Any, W: Any, U: Any, v: Any) -> Any:
    """log p of every place, (8.12): the weights are the answer, nothing is averaged."""
    return pointer_distribution_forward(m, q[..., None, :], W, U, v)[0][..., 0, :]


def read_pairs(m: Any, q: Any, score: str = "dot") -> Any:
    """Key-value attention, (8.21); m is (K, V)."""
    return key_value_attention_forward(*m, q, score=score)[0]


def read_best(m: Any, q: Any, V: Any) -> Any:
    """The one sentence that fits best, (8.7) on the scores q·V mᵢ; comparing times is left out here."""
    return hard_attention_forward(m, dot_score_forward(m @ V.T, q)[0])[0]


def read_in_order(m: Any, q: Any, known: Any, looked: Any, gates: Any, reading: Any) -> Any:
    """One episode: the attention GRU, its gates from the question, what is known, and the gates of the last look."""
    scores, _ = episodic_gates_forward(m, q, known, looked, *gates)
    return attention_gru_forward(m, attention_distribution_forward(scores)[0], *reading)[0]


def read_by_content(m: Any, q: Any) -> Any:
    """(8.22) and (8.23)."""
    return memory_read_forward(m, content_addressing_forward(m, q)[0])[0]


def write_by_content(m: Any, q: Any, a: Any) -> Any:
    """(8.22) and (8.24); a is (what to erase, what to add)."""
    return memory_write_forward(m, content_addressing_forward(m, q)[0], *a)[0]


def read_states(m: Any, q: Any, decay: float = 0.95, rate: float = 0.5) -> Any:
    """Fast weights: A q, A being the faded sum of outer products of the states."""
    return fast_weight_read_forward(m, q, decay, rate)[0]


def read_top(m: Any, q: Any) -> Any:
    """The uppermost unit of a stack; m is (V, s), and nobody asks."""
    return stack_read_forward(*m)[0]


def push_and_pop(m: Any, q: Any, a: Any) -> Any:
    """Pop u, then push v with strength d; a is (u, d, v)."""
    (V, s), (u, d, v) = m, a
    return appended(V, q, v), stack_update_forward(s, u, d)[0]


def write_pair(m: Any, q: Any, a: Any) -> Any:
    """[K; V] ← (1 − w) [K; V] + w a with weights w from q and the addresses; m is (addresses, K, V)."""
    addresses, K, V = m
    w = attention_distribution_forward(dot_score_forward(addresses, q)[0])[0]
    K, V = (
        attention_write_forward(part, w[..., None, :], x[..., None, :])[0] for part, x in zip((K, V), a, strict=True)
    )
    return addresses, K, V


def read_slots(m: Any, q: Any) -> Any:
    """Key-value attention whose keys know their slots."""
    addresses, K, V = m
    return read_pairs((K + addresses, V), q, "scaled_dot")
