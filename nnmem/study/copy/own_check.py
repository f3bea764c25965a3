"""The gradient check that a standalone source carries along: a few lines of central differences, and example inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from nnmem.study.index.drawing import draw
from nnmem.study.index.lookup import PAIRS, examples, pair_of

CHECK = '''if __name__ == "__main__":
    rng = np.random.default_rng(0)

    def check(name, forward, backward, *args, **options):
        """Compare a backward with central differences of the forward, every output weighted at random."""
        *outputs, cache = forward(*args, **options)
        douts = [rng.normal(size=np.shape(output)) for output in outputs]

        def loss(k, x):
            moved = forward(*args[:k], x, *args[k + 1 :], **options)
            return sum(np.sum(np.where(np.isfinite(y), y, 0) * dy) for y, dy in zip(moved, douts))

        gradients = backward(cache, *douts)
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        floats = [k for k, x in enumerate(args) if x.dtype.kind == "f"]
        assert len(gradients) == len(floats), f"{name}: {len(gradients)} gradients for {len(floats)} arrays"
        for k, gradient in zip(floats, gradients):
            expected = np.empty_like(args[k])
            for place in np.ndindex(expected.shape):
                step = np.zeros_like(expected)
                step[place] = 1e-5
                expected[place] = (loss(k, args[k] + step) - loss(k, args[k] - step)) / 2e-5
            error = abs(gradient - expected).max() / max(abs(expected).max(), 1e-3)
            print(f"{name}, gradient {k + 1}: error {error:.0e}", "ok" if error < 1e-7 else "WRONG")
            assert error < 1e-7

'''

CHECK_MODEL = '''if __name__ == "__main__":
    rng = np.random.default_rng(0)

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
            moved = iter([x + step * v for x, v in zip(leaves(args), directions)])
            outs = forward(*rebuilt(args, moved))[:-1]
            return sum(np.sum(y * dy) for y, dy in zip(leaves(outs), leaves(tuple(douts))))

        gradients = backward(*douts, cache)
        gradients = leaves(gradients if isinstance(gradients, tuple) else (gradients,))
        for number in range(1, 11):
            directions = [rng.normal(size=x.shape) for x in leaves(args)]
            slope = (loss(1e-5, directions) - loss(-1e-5, directions)) / 2e-5
            along = sum(np.sum(g * v) for g, v in zip(gradients, directions, strict=True))
            error = abs(slope - along) / max(abs(slope), 1e-3)
            print(f"{name}, along random direction {number}: error {error:.0e}", "ok" if error < 1e-6 else "WRONG")
            assert error < 1e-6

'''

# calls of check_model for what is not a formula: layers and models over named tuples
MODELS = {
    "lstm": """    check_model(
        "lstm",
        lstm_forward,
        lstm_backward,
        rng.normal(size=(4, 2, 3)),
        LSTMState(rng.normal(size=(2, 5)), rng.normal(size=(2, 5))),
        LSTMParams(rng.normal(size=(20, 3)), rng.normal(size=(20, 5)), rng.normal(size=20)),
    )""",
    "NTM": """    model = NTM(3, 2, hidden_size=5, slots=6, width=4, memory_start=0.1)
    check_model("NTM", model.forward, model.backward, model.init(rng, np.float64), rng.normal(size=(4, 2, 3)))""",
    "MemN2N": """    model = MemN2N(5, 4, 3)
    stories = Stories(rng.normal(size=(3, 4, 10)), (np.arange(4) < [[4], [2], [1]]) * 1.0, rng.normal(size=(3, 10)))
    check_model(
        "MemN2N",
        lambda params: model.forward(params, stories)[::2],  # logits and cache
        model.backward,
        MemN2NParams(*(8 * array for array in model.init(rng, np.float64))),
    )""",
    "PointerNetwork": """    model = PointerNetwork(2, 3)
    check_model(
        "PointerNetwork",
        lambda params, X: model.forward(params, X, targets=np.array([[0, 2, 1], [3, 1, 2]])),
        model.backward,
        model.init(rng, np.float64),
        rng.normal(size=(2, 4, 2)),
    )""",
}

NOTHING = """if __name__ == "__main__":
    print("there is no gradient to check here")"""


def checked_pairs(names: Iterable[str]) -> list[str]:
    """Pairs among these functions that have example inputs."""
    pairs = dict.fromkeys(pair_of(name) for name in names)
    return [name for name in pairs if name in PAIRS or name in MODELS]


def checked_functions(name: str) -> tuple[Callable[..., Any], ...]:
    """The functions that the check calls, where they may not be in the copy already."""
    return PAIRS[name].checked if name in PAIRS else ()


def check_source(pairs: list[str]) -> str:
    """Return the ``__main__`` part: one call for each kind of example, or for each model."""
    calls = [_call(name, example) for name in pairs if name in PAIRS for example in examples(name, batches=((2,),))]
    parts = [CHECK + "\n".join(calls)] if calls else []
    if models := [MODELS[name] for name in pairs if name in MODELS]:
        parts.append(CHECK_MODEL + "\n".join(models))
    return "\n\n\n".join(parts) or NOTHING


def _call(name: str, example: Any) -> str:
    forward, backward = PAIRS[name].checked
    parameters = list(inspect.signature(backward).parameters)
    before = parameters.index("cache")
    options = dict(example.options)
    douts = parameters[:before] + [p for p in parameters[before + 1 :] if p.startswith("d")]
    call = ", ".join([*parameters[:before], "cache", *douts[before:]])
    outputs = len(forward(*example.args, **options)) - 1
    taken = ", ".join(["cache", *douts[:outputs]])
    arguments = [
        f'"{name}, {example.case}"',
        forward.__name__,
        f"lambda {taken}: {backward.__name__}({call})",
        *(_array(array, inner) for inner, array in zip(example.names, example.args, strict=True)),
        *(f"{key}={_array(value, key)}" for key, value in options.items()),
    ]
    return "    check(\n" + "".join(f"        {argument},\n" for argument in arguments) + "    )"


def _array(value: Any, name: str) -> str:
    """Python text for an argument: random normal numbers where any will do, else the numbers themselves."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    like = draw(name, value.shape, np.random.default_rng(0))
    if value.dtype.kind == "f" and np.array_equal(like, np.random.default_rng(0).normal(size=value.shape)):
        return f"rng.normal(size={value.shape})"
    return f"np.array({np.round(value, 4).tolist() if value.dtype.kind == 'f' else value.tolist()})"
