"""The attentive LSTM in loops, and that it sees nothing of the future."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.models.structures.attentive_lstm import AttentiveLSTM
from nnmem.nn.lstm import lstm_forward
from nnmem.nn.tree import tree_map


def test_it_is_attention_over_the_states_so_far_in_loops(rng):
    model = AttentiveLSTM(3, 2, 4)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    X = rng.normal(size=(5, 2, 3))
    H, _, _ = lstm_forward(X, None, params.lstm)
    Y, _ = model.forward(params, X)
    for t in range(5):
        for b in range(2):
            q = params.W_q @ H[t, b]
            weights = np.exp([h @ q / 2 for h in H[: t + 1, b]])
            r = sum(w * h for w, h in zip(weights / weights.sum(), H[: t + 1, b], strict=True))
            assert_allclose(Y[t, b], params.output.W @ [*H[t, b], *r] + params.output.b)


def test_the_future_changes_nothing(rng):
    model, X = AttentiveLSTM(3, 2, 4), rng.normal(size=(5, 2, 3)).astype(np.float32)
    params = model.init(rng)
    later = X.copy()
    later[3:] += 1
    assert_array_equal(model.forward(params, X)[0][:3], model.forward(params, later)[0][:3])
