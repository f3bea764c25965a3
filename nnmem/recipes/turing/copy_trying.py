"""A person's own text copied by the neural Turing machine, bit by bit, and its memory drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.turing.turing_loop import NTMParams
from nnmem.models.turing.turing_machine import NTM
from nnmem.models.turing.turing_trace import Trace, trace
from nnmem.recipes.result import Result
from nnmem.recipes.trained import Answer, InputError, Trained, trained_params
from nnmem.recipes.turing.turing_training import TuringPlan, bits_of_error
from nnmem.tasks.algorithms import copy_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = "a text, such as hello, or an array (n, 8) of bits"
MOST, LEARNED = 1000, 20
EXAMPLES = ("attention", "memory", "copy me", "neural Turing", "associative")


def load_copy(plan: TuringPlan, result: Result) -> Trained:
    """Return a machine that has learned to copy, for a person's own text."""
    params = trained_params(result, plan.model.init(np.random.default_rng(0)))
    return Trained(
        plan.model,
        params,
        WANTS,
        partial(answer_copy, plan.model, params),
        lambda rng: EXAMPLES[rng.integers(len(EXAMPLES))],
        lambda: plan.score(lambda episodes: bits_of_error(plan.model, params, episodes)),
    )


def answer_copy(model: NTM, params: NTMParams, given: Any) -> Answer:
    """Copy a person's text: its bytes are the vectors, eight bits each."""
    vectors = text_bits(given)
    n = len(vectors)
    episodes = copy_of(vectors[:, None])
    Y, cache = model.forward(params, episodes.X)
    out = Y[n + 2 :, 0] > 0
    wrong = int((out != vectors).sum())
    notices: tuple[str, ...] = ()
    if n > LEARNED:
        notices = (f"the machine has learned from 1 to {LEARNED} vectors, not {n}; its memory has {model.slots} rows",)
    facts = {"input": bits_text(vectors), "output": bits_text(out), "bits": vectors.size, "wrong_bits": wrong}
    text = f"in   {bits_text(vectors)}\nout  {bits_text(out)}   {wrong} of {vectors.size} bits wrong"
    return Answer(text, facts, lambda: draw_copy(vectors, Y[n + 2 :, 0], trace(cache)), notices)


def text_bits(given: Any) -> np.ndarray:
    """Return the bits (n, 8) of a text in UTF-8, or of an array that holds them.

    Raises
    ------
    InputError
        There is nothing in it, too much, or something that is no bit.
    """
    if isinstance(given, str):
        try:
            encoded = given.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise InputError(f"{given[error.start]!r} has no UTF-8; should be {WANTS}") from None
        vectors = np.unpackbits(np.frombuffer(encoded, np.uint8)[:, None], axis=1)
    else:
        vectors = np.asarray(given)
        if vectors.ndim != 2 or vectors.shape[1] != 8 or not np.isin(vectors, (0, 1)).all():
            raise InputError(f"the input has shape {vectors.shape}, should be {WANTS}, each 0 or 1")
    if not 0 < len(vectors) <= MOST:
        raise InputError(f"the input has {len(vectors)} vectors of 8 bits, should be 1 to {MOST}: {WANTS}")
    return vectors.astype(np.uint8)


def bits_text(vectors: np.ndarray) -> str:
    """Return what bits (n, 8) say in UTF-8; a byte that says nothing is shown as \\xNN."""
    return np.packbits(vectors, axis=1).tobytes().decode("utf-8", "backslashreplace")


def draw_copy(vectors: np.ndarray, Y: np.ndarray, seen: Trace) -> Figure:
    """Draw the bits that came in and went out, where the heads were, and the memory in between."""
    from nnmem.plots import WEIGHTS, new_figure

    n, steps = len(vectors), len(seen.weights)
    slots = seen.weights.shape[-1]
    rows = np.unique((seen.weights[:, 0].argmax(axis=-1) + slots // 2) % slots - slots // 2)  # those that heads went to
    figure, panels = new_figure(4, 1, (8.0, 8.5), height_ratios=[1, 1.4, 1.4, 2], sharex=True)
    bits = np.full((8, steps), np.nan)
    bits[:, 1 : n + 1], bits[:, n + 2 :] = vectors.T, 1 / (1 + np.exp(-Y.T))
    panels[0].imshow(bits, aspect="auto", cmap="gray_r", vmin=0, vmax=1)
    panels[0].set(ylabel="bit", title="bits in, and after the end mark bits out")
    for ax, head, name in ((panels[1], 1, "where the write head was"), (panels[2], 0, "where the read head was")):
        image = ax.imshow(
            seen.weights[:, 0, head, rows].T,
            aspect="auto",
            cmap=WEIGHTS,
            vmin=0,
            vmax=1,
        )
        ax.set(ylabel="row", title=name)
    figure.colorbar(image, ax=panels[1:3], label="weight")
    strength = np.linalg.norm(seen.memory[1:, 0, rows], axis=-1).T
    image = panels[3].imshow(strength, aspect="auto", cmap=WEIGHTS)
    panels[3].set(ylabel="row", title="memory: how much is in each row", xlabel="step")
    if n <= LEARNED:
        byte = [chr(b) if 32 < b < 127 else f"{b:02x}" for b in np.packbits(vectors, axis=1)[:, 0]]
        panels[3].set_xticks(range(steps), ["[", *byte, "]", *byte])
        panels[3].set_xlabel("step: a start mark, bytes in, an end mark, bytes out")
    shown = range(0, len(rows), -(-len(rows) // 8))
    for ax in panels[1:]:
        ax.set_yticks(shown, [str(rows[row]) for row in shown])
    figure.colorbar(image, ax=panels[3], label="length of a row")
    return figure
