"""Training for captions: the encoder first, then frozen; the writer softly, from one vector alone, and hard."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.gated import doubly_stochastic_backward, doubly_stochastic_forward
from nnmem.models.vision.captioner import Captioner, CaptionerParams
from nnmem.models.vision.patch_encoder import PatchEncoder, PatchEncoderParams
from nnmem.nn.dropout import dropout_mask
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.score_function import (
    entropy_backward,
    entropy_forward,
    moving_mean,
    score_function_backward,
    score_function_forward,
)
from nnmem.nn.training import fit
from nnmem.recipes.run import Run
from nnmem.tasks.digit_mosaics import (
    EACH,
    NO_DIGIT,
    PLACES,
    WORDS,
    Digits,
    captions,
    draw_mosaics,
    draw_patches,
)

ENCODER = PatchEncoder(NO_DIGIT + 1)
MODEL = Captioner(len(WORDS), ENCODER.features + 2 * PLACES, hidden_size=96)  # as many as 400 KB hold in half precision
ENCODER_STEPS, STEPS, HARD_STEPS, BATCH = 8000, 3000, 1600, 64
ENCODER_LR, LR, HARD_LR, CLIP = 4e-3, 4e-3, 3e-3, 5.0
LEFT_OUT = 0.3, 0.2  # dropout of the encoder's features and of what the output reads
REINFORCE, ENTROPY, DECAY = 0.1, 0.01, 0.9


class Pictured(NamedTuple):
    """A batch of captions: what is seen, what is to be written, and the chance that training needs."""

    X: np.ndarray  # (B, N, d)
    targets: np.ndarray  # (B, m)
    kept: np.ndarray | None = None  # (m, B, n + e + d)
    chance: int | None = None  # of a hard batch: what the draws start from
    baselines: dict[str, list[float]] = {}  # noqa: RUF012 - of each length of captions, one for each word; renewed


class PressedParams(NamedTuple):
    """A writer that sees one vector, pressed from all regions by a linear layer: without attention."""

    summary: LinearParams  # (d, N d)
    captioner: CaptionerParams


def encoder_gradients(params: PatchEncoderParams, batch: tuple) -> tuple[float, PatchEncoderParams]:
    """Return the cross-entropy of the classes of patches, its mean, and its gradient."""
    pictures, labels, kept = batch
    logits, cache = ENCODER.forward(params, pictures, kept)
    losses, crossed = cross_entropy_forward(logits[:, 0, 0], labels)
    dlogits = cross_entropy_backward(np.full_like(losses, 1 / len(losses)), crossed)
    return float(losses.mean()), ENCODER.backward(dlogits[:, None, None], cache)[0]


def soft_gradients(params: CaptionerParams, batch: Pictured, doubly: float = 0.0) -> tuple[float, CaptionerParams]:
    """Return the cross-entropy of captions, a mean over the batch, with the doubly stochastic penalty; its gradient."""
    (grads, _), loss = _through(params, batch, doubly, of_X=False)
    return loss, grads


def pressed_gradients(params: PressedParams, batch: Pictured) -> tuple[float, PressedParams]:
    """The same for the writer without attention."""
    x, pressed = linear_forward(batch.X.reshape(len(batch.X), -1), *params.summary)
    (grads, dX), loss = _through(params.captioner, batch._replace(X=x[:, None]), 0.0, of_X=True)
    _, *dsummary = linear_backward(dX[:, 0], pressed)
    return loss, PressedParams(LinearParams(*dsummary), grads)


def _through(
    params: CaptionerParams, batch: Pictured, doubly: float, of_X: bool
) -> tuple[tuple[CaptionerParams, Any], float]:
    B = len(batch.X)
    logits, log_alpha, cache = MODEL.forward(params, batch.X, batch.targets, kept=batch.kept)
    losses, crossed = cross_entropy_forward(logits, batch.targets)
    loss, dlog_alpha = float(losses.sum()) / B, np.zeros_like(log_alpha)
    if doubly:
        alpha = np.exp(log_alpha)
        penalties, penalised = doubly_stochastic_forward(alpha)
        loss += doubly * float(penalties.mean())
        dlog_alpha += alpha * doubly_stochastic_backward(np.full_like(penalties, doubly / B), penalised)
    dlogits = cross_entropy_backward(np.full_like(losses, 1 / B), crossed)
    return MODEL.backward(dlogits, dlog_alpha, cache, of_X), loss


def hard_gradients(
    params: CaptionerParams, batch: Pictured, baseline: bool = True, reinforce: float = REINFORCE
) -> tuple[float, CaptionerParams]:
    """Return the loss of captions whose every word looked at one region that was drawn, and its gradient.

    What was drawn earns the log-probability of its own word and of all that follow (the reward to go), less a running
    mean for each word. A batch without ``chance`` is soft.
    """
    if batch.chance is None:
        return soft_gradients(params, batch)
    B, m = batch.targets.shape
    logits, log_alpha, cache = MODEL.forward(
        params, batch.X, batch.targets, np.random.default_rng(batch.chance), batch.kept
    )
    losses, crossed = cross_entropy_forward(logits, batch.targets)
    to_go = -losses[:, ::-1].cumsum(axis=1)[:, ::-1]
    expected = np.array(batch.baselines.get(str(m), to_go.mean(axis=0)), losses.dtype)
    batch.baselines[str(m)] = moving_mean(expected, to_go.mean(axis=0), DECAY).tolist()
    assert cache.choice is not None
    here = (*np.indices((B, m), sparse=True), cache.choice.T)
    _, scored = score_function_forward(log_alpha[here], to_go, np.broadcast_to(expected * baseline, to_go.shape))
    _, open_ = entropy_forward(log_alpha)
    dlog_alpha = entropy_backward(np.full_like(losses, -ENTROPY / B), open_)
    dlog_alpha[here] += score_function_backward(np.full_like(losses, -reinforce / B), scored)
    dlogits = cross_entropy_backward(np.full_like(losses, 1 / B), crossed)
    return float(losses.sum()) / B, MODEL.backward(dlogits, dlog_alpha, cache, of_X=False)[0]


def train_encoder(run: Run, shown: Digits, steps: int) -> tuple[PatchEncoderParams, Progress]:
    """Train the encoder to tell which digit a patch holds, if it holds one."""
    rng = np.random.default_rng([run.seed, 1])

    def draw(rng: np.random.Generator, progress: Progress) -> tuple:
        pictures, labels = draw_patches(rng, shown, BATCH)
        return pictures, labels, dropout_mask(rng, (BATCH, 1, 1, ENCODER.features), LEFT_OUT[0])

    return _fit(run, "encoder", encoder_gradients, ENCODER.init(rng), draw, rng, steps, ENCODER_LR)


def train_writer(
    run: Run,
    shown: Digits,
    encoder: PatchEncoderParams,
    steps: int,
    attention: str,
    start: CaptionerParams | None = None,
    doubly: float = 0.0,
) -> tuple[Any, Progress]:
    """Train a writer on what the encoder sees: attention is "soft", "none", or "hard" from a soft one's parameters."""
    rng = np.random.default_rng([run.seed, 2])
    n, hard = MODEL.hidden_size + MODEL.embedding_size + MODEL.features, attention == "hard"

    def draw(rng: np.random.Generator, progress: Progress) -> Pictured:
        share = 1.0 if hard else progress.step / steps
        count = 1 if share < 0.1 else int(rng.integers(1, 3)) if share < 0.35 else int(rng.integers(2, 5))
        mosaics = draw_mosaics(rng, shown, BATCH, count)
        kept = dropout_mask(rng, (EACH * count, BATCH, n), LEFT_OUT[1])
        chance = int(rng.integers(2**32)) if hard and progress.step % 2 else None
        X = ENCODER.regions(encoder, mosaics.pictures)
        return Pictured(X, captions(mosaics), kept, chance, progress.memory.setdefault("baselines", {}))

    params: Any = MODEL.init(rng) if start is None else start
    if attention == "none":
        W = glorot_uniform(rng, (MODEL.features, PLACES**2 * MODEL.features))
        params = PressedParams(LinearParams(W, np.zeros(MODEL.features, np.float32)), params)
    gradients = {"soft": partial(soft_gradients, doubly=doubly), "none": pressed_gradients, "hard": hard_gradients}
    lr = HARD_LR if hard else LR
    return _fit(run, attention, gradients[attention], params, draw, rng, steps, lr, {"doubly": doubly})


def _fit(
    run: Run, name: str, gradients: Any, params: Any, draw: Any, rng: np.random.Generator, steps: int, lr: float,
    more: dict[str, Any] | None = None,
) -> tuple[Any, Progress]:  # fmt: skip
    """Train one part."""
    return fit(
        gradients, params, draw, steps=steps, rng=rng, lr=Cosine(lr, steps), clip_norm=CLIP,
        checkpoint=run.checkpoint(name), resume=run.resume,
        run={"recipe": "caption-digits", "part": name, "seed": run.seed, "model": asdict(MODEL), **(more or {})},
        title=run.title(f"caption-digits, {name}, seed {run.seed}"),
    )  # fmt: skip
