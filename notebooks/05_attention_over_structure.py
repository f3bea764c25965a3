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

# %% tags=["result"]
print(
    f"marginals of a chain: gradients agree with every oracle, largest error {max(row.error for row in report.rows):.0e}"
)
