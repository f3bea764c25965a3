"""A continuous double-ended queue (连续的双端队列, deque): pushed, popped and read at both ends.

Grefenstette, Hermann, Suleyman and Blunsom 2015, section 3.3. New entries come to stand at both ends, so the strengths
grow by two in a step: s = [bottom … top]. At kinks (拐点) the gradient is the derivative towards weaker strengths s and
stronger pops, as in ``stack.py``.
"""

from __future__ import annotations

import numpy as np

from nnmem.external.queue import queue_read_backward, queue_read_forward, queue_update_backward, queue_update_forward
from nnmem.external.stack import stack_read_backward, stack_read_forward, stack_update_backward, stack_update_forward
from nnmem.external.strengths import check_strengths
from nnmem.nn.arguments import arrays, upstream

__all__ = ["deque_read_backward", "deque_read_forward", "deque_update_backward", "deque_update_forward"]

DEQUE_UPDATE = "s (..., t), u_top (...), d_top (...), u_bottom (...), d_bottom (...)"
DEQUE_READ = "V (..., t, m), s (..., t)"


def deque_update_forward(
    s: np.ndarray, u_top: np.ndarray, d_top: np.ndarray, u_bottom: np.ndarray, d_bottom: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """Pop from the top of a deque, then from its bottom, then push at both ends: the strengths after a step.

    Section 8.2.2, stack (栈) and queue (队列), here both in one; Grefenstette et al. 2015, section 3.3::

        s̃ᵢ = max(0, sᵢ − max(0, u_top − Σ_{j>i} sⱼ))
        ŝᵢ = max(0, s̃ᵢ − max(0, u_bottom − Σ_{j<i} s̃ⱼ))
        s′ = [d_bottom, ŝ, d_top]

    Parameters
    ----------
    s : (..., t) array
        Strengths, 0 to 1, from the bottom to the top; t may be 0, the empty deque.
    u_top, u_bottom : (...) array
        How much to pop at either end, 0 to 1. Where less is there, all of it goes.
    d_top, d_bottom : (...) array
        Strength of what is pushed there, 0 to 1.

    Returns
    -------
    s_next : (..., t+2) array
    cache : tuple

    Raises
    ------
    ValueError
        An entry is outside 0 to 1.

    Departs from the text: the chapter names stack and queue and leaves out their formulas.
    """
    function = "deque_update_forward"
    s, u_top, d_top, u_bottom, d_bottom = arrays(function, DEQUE_UPDATE, s, u_top, d_top, u_bottom, d_bottom)
    check_strengths(function, s=s, u_top=u_top, d_top=d_top, u_bottom=u_bottom, d_bottom=d_bottom)
    nothing = np.zeros_like(u_top)
    popped, top = stack_update_forward(s, u_top, nothing)
    popped, bottom = queue_update_forward(popped[..., :-1], u_bottom, nothing)
    s_next = np.concatenate([d_bottom[..., None], popped[..., :-1], d_top[..., None]], axis=-1)
    return s_next, (s.shape, s.dtype, top, bottom)


def deque_update_backward(
    ds_next: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of s, u_top, d_top, u_bottom and d_bottom.

    The forward upside down: the pushed strengths stand at the ends, what is between them goes back through the queue's
    pop and then through the stack's::

        dd_bottom = ds′₁     dd_top = ds′_{t+2}
        dŝ = ds′₂ … ds′_{t+1} → ds̃, du_bottom (queue) → ds, du_top (stack)
    """
    (*batch, t), dtype, top, bottom = cache
    ds_next = upstream("deque_update_backward", "ds_next", ds_next, (*batch, t + 2), dtype)
    dd_bottom, dd_top = ds_next[..., 0].copy(), ds_next[..., -1].copy()
    ds, du_bottom, _ = queue_update_backward(ds_next[..., 1:], bottom)
    pushed = np.zeros_like(ds_next[..., :1])
    ds, du_top, _ = stack_update_backward(np.concatenate([ds, pushed], axis=-1), top)
    return ds, du_top, dd_top, du_bottom, dd_bottom


def deque_read_forward(V: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Read (读操作) both ends of a deque: a stack's read at the top, a queue's at the bottom.

    Section 8.2.2, stack (栈) and queue (队列), here both in one; Grefenstette et al. 2015, section 3.3::

        r_top    = Σᵢ min(sᵢ, max(0, 1 − Σ_{j>i} sⱼ)) vᵢ
        r_bottom = Σᵢ min(sᵢ, max(0, 1 − Σ_{j<i} sⱼ)) vᵢ

    Parameters
    ----------
    V : (..., t, m) array
        What was pushed, from the bottom to the top.
    s : (..., t) array
        Strengths, 0 to 1.

    Returns
    -------
    r_top, r_bottom : (..., m) array
        Zero where the deque is empty.
    cache : tuple

    Raises
    ------
    ValueError
        An entry of s is outside 0 to 1.

    Departs from the text: the chapter names stack and queue and leaves out their formulas.
    """
    V, s = arrays("deque_read_forward", DEQUE_READ, V, s)
    check_strengths("deque_read_forward", s=s)
    r_top, top = stack_read_forward(V, s)
    r_bottom, bottom = queue_read_forward(V, s)
    return r_top, r_bottom, (r_top.shape, V.dtype, top, bottom)


def deque_read_backward(dr_top: np.ndarray, dr_bottom: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of V and s.

    Both reads use the same entries, so their gradients add up::

        dV = dV_top + dV_bottom     ds = ds_top + ds_bottom
    """
    shape, dtype, top, bottom = cache
    dr_top = upstream("deque_read_backward", "dr_top", dr_top, shape, dtype)
    dr_bottom = upstream("deque_read_backward", "dr_bottom", dr_bottom, shape, dtype)
    dV_top, ds_top = stack_read_backward(dr_top, top)
    dV_bottom, ds_bottom = queue_read_backward(dr_bottom, bottom)
    return dV_top + dV_bottom, ds_top + ds_bottom
