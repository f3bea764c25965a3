"""Steps and mistakes of one step of a gated recurrent unit."""

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


def _gru_cell(x: Any, h: Any, W: Any, U: Any, b: Any, dh_next: Any) -> Any:
    W_z = _third(W, 0)
    W_r = _third(W, 1)
    W_h = _third(W, 2)
    U_z = _third(U, 0)
    U_r = _third(U, 1)
    U_h = _third(U, 2)
    a_z = x @ W_z.T + h @ U_z.T + _third(b, 0)
    a_r = x @ W_r.T + h @ U_r.T + _third(b, 1)
    z = _sigmoid(a_z)
    r = _sigmoid(a_r)
    reset = r * h
    kept = reset @ U_h.T
    candidate = np.tanh(x @ W_h.T + kept + _third(b, 2))
    h_next = (1 - z) * h + z * candidate
    da_h = dh_next * z * (1 - candidate**2)
    dk = da_h @ U_h
    da_z = dh_next * (candidate - h) * z * (1 - z)
    da_r = dk * h * r * (1 - r)
    dh_kept = dh_next * (1 - z)
    dh_reset = dk * r
    dh_z = da_z @ U_z
    dh_r = da_r @ U_r
    dh = dh_kept + dh_reset + dh_z + dh_r
    dx = da_z @ W_z + da_r @ W_r + da_h @ W_h
    dW = _above(over(da_z, x), over(da_r, x), over(da_h, x))
    dU_h = over(da_h, reset)
    dU = _above(over(da_z, h), over(da_r, h), dU_h)
    db = _above(batch_total(da_z), batch_total(da_r), batch_total(da_h))
    return (h_next,), (dx, dh, dW, dU, db)


GRU_CELL = Known(
    _gru_cell,
    (
        Mistake("the update gate is used the other way round: h′ = z ∘ h + (1 − z) ∘ h̃ in place of (1 − z) ∘ h + z ∘ h̃", "更新门用反了：应为 h′ = (1 − z) ∘ h + z ∘ h̃", h_next=lambda z, h, candidate: z * h + (1 - z) * candidate),
        Mistake("the old state is not weighted down: h′ = h + z ∘ h̃", "旧状态没有乘 1 − z", h_next=lambda z, h, candidate: h + z * candidate),
        Mistake("the old state is lost: h′ = z ∘ h̃", "旧状态丢失：h′ = z ∘ h̃", h_next=lambda z, candidate: z * candidate),
        Mistake("the update gate is not used: h′ = h̃", "没有使用更新门：h′ = h̃", h_next=lambda candidate: candidate),
        Mistake("the reset gate stands behind the product, r ∘ U h (PyTorch's form), in place of U (r ∘ h)", "重置门应在乘 U 之前：U (r ∘ h)，而不是 r ∘ U h（PyTorch 的形式）", kept=lambda r, h, U_h: r * (h @ U_h.T)),
        Mistake("the reset gate is missing in the candidate", "候选状态缺少重置门", kept=lambda h, U_h: h @ U_h.T),
        Mistake("the update gate stands in place of the reset gate", "重置门的位置用了更新门", reset=lambda z, h: z * h),
        Mistake("update and reset gate are mixed up: the rows stand in the order z, r, h̃ (PyTorch's is r, z, h̃)", "更新门与重置门弄反了：各行的次序是 z, r, h̃（PyTorch 是 r, z, h̃）", z=lambda a_r: _sigmoid(a_r), r=lambda a_z: _sigmoid(a_z)),
        Mistake("this is PyTorch's cell: its rows are r, z, h̃, its z is the share of the old state, its reset gate stands behind the product", "这是 PyTorch 的单元：各行为 r, z, h̃，z 是旧状态的份额，重置门在乘 U 之后",
                z=lambda a_r: _sigmoid(a_r), r=lambda a_z: _sigmoid(a_z), kept=lambda r, h, U_h: r * (h @ U_h.T), h_next=lambda z, h, candidate: z * h + (1 - z) * candidate),
        Mistake("the gates do not see the state: U h is missing in them", "门没有使用状态：缺少 U h", a_z=lambda x, W_z, b: x @ W_z.T + _third(b, 0), a_r=lambda x, W_r, b: x @ W_r.T + _third(b, 1)),
        Mistake("U is transposed in the gates", "门中的 U 被转置了", a_z=lambda x, h, W_z, U_z, b: x @ W_z.T + h @ U_z + _third(b, 0), a_r=lambda x, h, W_r, U_r, b: x @ W_r.T + h @ U_r + _third(b, 1)),
        Mistake("U is transposed in the candidate", "候选状态中 U 被转置了", kept=lambda reset, U_h: reset @ U_h),
        Mistake("the candidate's tanh is missing", "候选状态缺少 tanh", candidate=lambda x, W_h, kept, b: x @ W_h.T + kept + _third(b, 2)),
        Mistake("the candidate has σ in place of tanh", "候选状态用了 σ，应为 tanh", candidate=lambda x, W_h, kept, b: _sigmoid(x @ W_h.T + kept + _third(b, 2))),
        Mistake("the candidate's bias is missing", "候选状态缺少偏置", candidate=lambda x, W_h, kept: np.tanh(x @ W_h.T + kept)),
        Mistake("the gates have tanh in place of σ", "门用了 tanh，应为 σ", z=lambda a_z: np.tanh(a_z), r=lambda a_r: np.tanh(a_r)),
        Mistake("the gates' σ is missing", "门缺少 σ", z=lambda a_z: a_z, r=lambda a_r: a_r),
        Mistake("in dh, the part that is kept, (1 − z) ∘ dh′, is missing", "dh 中缺少保留的一项 (1 − z) ∘ dh′", dh_kept=lambda dh_next: 0 * dh_next),
        Mistake("in dh, the part that is kept is not weighted with 1 − z", "dh 中保留的一项没有乘 1 − z", dh_kept=lambda dh_next: dh_next),
        Mistake("in dh, what comes back through the candidate is missing", "dh 中缺少经候选状态传回的一项", dh_reset=lambda dk: 0 * dk),
        Mistake("in dh, the reset gate is missing behind the candidate: dk in place of r ∘ dk", "dh 中经候选状态的一项缺少重置门：应为 r ∘ dk", dh_reset=lambda dk: dk),
        Mistake("in dh, what comes back through the gates is missing", "dh 中缺少经两个门传回的项", dh_z=lambda da_z: 0 * da_z, dh_r=lambda da_r: 0 * da_r),
        Mistake("in dh, what comes back through the update gate is missing", "dh 中缺少经更新门传回的一项", dh_z=lambda da_z: 0 * da_z),
        Mistake("in dh, what comes back through the reset gate is missing", "dh 中缺少经重置门传回的一项", dh_r=lambda da_r: 0 * da_r),
        Mistake("da_z forgets the old state: dh′ ∘ h̃ in place of dh′ ∘ (h̃ − h)", "da_z 忘了旧状态：应为 dh′ ∘ (h̃ − h)", da_z=lambda dh_next, candidate, z: dh_next * candidate * z * (1 - z)),
        Mistake("da_z has the wrong sign: h − h̃ in place of h̃ − h", "da_z 的符号反了：应为 h̃ − h", da_z=lambda dh_next, candidate, h, z: dh_next * (h - candidate) * z * (1 - z)),
        Mistake("the slope of the update gate, z (1 − z), is missing", "缺少更新门的导数 z (1 − z)", da_z=lambda dh_next, candidate, h: dh_next * (candidate - h)),
        Mistake("the slope of the reset gate, r (1 − r), is missing", "缺少重置门的导数 r (1 − r)", da_r=lambda dk, h: dk * h),
        Mistake("in da_r, what the reset gate multiplies, h, is missing", "da_r 中缺少重置门所乘的 h", da_r=lambda dk, r: dk * r * (1 - r)),
        Mistake("in da_r, Uᵀ is missing: da_h in place of U_hᵀ da_h", "da_r 中缺少 Uᵀ：应为 U_hᵀ da_h", da_r=lambda da_h, h, r: da_h * h * r * (1 - r)),
        Mistake("the candidate's gradient is not multiplied with the update gate", "候选状态的梯度没有乘更新门 z", da_h=lambda dh_next, candidate: dh_next * (1 - candidate**2)),
        Mistake("the slope of tanh, 1 − h̃², is missing", "缺少 tanh 的导数 1 − h̃²", da_h=lambda dh_next, z: dh_next * z),
        Mistake("dU_h forgets the reset gate: Σ da_h hᵀ in place of Σ da_h (r ∘ h)ᵀ", "dU_h 忘了重置门：应为 Σ da_h (r ∘ h)ᵀ", dU_h=lambda da_h, h: over(da_h, h)),
        Mistake("dx has the candidate's part alone: those of the gates are missing", "dx 只有候选状态的一项：缺少两个门的", dx=lambda da_h, W_h: da_h @ W_h),
        Mistake("dx has the gates' parts alone: that of the candidate is missing", "dx 只有两个门的项：缺少候选状态的", dx=lambda da_z, W_z, da_r, W_r: da_z @ W_z + da_r @ W_r),
        Mistake("the rows of dW stand in another order than those of W", "dW 各行的次序与 W 不同", dW=lambda da_z, da_r, da_h, x: _above(over(da_r, x), over(da_z, x), over(da_h, x))),
        Mistake("db is a mean over the batch, it should be a sum", "db 对批取了均值，应为和", db=lambda da_z, da_r, da_h: np.concatenate([da.reshape(-1, da.shape[-1]).mean(axis=0) for da in (da_z, da_r, da_h)])),
    ),
)  # fmt: skip
