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
# # 14 The chapter's exercises · 本章习题
#
# Two questions end the chapter: how many parameters has an LSTM (习题 8-1), and why does the energy of a Hopfield network go down
# (习题 8-2)? Each stands here three times: as a **blank** (待填代码) to fill in, with a cell that judges it; as a derivation or proof; and as numbers
# counted or tried out on the library.

# %%
import os

import numpy as np

import nnmem
from nnmem import plots
from nnmem.nn.lstm import LSTMState, lstm_backward, lstm_forward, lstm_init
from nnmem.nn.tree import leaves

QUICK = bool(os.environ.get("NNMEM_QUICK"))
rng = np.random.default_rng(81)
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## Exercise 8-1, the blank · 习题 8-1：自己试一试
#
# *How does the number of parameters of an LSTM depend on the number of its hidden neurons?* Write the two functions; the cell below counts
# for itself.


# %%
def lstm_size(d, h):
    """Number of parameters of an LSTM with inputs of length d and h hidden neurons."""
    raise NotImplementedError


def largest_hidden(d, budget):
    """The most hidden neurons that an LSTM with inputs of length d can have within a budget of parameters."""
    raise NotImplementedError


def judge_sizes():
    try:
        for d, h in ((1, 1), (3, 5), (40, 7), (7, 40)):
            counted = sum(leaf.size for _, leaf in leaves(lstm_init(rng, d, h)))
            if lstm_size(d, h) != counted:
                return f"lstm_size({d}, {h}) is {lstm_size(d, h)}, counted {counted}"
        for d, budget in ((3, 1000), (100, 10**6), (1, 12), (1, 11)):
            h = largest_hidden(d, budget)
            if not lstm_size(d, h) <= budget < lstm_size(d, h + 1):
                return f"largest_hidden({d}, {budget}) is {h}, whose LSTM has {lstm_size(d, h)} parameters"
    except NotImplementedError:
        return "not written yet"
    return "right"


print(judge_sizes())

# %% [markdown]
# ## Exercise 8-1, the answer · 习题 8-1：解答
#
# Four maps of the same shape make an LSTM: three gates and a candidate, each $\mathbb R^{d}\times\mathbb R^{h}\to\mathbb R^{h}$,
#
# $$\mathbf i,\mathbf f,\mathbf o=\sigma(W\mathbf x_t+U\mathbf h_{t-1}+\mathbf b),\qquad
# \tilde{\mathbf c}=\tanh(W_c\mathbf x_t+U_c\mathbf h_{t-1}+\mathbf b_c).$$
#
# Each has $hd$ weights from the input, $h^2$ from the hidden state and $h$ biases:
#
# $$P(h)=4\,(hd+h^2+h)=4h\,(h+d+1).$$
#
# So the number of parameters is **quadratic** in the hidden size (二次增长): linear, $4hd$, as long as $h\ll d$, and $4h^2$ once $h\gg d$; twice the neurons cost
# between two and four times the parameters. The memory that they buy, the cell $\mathbf c$, has only $h$ entries: this is the coupling of capacity and
# parameters that external memory (8.3) cuts.
#
# Who counts in PyTorch finds $4h$ more: `torch.nn.LSTM` adds two bias vectors, one to $W\mathbf x_t$ and one to $U\mathbf h_{t-1}$, where one would do, and so has $4h(h+d+2)$.
# Solving $P(h)\le B$ for $h$:
#
# $$h\le\tfrac12\Bigl(\sqrt{(d+1)^2+B}-(d+1)\Bigr).$$


# %%
def lstm_size(d, h):
    return 4 * h * (h + d + 1)


def largest_hidden(d, budget):
    h = int((np.sqrt((d + 1) ** 2 + budget) - (d + 1)) / 2)
    return h if lstm_size(d, h + 1) > budget else h + 1  # the root is rounded


print(judge_sizes())
assert judge_sizes() == "right"

# %% [markdown]
# What was counted is what learns: the gradient check goes through every one of these parameters.

# %%
params = lstm_init(rng, 3, 4, dtype=np.float64)
state = LSTMState(rng.normal(size=(2, 4)), rng.normal(size=(2, 4)))
report = nnmem.check_gradients(
    lstm_forward, lstm_backward, rng.normal(size=(5, 2, 3)), state, params
)
print(report)
checked = sum(leaf.size for _, leaf in leaves(params))
print(f"parameters in the check: {checked}, formula: {lstm_size(3, 4)}")
assert report and checked == lstm_size(3, 4)

# %%
hidden = np.unique(np.logspace(0, 2.5 if QUICK else 3, 13).astype(int))
figure, (left, right) = plots.new_figure(1, 2, size=(9.0, 3.6))
slopes = {}
for d, colour in ((10, plots.BLUE), (100, plots.ORANGE), (1000, plots.GREEN)):
    counted = np.array(
        [sum(leaf.size for _, leaf in leaves(lstm_init(rng, d, int(h)))) for h in hidden]
    )
    assert np.array_equal(counted, lstm_size(d, hidden))
    left.loglog(hidden, counted, "o", ms=4, color=colour, label=f"counted, d = {d}")
    left.loglog(hidden, lstm_size(d, hidden), "-", lw=1, color=colour)
    slopes[d] = lstm_size(d, 2 * hidden) / lstm_size(d, hidden)
    right.semilogx(hidden, slopes[d], "-", color=colour, label=f"d = {d}")
    right.axvline(d, color=colour, ls=":", lw=1)
left.loglog(hidden, 4.0 * hidden**2, "k:", lw=1, label="4h²")
left.set(xlabel="hidden neurons h", ylabel="parameters", title="Counted, and 4h(h + d + 1)")
left.legend(fontsize=8)
right.set(
    xlabel="hidden neurons h",
    ylabel="P(2h) / P(h)",
    title="What twice the neurons cost",
    ylim=(1.9, 4.1),
)
right.legend(fontsize=8)
plots.save(figure, "14_lstm_parameters")

# %% [markdown]
# 图中文字对照：hidden neurons，隐藏神经元数；parameters，参数量；counted，数得；what twice the neurons cost，神经元加倍时参数的倍数。
#
# The dotted lines on the right stand at $h=d$: there growth turns from linear (2 times) to quadratic (4 times).
#
# ## Exercise 8-2, the blank · 习题 8-2：自己试一试
#
# *Prove that the energy of a Hopfield network decreases over time.* Before the proof, the quantity that it is about: by how much does the energy change
# when neuron $k$ is updated by (8.14)? Write it from the state before the update, in $O(m)$, without computing an energy twice.


# %%
def energy_change(s, W, b, k):
    """E after the update of neuron k by (8.14), minus E before it."""
    raise NotImplementedError


def random_network(m):
    W = rng.normal(size=(m, m))
    W = (W + W.T) / 2
    np.fill_diagonal(W, 0)
    nnmem.check_hopfield_weights(W)
    return W, rng.normal(size=m), rng.choice([-1.0, 1.0], size=m)


def energy(s, W, b):
    return nnmem.hopfield_energy_forward(s, W, b)[0]


def judge_change():
    try:
        for m in (2, 3, 5, 20):
            for _ in range(5):
                W, b, s = random_network(m)
                k = int(rng.integers(m))
                after = s.copy()
                after[k] = nnmem.hopfield_update_forward(s, W, b)[0][k]
                expected, got = energy(after, W, b) - energy(s, W, b), energy_change(s, W, b, k)
                if not np.isclose(got, expected, atol=1e-10):
                    return f"m = {m}: expected {expected:.4f}, got {got:.4f}"
    except NotImplementedError:
        return "not written yet"
    return "right"


print(judge_change())

# %% [markdown]
# ## Exercise 8-2, the proof · 习题 8-2：证明
#
# Let neuron $k$ change from $s_k$ to $s_k'$, all others staying as they are, and $\Delta=s_k'-s_k$. Its local field (局部场) is $h_k=\sum_j w_{kj}s_j+b_k$.
#
# 1. *What of the energy (8.17) contains $s_k$?* The double sum has row $k$ and column $k$. Because $w_{kj}=w_{jk}$ they are equal, which cancels the $\tfrac12$; because
#    $w_{kk}=0$ nothing stands where they cross:
#    $$E=-s_k\Bigl(\sum_{j}w_{kj}s_j+b_k\Bigr)+\text{(terms without }s_k)=-s_k h_k+\dots$$
#    and $h_k$ itself does not contain $s_k$, again because $w_{kk}=0$.
# 2. *Hence* $\Delta E=-\Delta\,h_k$.
# 3. *The rule (8.14)* sets $s_k'=+1$ if $h_k\ge0$ and $-1$ if $h_k<0$. Either nothing changes, $\Delta=0$ and $\Delta E=0$; or $s_k$ flips, then $\Delta=2s_k'$ has the sign of $h_k$ (or $h_k=0$), and
#    $$\Delta E=-2|h_k|\le0.\qquad\blacksquare$$
#
# *And it stops.* A flip with $\Delta E=0$ needs $h_k=0$ and goes from $-1$ to $+1$; there can be at most $m$ such flips in a row. All others lower $E$, of which there are finitely many values,
# $2^m$ states at most. So after finitely many flips nothing changes: $E$ is a Lyapunov function (Lyapunov（李雅普诺夫）函数), and the network rests in a local minimum.


# %%
def energy_change(s, W, b, k):
    h = W[k] @ s + b[k]
    return -((1 if h >= 0 else -1) - s[k]) * h


print(judge_change())
assert judge_change() == "right"

# %% [markdown]
# ### Over random networks · 随机网络上的检验
#
# Every flip of every retrieval: never upwards, and each drop equal to $2|h_k|$. And the energy's gradient, from which $h_k$ can be read, is checked like every other
# ($-\partial E/\partial s_k=h_k$).

# %%
W, b, s = random_network(6)
assert nnmem.check_gradients(
    nnmem.hopfield_energy_forward, nnmem.hopfield_energy_backward, s, W, b
)

networks, flips, highest, worst = 40 if QUICK else 400, 0, -np.inf, 0.0
for _ in range(networks):
    W, b, s = random_network(int(rng.integers(2, 60)))
    states, energies, rests = nnmem.hopfield_retrieve(s, W, b, rng=rng, record="flip")
    assert rests
    steps = np.diff(energies)
    flips, highest = flips + len(steps), max(highest, steps.max(initial=-np.inf))
    for before, after, step in zip(states[:-1], states[1:], steps, strict=True):
        [k] = np.flatnonzero(before != after)
        worst = max(worst, abs(step + 2 * abs(W[k] @ before + b[k])) / max(1.0, abs(step)))
print(
    f"{flips} flips in {networks} networks: largest change of the energy {highest:.2g}, ΔE = −2|h| to {worst:.0e}"
)
assert highest < 0 and worst < 1e-11

# %% [markdown]
# ### What of the diagonal? · 对角线：$w_{kk}\ge0$ 就够了
#
# With $w_{kk}\ne0$ the term $-\tfrac12w_{kk}s_k^2$ is the same for $s_k=\pm1$, so it changes no energy; but $h_k$ now contains $w_{kk}s_k$, the neuron's own vote. Without it the field is $h_k-w_{kk}s_k$, and step 2 of the proof reads
#
# $$\Delta E=-\Delta\,(h_k-w_{kk}s_k).$$
#
# A neuron that flips has $s_k=-s_k'$, $\Delta=2s_k'$ and $s_k'h_k=|h_k|$, hence $\Delta E=-2|h_k|-2w_{kk}$. So $w_{kk}=0$ is more than is needed: **$w_{kk}\ge0$ suffices**. A neuron that believes itself flips less readily, and
# gains the more when it does. A negative $w_{kk}$ can carry it uphill, by up to $2|w_{kk}|$. Every state and every neuron of random networks, by enumeration:

# %%
m, tried = 6, 5 if QUICK else 40
every = np.where(np.arange(2**m)[:, None] >> np.arange(m) & 1, 1.0, -1.0)
uphill = {}
for diagonal in (-1.0, 0.0, 1.0, 3.0):
    turns = rises = 0
    for _ in range(tried):
        W, b, _ = random_network(m)
        np.fill_diagonal(W, diagonal)
        h = every @ W.T + b
        for k in range(m):
            turned = every[(h[:, k] >= 0) != (every[:, k] > 0)]
            after = turned.copy()
            after[:, k] *= -1
            change = energy(after, W, b) - energy(turned, W, b)
            assert np.allclose(change, -2 * np.abs(turned @ W[k] + b[k]) - 2 * diagonal)
            turns, rises = turns + len(turned), rises + int((change > 1e-9).sum())
    uphill[diagonal] = (rises, turns)
    print(f"w_kk = {diagonal:+.0f}: {rises} of {turns} flips raise the energy")
assert all(uphill[diagonal][0] == 0 for diagonal in (0.0, 1.0, 3.0)) and uphill[-1.0][0] > 0

# %% [markdown]
# ### All at once: rest, or a cycle of two · 同步更新：静止或周期为 2
#
# The energy may rise when all neurons update at once (8.16). Where does that end? Look at two states in a row, and at
#
# $$L_t=-\mathbf s_t^\top W\mathbf s_{t-1}-\mathbf b^\top(\mathbf s_t+\mathbf s_{t-1}).$$
#
# 1. With $W=W^\top$, $\;L_{t+1}-L_t=-(\mathbf s_{t+1}-\mathbf s_{t-1})^\top(W\mathbf s_t+\mathbf b)=-\sum_i(s_{t+1,i}-s_{t-1,i})\,h_{t,i}$.
# 2. By (8.16) $s_{t+1,i}$ has the sign of $h_{t,i}$. So each term of the sum is zero, if $s_{t+1,i}=s_{t-1,i}$, or $2|h_{t,i}|$: **$L$ never rises**. The diagonal was not asked.
# 3. If $L$ stays the same and still $\mathbf s_{t+1}\ne\mathbf s_{t-1}$, the neurons that differ have $h_{t,i}=0$, and those are set to $+1$: the number of $+1$s in the two states together has grown.
# 4. So the pair ($L_t$, minus the number of $+1$s in $\mathbf s_t$ and $\mathbf s_{t-1}$) falls lexicographically until $\mathbf s_{t+1}=\mathbf s_{t-1}$. There are finitely many states: this happens, and from then on
#    the states alternate. Either the two are equal, rest, or the network **blinks with period two**. $\blacksquare$
#
# Every start of random networks, with whole numbers as weights so that ties occur, and with diagonals of either sign:

# %%
m = 8
every = np.where(np.arange(2**m)[:, None] >> np.arange(m) & 1, 1.0, -1.0)
ends = {1: 0, 2: 0}
for _ in range(10 if QUICK else 100):
    W = rng.integers(-3, 4, (m, m)).astype(float)
    W, b = np.triu(W) + np.triu(W, 1).T, rng.integers(-1, 2, m).astype(float)
    before, now = every, nnmem.hopfield_update_forward(every, W, b)[0]
    for _ in range(2**m):
        after = nnmem.hopfield_update_forward(now, W, b)[0]
        L = [-(x * (y @ W)).sum(1) - (x + y) @ b for x, y in ((now, before), (after, now))]
        assert (L[1] <= L[0]).all()
        if (after == before).all():
            break
        before, now = now, after
    assert (after == before).all()
    ends[1] += int((now == before).all(axis=1).sum())
    ends[2] += int((now != before).any(axis=1).sum())
print(
    f"{sum(ends.values())} starts: {ends[1]} end at rest, {ends[2]} in a cycle of two, none otherwise"
)
assert ends[1] and ends[2]

# %% [markdown]
# ### Where the proof needs what · 证明用到了哪些条件
#
# One neuron at a time, symmetric weights, no negative self-connection: that is what the proof needs. Without the first the energy may rise on its way to the cycle of two, without the second it may rise and fall for ever:


# %%
def one_at_a_time(s, W, b, sweeps):
    s, energies = s.copy(), [energy(s, W, b)]
    for _ in range(sweeps):
        for k in range(len(s)):
            s[k] = 1 if W[k] @ s + b[k] >= 0 else -1
            energies.append(energy(s, W, b))
    return np.array(energies)


def all_at_once(s, W, b, steps):
    energies = [energy(s, W, b)]
    for _ in range(steps):
        s = nnmem.hopfield_update_forward(s, W, b)[0]
        energies.append(energy(s, W, b))
    return np.array(energies)


m, lines, sweeps = 40, 8, 4
kinds = ("symmetric, one at a time", "symmetric, all at once", "asymmetric, one at a time")
figure, axes = plots.new_figure(1, 3, size=(10.0, 3.4), sharey=True)
rising = dict.fromkeys(kinds, 0.0)
for line in range(lines):
    W, _, s = random_network(m)
    b, crooked = np.zeros(m), rng.normal(size=(m, m)) * np.sqrt(0.5)
    np.fill_diagonal(crooked, 0)
    curves = (
        one_at_a_time(s, W, b, sweeps),
        all_at_once(s, W, b, sweeps * 4),
        one_at_a_time(s, crooked, b, sweeps),
    )
    for ax, kind, curve in zip(axes, kinds, curves, strict=True):
        time = np.linspace(0, sweeps if "one" in kind else sweeps * 4, len(curve))
        ax.plot(time, curve / m, lw=1, color=plots.COLOURS[line % len(plots.COLOURS)])
        rising[kind] += np.mean(np.diff(curve) > 1e-9) / lines
for ax, kind in zip(axes, kinds, strict=True):
    ax.set_title(kind, fontsize=11)
    ax.set_xlabel("sweep over all neurons" if "one" in kind else "step of all neurons")
axes[0].set_ylabel("energy / m")
plots.save(figure, "14_energy")
for kind, share in rising.items():
    print(f"{kind}: {share:.1%} of the updates raise the energy")
assert rising[kinds[0]] == 0 and min(rising[kinds[1]], rising[kinds[2]]) > 0

# %% [markdown]
# 图中文字对照：symmetric，对称；asymmetric，不对称；one at a time，逐个更新；all at once，同时更新；sweep over all neurons，所有神经元更新一遍；step of all neurons，所有神经元的一步；energy / m，能量除以 m。

# %% tags=["result"]
print(
    f"8-1: 4h(h + d + 1) parameters, counted on {3 * len(hidden)} LSTMs; a million parameters buy {largest_hidden(100, 10**6)} neurons at d = 100."
)
print(
    f"8-2: {flips} flips in {networks} random networks, none raised the energy; each lowered it by 2|h| to {worst:.0e}."
)
print(
    f"     A diagonal of +3 raised it in {uphill[3.0][0]} of {uphill[3.0][1]} flips, one of -1 in {uphill[-1.0][0]} of {uphill[-1.0][1]}."
)
print(
    f"     All at once: {ends[1]} starts ended at rest, {ends[2]} in a cycle of two, none otherwise."
)
print(
    f"     Synchronously {rising[kinds[1]]:.0%} of the steps raise it, with asymmetric weights {rising[kinds[2]]:.0%} of the updates."
)

# %% [markdown]
# ## Where the text is imprecise · 教材原文的疏漏与说明
#
# - "Monotonically decreasing" (单调递减) holds for asynchronous updates alone, and is *non-increasing*: most updates change nothing, and a tie ($h_k=0$) flips a neuron at equal energy. Synchronous updates (8.16) may
#   raise the energy, as the middle picture shows.
# - The text names symmetry as what matters. The diagonal matters too, but only its sign: $w_{kk}\ge0$ suffices, a negative $w_{kk}$ can turn a neuron uphill.
