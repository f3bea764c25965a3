"""Steps and mistakes of the marginals of a chain and of structured attention, section 8.1.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import average, dots, nonzero, outer, softmax, total


def floor(s: Any, axes: Any = -1) -> Any:
    """The largest, or 0 where all is forbidden."""
    largest = s.max(axis=axes, keepdims=True)
    return np.where(np.isfinite(largest), largest, 0)


def log_sum(s: Any, axis: int) -> Any:
    """log Σ exp."""
    with np.errstate(divide="ignore"):
        return (np.log(np.exp(s - floor(s, axis)).sum(axis=axis, keepdims=True)) + floor(s, axis)).squeeze(axis)


def highest(s: Any, axis: int) -> Any:
    """The maximum."""
    return s.max(axis=axis)


def from_left(theta: Any, psi: Any, pool: Callable[[Any, int], Any] = log_sum) -> Any:
    """Messages from the left, position by position."""
    F = np.zeros_like(theta)
    for i in range(theta.shape[-2] - 1):
        F[..., i + 1, :] = pool((F + theta)[..., i, :, None] + psi, -2)
    return F


def from_right(theta: Any, psi: Any, pool: Callable[[Any, int], Any] = log_sum) -> Any:
    """Messages from the right: those from the left of the chain read backwards."""
    return from_left(theta[..., ::-1, :], psi.T, pool)[..., ::-1, :]


def change_from_left(theta: Any, psi: Any, g: Any, given: int = -2) -> Any:
    """How the messages from the left change with θ̇ = g: averages under p(c | c′), or p(c′ | c) for ``given`` = −1."""
    F, dF = from_left(theta, psi), np.zeros_like(theta)
    for i in range(theta.shape[-2] - 1):
        s = (F + theta)[..., i, :, None] + psi
        p = np.exp(s - floor(s, given))
        p = p / nonzero(p.sum(axis=given, keepdims=True))
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(axis=-2)
    return dF


def change_from_right(theta: Any, psi: Any, g: Any, given: int = -2) -> Any:
    """The same from the right."""
    return change_from_left(theta[..., ::-1, :], psi.T, g[..., ::-1, :], given)[..., ::-1, :]


def each_two(left: Any, right: Any) -> Any:
    """leftᵢ(c) + rightᵢ₊₁(c′)."""
    return left[..., :-1, :, None] + right[..., 1:, None, :]


def of_pairs(s: Any) -> Any:
    """The softmax over both states of neighbours."""
    e = np.exp(s - floor(s, (-2, -1)))
    return e / nonzero(e.sum(axis=(-2, -1), keepdims=True))


def pair_total(s: Any) -> Any:
    """Sums over both states."""
    return s.sum(axis=(-2, -1), keepdims=True)


def all_pairs(d: Any) -> Any:
    """The sum over positions and batch."""
    return d.reshape(-1, *d.shape[-2:]).sum(axis=0)


def _chain_marginals(unary: Any, pairwise: Any, dmarginals: Any) -> Any:
    F = from_left(unary, pairwise)
    B = from_right(unary, pairwise)
    s = F + unary + B
    e = np.exp(s - floor(s))
    marginals = e / nonzero(total(e))
    dF = change_from_left(unary, pairwise, dmarginals)
    dB = change_from_right(unary, pairwise, dmarginals)
    L = dF + dmarginals + dB
    dunary = marginals * (L - total(marginals * L))
    xi = of_pairs(each_two(F + unary, unary + B) + pairwise)
    L_xi = each_two(dF + dmarginals, dmarginals + dB)
    dxi = xi * (L_xi - pair_total(xi * L_xi))
    dpairwise = all_pairs(dxi)
    return (marginals,), (dunary, dpairwise)


def _last_is_zero(messages: Any, at: int) -> Any:
    found = messages.copy()
    found[..., at, :] = 0
    return found


def _arriving(theta: Any, psi: Any) -> Any:
    """Messages that take the score of where they arrive."""
    F = np.zeros_like(theta)
    for i in range(theta.shape[-2] - 1):
        F[..., i + 1, :] = log_sum(F[..., i, :, None] + psi, -2) + theta[..., i + 1, :]
    return F


def _one_step(theta: Any, psi: Any) -> Any:
    """Messages from the next position alone."""
    F = np.zeros_like(theta)
    F[..., 1:, :] = log_sum(theta[..., :-1, :, None] + psi, -2)
    return F


CHAIN = Known(
    _chain_marginals,
    (
        Mistake("the transition is read the wrong way round, ψ(c′, c)", "转移得分的下标反了，写成 ψ(c′, c)", F=lambda unary, pairwise: from_left(unary, pairwise.T), B=lambda unary, pairwise: from_right(unary, pairwise.T)),
        Mistake("on the way from the right, ψ is transposed once too often", "从右往左时，ψ 多转置了一次", B=lambda unary, pairwise: from_right(unary, pairwise.T)),
        Mistake("on the way from the left, ψ is transposed", "从左往右时，ψ 被转置了", F=lambda unary, pairwise: from_left(unary, pairwise.T)),
        Mistake("the message from the right lacks the score θ of the position that it comes from", "从右来的消息缺少其出发位置的得分 θ", B=lambda unary, pairwise: from_right(0 * unary, pairwise)),
        Mistake("the message from the left lacks the score θ of the position that it comes from", "从左来的消息缺少其出发位置的得分 θ", F=lambda unary, pairwise: from_left(0 * unary, pairwise)),
        Mistake("both messages lack the scores θ of the positions that they come from", "两个方向的消息都缺少出发位置的得分 θ", F=lambda unary, pairwise: from_left(0 * unary, pairwise), B=lambda unary, pairwise: from_right(0 * unary, pairwise)),
        Mistake("a message takes the score θ of the position where it arrives, which then counts twice", "消息加上了到达位置的得分 θ，使它被计算了两次", F=lambda unary, pairwise: _arriving(unary, pairwise)),
        Mistake("a position's own score θ counts twice", "位置自身的得分 θ 被计算了两次", s=lambda F, unary, B: F + 2 * unary + B),
        Mistake("a position's own score θ is missing: F + B", "缺少位置自身的得分 θ：只有 F + B", s=lambda F, B: F + B),
        Mistake("only what comes from the left counts: B is missing", "只用了从左来的消息，缺少 B", s=lambda F, unary: F + unary),
        Mistake("only what comes from the right counts: F is missing", "只用了从右来的消息，缺少 F", s=lambda unary, B: unary + B),
        Mistake("each position is a softmax by itself: no message arrives", "每个位置各自作 softmax，没有消息传递", s=lambda unary: unary),
        Mistake("the largest stands in place of the sum (Viterbi): it finds the best sequence, not the marginals", "用最大值代替了求和（维特比算法）：得到的是最优序列，不是边际分布",
                F=lambda unary, pairwise: from_left(unary, pairwise, highest), B=lambda unary, pairwise: from_right(unary, pairwise, highest)),
        Mistake("the sum of a message runs over the state that is reached, in place of the state that is left", "消息的求和沿到达的状态进行，应沿出发的状态",
                F=lambda unary, pairwise: from_left(unary, pairwise, lambda s, axis: log_sum(s, -1))),
        Mistake("the loop from the right stops one short: nothing arrives at the first position", "从右往左的循环少了一步：第一个位置没有收到消息", B=lambda unary, pairwise: _last_is_zero(from_right(unary, pairwise), 0)),
        Mistake("the loop from the left stops one short: nothing arrives at the last position", "从左往右的循环少了一步：最后一个位置没有收到消息", F=lambda unary, pairwise: _last_is_zero(from_left(unary, pairwise), -1)),
        Mistake("a message is not handed on: only the two neighbours count", "消息没有继续传递：只考虑了左右两个邻居", F=lambda unary, pairwise: _one_step(unary, pairwise), B=lambda unary, pairwise: _one_step(unary[..., ::-1, :], pairwise.T)[..., ::-1, :]),
        Mistake("the messages from the right stand in the wrong order: turned round", "从右来的消息顺序反了", B=lambda unary, pairwise: from_right(unary, pairwise)[..., ::-1, :]),
        Mistake("the scores are taken for energies: all signs are flipped", "把得分当成了能量：符号全反了", s=lambda unary, pairwise: from_left(-unary, -pairwise) - unary + from_right(-unary, -pairwise)),
        Mistake("the transitions are taken for probabilities: ψ is the logarithm already", "把转移得分当成了概率；ψ 已是对数", F=lambda unary, pairwise: from_left(unary, np.log(np.abs(pairwise))), B=lambda unary, pairwise: from_right(unary, np.log(np.abs(pairwise)))),
        Mistake("the probabilities are divided by the sum of exp θ, without the messages", "概率除以了 exp θ 之和，没有计入消息", marginals=lambda s, unary: np.exp(s - log_sum(unary, -1)[..., None])),
        Mistake("the probabilities are not divided by their sum over the states", "概率没有除以对各状态的和", marginals=lambda s: np.exp(s)),
        Mistake("the probabilities are not divided by their sum over the states", "概率没有除以对各状态的和", marginals=lambda e: e),
        Mistake("it is normalised over the positions, in place of the states of each", "沿位置作了归一化，应沿每个位置的状态", marginals=lambda s: np.exp(s) / nonzero(np.exp(s).sum(axis=-2, keepdims=True))),
        Mistake("the messages are taken for constants: this is the gradient of the last softmax alone", "把消息当成了常数：这只是最后一个 softmax 的梯度", L=lambda dmarginals: dmarginals + 0),
        Mistake("what changes on the right is missing in the gradient", "梯度中缺少右边的变化", L=lambda dF, dmarginals: dF + dmarginals),
        Mistake("what changes on the left is missing in the gradient", "梯度中缺少左边的变化", L=lambda dmarginals, dB: dmarginals + dB),
        Mistake("a position's own g is missing in the gradient: Ḟ + Ḃ", "梯度中缺少位置自身的 g：只有 Ḟ + Ḃ", L=lambda dF, dB: dF + dB),
        Mistake("the mean is not taken off: dθ = μ ∘ L", "没有减去均值：dθ = μ ∘ L", dunary=lambda marginals, L: marginals * L),
        Mistake("only the diagonal of the softmax's Jacobian is used: μ (1 − μ) L", "只用了 softmax 雅可比矩阵的对角线：μ (1 − μ) L", dunary=lambda marginals, L: marginals * (1 - marginals) * L),
        Mistake("the change of a message is averaged with p(c′ | c) in place of p(c | c′)", "消息的变化用 p(c′ | c) 作了平均，应为 p(c | c′)", dF=lambda unary, pairwise, dmarginals: change_from_left(unary, pairwise, dmarginals, -1)),
        Mistake("the change of a message is averaged with p(c′ | c) in place of p(c | c′)", "消息的变化用 p(c′ | c) 作了平均，应为 p(c | c′)",
                dF=lambda unary, pairwise, dmarginals: change_from_left(unary, pairwise, dmarginals, -1), dB=lambda unary, pairwise, dmarginals: change_from_right(unary, pairwise, dmarginals, -1)),
        Mistake("neighbours are taken for independent: ξ is the product of their marginals", "把相邻位置当作独立：ξ 用了两个边际概率之积", xi=lambda marginals: np.exp(each_two(np.log(marginals), np.log(marginals)))),
        Mistake("the probabilities of neighbours are not divided by their sum", "相邻位置的联合概率没有除以其和", xi=lambda F, unary, B, pairwise: np.exp(each_two(F + unary, unary + B) + pairwise)),
        Mistake("in dψ, the mean is not taken off: Σ ξ ∘ L", "dψ 中没有减去均值：Σ ξ ∘ L", dxi=lambda xi, L_xi: xi * L_xi),
        Mistake("in dψ, the right neighbour's own g is missing", "dψ 中缺少右邻自身的 g", L_xi=lambda dF, dmarginals, dB: each_two(dF + dmarginals, dB)),
        Mistake("in dψ, the left neighbour's own g is missing", "dψ 中缺少左邻自身的 g", L_xi=lambda dF, dmarginals, dB: each_two(dF, dmarginals + dB)),
        Mistake("in dψ, what changes outside the two neighbours is missing", "dψ 中缺少两个相邻位置之外的变化", L_xi=lambda dmarginals: each_two(dmarginals, dmarginals)),
        Mistake("in dψ, the last pair of neighbours is missing: a chain of n has n − 1 pairs", "dψ 中缺少最后一对相邻位置：n 个位置有 n − 1 对", dpairwise=lambda dxi: all_pairs(dxi[..., :-1, :, :])),
        Mistake("in dψ, the first pair of neighbours is missing: a chain of n has n − 1 pairs", "dψ 中缺少第一对相邻位置：n 个位置有 n − 1 对", dpairwise=lambda dxi: all_pairs(dxi[..., 1:, :, :])),
        Mistake("in dψ, a mean is taken over positions and batch in place of the sum", "dψ 对位置和批取了均值，应为求和", dpairwise=lambda dxi: all_pairs(dxi) / nonzero(np.prod(dxi.shape[:-2]))),
    ),
)  # fmt: skip


def marginals_of(unary: Any, pairwise: Any) -> Any:
    """The marginals."""
    return _chain_marginals(unary, pairwise, 0 * unary)[0][0]


def gradients_of(unary: Any, pairwise: Any, dmarginals: Any) -> Any:
    """Their gradients."""
    return _chain_marginals(unary, pairwise, dmarginals)[1]


def two_states(zero: Any, one: Any) -> Any:
    """Side by side."""
    return np.stack([zero, one], axis=-1)


def _structured_attention(X: Any, unary: Any, pairwise: Any, dr: Any, dalpha: Any) -> Any:
    marginals = marginals_of(unary, pairwise)
    alpha = marginals[..., 1]
    r = average(alpha, X)
    da = dots(X, dr) + dalpha
    dX = outer(alpha, dr)
    dmarginals = two_states(0 * da, da)
    dunary = gradients_of(unary, pairwise, dmarginals)[0]
    dpairwise = gradients_of(unary, pairwise, dmarginals)[1]
    return (r, alpha), (dX, dunary, dpairwise)


def _opposite(d: Any) -> Any:
    return two_states(-d, d)


STRUCTURED = Known(
    _structured_attention,
    (
        Mistake("the marginal of state 0, of leaving an item, stands in place of state 1, of choosing it", "用了状态 0（不选）的边际概率，应为状态 1（选中）", alpha=lambda marginals: marginals[..., 0]),
        Mistake("the weights are divided by their sum: marginals need not sum to one over the items", "把权重除以了它们的和；边际概率对各输入之和不必为 1", alpha=lambda marginals: marginals[..., 1] / total(marginals[..., 1])),
        Mistake("each item is chosen by itself, by a sigmoid: the chain is missing", "每个输入各自用 sigmoid 决定，没有用链", alpha=lambda unary: 1 / (1 + np.exp(unary[..., 0] - unary[..., 1]))),
        Mistake("a softmax over the items in place of the chain's marginals", "对各输入作了 softmax，应为链的边际概率", alpha=lambda unary: softmax(unary[..., 1] - unary[..., 0])),
        Mistake("a softmax over the items in place of the chain's marginals", "对各输入作了 softmax，应为链的边际概率", alpha=lambda unary: softmax(unary[..., 1])),
        Mistake("a softmax is taken of the marginals, which are probabilities already", "对边际概率又作了 softmax；它们已是概率", alpha=lambda marginals: softmax(marginals[..., 1])),
        Mistake("an item counts wholly or not at all, by whether its marginal is above a half: the expectation takes the marginal itself", "按边际概率是否大于 1/2 取舍；期望应直接用边际概率加权", alpha=lambda marginals: (marginals[..., 1] > 0.5) * 1.0),
        Mistake("both states are added, so every item counts wholly", "把两个状态相加，每个输入都被完全计入", r=lambda marginals, X: average(marginals.sum(axis=-1), X)),
        Mistake("the two scores of an item are exchanged: entry 1 is that of choosing it", "一个输入的两个得分弄反了：第 1 项才是选中的得分", marginals=lambda unary, pairwise: marginals_of(unary[..., ::-1], pairwise)),
        Mistake("the transition is read the wrong way round, ψ(c′, c)", "转移得分的下标反了，写成 ψ(c′, c)", marginals=lambda unary, pairwise: marginals_of(unary, pairwise.T)),
        Mistake("the odds of the two marginals in place of that of state 1", "用了两个边际概率之比，应为状态 1 的边际概率", alpha=lambda marginals: marginals[..., 1] / marginals[..., 0]),
        Mistake("the difference of the two marginals in place of that of state 1", "用了两个边际概率之差，应为状态 1 的边际概率", alpha=lambda marginals: marginals[..., 1] - marginals[..., 0]),
        Mistake("state 0 gets the opposite gradient, so all counts twice: only state 1 is used, its marginal alone gets one", "给状态 0 传了相反的梯度，使结果加倍；只有状态 1 的边际概率被用到", dmarginals=lambda da: _opposite(da)),
        Mistake("the gradient goes to the marginal of state 0 in place of state 1", "梯度传给了状态 0 的边际概率，应为状态 1", dmarginals=lambda da: two_states(da, 0 * da)),
        Mistake("the ties are forgotten in the gradient of the scores: this is that of a sigmoid, α (1 − α) dα", "得分的梯度忘了链的联系：这是 sigmoid 的 α (1 − α) dα", dunary=lambda alpha, da: _opposite(alpha * (1 - alpha) * da)),
        Mistake("the gradient of the scores is that of a softmax over the items", "得分的梯度用了对各输入的 softmax 的梯度", dunary=lambda alpha, da: _opposite(alpha * (da - total(alpha * da)))),
        Mistake("in dX, α is missing: dxᵢ = dr", "dX 缺少 α：写成了 dxᵢ = dr", dX=lambda alpha, dr: outer(1 + 0 * alpha, dr)),
        Mistake("α (1 − α) stands before the chain's own gradient, which has it in it", "在链的梯度之前多乘了 α (1 − α)；链的梯度中已有它", dmarginals=lambda alpha, da: two_states(0 * da, da * alpha * (1 - alpha))),
        Mistake("in dX, a mean of the weights stands in place of each item's own", "dX 用了各权重的均值，应为每个输入自己的权重", dX=lambda alpha, dr: outer(alpha.mean(axis=-1, keepdims=True) + 0 * alpha, dr)),
        Mistake("in dX, a path through the scores is added: an item here has no part in its score", "dX 多了经过得分的一路；这里的得分与输入无关", dX=lambda alpha, dr, da, X: outer(alpha, dr) + da[..., None] * X),
        Mistake("dα is a mean over the entries of x in place of their sum", "dα 对 x 的各分量取了均值，应为求和", da=lambda X, dr, dalpha: dots(X, dr) / X.shape[-1] + dalpha),
        Mistake("in dα, the weight α stands once more: dαᵢ = αᵢ xᵢᵀ dr", "dα 又乘了一次 α：dαᵢ = αᵢ xᵢᵀ dr", da=lambda alpha, X, dr, dalpha: alpha * dots(X, dr) + dalpha),
    ),
)  # fmt: skip
