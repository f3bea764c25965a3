"""Gradients through a choice (经过选择的梯度): the straight-through estimate and Gumbel-softmax.

Hard attention (8.7) draws one item and has no gradient. The score-function estimate (``sampled_attention``) is right on
average and noisy. These two let the gradient through as if the choice were soft: less noise, and not right on average.

Both draw alike, by the Gumbel trick: with gᵢ = −log(−log uᵢ), ``rng.gumbel``, the largest of sᵢ + gᵢ is item i with
probability softmax(s)ᵢ.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import positive
from nnmem.nn.softmax import below_largest, shares, softmax, softmax_gradient

__all__ = [
    "gumbel_softmax_backward",
    "gumbel_softmax_forward",
    "straight_through_backward",
    "straight_through_forward",
]

SCORES, NOISE = "scores (..., N)", "gumbel (..., N)"
CHOICE = f"{SCORES}, {NOISE}"


def straight_through_forward(scores: np.ndarray, gumbel: np.ndarray) -> tuple[np.ndarray, tuple]:
    """One item drawn, as a row of zeros and a one (直通估计): hard on the way there, soft on the way back.

    Beside equation (8.7), section 8.1.2; Bengio, Léonard and Courville 2013, section 3.4::

        zᵢ = 1[i = argmaxⱼ (sⱼ + gⱼ)],     z ∼ softmax(s)

    Parameters
    ----------
    scores : (..., N) array
        s.
    gumbel : (..., N) array
        g, Gumbel noise; zeros take the most probable item. It was drawn, and receives no gradient.

    Returns
    -------
    z : (..., N) array
        The first of equals; NaN where a sum is NaN.
    cache : tuple
    """
    scores, gumbel = arrays("straight_through_forward", CHOICE, scores, gumbel)
    noisy = (scores + gumbel).real
    z = np.zeros(scores.shape, scores.dtype)
    if z.size:
        np.put_along_axis(z, noisy.argmax(axis=-1)[..., None], 1, axis=-1)
    z[np.isnan(noisy).any(axis=-1)] = np.nan
    return z, (scores,)


def straight_through_backward(dz: np.ndarray, cache: tuple) -> np.ndarray:
    """An estimate of the gradient of the scores: that of the mean of z, the softmax, in place of z's, which is 0.

    The step is passed straight through, dαᵢ = dzᵢ; behind it stands a softmax::

        α = softmax(s)        dsᵢ = αᵢ (dzᵢ − Σⱼ αⱼ dzⱼ)
    """
    (scores,) = cache
    dz = upstream("straight_through_backward", "dz", dz, scores.shape, scores.dtype)
    return softmax_gradient(dz, softmax(scores))


def gumbel_softmax_forward(
    scores: np.ndarray, gumbel: np.ndarray, temperature: float = 1.0
) -> tuple[np.ndarray, tuple]:
    """A choice made soft (Gumbel-softmax，软化的随机选择): a random distribution, at low temperature nearly one item.

    Beside equation (8.7), section 8.1.2; Jang, Gu and Poole 2017, equation (2); Maddison, Mnih and Teh 2017::

        yᵢ = exp((sᵢ + gᵢ) / τ) / Σⱼ exp((sⱼ + gⱼ) / τ)

    Parameters
    ----------
    scores : (..., N) array
        s.
    gumbel : (..., N) array
        g, Gumbel noise. It was drawn, and receives no gradient.
    temperature : float
        τ; towards 0 y becomes the z of ``straight_through``.

    Returns
    -------
    y : (..., N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        temperature is no number above zero.
    """
    scores, gumbel = arrays("gumbel_softmax_forward", CHOICE, scores, gumbel)
    temperature = positive("gumbel_softmax_forward", "temperature", temperature)
    noisy = scores + gumbel
    with np.errstate(over="ignore"):  # as in the softmax: a difference beyond the dtype is −∞
        y = shares(np.exp(below_largest(noisy) / temperature))
    return y, (y, temperature)


def gumbel_softmax_backward(dy: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the scores, exact for this noise; as an estimate of the hard choice's it is biased::

    dsᵢ = yᵢ (dyᵢ − Σⱼ yⱼ dyⱼ) / τ
    """
    y, temperature = cache
    dy = upstream("gumbel_softmax_backward", "dy", dy, y.shape, y.dtype)
    return softmax_gradient(dy, y) / temperature
