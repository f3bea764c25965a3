"""Steps and mistakes of multi-head attention with projections."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_attention import WHOLE
from nnmem.study.index.mistakes.in_each_score import DOT_MASKED, FAR_KEYS, QUERY, VALUES
from nnmem.study.index.mistakes.in_softmax import FAR_ABOVE
from nnmem.study.index.mistakes.vocabulary import T, allowed, extra, for_heads, nonzero, over, top, total


def heads(Z: Any, num_heads: int) -> Any:
    """(..., M, H d_h) to (..., H, M, d_h)."""
    return np.moveaxis(Z.reshape(*Z.shape[:-1], num_heads, -1), -2, -3)


def joined(Z: Any) -> Any:
    """The heads side by side again."""
    Y = np.moveaxis(Z, -3, -2)
    return Y.reshape(*Y.shape[:-2], -1)


def _multi_head_attention(
    Q: Any, K: Any, V: Any, W_Q: Any, W_K: Any, W_V: Any, W_O: Any, num_heads: Any, mask: Any, dout: Any, dalpha: Any
) -> Any:
    Q_h = heads(Q @ W_Q.T, num_heads)
    K_h = heads(K @ W_K.T, num_heads)
    V_h = heads(V @ W_V.T, num_heads)
    d_h = Q_h.shape[-1]
    s = Q_h @ T(K_h) / np.sqrt(d_h)
    mask_h = for_heads(mask, Q)
    e = allowed(np.exp(s - top(s, mask_h)), mask_h)
    alpha = e / nonzero(total(e))
    R = joined(alpha @ V_h)
    out = R @ W_O.T
    dR = heads(dout @ W_O, num_heads)
    da = dR @ T(V_h) + dalpha
    ds = alpha * (da - total(alpha * da))
    dQ_h = joined(ds @ K_h / np.sqrt(d_h))
    dK_h = joined(T(ds) @ Q_h / np.sqrt(d_h))
    dV_h = joined(T(alpha) @ dR)
    dQ = dQ_h @ W_Q
    dK = dK_h @ W_K
    dV = dV_h @ W_V
    dW_Q = over(dQ_h, Q)
    dW_K = over(dK_h, K)
    dW_V = over(dV_h, V)
    dW_O = over(dout, R)
    return (out, alpha), (dQ, dK, dV, dW_Q, dW_K, dW_V, dW_O)


def _by_reshape(Z: Any, num_heads: int) -> Any:
    return Z.reshape(*Z.shape[:-2], num_heads, Z.shape[-2], -1)


def _interleaved(Z: Any, num_heads: int) -> Any:
    return np.moveaxis(Z.reshape(*Z.shape[:-1], -1, num_heads), -1, -3)


def _flattened(Z: Any) -> Any:
    return Z.reshape(*Z.shape[:-3], Z.shape[-2], -1)


def _split_by(split: Any) -> dict[str, Any]:
    return {
        "Q_h": lambda Q, W_Q, num_heads: split(Q @ W_Q.T, num_heads),
        "K_h": lambda K, W_K, num_heads: split(K @ W_K.T, num_heads),
        "V_h": lambda V, W_V, num_heads: split(V @ W_V.T, num_heads),
    }


HEADS = (
    ("the heads are split by a reshape alone, without moving the axis of heads: the rows are mixed up", "只用 reshape 分头，没有移动头的轴：行被打乱了"),
    ("the heads take the rows of the projections interleaved (every num_heads-th); head a has the rows a d_h to (a + 1) d_h",
     "各头交错地取投影矩阵的行（每隔 num_heads 行），第 a 个头应取第 a d_h 到 (a + 1) d_h 行"),
)  # fmt: skip
MULTI_HEAD = Known(
    _multi_head_attention,
    (
        *(m.renamed(mask="mask_h") for m in WHOLE),
        Mistake("the division by √d_h is missing", "缺少除以 √d_h", s=lambda Q_h, K_h: Q_h @ T(K_h)),
        Mistake("it is divided by √d in place of √d_h", "除以了 √d，应为 √d_h", s=lambda Q, Q_h, K_h: Q_h @ T(K_h) / np.sqrt(Q.shape[-1])),
        Mistake("it is divided by the square root of all rows of W_Q, num_heads d_h, in place of √d_h", "除以了 W_Q 全部行数 num_heads d_h 的平方根，应为 √d_h", s=lambda W_Q, Q_h, K_h: Q_h @ T(K_h) / np.sqrt(len(W_Q))),
        Mistake("it is divided by d_h in place of √d_h", "除以了 d_h，应为 √d_h", s=lambda d_h, Q_h, K_h: Q_h @ T(K_h) / d_h),
        Mistake(*HEADS[0], **_split_by(_by_reshape), R=lambda alpha, V_h: _flattened(alpha @ V_h)),
        Mistake(*HEADS[0], **_split_by(_by_reshape)),
        Mistake(*HEADS[0], **_split_by(_by_reshape), R=lambda Q, alpha, V_h: (alpha @ V_h).reshape(*Q.shape[:-1], -1)),
        Mistake("the heads are joined by a reshape alone, without moving the axis of heads back", "合并各头时只用 reshape，没有把头的轴移回", R=lambda Q, alpha, V_h: (alpha @ V_h).reshape(*Q.shape[:-1], -1)),
        Mistake(*HEADS[1], **_split_by(_interleaved), R=lambda alpha, V_h: np.moveaxis(alpha @ V_h, -3, -1).reshape(*alpha.shape[:-3], alpha.shape[-2], -1)),
        Mistake(*HEADS[1], **_split_by(_interleaved)),
        Mistake("W_O is missing: these are the heads side by side", "缺少 W_O：这是并排的各头", out=lambda R: R),
        Mistake("the heads are averaged in place of set side by side", "对各头取了平均，应并排拼接", R=lambda alpha, V_h, num_heads: np.tile((alpha @ V_h).mean(-3), num_heads)),
        Mistake("the scores are divided by √d_h, but their gradient is not", "得分除以了 √d_h，其梯度却没有", dQ_h=lambda ds, K_h: joined(ds @ K_h), dK_h=lambda ds, Q_h: joined(T(ds) @ Q_h)),
        Mistake("in dW_Q, the division by √d_h is missing", "dW_Q 中缺少除以 √d_h", dW_Q=lambda dQ_h, Q, d_h: over(dQ_h, Q) * np.sqrt(d_h)),
        Mistake("in dQ, the division by √d_h is missing", "dQ 中缺少除以 √d_h", dQ=lambda dQ_h, W_Q, d_h: dQ_h @ W_Q * np.sqrt(d_h)),
    ),
    (extra(*FAR_ABOVE, lambda rng: [(np.stack([QUERY, 0.5 * QUERY]), FAR_KEYS, VALUES, *[np.eye(2)] * 4, {"num_heads": 2, "mask": DOT_MASKED["mask"]})], axes=2, backward="gradients"),),
    large="Q, K",
)  # fmt: skip
