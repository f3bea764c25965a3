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
# Section 8.1.3. You copy a text by hand, or translate it word by word. Where in the text are you? **Whoever writes one sequence
# while reading another has to know his place at every step.** That place is an attention distribution, and looked at step after
# step it is an **alignment** (对齐) of the two sequences.
#
# Two ways to find the place. Graves 2013 lets a **window** (软窗口) slide over the text, forward alone: it knows positions and
# compares nothing. Bahdanau et al. 2014 compare the writer's state with every symbol that was read, so that attention may jump, as it
# must where word order turns round (机器翻译).

# %%
import os
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots, recipes
from nnmem.models.sequence.translation import translate
from nnmem.models.sequence.translator import Translator
from nnmem.nn.tree import tree_map
from nnmem.recipes.sequence import translate_dates
from nnmem.tasks.chinese_dates import batch_sentences, english, held_out_days
from nnmem.tasks.pen_strokes import pen_line

QUICK = bool(os.environ.get("NNMEM_QUICK"))
SAVED = Path("results") if Path("results").exists() else Path("notebooks/results")
rng = np.random.default_rng(8)
np.set_printoptions(precision=3, suppress=True)

# %%
figure, (slides, compares) = plots.new_figure(1, 2, (9.0, 3.0))
place = np.linspace(0.4, 6.6, 200)
for centre, strength in ((1.6, 0.25), (2.6, 0.5), (3.6, 1.0)):
    slides.plot(
        place, np.exp(-2 * (place - centre) ** 2), color=plots.BLUE, alpha=strength, lw=2
    )
for u, letter in enumerate("memory", 1):
    slides.text(u, -0.15, letter, ha="center", va="center", fontsize=15)
plots.arrow(slides, (3.75, 1.1), (5.2, 1.1), colour=plots.BLUE)
slides.text(5.3, 1.1, "only this way", va="center", color=plots.BLUE)
slides.set(xlim=(0.3, 7.2), ylim=(-0.35, 1.3), title="a window slides")
plots.box(compares, (3.5, 1.05), "writer's state", size=(2.0, 0.28))
source, weights = ("1998", "March", "5", "Thursday"), (0.06, 0.02, 0.02, 0.9)
for u, (word, weight) in enumerate(zip(source, weights, strict=True)):
    x = 0.8 + 1.8 * u
    compares.text(x, -0.15, word, ha="center", va="center", fontsize=12)
    plots.arrow(compares, (3.5, 0.9), (x, 0.0), colour=plots.ORANGE, width=0.6 + 4 * weight)
compares.text(1.0, 1.05, "writes\n“Thursday”", ha="center", va="center")
compares.set(xlim=(-0.1, 7.2), ylim=(-0.35, 1.3), title="attention compares, and jumps")
for ax in (slides, compares):
    ax.set_axis_off()
plots.save(figure, "04_two_ways")

# %% [markdown]
# Thick arrows are large weights; the weights are made up. 图中文字对照：a window slides，窗口滑动；only this way，只朝这一方向；attention
# compares, and jumps，注意力逐一比较，可以跳跃；writer's state，解码器的状态。
#
# ## A window that slides · 滑动的软窗口
#
# A text of $U$ symbols is a matrix $C$, a row $\mathbf c_u$ for each symbol. Over its positions $u=1,\dots,U$ stand $K$ bell
# curves, each with a height $a$, a sharpness $b$ and a centre $\kappa$. What lies under them is read:
#
# $$\phi(u)=\sum_{k=1}^{K}a_k\exp\!\big(-b_k(\kappa_k-u)^2\big),\qquad \mathbf w=\sum_{u=1}^{U}\phi(u)\,\mathbf c_u$$
#
# These are equations (46) and (47) of Graves 2013. No content is compared: the window knows places alone, and the weights need not
# sum to one. One curve of height 1 and sharpness 1 over the text "abc", its centre at 2: by hand, $\phi=(e^{-1},1,e^{-1})$.

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
# The outputs are $\mathbf w$ and $\phi$, so two gradients come in, $d\mathbf w$ and $d\phi^{\text{out}}$. Then:
#
# 1. **A weighted sum.** $\mathbf w=\sum_u\phi(u)\mathbf c_u$ is linear in both: $d\mathbf c_u=\phi(u)\,d\mathbf w$, and $\phi(u)$ receives
#    $\mathbf c_u^{\top}d\mathbf w$. It is an output too, and gradients of two uses add: $d\phi(u)=d\phi^{\text{out}}(u)+\mathbf c_u^{\top}d\mathbf w$.
# 2. **A sum over curves.** Write $E_{ku}=\exp(e_{ku})$ with the exponent $e_{ku}=-b_k(\kappa_k-u)^2$. From $\phi(u)=\sum_k a_kE_{ku}$, curve
#    by curve: $da_k=\sum_u d\phi(u)\,E_{ku}$ (a height serves all positions, so it sums over them) and $dE_{ku}=a_k\,d\phi(u)$.
# 3. **An exponential** is its own derivative: $de_{ku}=E_{ku}\,dE_{ku}=a_k\,d\phi(u)\,E_{ku}$.
# 4. **The exponent.** $\partial e_{ku}/\partial b_k=-(\kappa_k-u)^2$ and $\partial e_{ku}/\partial\kappa_k=-2b_k(\kappa_k-u)$; again both serve all positions:
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
# ## The machine that writes · 会写字的机器
#
# One step of Graves' network. Its state sets the curves, and can only move them on (48–51):
#
# $$a=\exp\hat a,\qquad b=\exp\hat b,\qquad \kappa_t=\kappa_{t-1}+\exp\hat\kappa_t$$
#
# so that backwards in time a centre hands its gradient on undiminished, $d\kappa_{t-1}\mathrel{+}=d\kappa_t$, and each step's own share is
# $d\hat\kappa_t=d\kappa_t\exp\hat\kappa_t$. What the window reads goes into the next movement of the pen, and into the next step.

# %%
figure, ax = plots.drawing(9, 3.4)
plots.box(ax, (4.2, 2.9), "the text C, a symbol a row", size=(3.6, 0.5))
plots.box(ax, (4.2, 1.75), "window φ", plots.BLUE, size=(1.7, 0.5))
plots.box(ax, (4.2, 0.6), "LSTM h", size=(1.7, 0.5))
plots.box(ax, (1.0, 0.6), "last movement", size=(1.8, 0.5))
plots.box(ax, (7.8, 0.6), "next movement", size=(1.9, 0.5))
plots.arrow(ax, (1.9, 0.6), (3.35, 0.6))
plots.arrow(ax, (5.05, 0.6), (6.85, 0.6))
plots.arrow(ax, (4.2, 0.85), (4.2, 1.5))
ax.text(4.3, 1.17, "moves it on", va="center", fontsize=10)
plots.arrow(ax, (4.2, 2.65), (4.2, 2.0))
plots.arrow(ax, (5.05, 1.75), (7.6, 0.85), "w, what it reads")
plots.arrow(ax, (3.35, 1.75), (3.4, 0.8), colour=plots.GREY, bend=0.8)
ax.text(2.75, 1.3, "w, one\nstep later", ha="right", va="center", fontsize=10, color=plots.GREY)
plots.save(figure, "04_writer")

# %% [markdown]
# 图中文字对照：the text C, a symbol a row，文本 C，每行一个符号；window φ，软窗口；last / next movement，上一次 / 下一次笔的移动；moves it on，使它前移；w, what it reads，读出的内容；one step later，晚一步。
#
# ## A pen that writes · 手写生成
#
# The data are made: words in the single strokes of a vector font, each with a slant, size, spacing and tremor of its own, cut into
# movements of about equal length. The network, an LSTM of 128 units with three bell curves, learns the next movement as a mixture of five
# Gaussians (混合密度网络) and a coin for lifting the pen. When it writes by itself, each movement is drawn with a bias of 1 (采样偏置): the
# Gaussians are narrower by a factor $e$, the likely ones likelier; that was chosen among 0 to 1.5 on words of their own. It stops when the pen
# rests at the end symbol. A second network, trained on real strokes alone, reads back what the first has written. These are the shipped
# parameters; the word was chosen for show.

# %%
writer = recipes.load("handwriting")
answer = writer.answer("attention")
print(answer.text)
figure = answer.plot()
plots.save(figure, "04_handwriting")

# %% [markdown]
# 图中文字对照：letter，字母；end，结束符；movement of the pen，笔的移动；weight，权重。
#
# Above, the ink. Below, the window walks over the letters, one after another, and never goes back. Nobody told it when a letter is
# finished: it learned how many movements each takes. As a film, six moments of one word; the bars are $\phi$ at that moment:

# %%
film = writer.answer("walking")
movements, walk = (np.array(film.facts[name]) for name in ("movements", "alignment"))
moments = np.linspace(4, len(movements) - 1, 6).round().astype(int)
letters = [*"walking", "⏎"]
figure, axes = plots.new_figure(2, 6, (11.0, 2.9), height_ratios=[0.7, 1.2])
for (above, below), moment in zip(axes.T, moments, strict=True):
    for line in pen_line(movements):
        above.plot(*line.T, color=plots.GREY, alpha=0.25, lw=1)
    for line in pen_line(movements[: moment + 1]):
        above.plot(*line.T, color=plots.BLUE, lw=1.5)
    above.plot(*np.cumsum(movements[: moment + 1, :2], axis=0)[-1], "o", color=plots.RED, ms=4)
    above.set(aspect="equal", title=f"movement {moment}")
    above.set_axis_off()
    below.bar(range(len(letters)), walk[moment], color=plots.BLUE)
    below.set(ylim=(0, 1.05 * walk.max()), xticks=range(len(letters)), yticks=[])
    below.set_xticklabels(letters)
axes[1, 0].set(ylabel="window φ")
plots.save(figure, "04_film")
centres = walk.argmax(axis=1)
visited = centres[np.diff(centres, prepend=-1) != 0]
print("letters under the largest weight, in order:", "".join(letters[i] for i in visited))
assert (np.diff(visited) > 0).all()  # never back

# %% [markdown]
# The red dot is the pen; ⏎ stands for the end of the text. 图中文字对照：movement，第几次笔的移动；window φ，软窗口的权重。
#
# ## What does forward-only buy? · 只前移的好处
#
# The same network with two other ways to read, trained for as many steps on the same words: ordinary **additive attention** over letters
# that carry their positions, which may look anywhere; and the **mean** of the letters, which tells what stands in the text and not where.
# The score is the **letter error**: edits between what should stand there and what the reader reads, for each letter. The reader's own
# error on real strokes stands beside it.

# %%
runs = [
    recipes.Result.load(SAVED / f"handwriting-seed{seed}.npz").metrics for seed in (0, 1, 2)
]
for name, what in (
    ("reader_error", "real strokes, the reader alone"),
    ("letter_error", "window, unseen words of 1 to 8 letters"),
    ("letter_error_pairs", "window, pairs of letters never shown"),
    ("letter_error_16", "window, 16 letters"),
    ("letter_error_additive", "additive attention, 1 to 8 letters"),
    ("letter_error_16_additive", "additive attention, 16 letters"),
):
    print(f"{what:40s}", [round(run[name], 3) for run in runs if name in run])
for name in ("nll", "nll_additive", "nll_mean"):
    print(f"{name:40s}", [round(run[name], 2) for run in runs if name in run])
print(
    "largest weight on the letter being written:", [round(run["alignment"], 2) for run in runs]
)
print("... on it or on the next one:", [round(run["alignment_or_next"], 2) for run in runs])
figure, ax = plots.new_figure(size=(6.4, 3.4))
ways = (("window", "", plots.BLUE), ("additive attention", "_additive", plots.ORANGE))
for i, (name, end, colour) in enumerate(ways):
    for j, kind in enumerate(("", "_16")):
        errors = [
            run[f"letter_error{kind}{end}"] for run in runs if f"letter_error{kind}{end}" in run
        ]
        if not errors:
            continue
        x = j + 0.36 * (i - 0.5)
        ax.bar(x, np.mean(errors), 0.32, color=colour, label=name if not j else None)
        ax.plot([x] * len(errors), errors, "k.", ms=5)
        ax.text(x, max(errors) + 0.02, f"{np.mean(errors):.3f}", ha="center")
ax.set(xticks=(0, 1), ylabel="edits for each letter")
ax.set_xticklabels(["1 to 8 letters, as in training", "16 letters"])
ax.legend(loc="upper left")
plots.save(figure, "04_forward_only")

# %% [markdown]
# Dots are runs: three of the window, one of additive attention. 图中文字对照：edits for each letter，每个字母的编辑次数；as in training，与训练时同长。
#
# The negative log-likelihood of a movement (nll) is nearly the same for window and additive attention: when the movements before are the right
# ones, both know where they are. **The difference shows when they write by themselves.** Attention that may look anywhere has to work out its place
# anew at every movement; a window carries its place along, and hardly jumps or goes back. The order of reading is
# built in and need not be learned. (Additive attention was trained with one seed, with the window's settings; settings of its own might do better.) It holds for 16 letters, twice as many as in training, almost as well as for up to eight. The mean of the letters knows no
# order, and the right next movement surprises it at every step. What forward-only costs is the next section.
#
# ## Words that turn round · 语序颠倒
#
# A window cannot translate 一九九八年三月五日星期四: the Chinese date begins with the year, the English one ends with it. The encoder of
# Bahdanau et al. 2014 reads the source in both directions and keeps an **annotation** $\mathbf h_j$ for each character; before every word the
# decoder compares its state with all of them, by the additive score (8.2):
#
# $$\alpha_{ij}=\operatorname{softmax}_j\big(\mathbf v^{\top}\tanh(W\mathbf s_{i-1}+U\mathbf h_j)\big),\qquad\mathbf c_i=\sum_j\alpha_{ij}\mathbf h_j$$

# %%
figure, ax = plots.drawing(9, 4.2)
for j, symbol in enumerate(("1998 yr", "3 mo", "5 d", "wk 4")):
    x = 1.2 + 1.7 * j
    ax.text(x, 0.25, symbol, ha="center", va="center", fontsize=11)
    plots.box(ax, (x, 1.1), f"h{'₁₂₃₄'[j]}", plots.GREEN, size=(1.0, 0.5))
    plots.arrow(ax, (x, 0.45), (x, 0.85))
    plots.arrow(
        ax,
        (x, 1.35),
        (4.0 + 0.12 * (j - 1.5), 2.15),
        colour=plots.ORANGE,
        width=4 if j == 3 else 0.7,
    )
    if j:
        plots.arrow(ax, (x - 1.2, 1.2), (x - 0.5, 1.2))
        plots.arrow(ax, (x - 0.5, 1.0), (x - 1.2, 1.0))
plots.box(ax, (4.0, 2.4), "context cᵢ = Σ αᵢⱼ hⱼ", plots.ORANGE, size=(2.6, 0.5))
plots.box(ax, (1.0, 3.5), "state sᵢ₋₁", size=(1.5, 0.5))
plots.box(ax, (4.0, 3.5), "GRU: state sᵢ", size=(2.0, 0.5))
plots.box(ax, (7.6, 3.5), "word yᵢ", size=(1.5, 0.5))
plots.arrow(ax, (1.75, 3.5), (3.0, 3.5))
plots.arrow(ax, (1.2, 3.25), (2.7, 2.5), "asks")
plots.arrow(ax, (4.0, 2.65), (4.0, 3.25))
plots.arrow(ax, (5.3, 2.4), (7.4, 3.25))
plots.arrow(ax, (1.0, 3.75), (7.6, 3.75), bend=-0.12)
plots.save(figure, "04_translator")

# %% [markdown]
# 图中文字对照：context，上下文向量；state，解码器的状态；word，写出的词；asks，查询。
#
# Green, the annotations of a GRU in each direction; orange, where the first word, Thursday, looks. The word is read off the old state, the
# last word and the context, by a maxout layer (最大输出单元) and a softmax.
#
# Small enough for paper: two annotations $\mathbf h_1=(1,0)$, $\mathbf h_2=(0,1)$, a state $s=0$ and one hidden unit with $W=1$, $U=(0,1)$,
# $v=2$. The scores are $2\tanh 0=0$ and $2\tanh 1=1.523$, the weights $1/(1+e^{1.523})=0.179$ and $0.821$, and that is the context, too.

# %%
H, s = np.eye(2), np.array([0.0])
W_s, U_h, v = np.array([[1.0]]), np.array([[0.0, 1.0]]), np.array([2.0])
scores = [float(v @ np.tanh(W_s @ s + U_h @ h)) for h in H]
exps = [np.exp(score) for score in scores]
alpha_by_hand = [each / sum(exps) for each in exps]
c_by_hand = sum(weight * h for weight, h in zip(alpha_by_hand, H, strict=True))
c, alpha, _ = nnmem.soft_attention_forward(H, s, U_h, W_s, v, score="additive")
print("by hand:", np.array(alpha_by_hand), " library:", alpha)
assert np.allclose(alpha, alpha_by_hand) and np.allclose(c, c_by_hand)

# %% [markdown]
# The chapter's (8.2) gives $W$ to the memory and $U$ to the query; the paper has them the other way round.
#
# **Maxout**, by hand: of every two features the larger one, $y_i=\max(x_{2i-1},x_{2i})$. Backwards all of $dy_i$ goes to the one that was larger,
# $dx_{2i-1}=dy_i\,[x_{2i-1}\ge x_{2i}]$ and $dx_{2i}=dy_i\,[x_{2i-1}<x_{2i}]$; the other one could move a little and nothing would change.

# %%
features, upstream = np.array([1.0, 3.0, -2.0, -5.0]), np.array([0.5, -1.0])
larger, kept = nnmem.maxout_forward(features)
back = nnmem.maxout_backward(upstream, kept)
print("of", features, "stay", larger, " gradient", back)
assert larger.tolist() == [3, -2] and back.tolist() == [0, 0.5, -1, 0]
maxout_report = nnmem.check_gradients(
    nnmem.maxout_forward, nnmem.maxout_backward, np.random.default_rng(4).normal(size=(2, 6))
)
assert maxout_report, maxout_report

# %% [markdown]
# ## The alignment backwards, step by step · 对齐的反向传播
#
# At step $i$ a gradient $d\mathbf c_i$ comes in. **The sum**: $d\alpha_{ij}=\mathbf h_j^{\top}d\mathbf c_i$, and each annotation receives
# $\alpha_{ij}\,d\mathbf c_i$. **The softmax**: $dz_{ij}=\alpha_{ij}\big(d\alpha_{ij}-\sum_k\alpha_{ik}\,d\alpha_{ik}\big)$. **The score** $z_{ij}=\mathbf v^{\top}\mathbf a_{ij}$
# with $\mathbf a_{ij}=\tanh(W\mathbf s_{i-1}+U\mathbf h_j)$: what stands under the tanh receives
# $\mathbf g_{ij}=dz_{ij}\,\mathbf v\circ(1-\mathbf a_{ij}\circ\mathbf a_{ij})$. And **each is used more than once**:
#
# $$d\mathbf s_{i-1}\mathrel{+}=W^{\top}\sum_j\mathbf g_{ij},\qquad d\mathbf h_j=\sum_i\alpha_{ij}\,d\mathbf c_i+U^{\top}\sum_i\mathbf g_{ij}$$
#
# $$dW=\sum_{ij}\mathbf g_{ij}\mathbf s_{i-1}^{\top},\qquad dU=\sum_{ij}\mathbf g_{ij}\mathbf h_j^{\top},\qquad d\mathbf v=\sum_{ij}dz_{ij}\mathbf a_{ij}$$
#
# A state asks, is carried on by the GRU, and is read for the word: three gradients add up. An annotation is asked and averaged at every step.
# The whole translator, two sentences of different length, all parameters:

# %%
small = Translator(source_symbols=4, target_symbols=3, embedding_size=3, hidden_size=2)
params = tree_map(lambda leaf: leaf + 0.5 * rng.normal(size=leaf.shape), small.init(rng))
whole = nnmem.check_gradients(
    small.forward,
    small.backward,
    params,
    source=rng.integers(0, 4, (2, 4)),
    targets=rng.integers(0, 3, (2, 3)),
    lengths=np.array([4, 2]),
)
print(f"largest error over {len(whole.rows)} rows: {max(row.error for row in whole.rows):.0e}")
assert whole

# %% [markdown]
# ## Alignments · 对齐的图像
#
# A trained model is three lines of Python; in the terminal, `nnmem try translate-dates "一九九八年三月五日星期四"` shows the same with its alignment.

# %%
translator = recipes.load("translate-dates")
answer = translator.answer("一九九八年三月五日星期四")
print(answer.text)
assert answer.text.startswith("Thursday, March 5, 1998")

# %%
IN_ENGLISH = {"年": "yr", "月": "mo", "日": "d", "号": "d", "星": "wk", "期": "", "周": "wk"}
IN_ENGLISH |= {"礼": "wk", "拜": "", "和": "and", "〇": "0", "零": "0", "，": ",", "、": ","}
IN_ENGLISH |= {number: str(i) for i, number in enumerate("一二三四五六七八九十", 1)}


def shown(ax, text):
    """Translate, and draw where each word looked; return the weights."""
    answer = translator.answer(text)
    alpha = np.array(answer.facts["alignment"])
    words = (
        answer.facts["output"]
        .replace(" 19", " 19 ")
        .replace(" 20", " 20 ")
        .replace(";", " ;")
        .split()
    )
    image = plots.attention_map(ax, alpha, words, [IN_ENGLISH.get(c, c) for c in text])
    ax.tick_params(labelsize=9)
    ax.set(xlabel="characters of the source, in English")
    return image, alpha, words


figure, (left, right) = plots.new_figure(1, 2, (9.6, 4.0), width_ratios=[1, 1.6])
_, one, one_words = shown(left, "一九九八年三月五日星期四")
image, two, two_words = shown(right, "2024-07-15，一九三六年五月二日星期六")
left.set(ylabel="words, in the order they are written")
figure.colorbar(image, ax=[left, right], label="weight α")
plots.save(figure, "04_alignment")
print(one_words, two_words)
assert one[0, 9:].sum() > 0.5 and one[3:, :4].sum() > 1

# %% [markdown]
# The bright cells leave the diagonal, as they must: on the left the first word looks at the end of the source, the last at its beginning. On
# the right, two dates: within each the order turns round, and the dates follow one another. 图中文字对照：weight α，注意力权重；yr、mo、d、wk，
# 年、月、日、星期。

# %% [markdown]
# ## Longer sentences · 句子越长
#
# The paper's figure 2, in two forms. **Dates**: one to three in a sentence, 1,000 sentences of days that training never showed (a tenth of
# all days from 1912 to 2068). **Reversal** (逆序): sequences of symbols drawn at random, to be written backwards; trained on 1 to 16 symbols.
# Each with attention, and with one vector for the whole source, as wide as the annotations and trained as long. Decoded greedily, three seeds.

# %%
dates, symbols = (
    [recipes.Result.load(SAVED / f"{name}-seed{seed}.npz").metrics for seed in (0, 1, 2)]
    for name in ("translate-dates", "reverse-symbols")
)
figure, axes = plots.new_figure(1, 2, (9.0, 3.6), sharey=True)
tables = {}
for ax, runs_of, sizes in (
    (axes[0], dates, (1, 2, 3, 4)),
    (axes[1], symbols, (4, 8, 12, 16, 20)),
):
    for end, name, colour in (
        ("", "with attention", plots.BLUE),
        ("_without_attention", "one vector", plots.ORANGE),
    ):
        shares = np.array([[each[f"exact_{n}{end}"] for each in runs_of] for n in sizes])
        ax.plot(sizes, shares.mean(axis=1), "-", color=colour, label=name)
        ax.plot(sizes, shares, "o", color=colour, alpha=0.5, ms=5)
        tables[ax, name] = dict(zip(sizes, shares, strict=True))
    ax.axvline(sizes[-2], color=plots.GREY, ls=":", lw=1)
    ax.text(
        sizes[-2],
        0.5,
        "trained up to here ",
        ha="right",
        rotation=90,
        va="center",
        color=plots.GREY,
    )
    ax.set(ylim=(-0.05, 1.05), xticks=sizes)
axes[0].set(xlabel="dates in a sentence", ylabel="exactly right")
axes[1].set(xlabel="random symbols, to be reversed")
axes[0].legend(loc="lower left")
plots.save(figure, "04_length")
for (ax, name), table in tables.items():
    for size, share in table.items():
        print(f"{ax.get_xlabel()}, {size}, {name}: {share}")
kinds = [f"symbols_16{end}" for end in ("", "_without_attention")]
print(
    "16 symbols, single symbols right:",
    {kind: [round(each[kind], 3) for each in symbols] for kind in kinds},
)

# %% [markdown]
# Dots are seeds, lines their mean. After as many steps of training, one vector is enough for two dates and for eight symbols, and not for three
# dates or sixteen symbols: it is as wide as ever, and what has to go through it grows. **Not enough steps is not the same as impossible**: the curve shows what each learns in the same time, not what one vector can
# hold. 图中文字对照：exactly right，完全正确的比例；one vector，只有一个编码向量；trained up to
# here，训练到此为止。
#
# ## Greedy or beam · 贪心搜索与束搜索
#
# Does it pay to keep several sentences (束搜索)? And what if there are four dates, one more than ever in training? For each sentence: the
# log-likelihood that the model gives to what it writes, and to what is right.

# %%
days = held_out_days()[1]
for count in (3, 4):
    sentences = translate_dates.sample(
        np.random.default_rng(count), days, 10 if QUICK else 100, count
    )
    batch = batch_sentences(sentences)
    right_words = np.where(batch.mask, batch.targets, -1)
    told = translate(
        translator.model, translator.params, batch.source, batch.lengths, targets=right_words
    )
    for beam in (1, 4):
        found = translate(
            translator.model,
            translator.params,
            batch.source,
            batch.lengths,
            limit=60,
            beam=beam,
        )
        exact = np.mean(
            [
                [*i[i >= 0]] == each.words[:-1]
                for i, each in zip(found.indices, sentences, strict=True)
            ]
        )
        print(
            f"{count} dates, beam {beam}: exactly right {exact:.2f}, log-likelihood of what is written "
            f"{found.log_likelihood.mean():.3f}, of what is right {told.log_likelihood.mean():.3f}"
        )
print(
    "three dates in the three seeds, greedy:",
    [each["exact_3"] for each in dates],
    "beam 4:",
    [each["exact_3_beam"] for each in dates],
)
found_four, right_four = found.indices[0, : found.lengths[0]].tolist(), sentences[0].words
print("read:   ", sentences[0].text)
print("right:  ", english(right_four))
print("written:", english(found_four))
assert exact == 0 and told.log_likelihood.mean() < found.log_likelihood.mean() - 10

# %% [markdown]
# With three dates greedy search already finds what is right, and a beam has nothing to add. With four **no search can help**: the model itself
# finds the right translation far less probable than its own, which has three dates, one of them left out or two melted into one. It has not learned *to
# translate dates one after another*; it has learned sentences of one to three.
#
# ## What may be read from an alignment · 从对齐中能读出什么

# %%
print(
    "words whose largest weight lies on the right part of the source:",
    [round(each["aligned"], 3) for each in dates],
)
print(
    "... on it or on the character beside it:",
    [round(each["aligned_or_beside"], 3) for each in dates],
)

# %% [markdown]
# All these words are right, and not all look at their own part of the source. Words that carry a meaning mostly do; a separator between two dates is the same
# whatever it separates, and may be read anywhere. **An alignment shows where the network looks, not why it is right.**

# %% tags=["result"]
print(
    f"the window's gradients agree with every oracle, largest error {max(row.error for row in report.rows):.0e}"
)
print(
    "letter error of the window, three seeds:", [round(run["letter_error"], 3) for run in runs]
)
three, sixteen = (
    [tables[ax, name][size] for name in ("with attention", "one vector")]
    for ax, size in ((axes[0], 3), (axes[1], 16))
)
print(f"three dates exactly right: with attention {three[0]}, one vector {three[1]}")
print(f"16 symbols reversed: with attention {sixteen[0]}, one vector {sixteen[1]}")

# %% [markdown]
# ## Homework · 作业
#
# 1. Write `my_gaussian_window_forward` and `my_gaussian_window_backward`; `nnmem homework gaussian_window` prints the blank, and
#    `nnmem grade` looks at what you wrote.
# 2. Write `my_additive_score_backward`, the heart of an alignment: $d\mathbf z$ comes in, gradients of `X (..., N, d)`, `q (..., d_q)`, `W`, `U` and
#    `v` go out; the forward is given.
# 3. Why can a window never learn these dates? Which word would it have to read first?
# 4. The gradient of a centre dies with its curve. How far may a window be from its letter, with $b=1$, before $d\kappa$ has fallen to a
#    thousandth of its largest value?
# 5. Additive attention with $\mathbf v=0$: which weights has it, whatever it reads? Which of its gradients are zero, and which is not? Could it
#    learn from there?
# 6. Three of the decoder's gradients meet in $\mathbf s_{i-1}$. Leave out the one of the alignment: which entries of the report above would turn red?
# 7. Write `my_maxout_forward` and `my_maxout_backward`. What happens to a feature that is never the larger of its two?
#
# Solutions stand in `solutions/04_solutions.py`.


# %%
def my_gaussian_window_forward(a, b, kappa, C):
    raise NotImplementedError


def my_gaussian_window_backward(dw, dphi, cache):
    raise NotImplementedError


def my_maxout_forward(X):
    raise NotImplementedError


def my_maxout_backward(dY, cache):
    raise NotImplementedError


def my_additive_score_forward(X, q, W, U, v):
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])  # (..., N, h)
    return A @ v, (X, q, W, U, v, A)


def my_additive_score_backward(dscores, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
