"""Steps, mistakes and promises of the Hopfield network, (8.14) to (8.19), and of its other learning rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import batch_total, extra, of_sums, over


def _field(h: Any, beta: Any) -> Any:
    return np.where(h >= 0, 1.0, -1.0) if beta is None else np.tanh(beta * h)


def _hopfield_update(s: Any, W: Any, b: Any, beta: Any, ds_next: Any) -> Any:
    h = s @ W.T + b
    s_next = _field(h, beta)
    dz = beta * ds_next * (1 - s_next**2)
    ds = dz @ W
    dW = over(dz, s)
    db = batch_total(dz)
    return (s_next,), (ds, dW, db)


TIES = (np.array([1.0, -1, 1]), np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]]), np.zeros(3))
TIES_OF_MINUS = (np.array([-1.0, 1, -1]), np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]]), np.zeros(3))
WEIGHTS = np.array([[0.0, 1, -2], [1, 0, 0.5], [-2, 0.5, 0]])
NOT_SYMMETRIC = np.array([[0.0, 1, -2], [0.5, 0, 0.25], [-0.75, 2, 0]])
UPDATE = Known(
    _hopfield_update,
    (
        Mistake("where W s + b = 0 the state should be +1 (≥ in (8.14)), and is −1: > for ≥", "W s + b = 0 时状态应为 +1（(8.14) 中是 ≥），却为 −1：用了 > 而不是 ≥",
                s_next=lambda h, beta: np.where(h > 0, 1.0, -1.0) if beta is None else np.tanh(beta * h)),
        Mistake("where W s + b = 0 the state should be +1, and is 0: np.sign gives 0 there", "W s + b = 0 时状态应为 +1，却为 0：np.sign 在该处得 0",
                s_next=lambda h, beta: np.sign(h) if beta is None else np.tanh(beta * h)),
        Mistake("where W s + b = 0 the state should be +1, and keeps its old value", "W s + b = 0 时状态应为 +1，却保持了原来的值",
                s_next=lambda s, h, beta: np.where(h == 0, s, np.sign(h)) if beta is None else np.tanh(beta * h)),
        Mistake("W is used transposed: s W in place of W s", "W 用成了转置：应为 W s，用了 s W", h=lambda s, W, b: s @ W + b),
        Mistake("the bias b is missing", "缺少偏置 b", h=lambda s, W: s @ W.T),
        Mistake("the sign of the bias b is wrong", "偏置 b 的符号错误", h=lambda s, W, b: s @ W.T - b),
        Mistake("β stands outside: β tanh(W s + b)", "β 放在了外面：β tanh(W s + b)", s_next=lambda h, beta: _field(h, beta) if beta is None else beta * np.tanh(h)),
        Mistake("β is missing: tanh(W s + b)", "缺少 β：tanh(W s + b)", s_next=lambda h, beta: _field(h, None if beta is None else 1.0)),
        Mistake("β multiplies W s alone, not b", "β 只乘了 W s，没有乘 b", s_next=lambda s, W, b, beta: _field(s @ W.T + b, beta) if beta is None else np.tanh(beta * (s @ W.T) + b)),
        Mistake("h is divided by β: tanh((W s + b) / β)", "除以了 β：tanh((W s + b) / β)", s_next=lambda h, beta: _field(h, None if beta is None else 1 / beta)),
        Mistake("with beta=None the step function should give −1 and +1, and gives 0 and 1", "beta=None 时阶跃函数应取 −1 和 +1，却取了 0 和 1",
                s_next=lambda h, beta: np.where(h >= 0, 1.0, 0.0) if beta is None else np.tanh(beta * h)),
        Mistake("β is forgotten in the derivative", "导数中忘了 β", dz=lambda ds_next, s_next: ds_next * (1 - s_next**2)),
        Mistake("the derivative 1 − s_next² of tanh is forgotten", "忘了 tanh 的导数 1 − s_next²", dz=lambda ds_next, beta, s_next: beta * ds_next + 0 * s_next),
        Mistake("the derivative is taken at the old state: 1 − s²", "导数取在了旧状态：1 − s²", dz=lambda ds_next, beta, s: beta * ds_next * (1 - s**2)),
        Mistake("the derivative is that of a sigmoid, y (1 − y)", "导数用了 sigmoid 的 y (1 − y)", dz=lambda ds_next, beta, s_next: beta * ds_next * s_next * (1 - s_next)),
        Mistake("dz is divided by β", "dz 除以了 β", dz=lambda ds_next, beta, s_next: ds_next * (1 - s_next**2) / beta),
        Mistake("in dW, s_next stands in place of s", "dW 中用了 s_next，应为 s", dW=lambda dz, s_next: over(dz, s_next)),
        Mistake("dW is transposed: s dzᵀ in place of dz sᵀ", "dW 转置了：应为 dz sᵀ，用了 s dzᵀ", dW=lambda dz, s: over(s, dz)),
        Mistake("W is not transposed in ds = Wᵀ dz", "ds = Wᵀ dz 中 W 没有转置", ds=lambda dz, W: dz @ W.T),
        Mistake("dW is the outer product of sums over the batch", "dW 用了批求和之后的外积", dW=lambda dz, s: of_sums(dz, s)),
    ),
    (
        extra("with beta=None, where W s + b = 0, the state should be +1", "beta=None 且 W s + b = 0 时状态应为 +1", lambda rng: [TIES, TIES_OF_MINUS], axes=1, backward="raises"),
        extra("with beta=None the state is the sign of W s + b", "beta=None 时状态为 W s + b 的符号",
              lambda rng: [(np.array([1.0, -1, -1]), NOT_SYMMETRIC, np.array([0.3, -0.2, 0.1])), (rng.choice([-1.0, 1.0], (2, 3)), NOT_SYMMETRIC, np.array([0.3, -0.2, 0.1]))], axes=1, backward="raises"),
    ),
    refused=(extra("beta that is not above 0", "beta 不大于 0", lambda rng: [(*TIES, {"beta": -1.0})], axes=1),
             extra("with beta=None, states other than −1 and +1", "beta=None 时状态不是 −1 或 +1", lambda rng: [(np.array([0.5, 1, 1]), *TIES[1:])], axes=1)),
)  # fmt: skip


def _hopfield_energy(s: Any, W: Any, b: Any, dE: Any) -> Any:
    E = -0.5 * (s * (s @ W.T)).sum(-1) - s @ b
    ds = -dE[..., None] * (0.5 * (s @ W.T + s @ W) + b)
    dW = -0.5 * over(dE[..., None] * s, s)
    db = -batch_total(dE[..., None] * s)
    return (E,), (ds, dW, db)


SYMMETRIC = Mistake("W is taken to be symmetric: ds = −dE (W s + b) in place of −dE (½ (W + Wᵀ) s + b)", "把 W 当成了对称的：ds = −dE (W s + b)，应为 −dE (½ (W + Wᵀ) s + b)",
                    ds=lambda dE, s, W, b: -dE[..., None] * (s @ W.T + b))  # fmt: skip
ENERGY = Known(
    _hopfield_energy,
    (
        SYMMETRIC,
        Mistake("W is taken to be symmetric, and transposed: ds = −dE (Wᵀ s + b)", "把 W 当成了对称的，且转置了：ds = −dE (Wᵀ s + b)", ds=lambda dE, s, W, b: -dE[..., None] * (s @ W + b)),
        Mistake("the factor ½ before sᵀ W s is missing", "sᵀ W s 前缺少因子 ½", E=lambda s, W, b: -(s * (s @ W.T)).sum(-1) - s @ b),
        Mistake("in ds, the factor ½ before (W + Wᵀ) s is missing", "ds 中 (W + Wᵀ) s 前缺少因子 ½", ds=lambda dE, s, W, b: -dE[..., None] * (s @ W.T + s @ W + b)),
        Mistake("in ds, b is missing", "ds 中缺少 b", ds=lambda dE, s, W: -dE[..., None] * 0.5 * (s @ W.T + s @ W)),
        Mistake("in dW, the factor ½ is missing", "dW 中缺少因子 ½", dW=lambda dE, s: -over(dE[..., None] * s, s)),
        Mistake("the sum runs over i < j alone and still has the half", "只对 i < j 求和，却仍乘了 ½", E=lambda s, W, b: -0.5 * (s * (s @ np.triu(W, 1).T)).sum(-1) - s @ b),
        Mistake("the sum runs over i < j alone: the lower triangle and the diagonal are missing", "只对 i < j 求和：缺少下三角和对角线", E=lambda s, W, b: -(s * (s @ np.triu(W, 1).T)).sum(-1) - s @ b),
        Mistake("the sum runs over i > j alone and still has the half", "只对 i > j 求和，却仍乘了 ½", E=lambda s, W, b: -0.5 * (s * (s @ np.tril(W, -1).T)).sum(-1) - s @ b),
        Mistake("the sum runs over i > j alone: the upper triangle and the diagonal are missing", "只对 i > j 求和：缺少上三角和对角线", E=lambda s, W, b: -(s * (s @ np.tril(W, -1).T)).sum(-1) - s @ b),
        Mistake("the diagonal of W is left out of the energy", "能量中漏掉了 W 的对角线", E=lambda s, W, b: -0.5 * (s * (s @ (W - np.diag(np.diag(W))).T)).sum(-1) - s @ b),
        Mistake("the bias term has the wrong sign", "偏置项的符号错误", E=lambda s, W, b: -0.5 * (s * (s @ W.T)).sum(-1) + s @ b),
        Mistake("the bias term has the half too", "偏置项也乘了 ½", E=lambda s, W, b: -0.5 * (s * (s @ W.T + b)).sum(-1)),
        Mistake("the sign of sᵀ W s is wrong", "sᵀ W s 的符号错误", E=lambda s, W, b: 0.5 * (s * (s @ W.T)).sum(-1) - s @ b),
    ),
)  # fmt: skip


def _without_diagonal(W: Any) -> Any:
    return W - np.diag(np.diag(W))


def _hebbian(patterns: Any, dW: Any) -> Any:
    outer_products = patterns.T @ patterns
    W = _without_diagonal(outer_products / len(patterns))
    D = _without_diagonal(dW)
    dpatterns = patterns @ (D + D.T) / len(patterns)
    return (W,), (dpatterns,)


HEBBIAN = Known(
    _hebbian,
    (
        Mistake("the diagonal is kept; wᵢᵢ should be 0 (8.15)", "保留了对角线；wᵢᵢ 应为 0（公式 8.15）", W=lambda patterns: patterns.T @ patterns / len(patterns)),
        Mistake("the identity is subtracted; for patterns that are not ±1 that leaves a diagonal: set it to 0", "减去了单位矩阵；模式不是 ±1 时对角线不为零：应直接置零", W=lambda patterns: patterns.T @ patterns / len(patterns) - np.eye(patterns.shape[1])),
        Mistake("it is divided by m, the number of neurons, in place of N, the number of patterns", "除以了神经元数 m，应除以模式数 N", W=lambda outer_products: _without_diagonal(outer_products) / len(outer_products)),
        Mistake("it is divided by m in place of N, and the identity is subtracted", "除以了 m（应为 N），且减去了单位矩阵", W=lambda outer_products: outer_products / len(outer_products) - np.eye(len(outer_products))),
        Mistake("the division by N, the number of patterns, is missing", "缺少除以模式数 N", W=lambda outer_products: _without_diagonal(outer_products)),
        Mistake("the division by N is missing, and the diagonal is kept", "缺少除以 N，且保留了对角线", W=lambda outer_products: outer_products),
        Mistake("the diagonal of dW is not left out", "没有去掉 dW 的对角线", D=lambda dW: dW),
        Mistake("dW is taken to be symmetric: (2/N) dW x in place of (1/N) (dW + dWᵀ) x", "把 dW 当成了对称的：用了 (2/N) dW x，应为 (1/N) (dW + dWᵀ) x", dpatterns=lambda patterns, D: 2 * patterns @ D.T / len(patterns)),
        Mistake("dW is taken to be symmetric: (2/N) dWᵀ x in place of (1/N) (dW + dWᵀ) x", "把 dW 当成了对称的：用了 (2/N) dWᵀ x，应为 (1/N) (dW + dWᵀ) x", dpatterns=lambda patterns, D: 2 * patterns @ D / len(patterns)),
        Mistake("a pattern enters twice, as xᵢ and as xⱼ: dWᵀ x is missing", "模式既作为 xᵢ 又作为 xⱼ 出现两次：缺少 dWᵀ x", dpatterns=lambda patterns, D: patterns @ D.T / len(patterns)),
        Mistake("a pattern enters twice, as xᵢ and as xⱼ: dW x is missing", "模式既作为 xᵢ 又作为 xⱼ 出现两次：缺少 dW x", dpatterns=lambda patterns, D: patterns @ D / len(patterns)),
    ),
    refused=(extra("patterns of 0 and 1", "由 0 和 1 组成的模式", lambda rng: [(np.array([[0.0, 1, 1], [1, 0, 1]]),)], axes=0),),
    not_graded=(("that the columns of W are contiguous in memory", "W 的列是否连续存放"),),
)  # fmt: skip


def _storkey(
    patterns: Any, by: float | None = None, turned: bool = False, own: bool = True, only: str = "", keep: bool = False
) -> Any:
    m = patterns.shape[1]
    W = np.zeros((m, m))
    for x in patterns:
        h = (W @ x)[:, None] - (W * x if own else 0)
        a, b = x[:, None] * h.T, h * x
        if turned:
            a, b = x[:, None] * h, h.T * x
        if only:
            a, b = (a, 0 * b) if only == "first" else (0 * a, b)
        W = W + (np.outer(x, x) - a - b) / (by or m)
        W = W if keep else _without_diagonal(W)
    return W


def _storkey_in_place(patterns: Any) -> Any:
    """W changed entry by entry, while the fields of the same pattern are still computed from it."""
    m = patterns.shape[1]
    W = np.zeros((m, m))
    for x in patterns:
        for i, j in np.ndindex(m, m):
            others = [k for k in range(m) if k not in (i, j)]
            h, h_other = W[i, others] @ x[others], W[j, others] @ x[others]
            W[i, j] += (x[i] * x[j] - x[i] * h_other - h * x[j]) / m
    return W


def _storkey_with_diagonal(patterns: Any) -> Any:
    """Right outside the diagonal, which is computed as the rest is."""
    m = patterns.shape[1]
    W = np.zeros((m, m))
    for x in patterns:
        h = (W @ x)[:, None] - W * x - (np.diag(W) * x)[:, None] * (1 - np.eye(m))
        W = W + (np.outer(x, x) - x[:, None] * h.T - h * x) / m
    return W


def _storkey_rule(patterns: Any) -> Any:
    W = _storkey(patterns)
    return (W,), ()


STORKEY = Known(
    _storkey_rule,
    (
        Mistake("h is used transposed: xᵢ hᵢⱼ in place of xᵢ hⱼᵢ", "h 用成了转置：应为 xᵢ hⱼᵢ，用了 xᵢ hᵢⱼ", W=lambda patterns: _storkey(patterns, turned=True)),
        Mistake("it is divided by N in place of m", "除以了 N，应为 m", W=lambda patterns: _storkey(patterns, by=len(patterns))),
        Mistake("the division by m is missing", "缺少除以 m", W=lambda patterns: _storkey(patterns, by=1)),
        Mistake("in hᵢⱼ, the term k = j is not left out", "hᵢⱼ 中没有去掉 k = j 的项", W=lambda patterns: _storkey(patterns, own=False)),
        Mistake("the diagonal is kept; wᵢᵢ should be 0", "保留了对角线；wᵢᵢ 应为 0", W=_storkey_with_diagonal),
        Mistake("hᵢⱼ is all of W x, the terms k = i and k = j are not left out, and the diagonal is kept", "hᵢⱼ 用了整个 W x，没有去掉 k = i 和 k = j 的项，且保留了对角线", W=lambda patterns: _storkey(patterns, own=False, keep=True)),
        Mistake("W is changed while the fields h of the same pattern are still computed from it", "计算同一模式的 h 时 W 已被改动：应先用旧的 W 算出全部 h", W=_storkey_in_place),
        Mistake("W is changed while the fields h of the same pattern are still computed from it", "计算同一模式的 h 时 W 已被改动：应先用旧的 W 算出全部 h", W=lambda patterns: _without_diagonal(_storkey_in_place(patterns))),
        Mistake("the term hᵢⱼ xⱼ is missing", "缺少 hᵢⱼ xⱼ 一项", W=lambda patterns: _storkey(patterns, only="first")),
        Mistake("the term xᵢ hⱼᵢ is missing", "缺少 xᵢ hⱼᵢ 一项", W=lambda patterns: _storkey(patterns, only="second")),
        Mistake("the crosstalk is missing: this is Hebb's rule divided by m", "缺少串扰项：这是除以 m 的 Hebbian 法则", W=lambda patterns: _without_diagonal(patterns.T @ patterns) / patterns.shape[1]),
        Mistake("this is Hebb's rule (8.19)", "这是 Hebbian 法则（8.19）", W=lambda patterns: _without_diagonal(patterns.T @ patterns) / len(patterns)),
    ),
    refused=(extra("patterns that are not −1 and +1", "模式不是 −1 和 +1", lambda rng: [(np.array([[0.5, 1, 1], [1, -1, 1]]),)]),),
)  # fmt: skip


def _pseudo_inverse_rule(patterns: Any) -> Any:
    projection = np.linalg.pinv(patterns) @ patterns
    W = _without_diagonal(projection)
    return (W,), ()


PSEUDO_INVERSE = Known(
    _pseudo_inverse_rule,
    (
        Mistake("the diagonal is kept; wᵢᵢ should be 0", "保留了对角线；wᵢᵢ 应为 0", W=lambda projection: projection),
        Mistake("it is divided by m", "除以了 m", W=lambda projection: _without_diagonal(projection) / len(projection)),
        Mistake("this is Hebb's rule (8.19)", "这是 Hebbian 法则（8.19）", W=lambda patterns: _without_diagonal(patterns.T @ patterns) / len(patterns)),
        Mistake("this is X⁺ X of the transposed patterns", "用了转置后模式的 X⁺ X", W=lambda patterns: _without_diagonal(patterns @ np.linalg.pinv(patterns))),
    ),
    (extra("patterns that are equal, or more than fit, are to be stored too", "相同的模式也应能存储", lambda rng: [(np.array([[1.0, -1, 1, 1], [1, -1, 1, 1], [-1, -1, 1, -1]]),)]),),
    refused=(extra("patterns that are not −1 and +1", "模式不是 −1 和 +1", lambda rng: [(np.array([[0.5, 1, 1], [1, -1, 1]]),)]),),
)  # fmt: skip
