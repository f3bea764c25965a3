"""Where an episode of the dynamic memory network looks: facts beside the question, what is known, and the last look."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import project, weight_gradient

LAYOUT = "F (B, N, d), q (B, d), m (B, d), g (B, N), Z (k, e), b (k,), v (k,)"


def episodic_gates_forward(
    F: np.ndarray, q: np.ndarray, m: np.ndarray, g: np.ndarray, Z: np.ndarray, b: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """Score every fact, Xiong et al. 2016, equations (8) to (10), and how its time lies to the last look::

        oᵢ = Σ_{j > i} gⱼ − Σ_{j < i} gⱼ         1 before all that the last episode read, −1 behind it
        zᵢ = [fᵢ ∘ q, fᵢ ∘ m, |fᵢ − q|, |fᵢ − m|, oᵢ]        sᵢ = vᵀ tanh(Z zᵢ + b)

    Parameters
    ----------
    F : (B, N, d) array
        Facts.
    q, m : (B, d) arrays
        The question, and the memory before this episode.
    g : (B, N) array
        The gates of the episode before, 0 where there was none.
    Z : (k, 4d + 1) array
    b, v : (k,) arrays

    Returns
    -------
    scores : (B, N) array
    cache : tuple

    Departs from the paper: oᵢ is not there; the scalar bias behind v is left out, as a softmax does not see it.
    """
    F, q, m, g, Z, b, v = arrays("episodic_gates_forward", LAYOUT, F, q, m, g, Z, b, v)
    if Z.shape[1] != 4 * F.shape[-1] + 1:
        raise ValueError(f"episodic_gates_forward: Z has shape {Z.shape}, should be {(len(Z), 4 * F.shape[-1] + 1)}")
    to_q, to_m = F - q[:, None], F - m[:, None]
    sign_q, sign_m = np.sign(to_q.real), np.sign(to_m.real)
    parts = F * q[:, None], F * m[:, None], to_q * sign_q, to_m * sign_m, earlier(g)[..., None]
    z = np.concatenate(parts, axis=-1)
    hidden = np.tanh(project(z, Z) + b)
    return hidden @ v, (F, q, m, Z, v, sign_q, sign_m, z, hidden)


def episodic_gates_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of F, q, m, g, Z, b and v.

    A fact stands in four parts, question and memory in two each; the slope of |x| is its sign. What is earlier than
    another has that one behind it, so the sums of the forward change their sign::

        dzᵢ = Zᵀ (dsᵢ v ∘ (1 − tanh²))   with the parts (a, b, c, e, do)
        dfᵢ = a ∘ q + b ∘ m + c ∘ sign(fᵢ − q) + e ∘ sign(fᵢ − m)
        dq = Σᵢ a ∘ fᵢ − c ∘ sign(fᵢ − q)        dm = Σᵢ b ∘ fᵢ − e ∘ sign(fᵢ − m)
        dgⱼ = Σ_{i < j} doᵢ − Σ_{i > j} doᵢ
    """
    F, q, m, Z, v, sign_q, sign_m, z, hidden = cache
    dscores = upstream("episodic_gates_backward", "dscores", dscores, F.shape[:2], F.dtype)
    dpre = dscores[..., None] * v * (1 - hidden * hidden)
    dz = project(dpre, Z.T)
    by_q, by_m, from_q, from_m = np.split(dz[..., :-1], 4, axis=-1)
    from_q, from_m = from_q * sign_q, from_m * sign_m
    dF = by_q * q[:, None] + by_m * m[:, None] + from_q + from_m
    dq, dm = (by_q * F - from_q).sum(axis=1), (by_m * F - from_m).sum(axis=1)
    dv = weight_gradient(dscores[..., None], hidden)[0]
    return dF, dq, dm, -earlier(dz[..., -1]), weight_gradient(dpre, z), dpre.sum(axis=(0, 1)), dv


def earlier(g: np.ndarray) -> np.ndarray:
    """How much of g (B, N) lies behind each place, less what lies before it; its transpose is its negative."""
    upto = np.cumsum(g, axis=1)
    return upto[:, -1:] - upto - (upto - g)
