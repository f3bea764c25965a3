"""Associative LSTM (联想 LSTM): the cell is a superposition of pairs bound by complex keys, kept in several copies.

Danihelka, Wayne, Uria, Kalchbrenner and Graves 2016, section 5. From the input x and the last output h::

    [z_f; z_i; z_o; ẑ] = W_x x + W_h h + b
    f, i, o = σ(z_f), σ(z_i), σ(z_o)             one real gate for each complex number
    u, r_i, r_o = bound(ẑ)                       value, input key and output key, complex
    c_s ← f ∘ c_s + (P_s r_i) ∘ (i ∘ u)          write, in every copy s
    h′ = o ∘ bound(1/S Σ_s (P_s r_o) ∘ c_s)      read, the mean of the copies

The paper's N_h = 2p numbers make p complex ones. The output key is learned, so it is multiplied and not conjugated: the
network finds the conjugate where it needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.associative.redundant_copies import (
    bound_modulus_backward,
    bound_modulus_forward,
    copy_permutations,
    read_copies_backward,
    read_copies_forward,
    write_copies_backward,
    write_copies_forward,
)
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.losses import sigmoid


class AssociativeLSTMParams(NamedTuple):
    """The rows of W_x, W_h and b: f, i, o, then real parts of u, r_i, r_o, then their imaginary parts, p each."""

    W_x: np.ndarray  # (9p, x)
    W_h: np.ndarray  # (9p, 2p)
    b: np.ndarray  # (9p,)
    output: LinearParams  # (y, 2p), (y,)


class AssociativeLSTMState(NamedTuple):
    h: np.ndarray  # (..., 2p) real parts, then imaginary parts
    c_re: np.ndarray  # (..., S, p)
    c_im: np.ndarray  # (..., S, p)


@dataclass(frozen=True)
class AssociativeLSTM:
    """Sizes; ``hidden_size`` counts real numbers, two for each complex one; the orders come from ``order_seed``."""

    input_size: int
    output_size: int
    hidden_size: int
    copies: int = 4
    order_seed: int = 0

    def __post_init__(self) -> None:
        if self.hidden_size < 2 or self.hidden_size % 2:
            raise ValueError(
                f"AssociativeLSTM: hidden_size is {self.hidden_size}, should be even: real and imaginary parts"
            )
        self.permutations()

    def permutations(self) -> np.ndarray:
        """The order of the key's entries in each copy, (S, p)."""
        return copy_permutations(np.random.default_rng(self.order_seed), self.copies, self.hidden_size // 2)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> AssociativeLSTMParams:
        """Glorot uniform weights, biases 0 but for the forget gate, which starts open."""
        p, n = self.hidden_size // 2, self.hidden_size
        b: np.ndarray = np.zeros(9 * p, dtype)
        b[:p] = 1
        return AssociativeLSTMParams(
            glorot_uniform(rng, (9 * p, self.input_size), dtype),
            glorot_uniform(rng, (9 * p, n), dtype),
            b,
            LinearParams(glorot_uniform(rng, (self.output_size, n), dtype), np.zeros(self.output_size, dtype)),
        )

    def start(self, lead: tuple[int, ...], dtype: np.dtype) -> AssociativeLSTMState:
        """Nothing said and nothing stored."""
        zero = np.zeros((*lead, self.copies, self.hidden_size // 2), dtype)
        return AssociativeLSTMState(np.zeros((*lead, self.hidden_size), dtype), zero, zero)

    def forward(self, params: AssociativeLSTMParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Run over X (T, ..., x): Y (T, ..., y)."""
        drive, P = project(X, params.W_x) + params.b, self.permutations()
        state = self.start(drive.shape[1:-1], drive.dtype)
        H, caches = np.zeros((len(X) + 1, *state.h.shape), np.result_type(drive, params.W_h)), []
        for t, z in enumerate(drive):
            state, cache = associative_lstm_cell_forward(z + H[t] @ params.W_h.T, state, P)
            H[t + 1] = state.h
            caches.append(cache)
        Y, output = linear_forward(H[1:], *params.output)
        return Y, (params, X, H, caches, output)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[AssociativeLSTMParams, np.ndarray]:
        """Gradients of the parameters and of X; h goes to its own output and to the next step."""
        params, X, H, caches, output = cache
        dH, *doutput = linear_backward(dY, output)
        dZ = np.empty((len(X), *H.shape[1:-1], len(params.b)), H.dtype)
        dstate = self.start(H.shape[1:-1], H.dtype)
        for t in reversed(range(len(X))):
            dZ[t], dstate = associative_lstm_cell_backward(dstate._replace(h=dstate.h + dH[t]), caches[t])
            dstate = dstate._replace(h=dZ[t] @ params.W_h)
        db = dZ.reshape(-1, len(params.b)).sum(axis=0)
        dW_x, dW_h = weight_gradient(dZ, X), weight_gradient(dZ, H[:-1])
        return AssociativeLSTMParams(dW_x, dW_h, db, LinearParams(*doutput)), project(dZ, params.W_x.T)


def associative_lstm_cell_forward(
    z: np.ndarray, state: AssociativeLSTMState, permutations: np.ndarray
) -> tuple[AssociativeLSTMState, tuple]:
    """The part of a step that has no parameters: z (..., 9p) and a state give the next state."""
    p = z.shape[-1] // 9
    gates = sigmoid(z[..., : 3 * p])
    f, i, o = (gates[..., k * p : (k + 1) * p] for k in range(3))
    keys_re, keys_im, bounded = bound_modulus_forward(z[..., 3 * p : 6 * p], z[..., 6 * p :])
    u_re, ri_re, ro_re = (keys_re[..., k * p : (k + 1) * p] for k in range(3))
    u_im, ri_im, ro_im = (keys_im[..., k * p : (k + 1) * p] for k in range(3))
    new_re, new_im, written = write_copies_forward(ri_re, ri_im, i * u_re, i * u_im, permutations)
    kept = f[..., None, :]
    c_re, c_im = kept * state.c_re + new_re, kept * state.c_im + new_im
    y_re, y_im, read = read_copies_forward(c_re, c_im, ro_re, ro_im, permutations)
    y_re, y_im, said = bound_modulus_forward(y_re, y_im)
    h = np.concatenate([o * y_re, o * y_im], axis=-1)
    cache = (gates, u_re, u_im, y_re, y_im, state, bounded, written, read, said)
    return AssociativeLSTMState(h, c_re, c_im), cache


def associative_lstm_cell_backward(
    dstate: AssociativeLSTMState, cache: tuple
) -> tuple[np.ndarray, AssociativeLSTMState]:
    """Gradients of z and of the state, whose h has none here: it acts through z alone.

    The forward upside down; c′ reaches the loss along two ways, on to the next step and through the read::

        df = Σ_s dc_s · c_s (real and imaginary parts)     di = d(i u) · u     do = dh · bound(y)
        dz = σ′ for the gates, bound backwards for u, r_i and r_o
    """
    gates, u_re, u_im, y_re, y_im, state, bounded, written, read, said = cache
    p = gates.shape[-1] // 3
    f, i, o = (gates[..., k * p : (k + 1) * p] for k in range(3))
    dh_re, dh_im = dstate.h[..., :p], dstate.h[..., p:]
    do = dh_re * y_re + dh_im * y_im
    dread = bound_modulus_backward(o * dh_re, o * dh_im, said)
    dc_re, dc_im, dro_re, dro_im = read_copies_backward(*dread, read)
    dc_re, dc_im = dc_re + dstate.c_re, dc_im + dstate.c_im
    df = (dc_re * state.c_re + dc_im * state.c_im).sum(axis=-2)
    dri_re, dri_im, diu_re, diu_im = write_copies_backward(dc_re, dc_im, written)
    di = diu_re * u_re + diu_im * u_im
    dkeys_re = np.concatenate([i * diu_re, dri_re, dro_re], axis=-1)
    dkeys_im = np.concatenate([i * diu_im, dri_im, dro_im], axis=-1)
    dgates = np.concatenate([df, di, do], axis=-1) * gates * (1 - gates)
    dz = np.concatenate([dgates, *bound_modulus_backward(dkeys_re, dkeys_im, bounded)], axis=-1)
    kept = f[..., None, :]
    return dz, AssociativeLSTMState(np.zeros_like(dstate.h), kept * dc_re, kept * dc_im)
