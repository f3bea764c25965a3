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
# # 4 Two sequences aligned · 两个序列的对齐
#
# Section 8.1.3. One sequence is read while another is written: a sentence and its translation, a text and the strokes of
# a pen. At every step the writer has to know **where in the text it is**. That place is an attention distribution, and
# looked at step after step it is an **alignment** (对齐) of the two sequences.
#
# This notebook has two ways to find the place. Graves 2013 lets a **window** (软窗口) slide over the text, forward alone.
# Bahdanau et al. 2014 compare the writer's state with every word, so that attention may jump, as it must where word order
# turns round.

# %%
import os
from pathlib import Path

import numpy as np

import nnmem

QUICK = bool(os.environ.get("NNMEM_QUICK"))
SAVED = Path("results") if Path("results").exists() else Path("notebooks/results")
rng = np.random.default_rng(8)
np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## A window that slides · 滑动的软窗口
#
# A text of $U$ symbols is a matrix $C$, a row $\mathbf c_u$ for each symbol. Over its positions $u=1,\dots,U$ stand $K$ bell
# curves, each with a height $a$, a sharpness $b$ and a centre $\kappa$. What lies under them is read:
#
# $$\phi(u)=\sum_{k=1}^{K}a_k\exp\!\big(-b_k(\kappa_k-u)^2\big),\qquad \mathbf w=\sum_{u=1}^{U}\phi(u)\,\mathbf c_u$$
#
# These are equations (46) and (47) of Graves 2013. No content is compared: the window knows places alone. One curve of
# height 1 and sharpness 1 over the text "abc", its centre at 2: by hand, $\phi=(e^{-1},1,e^{-1})$.

# %%
C = np.eye(3)  # a, b, c as rows with a single one
a, b, kappa = np.array([1.0]), np.array([1.0]), np.array([2.0])
phi_by_hand = np.zeros(3)
for u in (1, 2, 3):  # positions count from 1
    for k in range(len(a)):
        phi_by_hand[u - 1] += a[k] * np.exp(-b[k] * (kappa[k] - u) ** 2)
w_by_hand = sum(phi_by_hand[i] * C[i] for i in range(3))
w, phi, _ = nnmem.gaussian_window_forward(a, b, kappa, C)
print("by hand:", phi_by_hand, " library:", phi)
assert np.allclose(phi, phi_by_hand) and np.allclose(w, w_by_hand)

# %% [markdown]
# ## The window backwards, step by step · 软窗口的反向传播
#
# Given the gradient $d\mathbf w$, three rules do all the work. **A weighted sum**: $\mathbf w=\sum_u\phi(u)\mathbf c_u$ is linear in
# both, so $d\phi(u)=\mathbf c_u^{\top}d\mathbf w$ and $d\mathbf c_u=\phi(u)\,d\mathbf w$. **A sum over curves**: write
# $E_{ku}=\exp(-b_k(\kappa_k-u)^2)$; from $\phi(u)=\sum_k a_kE_{ku}$ follow $da_k=\sum_u d\phi(u)E_{ku}$ and
# $dE_{ku}=a_k\,d\phi(u)$. **An exponential** is its own derivative, so with the exponent $e_{ku}=-b_k(\kappa_k-u)^2$
# we have $de_{ku}=E_{ku}\,dE_{ku}$, and the exponent's own derivatives are $\partial e/\partial b=-(\kappa-u)^2$ and
# $\partial e/\partial\kappa=-2b(\kappa-u)$. Together:
#
# $$db_k=-a_k\sum_u d\phi(u)E_{ku}(\kappa_k-u)^2,\qquad d\kappa_k=-2a_kb_k\sum_u d\phi(u)E_{ku}(\kappa_k-u)$$
#
# The last line has a meaning. A centre is pulled towards a symbol that would help, $d\phi(u)<0$, with a force that grows
# with the distance and dies with the curve: a window that is far from where it should be feels nothing.

# %%
args = (
    np.exp(rng.normal(size=(2, 3))),
    np.exp(rng.normal(size=(2, 3))),
    rng.uniform(1, 5, (2, 3)),
    rng.normal(size=(2, 5, 4)),
)
report = nnmem.check_gradients(
    nnmem.gaussian_window_forward, nnmem.gaussian_window_backward, *args
)
print(report)
assert report

# %% tags=["result"]
print(
    f"the window's gradients agree with every oracle, largest error {max(row.error for row in report.rows):.0e}"
)
