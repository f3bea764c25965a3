"""What a standalone source carries along to check itself: printed there as it stands here.

``check`` and ``check_model`` know nothing of this package. A function below named after a model holds the lines that
call ``check_model`` on it; its body alone is printed.
"""

from __future__ import annotations

import numpy as np

from nnmem.models.memory_qa.memn2n import MemN2N, MemN2NParams, Stories
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward

rng = np.random.default_rng(0)


def check(name, forward, backward, *args, **options):
    """Compare a backward with central differences of the forward, every output weighted at random."""
    *outputs, cache = forward(*args, **options)
    douts = [rng.normal(size=np.shape(output)) for output in outputs]

    def loss(k, x):
        moved = forward(*args[:k], x, *args[k + 1 :], **options)
        return sum(np.sum(np.where(np.isfinite(y), y, 0) * dy) for y, dy in zip(moved, douts, strict=False))

    gradients = backward(cache, *douts)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    floats = [k for k, x in enumerate(args) if x.dtype.kind == "f"]
    assert len(gradients) == len(floats), f"{name}: {len(gradients)} gradients for {len(floats)} arrays"
    for k, gradient in zip(floats, gradients, strict=True):
        expected = np.empty_like(args[k])
        for place in np.ndindex(expected.shape):
            step = np.zeros_like(expected)
            step[place] = 1e-5
            expected[place] = (loss(k, args[k] + step) - loss(k, args[k] - step)) / 2e-5
        error = abs(gradient - expected).max() / max(abs(expected).max(), 1e-3)
        print(f"{name}, gradient {k + 1}: error {error:.0e}", "ok" if error < 1e-7 else "WRONG")
        assert error < 1e-7


def leaves(tree):
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, tuple) else [tree]


def rebuilt(tree, values):
    if not isinstance(tree, tuple):
        return next(values)
    parts = [rebuilt(part, values) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)


def check_model(name, forward, backward, *args):
    """Compare the gradients with differences along random directions, every output weighted at random."""
    *outputs, cache = forward(*args)
    douts = [rebuilt(out, iter([rng.normal(size=leaf.shape) for leaf in leaves(out)])) for out in outputs]

    def loss(step, directions):
        moved = iter([x + step * v for x, v in zip(leaves(args), directions, strict=True)])
        outs = forward(*rebuilt(args, moved))[:-1]
        return sum(np.sum(y * dy) for y, dy in zip(leaves(outs), leaves(tuple(douts)), strict=True))

    gradients = leaves(backward(*douts, cache))
    for number in range(1, 11):
        directions = [rng.normal(size=x.shape) for x in leaves(args)]
        slope = (loss(1e-5, directions) - loss(-1e-5, directions)) / 2e-5
        along = sum(np.sum(g * v) for g, v in zip(gradients, directions, strict=True))
        error = abs(slope - along) / max(abs(slope), 1e-3)
        print(f"{name}, along random direction {number}: error {error:.0e}", "ok" if error < 1e-6 else "WRONG")
        assert error < 1e-6


def lstm() -> None:
    check_model(
        "lstm",
        lstm_forward,
        lstm_backward,
        rng.normal(size=(4, 2, 3)),
        LSTMState(rng.normal(size=(2, 5)), rng.normal(size=(2, 5))),
        LSTMParams(rng.normal(size=(20, 3)), rng.normal(size=(20, 5)), rng.normal(size=20)),
    )


def turing_machine() -> None:
    model = NTM(3, 2, hidden_size=5, slots=6, width=4, memory_start=0.1)
    check_model("NTM", model.forward, model.backward, model.init(rng, np.float64), rng.normal(size=(4, 2, 3)))


def memory_network() -> None:
    model = MemN2N(5, 4, 3)
    stories = Stories(rng.normal(size=(3, 4, 10)), (np.arange(4) < [[4], [2], [1]]) * 1.0, rng.normal(size=(3, 10)))
    check_model(
        "MemN2N",
        lambda params: model.forward(params, stories)[::2],  # logits and cache
        model.backward,
        MemN2NParams(*(8 * array for array in model.init(rng, np.float64))),
    )


def pointer_network() -> None:
    model = PointerNetwork(2, 3)
    check_model(
        "PointerNetwork",
        lambda params, X: model.forward(params, X, targets=np.array([[0, 2, 1], [3, 1, 2]])),
        model.backward,
        model.init(rng, np.float64),
        rng.normal(size=(2, 4, 2)),
    )


MODELS = {"lstm": lstm, "NTM": turing_machine, "MemN2N": memory_network, "PointerNetwork": pointer_network}
