"""Steps and mistakes of Boltzmann machine, continuous, dense and modern Hopfield network, and holographic binding."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_softmax import JACOBIAN, SOFTMAX
from nnmem.study.index.mistakes.vocabulary import (
    average,
    batch_total,
    convolution,
    correlation,
    dots,
    extra,
    outer,
    over,
    softmax,
    top,
    total,
)


def _states(b: Any, low: float = -1.0) -> Any:
    return np.array(np.meshgrid(*[[low, 1.0]] * len(b), indexing="ij")).reshape(len(b), -1).T


def _goodness(s: Any, W: Any, b: Any) -> Any:
    return 0.5 * (s * (s @ W.T)).sum(-1) + s @ b


def _log_sum_exp(f: Any) -> Any:
    return np.log(np.exp(f - f.max(axis=-1, keepdims=True)).sum(axis=-1)) + f.max(axis=-1)


def _boltzmann(s: Any, W: Any, b: Any, dlog_p: Any) -> Any:
    S = _states(b)
    own = _goodness(s, W, b)
    log_Z = _log_sum_exp(_goodness(S, W, b))
    log_p = own - log_Z
    p = np.exp(_goodness(S, W, b) - log_Z)
    seen = over(dlog_p[..., None] * s, s)
    dreamt = dlog_p.sum() * (S * p[:, None]).T @ S
    ds = dlog_p[..., None] * (0.5 * (s @ W.T + s @ W) + b)
    dW = 0.5 * (seen - dreamt)
    db = batch_total(dlog_p[..., None] * s) - dlog_p.sum() * p @ S
    return (log_p,), (ds, dW, db)


BOLTZMANN = Known(
    _boltzmann,
    (
        Mistake("the states s′ are taken to be 0 and 1; they are −1 and +1", "状态 s′ 取了 0 和 1，应为 −1 和 +1", log_Z=lambda b, W: _log_sum_exp(_goodness(_states(b, 0.0), W, b))),
        Mistake("log Z, the logarithm of the partition function, is missing: this is −E(s)", "缺少配分函数的对数 log Z：这是 −E(s)", log_p=lambda own: own),
        Mistake("the mean over the states stands in place of the sum in log Z", "log Z 中用了均值，应为求和", log_p=lambda own, log_Z, b: own - log_Z + len(b) * np.log(2)),
        Mistake("the factor ½ is missing in the energy of s alone", "只有 s 自己的能量缺少因子 ½", own=lambda s, W, b: (s * (s @ W.T)).sum(-1) + s @ b),
        Mistake("the factor ½ is missing in both energies", "两处能量都缺少因子 ½", own=lambda s, W, b: (s * (s @ W.T)).sum(-1) + s @ b, log_Z=lambda b, W: _log_sum_exp(_goodness(_states(b), 2 * W, b))),
        Mistake("the sign of the energy is wrong", "能量的符号错误", log_p=lambda own, log_Z: -own - log_Z),
        Mistake("the logarithm is missing: this is p(s)", "缺少对数：这是 p(s)", log_p=lambda own, log_Z: np.exp(own - log_Z)),
        Mistake("the term of the model, ⟨s sᵀ⟩ₚ and ⟨s⟩ₚ, is missing: what is dreamt", "缺少模型一项 ⟨s sᵀ⟩ₚ 与 ⟨s⟩ₚ", dW=lambda seen: 0.5 * seen, db=lambda dlog_p, s: batch_total(dlog_p[..., None] * s)),
        Mistake("in dW, the factor ½ is missing before ⟨s sᵀ⟩ₚ alone", "dW 中只有 ⟨s sᵀ⟩ₚ 前缺少因子 ½", dW=lambda seen, dreamt: 0.5 * seen - dreamt),
        Mistake("in dW, the factor ½ is missing before both and before the data alone", "dW 中只有数据项前缺少因子 ½", dW=lambda seen, dreamt: seen - 0.5 * dreamt),
        Mistake("in dW, the factor ½ is missing and both terms count in full", "dW 中缺少因子 ½", dW=lambda seen, dreamt: seen - dreamt),
        Mistake("what is seen and what is dreamt are exchanged: the sign is flipped", "数据项与模型项交换了：符号反了", dW=lambda seen, dreamt: 0.5 * (dreamt - seen)),
        Mistake("the model's term is counted once, not Σ dlog_p times", "模型一项只计了一次，应乘 Σ dlog_p", dW=lambda seen, S, p: 0.5 * (seen - (S * p[:, None]).T @ S), db=lambda dlog_p, s, p, S: batch_total(dlog_p[..., None] * s) - p @ S),
        Mistake("W is taken to be symmetric in ds", "ds 中把 W 当成了对称的", ds=lambda dlog_p, s, W, b: dlog_p[..., None] * (s @ W.T + b)),
    ),
    large="s",
)  # fmt: skip


def _log_cosh(z: Any) -> Any:
    return np.abs(z) + np.log1p(np.exp(-2 * np.abs(z))) - np.log(2)


def _continuous(u: Any, W: Any, b: Any, beta: Any, dE: Any) -> Any:
    v = np.tanh(beta * u)
    leak = v * u - _log_cosh(beta * u) / beta
    E = (-0.5 * v * (v @ W.T) - v * b + leak).sum(-1)
    dv = dE[..., None] * (u - 0.5 * (v @ W.T + v @ W) - b)
    du = beta * (1 - v**2) * dv
    dW = -0.5 * over(dE[..., None] * v, v)
    db = -batch_total(dE[..., None] * v)
    return (E,), (du, dW, db)


CONTINUOUS = Known(
    _continuous,
    (
        Mistake("the leak, the integral of g⁻¹, is missing", "缺少泄漏项（g⁻¹ 的积分）", leak=lambda v: 0 * v),
        Mistake("in the leak v u − log cosh(β u) / β, the part log cosh is missing", "泄漏项 v u − log cosh(β u) / β 中缺少 log cosh 部分", leak=lambda v, u: v * u),
        Mistake("in the leak, log cosh(β u) is not divided by β", "泄漏项中 log cosh(β u) 没有除以 β", leak=lambda v, u, beta: v * u - _log_cosh(beta * u)),
        Mistake("in the leak, the part v u is missing", "泄漏项中缺少 v u 部分", leak=lambda u, beta: -_log_cosh(beta * u) / beta),
        Mistake("in dv, the term u of the leak is missing", "dv 中缺少泄漏项的 u", dv=lambda dE, v, W, b: dE[..., None] * (-0.5 * (v @ W.T + v @ W) - b)),
        Mistake("in du, dE v is one too many: the derivative of log cosh(β u) / β takes it away", "du 中多了 dE v：log cosh(β u) / β 的导数会把它抵消", du=lambda beta, v, dv, dE: beta * (1 - v**2) * dv + dE[..., None] * v),
        Mistake("in du, the derivative 1 − v² of tanh is forgotten", "du 中忘了 tanh 的导数 1 − v²", du=lambda beta, dv: beta * dv),
        Mistake("in du, β is forgotten", "du 中忘了 β", du=lambda v, dv: (1 - v**2) * dv),
        Mistake("u stands in place of v = tanh(β u)", "用了 u，应为 v = tanh(β u)", v=lambda u: u),
        Mistake("W is taken to be symmetric: dv = dE (u − W v − b)", "把 W 当成了对称的：dv = dE (u − W v − b)", dv=lambda dE, u, v, W, b: dE[..., None] * (u - v @ W.T - b)),
        Mistake("in dW, u stands in place of v", "dW 中用了 u，应为 v", dW=lambda dE, u: -0.5 * over(dE[..., None] * u, u)),
    ),
    large="u",
)  # fmt: skip


def minus_sum(o: Any, interaction: Any) -> Any:
    return -_log_sum_exp(o) if interaction == "exp" else -(o**interaction).sum(-1)


def _slope(o: Any, interaction: Any) -> Any:
    return softmax(o) if interaction == "exp" else interaction * o ** (interaction - 1)


def _dense(s: Any, patterns: Any, interaction: Any, dE: Any) -> Any:
    o = s @ patterns.T
    E = minus_sum(o, interaction)
    slope = _slope(o, interaction)
    do = -dE[..., None] * slope
    ds = do @ patterns
    dpatterns = over(do, s)
    return (E,), (ds, dpatterns)


DENSE = Known(
    _dense,
    (
        Mistake("with interaction='exp', the logarithm is missing: E = −log Σ exp(o), not −Σ exp(o)", "interaction='exp' 时缺少对数：E = −log Σ exp(o)，不是 −Σ exp(o)",
                E=lambda o, interaction: -np.exp(o).sum(-1) if interaction == "exp" else minus_sum(o, interaction), slope=lambda o, interaction: np.exp(o) if interaction == "exp" else _slope(o, interaction)),
        Mistake("the slope lacks the factor K: oᴷ⁻¹ in place of K oᴷ⁻¹", "斜率缺少因子 K：应为 K oᴷ⁻¹，用了 oᴷ⁻¹", slope=lambda o, interaction: softmax(o) if interaction == "exp" else o ** (interaction - 1)),
        Mistake("the slope has the power K in place of K − 1", "斜率的幂是 K，应为 K − 1", slope=lambda o, interaction: softmax(o) if interaction == "exp" else interaction * o**interaction),
        Mistake("the absolute values of the overlaps are taken: |o|ᴷ", "取了重叠的绝对值：|o|ᴷ", o=lambda s, patterns: np.abs(s @ patterns.T)),
        Mistake("it is divided by N, the number of patterns", "除以了模式数 N", E=lambda o, interaction: minus_sum(o, interaction) / (1 if interaction == "exp" else o.shape[-1])),
        Mistake("the largest is taken in place of the sum over the patterns", "取了最大者，应对模式求和", E=lambda o, interaction: -o.max(-1) if interaction == "exp" else -(o**interaction).max(-1)),
        Mistake("it is divided by K", "除以了 K", E=lambda o, interaction: minus_sum(o, interaction) / (1 if interaction == "exp" else interaction)),
        Mistake("the power is taken of the sum: −(Σ o)ᴷ", "对和取幂：−(Σ o)ᴷ", E=lambda o, interaction: minus_sum(o, interaction) if interaction == "exp" else -(o.sum(-1) ** interaction)),
        Mistake("negative overlaps count as zero: F(o) = max(o, 0)ᴷ", "负的重叠按零计：F(o) = max(o, 0)ᴷ", o=lambda s, patterns: np.maximum(s @ patterns.T, 0)),
    ),
    refused=(extra("an interaction of 1", "interaction 为 1", lambda rng: [(rng.normal(size=3), rng.normal(size=(2, 3)), {"interaction": 1})]),),
)  # fmt: skip


def _modern(X: Any, s: Any, beta: Any, ds_next: Any, dalpha: Any) -> Any:
    z = beta * dots(X, s)
    e = np.exp(z - top(z))
    alpha = e / total(e)
    s_next = average(alpha, X)
    da = dots(X, ds_next) + dalpha
    dz = alpha * (da - total(alpha * da))
    ds = beta * average(dz, X)
    dX = beta * outer(dz, s) + outer(alpha, ds_next)
    return (s_next, alpha), (dX, ds)


BETA = (
    Mistake("β is missing in the softmax", "softmax 中缺少 β", z=lambda X, s: dots(X, s)),
    Mistake("the scores are divided by β in place of multiplied", "得分除以了 β，应为乘以", z=lambda X, s, beta: dots(X, s) / beta),
    Mistake("the scores are divided by √d in place of multiplied by β", "得分除以了 √d，应乘以 β", z=lambda X, s: dots(X, s) / np.sqrt(X.shape[-1])),
    Mistake("the scores are multiplied by β / √d", "得分乘了 β / √d，应只乘 β", z=lambda X, s, beta: beta * dots(X, s) / np.sqrt(X.shape[-1])),
)  # fmt: skip
MODERN = Known(
    _modern,
    (
        Mistake("β is multiplied behind the softmax", "β 乘在了 softmax 之后", alpha=lambda X, s, beta: beta * softmax(dots(X, s))),
        *BETA,
        *(m.renamed(s="z") for m in SOFTMAX),
        *(m.renamed(ds="dz") for m in JACOBIAN),
        Mistake("in ds, β is missing", "ds 中缺少 β", ds=lambda dz, X: average(dz, X)),
        Mistake("in dX, β is missing before dzᵢ s", "dX 中 dzᵢ s 前缺少 β", dX=lambda dz, s, alpha, ds_next: outer(dz, s) + outer(alpha, ds_next)),
        Mistake("in dX, the path through the average, αᵢ ds_next, is missing", "dX 中缺少经过平均的一路 αᵢ ds_next", dX=lambda beta, dz, s: beta * outer(dz, s)),
        Mistake("in dX, the path through the scores, β dzᵢ s, is missing", "dX 中缺少经过得分的一路 β dzᵢ s", dX=lambda alpha, ds_next: outer(alpha, ds_next)),
    ),
    large="X, s",
)  # fmt: skip


def _modern_energy(X: Any, s: Any, beta: Any, dE: Any) -> Any:
    z = beta * dots(X, s)
    fit = _log_sum_exp(z) / beta
    E = -fit + 0.5 * (s * s).sum(-1)
    alpha = softmax(z)
    ds = dE[..., None] * (s - average(alpha, X))
    dX = -outer(dE[..., None] * alpha, s)
    return (E,), (dX, ds)


MODERN_ENERGY = Known(
    _modern_energy,
    (
        *BETA,
        Mistake("1/β before the logarithm is missing", "对数前缺少 1/β", fit=lambda z: _log_sum_exp(z)),
        Mistake("the logarithm is multiplied by β in place of divided", "对数乘了 β，应除以 β", fit=lambda z, beta: _log_sum_exp(z) * beta),
        Mistake("the logarithm is missing", "缺少对数", fit=lambda z, beta: np.exp(z).sum(-1) / beta),
        Mistake("the factor ½ before sᵀ s is missing", "sᵀ s 前缺少因子 ½", E=lambda fit, s: -fit + (s * s).sum(-1)),
        Mistake("the term ½ sᵀ s is missing", "缺少 ½ sᵀ s 一项", E=lambda fit: -fit),
        Mistake("the sign of the logarithm is wrong", "对数项的符号错误", E=lambda fit, s: fit + 0.5 * (s * s).sum(-1)),
        Mistake("the sign of ½ sᵀ s is wrong", "½ sᵀ s 的符号错误", E=lambda fit, s: -fit - 0.5 * (s * s).sum(-1)),
        Mistake("the mean over the patterns stands in place of the sum", "对模式取了均值，应为求和", fit=lambda z, beta: (_log_sum_exp(z) - np.log(z.shape[-1])) / beta),
        Mistake("in ds, the term s is missing", "ds 中缺少 s 一项", ds=lambda dE, alpha, X: -dE[..., None] * average(alpha, X)),
        Mistake("in dX, β is one too many", "dX 多乘了 β", dX=lambda dE, alpha, s, beta: -beta * outer(dE[..., None] * alpha, s)),
    ),
    large="X, s",
)  # fmt: skip


def _linear(a: Any, b: Any) -> Any:
    d = a.shape[-1]
    return np.stack([sum(a[..., j] * b[..., k - j] for j in range(k + 1)) for k in range(d)], axis=-1)


def _linear_correlation(a: Any, c: Any) -> Any:
    d = a.shape[-1]
    return np.stack([sum(a[..., j] * c[..., k + j] for j in range(d - k)) for k in range(d)], axis=-1)


def _bind(a: Any, b: Any, dc: Any) -> Any:
    c = convolution(a, b)
    da = correlation(b, dc)
    db = correlation(a, dc)
    return (c,), (da, db)


BIND = Known(
    _bind,
    (
        Mistake("the convolution is linear, cut at d: the indices are to be taken modulo d (circular)", "做成了截断的线性卷积：下标应对 d 取模（循环）", c=_linear),
        Mistake("it is the circular correlation, not the convolution: aⱼ bₖ₊ⱼ in place of aⱼ bₖ₋ⱼ", "这是循环相关，不是卷积：应为 aⱼ bₖ₋ⱼ，用了 aⱼ bₖ₊ⱼ", c=lambda a, b: correlation(a, b)),
        Mistake("it is the circular correlation the other way round", "这是反过来的循环相关，应为卷积", c=lambda a, b: correlation(b, a)),
        Mistake("it is the product entry by entry, a ∘ b", "这是逐元素乘积 a ∘ b，应为循环卷积", c=lambda a, b: a * b),
        Mistake("it is the product of the transforms, not transformed back", "是变换的乘积，没有变换回来", c=lambda a, b: (np.fft.fft(a) * np.fft.fft(b)).real),
        Mistake("the gradient is bound with the other vector (convolution); it is to be unbound (correlation)", "梯度与另一向量做了绑定（卷积），应为解绑（相关）", da=lambda b, dc: convolution(b, dc), db=lambda a, dc: convolution(a, dc)),
        Mistake("the correlation is the wrong way round: dc ⋆ b in place of b ⋆ dc", "相关的方向反了：应为 b ⋆ dc，用了 dc ⋆ b", da=lambda b, dc: correlation(dc, b), db=lambda a, dc: correlation(dc, a)),
        Mistake("it is moved: the indices begin at 1, cₖ = Σ aⱼ bₖ₋ⱼ₊₁", "整体移位：下标从 1 开始", c=lambda a, b: np.roll(convolution(a, b), 1, axis=-1)),
    ),
)  # fmt: skip


def _unbind(c: Any, a: Any, dy: Any) -> Any:
    y = correlation(a, c)
    dc = convolution(a, dy)
    da = correlation(dy, c)
    return (y,), (dc, da)


UNBIND = Known(
    _unbind,
    (
        Mistake("it is the circular convolution: the conjugate is forgotten (aⱼ cₖ₋ⱼ in place of aⱼ cₖ₊ⱼ)", "这是循环卷积：忘了取共轭（应为 aⱼ cₖ₊ⱼ，用了 aⱼ cₖ₋ⱼ）", y=lambda a, c: convolution(a, c)),
        Mistake("the transforms are divided, F(c) / F(a), in place of multiplied by the conjugate", "变换做了除法 F(c) / F(a)，应乘以共轭", y=lambda a, c: np.fft.ifft(np.fft.fft(c) / np.fft.fft(a)).real),
        Mistake("the correlation is the wrong way round: the conjugate is that of F(c), c ⋆ a", "相关的方向反了：取了 F(c) 的共轭，即 c ⋆ a", y=lambda a, c: correlation(c, a)),
        Mistake("the correlation is linear, cut at d: the indices are to be taken modulo d (circular)", "做成了截断的线性相关：下标应对 d 取模（循环）", y=_linear_correlation),
        Mistake("it is the product entry by entry, a ∘ c", "这是逐元素乘积 a ∘ c", y=lambda a, c: a * c),
        Mistake("in dc, correlation stands in place of convolution", "dc 中用了相关，应为卷积", dc=lambda a, dy: correlation(a, dy)),
        Mistake("in da, convolution stands in place of correlation", "da 中用了卷积，应为相关", da=lambda c, dy: convolution(dy, c)),
        Mistake("in da, the correlation is the wrong way round: c ⋆ dy in place of dy ⋆ c", "da 中相关的方向反了：应为 dy ⋆ c，用了 c ⋆ dy", da=lambda c, dy: correlation(c, dy)),
    ),
)  # fmt: skip
