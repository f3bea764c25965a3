"""A small run in a process of its own, for the test that kills one.

Usage: ``python training_run.py CHECKPOINT PARAMS RESUME``.
"""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnmem.nn.linear import linear_backward, linear_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.training import fit

STEPS = 60


class Params(NamedTuple):
    W: np.ndarray
    b: np.ndarray


def regression(params, batch):
    X, Y = batch
    out, cache = linear_forward(X, *params)
    error = out - Y
    _, dW, db = linear_backward(2 * error / error.size, cache)
    return float(np.mean(error * error)), Params(dW, db)


def draw(rng, progress):
    X = rng.normal(size=(8, progress.memory.get("width", 3))).astype(np.float32)
    return X, X @ np.ones((3, 2), np.float32) + 1


def start():
    return Params(np.zeros((2, 3), np.float32), np.zeros(2, np.float32))


def train(checkpoint, resume=False, watch=None, **changes):
    options = {"steps": STEPS, "lr": Cosine(0.1, STEPS), "clip_norm": 1.0, "every": 0.0, "run": {"recipe": "test"}}
    rng = np.random.default_rng(5)
    options |= {"rng": rng, "watch": watch, "checkpoint": checkpoint, "resume": resume}
    return fit(regression, start(), draw, **{**options, **changes})


if __name__ == "__main__":

    def watch(progress, params):
        progress.record("norm", float(np.sum(params.W)))
        if progress.step % 20 == 0:
            progress.memory["seen"] = progress.step
        time.sleep(0.01)

    params, progress = train(Path(sys.argv[1]), resume=sys.argv[3] == "resume", watch=watch)
    loss, norm = (np.array(progress.history[name]) for name in ("loss", "norm"))
    np.savez(sys.argv[2], W=params.W, b=params.b, loss=loss, norm=norm, seen=progress.memory["seen"])
