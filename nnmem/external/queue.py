"""A continuous queue (连续的队列): what was pushed first is read and popped first, each as much as a strength says.

Grefenstette, Hermann, Suleyman and Blunsom 2015, section 3.2: the stack of ``stack.py``, popped and read from
the other end. At kinks (拐点) the gradient is the derivative towards weaker strengths s and stronger pops u, as there.
"""

from __future__ import annotations

import numpy as np

from nnmem.external.strengths import check_strengths, sum_above, sum_below
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import outer

__all__ = ["queue_read_backward", "queue_read_forward", "queue_update_backward", "queue_update_forward"]

QUEUE_UPDATE = "s (..., t), u (...), d (...)"
QUEUE_READ = "V (..., t, m), s (..., t)"


def queue_update_forward(s: np.ndarray, u: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Pop (出队) the front of a queue, then push (入队) at its end: the strengths after a step.

    Section 8.2.2, a memory organised as a queue (队列); Grefenstette et al. 2015, section 3.2::

        aᵢ = Σ_{j<i} sⱼ                         strength before entry i
        s′ᵢ = max(0, sᵢ − max(0, u − aᵢ))        i = 1 … t: what is left of the pop is taken from it
        s′_{t+1} = d

    Parameters
    ----------
    s : (..., t) array
        Strengths, 0 to 1, the oldest first; t may be 0, the empty queue.
    u : (...) array
        How much to pop, 0 to 1. Where less is there, all of it goes.
    d : (...) array
        Strength of what is pushed, 0 to 1.

    Returns
    -------
    s_next : (..., t+1) array
    cache : tuple

    Raises
    ------
    ValueError
        An entry is outside 0 to 1.

    Departs from the text: the chapter names the queue and leaves out its formula.
    """
    function = "queue_update_forward"
    s, u, d = arrays(function, QUEUE_UPDATE, s, u, d)
    check_strengths(function, s=s, u=u, d=d)
    beyond = u[..., None] - sum_below(s)
    left = np.maximum(0, beyond)
    s_next = np.concatenate([np.maximum(0, s - left), d[..., None]], axis=-1)
    return s_next, (s, beyond, left)


def queue_update_backward(ds_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of s, u and d.

    Section 3.2 of the paper, backwards. An entry that is gone passes nothing on; one that the pop reaches (u ≥ aᵢ)
    feels u, and every entry before it, which would have taken its share of the pop::

        gᵢ = ds′ᵢ if sᵢ > max(0, u − aᵢ), else 0        hᵢ = gᵢ if u ≥ aᵢ, else 0
        dsⱼ = gⱼ + Σ_{i>j} hᵢ     du = −Σᵢ hᵢ     dd = ds′_{t+1}

    At a kink this is the derivative towards smaller s and larger u.
    """
    s, beyond, left = cache
    shape = (*s.shape[:-1], s.shape[-1] + 1)
    ds_next = upstream("queue_update_backward", "ds_next", ds_next, shape, s.dtype)
    g = ds_next[..., :-1] * (s.real > left.real)
    h = g * (beyond.real >= 0)
    return g + sum_above(h), -h.sum(axis=-1), ds_next[..., -1].copy()


def queue_read_forward(V: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Read (读操作) the front of a queue: its oldest vectors, of strength one in all.

    Section 8.2.2, a memory organised as a queue (队列); Grefenstette et al. 2015, section 3.2::

        kᵢ = min(sᵢ, max(0, 1 − Σ_{j<i} sⱼ))
        r  = Σᵢ kᵢ vᵢ

    Parameters
    ----------
    V : (..., t, m) array
        What was pushed, the oldest first.
    s : (..., t) array
        Strengths, 0 to 1.

    Returns
    -------
    r : (..., m) array
        Zero where the queue is empty.
    cache : tuple

    Raises
    ------
    ValueError
        An entry of s is outside 0 to 1.

    Departs from the text: the chapter names the queue and leaves out its formula.
    """
    function = "queue_read_forward"
    V, s = arrays(function, QUEUE_READ, V, s)
    check_strengths(function, s=s)
    room = 1 - sum_below(s)
    k = np.minimum(s, np.maximum(0, room))
    r = (k[..., None, :] @ V)[..., 0, :]
    return r, (V, s, room, k)


def queue_read_backward(dr: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of V and s.

    Section 3.2 of the paper, backwards. An entry that is read whole feels its own strength, one that is cut off by the
    limit of one feels, with the other sign, that of all before it::

        dvᵢ = kᵢ dr     dkᵢ = vᵢᵀ dr
        gᵢ = dkᵢ if sᵢ ≤ max(0, 1 − aᵢ), else 0      hᵢ = dkᵢ if 0 ≤ 1 − aᵢ < sᵢ, else 0
        dsⱼ = gⱼ − Σ_{i>j} hᵢ

    At a kink this is the derivative towards smaller s.
    """
    V, s, room, k = cache
    dr = upstream("queue_read_backward", "dr", dr, V.shape[:-2] + V.shape[-1:], V.dtype)
    dk = (V @ dr[..., None])[..., 0]
    g = dk * (s.real <= np.maximum(0, room.real))
    h = dk * ((room.real >= 0) & (room.real < s.real))
    return outer(k, dr), g - sum_above(h)
