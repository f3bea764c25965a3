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

import numpy as np

import nnmem
from nnmem import plots

QUICK = bool(os.environ.get("NNMEM_QUICK"))
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

# %% tags=["result"]
print(f"stack and queue  third step of the paper's figure: strengths {by_hand}, read {r}")
