"""Steps and mistakes of the margin ranking loss and of the attention GRU, section 8.3.1."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import extra, over, total


def _margin_ranking(scores: Any, targets: Any, mask: Any, margin: Any, dlosses: Any) -> Any:
    right = np.take_along_axis(scores, np.asarray(targets)[..., None], -1)
    hot = np.arange(scores.shape[-1]) == np.asarray(targets)[..., None]
    rival = ~hot if mask is None else ~hot & mask
    short = margin - right + scores
    costs = rival & (short > 0)
    losses = np.where(costs, short, 0).sum(axis=-1)
    down = costs * dlosses[..., None]
    dscores = down - hot * total(down)
    return (losses,), (dscores,)


MARGIN_RANKING = Known(
    _margin_ranking,
    (
        Mistake("the right one is counted as its own rival: every row costs γ too much", "把正确项也当成了对手：每行多出 γ", rival=lambda hot, mask: np.ones_like(hot) if mask is None else mask),
        Mistake("the argument mask is ignored", "没有使用参数 mask", rival=lambda hot: ~hot),
        Mistake("the sign of the scores is flipped: γ + s_t − sᵢ in place of γ − s_t + sᵢ", "得分的符号反了：应为 γ − s_t + sᵢ", short=lambda margin, right, scores: margin + right - scores),
        Mistake("the margin γ is missing", "缺少间隔 γ", short=lambda right, scores: scores - right),
        Mistake("the margin γ is subtracted, not added", "间隔 γ 应加上，却减去了", short=lambda margin, right, scores: scores - right - margin),
        Mistake("only the best rival counts; the loss is the sum over all of them", "只算了得分最高的对手，应对所有对手求和", losses=lambda costs, short: np.where(costs, short, 0).max(axis=-1, initial=0)),
        Mistake("a mean over the rivals is taken in place of the sum", "对对手取了均值，应为求和", losses=lambda costs, short: np.where(costs, short, 0).sum(axis=-1) / max(short.shape[-1] - 1, 1)),
        Mistake("it is not cut off at zero: rivals that are far behind pay back", "没有在零处截断：落后很多的对手抵消了损失", costs=lambda rival: rival),
        Mistake("the shortfall is squared", "差额被平方了", losses=lambda costs, short: (np.where(costs, short, 0) ** 2).sum(axis=-1)),
        Mistake("the right one is not pushed up: its gradient −Σ dsᵢ is missing", "正确项没有得到梯度：缺少 −Σ dsᵢ", dscores=lambda down: down),
        Mistake("the right one is pushed up once, not once for each rival that is too near", "正确项只上推了一次，应对每个太近的对手各推一次", dscores=lambda down, hot, dlosses, costs: down - hot * (costs.any(axis=-1) * dlosses)[..., None]),
        Mistake("every rival is pushed down, also one that is far enough behind", "所有对手都被下推，包括已落后足够远的", down=lambda rival, dlosses: rival * dlosses[..., None]),
        Mistake("the upstream gradient is ignored", "没有乘上游梯度", down=lambda costs, dlosses: costs * np.ones_like(dlosses)[..., None]),
        Mistake("the gradient's sign is flipped", "梯度的符号反了", dscores=lambda down, hot: hot * total(down) - down),
    ),
    (
        extra("a row that is far enough ahead costs nothing", "领先足够多的行没有损失", lambda rng: [(np.array([0.0, 5.0, 1.0]), {"targets": np.array(1)}), (np.array([[0.0, 5.0, 1.0], [2.0, 0.0, 0.1]]), {"targets": np.array([1, 0])})], axes=1, backward="gradients"),
    ),
)  # fmt: skip


def _sigmoid(x: Any) -> Any:
    return (1 + np.tanh(x / 2)) / 2


def _kept(U: Any, r: Any, h: Any) -> Any:
    return r * (h @ U.T)


def _candidate(a: Any, kept: Any) -> Any:
    return np.tanh(a + kept)


def _moved(gate: Any, new: Any, h: Any) -> Any:
    return gate * new + (1 - gate) * h


def _scan(X: Any, g: Any, params: Any, kept: Any, candidate: Any, move: Any, order: Any) -> Any:
    """Before every item the state, its reset gate and candidate; behind the last the state alone."""
    W_r, U_r, b_r, W, U, b = params
    h, rows = np.zeros((*X.shape[:-2], len(U))), []
    for i in order(range(X.shape[-2])):
        x = X[..., i, :]
        r = _sigmoid(x @ W_r.T + h @ U_r.T + b_r)
        new = candidate(x @ W.T + b, kept(U, r, h))
        rows.append((h, r, new))
        h = move(g[..., i, None], new, h)
    return [*rows, h]


def _onward(places: Any) -> Any:
    return places


def _of_reset(da: Any, kept: Any, r: Any) -> Any:
    return da * kept * r * (1 - r)


def _of_item(W_r: Any, W: Any, da_r: Any, da: Any) -> Any:
    return da_r @ W_r + da @ W


def _of_U(r: Any, da: Any) -> Any:
    return r * da


def _stay(gate: Any) -> Any:
    return 1 - gate


def _by_reset(U_r: Any, da_r: Any) -> Any:
    return da_r @ U_r


def _by_candidate(U: Any, r: Any, da: Any) -> Any:
    return (r * da) @ U


def _of_gate(dh: Any, new: Any, h: Any) -> Any:
    return (dh * (new - h)).sum(axis=-1)


def _slope(gate: Any, dh: Any, new: Any) -> Any:
    return gate * dh * (1 - new * new)


def _upside_down(X: Any, g: Any, params: Any, rows: Any, dh: Any, parts: Any) -> Any:
    W_r, U_r, _, W, U, _ = params
    stay, by_reset, by_candidate, of_gate, slope, of_reset, of_item, of_U = parts
    dX, dg = np.zeros_like(X), np.zeros_like(g)
    sums = [np.zeros_like(part) for part in params]
    for i in reversed(range(X.shape[-2])):
        (h, r, new), gate, x = rows[i], g[..., i, None], X[..., i, :]
        one = np.ones((*h.shape[:-1], 1))
        dg[..., i] = of_gate(dh, new, h)
        da = slope(gate, dh, new)
        da_r = of_reset(da, h @ U.T, r)
        dX[..., i, :] = of_item(W_r, W, da_r, da)
        own = (
            over(da_r, x),
            over(da_r, h),
            over(da_r, one)[:, 0],
            over(da, x),
            over(of_U(r, da), h),
            over(da, one)[:, 0],
        )
        sums = [total + part for total, part in zip(sums, own, strict=True)]
        dh = stay(gate) * dh + by_reset(U_r, da_r) + by_candidate(U, r, da)
    return dX, dg, *sums


def _attention_gru(X: Any, g: Any, W_r: Any, U_r: Any, b_r: Any, W: Any, U: Any, b: Any, dc: Any) -> Any:
    kept = _kept
    candidate = _candidate
    move = _moved
    order = _onward
    rows = _scan(X, g, (W_r, U_r, b_r, W, U, b), kept, candidate, move, order)
    c = rows[-1]
    stay = _stay
    by_reset = _by_reset
    by_candidate = _by_candidate
    of_gate = _of_gate
    slope = _slope
    of_reset = _of_reset
    of_item = _of_item
    of_U = _of_U
    parts = (stay, by_reset, by_candidate, of_gate, slope, of_reset, of_item, of_U)
    gradients = _upside_down(X, g, (W_r, U_r, b_r, W, U, b), rows, dc, parts)
    dX = gradients[0]
    dg = gradients[1]
    dW_r = gradients[2]
    dU_r = gradients[3]
    db_r = gradients[4]
    dW = gradients[5]
    dU = gradients[6]
    db = gradients[7]
    return (c,), (dX, dg, dW_r, dU_r, db_r, dW, dU, db)


ATTENTION_GRU = Known(
    _attention_gru,
    (
        Mistake("gate and keep are swapped: h = (1 − g) h̃ + g h in place of g h̃ + (1 − g) h", "门用反了：应为 h = g h̃ + (1 − g) h", move=lambda: lambda gate, new, h: (1 - gate) * new + gate * h),
        Mistake("the old state is not weighted down: h = g h̃ + h", "旧状态没有乘 1 − g", move=lambda: lambda gate, new, h: gate * new + h),
        Mistake("the old state is lost: h = g h̃", "旧状态丢失：h = g h̃", move=lambda: lambda gate, new, h: gate * new),
        Mistake("the gates are ignored: every item replaces the state", "没有使用门 g：每一项都替换了状态", move=lambda: lambda gate, new, h: new),
        Mistake("the reset gate stands before the product, U (r ∘ h), in place of r ∘ U h", "重置门应在乘 U 之后：r ∘ U h，而不是 U (r ∘ h)", kept=lambda: lambda U, r, h: (r * h) @ U.T),
        Mistake("the reset gate is missing in the candidate", "候选状态缺少重置门", kept=lambda: lambda U, r, h: h @ U.T),
        Mistake("U is transposed in the candidate", "候选状态中 U 被转置了", kept=lambda: lambda U, r, h: r * (h @ U)),
        Mistake("the candidate's tanh is missing", "候选状态缺少 tanh", candidate=lambda: lambda a, kept: a + kept),
        Mistake("the candidate's bias b is missing", "候选状态缺少偏置 b", candidate=lambda b: lambda a, kept: np.tanh(a - b + kept)),
        Mistake("the items are read from the last to the first", "从最后一项读到了第一项", order=lambda: reversed),
        Mistake("dX has the candidate's part alone: W_rᵀ da_r is missing", "dX 只有候选状态的一项：缺少 W_rᵀ da_r", of_item=lambda: lambda W_r, W, da_r, da: da @ W),
        Mistake("dX has the reset gate's part alone: Wᵀ da is missing", "dX 只有重置门的一项：缺少 Wᵀ da", of_item=lambda: lambda W_r, W, da_r, da: da_r @ W_r),
        Mistake("dU forgets the reset gate: Σ da hᵀ in place of Σ (r ∘ da) hᵀ", "dU 忘了重置门：应为 Σ (r ∘ da) hᵀ", of_U=lambda: lambda r, da: da),
        Mistake("the slope of the reset gate is wrong: r is missing in r (1 − r)", "重置门的导数有误：r (1 − r) 中缺少 r", of_reset=lambda: lambda da, kept, r: da * kept * (1 - r)),
        Mistake("the slope of the reset gate, r (1 − r), is missing", "缺少重置门的导数 r (1 − r)", of_reset=lambda: lambda da, kept, r: da * kept),
        Mistake("in da_r, what the reset gate multiplies, U h, is missing", "da_r 中缺少重置门所乘的 U h", of_reset=lambda: lambda da, kept, r: da * r * (1 - r)),
        Mistake("in dh, the part that is kept, (1 − g) dh, is missing", "dh 中缺少保留的一项 (1 − g) dh", stay=lambda: lambda gate: 0 * gate),
        Mistake("in dh, the part that is kept is not weighted with 1 − g", "dh 中保留的一项没有乘 1 − g", stay=lambda: lambda gate: 1 + 0 * gate),
        Mistake("in dh, what comes back through the reset gate is missing", "dh 中缺少经重置门传回的一项", by_reset=lambda: lambda U_r, da_r: 0 * da_r),
        Mistake("in dh, what comes back through the candidate is missing", "dh 中缺少经候选状态传回的一项", by_candidate=lambda: lambda U, r, da: 0 * da),
        Mistake("in dh, the reset gate is missing behind the candidate: Uᵀ da in place of Uᵀ (r ∘ da)", "dh 中经候选状态的一项缺少重置门：应为 Uᵀ (r ∘ da)", by_candidate=lambda: lambda U, r, da: da @ U),
        Mistake("dg forgets the old state: dhᵀ h̃ in place of dhᵀ (h̃ − h)", "dg 忘了旧状态：应为 dhᵀ (h̃ − h)", of_gate=lambda: lambda dh, new, h: (dh * new).sum(axis=-1)),
        Mistake("the candidate's gradient is not multiplied with the gate", "候选状态的梯度没有乘门 g", slope=lambda: lambda gate, dh, new: dh * (1 - new * new)),
        Mistake("the slope of tanh, 1 − h̃², is missing", "缺少 tanh 的导数 1 − h̃²", slope=lambda: lambda gate, dh, new: gate * dh + 0 * new),
    ),
    (
        extra("where every gate is 0 the reading is 0", "所有门为 0 时读出应为 0", lambda rng: [(rng.normal(size=(3, 2)), np.zeros(3), *(rng.normal(size=s) for s in 2 * ((4, 2), (4, 4), (4,))))], axes=2, backward="gradients"),
    ),
)  # fmt: skip
