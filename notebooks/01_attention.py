# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 Attention · 注意力
#
# A page has a thousand words, and a question concerns two of them. How does a network read those two, and how does it learn which two?
#
# Sections 8.1 and 8.1.1, equations (8.1) to (8.6). The answer has three steps. Give every item a **score** (得分): how well does it fit what is looked for? Turn the scores
# into an **attention distribution** (注意力分布), positive weights that sum to one. Return the items' **weighted average** (加权平均). Each step is differentiable,
# so where to look can be learned like everything else in a network.
#
# Vectors are rows here: item (输入) $\mathbf x_i$ is row $i$ of `X`, and $W\mathbf x_i$ is row $i$ of `X @ W.T`. Whatever is random below is drawn from the generators that
# the code names, so that every number comes out again.

# %%
import os

import numpy as np

import nnmem
from nnmem import plots
from nnmem.tasks.digits import split_digits

QUICK = bool(os.environ.get("NNMEM_QUICK"))
rng = np.random.default_rng(8)
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# The chapter's figure 8.1, drawn again. Read it from below. On the left an item is both what is scored and what is returned. On the right, key-value attention
# (键值对注意力, notebook 2), a key $\mathbf k_i$ is scored and its value $\mathbf v_i$ returned.


# %%
def draw_attention(ax, left, keys, values):
    """Draw attention over three items from x = left on: scores, softmax, weighted average."""
    columns = [left + 1.4 + 1.4 * i for i in range(3)]
    middle = columns[1]
    plots.box(ax, (left + 0.1, 2.0), "q", plots.ORANGE, (0.6, 0.55))
    plots.box(ax, (middle, 3.15), "softmax (8.1)", plots.GREEN, (3.5, 0.5))
    plots.box(ax, (middle, 5.0), "weighted average (8.5)", plots.PURPLE, (3.7, 0.5))
    ax.plot([left + 0.1, columns[2]], [1.4, 1.4], color=plots.ORANGE, lw=1.4)
    ax.plot([left + 0.1, left + 0.1], [1.4, 1.72], color=plots.ORANGE, lw=1.4)
    for i, x in enumerate(columns):
        plots.box(ax, (x, 0.45), f"{keys}{'₁₂₃'[i]}", plots.BLUE, (0.6, 0.55))
        plots.box(ax, (x, 2.0), f"s{'₁₂₃'[i]}", plots.GREY, (0.6, 0.55))
        plots.arrow(ax, (x, 0.73), (x, 1.72), colour=plots.BLUE)
        plots.arrow(ax, (x - 0.35, 1.4), (x - 0.12, 1.72), colour=plots.ORANGE)
        plots.arrow(ax, (x, 2.28), (x, 2.9))
        plots.arrow(ax, (x, 3.4), (x, 4.75), f"α{'₁₂₃'[i]}")
        if values:
            plots.box(ax, (x + 0.62, 4.1), f"{values}{'₁₂₃'[i]}", plots.RED, (0.46, 0.5))
            plots.arrow(ax, (x + 0.62, 4.35), (x + 0.35, 4.75), colour=plots.RED)
        else:
            ax.plot([x + 0.3, x + 0.62, x + 0.62], [0.45, 0.45, 4.35], color=plots.BLUE, lw=1.2)
            plots.arrow(ax, (x + 0.62, 4.3), (x + 0.35, 4.75), colour=plots.BLUE)
    plots.arrow(ax, (middle, 5.25), (middle, 5.75))
    plots.box(ax, (middle, 6.0), "r", plots.PURPLE, (0.6, 0.5))


figure, ax = plots.drawing(11.6, 6.4, inch=0.8)
draw_attention(ax, 0.5, "x", "")
draw_attention(ax, 6.2, "k", "v")
plots.save(figure, "01_mechanism")

# %% [markdown]
# 图中文字对照：softmax，归一化为注意力分布；weighted average，加权平均。
#
# ## Two kinds of attention · 两种注意力
#
# At a cocktail party (鸡尾酒会) you follow your friend among many voices because you want to: **focused attention** (聚焦式注意力), from the top down. It depends on a purpose,
# the **query** (查询), and a new purpose moves it. But when somebody behind you says your name, your head turns unasked: **saliency-based attention**
# (基于显著性的注意力), from the bottom up. It depends on the sounds alone: what differs from its surroundings wins. The chapter names two mechanisms for it.
# **Winner-take-all** (赢者通吃): the most salient item gets everything. **Gating** (门控): each item has a gate of its own between 0 and 1, opened by the item itself.
#
# Here is the party. Five voices say twelve words each, out of five common ones; at moment 7 voice 4 says your name, which nobody else says.
# A sound is a vector that holds who speaks and which word. The focused score is $6\,\mathbf x^{\top}\mathbf q$, where $\mathbf q$ is your friend's voice.
# The saliency of a sound is its squared distance from the mean of all sounds, and a gate opens where that is large. Bottom up and top down can be added:
# the panel below uses the scores $6\,\mathbf x^{\top}\mathbf q+12\,g$.

# %%
voices, moments = 5, 12
words = rng.integers(5, size=(voices, moments))
words[4, 7] = 5  # your name
who = np.broadcast_to(np.eye(voices)[:, None], (voices, moments, voices))
sounds = np.concatenate([who, np.eye(6)[words]], axis=-1)  # (voices, moments, 11)


def listen(scores):
    """The attention over the voices, at each moment by itself."""
    return nnmem.attention_distribution_forward(scores.T)[0].T


friend = np.eye(11)[1]  # the voice of your friend, no word in particular
focused = 6 * nnmem.dot_score_forward(sounds.reshape(-1, 11), friend)[0].reshape(voices, -1)
saliency = ((sounds - sounds.mean(axis=(0, 1))) ** 2).sum(axis=-1)
below, top = np.sort(saliency.ravel())[-2:]
threshold = (below + top) / 2  # chosen for show: above all sounds but one
gate = 1 / (1 + np.exp(-50 * (saliency - threshold)))
panels = {
    "focused: looks for voice 1": listen(focused),
    "saliency: each sound's gate g": gate,
    "both: voice 1, until the name": listen(focused + 12 * gate),
}

figure, axes = plots.new_figure(3, 1, size=(6.4, 6.2), sharex=True)
for ax, (title, weights) in zip(axes, panels.items(), strict=True):
    image = plots.attention_map(ax, weights)
    ax.set(title=title, ylabel="voice", yticks=range(voices))
    colour = "black" if weights[4, 7] > 0.5 else "white"
    ax.text(7, 4, "name", ha="center", va="center", fontsize=9, color=colour)
axes[-1].set(xlabel="moment", xticks=range(moments))
figure.colorbar(image, ax=axes, label="weight α, or gate g")
plots.save(figure, "01_cocktail_party")
assert np.unravel_index(saliency.argmax(), saliency.shape) == (4, 7)  # winner-take-all
assert panels["both: voice 1, until the name"][4, 7] > 0.9

# %% [markdown]
# 图中文字对照：voice，说话人；moment，时刻；focused: looks for voice 1，聚焦式：只听 1 号；saliency: each sound's gate，显著性：每个声音的门；both: voice 1, until the name，两者并用：听 1 号，直到听见名字（name）；weight α, or gate g，权重或门。
#
# Networks have had both bottom-up mechanisms for long. **Max pooling** (最大汇聚) is winner-take-all in each feature by itself: the feature is its own score, there is no
# query, and the gradient goes to the winner alone, as in hard attention (硬性注意力, notebook 2). A **gate** (门) of an LSTM is $\sigma(\cdot)$ of what comes in, one for each entry:
# gates do not compete, and may all be open or all be shut. Weights of a softmax do compete: they sum to one. From here on, attention is the focused kind, with a query.

# %%
features = rng.random((4, 3))  # four items with three features
pooled = features.max(axis=0)
by_attention, cache = nnmem.hard_attention_forward(features.T[..., None], features.T)
print("max pooling      ", pooled)
print("winner-take-all  ", by_attention[:, 0])
print(
    "its gradient for ones from above:\n",
    nnmem.hard_attention_backward(np.ones((3, 1)), cache)[..., 0].T,
)
assert np.array_equal(pooled, by_attention[:, 0])

# %% [markdown]
# ## Choosing softly · 软性选择
#
# Which item is looked at? Call its index $z$. A hard choice has no derivative, so the chapter takes a probability for each item:
#
# $$\alpha_i = p(z=i\mid \mathbf x_{1:N},\mathbf q) = \frac{\exp s(\mathbf x_i,\mathbf q)}{\sum_j \exp s(\mathbf x_j,\mathbf q)}\quad(8.1)
# \qquad s(\mathbf x_i,\mathbf q)=\mathbf x_i^{\top}\mathbf q\quad(8.3)
# \qquad \text{attention}(\mathbf x_{1:N},\mathbf q)=\sum_i\alpha_i\mathbf x_i\quad(8.5)$$
#
# The exponential makes every weight positive and turns differences of scores into ratios of weights; the denominator makes the weights sum to one. Small enough for
# pencil and paper: three items and a query. The scores are 1, 2 and 3, so each weight is $e\approx 2.718$ times the one before. First in plain loops:

# %%
X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
q = np.array([1.0, 2.0])

scores = [sum(x_k * q_k for x_k, q_k in zip(x, q, strict=True)) for x in X]  # (8.3)
exponentials = [np.exp(s) for s in scores]
alpha_by_hand = [e / sum(exponentials) for e in exponentials]  # (8.1)
r_by_hand = np.zeros(2)
for a, x in zip(alpha_by_hand, X, strict=True):
    r_by_hand += a * x  # (8.5)
print("scores  s =", np.array(scores))
print("weights α =", np.array(alpha_by_hand))
print("result  r =", r_by_hand)

# %% [markdown]
# The same three steps by the library, and all three in one call:

# %%
scores, _ = nnmem.dot_score_forward(X, q)  # (3,)
alpha, _ = nnmem.attention_distribution_forward(scores)  # (3,)
r, _ = nnmem.weighted_sum_forward(alpha, X)  # (2,)
assert np.allclose(alpha, alpha_by_hand) and np.allclose(r, r_by_hand)
assert np.allclose(r, nnmem.soft_attention_forward(X, q)[0])
print("ratios of the weights:", alpha[1:] / alpha[:-1])

# %% [markdown]
# ## Large scores and missing items · 数值稳定与掩码
#
# Two things that every implementation needs and no formula shows.
#
# **Stability** (数值稳定). $\exp(1000)$ is too large for a computer. But adding one constant to all scores multiplies numerator and denominator by the same factor and changes no
# weight. So subtract the largest score first: then the largest exponential is $\exp(0)=1$.
#
# **Masks** (掩码). Sentences have different lengths, an array has not. Short ones are padded, and a **padding mask** says what is real: True = may be attended to. A
# masked item gets weight 0, as if its score were $-\infty$, and the rest share the one. If nothing is left to attend to, all weights are 0 and so is the result, never NaN.
# (Notebook 2 has the causal mask, which hides what comes later.)

# %%
large = np.array([1000.0, 1001.0, 1002.0])
with np.errstate(over="ignore", invalid="ignore"):
    print("as written:  ", np.exp(large) / np.exp(large).sum())
print("stable:      ", nnmem.attention_distribution_forward(large)[0])

lengths = np.array([3, 2, 0])  # three sentences, the last one empty
padding = np.arange(3) < lengths[:, None]
padded, _ = nnmem.attention_distribution_forward(np.tile(scores, (3, 1)), padding)
print("with a padding mask:\n", padded)
assert np.allclose(padded.sum(axis=1), [1, 1, 0])

# %% [markdown]
# ## Four ways to score · 四种打分函数
#
# | | formula | parameters |
# |---|---|---|
# | additive 加性模型 (8.2) | $\mathbf v^{\top}\tanh(W\mathbf x_i+U\mathbf q)$ | $W, U, \mathbf v$ |
# | dot product 点积模型 (8.3) | $\mathbf x_i^{\top}\mathbf q$ | none |
# | bilinear 双线性模型 (8.4) | $\mathbf x_i^{\top}W\mathbf q$ | $W$ |
# | scaled dot product 缩放点积模型 | $\mathbf x_i^{\top}\mathbf q/\sqrt d$ | none |
#
# The scaled one has no number in the chapter. What do they like? Fix one query and let an item stand anywhere in the plane: the colour is its score. The parameters are chosen
# for show: $W$ of the bilinear score turns the query by 90°, the additive score has two hidden neurons.

# %%
side = np.linspace(-3, 3, 121)
plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
turn = np.array([[0.0, -1.0], [1.0, 0.0]])
hidden = np.array([[1.0, 0.0], [0.0, 1.0]]), -np.eye(2), np.array([2.0, 2.0])
shown = {
    "dot: xᵀq": nnmem.dot_score_forward(plane, q),
    "scaled: xᵀq / √2": nnmem.scaled_dot_score_forward(plane, q),
    "bilinear: xᵀWq, W turns by 90°": nnmem.bilinear_score_forward(plane, q, turn),
    "additive: 2 Σ tanh(x − q)": nnmem.additive_score_forward(plane, q, *hidden),
}
figure, axes = plots.new_figure(2, 2, size=(7.4, 6.6), sharex=True, sharey=True)
for ax, (title, (values, _)) in zip(axes.flat, shown.items(), strict=True):
    levels = np.arange(-9, 9.5, 1.0)
    image = ax.contourf(side, side, values.reshape(121, 121), levels, cmap="PuOr_r")
    ax.contour(side, side, values.reshape(121, 121), [0], colors="black", linewidths=1)
    ax.annotate("", q, (0, 0), arrowprops={"arrowstyle": "-|>", "lw": 2})
    ax.text(q[0] + 0.1, q[1] + 0.1, "q", fontsize=13)
    for i, x in enumerate(X):
        ax.plot(*x, "o", color=plots.GREEN, markeredgecolor="white", ms=8)
        ax.text(x[0] + (0.15, -0.6, 0.15)[i], x[1] - 0.4, f"x{'₁₂₃'[i]}")
    ax.set(title=title, aspect="equal")
for ax in axes[1]:
    ax.set_xlabel("first entry of x")
for ax in axes[:, 0]:
    ax.set_ylabel("second entry of x")
figure.colorbar(image, ax=axes, label="score s(x, q), black line: s = 0", shrink=0.8)
plots.save(figure, "01_four_scores")

# %% [markdown]
# 图中文字对照：dot，点积模型；scaled，缩放点积模型；bilinear，双线性模型；additive，加性模型；turns by 90°，旋转 90 度；first / second entry of x，x 的第一、第二个分量；score，得分。
#
# Three things to see. The lines of equal score of the dot product are straight: *longer* items in the query's direction score higher, without an end. (With the query
# $(1,2)$, item $\mathbf x_3=(1,1)$ scores 3; an item $(0,2)$ would score 4, although $\mathbf x_3$ points more nearly the query's way.) The bilinear score is a dot product with another vector, $W\mathbf q$: it can look
# for something that is unlike the query. The additive score is bounded: no item scores above $\sum_k|v_k|$, here 4, however long.
#
# ## The backward, step by step · 反向传播的推导
#
# Write $da$ for the derivative of the loss with respect to $a$. Each step receives the gradient of its output, and returns those of its inputs; the chain rule sums over every way
# by which an input reaches the loss.
#
# **Weighted average** (8.5). $\mathbf r=\sum_i\alpha_i\mathbf x_i$ is linear in both arguments, so each receives the other one:
#
# $$d\alpha_i=\sum_k \frac{\partial r_k}{\partial\alpha_i}\,dr_k=\sum_k x_{ik}\,dr_k=\mathbf x_i^{\top}d\mathbf r,\qquad d\mathbf x_i=\alpha_i\,d\mathbf r.$$
#
# **Softmax** (8.1). Let $e_j=\exp s_j$ and $Z=\sum_j e_j$, so that $\alpha_j=e_j/Z$. Since $\partial e_j/\partial s_i$ is $e_i$ for $j=i$ and $0$ otherwise, and $\partial Z/\partial s_i=e_i$, the quotient rule gives
#
# $$\frac{\partial\alpha_j}{\partial s_i}=\frac{\mathbf 1[i=j]\,e_i\,Z-e_j\,e_i}{Z^2}
# =\mathbf 1[i=j]\,\frac{e_i}{Z}-\frac{e_j}{Z}\,\frac{e_i}{Z}=\alpha_j\big(\mathbf 1[i=j]-\alpha_i\big).$$
#
# Raising $s_i$ raises $\alpha_i$ and lowers every other weight. Every $\alpha_j$ depends on $s_i$, so the chain rule sums over $j$:
#
# $$ds_i=\sum_j d\alpha_j\,\alpha_j\big(\mathbf 1[i=j]-\alpha_i\big)=d\alpha_i\,\alpha_i-\alpha_i\sum_j\alpha_j\,d\alpha_j=\alpha_i\Big(d\alpha_i-\sum_j\alpha_j\,d\alpha_j\Big).$$
#
# The bracket compares an item with the average: what is worth more than the average gains. Summed over $i$ this is $\sum_i\alpha_i d\alpha_i-\sum_j\alpha_j d\alpha_j=0$, as it
# must be, since adding a constant to all scores changes nothing.
#
# **Dot product** (8.3) **and bilinear score** (8.4). $s_i=\mathbf x_i^{\top}\mathbf p$ is a product, and each factor receives the other one: $d\mathbf x_i=ds_i\,\mathbf p$. The same $\mathbf p$ is
# used by every item, so its gradient is a sum over items, $d\mathbf p=\sum_i ds_i\,\mathbf x_i$. For the dot product $\mathbf p=\mathbf q$. For the bilinear score $\mathbf p=W\mathbf q$, that is
# $p_k=\sum_l W_{kl}q_l$, hence $dW_{kl}=dp_k\,q_l$ and $dq_l=\sum_k W_{kl}\,dp_k$: in matrices, $dW=d\mathbf p\,\mathbf q^{\top}$ and $d\mathbf q=W^{\top}d\mathbf p.$
#
# **Additive score** (8.2). Let $\mathbf z_i=W\mathbf x_i+U\mathbf q$, $\mathbf a_i=\tanh\mathbf z_i$, $s_i=\mathbf v^{\top}\mathbf a_i$. From the output back, with $\tanh'=1-\tanh^2$:
#
# $$d\mathbf v=\sum_i ds_i\,\mathbf a_i,\qquad d\mathbf a_i=ds_i\,\mathbf v,\qquad d\mathbf z_i=d\mathbf a_i\circ(1-\mathbf a_i\circ\mathbf a_i).$$
#
# $\mathbf z_i$ is a sum of two linear maps, each treated like $\mathbf p=W\mathbf q$ above. $W$, $U$ and $\mathbf q$ are used by every item:
#
# $$d\mathbf x_i=W^{\top}d\mathbf z_i,\qquad dW=\sum_i d\mathbf z_i\,\mathbf x_i^{\top},\qquad d\mathbf q=U^{\top}\sum_i d\mathbf z_i,\qquad dU=\Big(\sum_i d\mathbf z_i\Big)\mathbf q^{\top}.$$
#
# The sums over items are what homework most often forgets. On the small example, the softmax by its whole Jacobian and by the short form:

# %%
dalpha = np.array([1.0, 0.0, 0.0])  # "more weight for the first item, please"
jacobian = np.array([[alpha[j] * ((i == j) - alpha[i]) for i in range(3)] for j in range(3)])
print("∂α_j/∂s_i, row j and column i:\n", jacobian)
ds = nnmem.attention_distribution_backward(
    dalpha, nnmem.attention_distribution_forward(scores)[1]
)
print("ds =", ds, "   sum =", ds.sum().round(12))
assert np.allclose(ds, [sum(dalpha[j] * jacobian[j, i] for j in range(3)) for i in range(3)])

# %% [markdown]
# And the additive score, item by item as the formulas stand, beside the library's whole-array form:


# %%
def additive_by_loops(dscores, X, q, W, U, v):
    """The five gradients, one item after the other."""
    dX, dq, dW, dU, dv = (np.zeros_like(a) for a in (X, q, W, U, v))
    for i, ds_i in enumerate(dscores):
        a = np.tanh(W @ X[i] + U @ q)
        dz = ds_i * v * (1 - a * a)
        dv += ds_i * a
        dX[i] = W.T @ dz
        dW += np.outer(dz, X[i])
        dq += U.T @ dz
        dU += np.outer(dz, q)
    return dX, dq, dW, dU, dv


data = rng.normal(size=(6, 5)), rng.normal(size=3)
params = rng.normal(size=(4, 5)), rng.normal(size=(4, 3)), rng.normal(size=4)
dscores = rng.normal(size=6)
_, cache = nnmem.additive_score_forward(*data, *params)
library = nnmem.additive_score_backward(dscores, cache)
by_loops = additive_by_loops(dscores, *data, *params)
assert all(np.allclose(a, b) for a, b in zip(library, by_loops, strict=True))
print(
    "largest difference:",
    max(np.abs(a - b).max() for a, b in zip(library, by_loops, strict=True)),
)

# %% [markdown]
# ## The gradient check · 梯度检验
#
# Two derivations by the same person can share a mistake. `nnmem.check_gradients` compares a backward with oracles that never see it: central differences (中心差分), which only call
# the forward (one entry at a time, then along a random direction in all entries at once), and the complex step (复步长) $\operatorname{Im} L(x+ih)/h$, which subtracts nothing and is exact to the last digits. Since the loss must be one number, it is
# $L=\sum_i g_i\,\text{out}_i$ with a random upstream gradient (上游梯度) $g$.

# %%
report = nnmem.check_gradients(
    nnmem.additive_score_forward, nnmem.additive_score_backward, *data, *params
)
print(report)
assert report

# %%
pairs = {
    "softmax (8.1)": ("attention_distribution", [rng.normal(size=7)]),
    "dot (8.3)": ("dot_score", [rng.normal(size=(6, 5)), rng.normal(size=5)]),
    "bilinear (8.4)": ("bilinear_score", [*data, rng.normal(size=(5, 3))]),
    "weighted average (8.5)": ("weighted_sum", [alpha, rng.normal(size=(3, 5))]),
    "soft attention (8.5)": ("soft_attention", [rng.normal(size=(6, 5)), rng.normal(size=5)]),
}
for name, (function, args) in pairs.items():
    forward, backward = (getattr(nnmem, f"{function}_{way}") for way in ("forward", "backward"))
    checked = nnmem.check_gradients(forward, backward, *args)
    assert checked
    print(f"{name:<23} largest relative error {max(row.error for row in checked.rows):.0e}")

# %% [markdown]
# A check is worth something only if it can fail. Here are two broken backwards. The first forgets the sum over items: `=` where `+=` should stand, so that $\mathbf q$ and $U$ hear of
# the last item only. The second returns nothing but zeros. It would pass a check whose upstream gradient is all ones, since the weights always sum to one and
# $L=\sum_i\alpha_i$ never changes; a random upstream gradient catches it.


# %%
def forgets_the_sum(dscores, cache):
    """The additive score's gradients with those of q and U from the last item alone."""
    only_last = np.where(np.arange(len(dscores)) == len(dscores) - 1, dscores, 0)
    dX, _, dW, _, dv = nnmem.additive_score_backward(dscores, cache)
    _, dq, _, dU, _ = nnmem.additive_score_backward(only_last, cache)
    return dX, dq, dW, dU, dv


def zero_backward(dalpha, cache):
    return np.zeros_like(cache)


broken = nnmem.check_gradients(nnmem.additive_score_forward, forgets_the_sum, *data, *params)
print(broken, "\n")
assert np.allclose(nnmem.attention_distribution_backward(np.ones(3), alpha), np.zeros(3))
zeros = nnmem.check_gradients(nnmem.attention_distribution_forward, zero_backward, scores)
print(zeros)
assert not broken and not zeros

# %% [markdown]
# ## Attention is an expectation · 注意力即期望
#
# (8.6) reads the same sum as $\mathbb E_{z\sim\alpha}[\mathbf x_z]$: draw one item at random from the attention distribution, and soft attention is what you get on average. (The
# chapter writes $[\mathbf x]$ without the index; it is the drawn item.) With $\sigma^2=\sum_i\alpha_i|\mathbf x_i-\mathbf r|^2$, the mean of $n$ independent draws misses $\mathbf r$ by
# $\sigma/\sqrt n$ in the root mean square. Measured with 200 runs:

# %%
runs, draws = (20, 1_000) if QUICK else (200, 10_000)
x_z, _, _ = nnmem.sampled_attention_forward(
    np.broadcast_to(X, (runs, draws, 3, 2)), np.broadcast_to(alpha, (runs, draws, 3)), rng
)
at = np.unique(np.logspace(0, np.log10(draws), 13).astype(int))
means = np.cumsum(x_z, axis=1)[:, at - 1] / at[:, None]  # (runs, len(at), 2)
miss = np.linalg.norm(means - r, axis=-1)
sigma = np.sqrt((alpha * ((X - r) ** 2).sum(axis=1)).sum())
rms = np.sqrt((miss**2).mean(axis=0))
ratio = rms[-1] * np.sqrt(draws) / sigma

figure, ax = plots.new_figure(size=(5.8, 3.4))
ax.loglog(at, sigma / np.sqrt(at), "--", color=plots.GREY, label="expected, σ / √n")
ax.loglog(at, rms, "o", ms=5, label=f"root mean square of {runs} runs")
low, high = np.percentile(miss, [10, 90], axis=0)
ax.fill_between(at, low, high, alpha=0.2, linewidth=0, label="the middle 80 % of the runs")
ax.set(xlabel="number of draws n", ylabel="distance of the mean from r")
ax.set_title("The mean of drawn items approaches soft attention")
ax.legend()
plots.save(figure, "01_expectation")

# %% [markdown]
# 图中文字对照：expected，期望值；root mean square of 200 runs，200 次实验的均方根；the middle 80 % of the runs，居中的 80 % 的实验；number of draws n，采样次数；distance of the mean from r，均值到 r 的距离。
#
# ## A memory of real pictures · 真实数据上的记忆
#
# Two thirds of scikit-learn's 1,797 handwritten digits are the memory: 1,198 rows of 64 pixels. The query is a digit that is not in it. Attention looks up what resembles the query
# and returns the weighted average of it. An **inverse temperature** $\beta$ (逆温度) in front of the scores sets how choosy it is: $\alpha=\operatorname{softmax}(\beta\,\mathbf s)$. Small $\beta$: the
# mean of everything. Large $\beta$: the one best match, which is hard attention. The score here is the cosine, the dot product of keys and query scaled to length 1; the next section says why.

# %%
memory, labels, queries, answers = split_digits(np.random.default_rng(0))


def unit(x):
    """The rows of x, each scaled to length 1."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


query, answer = queries[4], answers[4]
betas = [1.0, 16.0, 64.0, 1024.0]
figure, axes = plots.new_figure(
    2, 5, size=(9.0, 4.0), height_ratios=[1, 1.1], sharey="row", sharex="row"
)
plots.picture(axes[0, 0], query, f"query, a {answer}")
axes[1, 0].set_axis_off()
for beta, (top, below) in zip(betas, axes[:, 1:].T, strict=True):
    recalled, weights, _ = nnmem.key_value_attention_forward(
        unit(memory), memory, beta * unit(query)
    )
    plots.picture(top, recalled, f"β = {beta:g}")
    below.semilogy(np.arange(1, 41), np.sort(weights)[::-1][:40], color=plots.BLUE)
    below.text(40, 0.6, f"largest {weights.max():.2g}", ha="right", fontsize=10)
    below.set(ylim=(1e-5, 2), xlabel="rank of item", xticks=[1, 20, 40])
axes[1, 1].set_ylabel("weight α")
axes[1, 1].tick_params(labelleft=True)
plots.save(figure, "01_temperature")

# %% [markdown]
# 图中文字对照：query, a 4，查询，数字 4 等；largest，最大权重；rank of item，输入按权重的名次；weight α，注意力权重。
#
# ## What spoils the dot product · 点积模型的问题
#
# Compare the dot product with the distance, whose meaning is plain:
#
# $$-\tfrac12|\mathbf k-\mathbf q|^2=\mathbf k^{\top}\mathbf q-\tfrac12|\mathbf k|^2-\tfrac12|\mathbf q|^2 .$$
#
# The last term is the same for all keys, so the softmax does not see it. What the dot product lacks is $-\tfrac12|\mathbf k|^2$: without it long keys win, here pictures with much ink. Three ways to mend it: put
# the term back, scale all keys to one length (the cosine), or take the mean picture away from the query, which removes most of the ink that all digits share. (Taking it away from the *keys* changes
# nothing: $(\mathbf k_i-\mathbf m)^{\top}\mathbf q$ differs from $\mathbf k_i^{\top}\mathbf q$ by one number for all $i$.)
#
# Measured: is the label of what attention finds the label of the query? Ten random splits into 1,198 memories and 599 new digits. "One": the item of largest score (with the distance,
# this is the nearest neighbour, 1-NN, the baseline that a sceptic asks for). "Soft": the class with the largest total weight, at the $\beta$ that does best on the memory itself, each stored digit asked for with
# its own row masked. No new digit is looked at to choose anything.

# %%
SCORES = {
    "dot product": lambda K, Q, m: Q @ K.T,
    "dot product, query minus mean": lambda K, Q, m: (Q - m) @ K.T,
    "cosine": lambda K, Q, m: unit(Q) @ unit(K).T,
    "distance, -|k - q|²/2": lambda K, Q, m: Q @ K.T - (K**2).sum(axis=1) / 2,
}
CANDIDATES = 2.0 ** np.arange(-1, 9)  # of β


def share_right(scores, labels, answers, mask=None):
    """How many queries find their class, by total weight of each class."""
    alpha, _ = nnmem.attention_distribution_forward(scores, mask)
    return ((alpha @ np.eye(10)[labels]).argmax(axis=-1) == answers).mean()


splits = range(2 if QUICK else 10)
right = {name: [] for name in SCORES}
for split in splits:
    K, of_k, Q, of_q = split_digits(np.random.default_rng(split))
    not_itself = ~np.eye(len(K), dtype=bool)
    for name, score in SCORES.items():
        s, own = score(K, Q, K.mean(axis=0)), score(K, K, K.mean(axis=0))
        tried = CANDIDATES[::3] if QUICK else CANDIDATES
        best = max(tried, key=lambda b: share_right(b * own, of_k, of_k, not_itself))
        right[name].append(
            ((of_k[s.argmax(1)] == of_q).mean(), share_right(best * s, of_k, of_q))
        )

print(
    f"{'% of new digits right':<32}{'one':>16}{'soft':>16}   mean ± sd of {len(splits)} splits"
)
for name, shares in right.items():
    (one, soft), (one_sd, soft_sd) = 100 * np.mean(shares, axis=0), 100 * np.std(shares, axis=0)
    print(f"{name:<32}{one:>9.2f} ± {one_sd:.2f}{soft:>9.2f} ± {soft_sd:.2f}")
shifted, _ = nnmem.attention_distribution_forward((memory - memory.mean(axis=0)) @ query)
assert np.allclose(shifted, nnmem.attention_distribution_forward(memory @ query)[0])

# %% [markdown]
# Once the length of the keys is out of the way, attention is as good as the nearest neighbour, and being soft neither helps nor harms. On this memory there is nothing left to learn; notebook 2 has one where learning is everything.
#
# ## Why dot products want $1/\sqrt d$ · 为何除以 √d
#
# If the entries of $\mathbf x$ and $\mathbf q$ are independent with mean 0 and variance 1, then $\mathbf x^{\top}\mathbf q$ is a sum of $d$ terms of variance 1: its standard deviation is $\sqrt d$. The softmax of such scores is
# nearly one-hot, and then the gradient $\alpha_i(d\alpha_i-\sum_j\alpha_j d\alpha_j)$ is small: either $\alpha_i$ is about 0, or $\alpha_i$ is about 1 and the bracket is about 0. (At small $d$ it first grows: a softmax that prefers some items a little lets more through than a flat one.) With $1/\sqrt d$ the scores
# spread alike at every $d$. Measured with 64 items and 400 draws for each point; error bars are two standard errors, most of them smaller than the dots.

# %%
dimensions = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
trials = 40 if QUICK else 400
measured = {}
for score in ("dot", "scaled_dot"):
    forward = getattr(nnmem, f"{score}_score_forward")
    for d in dimensions:
        s, _ = forward(rng.normal(size=(trials, 64, d)), rng.normal(size=(trials, d)))
        weights, cache = nnmem.attention_distribution_forward(s)
        gradient = nnmem.attention_distribution_backward(rng.normal(size=s.shape), cache)
        measured[score, d] = np.array(
            [s.std(axis=-1), weights.max(axis=-1), np.linalg.norm(gradient, axis=-1)]
        )

figure, axes = plots.new_figure(1, 3, size=(10.0, 3.4))
titles = ("spread of the scores", "largest weight", "length of the gradient ds")
for k, (ax, title) in enumerate(zip(axes, titles, strict=True)):
    for score, label in (("dot", "xᵀq"), ("scaled_dot", "xᵀq / √d")):
        values = np.array([measured[score, d][k] for d in dimensions])
        error = 2 * values.std(axis=1) / np.sqrt(trials)
        ax.errorbar(dimensions, values.mean(axis=1), error, fmt="o-", ms=4, label=label)
    ax.set_xscale("log", base=2)
    ax.set(xlabel="dimension d", ylabel=title, xticks=[1, 8, 64, 512])
axes[0].plot(dimensions, np.sqrt(dimensions), "k:", label="√d")
axes[0].set_yscale("log", base=2)
axes[1].set_ylim(0, 1)
axes[2].set_ylim(0, None)
axes[0].legend()
plots.save(figure, "01_why_scale")

# %% [markdown]
# 图中文字对照：spread of the scores，得分的标准差；largest weight，最大权重；length of the gradient，梯度的长度；dimension d，维数。
#
# ## What it cannot do · 软性注意力的局限
#
# Attention always answers. The weights sum to one whether or not anything fits, so nothing in the result says "I do not know this". Below, every new digit is asked for twice: as it is, and with its 64 pixels shuffled, which
# leaves a mess. Whatever is asked, something like a digit comes out. The largest weight does tell them apart somewhat, and the largest *score*, which the softmax throws away, does so well.
# The area under the curve (AUC) is the chance that a random digit gets a higher value than a random mess: 0.5 is guessing, 1 is perfect.

# %%
mess = rng.permuted(queries, axis=1)
found = {}
for name, asked in (("digits", queries), ("shuffled", mess)):
    s = unit(asked) @ unit(memory).T
    weights, _ = nnmem.attention_distribution_forward(64 * s)
    shown = [np.flatnonzero(answers == digit)[0] for digit in (2, 5, 8)]  # the first of each
    found[name] = s.max(axis=1), weights.max(axis=1), (weights @ memory)[shown], asked[shown]


def area(high, low):
    """The chance that one of high is above one of low."""
    return (high[:, None] > low).mean()


auc_score, auc_weight = (area(found["digits"][k], found["shuffled"][k]) for k in (0, 1))
figure, axes = plots.new_figure(2, 6, size=(7.6, 3.0))
for row, (_, _, recalled, asked) in enumerate(found.values()):
    for k in range(3):
        plots.picture(axes[row, 2 * k], asked[k], "query")
        plots.picture(axes[row, 2 * k + 1], recalled[k], "recalled", plots.BLUE)
plots.save(figure, "01_always_answers")
print(
    f"digit or mess? AUC by the largest weight {auc_weight:.3f}, by the largest score {auc_score:.3f}"
)

# %% [markdown]
# 图中文字对照：query，查询；recalled，读出的结果。
#
# Two more limits. The result is an average of items with weights that sum to one, so it never leaves the region that the items span: no sum, no count, no extrapolation. And attention does not see order: shuffle the items and
# the weights are shuffled along, while the result stays the same. Notebook 2 says how positions come in.

# %%
order = rng.permutation(len(memory))
asked_again, shuffled_weights, _ = nnmem.soft_attention_forward(memory[order], query)
before, weights, _ = nnmem.soft_attention_forward(memory, query)
assert np.allclose(asked_again, before) and np.allclose(shuffled_weights, weights[order])
assert (memory.min(axis=0) - 1e-9 <= before).all() and (
    before <= memory.max(axis=0) + 1e-9
).all()

# %% tags=["result"]
largest = {score: measured[score, 1024][1].mean() for score in ("dot", "scaled_dot")}
percent = {name: 100 * np.mean(shares, axis=0) for name, shares in right.items()}
print(f"By hand: scores 1, 2, 3 give weights {alpha.round(3)} and r = {r.round(3)}.")
print(
    "Additive score: largest relative error against the complex step"
    f" {max(row.error for row in report.rows if row.oracle == 'complex step'):.0e}."
)
print(f"The mean of {draws:,} draws misses r by {ratio:.2f} of σ/√n ({runs} runs).")
print(
    f"Digits, {len(splits)} splits, soft at the best β: dot product {percent['dot product'][1]:.1f} %,"
    f" cosine {percent['cosine'][1]:.2f} %, distance {percent['distance, -|k - q|²/2'][1]:.2f} %,"
    f" 1-NN {percent['distance, -|k - q|²/2'][0]:.2f} %."
)
print(
    f"d = 1024: the largest of 64 weights is {largest['dot']:.2f} unscaled,"
    f" {largest['scaled_dot']:.2f} with 1/√d."
)
print(
    f"Digit or shuffled pixels: AUC {auc_weight:.3f} by largest weight, {auc_score:.3f} by largest score."
)

# %% [markdown]
# ## Where the text is imprecise · 教材原文的疏漏与说明
#
# - (8.1) is introduced with "choose some of $m_1,\dots,m_N$"; the items are called $\mathbf x_1,\dots,\mathbf x_N$ everywhere else.
# - (8.6) takes the expectation of $\mathbf x$; it is $\mathbf x_z$, the item drawn.
# - Focused attention (聚焦式注意力) has a second Chinese name in section 8.1.1; both are the same.
# - The scaled dot product is not in this edition of the chapter; the measurement above is the reason to have it.

# %% [markdown]
# ## Homework · 作业
#
# Three functions to write with NumPy alone (只用 NumPy). Everything that they need stands above: the softmax and its mask under "Large scores and missing items", both backwards under "The backward, step by step". Two things
# to watch: every function takes leading batch axes (批维度), `(..., N)`, so index from the end (`axis=-1`); and no argument may be changed. Each name is the library's with a `my_` in front.
#
# 1. The softmax (8.1) over the last axis, stable, with a mask; a row with nothing to attend to is zero. It returns $\alpha$ and a cache, which is $\alpha$ again. (带掩码的 softmax)
# 2. Its gradient, from $d\alpha$ and that cache. (softmax 的梯度)
# 3. The five gradients of the additive score (8.2), from the cache `(X, q, W, U, v, A)`: `X (..., N, d)`, `q (..., d_q)`, `W (h, d)`, `U (h, d_q)`, `v (h,)`, and `A (..., N, h)`
#    $=\tanh(W\mathbf x_i+U\mathbf q)$. Parameters have no batch axes: their gradients sum over the batch too. (加性模型的梯度)
#
# `nnmem.grade` says of each function whether it passes, and if not, why, with the smallest example that shows it. `nnmem homework 8.1 8.2` prints the same blanks as a file. Solutions: `notebooks/solutions/01_solutions.py`.


# %%
def my_attention_distribution_forward(scores, mask=None):
    raise NotImplementedError


def my_attention_distribution_backward(dalpha, cache):
    raise NotImplementedError


def my_additive_score_backward(dscores, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
