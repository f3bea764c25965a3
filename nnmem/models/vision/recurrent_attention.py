"""A recurrent network that looks around (循环视觉注意力模型), Mnih, Heess, Graves and Kavukcuoglu 2014.

It never sees the picture, only one glimpse after another, and says itself where the next one goes::

    v_t   = glimpse(picture, l_t)                          the retina at place l_t
    g_t   = [ReLU(W_v v_t + b_v), ReLU(W_l l_t + b_l)]     glimpse network: what is seen, and where
    h_t   = ReLU(W_g g_t + W_h h_t₋₁ + b)                  core
    μ_t₊₁ = tanh(W_μ h_t + b_μ),   l_t₊₁ = μ_t₊₁ + σ ε     location network; σ ε = 0 when it is not learning
    logits = W_o h_T + b_o                                 after the last glimpse

A place is drawn, and a glimpse is a step function of it, so the gradient knows places as given numbers: it comes from
the logits, and from the means through the log-density of what was drawn (``hybrid_loss``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.attention.glimpse import glimpse_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.options import count


class RecurrentAttentionParams(NamedTuple):
    seen: LinearParams  # W_v (i, scales size²), b_v (i,)
    place: LinearParams  # W_l (p, 2), b_l (p,)
    W_g: np.ndarray  # (h, i + p)
    W_h: np.ndarray  # (h, h)
    b: np.ndarray  # (h,)
    location: LinearParams  # W_μ (2, h), b_μ (2,)
    output: LinearParams  # W_o (k, h), b_o (k,)


@dataclass(frozen=True)
class RecurrentAttention:
    """Sizes; how many glimpses it takes is said by the places that it is given."""

    classes: int
    size: int = 8
    scales: int = 3
    seen_size: int = 128
    place_size: int = 32
    hidden_size: int = 128

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> RecurrentAttentionParams:
        """Return first parameters; the location network's are small, so that it first looks near the middle."""
        i, p, h = self.seen_size, self.place_size, self.hidden_size

        def layer(out: int, into: int) -> LinearParams:
            return LinearParams(glorot_uniform(rng, (out, into), dtype), np.zeros(out, dtype))

        return RecurrentAttentionParams(
            layer(i, self.scales * self.size**2),
            layer(p, 2),
            glorot_uniform(rng, (h, i + p), dtype),
            glorot_uniform(rng, (h, h), dtype),
            np.zeros(h, dtype),
            LinearParams(rng.normal(scale=0.01, size=(2, h)).astype(dtype), np.zeros(2, dtype)),
            layer(self.classes, h),
        )

    def forward(
        self, params: RecurrentAttentionParams, pictures: np.ndarray, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Look at the given places (T, ..., 2); return logits (..., k), means (T − 1, ..., 2) and the cache.

        ``means[t]`` is where it wants to look next after glimpse t; ``places[t + 1]`` is where it looked.

        Raises
        ------
        ValueError
            There is no glimpse, or no place for each picture.
        """
        logits, means, _, cache = self._run(params, pictures, places, lambda t, mean: places[t])
        return logits, means, cache

    def look(
        self, params: RecurrentAttentionParams, pictures: np.ndarray, start: np.ndarray, noise: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple]:
        """Look first at ``start`` (..., 2), then where it wants to, plus noise (T − 1, ..., 2).

        Returns
        -------
        logits : (..., k) array
        means : (T − 1, ..., 2) array
        places : (T, ..., 2) array
            Where it looked.
        cache : tuple
            As of ``forward`` at these places.

        Raises
        ------
        ValueError
            There is no start for each picture, or no noise for each of its later glimpses.
        """
        each = (*pictures.shape[:-2], 2)
        if start.shape != each or noise.shape[1:] != each:
            later = f"(glimpses - 1, {', '.join(map(str, each))})"
            raise ValueError(
                f"RecurrentAttention: start has shape {start.shape} and noise {noise.shape}, "
                f"should be {each} and {later} for pictures {pictures.shape}"
            )
        places = np.concatenate([start[None], noise])
        return self._run(params, pictures, places, lambda t, mean: mean + noise[t - 1])

    def _run(
        self,
        params: RecurrentAttentionParams,
        pictures: np.ndarray,
        places: np.ndarray,
        choose: Callable[[int, np.ndarray], np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple]:
        """The loop over glimpses; places after the first are chosen."""
        T = count("RecurrentAttention", "number of glimpses", len(places))
        lead, i = pictures.shape[:-2], self.seen_size
        if pictures.ndim < 2 or places.shape[1:] != (*lead, 2):
            should = f"(glimpses, {', '.join(map(str, (*lead, 2)))}) for pictures {pictures.shape}"
            raise ValueError(f"RecurrentAttention: places has shape {places.shape}, should be {should}")
        dtype = np.result_type(pictures, params.W_h)
        L = places.astype(dtype)
        V = np.empty((T, *lead, self.scales * self.size**2), dtype)
        G = np.empty((T, *lead, i + self.place_size), dtype)
        H = np.zeros((T + 1, *lead, self.hidden_size), dtype)  # h_0 = 0, h_1, …, h_T
        means = np.empty((T - 1, *lead, 2), dtype)
        for t in range(T):
            if t:
                means[t - 1] = np.tanh(project(H[t], params.location.W) + params.location.b)
                L[t] = choose(t, means[t - 1])
            V[t] = glimpse_forward(pictures, L[t], self.size, self.scales)[0].reshape(*lead, -1)
            G[t, ..., :i] = _relu(project(V[t], params.seen.W) + params.seen.b)
            G[t, ..., i:] = _relu(project(L[t], params.place.W) + params.place.b)
            H[t + 1] = _relu(project(G[t], params.W_g) + project(H[t], params.W_h) + params.b)
        logits, output = linear_forward(H[T], *params.output)
        return logits, means, L, (params, V, L, G, H, means, output)

    def backward(self, dlogits: np.ndarray, dmeans: np.ndarray, cache: tuple) -> RecurrentAttentionParams:
        """Gradients of the parameters, the places held fixed.

        The last state goes to the logits; every other goes to the next state and, through tanh, to a mean. Pictures
        receive none here: they are not learned.
        """
        params, V, L, G, H, means, output = cache
        i = self.seen_size
        dA = dmeans * (1 - means * means)
        dZ = np.empty_like(H[1:])
        dh, *doutput = linear_backward(dlogits, output)
        for t in reversed(range(len(V))):
            dZ[t] = dh * (H[t + 1].real > 0)
            if t:
                dh = project(dZ[t], params.W_h.T) + project(dA[t - 1], params.location.W.T)
        dG = project(dZ, params.W_g.T) * (G.real > 0)
        return RecurrentAttentionParams(
            _layer_gradient(dG[..., :i], V),
            _layer_gradient(dG[..., i:], L),
            weight_gradient(dZ, G),
            weight_gradient(dZ, H[:-1]),
            dZ.reshape(-1, self.hidden_size).sum(axis=0),
            _layer_gradient(dA, H[1:-1]),
            LinearParams(*doutput),
        )


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0)


def _layer_gradient(dY: np.ndarray, X: np.ndarray) -> LinearParams:
    """Gradients of a layer's W and b, summed over glimpses and pictures."""
    return LinearParams(weight_gradient(dY, X), dY.reshape(-1, dY.shape[-1]).sum(axis=0))
