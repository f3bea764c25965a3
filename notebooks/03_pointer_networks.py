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
# # 3 Pointer networks · 指针网络
#
# Section 8.1.2, equations (8.10) to (8.13); Vinyals, Fortunato and Jaitly 2015. Attention has two halves: a
# **distribution** (注意力分布) over the inputs, and a **weighted sum** (加权平均) under it. A pointer network keeps the first
# half alone. The distribution is the answer: it points to an input (指针).
#
# So the output is a sequence of indices $c_1,\dots,c_m$ into the input, as long as it needs to be, and the "vocabulary"
# grows with the input. Here such networks sort numbers, find convex hulls, and plan round trips.

# %%
import os
import time
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots, recipes
from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.nn.tree import tree_map
from nnmem.recipes import Result
from nnmem.recipes.pointer import hull as pointer_hull
from nnmem.recipes.pointer import round_trip as pointer_tsp
from nnmem.recipes.pointer import sort_numbers as pointer_sort
from nnmem.tasks.convex_hull import same_polygon
from nnmem.tasks.tsp import tour_lengths

QUICK = bool(os.environ.get("NNMEM_QUICK"))
SAVED = Path("results") if Path("results").exists() else Path("notebooks/results")
rng = np.random.default_rng(8)
np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## The chapter's example · 书中的例子
#
# "For the input 3, 1, 2 the output is 1, 3, 2." Which convention is that? Sorting from the **largest** number down, 3 stands
# at place 1, 2 at place 3 and 1 at place 2: the places are 1, 3, 2, counted from 1. From the smallest up and counted from 0,
# as NumPy and this library do, the same numbers give 1, 2, 0. Both are sequences of places; neither is the list of ranks.

# %%
numbers = np.array([3, 1, 2])
print("largest first, from 1:  ", np.argsort(-numbers) + 1, "  (the chapter's)")
print("smallest first, from 1: ", np.argsort(numbers) + 1)
print("smallest first, from 0: ", np.argsort(numbers), "  (here)")
print("rank of each number:    ", np.argsort(np.argsort(numbers)) + 1)
assert (np.argsort(-numbers) + 1).tolist() == [1, 3, 2]

# %% [markdown]
# ## Pointing, by hand · 手算一步
#
# $$s_{ij}=\mathbf v^{\top}\tanh(W\mathbf x_j+U\mathbf e_i)\quad(8.13)\qquad
# p(c_i=j\mid c_{1:i-1},\mathbf x_{1:n})=\operatorname{softmax}_j(s_{ij})\quad(8.12)$$
#
# $\mathbf x_j$ is input $j$ and $\mathbf e_i$ the decoder's state at step $i$: equation (8.2) with a query for each step.
# In one dimension, with $W=1$, $U=-1$ and two hidden units shifted against each other, the score has its peak where
# $x_j=e_i$. The states 1, 2 and 3 then point to the numbers 1, 2 and 3, wherever they stand.

# %%
X = np.array(
    [[3.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
)  # a second, constant entry lets W hold a shift
E = np.array([[1.0], [2.0], [3.0]])
W, U, v = np.array([[4.0, 2.0], [4.0, -2.0]]), np.array([[-4.0], [-4.0]]), np.array([4.0, -4.0])

log_p, _ = nnmem.pointer_distribution_forward(X, E, W, U, v)
by_hand = np.array(
    [
        [4 * np.tanh(4 * (x - e) + 2) - 4 * np.tanh(4 * (x - e) - 2) for x in (3, 1, 2)]
        for e in (1, 2, 3)
    ]
)
p = np.exp(by_hand) / np.exp(by_hand).sum(axis=1, keepdims=True)
print("p(cᵢ = j), a step a row:\n", np.exp(log_p))
assert np.allclose(np.exp(log_p), p)
assert np.exp(log_p).argmax(axis=1).tolist() == np.argsort(numbers).tolist()

# %% [markdown]
# The function returns $\log p$, because the next formula adds logarithms, and because $\log p$ stays exact where $p$ rounds
# to 0 or 1.
#
# ## The factorisation, and what is approximate in it · 条件概率的分解与近似
#
# $$p(c_{1:m}\mid\mathbf x_{1:n})=\prod_{i=1}^m p(c_i\mid c_{1:i-1},\mathbf x_{1:n})\quad(8.10)\qquad
# \approx\prod_{i=1}^m p(c_i\mid \mathbf x_{c_1},\dots,\mathbf x_{c_{i-1}},\mathbf x_{1:n})\quad(8.11)$$
#
# (8.10) is the chain rule and exact: the probabilities of all sequences sum to one. (8.11) lets the decoder see the
# *inputs* that were chosen, not their *places*. That loses something only where two inputs are equal. Here inputs 0 and 2
# are the same point. Whichever of them was chosen first, a network of the form (8.11) goes on with the same distribution;
# it cannot know which of the two is used up.

# %%
model = PointerNetwork(input_size=2, hidden_size=8)
params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
points = np.array([[[0.2, 0.9], [0.7, 0.1], [0.2, 0.9]]])

sequences = np.array(np.meshgrid(*[range(3)] * 3)).reshape(3, -1).T  # all 27
log_p, _ = model.forward(params, np.repeat(points, 27, axis=0), sequences)
log_likelihood, _ = nnmem.pointer_log_likelihood_forward(log_p, sequences)
print("the probabilities of all 27 sequences sum to", np.exp(log_likelihood).sum())
assert np.isclose(np.exp(log_likelihood).sum(), 1)

after = {c: np.exp(model.forward(params, points, [[c, 0]])[0][0, 1]) for c in range(3)}
for c, distribution in after.items():
    print(f"p(c₂ = · | c₁ = {c}) =", distribution)
assert np.array_equal(after[0], after[2]) and not np.allclose(after[0], after[1])

# %% [markdown]
# ## The backward, step by step · 反向传播的推导
#
# **Likelihood.** $L=\sum_i \log p_{i,c_i}$ picks one entry of each row, so $d\ell_{ij}=dL\,\mathbf 1[j=c_i]$.
#
# **Log-softmax.** $\ell_{ij}=s_{ij}-\log\sum_k e^{s_{ik}}$. Raising $s_{ij}$ raises $\ell_{ij}$ by one and lowers every entry of
# the row by $p_{ij}$:
#
# $$ds_{ij}=d\ell_{ij}-p_{ij}\sum_k d\ell_{ik}.$$
#
# With the line before, $ds_{ij}=dL\,(\mathbf 1[j=c_i]-p_{ij})$: what was right less what was predicted.
#
# **Score.** As for (8.2), with $\mathbf a_{ij}=\tanh(W\mathbf x_j+U\mathbf e_i)$ and
# $d\mathbf z_{ij}=ds_{ij}\,\mathbf v\circ(1-\mathbf a_{ij}^2)$. Every input serves all steps, every step all inputs:
#
# $$d\mathbf x_j=W^{\top}\sum_i d\mathbf z_{ij},\qquad d\mathbf e_i=U^{\top}\sum_j d\mathbf z_{ij}.$$
#
# $\mathbf v$ is the same in all of these sums, so it can wait until they are done, and each sum is then a product of matrices:
# $\sum_j d\mathbf z_{ij}=\mathbf v\circ\sum_j ds_{ij}(1-\mathbf a_{ij}^2)$.

# %%
arrays = [rng.normal(size=shape) for shape in ((6, 3), (4, 5), (7, 3), (7, 5), (7,))]
report = nnmem.check_gradients(
    nnmem.pointer_distribution_forward, nnmem.pointer_distribution_backward, *arrays
)
print(report)
assert report

# %% [markdown]
# ## The network · 编码器与解码器
#
# An LSTM reads the inputs; its outputs are what is pointed to. A second LSTM starts where the first one ended and reads the
# inputs chosen so far; its states are the $\mathbf e_i$. What attention finds is *not* fed back to the decoder. So in
# training, where the right choices are known, the recurrence needs no attention, and all steps point at once, in one call.
# The whole model is differentiated by hand too, and checked the same way, down to the initial input `start`:

# %%
small = PointerNetwork(input_size=2, hidden_size=3, end=True)
small_params = tree_map(lambda leaf: rng.normal(size=leaf.shape), small.init(rng))
model_report = nnmem.check_gradients(
    small.forward,
    small.backward,
    small_params,
    rng.normal(size=(2, 4, 2)),
    targets=np.array([[0, 2, 1], [3, 4, 0]]),
    lengths=np.array([3, 4]),
)
print("\n".join(line for line in str(model_report).splitlines() if "central" not in line))
assert model_report

# %% [markdown]
# ## Learning to sort · 学习排序
#
# The recipe `pointer-sort` draws 5 to 10 numbers, uniform in 0 to 1, for every batch, and minimises
# $-\log p(c_{1:n}\mid\mathbf x_{1:n})$ with Adam. Live, with a small budget:

# %%
started = time.perf_counter()
live = recipes.run("pointer-sort", steps=300 if QUICK else 8_000)
print(f"{live.steps} steps in {time.perf_counter() - started:.0f} s:", live.metrics)
assert live.history["loss"][-100:].mean() < live.history["loss"][:100].mean()

# %% [markdown]
# Where does it look? A longer run, saved with its parameters, sorts ten new numbers. Each row is a step and shows
# $p(c_i=\cdot)$ over the inputs; a ring marks the right one. On the left the numbers stand as they came. On the right is the
# sequence it was least sure of among a hundred, its columns put in order, so that right is the diagonal: it hesitates
# between numbers that are close.

# %%
saved = {
    name: [Result.load(path) for path in sorted(SAVED.glob(f"{name}-seed*.npz"))]
    for name in ("pointer-sort", "pointer-hull", "pointer-tsp")
}
sorter = pointer_sort.MODEL
sorter_params = saved["pointer-sort"][0].params(sorter.init(rng))
problems = pointer_sort.sample(np.random.default_rng(4), 100, 10)
decoded = decode(sorter, sorter_params, problems.X)
log_p, _ = sorter.forward(sorter_params, problems.X, decoded.indices)
hardest = int(decoded.log_likelihood.argmin())

figure, axes = plots.new_figure(1, 2, size=(9.0, 4.2))
panels = (
    (0, np.arange(10), "as they came"),
    (hardest, problems.targets[hardest], "the hardest of 100, in order"),
)
for ax, (k, columns, title) in zip(axes, panels, strict=True):
    values = problems.X[k, columns, 0] / 8 + 0.5
    image = plots.attention_map(
        ax, np.exp(log_p[k])[:, columns], range(1, 11), [f"{x:.3f}" for x in values]
    )
    ax.plot(
        np.argsort(columns)[problems.targets[k]],
        range(10),
        "o",
        mfc="none",
        mec=plots.RED,
        mew=2,
        ms=11,
    )
    ax.set(xlabel="input", title=title)
    ax.tick_params(axis="x", rotation=90)
axes[0].set_ylabel("decoding step i")
figure.colorbar(image, label="p(cᵢ = j)")
figure.suptitle("A trained sorter points to the smallest number left")
plots.save(figure, "03_sorter")
print("sorted:", (problems.X[0] / 8 + 0.5)[decoded.indices[0], 0])

# %% [markdown]
# ## Convex hulls · 凸包
#
# Given points in the plane, name the corners of their hull, counter-clockwise, from the corner that comes first in the
# input; then point to the **end token** (结束符), an extra item with a learned encoding. How many corners there are is the
# network's own finding. Labels are from Andrew's monotone chain. Below, ten new points each: a solid line is the predicted
# hull; where it is wrong, a dashed grey one is the truth, and a ring marks each corner missed or wrongly taken.

# %%
hull = pointer_hull.MODEL
hull_params = saved["pointer-hull"][0].params(hull.init(rng))
problems = pointer_hull.sample(np.random.default_rng(5), 60, 10)
found = decode(hull, hull_params, problems.X)
truth = [
    row[: length - 1] for row, length in zip(problems.targets, problems.lengths, strict=True)
]
right = np.array(
    [same_polygon(row[row >= 0], true) for row, true in zip(found.indices, truth, strict=True)]
)
some = np.concatenate([np.flatnonzero(right)[:3], np.flatnonzero(~right)[:3]])

figure, axes = plots.new_figure(2, 3, size=(8.0, 5.4))
for ax, k in zip(axes.flat, some, strict=True):
    points, corners = problems.X[k] / 8 + 0.5, found.indices[k][found.indices[k] >= 0]
    if not right[k]:
        ax.plot(*points[np.append(truth[k], truth[k][0])].T, "--", color=plots.GREY, lw=2)
        ax.plot(
            *points[np.setxor1d(truth[k], corners)].T,
            "o",
            mfc="none",
            mec=plots.RED,
            mew=2,
            ms=13,
        )
    ax.plot(
        *points[np.append(corners, corners[0])].T, color=plots.BLUE if right[k] else plots.RED
    )
    ax.plot(*points.T, "o", color="black", ms=4)
    ax.set_title("right" if right[k] else "wrong", color=plots.BLUE if right[k] else plots.RED)
    ax.set(aspect="equal", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
    ax.set_axis_off()
figure.suptitle(f"Hulls of ten points; {right.sum()} of these 60 sets were right")
plots.save(figure, "03_hulls")

# %% [markdown]
# Most misses are a corner that sticks out very little, or one that is taken although it lies just inside. That is why the
# **area** that predicted hulls cover is far closer to 100 % than the share of hulls that are exactly right.
#
# ## Round trips · 旅行商问题
#
# The shortest round trip through $n$ cities, from city 0, counter-clockwise. Labels are exact, from dynamic programming
# over sets of cities. Decoding keeps the best four sequences at each step (**beam search**, 束搜索) and forbids a city
# that was visited, so every answer is a tour.

# %%
tsp = pointer_tsp.MODEL
tsp_params = saved["pointer-tsp"][0].params(tsp.init(rng))
problems = pointer_tsp.sample(np.random.default_rng(6), 60, 10)
tours = decode(tsp, tsp_params, problems.X, beam=pointer_tsp.BEAM, no_repeat=True).indices
ratio = tour_lengths(problems.X, tours) / tour_lengths(problems.X, problems.targets)
some = np.argsort(ratio)[[0, 20, 40, 50, 55, 59]]

figure, axes = plots.new_figure(2, 3, size=(8.0, 5.6))
for ax, k in zip(axes.flat, some, strict=True):
    points, best = problems.X[k] / 8 + 0.5, ratio[k] < 1 + 1e-9
    if not best:
        ax.plot(*points[np.append(problems.targets[k], 0)].T, "--", color=plots.GREY, lw=2)
    ax.plot(*points[np.append(tours[k], 0)].T, color=plots.BLUE if best else plots.RED)
    ax.plot(*points.T, "o", color="black", ms=4)
    title = "shortest" if best else f"{100 * (ratio[k] - 1):.1f} % longer"
    ax.set_title(title, color=plots.BLUE if best else plots.RED)
    ax.set(aspect="equal", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
    ax.set_axis_off()
figure.suptitle("Tours of ten cities, from the best to the worst of 60; dashed: the shortest")
plots.save(figure, "03_tours")

# %% [markdown]
# ## Every run · 全部结果
#
# Three seeds each, all of them, on 2,000 fresh instances: `nnmem train pointer-sort --seed 0` and so on. Sorting and hulls are
# decoded greedily, with nothing forbidden. For hulls the paper has 92.0 % right and 99.6 % of the area at $n=5$, 87.0 % and
# 99.8 % at $n=10$, with one network of 512 LSTM units trained on $n$ from 5 to 50; here it is 128 units on $n$ from 5 to 10.

# %%
for name, runs in saved.items():
    print(
        f"\n{name:<13}"
        + "".join(f"{metric:>16}" for metric in runs[0].metrics)
        + f"{'seconds':>10}"
    )
    for result in runs:
        print(
            f"  seed {result.seed:<6}"
            + "".join(f"{x:16.4f}" for x in result.metrics.values())
            + f"{result.seconds:10.0f}"
        )

# %%
figure, axes = plots.new_figure(1, 3, size=(9.0, 3.2))
for ax, (name, runs) in zip(axes, saved.items(), strict=True):
    for result in runs:
        curve = (
            result.history["loss"][: len(result.history["loss"]) // 10 * 10]
            .reshape(-1, 10)
            .mean(axis=1)
        )
        ax.plot(np.arange(1, len(curve) + 1), curve, lw=1, label=f"seed {result.seed}")
    ax.set(
        xlabel="thousand steps",
        yscale="log",
        title=name,
        yticks=(ticks := (0.1, 0.2, 0.5, 1, 2, 4)),
    )
    ax.set_yticklabels(map(str, ticks))
    ax.minorticks_off()
axes[0].set_ylabel("−log p(c | x), in nats")
axes[0].legend()
figure.suptitle("Learning curves, means of 1,000 steps")
plots.save(figure, "03_learning")

# %% tags=["result"]
worst = max(
    row.error for row in [*report.rows, *model_report.rows] if row.oracle == "complex step"
)
print(f"Pair and model: largest relative error against the complex step {worst:.0e}.")
for name, metric in (
    ("pointer-sort", "exact_10"),
    ("pointer-hull", "accuracy_5"),
    ("pointer-hull", "accuracy_10"),
    ("pointer-tsp", "length_ratio_5"),
    ("pointer-tsp", "length_ratio_10"),
):
    print(
        f"{name}, {metric}: "
        + ", ".join(f"{result.metrics[metric]:.3f}" for result in saved[name])
        + f" (seeds 0 to {len(saved[name]) - 1})."
    )

# %% [markdown]
# ## Where the text is imprecise · 勘误
#
# - The example's output 1, 3, 2 is right for "largest first, places from 1"; the text does not say so.
# - (8.12) is written with $p(c_i\mid c_{1:i-1},\mathbf x_{1:n})$ on the left, which is (8.10); with a decoder that reads
#   $\mathbf x_{c_1},\dots,\mathbf x_{c_{i-1}}$ it is the factor of (8.11).
# - In (8.13) $\mathbf x_j$ is written for the input. In the network it is the encoder's output at input $j$, as in the paper's
#   equation (3).

# %% [markdown]
# ## Homework · 作业
#
# Three functions to write, from easy to hard (由易到难), each with a `my_` in front of the library's name: `nnmem.grade(globals())` grades all that are
# there, and `nnmem homework 8.10 8.12` prints blanks with all shapes.
#
# 1. The likelihood of a sequence (8.10) from the steps' $\log p$. Only the first `lengths` steps are real, if that is given. (序列的对数似然)
# 2. Its gradient, from a cache of your own. (对数似然的梯度)
# 3. The gradients of the pointer distribution, (8.12) and (8.13), for which the forward is given; no mask is needed beyond
#    what $-\infty$ in `log_p` tells. (指针分布的梯度)


# %%
def my_pointer_log_likelihood_forward(log_p, targets, lengths=None):
    raise NotImplementedError


def my_pointer_log_likelihood_backward(dL, cache):
    raise NotImplementedError


def my_pointer_distribution_forward(X, E, W, U, v, mask=None):
    log_p, _ = nnmem.pointer_distribution_forward(X, E, W, U, v, mask)
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])  # (..., m, n, h)
    return log_p, (X, E, W, U, v, A, log_p)


def my_pointer_distribution_backward(dlog_p, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))

# %% [markdown]
# A first try. It counts the places from 1, as the chapter does; it lets steps behind the end of a short sequence have a gradient; and it takes the
# softmax's gradient where the output is the *logarithm* of a softmax.


# %%
def my_pointer_log_likelihood_forward(log_p, targets, lengths=None):
    chosen = np.take_along_axis(log_p, targets[..., None] - 1, axis=-1)[..., 0]
    real = np.full(chosen.shape, True)
    if lengths is not None:
        real = np.arange(chosen.shape[-1]) < lengths[..., None]
    return np.where(real, chosen, 0).sum(axis=-1), (targets, real, log_p)


def my_pointer_log_likelihood_backward(dL, cache):
    targets, _, log_p = cache
    right_place = np.arange(log_p.shape[-1]) == targets[..., None]
    return dL[..., None, None] * right_place


def through_the_score(ds, cache):
    X, E, W, U, v, A, _ = cache
    dZ = ds[..., None] * v * (1 - A**2)
    over_steps, over_inputs = dZ.sum(axis=-3), dZ.sum(axis=-2)
    dW = over_steps.reshape(-1, len(v)).T @ X.reshape(-1, X.shape[-1])
    dU = over_inputs.reshape(-1, len(v)).T @ E.reshape(-1, E.shape[-1])
    return over_steps @ W, over_inputs @ U, dW, dU, ds.ravel() @ A.reshape(-1, len(v))


def my_pointer_distribution_backward(dlog_p, cache):
    p = np.exp(cache[-1])
    ds = p * (dlog_p - (p * dlog_p).sum(axis=-1, keepdims=True))
    return through_the_score(ds, cache)


first_try = nnmem.grade(globals())
print(first_try)
assert [row.verdict for row in first_try] == ["fail", "fail", "pass", "fail"]

# %% [markdown]
# The grader names all three. The last one it finds by asking of which *other* function these would be the right gradients: of $p=e^{\log p}$. (A backward beside a
# wrong forward is compared with that forward first, then with the formula.) Mended (改正之后), with $ds_{ij}=d\ell_{ij}-p_{ij}\sum_k d\ell_{ik}$, where an entry of $-\infty$ is constant:


# %%
def my_pointer_log_likelihood_forward(log_p, targets, lengths=None):
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    real = np.full(chosen.shape, True)
    if lengths is not None:
        real = np.arange(chosen.shape[-1]) < lengths[..., None]
    return np.where(real, chosen, 0).sum(axis=-1), (targets, real, log_p)


def my_pointer_log_likelihood_backward(dL, cache):
    targets, real, log_p = cache
    right_place = np.arange(log_p.shape[-1]) == targets[..., None]
    return dL[..., None, None] * (right_place & real[..., None])


def my_pointer_distribution_backward(dlog_p, cache):
    p = np.exp(cache[-1])
    dlog_p = np.where(p > 0, dlog_p, 0)
    return through_the_score(dlog_p - p * dlog_p.sum(axis=-1, keepdims=True), cache)


mended = nnmem.grade(globals())
print(mended)
assert mended
