"""Steps and mistakes of the continuous stack, queue and deque, section 8.2.2.

A pop and a read are the same steps at either end; what differs is which entries lie in the way. A deque has the
steps of both ends, with the end in their names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import average, dots, nonzero, outer, total


def newer(s: Any) -> Any:
    """Σ_{j>i} sⱼ: what lies above."""
    return np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s


def older(s: Any) -> Any:
    """Σ_{j<i} sⱼ: what lies below."""
    return np.cumsum(s, axis=-1) - s


def first_axis(way: Callable[[Any], Any], s: Any) -> Any:
    """The same sum along the first axis, which is the batch where there is one."""
    return np.moveaxis(way(np.moveaxis(s, 0, -1)), -1, 0)


def pushed(s: Any, d: Any) -> Any:
    """The strengths with a new one on top."""
    return np.concatenate([s, d[..., None]], axis=-1)


class End(NamedTuple):
    """An end of the memory: what lies in the way there, and its words."""

    way: Callable[[Any], Any]
    back: Callable[[Any], Any]
    sum_of: str
    sum_with: str
    wrong_end: str
    wrong_end_zh: str


TOP = End(newer, older, "Σ_{j>i}", "Σ_{j≥i}", "the bottom in place of the top", "取自底部，应取自栈顶")
BOTTOM = End(
    older, newer, "Σ_{j<i}", "Σ_{j≤i}", "the top in place of the bottom, the front", "取自顶部，应取自底部（队首）"
)


def popping(end: End) -> tuple[Mistake, ...]:
    """What goes wrong in a pop."""
    way, back = end.way, end.back
    return (
        Mistake(f"the sum of what lies in the way counts sᵢ itself: {end.sum_with} in place of {end.sum_of}", f"求和时算进了 sᵢ 自身：应为 {end.sum_of}，用了 {end.sum_with}", way=lambda s: way(s) + s),
        Mistake(f"the pop comes from the wrong end: {end.wrong_end}", f"弹出的一端错了：{end.wrong_end_zh}", way=lambda s: back(s)),
        Mistake("the sum runs along the first axis, which is the batch, in place of the entries", "沿第一个轴（批）求了和，应沿各项求和", way=lambda s: first_axis(way, s)),
        Mistake("the inner max(0, ·) is forgotten: where more lies in the way than is popped, strength is added", "忘了内层的 max(0, ·)：前面的强度多于要弹出的量时，反而加了强度", left=lambda beyond: beyond),
        Mistake("the outer max(0, ·) is forgotten: strengths fall below zero", "忘了外层的 max(0, ·)：强度变成了负数", rest=lambda kept: kept),
        Mistake("both max(0, ·) are forgotten", "两层 max(0, ·) 都忘了", left=lambda beyond: beyond, rest=lambda kept: kept),
        Mistake("every entry loses all of u: what lies in the way is not subtracted from it", "每一项都减去了整个 u：没有先减去前面的强度", beyond=lambda u, s: u[..., None] + 0 * s),
        Mistake("the coupling is forgotten in ds: ds = g; the entries in the way would have taken their share of the pop", "ds 中忘了耦合项：只有 ds = g；挡在前面的各项会分担弹出的量", ds=lambda g: g),
        Mistake("the sign of the coupling in ds is wrong", "ds 中耦合项的符号错误", ds=lambda g, h: g - back(h)),
        Mistake("the coupling in ds runs the wrong way: over the entries in the way in place of those behind", "ds 中耦合项的求和方向反了", ds=lambda g, h: g + way(h)),
        Mistake("the coupling in ds counts hᵢ itself", "ds 的耦合项算进了 hᵢ 自身", ds=lambda g, h: g + back(h) + h),
        Mistake("in the coupling of ds, hᵢ is subtracted once too often", "ds 的耦合项中多减了一次 hᵢ", ds=lambda g, h: g + back(h) - h),
        Mistake("an entry that is gone passes something on: its gradient should be zero", "已被弹空的一项仍传了梯度，应为零", g=lambda dnext: dnext),
        Mistake("an entry that the pop does not reach feels u", "弹出没有到达的一项也传给了 u", h=lambda g: g),
    )  # fmt: skip


def reading(end: End) -> tuple[Mistake, ...]:
    """What goes wrong in a read."""
    way, back = end.way, end.back
    return (
        Mistake(f"the sum of what lies in the way counts sᵢ itself: {end.sum_with} in place of {end.sum_of}", f"求和时算进了 sᵢ 自身：应为 {end.sum_of}，用了 {end.sum_with}", way=lambda s: way(s) + s),
        Mistake(f"the wrong end is read: {end.wrong_end}", f"读的一端错了：{end.wrong_end_zh}", way=lambda s: back(s)),
        Mistake("the sum runs along the first axis, which is the batch, in place of the entries", "沿第一个轴（批）求了和，应沿各项求和", way=lambda s: first_axis(way, s)),
        Mistake("the inner max(0, ·) is forgotten: entries behind the limit of one are read with negative weights", "忘了内层的 max(0, ·)：总强度超过 1 之后的各项得到了负的权重", inner=lambda room: room),
        Mistake("the outer min(sᵢ, ·) is forgotten: an entry is read with more than its own strength", "忘了外层的 min(sᵢ, ·)：读取的量超过了该项的强度", k=lambda inner: inner),
        Mistake("the limit of one is forgotten: every entry is read whole, kᵢ = sᵢ", "忘了总强度为 1 的上限：每一项都整个读出，kᵢ = sᵢ", k=lambda s: s),
        Mistake("the weights are divided by their sum: they need not sum to one", "权重除以了它们的和：权重之和不必为 1", r=lambda k, V: average(k / nonzero(total(k)), V)),
        Mistake("in ds the limit of one is forgotten: ds = dk", "ds 中忘了总强度为 1 的上限：写成了 ds = dk", ds=lambda dk: dk),
        Mistake("an entry that is cut off by the limit of one feels its own strength: gᵢ should be zero there", "被上限截断的一项仍对自身强度有梯度，该处 gᵢ 应为零", g=lambda dk: dk),
        Mistake("the coupling is forgotten in ds: ds = g; an entry that is cut off feels all that lies in its way", "ds 中忘了耦合项：只有 ds = g；被截断的一项受挡在前面的各项影响", ds=lambda g: g),
        Mistake("the sign of the coupling in ds is wrong", "ds 中耦合项的符号错误", ds=lambda g, h: g + back(h)),
        Mistake("the coupling in ds runs the wrong way", "ds 中耦合项的求和方向反了", ds=lambda g, h: g - way(h)),
        Mistake("the coupling in ds counts hᵢ itself", "ds 的耦合项算进了 hᵢ 自身", ds=lambda g, h: g - back(h) - h),
        Mistake("entries that are not read at all count in the coupling of ds", "完全没有读到的各项也算进了 ds 的耦合项", h=lambda dk, room, s: dk * (room < s)),
        Mistake("in dV, the weights kᵢ are missing", "dV 中缺少权重 kᵢ", dV=lambda dr, V: np.broadcast_to(dr[..., None, :], V.shape)),
        Mistake("in dV, the strength sᵢ stands in place of the weight kᵢ", "dV 中用了强度 sᵢ，应为权重 kᵢ", dV=lambda s, dr: outer(s, dr)),
    )  # fmt: skip


BELOW = Mistake("what is pushed stands below the others; it should be on top, the last", "新压入的放在了最前，应放在最后（栈顶）",
                s_next=lambda rest, d: np.concatenate([d[..., None], rest], axis=-1))  # fmt: skip


def _stack_update(s: Any, u: Any, d: Any, ds_next: Any) -> Any:
    way = newer(s)
    beyond = u[..., None] - way
    left = np.maximum(0, beyond)
    kept = s - left
    rest = np.maximum(0, kept)
    s_next = pushed(rest, d)
    dnext = ds_next[..., :-1]
    g = dnext * (kept > 0)
    h = g * (beyond >= 0)
    ds = g + older(h)
    du = -h.sum(-1)
    dd = ds_next[..., -1]
    return (s_next,), (ds, du, dd)


def _queue_update(s: Any, u: Any, d: Any, ds_next: Any) -> Any:
    way = older(s)
    beyond = u[..., None] - way
    left = np.maximum(0, beyond)
    kept = s - left
    rest = np.maximum(0, kept)
    s_next = pushed(rest, d)
    dnext = ds_next[..., :-1]
    g = dnext * (kept > 0)
    h = g * (beyond >= 0)
    ds = g + newer(h)
    du = -h.sum(-1)
    dd = ds_next[..., -1]
    return (s_next,), (ds, du, dd)


def _stack_read(V: Any, s: Any, dr: Any) -> Any:
    way = newer(s)
    room = 1 - way
    inner = np.maximum(0, room)
    k = np.minimum(s, inner)
    r = average(k, V)
    dk = dots(V, dr)
    g = dk * (s <= inner)
    h = dk * ((room >= 0) & (room < s))
    ds = g - older(h)
    dV = outer(k, dr)
    return (r,), (dV, ds)


def _queue_read(V: Any, s: Any, dr: Any) -> Any:
    way = older(s)
    room = 1 - way
    inner = np.maximum(0, room)
    k = np.minimum(s, inner)
    r = average(k, V)
    dk = dots(V, dr)
    g = dk * (s <= inner)
    h = dk * ((room >= 0) & (room < s))
    ds = g - newer(h)
    dV = outer(k, dr)
    return (r,), (dV, ds)


def _deque_update(s: Any, u_top: Any, d_top: Any, u_bottom: Any, d_bottom: Any, ds_next: Any) -> Any:
    way_top = newer(s)
    beyond_top = u_top[..., None] - way_top
    left_top = np.maximum(0, beyond_top)
    kept_top = s - left_top
    popped = np.maximum(0, kept_top)
    way_bottom = older(popped)
    beyond_bottom = u_bottom[..., None] - way_bottom
    left_bottom = np.maximum(0, beyond_bottom)
    kept_bottom = popped - left_bottom
    rest = np.maximum(0, kept_bottom)
    s_next = np.concatenate([d_bottom[..., None], pushed(rest, d_top)], axis=-1)
    dnext = ds_next[..., 1:-1]
    g_bottom = dnext * (kept_bottom > 0)
    h_bottom = g_bottom * (beyond_bottom >= 0)
    dpopped = g_bottom + newer(h_bottom)
    g_top = dpopped * (kept_top > 0)
    h_top = g_top * (beyond_top >= 0)
    ds = g_top + older(h_top)
    du_top = -h_top.sum(-1)
    dd_top = ds_next[..., -1]
    du_bottom = -h_bottom.sum(-1)
    dd_bottom = ds_next[..., 0]
    return (s_next,), (ds, du_top, dd_top, du_bottom, dd_bottom)


def _deque_read(V: Any, s: Any, dr_top: Any, dr_bottom: Any) -> Any:
    way_top = newer(s)
    room_top = 1 - way_top
    inner_top = np.maximum(0, room_top)
    k_top = np.minimum(s, inner_top)
    r_top = average(k_top, V)
    way_bottom = older(s)
    room_bottom = 1 - way_bottom
    inner_bottom = np.maximum(0, room_bottom)
    k_bottom = np.minimum(s, inner_bottom)
    r_bottom = average(k_bottom, V)
    dk_top = dots(V, dr_top)
    g_top = dk_top * (s <= inner_top)
    h_top = dk_top * ((room_top >= 0) & (room_top < s))
    ds_top = g_top - older(h_top)
    dk_bottom = dots(V, dr_bottom)
    g_bottom = dk_bottom * (s <= inner_bottom)
    h_bottom = dk_bottom * ((room_bottom >= 0) & (room_bottom < s))
    ds_bottom = g_bottom - newer(h_bottom)
    ds = ds_top + ds_bottom
    dV_top = outer(k_top, dr_top)
    dV_bottom = outer(k_bottom, dr_bottom)
    dV = dV_top + dV_bottom
    return (r_top, r_bottom), (dV, ds)


def _of_end(mistakes: tuple[Mistake, ...], end: str, **names: str) -> tuple[Mistake, ...]:
    """The mistakes of one end of a deque, and said to be that end's."""
    steps = ("way", "beyond", "left", "kept", "room", "inner", "k", "r", "dk", "g", "h", "ds", "dV", "dr", "u")
    named = [m.renamed(**{step: f"{step}_{end}" for step in steps} | names) for m in mistakes]
    for mistake in named:
        mistake.en = f"at the {end}: {mistake.en}"
        mistake.zh = f"{'顶部' if end == 'top' else '底部'}一端：{mistake.zh}"
    return tuple(named)


AT_THE_TOP = _of_end(popping(TOP), "top", rest="popped", dnext="dpopped", ds="ds")
STACK_UPDATE = Known(_stack_update, (*popping(TOP), BELOW))
QUEUE_UPDATE = Known(_queue_update, (*popping(BOTTOM), BELOW))
STACK_READ = Known(_stack_read, reading(TOP))
QUEUE_READ = Known(_queue_read, reading(BOTTOM))
DEQUE_UPDATE = Known(
    _deque_update,
    (
        *(m for m in AT_THE_TOP if list(m.steps) not in (["popped"], ["g_top"])),  # the second pop leaves these unseen
        *_of_end(popping(BOTTOM), "bottom", s="popped", ds="dpopped"),
        Mistake("the pushes are exchanged: d_bottom should stand first, d_top last", "两端的压入交换了：d_bottom 应在最前，d_top 在最后",
                s_next=lambda d_top, rest, d_bottom: np.concatenate([d_top[..., None], pushed(rest, d_bottom)], axis=-1)),
        Mistake("the coupling is forgotten in both pops: the entries in the way would have taken their share", "两次弹出都忘了耦合项",
                dpopped=lambda g_bottom: g_bottom, ds=lambda g_top: g_top),
    ),
)  # fmt: skip
DEQUE_READ = Known(_deque_read, (*_of_end(reading(TOP), "top"), *_of_end(reading(BOTTOM), "bottom")))
