"""Steps and mistakes of sequences that a gated recurrent unit reads, in one direction and in both."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import batch_total, over


def _sigmoid(x: Any) -> Any:
    return (1 + np.tanh(x / 2)) / 2


def _third(A: Any, k: int) -> Any:
    return np.split(A, 3)[k]


def _above(*parts: Any) -> Any:
    return np.concatenate(parts)


def _step(x: Any, h: Any, params: Any) -> Any:
    """What stands before, and behind, one step: x, h, z, r, h̃, h′."""
    W, U, b = params
    A = x @ W.T + b
    (a_z, a_r, a_h), (U_z, U_r, U_h) = np.split(A, 3, axis=-1), np.split(U, 3)
    z, r = _sigmoid(a_z + h @ U_z.T), _sigmoid(a_r + h @ U_r.T)
    new = np.tanh(a_h + (r * h) @ U_h.T)
    return x, h, z, r, new, (1 - z) * h + z * new


def _the_other_way(x: Any, h: Any, params: Any) -> Any:
    *before, z, r, new, _ = _step(x, h, params)
    return *before, z, r, new, z * h + (1 - z) * new


def _reset_behind(x: Any, h: Any, params: Any) -> Any:
    *before, z, r, _, _ = _step(x, h, params)
    a_h, U_h = np.split(x @ params[0].T + params[2], 3, axis=-1)[2], _third(params[1], 2)
    new = np.tanh(a_h + r * (h @ U_h.T))
    return *before, z, r, new, (1 - z) * h + z * new


def _r_before_z(x: Any, h: Any, params: Any) -> Any:
    return _step(x, h, [_above(_third(A, 1), _third(A, 0), _third(A, 2)) for A in params])


def _carried(h: Any, first: Any) -> Any:
    return h


def _read(X: Any, h: Any, params: Any, step: Any, carry: Any = _carried) -> Any:
    first, rows = h, []
    for t in range(X.shape[-2]):
        rows.append(step(X[..., t, :], h, params))
        h = carry(rows[-1][-1], first)
    return rows


def _states(rows: Any, place: int = -1) -> Any:
    return np.stack([row[place] for row in rows], axis=-2)


def _reversed(X: Any) -> Any:
    return X[..., ::-1, :]


def _nothing(X: Any, U: Any) -> Any:
    return np.zeros((*X.shape[:-2], U.shape[-1]))


def _both(own: Any, later: Any) -> Any:
    return own + later


def _back(rows: Any, dH: Any, params: Any, meet: Any) -> Any:
    """Gradients of the inputs, the start, and for each step its share of W, U and b."""
    W, U, _ = params
    U_z, U_r, U_h = np.split(U, 3)
    dX, shares, dh = [], [], np.zeros_like(dH[..., 0, :])
    for t in reversed(range(len(rows))):
        x, h, z, r, new, _ = rows[t]
        dh_next = meet(dH[..., t, :], dh)
        da_h = dh_next * z * (1 - new**2)
        dk = da_h @ U_h
        da_z, da_r = dh_next * (new - h) * z * (1 - z), dk * h * r * (1 - r)
        dh = dh_next * (1 - z) + dk * r + da_z @ U_z + da_r @ U_r
        da = np.concatenate([da_z, da_r, da_h], axis=-1)
        dX.append(da @ W)
        shares.append((over(da, x), _above(over(da_z, h), over(da_r, h), over(da_h, r * h)), batch_total(da)))
    dW, dU, db = (np.stack(share) for share in zip(*shares, strict=True))
    return np.stack(dX[::-1], axis=-2), dh, dW, dU, db


def _gru_sequence(X: Any, h: Any, W: Any, U: Any, b: Any, dH: Any) -> Any:
    step = _step
    carry = _carried
    items = X
    start = h
    rows = _read(items, start, (W, U, b), step, carry)
    H = _states(rows)
    meet = _both
    outer = dH
    found = _back(rows, outer, (W, U, b), meet)
    dX = found[0]
    dh = found[1]
    dW = found[2].sum(axis=0)
    dU = found[3].sum(axis=0)
    db = found[4].sum(axis=0)
    return (H,), (dX, dh, dW, dU, db)


IN_A_STEP = (
    Mistake("the update gate is used the other way round: h′ = z ∘ h + (1 − z) ∘ h̃ in place of (1 − z) ∘ h + z ∘ h̃", "更新门用反了：应为 h′ = (1 − z) ∘ h + z ∘ h̃", step=lambda: _the_other_way),
    Mistake("the reset gate stands behind the product, r ∘ U h (PyTorch's form), in place of U (r ∘ h)", "重置门应在乘 U 之前：U (r ∘ h)，而不是 r ∘ U h（PyTorch 的形式）", step=lambda: _reset_behind),
    Mistake("update and reset gate are mixed up: the rows stand in the order z, r, h̃ (PyTorch's is r, z, h̃)", "更新门与重置门弄反了：各行的次序是 z, r, h̃（PyTorch 是 r, z, h̃）", step=lambda: _r_before_z),
    Mistake("no gradient flows through time: dhₜ is dHₜ alone, dhₜ₊₁ through the cell is missing", "梯度没有随时间传回：dhₜ 只有 dHₜ，缺少经 dhₜ₊₁ 的一项", meet=lambda: lambda own, later: own),
)  # fmt: skip

GRU_SEQUENCE = Known(
    _gru_sequence,
    (
        *IN_A_STEP,
        Mistake("it starts from 0 in place of h", "从 0 开始，应从 h 开始", start=lambda h: np.zeros_like(h)),
        Mistake("every step starts from h: the state is not carried on", "每一步都从 h 开始：状态没有传下去", carry=lambda: lambda h, first: first),
        Mistake("the sequence is read from the last item to the first", "从最后一项读到了第一项", items=lambda X: _reversed(X)),
        Mistake("H has the states before each step, not those behind it", "H 是每步之前的状态，应为之后的", H=lambda rows: _states(rows, 1)),
        Mistake("only the last state's gradient is used: those of the earlier ones are missing", "只用了最后一个状态的梯度：缺少之前各步的", outer=lambda dH: dH * (np.arange(dH.shape[-2]) == dH.shape[-2] - 1)[:, None]),
        Mistake("dW is that of the last step to be reached, the first item's: the sum over the steps is missing", "dW 只是最后算到的一步（第一项）的：缺少对各步求和", dW=lambda found: found[2][-1]),
        Mistake("dU is that of the last step to be reached, the first item's: the sum over the steps is missing", "dU 只是最后算到的一步（第一项）的：缺少对各步求和", dU=lambda found: found[3][-1]),
        Mistake("db is that of the last step to be reached, the first item's: the sum over the steps is missing", "db 只是最后算到的一步（第一项）的：缺少对各步求和", db=lambda found: found[4][-1]),
        Mistake("the gradients of the parameters are means over the steps, they should be sums", "参数的梯度对各步取了均值，应为和", dW=lambda found: found[2].mean(axis=0), dU=lambda found: found[3].mean(axis=0), db=lambda found: found[4].mean(axis=0)),
        Mistake("dX stands in the order of the backward loop, from the last step to the first", "dX 按反向循环的次序排列，从最后一步到第一步", dX=lambda found: _reversed(found[0])),
        Mistake("the start gets no gradient: dh is 0", "初始状态没有梯度：dh 为 0", dh=lambda h: np.zeros_like(h)),
    ),
)  # fmt: skip


def _side_by_side(onward: Any, back: Any) -> Any:
    return np.concatenate([onward, back], axis=-1)


def _bidirectional(X: Any, W_on: Any, U_on: Any, b_on: Any, W_back: Any, U_back: Any, b_back: Any, dH: Any) -> Any:
    step = _step
    params_on = (W_on, U_on, b_on)
    params_back = (W_back, U_back, b_back)
    rows_on = _read(X, _nothing(X, U_on), params_on, step)
    X_back = _reversed(X)
    start = _nothing(X, U_on)
    rows_back = _read(X_back, start, params_back, step)
    H_on = _states(rows_on)
    H_back = _reversed(_states(rows_back))
    H = _side_by_side(H_on, H_back)
    n = U_on.shape[-1]
    dH_on = dH[..., :n]
    dH_back = _reversed(dH[..., n:])
    meet = _both
    found_on = _back(rows_on, dH_on, params_on, meet)
    found_back = _back(rows_back, dH_back, params_back, meet)
    dX_on = found_on[0]
    dX_back = _reversed(found_back[0])
    dX = dX_on + dX_back
    dW_on = found_on[2].sum(axis=0)
    dU_on = found_on[3].sum(axis=0)
    db_on = found_on[4].sum(axis=0)
    dW_back = found_back[2].sum(axis=0)
    dU_back = found_back[3].sum(axis=0)
    db_back = found_back[4].sum(axis=0)
    return (H,), (dX, dW_on, dU_on, db_on, dW_back, dU_back, db_back)


BIDIRECTIONAL_GRU = Known(
    _bidirectional,
    (
        *IN_A_STEP,
        Mistake("the states of the backward direction are not turned round again: they stand from the last item to the first", "反向的状态没有再翻转回来：它们从最后一项排到第一项", H_back=lambda rows_back: _states(rows_back)),
        Mistake("both directions read from the first item to the last", "两个方向都从第一项读到最后一项", X_back=lambda X: X, H_back=lambda rows_back: _states(rows_back)),
        Mistake("the halves are swapped: the backward direction stands first", "两半颠倒了：反向的状态排在了前面", H=lambda H_on, H_back: _side_by_side(H_back, H_on)),
        Mistake("both directions have the parameters of the onward one", "两个方向都用了正向的参数", params_back=lambda params_on: params_on),
        Mistake("the backward direction starts from the last state of the onward one, not from 0", "反向从正向的最后状态开始，应从 0 开始", start=lambda rows_on: rows_on[-1][-1]),
        Mistake("the two states are added, not put side by side", "两个状态相加了，应并排放置", H=lambda H_on, H_back: H_on + H_back),
        Mistake("dX is that of the onward direction alone", "dX 只有正向的一项", dX=lambda dX_on: dX_on),
        Mistake("dX is that of the backward direction alone", "dX 只有反向的一项", dX=lambda dX_back: dX_back),
        Mistake("in dX, the backward direction's part is not turned round again", "dX 中反向的一项没有再翻转回来", dX_back=lambda found_back: found_back[0]),
        Mistake("the upstream gradient of the backward direction is not turned round", "反向的上游梯度没有翻转", dH_back=lambda dH, n: dH[..., n:]),
        Mistake("the halves of the upstream gradient are swapped", "上游梯度的两半颠倒了", dH_on=lambda dH, n: dH[..., n:], dH_back=lambda dH, n: _reversed(dH[..., :n])),
    ),
)  # fmt: skip
