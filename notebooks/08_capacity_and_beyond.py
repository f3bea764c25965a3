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
# # 5 Capacity and beyond · 存储容量及其扩展
#
# Section 8.2.3 ends with a paragraph of claims: a Hopfield network holds $0.14m$ patterns, a Boltzmann machine $0.6m$, better
# learning reaches $O(m)$, connections of order $K$ reach $O(m^{K-1})$, complex numbers raise the capacity. Here each claim meets a
# measurement. Long ones were made by `nnmem train NAME --json`; their figures are in `results/NAME.json`, and the same command
# makes them again.

# %%
import json
import os
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots, recipes
from nnmem.recipes.associative import (
    dense_capacity,
    hopfield_basins,
    hopfield_capacity,
    hopfield_tsp,
)
from nnmem.recipes.associative.holographic_capacity import capacity
from nnmem.recipes.measurement import series
from nnmem.recipes.result import Result
from nnmem.tasks.patterns import flip, glyphs, random_patterns
from nnmem.tasks.tsp import shortest_tours

QUICK = bool(os.environ.get("NNMEM_QUICK"))
rng = np.random.default_rng(8)
np.set_printoptions(precision=4, suppress=True)
measured = {
    path.stem: Result(**json.loads(path.read_text()))
    for path in sorted(Path("results").glob("*.json"))
    if path.stem in recipes.table()
}

# %% [markdown]
# ## Capacity 0.14 m · 网络容量 0.14m
#
# Store $N$ random patterns by Hebb's rule. At a stored pattern the local field is the pattern itself plus noise from the $N-1$ others:
# $h_i/x_i \approx 1+\mathcal N(0, N/m)$ (weights scaled by $1/m$). A few neurons have noise above one and flip; that makes more noise.
# Whether the avalanche stops is decided by the load $\alpha=N/m$. Statistical mechanics (Amit, Gutfreund and
# Sompolinsky 1985) gives, for $m\to\infty$ and with $y$ the signal in units of $\sqrt2$ times the noise,
#
# $$\text{overlap}=\operatorname{erf}(y),\qquad \sqrt{2\alpha}=\frac{\operatorname{erf}(y)}{y}-\frac{2}{\sqrt\pi}e^{-y^2},$$
#
# which has a solution only up to $\alpha_c=0.138$: there retrieval does not fade, it breaks, from an overlap of 0.967.
# The chapter's $0.14m$ is this number. Finite networks hold on a little longer, and the cliff moves left as $m$ grows:

# %%
load, overlap = hopfield_capacity.theory_curve()
print(f"theory: breaks at load {load[-1]:.4f}, overlap {overlap[-1]:.3f}")
cliffs = hopfield_capacity.half_loads(measured["hopfield-capacity"].metrics)
print("half of the overlap is gone at load", {m: round(at, 3) for m, at in cliffs.items()})
figure = measured["hopfield-capacity"].plot()
figure.suptitle("Retrieval breaks near a load of 0.14")
plots.save(figure, "08_capacity")

assert abs(load[-1] - 0.138) < 5e-4 and abs(overlap[-1] - 0.967) < 1e-3
assert sorted(cliffs.values(), reverse=True) == list(
    cliffs.values()
)  # larger networks break earlier
again = recipes.run("hopfield-capacity", seed=1, sizes=[1000], trials=1).metrics
assert again[0]["overlap"] > 0.9 and again[-1]["overlap"] < 0.6

# %% [markdown]
# ## Basins and spurious states · 吸引域与伪状态
#
# Being stable is not enough, a memory must correct errors. Left: the share of patterns recalled from probes with more and more
# neurons flipped; the white line is one half. The basin shrinks long before the pattern itself is lost. Right: where random
# states end. At small loads many find a stored pattern, its inverse or a mixture; from a load of 0.08 on, none of the trials did.

# %%
figure = measured["hopfield-basins"].plot()
plots.save(figure, "08_basins")
basins = {
    row["load"]: hopfield_basins.basin(row) for row in measured["hopfield-basins"].metrics
}
print("largest share of flips from which half are recalled:", basins)
assert list(basins.values()) == sorted(basins.values(), reverse=True)
assert all(r["other"] == 1 for r in measured["hopfield-basins"].metrics if r["load"] >= 0.08)

# %% [markdown]
# ## Better learning: O(m) · 改进的学习算法
#
# Hebb's rule writes every pattern at full strength, whatever is there. **Storkey's rule** (Storkey 规则) subtracts what the
# network already knows; the **pseudo-inverse rule** (伪逆规则) projects onto the span of the patterns. Both are of order $m$; and
# where patterns are correlated, as digits are, Hebb fails at once. Dotted: a load of 0.14.

# %%
figure = measured["learning-rules"].plot()
plots.save(figure, "08_learning_rules")
half = {}
for rule in ("Hebb", "Storkey", "pseudo-inverse"):
    N, share = series(
        measured["learning-rules"].metrics, "N", "recalled", patterns="random", rule=rule
    )
    half[rule] = float(np.interp(-0.5, -np.minimum.accumulate(share), N / 200))
print(
    "half of the random patterns are recalled from 10 % flips up to a load of",
    {k: round(v, 2) for k, v in half.items()},
)
assert half["Hebb"] < half["Storkey"] < half["pseudo-inverse"]

# %% [markdown]
# ## Higher orders: O(m^(K−1)) · 高阶连接
#
# With Hebb's weights (8.18) is, but for constants, $E=-\sum_n(\mathbf x^{(n)}\cdot\mathbf s)^2$. A **dense associative memory** (稠密联想记忆) puts
# a steeper function in place of the square: $E=-\sum_nF(\mathbf x^{(n)}\cdot\mathbf s)$. $F(o)=o^K$ connects $K$ neurons at a time and holds about
# $m^{K-1}/(2(2K-3)!!\ln m)$ patterns (Krotov and Hopfield 2016); $F=\exp$ holds exponentially many. The backward: with
# $do_n=-dE\,F'(o_n)$, $\;d\mathbf s=\sum_ndo_n\mathbf x^{(n)}$ and $d\mathbf x^{(n)}=do_n\mathbf s$.

# %%
report = nnmem.check_gradients(
    nnmem.dense_energy_forward,
    nnmem.dense_energy_backward,
    rng.normal(size=(3, 9)),
    rng.normal(size=(5, 9)),
    interaction=3,
)
assert report
rows = measured["dense-capacity"].metrics
slopes = {
    K: dense_capacity.slope(*dense_capacity.half_counts(rows, K)) for K in dense_capacity.ORDERS
}
print(
    "patterns at which half are recalled grow as m to the power",
    {K: round(p, 2) for K, p in slopes.items()},
)
sizes = np.array(dense_capacity.SIZES)
expected = {
    K: dense_capacity.slope(
        sizes, np.array([dense_capacity.theory(K, m) for m in sizes.tolist()])
    )
    for K in dense_capacity.ORDERS
}
print(
    "the formula, with its logarithm, on the same sizes:",
    {K: round(p, 2) for K, p in expected.items()},
)
figure = measured["dense-capacity"].plot()
figure.suptitle("Each order of connection adds a power of m")
plots.save(figure, "08_dense")
assert all(abs(p - expected[K]) < 0.5 for K, p in slopes.items())

# %% [markdown]
# ## The Boltzmann machine: 0.6 m · 玻尔兹曼机
#
# A Hopfield network that flips by chance: $p(\mathbf s)\propto e^{-E(\mathbf s)}$ with the energy (8.18). Learning follows the
# gradient of the log-likelihood, **Boltzmann's rule** (玻尔兹曼学习): $\Delta w_{ij}\propto\langle s_is_j\rangle_{\text{patterns}}-\langle s_is_j\rangle_{\text{model}}$,
# what is seen less what is dreamt. For up to 20 neurons the gradient can be had exactly, by enumeration, and checked; in training the second
# term comes from 100 chains of Gibbs sampling (吉布斯采样). Retrieval starts at the probe and cools (模拟退火).

# %%
state, weights, bias = rng.normal(size=(2, 8)), rng.normal(size=(8, 8)), rng.normal(size=8)
report = nnmem.check_gradients(
    nnmem.boltzmann_log_likelihood_forward,
    nnmem.boltzmann_log_likelihood_backward,
    state,
    weights,
    bias,
)
print(report)
assert report

X = random_patterns(4, 10, rng)
W, b = nnmem.boltzmann_train(X, rng, steps=300 if QUICK else 1000, lr=0.02)
p = np.exp(nnmem.boltzmann_log_likelihood_forward(X, W, b)[0])
print("probability of the four patterns among 1,024 states:", p, "together", p.sum().round(2))
assert p.sum() > 0.5 and p.min() > 0.05

figure = measured["boltzmann-capacity"].plot()
plots.save(figure, "08_boltzmann")
rows = measured["boltzmann-capacity"].metrics
load, stable = series(rows, "load", "stable", m=100)
_, annealed = series(rows, "load", "annealed", m=100)
limits = (
    float(load[stable >= 0.95].max()),
    float(np.interp(-0.5, -np.minimum.accumulate(annealed), load)),
)
print(
    f"m = 100: all but 5 % are fixed points up to a load of {limits[0]:.1f}; half are recalled from 10 % flips at {limits[1]:.2f}"
)

# %% [markdown]
# So what was reached: with 100 neurons nearly every pattern is a fixed point up to a load of 0.8, and half of them are recalled from
# probes with 10 % of the neurons flipped up to about the chapter's 0.6. At 0.6 itself recall is partial, and annealing is hardly better
# than going straight down. These are small networks; nothing here says what $m\to\infty$ would give. "A very long time to reach
# equilibrium" is true too: 3,000 sweeps of 100 chains for what Hebb's rule does in one product.
#
# ## The continuous network · 连续 Hopfield 网络
#
# Hopfield (1984): a neuron has an inner state $u$ and an output $v=\tanh(\beta u)$ that moves in time,
# $\dot{\mathbf u}=-\mathbf u+W\mathbf v+\mathbf b$. Its energy adds the leak as an integral,
# $E=-\tfrac12\mathbf v^\top W\mathbf v-\mathbf b^\top\mathbf v+\sum_i\int_0^{v_i}g^{-1}(x)\,dx$, and $\partial E/\partial\mathbf v=\mathbf u-W\mathbf v-\mathbf b=-\dot{\mathbf u}$:
# the velocity is downhill. From a grey, noisy probe:

# %%
patterns = glyphs()
W, _ = nnmem.hebbian_weights_forward(patterns)
assert nnmem.check_gradients(
    nnmem.continuous_hopfield_energy_forward,
    nnmem.continuous_hopfield_energy_backward,
    state,
    weights,
    bias,
    beta=1.4,
)
grey = 0.1 * patterns[1] + rng.normal(size=100) * 0.15
trajectory, energies, _ = nnmem.continuous_hopfield_retrieve(
    grey, W, np.zeros(100), 1.0, step=0.005, max_steps=100
)
assert (np.diff(energies) <= 0).all() and (np.sign(trajectory[-1]) == patterns[1]).all()
figure = plots.descent(trajectory, energies, unit="step")
figure.suptitle("The robot develops like a photograph")
plots.save(figure, "08_continuous")

# %% [markdown]
# ## The travelling salesman · 旅行商问题
#
# Hopfield and Tank (1985) made valleys of something that was never stored: tours. With $n^2$ neurons, $(x,i)$ on if city $x$ is stop
# $i$, the energy punishes a city in two stops, a stop in two cities, a wrong total, and length.
# A state is a tour only if it is a permutation matrix.

# %%
cities = np.random.default_rng(2).random((10, 2))
states = hopfield_tsp.settle(
    cities, D=200.0, stops=1.2, starts=5, rng=np.random.default_rng(3), every=20
)
tours, valid = nnmem.read_tour(states[-1])
shortest = shortest_tours(cities[None])[0][0]
best = int(np.where(valid, hopfield_tsp.lengths(cities, tours), np.inf).argmin())

figure, axes = plots.new_figure(1, 5, size=(10.0, 2.6), width_ratios=[1, 1, 1, 1.2, 1.2])
for ax, row in zip(axes, (1, 3, len(states) - 1), strict=False):
    ax.imshow(states[row, best].reshape(10, 10), cmap="gray_r", vmin=-1, vmax=1)
    ax.set(xlabel="stop", title=f"step {20 * row}", xticks=[], yticks=[])
axes[0].set_ylabel("city")
for ax, tour, title in ((axes[3], tours[best], "network"), (axes[4], shortest, "shortest")):
    way = cities[[*tour, tour[0]]]
    ax.plot(*way.T, "o-", color=plots.BLUE, ms=4)
    ax.set(
        title=f"{title}: {hopfield_tsp.lengths(cities, tour[None])[0]:.2f}",
        xticks=[],
        yticks=[],
        aspect="equal",
    )
plots.save(figure, "08_tsp_network")

figure = measured["hopfield-tsp"].plot()
plots.save(figure, "08_tsp")
for row in measured["hopfield-tsp"].metrics:
    if row["D"] in (200.0, 500.0):
        print(
            f"{row['cities']:>2} cities, D = {row['D']:.0f}, stops = {row['stops']} n: {row['valid']:.0%} of states are tours, "
            f"{row['ratio']:.2f} times the shortest (random tours {row['random']:.2f})"
        )

# %% [markdown]
# With the constants of Hopfield and Tank one state in eight is a tour of the ten cities; that their results are hard to
# reproduce has been reported ever since (Wilson and Pawley 1988). A smaller weight on length makes nearly every state a tour, and the
# tours longer: the terms pull against each other. As a solver it is poor; as a picture of optimisation by dynamics it is hard to beat.
#
# ## The modern Hopfield network is attention · 现代 Hopfield 网络即注意力
#
# Let states be real vectors and take $E=-\frac1\beta\log\sum_i e^{\beta\mathbf x_i^\top\mathbf s}+\frac12\mathbf s^\top\mathbf s$ (Ramsauer et al. 2020). Its gradient is
# $\mathbf s-X^\top\operatorname{softmax}(\beta X\mathbf s)$, so it rests where
#
# $$\mathbf s=\sum_i\frac{\exp(\beta\,\mathbf x_i^\top\mathbf s)}{\sum_j\exp(\beta\,\mathbf x_j^\top\mathbf s)}\mathbf x_i ,$$
#
# and the right-hand side is equation (8.9) with keys and values $X$ and query $\beta\mathbf s$. One step of this network is one
# attention. Two halves of the chapter meet here:

# %%
X, s = rng.normal(size=(3, 12, 6)), rng.normal(size=(3, 6))
step, alpha, _ = nnmem.modern_hopfield_forward(X, s, beta=2.0)
r, weights_of_attention, _ = nnmem.key_value_attention_forward(X, X, 2.0 * s)
difference = max(np.abs(step - r).max(), np.abs(alpha - weights_of_attention).max())
print(f"largest difference between one step and key-value attention (8.9): {difference:.0e}")
assert difference < 1e-12
assert nnmem.check_gradients(
    nnmem.modern_hopfield_forward, nnmem.modern_hopfield_backward, X, s, beta=0.5
)
assert nnmem.check_gradients(
    nnmem.modern_hopfield_energy_forward, nnmem.modern_hopfield_energy_backward, X, s, beta=0.5
)

figure = measured["modern-capacity"].plot()
figure.suptitle("In 48 dimensions one attention step finds one of 10,000 patterns")
plots.save(figure, "08_modern")
_, found = series(measured["modern-capacity"].metrics, "d", "within", N=10_000, d=48)
assert found > 0.95

# %% [markdown]
# ## Hetero-association and autoencoder · 异联想与自编码器
#
# A **bidirectional associative memory** (双向联想记忆) connects two layers: $\mathbf y=\operatorname{sign}(W^\top\mathbf x)$, $\mathbf x=\operatorname{sign}(W\mathbf y)$, until both rest. With digits in one
# layer and ten codes in the other it classifies, as the chapter says of hetero-association. A few independent patterns it recalls
# without error; on digits, which are correlated, resonance drifts into valleys that belong to no class. Reading the field $W^\top\mathbf x$ once,
# against the codes, is as good as comparing with the mean of each class, which is what Hebb's rule amounts to.
#
# Recall of stored digits (right): Hebb never starts, the pseudo-inverse is full well before $m=64$ digits, a dense memory with
# $F=\exp$ still recalls 93 % of 240. An **autoencoder** (自编码器) with 128 hidden units, trained with its hand-written gradients to undo
# flips, lies between.

# %%
figure = measured["digit-memory"].plot()
plots.save(figure, "08_digits")
row = measured["digit-memory"].metrics[0]
print(
    {
        name: f"{row[name]:.0%}"
        for name in ("resonance", "one pass", "field", "nearest prototype", "pseudo-inverse")
    }
)

X, Y = random_patterns(5, 200, rng), random_patterns(5, 100, rng)
x, y, energies, converged = nnmem.bidirectional_retrieve(
    flip(X, 0.1, rng), nnmem.bidirectional_weights(X, Y)
)
assert (
    converged.all()
    and (x == X).all()
    and (y == Y).all()
    and (np.diff(energies, axis=0) <= 0).all()
)

# %% [markdown]
# ## Complex numbers: holographic memory · 复数运算：全息缩减表示
#
# Plate (1995) **binds** (绑定) two vectors into a third of the same length, by circular convolution, $\mathbf c=\mathbf a\circledast\mathbf b$: in the frequency
# domain a product of complex numbers. Multiplying by the conjugate **unbinds** (解绑). Bound pairs are added up into one vector, a *trace*; what is unbound from it is
# noisy, and the nearest known item cleans it up. By hand, with $d=3$: $\mathbf a=(1,2,0)$, $\mathbf b=(0,1,1)$ gives
# $\mathbf c=(1\cdot0+2\cdot1+0\cdot1,\;1\cdot1+2\cdot0+0\cdot1,\;1\cdot1+2\cdot1+0\cdot0)=(2,1,3)$.

# %%
c, _ = nnmem.bind_forward(np.array([1, 2, 0]), np.array([0, 1, 1]))
print("a ⊛ b =", c)
assert np.allclose(c, [2, 1, 3])
for pair in ("bind", "unbind"):
    forward, backward = (getattr(nnmem, f"{pair}_{way}") for way in ("forward", "backward"))
    assert nnmem.check_gradients(
        forward, backward, rng.normal(size=(2, 7)), rng.normal(size=(2, 7))
    )

colour, shape, red, square = nnmem.holographic_items(4, 256, rng)
trace = nnmem.bind_forward(colour, red)[0] + nnmem.bind_forward(shape, square)[0]
answer = nnmem.unbind_forward(trace, colour)[0]
print(
    "what colour? similarity to colour, shape, red, square:",
    answer @ np.array([colour, shape, red, square]).T,
)
assert nnmem.clean_up(answer, np.array([colour, shape, red, square])) == 2

figure = measured["holographic-capacity"].plot()
figure.suptitle("The pairs in one trace grow with its dimension")
plots.save(figure, "08_holographic")
d, pairs = capacity(measured["holographic-capacity"].metrics, "unitary")
_, real = capacity(measured["holographic-capacity"].metrics, "signs")
print(
    f"d = {d[-1]}: {pairs[-1]:.0f} pairs with {d[-1] // 2} phases, {real[-1]:.0f} with {d[-1]} signs, 95 % right among 1,000"
)

# %% [markdown]
# The capacity is proportional to the dimension. Vectors whose transform is pure phases (unitary, Plate's complex form) unbind exactly,
# and for short vectors that is worth having; in a long trace the noise comes from the other pairs. Does it need complex numbers? The third
# curve binds vectors of $\pm1$ by multiplying them entry by entry, and holds as much with as many real numbers. A unitary vector of
# length $d$ is $d/2$ phases: a complex component holds twice what a real one holds, and takes twice the room. That complex
# numbers "effectively raise the capacity" is true per component, and not per stored number.

# %% tags=["result"]
print("the chapter says            measured here")
print(
    f"Hopfield 0.14 m             breaks at a load of {', '.join(f'{at:.3f} (m = {m})' for m, at in cliffs.items())}"
)
print(
    f"better learning O(m)        from 10 % flips: {', '.join(f'{rule} {at:.2f} m' for rule, at in half.items())}"
)
print(
    f"order K: O(m^(K-1))         {', '.join(f'K = {K}: m^{p:.2f}' for K, p in slopes.items())}"
)
print(
    f"Boltzmann machine 0.6 m     m = 100: fixed points up to {limits[0]:.1f} m, half recalled at {limits[1]:.2f} m"
)
print(f"one step is attention (8.9) difference {difference:.0e}")
print(
    f"complex numbers raise it    {d[-1] // 2} phases: {pairs[-1]:.0f} pairs; {d[-1]} signs: {real[-1]:.0f}, {d[-2]} signs: {real[-2]:.0f}"
)

# %% [markdown]
# ## Where the text is imprecise · 勘误
#
# - "$0.14m$" is the load at which retrieval breaks for $m\to\infty$, with 1.6 % of the neurons wrong just below it. Recall without any
#   error needs far smaller loads, of order $m/\ln m$.
# - "$O(m)$ by better learning": $0.14m$ is $O(m)$ too; what better rules improve is the factor, and what they do with correlations.
# - "$O(m^{K-1})$" is for recall with a small share of errors; without errors there is a $\ln m$ in the denominator, as in the formula above.

# %% [markdown]
# ## Homework · 作业
#
# Three functions to write, from easy to hard (由易到难), each with a `my_` in front of the library's name; the library's own may be used.
# `nnmem homework modern_hopfield storkey_weights boltzmann_log_likelihood` prints blanks with all shapes.
#
# 1. The update of the modern network, $\mathbf s'=X^\top\operatorname{softmax}(\beta X\mathbf s)$, by a single call of key-value attention; return $\mathbf s'$, the weights and a cache of
#    your own. (现代网络的更新)
# 2. Storkey's rule: $w_{ij}\leftarrow w_{ij}+\frac1m(x_ix_j-x_ih_{ji}-h_{ij}x_j)$ for one pattern after the other, where $h_{ij}=\sum_{k\ne i,j}w_{ik}x_k$, and $w_{ii}=0$. (Storkey 规则)
# 3. The gradients of the Boltzmann machine's log-likelihood, from the library's cache `s, W, b, every, p`: all $2^m$ states, one a row, and their probabilities. (玻尔兹曼学习)


# %%
def my_modern_hopfield_forward(X, s, beta=1.0):
    raise NotImplementedError


def my_storkey_weights(patterns):
    raise NotImplementedError


def my_boltzmann_log_likelihood_backward(dlog_p, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))

# %% [markdown]
# A first try: attention without a temperature; local fields that contain $k=i$ and $k=j$; and a machine that learns what is seen and never unlearns what it dreams, which is Hebb's rule.


# %%
def my_modern_hopfield_forward(X, s, beta=1.0):
    s_next, alpha, cache = nnmem.key_value_attention_forward(X, X, s)
    return s_next, alpha, cache


def my_storkey_weights(patterns):
    m = patterns.shape[1]
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        h = W @ x
        W = W + (np.outer(x, x) - np.outer(x, h) - np.outer(h, x)) / m
        np.fill_diagonal(W, 0)
    return W


def my_boltzmann_log_likelihood_backward(dlog_p, cache):
    s, W, b, *_ = cache
    seen = (dlog_p[..., None] * s).reshape(-1, len(b))
    ds = dlog_p[..., None] * (s @ (W + W.T) / 2 + b)
    return ds, seen.T @ s.reshape(-1, len(b)) / 2, seen.sum(axis=0)


first_try = nnmem.grade(globals())
print(first_try)
assert not any(row.verdict == "pass" for row in first_try)

# %% [markdown]
# Each diagnosis shows the line of the library that the answer comes from, and what it would have to say: $\beta$ left out; the $2w_{ij}$ by which whole products $W\mathbf x$ count
# $k=i$ and $k=j$ too often; the expectation $\langle s_is_j\rangle_p$ missing. Mended (改正之后), Storkey's rule as it is written:


# %%
def my_modern_hopfield_forward(X, s, beta=1.0):
    s_next, alpha, cache = nnmem.key_value_attention_forward(X, X, beta * s)
    return s_next, alpha, cache


def my_storkey_weights(patterns):
    m = patterns.shape[1]
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        h = (W @ x)[:, None] - W * x  # h[i, j] leaves out k = j; k = i is zero on the diagonal
        W = W + (np.outer(x, x) - x[:, None] * h.T - h * x) / m
        np.fill_diagonal(W, 0)
    return W


def my_boltzmann_log_likelihood_backward(dlog_p, cache):
    s, W, b, every, p = cache
    seen = (dlog_p[..., None] * s).reshape(-1, len(b))
    ds = dlog_p[..., None] * (s @ (W + W.T) / 2 + b)
    dreamt = dlog_p.sum() * (every.T * p) @ every
    db = seen.sum(axis=0) - dlog_p.sum() * p @ every
    return ds, (seen.T @ s.reshape(-1, len(b)) - dreamt) / 2, db


mended = nnmem.grade(globals())
print(mended)
assert mended
