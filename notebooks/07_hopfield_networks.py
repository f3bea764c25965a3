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
# # 7 Hopfield networks · Hopfield 网络
#
# You hear three notes and remember the song. You did not look it up under a number: part of the content was the address. How can a
# heap of neurons, none of which knows the song, do that?
#
# Section 8.2.3, equations (8.14) to (8.19). An **associative memory** (联想记忆) is asked by content: give it part of what it
# stores, or a damaged copy, and it answers with the whole. A Hopfield network does this by rolling downhill. Its
# $m$ neurons are $+1$ or $-1$, everyone is connected to everyone, and what is stored is a valley of an **energy** (能量).

# %%
import json
import os
from pathlib import Path

import numpy as np
from IPython.display import Image, display

import nnmem
from nnmem import plots
from nnmem.associative.landscape import landscape
from nnmem.recipes.associative.hopfield_basins import ends
from nnmem.recipes.associative.hopfield_damage import damage
from nnmem.recipes.result import Result
from nnmem.tasks.patterns import NAMES, binary_digits, flip, glyphs

QUICK = bool(os.environ.get("NNMEM_QUICK"))
rng = np.random.default_rng(8)
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## Four neurons · 四个神经元的 Hopfield 网络
#
# Figure 8.4 of the chapter: every neuron is input and output at once, none is hidden, each pair has one weight for both directions, none is
# connected to itself. The picture shows a network in the middle of its work. The field of neuron 4 is $-2\cdot1-1\cdot(-1)+1\cdot(-1)=-2$, below zero, so $-1$ is right
# for it. What neuron 3 hears, $-1\cdot1-2\cdot(-1)+1\cdot(-1)$, cancels to zero, and zero counts as $+1$. Colours say who should flip.

# %%
W = np.array([[0.0, 2, -1, -2], [2, 0, -2, -1], [-1, -2, 0, 1], [-2, -1, 1, 0]])
s = np.array([1.0, -1, -1, -1])
fields = W @ s
places = np.array([[1.0, 3.0], [4.0, 3.0], [4.0, 0.9], [1.0, 0.9]])

figure, ax = plots.drawing(5.0, 4.3)
for i in range(4):
    for j in range(i):
        colour = plots.BLUE if W[i, j] > 0 else plots.RED
        ax.plot(*places[[i, j]].T, color=colour, lw=1.5 * abs(W[i, j]), zorder=0)
        at = places[i] + (places[j] - places[i]) * (0.3 if abs(i - j) == 2 else 0.5)
        label = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(
            *at,
            f"{W[i, j]:+.0f}",
            ha="center",
            va="center",
            color=colour,
            fontsize=10,
            bbox=label,
        )
for i, (x, y) in enumerate(places):
    content = (s[i] >= 0) == (fields[i] >= 0)
    edge = plots.GREEN if content else plots.ORANGE
    ax.plot(x, y, "o", ms=46, mfc="white", mec=edge, mew=3, zorder=1)
    ax.text(x, y, f"$s_{i + 1}={s[i]:+.0f}$", ha="center", va="center", fontsize=9)
    below = -0.68 if y < 2 else 0.58
    ax.text(x, y + below, f"field {fields[i]:.0f}", ha="center", fontsize=10)
ax.text(2.5, 4.0, "green: agrees with its field; orange: will flip", ha="center", fontsize=10)
plots.save(figure, "07_network")
assert fields.tolist() == [1, 5, 0, -2]

# %% [markdown]
# 图中文字对照：field，局部场；green: agrees with its field，绿色：与局部场一致；orange: will flip，橙色：将会翻转。
#
# ## By content or by address · 按内容寻址与按地址寻址
#
# A computer's memory, **RAM** (随机访问存储), answers to an address: `cells[17]`. An address with one wrong digit gives another cell, and nothing tells. A dictionary is asked by a key, but by an
# exact one. A **content-addressable memory**, CAM (基于内容寻址的存储), takes the content itself, damaged as it may be. It can be had in RAM: compare with every cell, $N$ comparisons for each
# question. The network of this page does not compare with anything: there are no cells to go through.

# %%
patterns = glyphs()
cells = dict(enumerate(patterns))  # RAM
by_key = {tuple(pattern): name for pattern, name in zip(patterns, NAMES, strict=True)}
probe = flip(patterns[1], 0.05, np.random.default_rng(0))
compared = [int((probe == cell).sum()) for cell in cells.values()]
W, _ = nnmem.hebbian_weights_forward(patterns)
recalled = nnmem.hopfield_retrieve(probe, W, np.zeros(100))[0][-1]
print("RAM, address 1:                   ", NAMES[1], " address 2:", NAMES[2])
print("dictionary, 5 of 100 pixels wrong:", by_key.get(tuple(probe), "no such key"))
print("all cells compared, equal pixels: ", dict(zip(NAMES, compared, strict=True)))
print("Hopfield network:                 ", by_key.get(tuple(recalled), "no such key"))
assert tuple(probe) not in by_key and (recalled == patterns[1]).all()

# %% [markdown]
# ## Update and energy by hand · 手算更新与能量
#
# $$s_i=\begin{cases}+1&\sum_j w_{ij}s_j+b_i\ge 0\\-1&\text{otherwise}\end{cases}\quad(8.14)\qquad
# w_{ii}=0,\;w_{ij}=w_{ji}\quad(8.15)\qquad \mathbf s_t=f(W\mathbf s_{t-1}+\mathbf b)\quad(8.16)$$
#
# $$E=-\tfrac12\sum_{i,j}w_{ij}s_is_j-\sum_i b_is_i\quad(8.17)\qquad =-\tfrac12\mathbf s^\top W\mathbf s-\mathbf b^\top\mathbf s\quad(8.18)$$
#
# Three neurons: 1 and 2 like to agree ($w_{12}=2$), 3 likes to differ from both ($w_{13}=w_{23}=-1$). From the state
# $(+,-,+)$ the **local fields** (局部场) $\mathbf h=W\mathbf s$ are $(-2-1,\;2-1,\;-1+1)=(-3,1,0)$: neurons 1 and 2 want to flip; a field
# of zero counts as $+1$, so neuron 3 stays. The energy is minus the sum over pairs, $-(2\cdot(-1)+(-1)\cdot 1+(-1)\cdot(-1))=2$.

# %%
W = np.array([[0.0, 2, -1], [2, 0, -1], [-1, -1, 0]])
b = np.zeros(3)
s = np.array([1.0, -1, 1])
nnmem.check_hopfield_weights(W)

print("local fields h =", W @ s)
print("energy E =", nnmem.hopfield_energy_forward(s, W, b)[0])
trajectory, energies, converged = nnmem.hopfield_retrieve(s, W, b)
print(
    "one neuron at a time:",
    trajectory.astype(int).tolist(),
    "energies",
    energies,
    "at rest:",
    converged,
)

assert (W @ s).tolist() == [-3, 1, 0] and nnmem.hopfield_energy_forward(s, W, b)[0] == 2
assert trajectory[-1].tolist() == [-1, -1, 1] and energies[-1] == -4

# %% [markdown]
# ## The backward, step by step · 反向传播的推导
#
# **Energy.** $\mathbf s$ stands on both sides of $W$, so its gradient has two terms:
#
# $$d\mathbf s=-dE\,\big(\tfrac12(W+W^\top)\mathbf s+\mathbf b\big),\qquad dW=-\tfrac12\,dE\,\mathbf s\mathbf s^\top,\qquad d\mathbf b=-dE\,\mathbf s.$$
#
# With symmetric weights $\partial E/\partial\mathbf s=-(W\mathbf s+\mathbf b)=-\mathbf h$: **the local field points downhill**. The update rule
# (8.14) is a descent of (8.18) that moves to a corner at once.
#
# **Update.** The step function is flat, nothing passes through it. It is the limit of $\tanh(\beta z)$ for $\beta\to\infty$,
# and that has a gradient: with $\tanh'=1-\tanh^2$, $\;d\mathbf z=\beta\,d\mathbf s'\circ(1-\mathbf s'^2)$, $\;d\mathbf s=W^\top d\mathbf z$, $\;dW=d\mathbf z\,\mathbf s^\top$, $\;d\mathbf b=d\mathbf z$.
#
# **Hebb.** In $w_{ij}=\frac1N\sum_n x^{(n)}_ix^{(n)}_j$ (8.19) every pattern enters twice:
# $\;d\mathbf x^{(n)}=\frac1N(dW+dW^\top)\mathbf x^{(n)}$, the diagonal left out because it is constantly zero.
#
# All three are partial derivatives with respect to every entry of $W$, as if symmetry did not tie $w_{ij}$ to $w_{ji}$.

# %%
state, weights, bias = rng.normal(size=(4, 6)), rng.normal(size=(6, 6)), rng.normal(size=6)
reports = [
    nnmem.check_gradients(
        nnmem.hopfield_energy_forward, nnmem.hopfield_energy_backward, state, weights, bias
    ),
    nnmem.check_gradients(
        nnmem.hopfield_update_forward,
        nnmem.hopfield_update_backward,
        state,
        weights,
        bias,
        beta=0.7,
    ),
    nnmem.check_gradients(nnmem.hebbian_weights_forward, nnmem.hebbian_weights_backward, state),
]
print(reports[0])
assert all(reports)

# %% [markdown]
# ## The landscape of four neurons · 四个神经元的能量曲面（能量地形）
#
# Four neurons have 16 states, few enough to draw them all. Each square is a state (● is $+1$, ○ is $-1$) with its energy;
# neighbours differ in one neuron, and the grid closes on itself at the edges. An arrow is a flip that (8.14) would make.
# Every arrow goes to a lower energy, so every path ends, in one of the two ringed states: the **attractors** (吸引子). A bias tells the two
# apart; without it, $E(\mathbf s)=E(-\mathbf s)$ and they would be equally deep. (No local field is zero here; where one is, a flip to $+1$
# leaves the energy as it is.)

# %%
W = np.array([[0.0, 2, -1, -2], [2, 0, -2, -1], [-1, -2, 0, 1], [-2, -1, 1, 0]])
b = np.array([0.5, 0, -0.5, -0.5])

figure, ax = plots.new_figure(size=(6.4, 5.2))
image = plots.hopfield_landscape(ax, landscape(W, b))
figure.colorbar(image, label="energy E")
ax.set_title("Every state, every flip: all arrows lead down")
plots.save(figure, "07_landscape")

states, energies, unstable = landscape(W, b)
for y, x, neuron in np.argwhere(unstable):
    flipped = np.where(np.arange(4) == neuron, -states[y, x], states[y, x])
    assert nnmem.hopfield_energy_forward(flipped, W, b)[0] < energies[y, x]
assert (~unstable.any(axis=-1)).sum() == 2

# %% [markdown]
# 图中文字对照：energy E，能量；every state, every flip: all arrows lead down，所有状态、所有翻转：箭头都指向低处。
#
# ## Energy never rises · 习题 8-2：能量单调不增
#
# *Exercise 8-2.* Let neuron $k$ change from $s_k$ to $s_k'$ and all others stay. Only terms with $k$ change, each pair
# $(k,j)$ stands in (8.17) twice, $w_{kj}=w_{jk}$ by (8.15), and $w_{kk}=0$ leaves no term in $s_k^2$ (notebook 14 shows that $w_{kk}\ge0$ is enough):
#
# $$\Delta E=-(s_k'-s_k)\Big(\sum_j w_{kj}s_j+b_k\Big)=-(s_k'-s_k)\,h_k .$$
#
# By (8.14), $s_k'=+1$ if $h_k\ge0$: then $s_k'-s_k\in\{0,2\}$ and $\Delta E\le 0$. Otherwise $h_k<0$, $s_k'=-1$, $s_k'-s_k\in\{0,-2\}$ and $\Delta E\le0$.
# If a neuron flips, $\Delta E=-2|h_k|$. It is zero only where $h_k=0$, and then the flip was upwards, to $+1$; so the pair
# (energy, number of $-1$s) falls lexicographically with each flip. There are $2^m$ states: the network comes to rest. $\blacksquare$
#
# (The exercise says *monotonically decreasing*. With ties it is monotonically *non-increasing*.)
#
# Symmetry matters, as does updating one neuron at a time. Two neurons are enough to see it:

# %%
for _ in range(200):
    m = int(rng.integers(2, 12))
    W = np.triu(rng.integers(-3, 4, (m, m)), 1).astype(float)
    W, b = W + W.T, rng.integers(-1, 2, m).astype(float)
    _, energies, converged = nnmem.hopfield_retrieve(
        rng.choice([-1.0, 1.0], m), W, b, rng=rng, record="flip"
    )
    assert converged and (np.diff(energies) <= 0).all()

asymmetric = np.array([[0.0, 1], [-1, 0]])
circling, _, converged = nnmem.hopfield_retrieve(
    np.ones(2), asymmetric, np.zeros(2), max_sweeps=4, record="flip"
)
print(
    "asymmetric weights, one neuron at a time:",
    circling.astype(int).tolist(),
    "at rest:",
    converged,
)
try:
    nnmem.check_hopfield_weights(asymmetric)
except ValueError as error:
    print("   ", error)

agreeing = np.array([[0.0, 1], [1, 0]])
blinking, energies, converged = nnmem.hopfield_retrieve(
    np.array([1.0, -1]), agreeing, np.array([0.5, 0]), mode="sync"
)
print(
    "symmetric weights, both at once:",
    blinking.astype(int).tolist(),
    "period",
    nnmem.hopfield_period(blinking),
    "energies",
    energies,
)
assert nnmem.hopfield_period(blinking) == 2 and not converged
assert energies.tolist() == [0.5, 1.5, 0.5]

# %% [markdown]
# ## Cycles and chaos · 不对称权重：周期性震荡与混乱
#
# "Asymmetric weights may lead to periodic oscillation or chaos", says the chapter. Both can be measured. Take random weights
# $w_{ij}=\sqrt{1-\lambda}\,g_{ij}+\sqrt\lambda\,a_{ij}$ with $g$ symmetric and $a$ not, so that $\lambda=0$ is a Hopfield network and $\lambda=1$ has nothing symmetric left, and let all neurons
# update at once (8.16), which makes the state's path a matter of nothing but the state. A path of finitely many states must repeat in the end: after one step (rest), two, or more.
# And a second copy starts with one neuron changed: in chaos the two part, however near they were.


# %%
def end_of_path(s, W, most):
    """Period in which the path ends, 0 if it has not repeated after so many steps."""
    seen = {}
    for step in range(most):
        key = s.tobytes()
        if key in seen:
            return step - seen[key]
        seen[key] = step
        s = np.where(W @ s >= 0, 1.0, -1.0)
    return 0


m, most, networks = 100, 400, 6 if QUICK else 30
shares = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
periods, apart = {}, {}
for share in shares:
    periods[share], apart[share] = [], np.zeros((networks, 40))
    for n in range(networks):
        g, a = rng.normal(size=(2, m, m))
        W = np.sqrt(1 - share) * (g + g.T) / np.sqrt(2) + np.sqrt(share) * a
        np.fill_diagonal(W, 0)
        s = rng.choice([-1.0, 1.0], m)
        periods[share].append(end_of_path(s, W, most))
        twins = np.array([s, s])
        twins[1, 0] *= -1
        for t in range(40):
            apart[share][n, t] = (twins[0] != twins[1]).mean()
            twins = np.where(twins @ W.T >= 0, 1.0, -1.0)

kinds = {
    "rest": lambda p: p == 1,
    "cycle of 2": lambda p: p == 2,
    "longer cycle": lambda p: p > 2,
    f"no repeat in {most} steps": lambda p: p == 0,
}
figure, (left, right) = plots.new_figure(1, 2, size=(9.5, 3.6))
bottom = np.zeros(len(shares))
for (kind, test), colour in zip(kinds.items(), plots.COLOURS, strict=False):
    height = np.array([np.mean([test(p) for p in periods[share]]) for share in shares])
    left.bar(range(len(shares)), height, bottom=bottom, color=colour, label=kind)
    bottom += height
left.set_xticks(range(len(shares)), [str(share) for share in shares])
left.set(xlabel="asymmetry λ", ylabel=f"share of {networks} networks", title="how a path ends")
left.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2)
for share, colour in ((0.0, plots.BLUE), (0.3, plots.ORANGE), (1.0, plots.GREEN)):
    mean = apart[share].mean(axis=0)
    error = apart[share].std(axis=0, ddof=1) / np.sqrt(networks)
    right.plot(mean, color=colour, label=f"λ = {share}")
    right.fill_between(range(40), mean - error, mean + error, color=colour, alpha=0.25)
right.set(
    xlabel="step", ylabel="share of neurons that differ", title="two starts, one neuron apart"
)
right.set_ylim(0, 0.55)
right.legend(fontsize=9)
plots.save(figure, "07_chaos")

print(
    "symmetric: periods",
    sorted(set(periods[0.0])),
    f"  asymmetric (λ = 1): {np.mean(np.array(periods[1.0]) == 0):.0%} without a repeat,",
    "longest period found",
    max(max(p) for p in periods.values()),
)
print(
    f"one neuron apart, after 40 steps: {apart[0.0][:, -1].mean():.2f} and {apart[1.0][:, -1].mean():.2f}"
)
assert set(periods[0.0]) <= {1, 2} and max(periods[1.0]) != 1

# %% [markdown]
# 图中文字对照：rest，静止；cycle of 2，周期为 2；longer cycle，更长的周期；no repeat in 400 steps，400 步内不重复；asymmetry λ，不对称程度；share of networks，网络的比例；share of neurons that differ，不同的神经元的比例；two starts, one neuron apart，两个只差一个神经元的初始状态。
#
# Symmetric weights end in rest or in a cycle of two, always (notebook 14 proves it). Without symmetry one neuron's difference grows until the two paths have as little in common as any two states: no memory can be read from where such a
# path ends, because the smallest damage of the probe leads elsewhere. Bands and bars: $\pm$ one standard error over networks.
#
# ## Storing glyphs · 存储：Hebbian 法则
#
# $$w_{ij}=\frac1N\sum_{n=1}^N x^{(n)}_i x^{(n)}_j\quad(8.19)$$
#
# Neurons that mostly agree get a positive connection, those that mostly differ a negative one. Five drawn glyphs of 10 × 10 pixels make a matrix of
# $100\times100$ weights; there is no picture in it, only agreements between pixels.

# %%
W, _ = nnmem.hebbian_weights_forward(patterns)
b = np.zeros(100)

figure, axes = plots.new_figure(1, 6, size=(9.0, 2.2), width_ratios=[1, 1, 1, 1, 1, 1.5])
for ax, pattern, name in zip(axes, patterns, NAMES, strict=False):
    plots.picture(ax, pattern, name)
image = axes[5].imshow(W, cmap="PuOr", vmin=-1, vmax=1)
axes[5].set(title="weights W", xticks=[], yticks=[])
figure.colorbar(image, ax=axes[5])
plots.save(figure, "07_glyphs")

# %% [markdown]
# 图中文字对照：weights W，权重。
#
# ## The descent · 检索：沿能量下降
#
# A quarter of the pixels is flipped; then one pixel at a time, in random order, follows its local field. Every flip lowers
# the energy. The strip and the animation show the same run.

# %%
probe = flip(patterns[1], 0.25, np.random.default_rng(1))
trajectory, energies, converged = nnmem.hopfield_retrieve(
    probe, W, b, rng=np.random.default_rng(1), record="flip"
)
assert converged and (trajectory[-1] == patterns[1]).all() and (np.diff(energies) < 0).all()

figure = plots.descent(trajectory, energies)
figure.suptitle(f"Retrieval of the {NAMES[1]}: {len(trajectory) - 1} flips downhill")
plots.save(figure, "07_descent")

# %% [markdown]
# 图中文字对照：flip，翻转次数；energy E，能量；retrieval of the robot，检索“机器人”；downhill，能量下降。

# %%
display(
    Image(data=plots.descent_gif(trajectory, energies, frames=8 if QUICK else 25), format="gif")
)

# %% [markdown]
# ## Basins · 吸引域
#
# How much damage does it take? From 0 to 50 % of the pixels flipped, many times each. The states that lead to an attractor are its **basin** (吸引域; the chapter: 管辖区域). At least 95 % of all probes survive 5 %, and each
# is recalled, without an error, more often than not from 20 %. The two that look alike, 中 and 木, which share a cross and overlap by 0.48, have the
# smaller basins. Bars: one standard error of 100 tries.

# %%
shares = np.arange(0, 0.51, 0.05)
tries = 10 if QUICK else 100
recalled = np.array(
    [
        [
            (
                nnmem.hopfield_retrieve(
                    flip(np.tile(p, (tries, 1)), share, rng), W, b, rng=rng
                )[0][-1]
                == p
            )
            .all(1)
            .mean()
            for share in shares
        ]
        for p in patterns
    ]
)

figure, ax = plots.new_figure(size=(6.5, 3.2))
for name, row, marker in zip(NAMES, recalled, "osD^v", strict=True):
    bars = np.sqrt(row * (1 - row) / tries)
    ax.errorbar(shares, row, bars, marker=marker, ms=5, capsize=2, label=name)
ax.set(
    xlabel="share of pixels flipped",
    ylabel="share recalled exactly",
    title="Glyphs that look alike have smaller basins",
)
ax.legend()
plots.save(figure, "07_basins")
print({name: row.round(2).tolist() for name, row in zip(NAMES, recalled, strict=True)})
assert (recalled[:, :2] > 0.95).all() and recalled[:, 4].min() > 0.5

# %% [markdown]
# 图中文字对照：share of pixels flipped，翻转的像素的比例；share recalled exactly，完全检索出的比例；glyphs that look alike have smaller basins，相像的图形吸引域较小。
#
# ## Spurious states · 伪状态
#
# The valleys are not only where we dug them. $E(\mathbf s)=E(-\mathbf s)$ makes every **inverse** (反转状态) an attractor as deep as the pattern, and
# between valleys there are **mixtures** (混合状态), such as the majority vote of three patterns. With patterns that are alike a
# mixture can even lie deeper than the patterns themselves. Random starts find them. The picture shows one glyph and its own inverse, chosen because both were
# found, and the first mixture that was found.

# %%
starts = rng.choice([-1.0, 1.0], size=(200, 100))
final = nnmem.hopfield_retrieve(starts, W, b, rng=rng)[0][-1]
kinds = ends(final, patterns)
counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
print(counts)

found = {
    kind: {
        int(np.abs(s @ patterns.T).argmax()): s
        for s, k in zip(final, kinds, strict=True)
        if k == kind
    }
    for kind in ("stored", "inverse")
}
both = min(set(found["stored"]) & set(found["inverse"]))
shown = {
    f"stored: {NAMES[both]}": found["stored"][both],
    f"inverse of {NAMES[both]}": found["inverse"][both],
}
for kind in ("mixture", "other"):
    if kind in kinds:
        shown[kind] = final[kinds.index(kind)]

figure, axes = plots.new_figure(1, len(shown), size=(2.0 * len(shown), 2.5))
for ax, (name, s) in zip(axes, shown.items(), strict=True):
    energy = nnmem.hopfield_energy_forward(s, W, b)[0]
    plots.picture(ax, s, f"{name}\nE = {energy:.0f}")
figure.suptitle("Where random starts end")
plots.save(figure, "07_spurious")
assert (found["stored"][both] == -found["inverse"][both]).all()
assert counts.get("inverse")

# %% [markdown]
# 图中文字对照：stored，存储的模式；inverse，反转状态；mixture，混合状态；other，其他；where random starts end，随机初始状态的终点。
#
# ## Real pictures are correlated · 相关的模式：手写数字
#
# Handwritten digits share their ink: the same pixels are always white. Hebb's rule adds that common part up until it drowns
# the rest, and a handful of digits is too much. The **pseudo-inverse rule** (伪逆规则) $W=X^{+}X$ takes correlations out: $W$
# projects onto the span of the patterns, so $W\mathbf x=\mathbf x$ for each of them, however alike they are. (8.15) then takes the diagonal away, and the field becomes
# $(1-w_{ii})\,x_i$: still of the right sign, as long as $w_{ii}<1$. Ten digits, one of each kind, 10 % of the pixels flipped:

# %%
pictures, labels = binary_digits()
ten = pictures[[int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]]
probes = flip(ten, 0.1, np.random.default_rng(3))
rows = {"stored": ten, "probe": probes}
for rule, weights in (
    ("Hebb", nnmem.hebbian_weights_forward(ten)[0]),
    ("pseudo-inverse", nnmem.pseudo_inverse_weights(ten)),
):
    rows[rule] = nnmem.hopfield_retrieve(
        probes, weights, np.zeros(64), rng=np.random.default_rng(3)
    )[0][-1]
right = {
    rule: int((rows[rule] == ten).all(axis=1).sum()) for rule in ("Hebb", "pseudo-inverse")
}

figure, axes = plots.new_figure(4, 10, size=(9.0, 4.0))
for line, (name, states) in zip(axes, rows.items(), strict=True):
    for ax, picture in zip(line, states, strict=True):
        plots.picture(ax, picture, " ")
    title = name + (f": {right[name]} of 10 right" if name in right else "")
    line[0].text(0, -1.2, title, fontsize=10, in_layout=False)
plots.save(figure, "07_digits")
assert right["pseudo-inverse"] >= 9 and right["Hebb"] <= 2

# %% [markdown]
# 图中文字对照：stored，存储的模式；probe，线索；Hebb，Hebbian 法则；pseudo-inverse，伪逆规则；right，正确。
#
# How far does that go? The more patterns, the nearer is $w_{ii}$ to one, its mean is $N/m$: of the field little is left, and at full rank, $W=I$, nothing at all. Then every field is a tie, and (8.14) answers
# $+1$ to everything. Keeping the diagonal keeps every pattern at rest, but a neuron that mostly listens to itself corrects nothing. With independent patterns, 20 of them tried for each number:

# %%
m, trials = 100, 2 if QUICK else 10
kept_at_rest, corrected, loads = {}, {}, (0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0)
for load in loads:
    outcome = {"zeroed": [], "kept": []}
    for _ in range(trials):
        X = rng.choice([-1.0, 1.0], size=(round(load * m), m))
        zeroed = nnmem.pseudo_inverse_weights(X)
        whole = np.linalg.pinv(X) @ X
        for name, weights in (("zeroed", zeroed), ("kept", whole)):
            at_rest = nnmem.hopfield_update_forward(X[:20], weights, np.zeros(m))[0] == X[:20]
            ended = nnmem.hopfield_retrieve(
                flip(X[:20], 0.1, rng), weights, np.zeros(m), rng=rng
            )
            right_now = ended[0][-1] == X[:20]
            outcome[name].append((at_rest.all(axis=1).mean(), right_now.all(axis=1).mean()))
    for name, rows_of in outcome.items():
        mean = np.mean(rows_of, axis=0)
        error = np.std(rows_of, axis=0, ddof=1) / np.sqrt(trials)
        kept_at_rest[name, load], corrected[name, load] = (
            (mean[0], error[0]),
            (mean[1], error[1]),
        )

figure, axes = plots.new_figure(1, 2, size=(8.5, 3.2), sharey=True)
for ax, table, title in zip(
    axes,
    (kept_at_rest, corrected),
    ("at rest in the pattern", "recalled from 10 % flips"),
    strict=True,
):
    for name, marker in (("zeroed", "o"), ("kept", "s")):
        mean, error = np.array([table[name, load] for load in loads]).T
        ax.errorbar(loads, mean, error, marker=marker, capsize=3, label=f"diagonal {name}")
    ax.set(xlabel="load N / m", title=title, ylim=(-0.03, 1.05))
axes[0].set_ylabel("share of patterns, exactly")
axes[0].legend(fontsize=9, loc="lower left")
figure.suptitle(f"Pseudo-inverse rule, m = {m}")
plots.save(figure, "07_pseudo_inverse")
assert kept_at_rest["kept", 1.0][0] == 1 and kept_at_rest["zeroed", 1.0][0] < 0.05
assert corrected["kept", 0.6][0] < corrected["zeroed", 0.6][0]

# %% [markdown]
# 图中文字对照：at rest in the pattern，在模式上静止；recalled from 10 % flips，翻转 10 % 后检索出；diagonal zeroed / kept，对角线置零 / 保留；load，负载；share of patterns, exactly，完全正确的模式的比例。
#
# ## Damage · 分布式存储与损伤
#
# Cut a cell out of a computer's memory and its content is gone, the rest untouched. Here no pattern has a place; each is spread over all connections, **distributed** (分布式存储). Half of the
# connections cut, and the robot, from a quarter of its pixels flipped:

# %%
half_cut, _ = damage(
    nnmem.hebbian_weights_forward(patterns)[0], "connections", 0.5, np.random.default_rng(5)
)
damaged_probe = flip(patterns[1], 0.25, np.random.default_rng(1))
after = nnmem.hopfield_retrieve(damaged_probe, half_cut, b, rng=np.random.default_rng(1))[0][-1]
figure, axes = plots.new_figure(1, 3, size=(7.0, 2.6), width_ratios=[1.3, 1, 1])
axes[0].imshow(half_cut, cmap="PuOr", vmin=-1, vmax=1)
axes[0].set(title="half of the connections", xticks=[], yticks=[])
plots.picture(axes[1], damaged_probe, "probe")
plots.picture(axes[2], after, "recalled")
print(
    f"recalled with half of the connections: {(after == patterns[1]).sum()} of 100 pixels right"
)
plots.save(figure, "07_cut")

measured = Result(**json.loads(Path("results/hopfield-damage.json").read_text()))
figure = measured.plot()
figure.suptitle("400 neurons, recalled from 10 % flips after damage")
plots.save(figure, "07_damage")
half_lost = {}
for kind in ("connections", "neurons"):
    for load in (0.05, 0.1):
        rows_of = [r for r in measured.metrics if r["damaged"] == kind and r["load"] == load]
        close, share = [-r["close"] for r in rows_of], [r["share"] for r in rows_of]
        half_lost[kind, load] = float(np.interp(-0.5, np.maximum.accumulate(close), share))
        print(
            f"load {load}: half are lost when {half_lost[kind, load]:.0%} of the {kind} are gone"
        )
assert half_lost["connections", 0.05] > half_lost["connections", 0.1] + 0.1

# %% [markdown]
# 图中文字对照：half of the connections，一半的连接；probe，线索；recalled，检索结果。
#
# 图中文字对照：share of connections cut，切断的连接的比例；share of neurons removed，去掉的神经元的比例；recalled with overlap 0.95，检索结果的重叠度达到 0.95 的比例；load，负载；patterns，模式数。
#
# A memory that is nearly empty loses nothing for long, and a full one fails sooner; but no single pattern is ever hit alone: all patterns share all connections, so they share the damage. Cutting a share $c$ leaves each neuron $(1-c)\,m$ connections, and removing a share of the
# neurons leaves a network of $(1-c)\,m$: either way the load per connection that is left grows as $1/(1-c)$ until it passes the capacity, which is the subject of the next notebook. Bars: one
# standard error over ten networks; `nnmem train hopfield-damage --json` measures it again.

# %% tags=["result"]
print(
    f"{NAMES[1]} with 25 % of its pixels flipped: recalled exactly after {len(trajectory) - 1} flips downhill."
)
print(
    f"200 random starts with five glyphs stored end: {', '.join(f'{n} {kind}' for kind, n in counts.items())}."
)
print(
    f"Two starts one neuron apart differ in {apart[1.0][:, -1].mean():.0%} of the neurons after 40 steps without symmetry, in {apart[0.0][:, -1].mean():.0%} with it."
)
print(
    f"400 neurons, 20 patterns, 10 % flips: half of the recalls are lost when {half_lost['connections', 0.05]:.0%} of the connections are cut."
)
print(
    f"Ten digits from 10 % flips: Hebb {right['Hebb']} of 10, pseudo-inverse {right['pseudo-inverse']} of 10."
)

# %% [markdown]
# ## Where the text is imprecise · 教材原文的疏漏与说明
#
# - (8.19) gives $w_{ii}=1$, against (8.15). The diagonal is left out here; with it, a neuron would vote for its own state.
# - (8.19) divides by the number of patterns $N$. Many books divide by the number of neurons $m$; without a bias this only
#   scales the energy, and every retrieval is the same.
# - "Monotonically decreasing" (习题 8-2, and beside 8.18) is non-increasing where a local field is exactly zero.
# - The proof needs one neuron at a time. Synchronous updates (8.16) of symmetric weights can alternate between two states
#   for ever; in the example above the energy (8.18) rises with every second update.

# %% [markdown]
# ## Homework · 作业
#
# Three functions to write with NumPy alone, from easy to hard (由易到难). The graded ones have a `my_` in front of the library's name;
# `nnmem homework 8.14 8.19 8.17` prints blanks with all shapes.
#
# 1. The update (8.14) of all neurons at once: with `beta=None` the step function, states of $\pm1$ and the type of `s`; with a number $\tanh(\beta(W\mathbf s+\mathbf b))$. It returns the state and a cache of your own. (更新规则)
# 2. Hebb's rule (8.19), with what (8.15) asks of weights. The cache is yours. (Hebbian 法则)
# 3. The gradients of the energy (8.18), from the library's cache `(s, W, b)`. Nothing says that $W$ is symmetric. (能量的梯度)
#
# Three mistakes that the text invites, and that the grader names: a field of exactly zero counts as $+1$, which `np.sign` does not say; (8.19) taken literally puts $w_{ii}=1$ on the diagonal; and the gradient of a quadratic form is $W\mathbf s$ only if
# $W$ is symmetric. Solutions: `notebooks/solutions/07_solutions.py`.


# %%
def my_hopfield_update_forward(s, W, b, beta=None):
    raise NotImplementedError


def my_hebbian_weights_forward(patterns):
    raise NotImplementedError


def my_hopfield_energy_backward(dE, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
