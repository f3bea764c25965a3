"""Examples for pairs that are not formulas of the chapter: layers, losses and models, with named tuples and integers.

Each maps the name of a pair to calls ``check_gradients(forward, backward, *args, **options)``; gradient checks and
mutation tests draw from it.
"""

from __future__ import annotations

import numpy as np

from nnmem.attention.pointer_network import PointerNetwork
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.linear import linear_backward, linear_forward
from nnmem.nn.losses import (
    binary_cross_entropy_backward,
    binary_cross_entropy_forward,
    cross_entropy_backward,
    cross_entropy_forward,
)
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from nnmem.nn.lstm_cell import lstm_cell_backward, lstm_cell_forward
from nnmem.nn.tree import tree_map

rng = np.random.default_rng(11)
n = rng.normal
LSTM = LSTMParams(n(size=(8, 4)), n(size=(8, 2)), n(size=8))
STATE = LSTMState(n(size=(3, 2)), n(size=(3, 2)))
POINTERS = [PointerNetwork(2, 3, end=end) for end in (False, True)]
ROW = np.array([[True, False, True, True, True], [False] * 5])

PAIRS = {
    "linear": [(linear_forward, linear_backward, (n(size=(2, 3, 4)), n(size=(5, 4)), n(size=5)), {})],
    "embedding": [(embedding_forward, embedding_backward, (n(size=(6, 3)), np.array([[1, 4, 1], [5, 1, 0]])), {})],
    "cross_entropy": [
        (cross_entropy_forward, cross_entropy_backward, (n(size=(2, 5)), np.array([4, 1])), options)
        for options in ({}, {"mask": np.array([True, False])})
    ],
    "binary_cross_entropy": [
        (
            binary_cross_entropy_forward,
            binary_cross_entropy_backward,
            (n(size=(2, 5)),),
            {"targets": targets, **options},
        )
        for targets in (rng.integers(0, 2, (2, 5)).astype(float),)
        for options in ({}, {"mask": ROW})
    ],
    "lstm": [
        (lstm_forward, lstm_backward, (n(size=(5, 3, 4)), state, LSTM), options)
        for state in (STATE, None)
        for options in ({}, {"cell_clip": 0.3}, {"lengths": np.array([2, 5, 1])})
    ],
    "PointerNetwork": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)), n(size=(3, 4, 2))),
            {"targets": np.array([[0, 2, 1], [3, 1, 2], [0, 0, 3 + model.end]]), **options},
        )
        for model in POINTERS
        for options in ({}, {"lengths": np.array([3, 4, 1])})
    ],
    "lstm_step": [(lstm_step_forward, lstm_step_backward, (n(size=(3, 4)), STATE, LSTM), {})],
    "lstm_cell": [
        (lstm_cell_forward, lstm_cell_backward, (n(size=(3, 8)), n(size=(3, 2))), {"cell_clip": clip})
        for clip in (None, 0.5)
    ],
}
