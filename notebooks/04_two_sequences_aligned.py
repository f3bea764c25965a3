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
from nnmem import plots, recipes

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

# %% [markdown]
# ## The machine · 结构图
#
# The writer of Graves, one step. The network's state moves the window on, by at least nothing: $\kappa_t=\kappa_{t-1}+\exp(\hat\kappa_t)$.
# What the window reads goes into the next movement of the pen, and into the next step.

# %%
figure, ax = plots.drawing(8, 3)
plots.box(ax, (4, 2.3), "the text, a symbol a row", size=(3.4, 0.5))
plots.box(ax, (1.2, 0.6), "last movement", size=(1.8, 0.5))
plots.box(ax, (4, 0.6), "LSTM state", size=(1.8, 0.5))
plots.box(ax, (4, 1.45), "window φ(u)", size=(1.8, 0.5))
plots.box(ax, (6.8, 0.6), "next movement", size=(1.8, 0.5))
plots.arrow(ax, (2.1, 0.6), (3.1, 0.6))
plots.arrow(ax, (4.9, 0.6), (5.9, 0.6))
plots.arrow(ax, (4, 0.85), (4, 1.2), "moves it on")
plots.arrow(ax, (4, 2.05), (4, 1.7))
plots.arrow(ax, (4.9, 1.45), (6.5, 0.85), "what it reads")
plots.save(figure, "04_writer")

# %% [markdown]
# ## A pen that writes · 会写字的网络
#
# The data are made: words in the single strokes of a vector font, each with a slant, size, spacing and tremor of its own, cut into
# movements of about equal length. The network, an LSTM of 128 units with three bell curves, learns the next movement as a mixture of five
# Gaussians (混合密度网络). A second network, trained on real strokes alone, reads back what the first has written. These are the shipped
# parameters; the word was chosen for show.

# %%
writer = recipes.load("handwriting")
answer = writer.answer("attention")
print(answer.text)
figure = answer.plot()
plots.save(figure, "04_handwriting")

# %% [markdown]
# Above, the ink. Below, the window walks over the letters, one after another, and never goes back. Nobody told it when a letter is
# finished: it learned how many movements each takes.
#
# ## Words that turn round · 语序颠倒
#
# A window cannot translate 一九九八年三月五日星期四: the Chinese date begins with the year, the English one ends with it. The encoder of
# Bahdanau et al. 2014 reads the source in both directions and keeps an annotation $\mathbf h_j$ for each character; before every word the
# decoder compares its state with all of them, by the additive score (8.2):
#
# $$\alpha_{ij}=\operatorname{softmax}_j\big(\mathbf v^{\top}\tanh(W\mathbf s_{i-1}+U\mathbf h_j)\big),\qquad\mathbf c_i=\sum_j\alpha_{ij}\mathbf h_j$$

# %%
translator = recipes.load("translate-dates")
answer = translator.answer("一九九八年三月五日星期四")
print(answer.text)
words = answer.text.split("\n")[0]
alpha = np.array(answer.facts["alignment"])
figure, ax = plots.new_figure(size=(7.0, 3.4))
image = plots.attention_map(
    ax,
    alpha,
    ["Thursday", "March", "5,", "19", "98"],
    ["1", "9", "9", "8", "yr", "3", "mon", "5", "day", "week", "", "4"],
)
ax.set(
    xlabel="characters of the source, in English", ylabel="words, in the order they are written"
)
figure.colorbar(image, ax=ax, label="weight")
plots.save(figure, "04_alignment")
assert (
    words == "Thursday, March 5, 1998" and alpha[0, 9:].sum() > 0.5 and alpha[3, :4].sum() > 0.5
)

# %% [markdown]
# The bright cells leave the diagonal, as they must: the first word looks at the end of the source, the last at its beginning. 图中文字对照：weight，注意力权重；yr、mon、day、week，年、月、日、星期。
#
# ## What attention buys, and what it does not · 注意力的作用与局限
#
# The same network without attention has one annotation for the whole sentence, as wide as all others. Each was trained on sentences of one to
# three dates and tested on 1,000 sentences of days that training never showed (a tenth of all days from 1912 to 2068), decoded greedily.

# %%
results = [
    recipes.Result.load(SAVED / f"translate-dates-seed{seed}.npz").metrics for seed in (0, 1, 2)
]
with_it, without = (
    [[each[f"exact_{n}{end}"] for each in results] for n in (1, 2, 3, 4)]
    for end in ("", "_without_attention")
)
figure, ax = plots.new_figure(size=(6.0, 3.4))
for shares, name, colour in (
    (with_it, "with attention", plots.BLUE),
    (without, "one vector", plots.ORANGE),
):
    ax.plot(
        (1, 2, 3, 4),
        np.mean(shares, axis=1),
        "o-",
        color=colour,
        label=f"{name}, mean of three seeds",
    )
    ax.plot((1, 2, 3, 4), shares, ".", color=colour, alpha=0.5)
ax.set(
    xlabel="dates in a sentence (trained on 1 to 3)",
    ylabel="sentences exactly right",
    xticks=(1, 2, 3, 4),
    ylim=(-0.05, 1.05),
)
ax.legend()
plots.save(figure, "04_length")
for n, one, other in zip((1, 2, 3, 4), with_it, without, strict=True):
    print(f"{n} dates: with attention {one}, without {other}")
print(
    "words whose largest weight lies on the right part of the source:",
    [round(each["aligned"], 3) for each in results],
)

# %% [markdown]
# One vector is enough for two dates and not for three. Attention makes no mistake in any of the 9,000 sentences, and yet it has not
# learned *to translate dates one after another*: four are never right, with attention or without. It has learned sentences of up to three.
#
# And of the words that are right, not all look at their own part of the source. A state of the encoder knows its neighbours, so what is
# needed may be read one place further on. An alignment shows where the network looks, not why it is right.

# %% tags=["result"]
print(
    f"the window's gradients agree with every oracle, largest error {max(row.error for row in report.rows):.0e}"
)
print(
    f"three dates exactly right, three seeds: with attention {with_it[2]}, without {without[2]}; four dates: {with_it[3]}"
)

# %% [markdown]
# ## Homework · 作业
#
# 1. Write `my_gaussian_window_forward` and `my_gaussian_window_backward`; `nnmem homework gaussian_window` prints the blank, and
#    `nnmem grade` looks at what you wrote.
# 2. Why can a window never learn these dates? Which word would it have to read first?
# 3. The gradient of a centre dies with its curve. How far may a window be from its letter, with $b=1$, before $d\kappa$ has fallen to a
#    thousandth of its largest value?
#
# Solutions stand in `solutions/04_solutions.py`.


# %%
def my_gaussian_window_forward(a, b, kappa, C):
    raise NotImplementedError


def my_gaussian_window_backward(dw, dphi, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
