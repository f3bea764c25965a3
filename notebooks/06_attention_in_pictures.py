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
# # 6 Attention in pictures · 图像中的注意力
#
# Section 8.1.3. Tell somebody what stands in a picture, and your eyes go to each thing as you name it. **Can a network do that: look
# somewhere else for every word, and learn by itself where?** And if it may look at one place only, at a choice that has no gradient,
# can it still learn? This notebook follows Xu et al. 2015, who wrote captions for photographs (图像描述生成, figure 8.3 of the chapter), on pictures
# small enough to train in minutes: handwritten digits in a grid, whose captions name digits and places.

# %%
import os
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots, recipes
from nnmem.recipes.vision.caption_digits import exact
from nnmem.tasks.digit_mosaics import digit_pools, draw_mosaics

QUICK = bool(os.environ.get("NNMEM_QUICK"))
SAVED = Path("results") if Path("results").exists() else Path("notebooks/results")
rng = np.random.default_rng(6)
np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# The whole mechanism: an encoder (编码器) makes a feature vector of every region of the picture, once. Before each word the decoder's state
# asks where to look; the regions are averaged by how well they fit; a gate says how much of that the word needs.

# %%
figure, ax = plots.drawing(9.6, 3.6, inch=0.8)
plots.box(ax, (0.65, 1.8), "picture", plots.GREY, (1.2, 0.7))
plots.box(ax, (3.45, 1.8), "regions $x_i$", plots.BLUE, (1.4, 0.7))
plots.box(ax, (5.4, 1.8), "Σ $α_i x_i$", plots.ORANGE, (1.3, 0.7))
plots.box(ax, (7.2, 1.8), "gate β", plots.PURPLE, (1.1, 0.7))
plots.box(ax, (7.2, 0.5), "state q", plots.GREEN, (1.3, 0.7))
plots.box(ax, (7.2, 3.1), "word before", plots.GREY, (1.5, 0.7))
plots.box(ax, (8.9, 1.8), "word", plots.RED, (0.9, 0.7))
plots.arrow(ax, (1.25, 1.8), (2.75, 1.8))
ax.text(2.0, 2.0, "patches,\nconvolution", ha="center", va="bottom", fontsize=9)
plots.arrow(ax, (4.15, 1.8), (4.75, 1.8))
plots.arrow(ax, (6.05, 1.8), (6.65, 1.8))
plots.arrow(ax, (6.55, 0.5), (5.4, 1.45), "where to look")
plots.arrow(ax, (7.2, 0.85), (7.2, 1.45))
plots.arrow(ax, (7.75, 1.8), (8.45, 1.8))
plots.arrow(ax, (7.95, 3.1), (8.8, 2.15))
plots.arrow(ax, (8.8, 1.45), (7.85, 0.6), "LSTM")
plots.save(figure, "06_mechanism")

# %% [markdown]
# 图中文字对照：picture，图像；regions，图像区域的特征向量；gate，门；state，解码器的状态（查询）；where to look，看哪里；word，词。
#
# ## Regions: patches of a picture · 图像的区域：图块
#
# A picture is an array of pixels, and attention wants items, one a row. So we cut it into **patches** (图块), $s\times s$ pixels each, $t$ apart:
# patch $(i,j)$ starts at pixel $(it,jt)$ and is laid out as one long row. A picture of 3 x 3 pixels has four patches of 2 x 2:

# %%
X = np.arange(9.0).reshape(3, 3, 1)  # rows, columns, one channel: grey
by_hand = []
for i in range(2):
    for j in range(2):
        by_hand.append([float(X[i + u, j + v, 0]) for u in range(2) for v in range(2)])
P, _ = nnmem.patches_forward(X, size=2)
print(X[..., 0], "has the patches", *by_hand, sep="\n")
assert np.array_equal(P.reshape(4, 4), by_hand)

# %% [markdown]
# ## Convolution is one product · 卷积就是一次矩阵乘法
#
# A **filter** asks the same question of every patch: $y_{ij}=\mathbf w^{\top}\mathbf p_{ij}+b$. With $k$ filters as rows of $W$ that is
# $\mathbf y_{ij}=W\mathbf p_{ij}+\mathbf b$, a linear layer that all places share. So a **convolution** (卷积) is nothing new: cut, then multiply once. The filter
# $(1,-1;\,0,0)$ takes the difference of two neighbours:

# %%
W, b = np.array([[[[1.0], [-1.0]], [[0.0], [0.0]]]]), np.zeros(1)
by_hand = np.zeros((2, 2))
for i in range(2):
    for j in range(2):
        for u in range(2):
            for v in range(2):
                by_hand[i, j] += W[0, u, v, 0] * X[i + u, j + v, 0]
Y, _ = nnmem.convolution_forward(X, W, b)
pooled, _ = nnmem.max_pooling_forward(X, size=3)
print("filtered:", by_hand.ravel(), " the largest of the picture:", pooled.ravel())
assert np.array_equal(Y[..., 0], by_hand) and pooled.item() == 8

# %% [markdown]
# **Max pooling** (最大汇聚) keeps of each square only the largest number; the chapter names it as the simplest attention of all: nobody asks, what is
# largest wins.
#
# ## The convolution backwards, step by step · 卷积的反向传播
#
# Given $d\mathbf y_{ij}$, the gradient of each output. First the product, which is a linear layer:
#
# $$\frac{\partial L}{\partial W_{kl}}=\sum_{ij}\frac{\partial L}{\partial y_{ij,k}}\,p_{ij,l}\;\Rightarrow\;dW=\sum_{ij}d\mathbf y_{ij}\,\mathbf p_{ij}^{\top},\qquad
# d\mathbf b=\sum_{ij}d\mathbf y_{ij},\qquad d\mathbf p_{ij}=W^{\top}d\mathbf y_{ij}$$
#
# the sums because all places use the same $W$ and $\mathbf b$. Then the cutting. Pixel $(r,c)$ was **copied** into every patch that covers it, and what is copied
# receives the sum of what its copies receive:
#
# $$dX[r,c]=\sum_{ij:\,0\le r-it<s,\;0\le c-jt<s}d\mathbf p_{ij}[r-it,\,c-jt]$$
#
# The middle pixel of our picture is in all four patches, a corner in one. Send ones back, and each pixel counts its patches:

# %%
_, cache = nnmem.patches_forward(X, size=2)
print(nnmem.patches_backward(np.ones((2, 2, 4)), cache)[..., 0])
pictures, filters = rng.normal(size=(2, 6, 5, 2)), rng.normal(size=(3, 2, 2, 2))
reports = {
    "patches": nnmem.check_gradients(
        nnmem.patches_forward, nnmem.patches_backward, pictures, size=3, stride=2
    ),
    "convolution": nnmem.check_gradients(
        nnmem.convolution_forward, nnmem.convolution_backward, pictures, filters, np.ones(3)
    ),
    "max pooling": nnmem.check_gradients(
        nnmem.max_pooling_forward, nnmem.max_pooling_backward, pictures
    ),
}
assert all(reports.values())

# %% [markdown]
# ## Where to look, and whether · 看哪里，要不要看
#
# Before a word the decoder's state $\mathbf q$ is compared with every region by the additive score (8.2), and the regions are averaged. But a comma needs no look. So a
# number between 0 and 1, the **gate** (门控) $\beta$, says how much of what is seen goes on:
#
# $$\alpha_i=\operatorname{softmax}_i\big(\mathbf v^{\top}\tanh(W\mathbf x_i+U\mathbf q)\big),\qquad\beta=\sigma(\mathbf w^{\top}\mathbf q+b),\qquad
# \mathbf r=\beta\sum_i\alpha_i\mathbf x_i$$
#
# By hand: two regions $x=0$ and $x=1$, $W=1$, $U=0$, $v=1/\tanh 1$, so the scores are 0 and 1; the state $q=\ln 3$ opens the gate to
# $\sigma(\ln 3)=3/4$.

# %%
x, q = np.array([[0.0], [1.0]]), np.array([np.log(3)])
one, zero = np.ones((1, 1)), np.zeros((1, 1))
scores = [float(np.tanh(region[0])) / np.tanh(1) for region in x]
weights = np.exp(scores) / np.exp(scores).sum()
by_hand = 3 / 4 * sum(a * region[0] for a, region in zip(weights, x, strict=True))
r, alpha, _ = nnmem.gated_attention_forward(
    x, q, one, zero, np.array([1 / np.tanh(1)]), np.ones(1), np.zeros(1)
)
print("by hand:", weights, by_hand, " library:", alpha, r)
assert np.allclose(alpha, weights) and np.allclose(r, by_hand)

# %% [markdown]
# Backwards, with $\mathbf c=\sum_i\alpha_i\mathbf x_i$. $\mathbf r=\beta\mathbf c$ is a product, so each factor receives the other:
#
# $$d\beta=\mathbf c^{\top}d\mathbf r,\qquad d\mathbf c=\beta\,d\mathbf r$$
#
# The gate: $\sigma'(z)=\beta(1-\beta)$, hence $dz=\beta(1-\beta)\,d\beta$, and $d\mathbf w=dz\,\mathbf q$, $db=dz$, and a first part of $d\mathbf q$ is $dz\,\mathbf w$. The average:
# $d\alpha_i=\mathbf x_i^{\top}d\mathbf c$ and a first part of $d\mathbf x_i$ is $\alpha_i\,d\mathbf c$. The softmax (8.1): $ds_i=\alpha_i(d\alpha_i-\sum_j\alpha_jd\alpha_j)$. The score (8.2), as in
# notebook 1, gives $dW$, $dU$, $d\mathbf v$ and the second parts of $d\mathbf x_i$ and $d\mathbf q$: **the state asks and opens the gate, a region is scored and averaged, so both receive twice.**

# %%
arrays = [rng.normal(size=s) for s in ((2, 5, 3), (2, 4), (6, 3), (6, 4), 6, 4, 1)]
reports["gated attention"] = nnmem.check_gradients(
    nnmem.gated_attention_forward, nnmem.gated_attention_backward, *arrays
)
print(reports["gated attention"])
assert reports["gated attention"]

# %% [markdown]
# **Looking at everything once.** Each word's weights sum to one over the regions. The paper also asks that each region's weights sum to about one over the words
# (双重随机注意力), by the penalty $P=\sum_i(1-\sum_t\alpha_{ti})^2$, whose gradient $-2(1-\sum_t\alpha_{ti})$ is the same for every word. Three words that each look at a region of
# their own pay nothing; three that stare at the first of three pay $(1-3)^2+1+1$:

# %%
own, stare = np.eye(3), np.eye(3)[[0, 0, 0]]
print([float(nnmem.doubly_stochastic_forward(each)[0]) for each in (own, stare)])
reports["penalty"] = nnmem.check_gradients(
    nnmem.doubly_stochastic_forward, nnmem.doubly_stochastic_backward, rng.random((2, 4, 5))
)
assert reports["penalty"]

# %% [markdown]
# ## One look only: learning from what a choice earned · 只看一处：从选择的结果中学习
#
# **Hard attention** (硬性注意力) draws one region $z\sim\alpha$ and sees it alone. The draw has no derivative, but its mean reward $J=\sum_z\alpha_zR(z)$ has:
#
# $$\nabla J=\sum_z R(z)\,\nabla\alpha_z=\sum_z\alpha_z\,R(z)\,\frac{\nabla\alpha_z}{\alpha_z}=\mathbb E_z\big[R(z)\,\nabla\log\alpha_z\big]$$
#
# So $R(z)\nabla\log\alpha_z$ for the one $z$ that was drawn is right **on average**: the score-function estimate, REINFORCE (得分函数估计；这里的得分函数指 ∇log p，不是注意力打分函数). Any constant $b$ may be taken off the reward,
# because $\mathbb E[\nabla\log\alpha_z]=\sum_z\nabla\alpha_z=\nabla 1=0$: a **baseline** (基准线). It moves no mean, but it shrinks the numbers. Three regions, and every draw in turn:

# %%
scores, rewards = np.array([0.5, 0.0, -0.5]), np.array([9.0, 10.0, 12.0])
alpha, softmax_cache = nnmem.attention_distribution_forward(scores)
true = alpha * (rewards - alpha @ rewards)
for baseline in (0.0, 10.0):
    estimates = []
    for z in range(3):
        _, cache = nnmem.score_function_forward(
            np.log(alpha[z : z + 1]), rewards[z : z + 1], baseline
        )
        dlog_p = nnmem.score_function_backward(np.ones(1), cache)
        estimates.append(
            dlog_p * (np.eye(3)[z] - alpha)
        )  # of the scores: d log alpha_z = 1[i = z] - alpha_i
    mean = alpha @ estimates
    variance = float(alpha @ ((np.array(estimates) - mean) ** 2).sum(axis=1))
    print(
        f"baseline {baseline:4}: mean over all draws {mean}, exact {true}, variance {variance:.2f}"
    )
    assert np.allclose(mean, true)

# %% [markdown]
# The mean is exact with either; the variance is not the same at all. One more thing keeps the choice from settling before there is reason to: some reward for the
# **entropy** (熵) of the weights, $H=-\sum_i\alpha_i\log\alpha_i$, whose gradient is $\partial H/\partial\log\alpha_i=-\alpha_i(1+\log\alpha_i)$. Even weights have the most:

# %%
for weights in ([1 / 3, 1 / 3, 1 / 3], [0.8, 0.1, 0.1]):
    print(weights, "H =", round(float(nnmem.entropy_forward(np.log(weights))[0]), 3))
reports["entropy"] = nnmem.check_gradients(
    nnmem.entropy_forward, nnmem.entropy_backward, np.log(rng.dirichlet(np.ones(5), 3))
)
assert reports["entropy"]

# %% [markdown]
# ## A caption, word by word · 逐词看图
#
# All parts together, trained on pictures of two to four digits (`nnmem train caption-digits`): first the encoder alone, to tell which digit a patch of 12 x 12
# pixels holds, if any; then it is frozen, and the decoder learns from captions alone. **Nobody tells it where to look.** The picture shows digits that were never in
# training; a spot is where a word looked, as in figure 8.3 of the chapter.

# %%
trained = recipes.load("caption-digits")
answer = trained.answer(show=1)
print(answer.text.splitlines()[0], " right:", answer.facts["right"])
figure = answer.plot()
plots.save(figure, "06_looks")

# %% [markdown]
# 图中文字对照：每幅小图上方是写出的词（three，三；top，上；centre，中；bottom，下；left，左；right，右；eight，八；zero，零），橙色是写这个词时看的地方。
#
# The name of a digit needs the digit, and gets it. A place can be read off how the look moved, and a comma hardly looks for itself: it already looks
# at the next digit, which its state needs to go on.
#
# ## Soft, hard, and without attention · 软性、硬性与没有注意力
#
# The same decoder without attention sees one vector, pressed from all regions by a learned linear layer. Hard attention starts from the soft one's parameters and trains on with one draw for a
# word, the reward of a draw being the log-probability of its own and all later words, less a moving mean for each word (Xu et al. 2015, section 4.1).

# %%
found = [
    recipes.Result.load(path).metrics for path in sorted(SAVED.glob("caption-digits-seed*.npz"))
]
lines = {
    "soft": "exact",
    "hard, decoded by argmax": "hard_exact",
    "hard, decoded by sampling": "hard_exact_sampled",
    "soft, but read by argmax": "soft_read_by_argmax",
    "without attention": "exact_without_attention",
    "digit words that look at their digit, soft": "looks_right",
    "digit words that look at their digit, hard": "hard_looks_right",
}
for what, name in lines.items():
    print(f"{what:>45}:", [round(each[name], 3) for each in found])
for name in ("soft", "hard", "hard_no_baseline"):
    print(
        f"{'variance of the gradient, ' + name:>45}:",
        [f"{each['variance_' + name]:.2g}" for each in found],
    )
for name in ("encoder", "soft", "hard"):
    print(f"{'CPU seconds, ' + name:>45}:", [round(each["seconds_" + name]) for each in found])
assert min(each["exact"] - each["exact_without_attention"] for each in found) > 0.3

# %% [markdown]
# Hard attention pays for its one look with a noisier gradient, and a baseline takes most of that noise away. The variance is that of the gradient of the score's parameters over batches of 64
# pictures, at the soft model's parameters. Nearly every digit word looks at its digit; most of what is wrong is a digit misread, so the encoder decides: a caption of four digits needs all four.
#
# ## What it cannot do · 做不到什么
#
# It learned with one to four digits. Nothing in the formulas stops at four: attention can point at a fifth digit, and the LSTM can go on. But where to look next is in a
# state that was never so long under way, and every digit more is one more that can be misread.

# %%
tested, counts = (30 if QUICK else 200), range(2, 10)
shown, held_out = digit_pools(0, copies=0)
shares = [
    exact(
        *trained.params, [draw_mosaics(np.random.default_rng(n), held_out, tested, n)], "soft"
    )
    for n in counts
]
errors = [np.sqrt(right * (1 - right) / tested) for right, _ in shares]
figure, ax = plots.new_figure(size=(5.0, 3.0))
ax.axvspan(1.6, 4.4, color=plots.GREY, alpha=0.15, label="in training")
ax.errorbar(
    counts,
    [right for right, _ in shares],
    errors,
    marker="o",
    capsize=3,
    label="captions all right",
)
ax.plot(
    counts,
    [looks for _, looks in shares],
    "s--",
    color=plots.ORANGE,
    label="digit words that look right",
)
ax.set(xlabel="digits in the picture", ylabel="share", ylim=(-0.03, 1.03), xticks=counts)
ax.legend(loc="lower left", fontsize=9)
plots.save(figure, "06_more_digits")
print(dict(zip(counts, [round(right, 3) for right, _ in shares], strict=True)))
assert QUICK or (shares[0][0] > 0.9 > 0.5 > shares[-1][0] and shares[3][0] > 0.7)

# %% [markdown]
# 图中文字对照：digits in the picture，图中数字的个数；share，比例；in training，训练中出现过；captions all right，描述全对；digit words that look right，看对地方的数字词。误差线为一个标准误差。
#
# And what looks like an explanation is not always one: a high weight says where the network looked, not why it chose the word.

# %% tags=["result"]
worst = max(row.error for report in reports.values() for row in report.rows)
print(f"{len(reports)} pairs: gradients agree with every oracle, largest error {worst:.0e}")
print(
    "captions all right, by seed: soft",
    [round(each["exact"], 3) for each in found],
    "hard",
    [round(each["hard_exact"], 3) for each in found],
    "without attention",
    [round(each["exact_without_attention"], 3) for each in found],
)

# %% [markdown]
# ## Homework · 作业
#
# 1. Patches: write `my_patches_forward` and `my_patches_backward`; the blank is `nnmem homework patches`.
# 2. Write `my_gated_attention_forward` and `my_gated_attention_backward`.
# 3. The estimator: write `my_score_function_forward` and `my_score_function_backward`. Which baseline gives the least variance for the three regions above?
#
# Solutions stand in `solutions/06_solutions.py`.


# %%
def my_patches_forward(X, size, stride=1):
    raise NotImplementedError


def my_patches_backward(dP, cache):
    raise NotImplementedError


def my_gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    raise NotImplementedError


def my_gated_attention_backward(dr, cache, dalpha=None):
    raise NotImplementedError


def my_score_function_forward(log_p, reward, baseline=0.0):
    raise NotImplementedError


def my_score_function_backward(dS, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
