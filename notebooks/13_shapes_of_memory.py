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
# # 13 Shapes of memory · 记忆的形状
#
# "The vectors of the memory can be organised as a set, a tree, a stack or a queue (集合、树、栈、队列)", says section 8.2.2. So far every memory was a **set**: attention finds a
# row by what stands in it, and the order of the rows means nothing. **What does a memory gain when its rows have an order?** A stack needs no search: what is wanted lies on
# top. But a stack is pushed or it is not, and what jumps has no gradient. The answer of Grefenstette et al. (2015): push a vector with a **strength** (强度) between 0 and 1.

# %%
import os
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots
from nnmem.models.structures.structured_memory import StructuredMemory
from nnmem.recipes.result import Result
from nnmem.recipes.structures import queue_copy, shape_training, stack_reversal, tree_search
from nnmem.tasks.sorted_keys import sorted_keys
from nnmem.tasks.word_orders import KINDS, Words, words

QUICK = bool(os.environ.get("NNMEM_QUICK"))
RESULTS = Path("results")
rng = np.random.default_rng(13)
np.set_printoptions(precision=4, suppress=True)

# %%
STEPS = (
    ("push $v_1$ with 0.8", (0.8,), (0.8,)),
    ("pop 0.1, push $v_2$ with 0.5", (0.7, 0.5), (0.5, 0.5)),
    ("pop 0.9, push $v_3$ with 0.9", (0.3, 0.0, 0.9), (0.1, 0.0, 0.9)),
)
figure, axes = plots.new_figure(1, 3, (9.5, 3.4), sharey=True)
for ax, (title, strengths, read) in zip(axes, STEPS, strict=True):
    bottom = 0.0
    for i, (s, k) in enumerate(zip(strengths, read, strict=True)):
        ax.bar(0, s, 0.6, bottom, color=plots.COLOURS[i], alpha=0.4, edgecolor="black")
        ax.bar(1, k, 0.6, bottom + s - k, color=plots.RED, alpha=0.5, edgecolor="black")
        if s:
            ax.text(0, bottom + s / 2, f"$v_{i + 1}$: {s}", ha="center", va="center")
            ax.text(1, bottom + s - k / 2, f"{k} $v_{i + 1}$", ha="center", va="center")
        bottom += s
    ax.set(title=title, xlim=(-0.5, 1.5), ylim=(0, 1.45))
    ax.set_xticks([0, 1], ["stack", "read"])
axes[0].set_ylabel("strength, from the bottom up")
plots.save(figure, "13_stack")

# %% [markdown]
# 图中文字对照：push，压栈；pop，出栈；stack，栈；read，读出；strength, from the bottom up，强度，自底向上。
#
# Three steps of a stack (figure 1 of the paper, redrawn). The third pops 0.9: the 0.5 of $v_2$, and 0.4 of $v_1$ below it. A read takes **one unit from the top** (red).
#
# # Stack · 栈
#
# $$a_i=\sum_{j>i}s_j\qquad s'_i=\max(0,\ s_i-\max(0,\ u-a_i))\qquad s'_{t+1}=d\qquad
# \mathbf r=\sum_i\min(s_i,\ \max(0,\ 1-a_i))\,\mathbf v_i$$
#
# $a_i$ is the strength above entry $i$. A pop $u$ (出栈) reaches an entry with what is left, $u-a_i$; a push (压栈) appends $d$. The vectors are never changed; only their strengths are.
#
# ## By hand · 手算
#
# The third step of the drawing, as a plain loop from the top down:

# %%
s, u, d = np.array([0.7, 0.5]), 0.9, 0.9
by_hand, left = s.copy(), u
for i in reversed(range(len(s))):
    taken = min(s[i], left)
    by_hand[i] -= taken
    left -= taken
    print(f"entry {i + 1}: strength {s[i]}, {taken:.1f} popped, {by_hand[i]:.1f} stays")
by_hand = np.append(by_hand, d)

V, room, r = np.eye(3), 1.0, np.zeros(3)
for i in reversed(range(3)):
    k = min(by_hand[i], room)
    r += k * V[i]
    room -= k
print("strengths", by_hand, " read", r)

s_next, _ = nnmem.stack_update_forward(s, u, d)
read, _ = nnmem.stack_read_forward(V, s_next)
assert np.allclose(s_next, by_hand) and np.allclose(read, r) and np.allclose(r, [0.1, 0, 0.9])

# %% [markdown]
# # Queue and deque · 队列与双端队列
#
# A queue is popped and read at the other end: the same formulas with $b_i=\sum_{j<i}s_j$, the strength *before* an entry. A deque has both ends: it is popped at the top, then at the bottom,
# then pushed at both. With whole strengths all three are what every programmer knows:

# %%
s = np.ones(3)
print("stack: pop 1, push 1:", nnmem.stack_update_forward(s, 1, 1)[0])
print("queue: pop 1, push 1:", nnmem.queue_update_forward(s, 1, 1)[0])
print("deque: pop both ends, push both:", nnmem.deque_update_forward(s, 1, 1, 1, 1)[0])
V = np.arange(1.0, 4)[:, None]
print(
    "top and front of 1, 2, 3:",
    nnmem.stack_read_forward(V, s)[0],
    nnmem.queue_read_forward(V, s)[0],
)
print("both, by a deque:", *nnmem.deque_read_forward(V, s)[:2])

# %% [markdown]
# ## The backward, step by step · 反向传播的逐步推导
#
# Everything is made of $\max$, $\min$ and sums. Let $\mathbf g$ be the gradient of $s'$. Where $s_i>\max(0,u-a_i)$ something stays, and $s'_i=s_i-\max(0,u-a_i)$; elsewhere $s'_i=0$, whatever moves. So
# keep $g_i$ where something stays and put zero elsewhere. Of these, an entry with $u\ge a_i$ is reached by the pop: $s'_i=s_i-u+a_i$. Call its part $h_i$ ($g_i$ if reached, else 0). Then
#
# $$\frac{\partial L}{\partial u}=-\sum_i h_i\qquad
# \frac{\partial L}{\partial s_j}=g_j+\sum_{i}h_i\frac{\partial a_i}{\partial s_j}=g_j+\sum_{i<j}h_i\qquad
# \frac{\partial L}{\partial d}=g_{t+1}.$$
#
# The sum says: strength that lies above would have been popped in its place. For the read, with $k_i=\min(s_i,\max(0,1-a_i))$ and $dk_i=\mathbf v_i^\top d\mathbf r$: an entry read whole
# ($k_i=s_i$) feels its own strength, one that is cut off ($k_i=1-a_i$) feels $-1$ for every strength above it:
#
# $$\frac{\partial L}{\partial s_j}=[k_j=s_j]\,dk_j-\sum_{i<j}[0\le 1-a_i<s_i]\,dk_i\qquad \frac{\partial L}{\partial\mathbf v_i}=k_i\,d\mathbf r.$$
#
# Forward and backward sums $\sum_{j>i}$ and $\sum_{i<j}$ are running sums: the cost of a step is linear in the number of entries.
#
# **Kinks** (拐点). At $u=a_i$ or $s_i=1-a_i$ the slopes left and right differ. Not a rare case: an ordinary stack, with strengths 0 and 1, stands on a kink all the time. The library takes, of the two, the
# derivative towards **weaker strengths and stronger pops**, which is the way that is open to a strength of 1.

# %%
s, u, d, V = (
    rng.uniform(0, 0.5, (2, 5)),
    rng.random(2),
    rng.random(2),
    rng.normal(size=(2, 5, 3)),
)
for name, args in {
    "stack_update": (s, u, d),
    "stack_read": (V, s),
    "queue_update": (s, u, d),
    "queue_read": (V, s),
}.items():
    pair = (getattr(nnmem, f"{name}_{way}") for way in ("forward", "backward"))
    report = nnmem.check_gradients(*pair, *args)
    assert report
    print(f"{name:13} largest relative error {max(row.error for row in report.rows):.0e}")
assert nnmem.check_gradients(
    nnmem.deque_update_forward, nnmem.deque_update_backward, s, u, d, 1 - u, d
)
assert nnmem.check_gradients(nnmem.deque_read_forward, nnmem.deque_read_backward, V, s)

step, whole = 2.0**-10, np.array([1.0, 1.0])
_, cache = nnmem.stack_read_forward([[2.0], [5.0]], whole)
_, ds = nnmem.stack_read_backward([1.0], cache)
less = [nnmem.stack_read_forward([[2.0], [5.0]], whole - step * e)[0] for e in np.eye(2)]
print("at a kink:", ds, " difference towards less:", [float((5 - r[0]) / step) for r in less])
assert np.array_equal(ds, [(5 - r[0]) / step for r in less])

# %% [markdown]
# # A controller that pushes and pops · 会压栈和出栈的控制器
#
# An LSTM reads one input a step. From its state $\mathbf h_t$ come a pop strength $u$ and a push strength $d$ (through $\sigma$) and a vector $\mathbf v$ (through $\tanh$); then the memory is
# popped, pushed and read, and what was read goes to the output and into the next step. Nobody says when to push:
#
# $$u,d=\sigma(W\mathbf h_t+\mathbf b)\qquad\mathbf v=\tanh(W\mathbf h_t+\mathbf b)\qquad\mathbf y_t=W_y[\mathbf h_t;\mathbf r_t]+\mathbf b_y$$

# %%
model = StructuredMemory(3, 2, 4, 3, "stack")
report = nnmem.check_gradients(
    model.forward, model.backward, model.init(rng, np.float64), rng.normal(size=(6, 2, 3))
)
print(f"controller and stack, all parameters: {max(row.error for row in report.rows):.0e}")
assert report

# %% [markdown]
# ## A word backwards, a word again · 倒着说，照样说
#
# Words of 4 to 12 symbols out of 8, then a mark; the stack is asked for the word backwards, the queue for the word as it came (`nnmem train stack-reversal --seed 0`, `nnmem train queue-copy --seed 0`; seeds 0 to 4).
# Beside them, after as many training steps: an LSTM of as many parameters, and an LSTM of the same hidden size that attends to its own states so far: a memory that is a set. A word counts if **every** symbol is right; 1,000 new words of each length.

# %%
SEEDS = range(5)
TASKS = {
    "stack-reversal": (stack_reversal, "backwards", (12, 24, 32)),
    "queue-copy": (queue_copy, "again", (12, 24, 48)),
}
KINDS_OF_MODEL = {
    "": ("with the structure", plots.RED),
    "lstm_": ("LSTM", plots.BLUE),
    "attention_": ("LSTM, attention", plots.GREEN),
}
saved = {
    name: [Result.load(RESULTS / f"{name}-seed{seed}.npz") for seed in SEEDS] for name in TASKS
}
figure, axes = plots.new_figure(1, 2, (9.5, 3.4), sharey=True)
for ax, (name, (_, asked, lengths)) in zip(axes, TASKS.items(), strict=True):
    for shift, (prefix, (label, colour)) in enumerate(KINDS_OF_MODEL.items()):
        scores = np.array(
            [[run.metrics[f"{prefix}exact_{n}"] for n in lengths] for run in saved[name]]
        )
        for seed_scores in scores:
            ax.plot(
                np.arange(3) + 0.08 * shift,
                seed_scores,
                "o-",
                color=colour,
                alpha=0.5,
                markersize=4,
            )
        ax.plot([], [], "o-", color=colour, label=label)
        print(
            f"{name:15} {label:19}"
            + "".join(f"  {n}: {np.round(scores[:, i], 3)}" for i, n in enumerate(lengths))
        )
    ax.axvspan(0.25, 2.3, color="0.93", zorder=0)
    ax.set(xlabel="length of the word", title=f"{name}: say it {asked}")
    ax.set_xticks(range(3), lengths)
axes[0].set_ylabel("whole words right")
axes[1].legend(loc="center right")
plots.save(figure, "13_words")

# %% [markdown]
# 图中文字对照：length of the word，词的长度；whole words right，整词正确的比例；say it backwards，倒着说；say it again，重说一遍；with the structure，有栈或队列。
#
# One line a seed; grey: longer than any word of training. The LSTM says not one word of 12 right, as it has to keep all symbols in one state. Attention learns words of the trained lengths with most seeds, and none
# that is longer: it has learned *where* to look for lengths that it knows. Stack and queue keep no places, so length costs them little.
#
# ## The film · 逐帧看强度
#
# The stack of seed 0 while a word of ten symbols is said backwards, and the queue of seed 0 while one is said again. A row is a step; a column is what was pushed at a step; the darker, the more strength it has.

# %%
WORD = np.array([3, 1, 4, 1, 5, 2, 6, 5, 3, 7])


def one_word(backwards):
    inputs = np.full(2 * len(WORD) + 1, KINDS)
    inputs[: len(WORD)] = WORD
    inputs[len(WORD)] = KINDS + 1 + backwards
    X = np.eye(KINDS + 3, dtype=np.float32)[inputs][:, None]
    return Words(X, (WORD[::-1] if backwards else WORD)[:, None])


figure, axes = plots.new_figure(2, 2, (9.5, 6.6), height_ratios=(3, 1.1), sharex="col")
figure.set_layout_engine("constrained")
for column, (name, (recipe, _, _)) in enumerate(TASKS.items()):
    net, word = recipe.MODEL, one_word(name == "stack-reversal")
    params = saved[name][0].params(net.init(np.random.default_rng(0)))
    Y, cache = net.forward(params, word.X)
    said = Y[-len(WORD) :, 0].argmax(axis=-1)
    trace = net.trace(cache)
    film, commands = axes[:, column]
    image = film.imshow(
        trace.strengths[:, 0].T, cmap="Greys", vmin=0, vmax=1, aspect="auto", origin="lower"
    )
    labels = [*WORD, "mark", *said]
    film.set_yticks(range(len(labels)), [*WORD, "mark", *["·"] * len(WORD)], fontsize=8)
    film.set(title=f"{name}, seed 0", ylabel="pushed at this input")
    commands.plot(trace.pushes[:, 0, 0], color=plots.RED, label="push d")
    commands.plot(trace.pops[:, 0, 0], color=plots.BLUE, linestyle="--", label="pop u")
    commands.set_xticks(range(len(labels)), [*WORD, "|", *said], fontsize=8)
    commands.set(xlabel="step: symbol in, mark |, symbol out", ylim=(-0.05, 1.05))
    print(f"{name}: in {WORD}, out {said}")
    assert np.array_equal(said, word.targets[:, 0])
axes[1, 0].set_ylabel("strength")
axes[1, 0].legend(loc="center left")
figure.colorbar(image, ax=axes[0], label="strength of the entry")
plots.save(figure, "13_film")

# %% [markdown]
# 图中文字对照：pushed at this input，在该输入时压入；push d，压栈强度；pop u，出栈强度；step: symbol in, mark, symbol out，步：读入符号、标记、写出符号；strength of the entry，元素的强度。
#
# Found by gradient descent alone: push while symbols come in, and pop one a step while they go out. The stack is eaten from the top, the queue from the front. The stack has to stop pushing, or it would read what it
# has just pushed; the queue goes on with half strength: what comes to stand at its end is not read before the word is said.
#
# ## What it cannot do · 做不到什么
#
# Strengths are never quite 0 or 1. What is left over each time adds up: each pop takes a little too little or too much, and after enough steps a read straddles two symbols.

# %%
fades = {}
for name, (recipe, _, _) in TASKS.items():
    params = saved[name][0].params(recipe.MODEL.init(np.random.default_rng(0)))
    fades[name] = {
        n: shape_training.exact(
            recipe.MODEL,
            params,
            words(np.random.default_rng(n), 20 if QUICK else 100, n, recipe.BACKWARDS),
        )[0]
        for n in ((12, 96) if QUICK else (12, 48, 96, 192))
    }
    print(name, "whole words right, by length:", fades[name])

# %% [markdown]
# ## Brackets · 括号匹配
#
# After every symbol of a word such as `([])[`: which bracket is to be closed next, if any? What lies between may be long, so this takes a stack. Trained on words 2 to 12 brackets deep, scored on words that go down to
# the depth named and come back, 6 times as long; a word counts if every answer is right (`nnmem train brackets --seed 0`, 1, 2). The controller has only 4 hidden units, so that it cannot keep many open brackets in its own state.

# %%
matched = [Result.load(RESULTS / f"brackets-seed{seed}.npz") for seed in range(3)]
for prefix, (label, _) in KINDS_OF_MODEL.items():
    for depth in (4, 12, 24, 48):
        whole, single = (
            [run.metrics[f"{prefix}{what}_{depth}"] for run in matched]
            for what in ("exact", "answers")
        )
        print(
            f"{label:19} depth {depth:2}: whole words {np.round(whole, 3)}, answers {np.round(single, 3)}"
        )

# %% [markdown]
# Two seeds of three match brackets as deep as any in training, and one of them goes on to 48; the third has learned no better than the LSTM, which has as many parameters. Nothing in training asks for pushes and pops that are exact at every
# depth, and nothing makes sure that the stack is found at all.

# %% [markdown]
# # Tree · 树
#
# A **tree memory** (树形记忆, after Andrychowicz and Kurach 2016) joins leaves pairwise upwards. Each node is a vector made from its two children, by the same learned map at every level; a search starts at the root and decides, from both children and the
# query, to which side to go:
#
# $$\mathbf h=\mathrm{ReLU}(W_j[\mathbf h_{left};\mathbf h_{right}]+\mathbf b_j)\qquad p(\text{right})=\sigma(\mathbf w^\top\mathrm{ReLU}(W_s[\mathbf h_{left};\mathbf h_{right};\mathbf q]+\mathbf b_s)+b)$$
#
# In training the search is **soft**: a leaf's weight is the product of the probabilities on its way, which is a distribution over all leaves, and $-\log$ of the right leaf's weight is a sum of $\log_2N$ terms, one a decision; each
# has a gradient. In use it is hard: one way down. Sorted keys, one of them asked for; trained on trees of 2 to 256 leaves (`nnmem train tree-search --seed 0`, 1, 2).

# %%
trees = [Result.load(RESULTS / f"tree-search-seed{seed}.npz") for seed in range(3)]
for n in tree_search.SIZES:
    found = [run.metrics[f"accuracy_{n}"] for run in trees]
    print(
        f"{n:4} leaves, {trees[0].metrics[f'lookups_{n}']} decisions: found {np.round(found, 3)}"
    )

tree, batch = tree_search.MODEL, sorted_keys(np.random.default_rng(3), 1, 16)
params = trees[0].params(tree.init(np.random.default_rng(0)))
levels, _ = tree.build(params, batch.keys)
place, lookups = tree.find(params, levels, batch.queries)
assert lookups == 4 and place == batch.targets

figure, (walk, cost) = plots.new_figure(1, 2, (11, 3.6), width_ratios=(1.7, 1))
way = [place[0] >> level for level in range(5)]
for level in range(5):
    for i in range(16 >> level):
        x, on_way = (i + 0.5) * 2**level, i == way[level]
        if level < 4:
            up = (i // 2 + 0.5) * 2 ** (level + 1)
            walk.plot(
                [x, up], [level, level + 1], color=plots.RED if on_way else "0.8", zorder=1
            )
        walk.scatter(x, level, s=60, color=plots.RED if on_way else "0.8", zorder=2)
for i, key in enumerate(batch.keys[0, :, 0]):
    walk.text(i + 0.5, -0.45, f"{key:.2f}", rotation=90, ha="center", va="top", fontsize=8)
walk.set(title=f"searched: {batch.queries[0, 0]:.2f}", ylim=(-1.5, 4.3))
walk.set_axis_off()
for name, colour in (("tree", plots.RED), ("attention", plots.BLUE)):
    for run in trees:
        cost.loglog(
            tree_search.COSTS,
            [run.metrics[f"microseconds_{name}_{n}"] for n in tree_search.COSTS],
            "o-",
            color=colour,
            alpha=0.6,
            label=name if run.seed == 0 else None,
        )
cost.set(xlabel="leaves", ylabel="CPU time of a question (µs)")
cost.legend()
plots.save(figure, "13_tree")
crossing = [
    next(
        (
            n
            for n in tree_search.COSTS
            if run.metrics[f"microseconds_tree_{n}"]
            < run.metrics[f"microseconds_attention_{n}"]
        ),
        None,
    )
    for run in trees
]
print("the tree is the quicker one from this many leaves on:", crossing)

# %% [markdown]
# 图中文字对照：searched，要找的；leaves，叶结点数；CPU time of a question，每个问题的 CPU 时间；tree，树；attention，对全部叶结点的注意力。
#
# Red: the way down. The tree errs more often the closer keys lie to each other: neighbours among 256 differ by 0.008 on average, and the learned comparison is not exact, where flat attention
# with exact scores would find every key. What the tree gains is time: its question takes $\log_2N$ decisions.

# %% [markdown]
# # Only the best rows · 只看最相关的几行
#
# A set has no top. Attention to all of $N$ rows costs $N$ inner products for each question. The **hierarchical memory network** (分层记忆网络, Chandar et al. 2016, section 8.3.3) attends to the $K$ rows with the largest inner products alone, and finds them by
# **maximum inner product search** (最大内积搜索): rows are grouped by direction (spherical K-means), and only the clusters whose centres fit the query are looked at. One more number makes all rows equally long first, so that the largest inner product is the smallest angle:
#
# $$P(\mathbf x)=\Big[\tfrac{\mathbf x}{M};\sqrt{1-|\tfrac{\mathbf x}{M}|^2}\Big],\ M=\max_i|\mathbf x_i|\qquad Q(\mathbf q)=[\mathbf q;0]\qquad\cos(P(\mathbf x),Q(\mathbf q))=\frac{\mathbf x^\top\mathbf q}{M|\mathbf q|}$$
#
# **What was chosen for show:** keys of 64 numbers that share a direction with the facts of their topic, √N topics and √N clusters, four of them looked at; a question is a key with noise. The sceptic's case beside it: keys that point anywhere, where clusters have nothing to find
# (`nnmem train fact-recall --faiss --sizes 10000 100000 300000 1000000`). Where real sizes come, an engine takes over: **faiss** searches the very same clusters (`pip install 'nnmem[engines]'`), and must find the same rows.

# %%
recall = Result.load(RESULTS / "fact-recall-faiss-seed0.npz")
others = [Result.load(RESULTS / f"fact-recall-seed{seed}.npz") for seed in range(3)]
WAYS = {
    "full": ("all facts", plots.BLUE),
    "exact_k": ("10 best, exact search", plots.ORANGE),
    "clusters": ("10 best of 4 clusters", plots.RED),
    "faiss": ("the same, by faiss", plots.GREEN),
}
print(
    "    facts  topics   right: "
    + "  ".join(f"{label:>21}" for label, _ in WAYS.values())
    + "   exact / clusters, time"
)
for row in recall.metrics:
    right = "  ".join(f"{row[f'accuracy_{way}']:21.3f}" for way in WAYS)
    print(f"{row['facts']:9,} {row['topics']:7}          {right}   {row['times_cheaper']:.1f}")
for seed, run in enumerate(others):
    found = [row for row in run.metrics if row["topics"]]
    print(
        f"seed {seed}, another time:",
        ", ".join(f"{row['times_cheaper']:.1f} at {row['facts']:,}" for row in found),
    )
figure, axes = plots.new_figure(1, 2, (9.5, 3.4))
for topics, style in ((True, "o-"), (False, "o:")):
    rows = [row for row in recall.metrics if bool(row["topics"]) == topics]
    for way, (label, colour) in WAYS.items():
        for ax, value in zip(axes, ("microseconds", "accuracy"), strict=True):
            ax.plot(
                [r["facts"] for r in rows],
                [r[f"{value}_{way}"] for r in rows],
                style,
                color=colour,
                label=label if topics else None,
            )
for ax in axes:
    ax.set(xlabel="facts in the memory", xscale="log")
axes[0].set(ylabel="CPU time of a question (µs)", yscale="log")
axes[1].set(ylabel="right answers", ylim=(0, 1.05))
axes[0].legend()
plots.save(figure, "13_recall")

# %% [markdown]
# 图中文字对照：facts in the memory，记忆中的事实数；CPU time of a question，每个问题的 CPU 时间；right answers，正确率；all facts，全部事实；10 best, exact search，精确搜索得最好的 10 个；10 best of 4 clusters，4 个簇中最好的 10 个；by faiss，用 faiss 搜索。
#
# Solid: facts in topics. Dotted: keys that point anywhere; time hardly differs, but a question's row is often in none of the four clusters, the more often the more clusters there are. The sum over all facts costs the most; at 10,000 facts it answers a little better than the ten best, at more no better.
# faiss finds the same and, asked one question at a time, takes about as long as thirty lines of NumPy: what it is made for is many questions at once, compressed rows and other processors.
#
# # The shapes side by side · 几种形状的比较
#
# | shape | order of reading | a write costs | a read costs | what has a gradient | solved here |
# |---|---|---|---|---|---|
# | set (集合) | by content | 1 row | all $N$ rows | weights, rows, query | notebooks 1 and 10 |
# | stack (栈) | last in, first out | $t$ strengths | $t$ strengths, the top | strengths, vectors | a word backwards, to length 32; with two seeds of three brackets 12 deep |
# | queue (队列) | first in, first out | $t$ strengths | $t$ strengths, the front | strengths, vectors | a word again, to length 24; with four seeds of five to 48 |
# | tree (树) | by comparison, from the root down | $\log_2N$ joins | $\log_2N$ decisions | each decision, nodes | a key among 16 to 256 |
# | clusters (分层) | by content, the best few | grouping anew | √N centres and a few clusters | chosen rows, query | recall from 1,000,000 facts |
#
# A write to a tree was not needed here: it would renew the nodes above one leaf.

# %% tags=["result"]
print(f"stack and queue  third step of the paper's figure: strengths {by_hand}, read {r}")
for name, (_, _, lengths) in TASKS.items():
    scores = [[run.metrics[f"exact_{n}"] for run in saved[name]] for n in lengths]
    print(
        f"{name:15}  whole words right, five seeds, least: "
        + ", ".join(f"{min(s):.3f} at {n}" for n, s in zip(lengths, scores, strict=True))
    )
print(
    "tree-search      found, three seeds, least: "
    + ", ".join(
        f"{min(run.metrics[f'accuracy_{n}'] for run in trees):.3f} at {n}"
        for n in tree_search.SIZES
    )
)
for row in recall.metrics:
    if row["topics"]:
        print(
            f"fact-recall      {row['facts']:7,} facts: all {row['accuracy_full']:.3f}, exact {row['accuracy_exact_k']:.3f}, clusters {row['accuracy_clusters']:.3f}, {row['times_cheaper']:.0f} times cheaper"
        )

# %% [markdown]
# ## Homework · 作业
#
# From easy to hard (由易到难), each with a `my_` in front of the library's name. `nnmem homework stack_update queue_read stack_read` prints blanks with all shapes. Solutions: `solutions/13_solutions.py`.
#
# 1. Pop and push: the strengths of a stack after a step, for `s (..., t)`, `u (...)`, `d (...)`. No loop over entries: `np.cumsum`. (栈的更新)
# 2. The read of a queue; return `r` and a cache. (队列的读取)
# 3. The gradients of the stack's read from a cache of your own forward. Which entries are read whole, which are cut off? (栈读取的梯度)


# %%
def my_stack_update_forward(s, u, d):
    raise NotImplementedError


def my_queue_read_forward(V, s):
    raise NotImplementedError


def my_stack_read_forward(V, s):
    raise NotImplementedError


def my_stack_read_backward(dr, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
