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
# # 2 Variants of attention · 注意力机制的变体
#
# Soft attention returns a blend of everything it looked at. What if one item is wanted? What if what is looked at and what is wanted are different things? And what if one look is not enough?
#
# Section 8.1.2, equations (8.7) to (8.9): **hard attention** (硬性注意力) returns one item, **key-value attention** (键值对注意力) looks with one thing and returns another, **multi-head attention**
# (多头注意力) looks several times at once, a **pointer** (指针) returns the place. Each is trained here, by the gradients derived here.

# %%
import os

import numpy as np

import nnmem
from nnmem import plots
from nnmem.nn.optimisers import Adam
from nnmem.study.index.expectation import every_draw
from nnmem.tasks.digits import split_digits

QUICK = bool(os.environ.get("NNMEM_QUICK"))
rng = np.random.default_rng(8)
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# One memory of four items and one attention distribution, read in four ways:

# %%
figure, ax = plots.drawing(13.4, 4.3, inch=0.75)
ways = {"soft": "Σ αᵢ xᵢ", "hard": "x₂", "key-value": "Σ αᵢ vᵢ", "pointer": "2"}
shown_weights = (0.15, 0.5, 0.3, 0.05)
for k, (way, result) in enumerate(ways.items()):
    left = 0.5 + 3.3 * k
    ax.text(left + 1.2, 4.0, way, ha="center", fontsize=12, weight="bold")
    plots.box(ax, (left + 1.2, 3.3), result, plots.PURPLE, (1.3, 0.55))
    for i, weight in enumerate(shown_weights):
        x = left + 0.8 * i
        number = "₁₂₃₄"[i]
        plots.box(
            ax,
            (x, 0.4),
            f"{'k' if way == 'key-value' else 'x'}{number}",
            plots.BLUE,
            (0.62, 0.5),
        )
        ax.bar(x, weight * 1.6, 0.4, bottom=0.8, color=plots.GREEN)
        if way == "key-value":
            plots.box(ax, (x, 2.2), f"v{number}", plots.RED, (0.62, 0.5))
            plots.arrow(ax, (x, 2.47), (left + 1.2, 3.0), width=0.4 + 4 * weight)
        elif way == "soft" or i == 1:
            plots.arrow(ax, (x, 0.9 + weight * 1.6), (left + 1.2, 3.0), width=0.4 + 4 * weight)
ax.text(0.1, 1.9, "α", color=plots.GREEN, fontsize=13)
plots.save(figure, "02_variants")

# %% [markdown]
# 图中文字对照：soft，软性；hard，硬性；key-value，键值对；pointer，指针。
#
# ## Hard attention · 硬性注意力
#
# $$\text{attention}(\mathbf x_{1:N},\mathbf q)=\mathbf x_j,\quad j=\arg\max_i\alpha_i\quad(8.7)\qquad\text{or}\qquad \mathbf x_z,\; z\sim\alpha$$
#
# The first is a copy of one row, so its gradient goes to that row and nowhere else. Nothing goes to $\alpha$: a small change of $\alpha$ does not change $j$, so the derivative is zero, and where $j$ changes, the output
# jumps and has no derivative (不可导). Nothing teaches $\alpha$ to look elsewhere.

# %%
X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
alpha = np.array([0.2, 0.5, 0.3])
x_j, cache = nnmem.hard_attention_forward(X, alpha)
print("x_j =", x_j)
print("dX =\n", nnmem.hard_attention_backward(np.array([10.0, 20.0]), cache))
assert np.array_equal(x_j, X[max(range(3), key=lambda i: alpha[i])])

# %% [markdown]
# ## Learning by reward · 得分函数估计（REINFORCE）
#
# Drawing an item has no derivative either. But suppose that the item drawn earns a reward (奖励) $R(\mathbf x_z)$. The *expected* reward $J=\sum_i\alpha_iR(\mathbf x_i)$ is smooth in $\alpha$. Multiply and divide by $\alpha_i$:
#
# $$\nabla J=\sum_i R(\mathbf x_i)\,\nabla\alpha_i=\sum_i\alpha_i\,R(\mathbf x_i)\,\frac{\nabla\alpha_i}{\alpha_i}=\mathbb E_{z\sim\alpha}\big[R(\mathbf x_z)\,\nabla\log\alpha_z\big].$$
#
# This is again an expectation over $z$, so one draw estimates it: the **score-function estimator** (得分函数估计), the REINFORCE algorithm of reinforcement learning (强化学习) that the chapter asks for. ("Score function" is the name of $\nabla\log p$ in
# statistics, 这里的得分函数指 ∇log p, not the score of attention, 打分函数.) With $\log\alpha_z=s_z-\log\sum_j\exp s_j$, its gradient for the attention scores is $\nabla\log\alpha_z=\mathbf 1_z-\alpha$, where $\mathbf 1_z$ is one at $z$ and zero elsewhere.
#
# A **baseline** $b$ (基准线) that does not depend on $z$ may be subtracted from the reward, since $\mathbb E[b\,\nabla\log\alpha_z]=b\sum_i\nabla\alpha_i=b\,\nabla 1=0$: the mean stays. The variance does not. With $\mathbf g_z=\mathbf 1_z-\alpha$ it is
# $\mathbb E[(R-b)^2|\mathbf g|^2]-|\nabla J|^2$, a parabola in $b$. Its derivative $-2\,\mathbb E[(R-b)|\mathbf g|^2]$ is zero at
#
# $$b^*=\frac{\mathbb E\big[R\,|\mathbf g|^2\big]}{\mathbb E\big[|\mathbf g|^2\big]},$$
#
# near the mean reward but not equal to it. Five items can be enumerated: draw every $z$ once, weight by $\alpha_z$, and the mean must be the exact gradient.

# %%
scores = rng.normal(size=5)
alpha, softmax_cache = nnmem.attention_distribution_forward(scores)
items = np.arange(5.0)[:, None]
R = 10 + rng.normal(size=5)  # rewards around 10
exact = alpha * (R - alpha @ R)  # the gradient of the scores


def estimates(baseline):
    """The gradient of the scores that each draw gives."""
    return np.array(
        [
            nnmem.attention_distribution_backward(
                nnmem.sampled_attention_backward(R[z], cache, baseline=baseline)[1],
                softmax_cache,
            )
            for _, z, cache in every_draw(items, alpha)
        ]
    )


def variance(baseline):
    return (alpha[:, None] * (estimates(baseline) - exact) ** 2).sum()


baselines = np.linspace(0, 25, 101)
variances = np.array([variance(b) for b in baselines])
errors = [np.abs(alpha @ estimates(b) - exact).max() for b in baselines]
J = alpha @ R
length = ((np.eye(5) - alpha) ** 2).sum(axis=1)  # |g|² of each draw
b_star = (alpha * R * length).sum() / (alpha * length).sum()
print(f"largest error of the mean over all baselines: {max(errors):.1e}")
marks = {"no baseline": 0.0, "b = E[R]": J, "best, b*": b_star, "b = 25": 25.0}
variance_at = {name: variance(b) for name, b in marks.items()}
for name, b in marks.items():
    print(f"{name:<12} b = {b:6.3f}   variance {variance_at[name]:8.3f}")
assert max(errors) < 1e-12 and variance_at["best, b*"] <= variances.min()

figure, ax = plots.new_figure(size=(5.8, 3.5))
ax.semilogy(baselines, variances, color=plots.GREY)
styles = zip(
    ("o", "s", "v", "D"), (plots.RED, plots.GREEN, plots.BLUE, plots.PURPLE), strict=True
)
for (name, b), (marker, colour) in zip(marks.items(), styles, strict=True):
    ax.plot(
        b, variance_at[name], marker, color=colour, label=f"{name}: {variance_at[name]:.3g}"
    )
ax.set(xlabel="baseline b", ylabel="variance of the gradient")
ax.set_title("A baseline helps near the mean reward only")
ax.legend()
plots.save(figure, "02_baseline")

# %% [markdown]
# 图中文字对照：baseline b，基准线；variance of the gradient，梯度的方差；no baseline，不用基准线；best，最优的基准线。
#
# The right baseline removes nearly all of the variance; one far too large makes it worse than none.
#
# ## Hard attention, trained · 训练硬性注意力
#
# The memory: one *upper half* of each of the ten digits, drawn anew for every query. The query: the *lower half* of another digit. The network looks at one item, drawn from $\alpha$, and gets reward 1 if it
# is the digit that the query belongs to, else 0. It learns $W$ of the bilinear score from $W=0$, at which it guesses: 10 %. Four teachers, everything else equal: the exact gradient of $J$ (it tries all ten items, which the
# soft form can and a hard one cannot), and the estimator from one draw with $b=0$, with $b$ the running mean of the rewards, and with the bad choice $b=2$.
# Afterwards, the share of right choices by argmax on 599 new digits. Five splits; the bands are ± one standard deviation over them.

# %%
memory, labels, queries, answers = split_digits(np.random.default_rng(0))
TEACHERS = {"exact gradient": None, "b = 0": 0.0, "b = running mean": "mean", "b = 2": 2.0}


def halves(pictures, centre):
    """Upper and lower halves of pictures, less those of the mean picture."""
    return (pictures - centre)[:, :32], (pictures - centre)[:, 32:]


def one_of_each(labels, count, rng):
    """Indices (count, 10) of random pictures, one of each digit in the order 0 to 9."""
    sizes = np.bincount(labels)
    by_digit = np.argsort(labels, kind="stable")
    first = np.cumsum(sizes) - sizes
    return by_digit[first + (rng.random((count, 10)) * sizes).astype(int)]


def train_hard(split, teacher, steps):
    """Return the expected reward at each step, and the share right of new digits by argmax."""
    rng = np.random.default_rng(split)
    pictures, digit, new, new_digit = split_digits(rng)
    upper, lower = halves(pictures, pictures.mean(axis=0))
    W, adam, running, rewards = np.zeros((32, 32)), Adam(), 0.0, []
    state = adam.init(W.reshape(-1))
    for _ in range(steps):
        asked = rng.integers(len(pictures), size=64)
        X = upper[one_of_each(digit, 64, rng)]  # (64, 10, 32)
        s, score_cache = nnmem.bilinear_score_forward(X, lower[asked], W)
        alpha, softmax_cache = nnmem.attention_distribution_forward(s)
        right = np.eye(10)[digit[asked]]
        rewards.append((alpha * right).sum(axis=1).mean())
        if teacher is None:
            dalpha = right  # of J: the reward of each item
        else:
            _, z, cache = nnmem.sampled_attention_forward(X, alpha, rng)
            reward = (z == digit[asked]).astype(float)
            b = running if teacher == "mean" else teacher
            _, dalpha = nnmem.sampled_attention_backward(reward, cache, baseline=b)
            running = 0.95 * running + 0.05 * reward.mean()
        ds = nnmem.attention_distribution_backward(dalpha, softmax_cache)
        _, _, dW = nnmem.bilinear_score_backward(ds, score_cache)
        adam.step(W.reshape(-1), -dW.reshape(-1) / 64, state, 0.01)  # in place; minus: uphill
    upper_new = upper[one_of_each(digit, len(new), rng)]
    lower_new = halves(new, pictures.mean(axis=0))[1]
    s, _ = nnmem.bilinear_score_forward(upper_new, lower_new, W)
    return np.array(rewards), (s.argmax(axis=1) == new_digit).mean()


steps = 200 if QUICK else 2000
runs = {
    name: [train_hard(split, teacher, steps) for split in range(1 if QUICK else 5)]
    for name, teacher in TEACHERS.items()
}
figure, ax = plots.new_figure(size=(6.2, 3.8))
width = steps // 20
for (name, results), colour in zip(runs.items(), plots.COLOURS, strict=False):
    curves = np.array([r.reshape(-1, width).mean(axis=1) for r, _ in results])
    at, middle, sd = np.arange(width, steps + 1, width), curves.mean(axis=0), curves.std(axis=0)
    dashes = "--" if "mean" in name else "-"
    ax.plot(at, middle, dashes, color=colour, label=name)
    ax.fill_between(at, middle - sd, middle + sd, color=colour, alpha=0.2, linewidth=0)
ax.axhline(0.1, color="black", ls=":", lw=1)
ax.text(at[0], 0.06, "guessing", fontsize=10)
ax.set(xlabel="training step", ylabel="expected reward", ylim=(0, 0.7))
ax.set_title("Hard attention learns from its rewards")
ax.legend(loc="lower right", bbox_to_anchor=(1, 0.15))
plots.save(figure, "02_hard_learning")
hard_share = {name: np.array([share for _, share in results]) for name, results in runs.items()}
for name, shares in hard_share.items():
    print(
        f"{name:<18} {100 * shares.mean():.1f} ± {100 * shares.std():.1f} % of new digits right by argmax"
    )

# %% [markdown]
# 图中文字对照：expected reward，期望奖励；training step，训练步；exact gradient，精确的梯度；running mean，滑动平均；guessing，随机猜测。
#
# The estimator gets most of the way with one look at a time. With rewards of 0 and 1 most draws earn nothing, and the running mean makes no difference that this experiment can see; the baseline of 2 is a heavy brake. A baseline is a matter
# of where the rewards lie: around 10, as in the example above, none at all would be as bad as a wrong one.
#
# ## Keys and values · 键值对注意力
#
# $$\text{attention}\big((\mathbf k,\mathbf v)_{1:N},\mathbf q\big)=\sum_i\alpha_i\mathbf v_i
# =\sum_i\frac{\exp s(\mathbf k_i,\mathbf q)}{\sum_j\exp s(\mathbf k_j,\mathbf q)}\,\mathbf v_i\quad(8.8, 8.9)$$
#
# Keys (键) decide where to look, values (值) what is returned. The key may be half a picture and the value the whole one, or its name. The backward is that of notebook 1 with the two roles apart: $d\mathbf v_i=\alpha_i\,d\mathbf r$ by way of the average, and $d\mathbf k_i$ by way of
# the score, with $d\alpha_i=\mathbf v_i^{\top}d\mathbf r$. With $\mathbf k_i=\mathbf v_i=\mathbf x_i$ it is soft attention again; an item then reaches the loss by both ways, so its gradient is the sum $dX=dK+dV$.

# %%
K, V, q = rng.normal(size=(6, 4)), rng.normal(size=(6, 3)), rng.normal(size=4)
exponentials = [np.exp(sum(k_l * q_l for k_l, q_l in zip(k, q, strict=True))) for k in K]
by_hand = sum(e / sum(exponentials) * v for e, v in zip(exponentials, V, strict=True))
assert np.allclose(nnmem.key_value_attention_forward(K, V, q)[0], by_hand)

report = nnmem.check_gradients(
    nnmem.key_value_attention_forward,
    nnmem.key_value_attention_backward,
    K,
    V,
    q,
    score="scaled_dot",
)
print(report)
assert report

r, alpha, cache = nnmem.key_value_attention_forward(K, K, q)
r_soft, _, soft_cache = nnmem.soft_attention_forward(K, q)
dr = rng.normal(size=4)
dK, dV, dq = nnmem.key_value_attention_backward(dr, cache)
dX, _ = nnmem.soft_attention_backward(dr, soft_cache)
assert np.allclose(r, r_soft) and np.allclose(dX, dK + dV)

# %% [markdown]
# ## Soft, hard and sampled side by side · 三者对照
#
# A new digit has lost its lower half. Keys are the upper halves of the 1,198 stored digits, scaled to length 1 (the cosine), values the whole pictures. Soft attention returns a blend,
# hard attention one memory, sampling another memory at each draw. How many memories take part is told by the **perplexity** (困惑度) $\exp(-\sum_i\alpha_i\log\alpha_i)$: it is $n$ when $n$ items share
# the weight equally. At the inverse temperature $\beta=64$ it is small enough for draws to mean something. The three queries are the first new 2, 5 and 8.


# %%
def unit(x):
    """The rows of x, each scaled to length 1."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


shown = [np.flatnonzero(answers == digit)[0] for digit in (2, 5, 8)]
figure, axes = plots.new_figure(3, 7, size=(9.0, 4.4))
for row, case in zip(axes, shown, strict=True):
    half = queries[case].copy()
    half[32:] = 0
    keys = unit(memory[:, :32])
    soft, alpha, _ = nnmem.key_value_attention_forward(keys, memory, 64 * unit(half[:32]))
    perplexity = np.exp(-(alpha * np.log(alpha)).sum())
    hard, _ = nnmem.hard_attention_forward(memory, alpha)
    sampled, z, _ = nnmem.sampled_attention_forward(
        np.broadcast_to(memory, (3, *memory.shape)),
        np.broadcast_to(alpha, (3, len(alpha))),
        rng,
    )
    plots.picture(row[0], queries[case], f"a {answers[case]}")
    plots.picture(row[1], half, "query")
    plots.picture(row[2], soft, f"soft, of {perplexity:.0f}")
    plots.picture(row[3], hard, f"hard, a {labels[alpha.argmax()]}")
    for ax, x_z, i in zip(row[4:], sampled, z, strict=True):
        plots.picture(ax, x_z, f"drawn, a {labels[i]}")
plots.save(figure, "02_soft_hard_sampled")

# %% [markdown]
# 图中文字对照：query，查询；soft, of 3，软性（有效的输入个数）；hard, a 2，硬性（取得的数字）；drawn，采样。
#
# ## Self-attention, masks and positions · 自注意力、掩码与位置
#
# **Several queries** (多个查询). The text's multi-head attention is (8.8) for $M$ queries side by side; weights are then a matrix `(M, N)`, one query a row: `multi_query_attention_forward`.
#
# **Self-attention** (自注意力). When a sequence is its own memory, each item is a query to all others, and $M=N$: each word collects what it needs from the other words.
#
# **Causal mask** (因果掩码). A network that writes a sentence must not look at words to come: item $j$ may attend to $i\le j$ only, a triangle of True. A padding mask (notebook 1) holds for every query alike, a causal mask differs from query to query.
#
# **Positions** (位置编码). Attention does not see order (notebook 1). If it matters, the item has to carry its place, for instance as further entries of the vector. Checked: without places, shuffled words give shuffled results, whatever the weights; with places they do not.

# %%
word = list("attention")
letters = sorted(set(word))
letter_part = np.eye(len(letters))[[letters.index(c) for c in word]]
place_part = np.eye(len(word))
with_places = np.hstack([letter_part, place_part])  # each item: which letter, which place
causal = np.tril(np.ones((len(word), len(word)), dtype=bool))
padding = np.arange(len(word)) < 6  # as if the word were "attent" and three places of padding

figure, axes = plots.new_figure(1, 3, size=(10.5, 3.9))
masks = {"no mask": None, "padding mask: 6 letters": padding, "causal mask": causal}
for ax, (title, mask) in zip(axes, masks.items(), strict=True):
    _, alpha, _ = nnmem.multi_query_attention_forward(
        letter_part, letter_part, 2 * letter_part, mask=mask
    )
    image = plots.attention_map(ax, alpha, word, word)
    ax.set(title=title, xlabel="item")
axes[0].set_ylabel("query")
figure.colorbar(image, ax=axes, label="weight α")
plots.save(figure, "02_masks")

order = rng.permutation(len(word))
mixing = rng.normal(size=(15, 15))
for items, sees_order in ((letter_part, False), (with_places, True)):
    W = mixing[: items.shape[1], : items.shape[1]]
    r, _, _ = nnmem.multi_query_attention_forward(items, items, items, W, score="bilinear")
    again = items[order] if not sees_order else np.hstack([letter_part[order], place_part])
    r_again, _, _ = nnmem.multi_query_attention_forward(
        again, again, again, W, score="bilinear"
    )
    same = np.allclose(r_again[:, : len(letters)], r[order][:, : len(letters)])
    print(
        f"{'with' if sees_order else 'without'} places, shuffled letters give shuffled results: {same}"
    )
    assert same != sees_order

# %% [markdown]
# 图中文字对照：no mask，无掩码；padding mask: 6 letters，填充掩码：6 个字母；causal mask，因果掩码；item，输入；query，查询；weight α，注意力权重。
#
# ## Multi-head attention · 多头注意力
#
# As it is used today (Vaswani et al. 2017, section 3.2.2), each **head** (头) $a=0,\dots,h-1$ sees queries, keys and values through learned projections (投影) of its own into $d_h$ dimensions, so that it can look for something
# of its own; then one more matrix mixes what the heads found. With $Q$ $(M,d)$, $K$ and $V$ $(N,d)$, matrices $W^Q_a,W^K_a,W^V_a$ $(d_h,d)$ and $W^O$ $(d_{out},h\,d_h)$, the forward:
#
# $$P_a=\frac{Q\,W_a^{Q\top}}{\sqrt{d_h}},\qquad K'_a=K\,W_a^{K\top},\qquad V'_a=V\,W_a^{V\top},$$
# $$S_a=P_aK_a'^{\top}\;(M,N),\qquad \alpha_a=\operatorname{softmax}(S_a)\text{ by rows},\qquad R_a=\alpha_aV'_a\;(M,d_h),$$
# $$R=[R_0,\dots,R_{h-1}]\;(M,h\,d_h),\qquad \text{out}=R\,W^{O\top}.$$
#
# The backward, the same lines upside down. For a product $Y=AB$, $dA=dY\,B^{\top}$ and $dB=A^{\top}dY$ (each entry of $A$ meets a row of $B$); for $Y=AB^{\top}$, $dA=dY\,B$ and $dB=dY^{\top}A$. Line by line from the end:
#
# $$dW^O=d\text{out}^{\top}R,\qquad dR=d\text{out}\,W^O,\qquad dR_a=\text{columns of }dR\text{ that belong to head }a,$$
# $$d\alpha_a=dR_a\,V_a'^{\top},\qquad dV'_a=\alpha_a^{\top}dR_a,$$
# $$dS_a=\alpha_a\circ\big(d\alpha_a-\operatorname{rowsum}(\alpha_a\circ d\alpha_a)\big)\quad\text{(the softmax of notebook 1, for each row)},$$
# $$dP_a=dS_a\,K'_a,\qquad dK'_a=dS_a^{\top}P_a,$$
# $$dW^Q_a=\frac{dP_a^{\top}Q}{\sqrt{d_h}},\qquad dW^K_a=dK_a'^{\top}K,\qquad dW^V_a=dV_a'^{\top}V,$$
# $$dQ=\sum_a\frac{dP_a\,W^Q_a}{\sqrt{d_h}},\qquad dK=\sum_a dK'_a\,W^K_a,\qquad dV=\sum_a dV'_a\,W^V_a .$$
#
# The sums over $a$ are there because every head uses the same $Q$, $K$ and $V$. In self-attention all three are one array $X$, and $dX=dQ+dK+dV$. Head by head in code, beside the library, whose matrices hold the heads' rows one below the other:


# %%
def softmax(S):
    e = np.exp(S - S.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def heads_by_hand(Q, K, V, W_Q, W_K, W_V, W_O, h, dout):
    """Return out and the seven gradients, one head after the other."""
    size = len(W_Q) // h
    rows = [slice(a * size, (a + 1) * size) for a in range(h)]
    P = [Q @ W_Q[a].T / np.sqrt(size) for a in rows]
    keys, values = [K @ W_K[a].T for a in rows], [V @ W_V[a].T for a in rows]
    alpha = [softmax(P[a] @ keys[a].T) for a in range(h)]
    R = np.hstack([alpha[a] @ values[a] for a in range(h)])
    out = R @ W_O.T

    dW_O, dR = dout.T @ R, dout @ W_O
    dQ, dK, dV, dW_Q, dW_K, dW_V = (np.zeros_like(a) for a in (Q, K, V, W_Q, W_K, W_V))
    for a, own in enumerate(rows):
        dalpha = dR[:, own] @ values[a].T
        dvalues = alpha[a].T @ dR[:, own]
        dS = alpha[a] * (dalpha - (alpha[a] * dalpha).sum(axis=1, keepdims=True))
        dP, dkeys = dS @ keys[a], dS.T @ P[a]
        dW_Q[own], dW_K[own], dW_V[own] = dP.T @ Q / np.sqrt(size), dkeys.T @ K, dvalues.T @ V
        dQ += dP @ W_Q[own] / np.sqrt(size)
        dK += dkeys @ W_K[own]
        dV += dvalues @ W_V[own]
    return out, (dQ, dK, dV, dW_Q, dW_K, dW_V, dW_O)


args = [rng.normal(size=s) for s in ((3, 5), (4, 5), (4, 5), (6, 5), (6, 5), (6, 5), (2, 6))]
dout = rng.normal(size=(3, 2))
out, alpha, cache = nnmem.multi_head_attention_forward(*args, num_heads=2)
print("shapes: out", out.shape, "  α (heads, M, N)", alpha.shape)
out_by_hand, by_hand = heads_by_hand(*args, 2, dout)
library = nnmem.multi_head_attention_backward(dout, cache)
assert np.allclose(out, out_by_hand)
assert all(np.allclose(a, b) for a, b in zip(library, by_hand, strict=True))
report = nnmem.check_gradients(
    nnmem.multi_head_attention_forward, nnmem.multi_head_attention_backward, *args, num_heads=2
)
print(report)
assert report

# %% [markdown]
# ## Heads that learn · 学得的注意力头
#
# Does each head find something of its own? Random words of nine letters out of six are shown, letter and place of each. At each place two things are wanted: the letter before (at the first place the last one), and the mean place of
# all letters equal to this one. Each is one look, but into different directions. Heads of size 15 learn by the backward above: 3,000 steps of 32 words, squared error, eight starts. To compare: one head, and one head of twice the
# size, so that it has as many parameters as two.

# %%
LETTERS, PLACES = 6, 9


def words_and_wishes(rng, count):
    """Return letters (count, 9), tokens (count, 9, 15) and what is wanted of each place (count, 9, 15)."""
    x = rng.integers(LETTERS, size=(count, PLACES))
    one_hot = np.eye(LETTERS)[x]
    tokens = np.concatenate([one_hot, np.tile(np.eye(PLACES), (count, 1, 1))], axis=-1)
    equal = (x[:, :, None] == x[:, None, :]).astype(float)
    places = equal / equal.sum(axis=-1, keepdims=True)
    return x, tokens, np.concatenate([np.roll(one_hot, 1, axis=1), places], axis=-1)


def train_heads(heads, size, start, steps):
    """Return W_Q, W_K, W_V, W_O and the squared error at each step."""
    rng = np.random.default_rng(start)
    d, p = LETTERS + PLACES, heads * size
    scales = ((0.3, (p, d)), (0.3, (p, d)), (1.0, (p, d)), (1.0, (d, p)))
    params = [scale * rng.normal(size=shape) / np.sqrt(d) for scale, shape in scales]
    flat, adam, losses = np.concatenate([w.ravel() for w in params]), Adam(), []
    ends = np.cumsum([w.size for w in params])
    params = [
        part.reshape(w.shape) for part, w in zip(np.split(flat, ends[:-1]), params, strict=True)
    ]
    state = adam.init(flat)
    for t in range(steps):
        _, tokens, wanted = words_and_wishes(rng, 32)
        out, _, cache = nnmem.multi_head_attention_forward(
            tokens, tokens, tokens, *params, num_heads=heads
        )
        error = out - wanted
        losses.append((error**2).sum(axis=-1).mean())
        gradients = nnmem.multi_head_attention_backward(2 * error / (32 * PLACES), cache)[3:]
        rate = 0.02 * (1 + np.cos(np.pi * t / steps)) / 2
        adam.step(flat, np.concatenate([g.ravel() for g in gradients]), state, rate)  # in place
    return params, np.array(losses)


starts, steps = (range(2), 400) if QUICK else (range(8), 3000)
learned_heads = {
    shape: [train_heads(*shape, start, steps) for start in starts]
    for shape in ((1, 15), (1, 30), (2, 15))
}
final = {
    shape: [losses[-50:].mean() for _, losses in found]
    for shape, found in learned_heads.items()
}
for (heads, size), errors_of in final.items():
    listed = " ".join(f"{e:.3f}" for e in sorted(errors_of))
    print(
        f"{heads} head{'s' * (heads > 1)} of size {size}: squared error of each start, sorted: {listed}"
    )
solved = sum(e < 0.01 for e in final[2, 15])

# %% [markdown]
# One head has to serve both wishes with one distribution, and no start gets below the error that this costs, twice the size or not. Two heads can divide the work, and most starts find out how; the others stay in a local minimum where one of the two is
# blurred. The best start, on a word that is not among the random ones:

# %%
best = int(np.argmin(final[2, 15]))
params = learned_heads[2, 15][best][0]
example = list("attention")
x = np.array([sorted(set(example)).index(c) for c in example])  # a e i n o t
tokens = np.hstack([np.eye(LETTERS)[x], np.eye(PLACES)])
_, weights, _ = nnmem.multi_head_attention_forward(tokens, tokens, tokens, *params, num_heads=2)
previous = [weights[a][np.arange(1, PLACES), np.arange(PLACES - 1)].mean() for a in range(2)]
first = int(np.argmax(previous))  # the heads come in either order
figure, axes = plots.new_figure(1, 2, size=(8.6, 4.0))
for ax, head, title in (
    (axes[0], first, "one head: the letter before"),
    (axes[1], 1 - first, "the other: equal letters"),
):
    image = plots.attention_map(ax, weights[head], example, example)
    ax.set(title=title, xlabel="looked at")
axes[0].set_ylabel("query")
figure.colorbar(image, ax=axes, label="weight α")
plots.save(figure, "02_heads")
assert QUICK or (weights[first].argmax(axis=1)[1:] == np.arange(PLACES - 1)).all()

# %% [markdown]
# 图中文字对照：one head: the letter before，一个头：前一个字母；the other: equal letters，另一个头：相同的字母；looked at，被看的位置；query，查询。
#
# ## What learning adds · 学习的作用
#
# Notebook 1 found that on a full memory of digits a learned score has nothing to add: the cosine finds 98.9 % of the labels. Keys and queries are of the same kind there, pixel against pixel, and there are many memories. In a network neither need hold. The key may be a word of one
# language and the query a state of a decoder, and nothing makes their dot product mean anything. So let the *keys be upper halves and the queries lower halves* of digits. The values are the labels, one-hot (独热), so that
# $\mathbf r$ is a distribution over the ten classes: which digit does this lower half belong to, if only upper halves are known?
#
# The bilinear score (8.4), $s=\mathbf k^{\top}W\mathbf q$, starts at $W=0$ and learns from the memory alone: stored lower halves ask, with a little pixel noise and their own row masked, and the loss is the cross-entropy (交叉熵) $-\log r_{\text{label}}$. The step size
# and the noise were chosen on splits 0 to 2; what is told below was measured on splits 10 to 19.


# %%
def learn(keys, asking, labels, W, rng, rate, noise, steps, stored=None):
    """Return W of the bilinear score, learned on the memory; with ``stored``, that many rows at a time are the memory."""
    W, losses, adam = W.copy(), [], Adam()
    state, n = adam.init(W.reshape(-1)), len(keys)
    for t in range(steps):
        order = rng.permutation(n)
        rows, batch = order[:stored], order[-256:]
        noisy = asking[batch] + noise * rng.normal(size=(256, asking.shape[1]))
        classes, own = np.eye(10)[labels[rows]], np.eye(10)[labels[batch]]
        r, _, cache = nnmem.multi_query_attention_forward(
            keys[rows], classes, noisy, W, score="bilinear", mask=batch[:, None] != rows
        )
        right = (r * own).sum(axis=1, keepdims=True).clip(1e-12)
        losses.append(-np.log(right).mean())
        dr = (
            np.where(right > 1e-12, -own / right, 0) / 256
        )  # no teacher where the class is not stored
        _, _, _, dW = nnmem.multi_query_attention_backward(dr, cache)
        adam.step(
            W.reshape(-1), dW.reshape(-1), state, rate * (1 + np.cos(np.pi * t / steps)) / 2
        )
    return W, np.array(losses)


def share_right(scores, labels, answers):
    """How many queries find their class, by total weight of each class."""
    alpha, _ = nnmem.attention_distribution_forward(scores)
    return ((alpha @ np.eye(10)[labels]).argmax(axis=-1) == answers).mean()


def at_best(scores, labels, answers):
    """The same at the best of six β, chosen on the very queries that are counted: it favours the score."""
    return max(share_right(b * scores, labels, answers) for b in 4.0 ** np.arange(-2, 4))


def nearest(keys, asked, labels, answers):
    """The same by the one nearest key."""
    distance = (keys**2).sum(axis=1) - 2 * asked @ keys.T
    return (labels[distance.argmin(axis=1)] == answers).mean()


def ridge(A, B):
    """The linear map from rows of A to rows of B with the least squared error plus its own squared size."""
    return np.linalg.solve(A.T @ A + np.eye(A.shape[1]), A.T @ B)


# %% [markdown]
# Baselines, from weak to strong. The dot product and the cosine of a lower with an upper half, and the covariance $W=\frac1N\sum_i\mathbf k_i\mathbf q_i^{\top}$, learned in one step without gradient: each at the best of six $\beta$, chosen on the new digits themselves, which favours it. Ridge regression (岭回归) from lower to upper half, then the nearest stored upper half. Ridge regression from the lower half to the class,
# which needs no memory at all. And one that the task forbids: 1-NN among stored *lower* halves, keys of the queries' own kind, which shows how much the lower half tells.

# %%
splits = range(10, 12) if QUICK else range(10, 20)
steps = 100 if QUICK else 300
table = {}
for split in splits:
    K, of_k, Q, of_q = split_digits(np.random.default_rng(split))
    centre = K.mean(axis=0)
    (up, low), (_, asked) = halves(K, centre), halves(Q, centre)
    raw_up, raw_low = K[:, :32], Q[:, 32:]
    covariance, to_upper = up.T @ low / len(up), ridge(low, up)
    W, losses = learn(
        up, low, of_k, np.zeros((32, 32)), np.random.default_rng(split), 0.05, 0.1, steps
    )
    for name, share in {
        "dot product": at_best(raw_low @ raw_up.T, of_k, of_q),
        "cosine": at_best(unit(raw_low) @ unit(raw_up).T, of_k, of_q),
        "covariance W": at_best(asked @ covariance.T @ up.T, of_k, of_q),
        "ridge to upper half, nearest": nearest(up, asked @ to_upper, of_k, of_q),
        "ridge to class, no memory": (
            (asked @ ridge(low, np.eye(10)[of_k] - 0.1)).argmax(1) == of_q
        ).mean(),
        "learned W": share_right(asked @ W.T @ up.T, of_k, of_q),
        "forbidden: 1-NN, lower halves": nearest(low, asked, of_k, of_q),
    }.items():
        table.setdefault(name, []).append(100 * share)
print(f"{'% of 599 new lower halves right':<32} mean ± sd of {len(splits)} splits")
for name, shares in table.items():
    print(f"{name:<32} {np.mean(shares):5.1f} ± {np.std(shares):.1f}")

# %% [markdown]
# Where pixels do not correspond, the dot product guesses and the learned score comes close to what the lower half can tell. For three new digits, the six memories that each looks at most. They are chosen: the first that only the learned score gets right, the first such one of another class, and the first that the learned score gets
# wrong. Bold upper halves are the keys, all that can be seen; pale lower halves are what the memory would look like. A red title marks a memory of another class than the query's.

# %%
K, of_k, Q, of_q = split_digits(np.random.default_rng(10))
(up, low), (_, asked) = halves(K, K.mean(axis=0)), halves(Q, K.mean(axis=0))
W, losses = learn(
    up, low, of_k, np.zeros((32, 32)), np.random.default_rng(10), 0.05, 0.1, steps
)
looked = {
    "dot": nnmem.attention_distribution_forward(Q[:, 32:] @ K[:, :32].T)[0],
    "learned": nnmem.attention_distribution_forward(asked @ W.T @ up.T)[0],
}
says = {name: (alpha @ np.eye(10)[of_k]).argmax(axis=1) for name, alpha in looked.items()}
cured = np.flatnonzero((says["dot"] != of_q) & (says["learned"] == of_q))
cured = [cured[0], next(case for case in cured if of_q[case] != of_q[cured[0]])]
cases = [*cured, np.flatnonzero(says["learned"] != of_q)[0]]


def half_shown(ax, pixels, strong, title, colour="black"):
    """Draw a digit with one half strong, the other pale."""
    pale = pixels * np.where((np.arange(64) < 32) == (strong == "upper"), 1, 0.2)
    ax.imshow(pale.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.axhline(3.5, color=plots.BLUE, lw=0.8)
    ax.set_title(title, fontsize=10, color=colour)
    ax.set_axis_off()


figure, axes = plots.new_figure(6, 7, size=(8.4, 8.9))
rows = ((case, name) for case in cases for name in looked)
for row, (case, name) in zip(axes, rows, strict=True):
    verdict = "right" if says[name][case] == of_q[case] else "wrong"
    title = f"{name}: says {says[name][case]}"
    half_shown(row[0], Q[case], "lower", title, plots.BLUE if verdict == "right" else plots.RED)
    row[0].text(-0.8, 3.5, f"a {of_q[case]}", ha="right", va="center", fontsize=12)
    for ax, i in zip(row[1:], np.argsort(-looked[name][case])[:6], strict=True):
        colour = "black" if of_k[i] == of_q[case] else plots.RED
        half_shown(ax, K[i], "upper", f"{of_k[i]}, {100 * looked[name][case][i]:.1f} %", colour)
figure.suptitle("A new lower half, and the stored upper halves it looks at most\n")
plots.save(figure, "02_digits_looked_at")

# %% [markdown]
# 图中文字对照：says 3，回答 3；dot，点积；learned，学得的打分函数；百分数为注意力权重。
#
# **Few memories** (记忆少). Back to whole digits, query and key of the same kind, but with 10 to 1,198 stored at a time. When few are stored, the nearest may be far, and it matters which differences count. $W$ learns on the 1,198 digits with random memories of the size in question, from $W=4I$, and is then used with other
# random memories of that size. The baselines know as many labels as stand in the memory; $W$ has seen all labels while learning, as a score in a network has. (Ten random memories lack some digits altogether.) Error bars: one standard deviation over ten splits.

# %%
sizes = (10, 100, 1198) if QUICK else (10, 30, 100, 300, 1198)
by_size = {name: [] for name in ("1-NN", "cosine, β = 64", "learned W")}
for size in sizes:
    shares = []
    for split in splits:
        K, of_k, Q, of_q = split_digits(np.random.default_rng(split))
        centre, rng = K.mean(axis=0), np.random.default_rng(split)
        W, _ = learn(K - centre, K - centre, of_k, 4 * np.eye(64), rng, 0.02, 0.1, steps, size)
        rows = rng.permutation(len(K))[:size]
        shares.append(
            (
                nearest(K[rows], Q, of_k[rows], of_q),
                share_right(64 * unit(Q) @ unit(K[rows]).T, of_k[rows], of_q),
                share_right((Q - centre) @ W.T @ (K[rows] - centre).T, of_k[rows], of_q),
            )
        )
    for name, column in zip(by_size, 100 * np.array(shares).T, strict=True):
        by_size[name].append((column.mean(), column.std()))

figure, axes = plots.new_figure(1, 2, size=(10.0, 4.2), width_ratios=[1.25, 1])
names = list(table)
colours = [
    plots.ORANGE if n == "learned W" else plots.GREY if "forbidden" in n else plots.BLUE
    for n in names
]
axes[0].barh(names, [np.mean(table[n]) for n in names], color=colours)
axes[0].errorbar(
    [np.mean(table[n]) for n in names],
    names,
    xerr=[np.std(table[n]) for n in names],
    fmt="none",
    ecolor="black",
    capsize=3,
)
axes[0].axvline(10, color="black", ls=":", lw=1)
axes[0].invert_yaxis()
axes[0].set(xlabel="new lower halves right (%)", xlim=(0, 100), title="keys of another kind")
for (name, points), marker, colour in zip(
    by_size.items(), "sDo", (plots.GREEN, plots.BLUE, plots.ORANGE), strict=True
):
    mean_of, sd_of = np.array(points).T
    axes[1].errorbar(
        sizes, mean_of, sd_of, fmt=f"{marker}-", ms=5, capsize=3, color=colour, label=name
    )
axes[1].set(
    xscale="log",
    xlabel="memories",
    ylabel="new digits right (%)",
    ylim=(0, 101),
    title="same kind, fewer memories",
)
axes[1].legend(loc="lower right")
plots.save(figure, "02_digits_learning")
for name, points in by_size.items():
    print(
        f"{name:<16}",
        "  ".join(
            f"{size}: {m:.1f} ± {sd:.1f}" for size, (m, sd) in zip(sizes, points, strict=True)
        ),
    )

# %% [markdown]
# 图中文字对照：new lower halves right，新的下半部分回答正确的比例；keys of another kind，键与查询种类不同；memories，记忆中的样本数；new digits right，新数字回答正确的比例；same kind, fewer memories，种类相同、样本较少；learned W，学得的 W；1-NN，最近邻；cosine，余弦。
#
# So a learned score adds 70 points where keys and queries are of different kinds, some where memories are few, and nothing where a thousand pictures are compared with pictures.
#
# ## The first half alone: pointers, and structure · 指针与结构化注意力
#
# Attention is two steps, a distribution and a weighted average. A **pointer network** (指针网络) keeps the first and drops the second: the distribution itself is the output, and points at an input. The chapter's figure 8.2, drawn again: at each step the decoder state $\mathbf e_i$
# is the query, and the input pointed at is the next thing it reads. Input 3, 1, 2; output the places of the sorted numbers. Notebook 3 trains it.

# %%
figure, ax = plots.drawing(12.0, 5.0, inch=0.8)
inputs, pointed = (3, 1, 2), (2, 3, 1)
for i, number in enumerate(inputs):
    plots.box(ax, (1.2 + 1.5 * i, 1.2), f"x{'₁₂₃'[i]} = {number}", plots.BLUE, (1.2, 0.6))
    if i:
        plots.arrow(ax, (1.8 + 1.5 * (i - 1), 1.2), (0.6 + 1.5 * i, 1.2))
plots.arrow(ax, (4.8, 1.2), (6.3, 1.2), colour=plots.GREY)
for step, target in enumerate(pointed):
    x = 6.9 + 1.9 * step
    plots.box(ax, (x, 1.2), f"e{'₁₂₃'[step]}", plots.ORANGE, (1.1, 0.6))
    plots.arrow(ax, (x, 0.3), (x, 0.88))
    ax.text(
        x,
        0.05,
        "start" if step == 0 else f"x{'₁₂₃'[pointed[step - 1] - 1]}",
        ha="center",
        fontsize=11,
    )
    ax.text(x, 4.75, f"c{'₁₂₃'[step]} = {target}", ha="center", fontsize=11, color=plots.PURPLE)
    end = (1.2 + 1.5 * (target - 1), 1.52)
    height = 2.6 + 0.8 * step
    ax.plot([x, x, end[0]], [1.52, height, height], color=plots.PURPLE, lw=1.4)
    plots.arrow(ax, (end[0], height), end, colour=plots.PURPLE)
    if step < 2:
        plots.arrow(ax, (x + 0.55, 1.2), (x + 1.35, 1.2))
ax.text(2.7, 0.55, "encoder reads the inputs", ha="center", fontsize=11)
plots.save(figure, "02_pointer_network")

# %% [markdown]
# 图中文字对照：encoder reads the inputs，编码器读入输入；start，起始符。
#
# **Structured attention** (结构化注意力) gives up the flat choice of one item among $N$: words, then sentences (层次化), or a yes or no for each item that depends on its neighbours (图模型). Notebook 5 has both.

# %% tags=["result"]
print(
    f"Sampled attention: the estimator's mean is exact to {max(errors):.0e}; variance "
    + ", ".join(f"{name}: {value:.3g}" for name, value in variance_at.items())
)
listed = ", ".join(f"{name} {100 * shares.mean():.1f} %" for name, shares in hard_share.items())
print(f"Hard attention, trained: {listed} of new digits right by argmax (guessing: 10 %).")
print(
    f"Two learned heads divide the work from {solved} of {len(starts)} starts, one head from none."
)
print(
    f"Keys of another kind, {len(splits)} splits: dot product {np.mean(table['dot product']):.1f} %,"
    f" learned W {np.mean(table['learned W']):.1f} ± {np.std(table['learned W']):.1f} %."
)
listed = ", ".join(
    f"{s}: {a[0]:.1f} and {b[0]:.1f}"
    for s, a, b in zip(sizes, by_size["1-NN"], by_size["learned W"], strict=True)
)
print(f"Fewer memories, 1-NN and learned W, %: {listed}.")

# %% [markdown]
# ## Where the text is imprecise · 教材原文的疏漏与说明
#
# - Multi-head attention is one sentence there (several queries in parallel), without a formula; `multi_query_attention_forward` is (8.8) for each query, and the learned projections are Vaswani's.
# - (8.9) lists additive and dot-product scores; every score of notebook 1 will do.
# - Hard attention "needs reinforcement learning" (需要通过强化学习来进行训练): right for $\alpha$, and trained so above. The item that is chosen does receive a gradient.

# %% [markdown]
# ## Homework · 作业
#
# Three functions to write; the library's own may be used inside. Each name is the library's with a `my_` in front; every function takes leading batch axes (批维度).
#
# 1. Hard attention (8.7): the item of largest weight, zero where all weights are zero. It returns the item and a cache of your own choice. (硬性注意力)
# 2. The gradient of soft attention from that of key-value attention: X is both keys and values, and the section on keys and values says what follows. (软性注意力的梯度)
# 3. Several queries, one after the other, each by `nnmem.key_value_attention_forward`; `Q (..., M, d_q)`, and a mask `(..., M, N)` that differs from query to query or `(..., N)` that holds for all.
#    It returns `r (..., M, d_v)`, `alpha (..., M, N)` and a cache. (多个查询的注意力)
#
# `nnmem homework 8.5 8.7 8.1.2` prints the same blanks as a file. Solutions: `notebooks/solutions/02_solutions.py`.


# %%
def my_hard_attention_forward(X, alpha):
    raise NotImplementedError


def my_soft_attention_forward(X, q, *params, score="dot", mask=None):
    return nnmem.key_value_attention_forward(X, X, q, *params, score=score, mask=mask)


def my_soft_attention_backward(dr, cache, dalpha=None):
    raise NotImplementedError


def my_multi_query_attention_forward(K, V, Q, *params, score="dot", mask=None):
    raise NotImplementedError


print(nnmem.grade(globals()))
