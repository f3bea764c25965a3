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
# Section 8.1.1, equations (8.1) to (8.6). A network that has too much to look at chooses: it gives every item a
# **score** (打分), turns the scores into an **attention distribution** (注意力分布), and takes the items' **weighted sum**
# (加权平均). Three small formulas, each differentiable, each checked below.
#
# Vectors are rows here: item $\mathbf x_i$ is row $i$ of `X`, and $W\mathbf x_i$ is a row of `X @ W.T`.

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
# ## Choosing softly · 软性选择
#
# $$\alpha_i = p(z=i\mid \mathbf x_{1:N},\mathbf q) = \frac{\exp s(\mathbf x_i,\mathbf q)}{\sum_j \exp s(\mathbf x_j,\mathbf q)}\quad(8.1)
# \qquad s(\mathbf x_i,\mathbf q)=\mathbf x_i^{\top}\mathbf q\quad(8.3)
# \qquad \text{attention}(\mathbf x_{1:N},\mathbf q)=\sum_i\alpha_i\mathbf x_i\quad(8.5)$$
#
# Small enough for pencil and paper: three items and a query. The scores are 1, 2 and 3; each weight is
# $e \approx 2.718$ times the one before.

# %%
X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
q = np.array([1.0, 2.0])

scores, _ = nnmem.dot_score_forward(X, q)
alpha, _ = nnmem.attention_distribution_forward(scores)
r, _ = nnmem.weighted_sum_forward(alpha, X)
print("scores s =", scores)
print("weights α =", alpha)
print("result r =", r)

by_hand = np.exp([1, 2, 3]) / (np.e + np.e**2 + np.e**3)
assert np.allclose(alpha, by_hand)
assert np.allclose(r, [by_hand[0] + by_hand[2], by_hand[1] + by_hand[2]])
assert np.allclose(r, nnmem.soft_attention_forward(X, q)[0])  # the three steps in one call

# %% [markdown]
# ## Four ways to score · 四种打分函数
#
# | | formula | parameters |
# |---|---|---|
# | additive 加性 (8.2) | $\mathbf v^{\top}\tanh(W\mathbf x_i+U\mathbf q)$ | $W, U, \mathbf v$ |
# | dot 点积 (8.3) | $\mathbf x_i^{\top}\mathbf q$ | none |
# | bilinear 双线性 (8.4) | $\mathbf x_i^{\top}W\mathbf q$ | $W$ |
# | scaled dot 缩放点积 | $\mathbf x_i^{\top}\mathbf q/\sqrt d$ | none |
#
# The same items and query under each, with random parameters where there are any:

# %%
W, U, v = rng.normal(size=(4, 2)), rng.normal(size=(4, 2)), rng.normal(size=4)
parameters = {
    "additive": (W, U, v),
    "dot": (),
    "bilinear": (rng.normal(size=(2, 2)),),
    "scaled_dot": (),
}
rows = []
for score, params in parameters.items():
    _, weights, _ = nnmem.soft_attention_forward(X, q, *params, score=score)
    rows.append(weights)

figure, ax = plots.new_figure(size=(5.5, 2.6))
image = plots.attention_map(
    ax, np.array(rows), list(parameters), ["x₁", "x₂", "x₃"], numbers=True
)
figure.colorbar(image, label="weight α")
ax.set_title("The same items and query, four scores")
plots.save(figure, "01_four_scores")

# %% [markdown]
# ## The backward, step by step · 反向传播的推导
#
# **Weighted sum.** $\mathbf r=\sum_i\alpha_i\mathbf x_i$ is linear in both arguments, so each receives the other one:
# $\;d\alpha_i=\mathbf x_i^{\top}d\mathbf r,\quad d\mathbf x_i=\alpha_i\,d\mathbf r.$
#
# **Softmax.** Raising $s_i$ raises $\alpha_i$ and lowers every other weight,
# $\partial\alpha_j/\partial s_i=\alpha_j(\mathbf 1[i=j]-\alpha_i)$. Summed over everything that depends on $s_i$:
#
# $$ds_i=\sum_j d\alpha_j\,\alpha_j(\mathbf 1[i=j]-\alpha_i)=\alpha_i\Big(d\alpha_i-\sum_j\alpha_j\,d\alpha_j\Big)$$
#
# The bracket compares an item with the average: an item gains attention if it is worth more than the mean.
# The $ds_i$ sum to zero, because adding a constant to all scores changes nothing.
#
# **Additive score.** With $\mathbf a_i=\tanh(\mathbf z_i)$, $\mathbf z_i=W\mathbf x_i+U\mathbf q$ and $\tanh'=1-\tanh^2$:
#
# $$d\mathbf v=\sum_i ds_i\,\mathbf a_i,\qquad d\mathbf z_i=ds_i\,\mathbf v\circ(1-\mathbf a_i^2),\qquad
# dW=\sum_i d\mathbf z_i\mathbf x_i^{\top},\quad d\mathbf x_i=W^{\top}d\mathbf z_i,\qquad
# dU=\Big(\sum_i d\mathbf z_i\Big)\mathbf q^{\top},\quad d\mathbf q=U^{\top}\sum_i d\mathbf z_i .$$
#
# The query is used by every item, so its gradient is a sum over items. That sum is what homework most often forgets.
#
# **Dot product and bilinear score.** $s_i=\mathbf x_i^{\top}\mathbf p$ is a product, and each factor receives the other one:
# $\;d\mathbf x_i=ds_i\,\mathbf p,\quad d\mathbf p=\sum_i ds_i\,\mathbf x_i.$ For the dot product $\mathbf p=\mathbf q$. For the bilinear score
# $\mathbf p=W\mathbf q$, a linear map, so that $\;d\mathbf q=W^{\top}d\mathbf p,\quad dW=d\mathbf p\,\mathbf q^{\top}.$

# %%
dalpha = np.array([1.0, 0.0, 0.0])  # "more weight for the first item, please"
jacobian = np.diag(alpha) - np.outer(alpha, alpha)
ds = nnmem.attention_distribution_backward(
    dalpha, nnmem.attention_distribution_forward(scores)[1]
)
print("ds =", ds, "   sum =", ds.sum())
assert np.allclose(ds, jacobian @ dalpha)

# %% [markdown]
# ## The gradient check · 梯度检验
#
# `nnmem.check_gradients` compares a backward with two oracles that never see it: central differences, which only call
# the forward, and the complex step $\operatorname{Im} L(x+ih)/h$, which subtracts nothing and is exact to the last digits.

# %%
data = rng.normal(size=(6, 5)), rng.normal(size=3)
params = rng.normal(size=(4, 5)), rng.normal(size=(4, 3)), rng.normal(size=4)
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
    "weighted sum (8.5)": ("weighted_sum", [alpha, rng.normal(size=(3, 5))]),
    "soft attention (8.5)": ("soft_attention", [rng.normal(size=(6, 5)), rng.normal(size=5)]),
}
for name, (function, args) in pairs.items():
    forward, backward = (getattr(nnmem, f"{function}_{way}") for way in ("forward", "backward"))
    checked = nnmem.check_gradients(forward, backward, *args)
    assert checked
    print(f"{name:<21} largest relative error {max(row.error for row in checked.rows):.0e}")

# %% [markdown]
# A check is worth something only if it can fail. Here is a backward that forgets the sum over items for $\mathbf q$ and
# $U$, and one that returns nothing but zeros. The second passes a check whose upstream gradient is all ones, since the
# weights always sum to one; a random upstream gradient sees it.


# %%
def forgets_the_sum(dscores, cache):
    dX, dq, dW, dU, dv = nnmem.additive_score_backward(dscores, cache)
    return dX, dq / len(dX), dW, dU / len(dX), dv


def zero_backward(dalpha, cache):
    return np.zeros_like(cache)


print(
    nnmem.check_gradients(nnmem.additive_score_forward, forgets_the_sum, *data, *params), "\n"
)
assert np.allclose(
    nnmem.attention_distribution_backward(np.ones(3), alpha), zero_backward(None, alpha)
)
print(nnmem.check_gradients(nnmem.attention_distribution_forward, zero_backward, scores))

# %% [markdown]
# ## Attention is an expectation · 注意力即期望
#
# (8.6) reads the same sum as $\mathbb E_{z\sim\alpha}[\mathbf x_z]$: draw one item at random from the attention
# distribution, and soft attention is what you get on average. (The chapter writes $[\mathbf x]$ without the index; it is
# the drawn one.) The average of $n$ draws misses $\mathbf r$ by about $1/\sqrt n$:

# %%
draws = 2_000 if QUICK else 50_000
x_z, _, _ = nnmem.sampled_attention_forward(
    np.broadcast_to(X, (draws, 3, 2)), np.broadcast_to(alpha, (draws, 3)), rng
)
n = np.arange(1, draws + 1)
miss = np.linalg.norm(np.cumsum(x_z, axis=0) / n[:, None] - r, axis=1)
spread = np.sqrt((alpha * ((X - r) ** 2).sum(axis=1)).sum())

figure, ax = plots.new_figure(size=(5.5, 3.0))
ax.loglog(n, miss, label="mean of n draws")
ax.loglog(n, spread / np.sqrt(n), "--", label="expected, σ / √n")
ax.set(
    xlabel="number of draws n",
    ylabel="distance from r",
    title="The mean of drawn items approaches soft attention",
)
ax.legend()
plots.save(figure, "01_expectation")

# %% [markdown]
# ## A memory of real pictures · 真实数据上的记忆
#
# Two thirds of scikit-learn's 1,797 handwritten digits are the memory: 1,198 rows of 64 pixels. The query is a digit
# that is not in it. Attention looks up what resembles the query and returns the weighted mean of it. An **inverse temperature** $\beta$ (温度的倒数)
# in front of the scores sets how choosy it is: $\alpha=\operatorname{softmax}(\beta\, \mathbf s)$. Small $\beta$: the mean of
# everything. Large $\beta$: the one best match, which is hard attention (notebook 2).

# %%
memory, labels, queries, _ = split_digits(np.random.default_rng(0))
mean = memory.mean(axis=0)
query = queries[4]
betas = [0.1, 0.5, 2.0, 20.0]

figure, axes = plots.new_figure(2, 5, size=(8.0, 3.8), height_ratios=[1, 0.8])
plots.picture(axes[0, 0], query, "query")
axes[1, 0].set_axis_off()
for beta, (top, below) in zip(betas, axes[:, 1:].T, strict=True):
    recalled, weights, _ = nnmem.soft_attention_forward(memory - mean, beta * (query - mean))
    plots.picture(top, recalled + mean, f"β = {beta:g}")
    below.plot(np.sort(weights)[::-1][:40], color=plots.BLUE)
    below.set(ylim=(0, None), xlabel="rank")
    below.set_title(f"largest α {weights.max():.2f}", fontsize=9)
axes[1, 1].set_ylabel("weight α")
figure.suptitle("What soft attention recalls: from the mean of everything to one memory")
plots.save(figure, "01_temperature")

# %% [markdown]
# Subtracting the mean picture matters: without it every digit overlaps with every other through the ink in the middle,
# and the dot product prefers the blackest memory instead of the most similar one.
#
# ## Why dot products want $1/\sqrt d$ · 为何除以 √d
#
# If the entries of $\mathbf x$ and $\mathbf q$ are independent with variance 1, then $\mathbf x^{\top}\mathbf q$ has variance
# $d$: its spread grows like $\sqrt d$. The softmax of such scores is a near one-hot vector, and the gradient that passes
# through it, $\alpha_i(d\alpha_i-\sum_j\alpha_j d\alpha_j)$, fades: after a rise at small $d$, where a choosier softmax still lets more through,
# it falls steadily. With $1/\sqrt d$ it is the same at every $d$. Measured with 64 items:

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
        measured[score, d] = (
            s.std(),
            weights.max(axis=-1).mean(),
            np.linalg.norm(gradient, axis=-1).mean(),
        )

figure, axes = plots.new_figure(1, 3, size=(9.0, 3.2))
titles = ("spread of the scores", "largest weight", "gradient through the softmax")
for k, (ax, title) in enumerate(zip(axes, titles, strict=True)):
    for score, label in (("dot", "xᵀq"), ("scaled_dot", "xᵀq / √d")):
        ax.plot(
            dimensions, [measured[score, d][k] for d in dimensions], "o-", ms=4, label=label
        )
    ax.set_xscale("log", base=2)
    ax.set(xlabel="dimension d", ylabel=title)
axes[0].plot(dimensions, np.sqrt(dimensions), "k:", label="√d")
axes[0].set_yscale("log", base=2)
axes[0].legend()
plots.save(figure, "01_why_scale")

# %% tags=["result"]
largest = {score: measured[score, 1024][1] for score in ("dot", "scaled_dot")}
print(f"By hand: scores 1, 2, 3 give weights {alpha.round(3)} and r = {r.round(3)}.")
print(
    f"Additive score: largest relative error against the complex step {max(r.error for r in report.rows if r.oracle == 'complex step'):.0e}."
)
print(
    f"d = 1024: the largest of 64 weights is {largest['dot']:.2f} unscaled, {largest['scaled_dot']:.2f} with 1/√d."
)

# %% [markdown]
# ## Where the text is imprecise · 勘误
#
# - (8.1) is introduced with "choose some of $m_1,\dots,m_N$"; the items are called $\mathbf x_1,\dots,\mathbf x_N$ everywhere else.
# - (8.6) takes the expectation of $\mathbf x$; it is $\mathbf x_z$, the item drawn.
# - The scaled dot product is not in this version of the chapter; the plot above is the reason to have it.

# %% [markdown]
# ## Homework · 作业
#
# Three functions to write with NumPy alone (numpy 之外一律不用), each with a `my_` in front of the library's name. `nnmem homework 8.1 8.2` prints their blanks
# with all shapes, and `nnmem grade FILE` grades a file; in a notebook, `nnmem.grade(globals())` grades all that are there. A backward that is graded alone
# receives the reference's cache.
#
# 1. The softmax (8.1) over the last axis, stable, with a mask; a row with nothing to attend to is zero. The cache is $\alpha$. (带掩码的 softmax)
# 2. Its gradient, from $\alpha$ and $d\alpha$. (softmax 的梯度)
# 3. The five gradients of the additive score (8.2), from the cache `(X, q, W, U, v, A)` with `A` $=\tanh(W\mathbf x_i+U\mathbf q)$. (加性打分的梯度)


# %%
def my_attention_distribution_forward(scores, mask=None):
    raise NotImplementedError


def my_attention_distribution_backward(dalpha, cache):
    raise NotImplementedError


def my_additive_score_backward(dscores, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))

# %% [markdown]
# A first try, with three mistakes that are often made. The grader names each: it makes the typical mistakes in the reference, one at a time, and looks which of
# them gives the same numbers.


# %%
def my_attention_distribution_forward(scores, mask=None):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    alpha = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return (alpha if mask is None else alpha * mask), alpha


def my_attention_distribution_backward(dalpha, cache):
    return cache * dalpha


def my_additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A)
    rows, queries = dZ.reshape(-1, len(v)), dZ.sum(axis=-2).reshape(-1, len(v))
    dW, dU = rows.T @ X.reshape(-1, X.shape[-1]), queries.T @ q.reshape(-1, q.shape[-1])
    return dZ @ W, dZ.sum(axis=-2) @ U, dW, dU, dscores.ravel() @ A.reshape(-1, len(v))


first_try = nnmem.grade(globals())
print(first_try)
assert not any(row.verdict == "pass" for row in first_try)

# %% [markdown]
# And mended. (改正之后)


# %%
def my_attention_distribution_forward(scores, mask=None):
    scores = scores if mask is None else np.where(mask, scores, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(scores - np.where(largest == -np.inf, 0, largest))
    total = exponentials.sum(axis=-1, keepdims=True)
    alpha = exponentials / np.where(total == 0, 1, total)
    return alpha, alpha


def my_attention_distribution_backward(dalpha, cache):
    return cache * (dalpha - (cache * dalpha).sum(axis=-1, keepdims=True))


def my_additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    rows, queries = dZ.reshape(-1, len(v)), dZ.sum(axis=-2).reshape(-1, len(v))
    dW, dU = rows.T @ X.reshape(-1, X.shape[-1]), queries.T @ q.reshape(-1, q.shape[-1])
    return dZ @ W, dZ.sum(axis=-2) @ U, dW, dU, dscores.ravel() @ A.reshape(-1, len(v))


mended = nnmem.grade(globals())
print(mended)
assert mended
