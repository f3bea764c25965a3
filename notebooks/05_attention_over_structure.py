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
# stand in sentences and sentences in documents, and what matters often comes in whole stretches. How does attention use such a
# structure? And when a network with attention answers rightly, do its weights say **why**?
#
# Two structures are here: the **hierarchy** of Yang et al. 2016 (层次化注意力) and the **chain** of Kim et al. 2017 (分段注意力).

# %%
import itertools
import os
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots, recipes
from nnmem.models.sequence.segment_network import SegmentNetwork
from nnmem.recipes.sequence.documents import score, trained_form
from nnmem.tasks.marked_documents import MARKER, SYNONYMS, document_batch
from nnmem.tasks.marked_segments import MARKS, end_to_end, segment_batch

QUICK = bool(os.environ.get("NNMEM_QUICK"))
SAVED = Path("results") if Path("results").exists() else Path("notebooks/results")
rng = np.random.default_rng(8)
np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## The hierarchy · 层次结构
#
# The same small machine is used twice. It reads a row of vectors and gives their weighted average: words make a sentence, then
# sentences make the document. Before each of the two, a recurrent network reads in both directions, so that a state knows its neighbours.

# %%
figure, ax = plots.drawing(9, 4.2)
for k, x in enumerate((1.5, 4.5, 7.5)):
    for j in (-0.9, 0, 0.9):
        plots.box(ax, (x + j, 0.4), "word", size=(0.8, 0.4))
        plots.arrow(ax, (x + j, 0.6), (x, 1.15), width=2.2 if (k, j) == (1, 0.9) else 0.7)
    plots.box(ax, (x, 1.4), "weights α, query u", size=(2.2, 0.45))
    plots.arrow(ax, (x, 1.63), (x, 2.0))
    plots.box(ax, (x, 2.2), "sentence", size=(1.3, 0.4))
    plots.arrow(ax, (x, 2.4), (4.5 + (x - 4.5) / 5, 2.87), width=2.2 if k == 1 else 0.7)
plots.box(ax, (4.5, 3.1), "weights β, another query u", size=(3.2, 0.45))
plots.arrow(ax, (4.5, 3.33), (4.5, 3.6))
plots.box(ax, (4.5, 3.8), "document", size=(1.5, 0.4))
plots.save(figure, "05_hierarchy")

# %% [markdown]
# 图中文字对照：word，词；sentence，句子；document，篇章；weights，注意力权重；query，查询；another query，另一个查询。
#
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
# ## The learned query backwards, step by step · 反向传播的逐步推导
#
# Given is $d\mathbf r$, the gradient of the average; the weights may be looked at by somebody too, which gives a $d\alpha$ of its
# own. The three formulas in reverse:
#
# 1. $\mathbf r=\sum_i\alpha_i\mathbf x_i$ is linear in both. An item receives $d\mathbf x_i=\alpha_i\,d\mathbf r$, a weight
#    $d\alpha_i\mathrel{+}=\mathbf x_i^{\top}d\mathbf r$.
# 2. $\alpha=\operatorname{softmax}(s)$ has $\partial\alpha_j/\partial s_i=\alpha_j(1[i=j]-\alpha_i)$. Summed over $j$:
#    $ds_i=\alpha_i\big(d\alpha_i-\sum_j\alpha_j\,d\alpha_j\big)$.
# 3. $s_i=\mathbf a_i^{\top}\mathbf u$. The query stands in every score, so it receives a sum: $d\mathbf u=\sum_i ds_i\,\mathbf a_i$. And
#    $d\mathbf a_i=ds_i\,\mathbf u$.
# 4. $\mathbf a_i=\tanh(\mathbf z_i)$ with $\mathbf z_i=W\mathbf x_i+\mathbf b$; since $\tanh'=1-\tanh^2$:
#    $d\mathbf z_i=ds_i\,\mathbf u\circ(1-\mathbf a_i\circ\mathbf a_i)$.
# 5. $W$ and $\mathbf b$ stand in every $\mathbf z_i$: $dW=\sum_i d\mathbf z_i\mathbf x_i^{\top}$, $d\mathbf b=\sum_i d\mathbf z_i$. The item
#    stands there too, and receives for the second time: $d\mathbf x_i\mathrel{+}=W^{\top}d\mathbf z_i$.
#
# Step 2 has a consequence: $\sum_i ds_i=0$. What lifts all scores alike changes nothing, and has no gradient.

# %%
shapes = (2, 4, 3), (5, 3), (5,), (5,)
report_query = nnmem.check_gradients(
    nnmem.context_attention_forward,
    nnmem.context_attention_backward,
    *(rng.normal(size=shape) for shape in shapes),
)
print(report_query)
assert report_query

# %% [markdown]
# ## Documents that word counts cannot tell apart · 词袋无法区分的文档
#
# Made documents, so that we **know** where a network has to look. Eight sentences; four of them name a topic, A, B, C and D, each
# by one of five words; in one of the four stands a mark too, and **its** topic is the class. Every document has every topic once and
# one mark: counting words says nothing.

# %%
documents = document_batch(np.random.default_rng(3), 2000)


def named(word):
    topic = f"{'ABCD'[word // SYNONYMS % 4]}{word % SYNONYMS + 1}"
    return "mark" if word == MARKER else topic if word < MARKER else "·"


for words, length in zip(documents.words[0], documents.lengths[0], strict=True):
    print("  ".join(f"{named(word):>4}" for word in words[:length]))
print("class:", "ABCD"[documents.classes[0]])

# %% [markdown]
# The same networks are trained in several ways (`nnmem train documents`, three seeds). Two **forms** of the hierarchy: in the paper's, the
# recurrent **states** are scored and the same states are averaged. In the other, states are scored, but what is averaged are the
# **embeddings** of the words themselves: a state says where to look, and only the word itself is seen there.

# %%
found = [
    recipes.Result.load(path).metrics for path in sorted(SAVED.glob("documents-seed*.npz"))
]
ROWS = {
    "a bag of words": "_flat",
    "paper's form, even weights": "_uniform",
    "paper's form": "_paper",
    "embeddings, learned at once": "_at_once",
    "embeddings, in lessons": "",
}
for name, form in ROWS.items():
    kinds = [k for k in ("accuracy", "sentence_share", "word_share") if k + form in found[0]]
    values = [f"{k} " + " ".join(f"{e[k + form]:.3f}" for e in found) for k in kinds]
    print(f"{name:<28}", ";  ".join(values))
assert min(each["accuracy"] for each in found) > 0.99
assert min(min(each["sentence_share"], each["word_share"]) for each in found) > 0.9

# %% [markdown]
# Shares are the mean weight on the deciding sentence and, in it, on the word that names the topic. Look at the accuracies first: the
# paper's form is right in every document, **with even weights too**. Recurrent states carry the answer to wherever it is read, so
# there is no need to look anywhere in particular, though training does point there: the sentence has nearly all of the weight, the deciding word about a quarter, since a state beside it knows as much.
# (The paper's form, with even weights too, was trained in lessons here, as in the last row.)
#
# Embeddings carry nothing, so there the network **must** look. Learned at once, it does so in a different way with every seed: one looks at
# the deciding sentence, one looks **away** from it, and one does either, by class. All answers, or nearly all, are right all the same.
#
# Now look at one document through three networks, of seed 0. A cell is a word, its shade the word's weight in its sentence; the bar on the
# left is the sentence's weight.

# %%
result = recipes.Result.load(SAVED / "documents-seed0.npz")
FORMS = {"paper's form": "_paper", "learned at once": "_at_once", "in lessons": ""}
networks = {name: trained_form(result, form) for name, form in FORMS.items()}
figure, axes = plots.new_figure(1, 3, size=(12.0, 3.4), sharey=True)
for ax, (name, (model, params)) in zip(axes, networks.items(), strict=True):
    one = documents.words[:1], documents.lengths[:1]
    logits, (*_, alpha, beta) = model.forward(params, *one)
    read = np.arange(10) < documents.lengths[0][:, None]
    columns = beta[0][:, None], np.full((8, 1), np.nan), np.where(read, alpha[0], np.nan)
    shown = np.concatenate(columns, axis=1)
    image = plots.attention_map(ax, shown, [str(i) for i in range(1, 9)])
    for i, j in np.argwhere(read):
        text, light = named(documents.words[0, i, j]), alpha[0, i, j] > 0.6
        colour = "black" if light else "white"
        ax.text(j + 2, i, text, ha="center", va="center", fontsize=8, color=colour)
    ax.set_xticks([0, *range(2, 12)], ["β", *map(str, range(1, 11))])
    ax.set(title=f"{name}: says {'ABCD'[logits[0].argmax()]}", xlabel="word of the sentence")
axes[0].set(ylabel="sentence")
figure.colorbar(image, ax=axes, label="weight")
plots.save(figure, "05_documents")

# %% [markdown]
# 图中文字对照：sentence，句子；word of the sentence，句中的词；weight，注意力权重；says，网络的回答。
#
# All three are right. Only the last one shows why, and it was taught to: its lessons begin with the deciding sentence alone, which is supervision that the middle one never had. The middle one has found another way: **to answer by what is not seen**. Every document
# names all four topics, so the class can also be read from the other three, or from a weight that stays on the mark. Its shares, class by class:

# %%
for name, (model, params) in networks.items():
    _, (*_, alpha, beta) = model.forward(params, documents.words, documents.lengths)
    rows = np.arange(len(beta))
    on_sentence = beta[rows, documents.sentence]
    on_word = alpha[rows, documents.sentence, documents.word]
    by_class = [
        [float(share[documents.classes == c].mean()) for c in range(4)]
        for share in (on_sentence, on_word)
    ]
    accuracy = score(model, params, documents)[0]
    print(
        f"{name:<16} accuracy {accuracy:.3f}; sentence, classes A to D:",
        np.array(by_class[0]),
        " word:",
        np.array(by_class[1]),
    )

# %% [markdown]
# ## What may be read from weights · 能从注意力权重中读出什么
#
# A weight says how much of a **value** goes into the average. It is a reason for the answer only if three things hold.
#
# 1. **The value is the item itself.** A recurrent state at a word is not the word: it has read the neighbours. The weights of the paper's
#    form tell which *states* were averaged, not which *words* decided.
# 2. **The task needs the weights.** Where even weights answer as well, they may point somewhere, but the answer does not depend on it.
# 3. **There is one way to be right.** Here there are two, by naming and by exclusion. No accuracy tells them apart; a look at the weights on documents
#    whose deciding word is *known* does.
#
# Why do **lessons** (课程学习) lead to the first way? What a word means is learned where attention looks, and where to look is learned from what
# words mean; at the start both are noise, and chance decides for each class whether looking at the deciding sentence helps or hurts. So the first 40
# steps show deciding sentences alone, read with even weights: then the words of topic A speak for A, and from now on looking at them helps.
# The next 160 steps teach which word of a sentence says it; the other 800, which sentence.
#
# ## A chain of choices · 一条链上的选择
#
# The second structure gives every input a variable of its own, $z_i=1$ if it is chosen, and lets neighbours speak to each other.

# %%
figure, ax = plots.drawing(9, 2.6)
for i, x in enumerate((1.0, 3.2, 5.4, 7.6), 1):
    plots.box(ax, (x, 0.5), f"item {i}", size=(1.1, 0.45))
    plots.arrow(ax, (x, 0.73), (x, 1.4), f"θ$_{i}$")
    plots.box(ax, (x, 1.65), f"z$_{i}$: 0 or 1", size=(1.2, 0.5))
    if i < 4:
        plots.arrow(ax, (x + 0.6, 1.75), (x + 1.6, 1.75), "F")
        plots.arrow(ax, (x + 1.6, 1.45), (x + 0.6, 1.45), "B")
        ax.text(x + 1.1, 2.1, "ψ", ha="center", fontsize=11)
plots.save(figure, "05_chain")

# %% [markdown]
# 图中文字对照：item，输入；0 or 1，不选或选。
#
# A **linear-chain conditional random field** (线性链条件随机场) scores every sequence of states,
#
# $$p(z_1,\dots,z_n)=\frac1Z\exp\Big(\sum_{i=1}^n\theta_i(z_i)+\sum_{i=1}^{n-1}\psi(z_i,z_{i+1})\Big),\qquad\mu_i(c)=p(z_i=c)$$
#
# and attention is the **marginals** (边际分布): $\alpha_i=\mu_i(1)$, $\mathbf r=\sum_i\alpha_i\mathbf x_i$. A large diagonal of
# $\psi$ makes neighbours agree, and whole stretches are chosen or left. With three inputs there are $2^3$ sequences, few
# enough to add up. With more, what comes from the left and what comes from the right of each position is added up along the way, the
# **forward-backward algorithm** (前向-后向算法):
#
# $$F_{i+1}(c')=\log\sum_c e^{F_i(c)+\theta_i(c)+\psi(c,c')},\qquad B_{i-1}(c)=\log\sum_{c'}e^{\psi(c,c')+\theta_i(c')+B_i(c')},\qquad
# \mu_i\propto e^{F_i+\theta_i+B_i}$$

# %%
theta, psi = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
chosen, Z = np.zeros(3), 0.0
for z in itertools.product((0, 1), repeat=3):
    p = np.exp(sum(theta[i, z[i]] for i in range(3)) + psi[z[0], z[1]] + psi[z[1], z[2]])
    chosen += p * np.array(z)
    Z += p
F, B = np.zeros((3, 2)), np.zeros((3, 2))
for i in (0, 1):
    F[i + 1] = [np.log(sum(np.exp(F[i] + theta[i] + psi[:, c]))) for c in (0, 1)]
for i in (2, 1):
    B[i - 1] = [np.log(sum(np.exp(psi[c] + theta[i] + B[i]))) for c in (0, 1)]
mu = np.exp(F + theta + B)
marginals, _ = nnmem.chain_marginals_forward(theta, psi)
print("all eight sequences:", chosen / Z, " F and B:", mu[:, 1] / mu.sum(axis=1))
print("library:            ", marginals[:, 1])
print("each by itself:     ", np.exp(theta[:, 1]) / np.exp(theta).sum(axis=1))
assert np.allclose(chosen / Z, marginals[:, 1]) and np.allclose(
    mu / mu.sum(axis=1, keepdims=True), marginals
)

# %% [markdown]
# The middle input has no score of its own. Alone it would be chosen with probability 1/2; between two that are wanted it is
# chosen with 0.70.

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
report_segments = nnmem.check_gradients(
    nnmem.structured_attention_forward,
    nnmem.structured_attention_backward,
    *(rng.normal(size=shape) for shape in ((2, 5, 3), (2, 5, 2), (2, 2))),
)
assert report and report_segments

# %% [markdown]
# ## The marginals backwards, step by step · 边际分布反向传播的逐步推导
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
# row of derivatives: a step $\dot\psi(c,c')$ of the ties changes $\log Z$ by $\sum_i\xi_i(c,c')\,\dot\psi(c,c')$, second derivatives are symmetric, so
# $d\psi=\sum_i\dot\xi_i$, how the marginals of neighbours change when $\theta$ moves in the direction $g$:
#
# $$\xi_i(c,c')\propto e^{F_i(c)+\theta_i(c)+\psi(c,c')+\theta_{i+1}(c')+B_{i+1}(c')},\qquad\dot\xi_i=\xi_i\circ\Big(L_i-\sum\xi_i\circ L_i\Big),\qquad
# L_i(c,c')=\dot F_i(c)+g_i(c)+g_{i+1}(c')+\dot B_{i+1}(c')$$
#
# **Structured attention** adds a weighted sum on top: $\alpha_i=\mu_i(1)$, $\mathbf r=\sum_i\alpha_i\mathbf x_i$. So $d\mathbf x_i=\alpha_i\,d\mathbf r$,
# $d\alpha_i=\mathbf x_i^{\top}d\mathbf r$, and the marginals receive $g_i=(0,d\alpha_i)$: nothing hangs on the probability of leaving an item.
#
# In one sentence, with $L_i(c)=\mathbb E\big[\sum_j g_j(z_j)\mid z_i=c\big]$ up to a constant: a state is wanted where the whole sequence is better
# **given** that state. Here is the symmetry, seen:

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
# ## Trained on sums of stretches · 训练：对一段求和
#
# The scores are learned now, from noisy marks, and only the **sum** of the values inside is told, never which items are inside (4 to 16 items, 5,000
# steps). Below, eight new rows of items through the chain of seed 0, and its marginals beside the truth.

# %%
result = recipes.Result.load(SAVED / "segments-seed0.npz")
network = SegmentNetwork(MARKS, attention="chain")
params = result.params(network.init(np.random.default_rng(0)))
rows_shown = segment_batch(np.random.default_rng(5), 8)
_, (*_, alpha) = network.forward(params, rows_shown.features, rows_shown.values)
figure, axes = plots.new_figure(1, 2, size=(9.0, 2.8), sharey=True)
for ax, weight, title in zip(
    axes, (alpha, rows_shown.inside.astype(float)), ("marginals", "truth"), strict=True
):
    image = plots.attention_map(ax, weight, [str(i) for i in range(1, 9)])
    ax.set_xticks(range(0, 16, 3), map(str, range(1, 17, 3)))
    ax.set(title=title, xlabel="item")
axes[0].set(ylabel="row of items")
figure.colorbar(image, ax=axes, label="weight")
plots.save(figure, "05_marginals")
print("ties ψ learned:", params.pairwise.round(1).tolist())
agree = float(((alpha > 0.5) == rows_shown.inside).mean())
print(f"items on the right side of 1/2: {agree:.2f}")

# %% [markdown]
# 图中文字对照：marginals，边际分布；truth，真实的片段；item，输入的位置；row of items，一行输入。
#
# The same marks, three ways to attend, each with scores of its own, three seeds:

# %%
found_segments = [
    recipes.Result.load(path).metrics for path in sorted(SAVED.glob("segments-seed*.npz"))
]
for name in ("crf", "sigmoid", "softmax"):
    print(
        f"{name:>8}: right to 0.5 in", [each[f"within_half_{name}"] for each in found_segments]
    )
sums = np.sort(segment_batch(np.random.default_rng(9), 2000).sums[:, 0])
constant = max(np.mean(abs(sums - c) <= 0.5) for c in sums)
print(f"the best constant answer: {constant:.2f}")
assert (
    min(each["within_half_crf"] for each in found_segments)
    > 0.88
    > 0.2
    > max(each["within_half_sigmoid"] for each in found_segments)
)

# %% [markdown]
# Sigmoids and a softmax do worse than one and the same answer to everything: without neighbours, an item inside that says nothing cannot be told from one outside.
#
# ## What a chain cannot do · 链做不到的
#
# Its ties are the same everywhere. Two states and one matrix know that neighbours agree; not how long a stretch is, nor how many there are. Every silent
# item costs a stretch the same small amount, against a gain from its two marks that does not grow. So: rows that are longer than those of training (4 to 16), and rows of 16 laid end to end, each
# with a stretch of its own. The same three chains, none trained anew.

# %%
LONGER = {n: f"within_half_crf_{n}" for n in (32, 64, 128)}
SEVERAL = {count: f"within_half_crf_{count}_stretches" for count in (2, 3, 4)}
figure, axes = plots.new_figure(1, 2, size=(8.0, 3.0), sharey=True)
panels = (
    ({16: "within_half_crf", **LONGER}, "items in a row, one stretch"),
    (
        {1: "within_half_crf", **SEVERAL},
        "stretches in a row, 16 items each",
    ),
)
for ax, (names, label) in zip(axes, panels, strict=True):
    values = np.array([[each[name] for name in names.values()] for each in found_segments])
    ends = values.mean(axis=0) - values.min(axis=0), values.max(axis=0) - values.mean(axis=0)
    ax.errorbar(range(len(names)), values.mean(axis=0), ends, marker="o", capsize=3)
    ax.set_xticks(range(len(names)), map(str, names))
    ax.set(xlabel=label, ylim=(0, 1))
    print(label, dict(zip(names, values.mean(axis=0).round(3).tolist(), strict=True)))
axes[0].set(ylabel="sums right to 0.5")
plots.save(figure, "05_limits")
assert all(each["within_half_crf_64"] < 0.7 for each in found_segments)

# %% [markdown]
# 图中文字对照：sums right to 0.5，和的误差在 0.5 以内的比例；items in a row，一行的输入个数；stretches in a row，一行的片段个数。
#
# Points are means of three seeds, bars go from the worst to the best. Why? Look at the silent items between two stretches. Their ends are marked, but the ties
# weigh silence inside against silence outside by one learned number for every item, which fits the lengths of training. A stretch that is much longer is given up for one that is outside throughout, and a short gap between two stretches is filled.

# %%
parts = [segment_batch(np.random.default_rng(k), 400 if QUICK else 2000) for k in (0, 1)]
both = end_to_end(parts)
_, (*_, alpha) = network.forward(params, both.features, both.values)
between = (np.cumsum(both.inside, axis=1) > 0) & ~both.inside
between &= np.cumsum(both.inside[:, ::-1], axis=1)[:, ::-1] > 0
for name, which in (
    ("inside", both.inside),
    ("between", between),
    ("beyond", ~both.inside & ~between),
):
    print(f"{name:>8} the two stretches: mean weight {alpha[which].mean():.2f}")

# %% tags=["result"]
largest = max(
    row.error for each in (report_query, report, report_segments) for row in each.rows
)
print(
    f"learned query, marginals, structured attention: largest error of a gradient {largest:.0e}"
)
for name in ("accuracy", "sentence_share", "word_share"):
    print(f"documents, {name}, by seed:", [round(each[name], 4) for each in found])
print(
    "documents, word_share in the paper's form:",
    [round(e["word_share_paper"], 2) for e in found],
)
print(
    "sums of a marked stretch right to 0.5, by seed:",
    [each["within_half_crf"] for each in found_segments],
)

# %% [markdown]
# ## Homework · 作业
#
# 1. Write `my_context_attention_forward` and `my_context_attention_backward`; the blank is `nnmem homework context_attention`.
# 2. Write `my_chain_marginals_forward` by loops along the chain, and `my_chain_marginals_backward` by one pass of changes. Work in logarithms: scores
#    of $10^4$ must not overflow, and where every sequence is forbidden the marginals are zero.
# 3. Write `my_structured_attention_forward` and `my_structured_attention_backward`, given the pair `chain_marginals`.
# 4. With $\psi=J\cdot I$ and no scores but two at the ends, how does the marginal in the middle of a stretch of $n$ items fall with $n$?
# 5. Change the documents so that nothing can be told by exclusion. Is a bag of words still at chance?
#
# Solutions stand in `solutions/05_solutions.py`.


# %%
def my_context_attention_forward(X, W, b, u, mask=None):
    raise NotImplementedError


def my_context_attention_backward(dr, cache, dalpha=None):
    raise NotImplementedError


def my_chain_marginals_forward(unary, pairwise):
    raise NotImplementedError


def my_chain_marginals_backward(dmarginals, cache):
    raise NotImplementedError


def my_structured_attention_forward(X, unary, pairwise):
    raise NotImplementedError


def my_structured_attention_backward(dr, cache, dalpha=None):
    raise NotImplementedError


print(nnmem.grade(globals()))
