"""The trained fast-weights network as a thing to use: letters and digits in, a digit out, and where it looked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork, FastWeightsParams, implied_attention
from nnmem.recipes.result import Result
from nnmem.recipes.trained import Answer, InputError, Trained, trained_params
from nnmem.tasks.associative_retrieval import SYMBOLS, places_of, retrievals, spelt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = "letters and digits in turn, two question marks and one of the letters, such as c9k8j3f1??k"


def trained_network(model: FastWeightsNetwork, score: Any, result: Result) -> Trained:
    """Return the network for a person's own sequences; ``score(params)`` measures the recipe's metrics again."""
    params = trained_params(result, model.init(np.random.default_rng(0)))
    return Trained(
        model,
        params,
        WANTS,
        partial(reply, model, params),
        lambda rng: spelt(retrievals(rng, 1).symbols[:, 0]),
        lambda: score(params),
    )


def reply(model: FastWeightsNetwork, params: FastWeightsParams, given: Any) -> Answer:
    """Answer a person's sequence."""
    text = str(given).replace(" ", "").lower()
    pairs, asked = text[:-3], text[-1:]
    if not (text[-3:-1] == "??" and pairs and len(pairs) % 2 == 0 and set(text) <= set(SYMBOLS)):
        raise InputError(f"{given!r} is no sequence; wanted: {WANTS}")
    if not (pairs[::2].isalpha() and pairs[1::2].isdigit()):
        raise InputError(f"{given!r}: letters and digits should take turns; wanted: {WANTS}")
    if asked not in pairs[::2] or len(set(pairs[::2])) < len(pairs) // 2:
        raise InputError(f"{given!r}: the letter asked for should have come before, and no letter twice")
    X = np.eye(len(SYMBOLS), dtype=np.float32)[places_of(text)]
    Y, alpha = implied_attention(model, params, X)
    wanted, found = pairs[pairs.index(asked) + 1], str(int(Y.argmax()))
    count = len(pairs) // 2
    notices = () if count == 4 else (f"{count} pairs: it has learned from 4",)
    verdict = "right" if found == wanted else f"wrong, should be {wanted}"

    def draw() -> Figure:
        from nnmem.plots import new_figure

        figure, ax = new_figure(size=(6.2, 4.6))
        limit = np.nanmax(abs(alpha))
        image = ax.imshow(alpha, cmap="PuOr_r", vmin=-limit, vmax=limit)
        ax.set_xticks(range(len(text)), text)
        ax.set_yticks(range(len(text)), text)
        ax.set(xlabel="state after this symbol", ylabel="step: symbol that comes in")
        figure.colorbar(image, label="implied weight (no softmax)")
        return figure

    facts = {"input": text, "answer": found, "right": found == wanted, "weights": np.nan_to_num(alpha[-1]).tolist()}
    return Answer(f"in   {text}\nout  {found}   {verdict}", facts, draw, notices)
