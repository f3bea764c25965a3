"""Steps and mistakes of an encoder's parts, layer norm and GELU, and of writing by attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnmem.nn.error_function import erf
from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import T, batch_total, extra, mean_total, total


def _layer_norm(X: Any, gain: Any, bias: Any, eps: Any, dY: Any) -> Any:
    mu = mean_total(X)
    centred = X - mu
    variance = mean_total(centred**2)
    sigma = np.sqrt(variance + eps)
    n = centred / sigma
    Y = gain * n + bias
    dn = gain * dY
    dX = (dn - mean_total(dn) - n * mean_total(n * dn)) / sigma
    dgain = batch_total(n * dY)
    dbias = batch_total(dY)
    return (Y,), (dX, dgain, dbias)


def _column_mean(X: Any) -> Any:
    return X.reshape(-1, X.shape[-1]).mean(axis=0)


LAYER_NORM = Known(
    _layer_norm,
    (
        Mistake("the variance is divided by d − 1 in place of d", "方差除以了 d − 1，应为 d", variance=lambda centred: total(centred**2) / max(centred.shape[-1] - 1, 1)),
        Mistake("ε is added to σ behind the root, not to the variance below it", "ε 加在了开方之后的 σ 上，应加在方差上", sigma=lambda variance, eps: np.sqrt(variance) + eps),
        Mistake("ε is missing", "缺少 ε", sigma=lambda variance: np.sqrt(variance)),
        Mistake("the root is missing: it is divided by the variance", "缺少开方：除以了方差", sigma=lambda variance, eps: variance + eps),
        Mistake("the mean is not subtracted in the numerator", "分子没有减去均值", n=lambda X, sigma: X / sigma),
        Mistake("the mean is not subtracted: σ is the root of the mean square", "没有减去均值：σ 成了均方根", centred=lambda X: X),
        Mistake("mean and variance run over the rows (batch normalisation), not over the entries of each", "均值与方差沿各行计算（批归一化），应在每行之内",
                mu=lambda X: _column_mean(X), variance=lambda centred: _column_mean(centred**2)),
        Mistake("mean and variance are of the whole array, not of each row", "均值与方差取自整个数组，应为每行各自的", mu=lambda X: X.mean(), variance=lambda centred: (centred**2).mean()),
        Mistake("the bias is added before the gain is multiplied", "先加了偏置再乘增益", Y=lambda gain, n, bias: gain * (n + bias)),
        Mistake("gain and bias are missing", "缺少增益与偏置", Y=lambda n: n),
        Mistake("in dX, μ and σ are taken for constants", "dX 把 μ 和 σ 当成了常数", dX=lambda dn, sigma: dn / sigma),
        Mistake("in dX, σ is taken for a constant", "dX 把 σ 当成了常数", dX=lambda dn, sigma: (dn - mean_total(dn)) / sigma),
        Mistake("in dX, μ is taken for a constant: the mean of dn is not subtracted", "dX 把 μ 当成了常数：没有减去 dn 的均值", dX=lambda dn, n, sigma: (dn - n * mean_total(n * dn)) / sigma),
        Mistake("in dX, sums stand in place of means", "dX 用了和，应为均值", dX=lambda dn, n, sigma: (dn - total(dn) - n * total(n * dn)) / sigma),
        Mistake("in dX, the division by σ is missing", "dX 缺少除以 σ", dX=lambda dn, n: dn - mean_total(dn) - n * mean_total(n * dn)),
        Mistake("in dX, the gain is missing", "dX 缺少增益", dn=lambda dY: dY),
        Mistake("in dX, the centred row stands in place of n", "dX 用了未除以 σ 的行，应为 n", dX=lambda dn, centred, sigma: (dn - mean_total(dn) - centred * mean_total(centred * dn)) / sigma),
        Mistake("in dgain, n is missing", "dgain 缺少 n", dgain=lambda dY: batch_total(dY)),
        Mistake("in dgain, the row X stands in place of n", "dgain 用了 X，应为 n", dgain=lambda X, dY: batch_total(X * dY)),
        Mistake("in dgain, the centred row stands in place of n", "dgain 用了未除以 σ 的行，应为 n", dgain=lambda centred, dY: batch_total(centred * dY)),
        Mistake("dbias is a mean over the rows, it should be their sum", "dbias 取了各行的均值，应为和", dbias=lambda dY: dY.reshape(-1, dY.shape[-1]).mean(axis=0)),
    ),
    extras=(extra("a row whose entries are all equal should come out as the bias", "各元素相等的行应得到偏置", lambda rng: [(np.array([[2.0, 2, 2], [1, 2, 4]]), np.array([1.0, 2, 3]), np.array([0.5, -1, 2]), {"eps": 1e-5})], axes=1, backward="gradients"),
            extra("with entries of a million ε no longer shows", "各元素达到百万时，ε 不再起作用", lambda rng: [(1e6 * rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4), {"eps": 1e-5})], axes=1, backward="gradients")),
    refused=(
        extra("rows without entries", "没有元素的行", lambda rng: [(np.ones((2, 0)), np.ones(0), np.ones(0))]),
        extra("an eps that is not above 0", "不大于 0 的 eps", lambda rng: [(np.ones((2, 3)), np.ones(3), np.ones(3), {"eps": eps}) for eps in (0, -1.0)]),
    ),
)  # fmt: skip


def _gelu(X: Any, dY: Any) -> Any:
    Phi = (1 + erf(X / math.sqrt(2))) / 2
    Y = X * Phi
    phi = np.exp(-(X**2) / 2) / math.sqrt(2 * math.pi)
    dX = dY * (Phi + X * phi)
    return (Y,), (dX,)


GELU = Known(
    _gelu,
    (
        Mistake("x is not divided by √2 in erf", "erf 中的 x 没有除以 √2", Phi=lambda X: (1 + erf(X)) / 2),
        Mistake("x is divided by 2 in place of √2", "x 除以了 2，应为 √2", Phi=lambda X: (1 + erf(X / 2)) / 2),
        Mistake("it is the form with tanh, which only comes near", "用了 tanh 的近似形式", Phi=lambda X: (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X**3))) / 2),
        Mistake("a sigmoid, σ(1.702 x), stands in place of Φ, which only comes near", "用 σ(1.702 x) 近似代替了 Φ", Phi=lambda X: 1 / (1 + np.exp(-1.702 * X))),
        Mistake("a sigmoid stands in place of Φ (SiLU)", "用 sigmoid 代替了 Φ（SiLU）", Phi=lambda X: 1 / (1 + np.exp(-X))),
        Mistake("the factor x is missing: this is Φ", "缺少因子 x：这是 Φ", Y=lambda Phi: Phi),
        Mistake("Φ is not halved", "Φ 没有除以 2", Phi=lambda X: 1 + erf(X / math.sqrt(2))),
        Mistake("1 is not added to erf", "erf 没有加 1", Phi=lambda X: erf(X / math.sqrt(2)) / 2),
        Mistake("this is ReLU, max(x, 0)", "这是 ReLU：max(x, 0)", Y=lambda X: np.maximum(X, 0)),
        Mistake("in dX, the slope of Φ is forgotten: the second term of the product rule", "dX 忘了 Φ 的导数（乘法法则的第二项）", dX=lambda dY, Phi: dY * Phi),
        Mistake("in dX, the first term of the product rule, Φ, is forgotten", "dX 忘了乘法法则的第一项 Φ", dX=lambda dY, X, phi: dY * X * phi),
        Mistake("in dX, φ is not multiplied by x", "dX 中的 φ 没有乘以 x", dX=lambda dY, Phi, phi: dY * (Phi + phi)),
        Mistake("φ is not divided by √(2π)", "φ 没有除以 √(2π)", phi=lambda X: np.exp(-(X**2) / 2)),
        Mistake("φ is divided by 2π in place of √(2π)", "φ 除以了 2π，应为 √(2π)", phi=lambda X: np.exp(-(X**2) / 2) / (2 * math.pi)),
        Mistake("the exponent of φ is −x² in place of −x²/2", "φ 的指数是 −x²，应为 −x²/2", phi=lambda X: np.exp(-(X**2)) / math.sqrt(2 * math.pi)),
        Mistake("the slope of Φ is that of erf, 2/√π exp(−x²)", "把 erf 的导数 2/√π exp(−x²) 当作了 Φ 的导数", phi=lambda X: 2 / math.sqrt(math.pi) * np.exp(-(X**2))),
        Mistake("φ lacks 1/√2, the inner derivative of x/√2", "φ 缺少内层 x/√2 的导数 1/√2", phi=lambda X: np.exp(-(X**2) / 2) / math.sqrt(math.pi)),
    ),
    large="X",
)  # fmt: skip


def _left(w: Any) -> Any:
    """What all values from t on leave of what was there, (..., T + 1, N)."""
    left = np.ones((*w.shape[:-2], w.shape[-2] + 1, w.shape[-1]), w.dtype)
    for t in reversed(range(w.shape[-2])):
        left[..., t, :] = left[..., t + 1, :] * (1 - w[..., t, :])
    return left


def _earlier(w: Any) -> Any:
    """The same with the order turned round: what the values before t leave."""
    return np.roll(_left(w[..., ::-1, :])[..., ::-1, :], 1, axis=-2)


def _held(w: Any, g: Any, g0: Any) -> Any:
    """What each slot holds before every value, where g is written in place of the values, (..., T, N)."""
    held = [g0]
    for t in range(w.shape[-2] - 1):
        held.append((1 - w[..., t, :]) * held[-1] + w[..., t, :] * g[..., t, :])
    return np.stack(held, axis=-2)[..., : w.shape[-2], :]


def _attention_write(M: Any, w: Any, V: Any, dM_next: Any, dc: Any) -> Any:
    left = _left(w)
    c = w * left[..., 1:, :]
    kept = left[..., 0, :, None]
    M_next = kept * M + T(c) @ V
    dM = kept * dM_next
    dV = c @ dM_next
    g = dc + V @ T(dM_next)
    g0 = (M * dM_next).sum(-1)
    b = _held(w, g, g0)
    dw = left[..., 1:, :] * (g - b)
    return (M_next, c), (dM, dw, dV)


ATTENTION_WRITE = Known(
    _attention_write,
    (
        Mistake("the order is turned round: earlier values write over later ones", "次序反了：先写的值覆盖了后写的值", left=lambda w: _earlier(w)),
        Mistake("what was there before is not erased", "没有删去原有的内容", kept=lambda left: np.ones_like(left[..., 0, :, None])),
        Mistake("what was there before is lost, whatever the weights", "不论权重大小，原有的内容都丢了", kept=lambda left: np.zeros_like(left[..., 0, :, None])),
        Mistake("a value erases itself too: the product begins at s = t in place of s > t", "值把自己也删去了：连乘从 s = t 开始，应为 s > t", c=lambda w, left: w * left[..., :-1, :]),
        Mistake("the shares are the weights: what later values leave is missing", "把权重当作份额：缺少后来的值留下的比例", c=lambda w: w),
        Mistake("the shares of a slot are normalised, as if nothing had been there", "对每个记忆片段的份额作了归一化", c=lambda w, left: w * left[..., 1:, :] / (w * left[..., 1:, :]).sum(-2, keepdims=True)),
        Mistake("only the last value is written", "只写入了最后一个值", M_next=lambda M, w, V: (1 - w[..., -1, :, None]) * M + w[..., -1, :, None] * V[..., -1:, :]),
        Mistake("in dw, that a weight erases is forgotten", "dw 忘了权重还会删除", dw=lambda left, g: left[..., 1:, :] * g),
        Mistake("in dw, the gradient of the shares is forgotten", "dw 忘了份额的上游梯度", g=lambda V, dM_next: V @ T(dM_next)),
        Mistake("in dw, the gradient of M_next is forgotten", "dw 忘了 M_next 的上游梯度", g=lambda dc: dc, g0=lambda M: 0 * M.sum(-1)),
        Mistake("in dw, what was there before is forgotten", "dw 忘了原有的内容", g0=lambda M: 0 * M.sum(-1)),
        Mistake("in dw, what later values leave is missing", "dw 缺少后来的值留下的比例", dw=lambda g, b: g - b),
        Mistake("in dw, the last memory stands for what the slot held before each value", "dw 用了最后的记忆，应为每次写入之前的内容", b=lambda M_next, dM_next: (M_next * dM_next).sum(-1)[..., None, :]),
        Mistake("in dV, the weights stand in place of the shares", "dV 用了权重，应为份额", dV=lambda w, dM_next: w @ dM_next),
        Mistake("dM is dM_next: the erasing is forgotten", "dM 直接取了 dM_next：忘了删除", dM=lambda dM_next: dM_next),
        Mistake("nothing is erased: values are only added", "没有删除，只做了增加", left=lambda w: np.ones_like(_left(w))),
    ),
    extras=(extra("a weight of 1 should replace what the slot held, with no division by 1 − w", "权重为 1 时应完全替换，不能除以 1 − w", lambda rng: [(np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 0], [0.5, 1]]), np.array([[5.0, 6], [7, 9]]))], axes=2, backward="gradients"),),
)  # fmt: skip
