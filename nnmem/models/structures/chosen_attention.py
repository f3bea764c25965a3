"""Attention over chosen rows of a memory, the read of a hierarchical memory network (Chandar et al. 2016, equation 5).

Rows that were not chosen have weight and gradient zero; a search, exact or by clusters, chooses.
"""

from __future__ import annotations

import numpy as np

from nnmem.attention.soft import key_value_attention_backward, key_value_attention_forward
from nnmem.nn.options import whole_numbers


def chosen_attention_forward(
    K: np.ndarray, V: np.ndarray, q: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Key-value attention (8.8) over the rows at these places: r (d_v,) and alpha, in their order.

    Raises
    ------
    ValueError
        A place is none of K, or comes twice.
    """
    places = whole_numbers("chosen_attention_forward", "places", places, 0, len(K))
    if len(set(places.tolist())) < len(places):
        raise ValueError("chosen_attention_forward: places has an entry twice, should have each once")
    r, alpha, attention = key_value_attention_forward(K[places], V[places], q)
    return r, alpha, (K.shape, V.shape, places, attention)


def chosen_attention_backward(dr: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of K, V and q: those of the chosen rows, put back in their places."""
    K_shape, V_shape, places, attention = cache
    dK_chosen, dV_chosen, dq = key_value_attention_backward(dr, attention)
    dK, dV = np.zeros(K_shape, dq.dtype), np.zeros(V_shape, dq.dtype)
    dK[places], dV[places] = dK_chosen, dV_chosen
    return dK, dV, dq
