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
# # 5 Attention over structure · 结构化注意力
#
# Section 8.1.2. A softmax spreads **one** choice over a flat row of inputs (扁平结构). But inputs often have a structure: words
# stand in sentences and sentences in documents, and what matters often comes in whole stretches. This notebook gives attention
# two such structures, the **hierarchy** of Yang et al. 2016 (层次化注意力) and the **chain** of Kim et al. 2017 (分段注意力).

# %%
import itertools
import os
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots, recipes

QUICK = bool(os.environ.get("NNMEM_QUICK"))
SAVED = Path("results") if Path("results").exists() else Path("notebooks/results")
rng = np.random.default_rng(8)
np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## Nobody asks: a learned query · 没有查询时：学习得到的查询向量
#
# To tell whether a review is friendly, nobody says what to look for. So the query is a parameter $\mathbf u$, learned with the
# rest: what an informative word looks like. One level of the hierarchy is
#
# $$\mathbf a_i=\tanh(W\mathbf x_i+\mathbf b),\qquad\alpha_i=\frac{\exp(\mathbf a_i^{\top}\mathbf u)}{\sum_j\exp(\mathbf a_j^{\top}\mathbf u)},\qquad
# \mathbf r=\sum_i\alpha_i\mathbf x_i$$
#
# the additive score (8.2) with the part of the query constant. By hand, with one number to a word: the words $0$ and $1$, with
# $W=1$, $b=0$, $u=1/\tanh 1$, have the scores 0 and 1, and the weights $1/(1+e)$ and $e/(1+e)$.

# %%
X = np.array([[0.0], [1.0]])
W, b, u = np.ones((1, 1)), np.zeros(1), np.array([1 / np.tanh(1)])
scores = [float(np.tanh(W @ x + b) @ u) for x in X]
weights = np.exp(scores) / np.exp(scores).sum()
r, alpha, _ = nnmem.context_attention_forward(X, W, b, u)
print("by hand:", weights, " library:", alpha, " 1/(1+e) =", round(1 / (1 + np.e), 3))
assert np.allclose(alpha, weights) and np.allclose(r, weights @ X)

# %% [markdown]
# ## A chain of choices · 一条链上的选择
#
# The second structure gives every input a variable of its own, $z_i=1$ if it is chosen, and lets neighbours speak to each
# other. A **linear-chain conditional random field** (线性链条件随机场) scores every sequence of states,
#
# $$p(z_1,\dots,z_n)=\frac1Z\exp\Big(\sum_{i=1}^n\theta_i(z_i)+\sum_{i=1}^{n-1}\psi(z_i,z_{i+1})\Big),\qquad\mu_i(c)=p(z_i=c)$$
#
# and attention is the **marginals** (边际分布): $\alpha_i=\mu_i(1)$, $\mathbf r=\sum_i\alpha_i\mathbf x_i$. A large diagonal of
# $\psi$ makes neighbours agree, and whole stretches are chosen or left. With three inputs there are $2^3$ sequences, few
# enough to add up:

# %%
theta, psi = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
chosen, Z = np.zeros(3), 0.0
for z in itertools.product((0, 1), repeat=3):
    p = np.exp(sum(theta[i, z[i]] for i in range(3)) + psi[z[0], z[1]] + psi[z[1], z[2]])
    chosen += p * np.array(z)
    Z += p
marginals, _ = nnmem.chain_marginals_forward(theta, psi)
print("all eight sequences:", chosen / Z, " forward-backward:", marginals[:, 1])
print("each by itself:     ", np.exp(theta[:, 1]) / np.exp(theta).sum(axis=1))
assert np.allclose(chosen / Z, marginals[:, 1])

# %% [markdown]
# The middle input has no score of its own. Alone it would be chosen with probability 1/2; between two that are wanted it is
# chosen with 0.79.

# %%
items = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
r, alpha, _ = nnmem.structured_attention_forward(items, theta, psi)
print("attention:", alpha, " what is read:", r)
report = nnmem.check_gradients(
    nnmem.chain_marginals_forward,
    nnmem.chain_marginals_backward,
    rng.normal(size=(2, 5, 3)),
    rng.normal(size=(3, 3)),
)
print(report)
assert report

# %% [markdown]
# ## The marginals backwards, step by step · 边际分布的反向传播
#
# One fact does it all. The logarithm of the normaliser, $\log Z(\theta,\psi)$, has the marginals as its derivatives:
#
# $$\frac{\partial\log Z}{\partial\theta_i(c)}=\frac1Z\sum_{z:\,z_i=c}\exp(\cdots)=\mu_i(c),\qquad
# \frac{\partial\log Z}{\partial\psi(c,c')}=\sum_i p(z_i=c,z_{i+1}=c')=\sum_i\xi_i(c,c')$$
#
# So the derivatives of the marginals are second derivatives of one function, and a matrix of second derivatives is symmetric:
# $\partial\mu_i(c)/\partial\theta_j(c')=\partial\mu_j(c')/\partial\theta_i(c)$. Given the gradient $g$ of the marginals, what we want is
# $d\theta_j(c')=\sum_{i,c}g_i(c)\,\partial\mu_i(c)/\partial\theta_j(c')=\sum_{i,c}\partial\mu_j(c')/\partial\theta_i(c)\,g_i(c)$. The right-hand
# side reads: **how do the marginals change when the scores move in the direction** $g$? No pass backwards is needed; we follow that change
# through the forward-backward algorithm once. A dot is the change:
#
# $$F_{i+1}(c')=\log\sum_c e^{F_i(c)+\theta_i(c)+\psi(c,c')}\;\Rightarrow\;\dot F_{i+1}(c')=\sum_c p(c\mid c')\,\big(\dot F_i(c)+g_i(c)\big)$$
#
# because the derivative of a log-sum-exp is a softmax; $\dot B$ from the right alike. Then $\mu_i=\operatorname{softmax}(F_i+\theta_i+B_i)$ gives
# $\dot\mu_i=\mu_i\circ(L_i-\mu_i^{\top}L_i)$ with $L_i=\dot F_i+g_i+\dot B_i$, and this is $d\theta_i$. For $\psi$ the same argument with the second
# row of derivatives: $d\psi=\sum_i\dot\xi_i$. Here is the symmetry, seen:

# %%
theta, psi = rng.normal(size=(4, 2)), rng.normal(size=(2, 2))
_, cache = nnmem.chain_marginals_forward(theta, psi)
J = np.array(
    [nnmem.chain_marginals_backward(row.reshape(4, 2), cache)[0].ravel() for row in np.eye(8)]
)
print("largest difference between the Jacobian and its transpose:", abs(J - J.T).max())
assert np.allclose(J, J.T, atol=1e-14)

# %% [markdown]
# ## What a chain sees that a softmax cannot · 链能看到而 softmax 看不到的
#
# Only the edges of a stretch are marked: the first and last item inside say that they are in, their neighbours outside that they are out. In the
# middle, an item inside looks like one outside. The three rows have the same scores.

# %%
theta = np.zeros((16, 2))
theta[[4, 10], 1] = 9  # in
theta[[3, 11], 0] = 9  # out
rows = {
    "chain": nnmem.chain_marginals_forward(theta, 5 * np.eye(2))[0][:, 1],
    "sigmoid": 1 / (1 + np.exp(theta[:, 0] - theta[:, 1])),
    "softmax": nnmem.attention_distribution_forward(theta[:, 1] - theta[:, 0])[0],
}
figure, ax = plots.new_figure(size=(7.0, 2.6))
image = plots.attention_map(
    ax, np.array(list(rows.values())), list(rows), [str(i) for i in range(1, 17)]
)
ax.set(xlabel="item; inside are 5 to 11")
figure.colorbar(image, ax=ax, label="weight")
plots.save(figure, "05_segments")
assert rows["chain"][4:11].min() > 0.9 and rows["chain"][[3, 11]].max() < 0.1

# %% [markdown]
# 图中文字对照：weight，注意力权重；item，输入的位置；inside，段内。
#
# Trained on the sum of the values inside (16 items, 5,000 steps), with the same scores from each item's own features, three ways to attend:

# %%
found = [recipes.Result.load(path).metrics for path in sorted(SAVED.glob("segments-seed*.npz"))]
for name in ("crf", "sigmoid", "softmax"):
    print(f"{name:>8}: right to 0.5 in", [each[f"within_half_{name}"] for each in found])
assert (
    min(each["within_half_crf"] for each in found)
    > 0.88
    > 0.2
    > max(each["within_half_sigmoid"] for each in found)
)

# %% [markdown]
# What the chain cannot do: its ties are the same everywhere. Two states and one matrix know that neighbours agree, not how long a stretch is, nor
# that there is only one.
#
# ## What may be read from weights · 能从注意力权重中读出什么
#
# In a hierarchy the items of the upper level are states of a recurrent network that has read all sentences. Such a state may carry what its
# neighbour said, so the weights on it do not tell **which** sentence decided. To read weights as reasons, let states decide where to look and
# average the words themselves: `DocumentNetwork(values="embeddings")`. `nnmem train documents` compares both forms.

# %% tags=["result"]
print(
    f"marginals of a chain: gradients agree with every oracle, largest error {max(row.error for row in report.rows):.0e}"
)
print(
    "sums of a marked stretch right to 0.5, by seed:",
    [each["within_half_crf"] for each in found],
)

# %% [markdown]
# ## Homework · 作业
#
# 1. Write `my_context_attention_forward` and `my_context_attention_backward`; the blank is `nnmem homework context_attention`.
# 2. Write `my_structured_attention_forward` and `my_structured_attention_backward`, given the pair `chain_marginals`.
# 3. With $\psi=J\cdot I$ and no scores but two at the ends, how does the marginal in the middle of a stretch of $n$ items fall with $n$?
#
# Solutions stand in `solutions/05_solutions.py`.


# %%
def my_context_attention_forward(X, W, b, u, mask=None):
    raise NotImplementedError


def my_context_attention_backward(dr, cache, dalpha=None):
    raise NotImplementedError


def my_structured_attention_forward(X, unary, pairwise):
    raise NotImplementedError


def my_structured_attention_backward(dr, cache, dalpha=None):
    raise NotImplementedError


print(nnmem.grade(globals()))
