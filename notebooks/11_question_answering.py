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
# # 11 Question answering · 问答
#
# "Mary got the milk. John went to the garden. Mary went to the kitchen. Where is the milk?" A reader points at two sentences. What is gained if a network is **told** in training which sentences these are, and what does it learn where nobody tells it?
#
# Section 8.3.1. Two networks beside the end-to-end memory network of notebook 10: the **memory network** (记忆网络, Weston et al. 2014), whose addressing is supervised, and the **dynamic memory network** (动态记忆网络, DMN, Kumar et al. 2016), which goes through a
# story several times and can be told or not. A sentence that the answer rests on is a **supporting fact** (支持事实).

# %%
import os
from math import exp, tanh
from pathlib import Path

import numpy as np

import nnmem
from nnmem import plots
from nnmem.models.memory_framework import FORMS
from nnmem.recipes import Result
from nnmem.recipes.memory_qa.dmn_babi import DMNCourse, SupervisedGates
from nnmem.recipes.memory_qa.lessons import error, prepare, told, train
from nnmem.recipes.memory_qa.memn2n_training import Settings, score, stories_of
from nnmem.recipes.memory_qa.memn2n_training import error as missed
from nnmem.recipes.memory_qa.memn2n_training import train as train_untold
from nnmem.recipes.memory_qa.memnn_babi import MemNNCourse, SupervisedHops
from nnmem.tasks.babi_features import Vocabulary, encode, place
from nnmem.tasks.babi_worlds import world_task

QUICK = bool(os.environ.get("NNMEM_QUICK"))
rng = np.random.default_rng(11)
np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## One framework, eight memories · 同一框架下的八种记忆
#
# Notebook 10 named the four letters: controller C (控制器), memory M (外部记忆), reading $\mathbf r=R(\mathbf m,\mathbf q_r)$ (读), writing $\mathbf m'=W(\mathbf m,\mathbf q_w,\mathbf a)$ (写). In the library they are functions that run, a pair for every model with a memory
# (`models/memory_framework.py`); `docs/memories.md` is the whole table, drawn from the same list.

# %%
for form in FORMS:
    print(f"{form.name.en:26} R {form.reads.en:48} W {form.writes.en}")

# %% [markdown]
# ## Two mechanisms, drawn · 两种机制
#
# The memory network looks **hard**: one sentence a hop, the best, nothing is averaged. So nothing can flow back through the choice, and someone has to say which sentence is right. The dynamic memory network looks **softly**, but in the order of the story: what an
# episode (一轮) reads is the last state of a GRU that moves only where a gate is open, and what it has read decides where the next episode looks.

# %%
figure, ax = plots.drawing(15.4, 6.6, inch=0.7)
for i, y in enumerate((4.9, 3.7, 2.5)):
    plots.box(ax, (1.3, y), f"m{'₁₂₃'[i]}", plots.BLUE, (1.5, 0.7))
plots.box(ax, (4.4, 1.0), "question", plots.GREY, (1.8, 0.7))
plots.box(ax, (4.4, 3.7), "best: m₁", plots.GREEN, (1.9, 0.7))
plots.box(ax, (4.4, 5.2), "best: m₃", plots.GREEN, (1.9, 0.7))
plots.box(ax, (7.0, 3.1), "answer", plots.PURPLE, (1.6, 0.7))
plots.arrow(ax, (4.4, 1.35), (4.4, 3.35), "hop 1")
plots.arrow(ax, (4.4, 4.05), (4.4, 4.85), "hop 2")
plots.arrow(ax, (2.05, 4.7), (3.4, 3.9))
plots.arrow(ax, (2.05, 2.7), (3.4, 5.0))
plots.arrow(ax, (5.35, 5.0), (6.7, 3.5))
plots.arrow(ax, (5.35, 3.6), (6.15, 3.2))
plots.arrow(ax, (5.3, 1.1), (6.7, 2.7))
ax.text(3.8, 6.2, "memory network: hard, told", ha="center", fontsize=11)
for i, x in enumerate((9.2, 11.0, 12.8)):
    plots.box(ax, (x, 1.0), f"f{'₁₂₃'[i]}", plots.BLUE, (1.3, 0.7))
    for row, (y, name) in enumerate(((2.7, "g₁"), (4.4, "g₂"))):
        plots.box(
            ax,
            (x, y),
            f"{name}{'₁₂₃'[i]} → h",
            plots.ORANGE if row else plots.GREEN,
            (1.4, 0.7),
        )
        if i:
            plots.arrow(ax, (x - 1.1, y), (x - 0.7, y))
    plots.arrow(ax, (x, 1.35), (x, 2.35))
    plots.arrow(ax, (x, 3.05), (x, 4.05))
plots.box(ax, (14.6, 2.7), "m₁", plots.PURPLE, (1.0, 0.7))
plots.box(ax, (14.6, 4.4), "m₂", plots.PURPLE, (1.0, 0.7))
plots.arrow(ax, (13.5, 2.7), (14.1, 2.7))
plots.arrow(ax, (13.5, 4.4), (14.1, 4.4))
plots.arrow(ax, (14.6, 3.05), (14.6, 4.05))
ax.text(11.8, 6.2, "dynamic memory network: soft, in order, twice", ha="center", fontsize=11)
ax.text(9.0, 0.2, "facts, each read among the others", fontsize=9)
plots.save(figure, "11_mechanisms")

# %% [markdown]
# ## The margin ranking loss · 间隔排序损失
#
# $$L=\sum_{i\ne t}\max(0,\ \gamma-s_t+s_i)$$
#
# The right sentence $t$ must score higher than every other by a margin $\gamma$; who is far enough behind costs nothing. By hand: the right one has 0.5, and with $\gamma=0.3$ one rival of three is too near.

# %%
scores, right, margin = [0.5, 0.1, 0.4, -0.2], 0, 0.3
loss = 0.0
for i, s in enumerate(scores):
    if i != right:
        short = margin - scores[right] + s
        print(f"rival {i}: short by {short:+.1f}, costs {max(0.0, short):.1f}")
        loss += max(0.0, short)
losses, cache = nnmem.margin_ranking_forward(np.array(scores), right, margin=margin)
print("loss", loss, "the library's", losses)
assert np.isclose(losses, loss)

# %% [markdown]
# **The backward, step by step** (反向传播的逐步推导). Each term is a hinge: its slope is 1 where $\gamma-s_t+s_i>0$, else 0. Let $c_i$ be that 0 or 1.
#
# 1. $L=\sum_{i\ne t}c_i\,(\gamma-s_t+s_i)$ near the point at hand.
# 2. A rival $i\ne t$ stands in one term: $\partial L/\partial s_i=c_i$. It is pushed down if it is too near.
# 3. $s_t$ stands in all of them, each time with a minus: $\partial L/\partial s_t=-\sum_{i\ne t}c_i$. It is pushed up once for each rival that is too near, so the gradients of a row sum to zero: only differences count.
#
# With a cross-entropy every rival is pushed a little for ever; here learning ends when all are far enough behind.

# %%
print(nnmem.margin_ranking_backward(np.array(1.0), cache))
report = nnmem.check_gradients(
    nnmem.margin_ranking_forward,
    nnmem.margin_ranking_backward,
    rng.normal(size=(3, 5)),
    targets=np.array([4, 0, 2]),
    margin=0.7,
)
assert report, report

# %% [markdown]
# ## Time is compared, not measured · 时间靠比较
#
# "Mary went to the kitchen. … Mary went to the garden." Both sentences fit "Where is Mary?", and the later one is right. The memory network has no embedding of times; it compares two candidates at a time. With $\varphi(i,j)=+1$ where $i$ is the older of the two and $-1$ where it is the newer,
# $s(i,j)=\mathbf q^{\top}V(\mathbf m_i-\mathbf m_j)+\tau\,\varphi(i,j)$ is **antisymmetric**: $s(i,j)=-s(j,i)$, so it does not matter who challenges whom. One sentence after the other meets the best so far:

# %%
fits = [2.0, 0.5, 2.0, 0.5]  # q·V m of four sentences, oldest first: Mary, John, Mary, John
tau = -0.4  # learned: being older is bad
best = 0
for i in range(1, len(fits)):
    ahead = fits[i] - fits[best] - tau  # i is newer than the best so far
    print(f"sentence {i} against {best}: {ahead:+.1f}")
    best = i if ahead > 0 else best
assert best == 2

# %% [markdown]
# ## Attention that keeps the order · 保留次序的注意力
#
# A weighted average does not know which came first. The **attention GRU** (注意力门控循环单元, Xiong et al. 2016) takes the weight as its update gate:
#
# $$\begin{aligned}\mathbf r_i&=\sigma(W_r\mathbf x_i+U_r\mathbf h_{i-1}+\mathbf b_r)\\ \tilde{\mathbf h}_i&=\tanh(W\mathbf x_i+\mathbf r_i\odot U\mathbf h_{i-1}+\mathbf b)\\ \mathbf h_i&=g_i\tilde{\mathbf h}_i+(1-g_i)\mathbf h_{i-1}\end{aligned}$$
#
# By hand, with numbers in place of vectors: three items, gates 1, 0 and 0.5.

# %%
x, g = [1.0, 5.0, -1.0], [1.0, 0.0, 0.5]
w_r, u_r, b_r, w, u, b = 0.5, 1.0, 0.0, 1.0, 2.0, 0.0
h = 0.0
for x_i, g_i in zip(x, g, strict=True):
    r = 1 / (1 + exp(-(w_r * x_i + u_r * h + b_r)))
    candidate = tanh(w * x_i + r * u * h + b)
    h = g_i * candidate + (1 - g_i) * h
    print(f"x {x_i:+.0f}  gate {g_i}  candidate {candidate:+.3f}  state {h:+.3f}")
parts = [np.array(part) for part in ([[w_r]], [[u_r]], [b_r], [[w]], [[u]], [b])]
c, _ = nnmem.attention_gru_forward(np.array(x)[:, None], np.array(g), *parts)
assert np.isclose(c[0], h)

# %% [markdown]
# **The backward, step by step.** From the last item to the first, with $\mathrm d\mathbf h$ what has come back to $\mathbf h_i$:
#
# 1. $\mathbf h_i=\mathbf h_{i-1}+g_i(\tilde{\mathbf h}_i-\mathbf h_{i-1})$. The gate is one number for all entries, so $\mathrm dg_i=\mathrm d\mathbf h^{\top}(\tilde{\mathbf h}_i-\mathbf h_{i-1})$; it is 0 where the item brings nothing new.
# 2. $\mathrm d\tilde{\mathbf h}=g_i\,\mathrm d\mathbf h$, and through the tanh $\mathrm d\mathbf a=g_i\,\mathrm d\mathbf h\odot(1-\tilde{\mathbf h}_i^2)$. A closed gate lets nothing learn.
# 3. $\mathbf a=W\mathbf x_i+\mathbf r_i\odot U\mathbf h_{i-1}+\mathbf b$: $\mathrm d\mathbf r=\mathrm d\mathbf a\odot U\mathbf h_{i-1}$, through the sigmoid $\mathrm d\mathbf a_r=\mathrm d\mathbf r\odot\mathbf r_i(1-\mathbf r_i)$; $\mathrm dW=\mathrm d\mathbf a\,\mathbf x_i^{\top}$, $\mathrm dU=(\mathbf r_i\odot\mathrm d\mathbf a)\,\mathbf h_{i-1}^{\top}$, $\mathrm d\mathbf b=\mathrm d\mathbf a$, and the same for $W_r$, $U_r$, $\mathbf b_r$ with $\mathrm d\mathbf a_r$.
# 4. $\mathbf h_{i-1}$ was used three times: it was kept, it stood behind the reset gate, and it made that gate: $\mathrm d\mathbf h_{i-1}=(1-g_i)\,\mathrm d\mathbf h+U^{\top}(\mathbf r_i\odot\mathrm d\mathbf a)+U_r^{\top}\mathrm d\mathbf a_r$.
#
# Where a gate is 0 the first term alone is left, and it is $\mathrm d\mathbf h$ itself: gradients pass over sentences that nobody looks at without a loss, however many there are.

# %%
shapes = (2, 4, 3), (2, 4), *(2 * ((5, 3), (5, 5), (5,)))
arrays = [rng.normal(size=shape) for shape in shapes]
arrays[1] = rng.random((2, 4))
report_gru = nnmem.check_gradients(
    nnmem.attention_gru_forward, nnmem.attention_gru_backward, *arrays
)
assert report_gru, report_gru
forth, back = (
    nnmem.attention_gru_forward(X, arrays[1], *arrays[2:])[0]
    for X in (arrays[0], arrays[0][:, ::-1])
)
even = np.full((2, 4), 0.25)
averages = [nnmem.weighted_sum_forward(even, X)[0] for X in (arrays[0], arrays[0][:, ::-1])]
print("the story backwards changes the average by", np.abs(averages[0] - averages[1]).max())
print("and what the attention GRU reads by       ", np.abs(forth - back).max())
assert np.allclose(*averages) and np.abs(forth - back).max() > 0.01

# %% [markdown]
# ## Told and not told, on the same stories · 强监督与弱监督：同样的故事
#
# One generated world of people who carry things about, two supporting facts a question, 1,000 questions to learn from. Three networks: the memory network, told its facts; the dynamic memory network, told its gates; the end-to-end memory network, told the answers alone. All are small and
# trained for seconds; this is no comparison of what each can reach (the table of results is).

# %%
task = world_task(2, questions=200 if QUICK else 1000)
(lesson,) = prepare([(task, True)], seed=0)
hops = SupervisedHops(lesson, MemNNCourse(3 if QUICK else 20))
found = train(hops, lesson, MemNNCourse(3 if QUICK else 20), (0, 2, 0))
course = DMNCourse(1 if QUICK else 60)
gates = SupervisedGates(lesson, course)
read = train(gates, lesson, course, (0, 2, 0))
vocabulary = Vocabulary.of(task.train)
settings = Settings(linear_epochs=1 if QUICK else 15, epochs=1 if QUICK else 25)
untold = train_untold(encode(task.train, vocabulary, settings.memory), settings, (0, 2, 0))
tested = encode(task.test, vocabulary, settings.memory)
errors = {
    "memory network,\ntold its facts": error(hops, found.params, lesson.test),
    "dynamic memory network,\ntold its gates": error(gates, read.params, lesson.test),
    "end-to-end memory network,\ntold the answer alone": missed(
        tested, score(untold.model, untold.params, tested)[1]
    ),
}
figure, ax = plots.new_figure(size=(7.5, 2.6))
ax.barh(list(errors), list(errors.values()), color=[plots.GREEN, plots.ORANGE, plots.BLUE])
ax.invert_yaxis()
for at, value in enumerate(errors.values()):
    ax.text(value, at, f" {value:.1f}", va="center")
ax.set(xlabel="test error / %", title="Two supporting facts, 1,000 questions, one seed")
plots.save(figure, "11_told")
for name, value in errors.items():
    print(name.replace("\n", " "), f"{value:.1f} %")

# %% [markdown]
# ## Where each looks · 各自看哪里
#
# One question of the test stories. The memory network's choice is a place; the gates of the dynamic memory network and the weights of the end-to-end memory network are distributions.

# %%
chosen = next(
    i
    for i, q in enumerate(task.test)
    if 6 <= len(q.story) <= 8 and min(q.supporting) < len(q.story) - 2
)
question = task.test[chosen]
n = len(question.story)
one = told(lesson.test, np.array([chosen]))
places = hops.model.find(found.params, one)[0]
hard = np.array([[float(i == at) for i in range(n)] for at in places])
_, _, cache = gates.model.forward(read.params, one)
soft = np.array([episode.gates[0, :n] for episode in cache[-1]])
S = encode([question], vocabulary, settings.memory)
_, alpha, _ = untold.model.forward(
    untold.params, stories_of(untold.model, S, np.array([0]), place(S, untold.model.slots))
)
guessed = alpha[0, :, :n][:, ::-1]
figure, axes = plots.new_figure(columns=3, size=(10.5, 3.2), sharey=True)
for ax, weights, title in zip(
    axes,
    (hard, soft, guessed),
    ("memory network: hops", "dynamic memory network: episodes", "end-to-end: hops"),
    strict=True,
):
    shown = ax.imshow(weights.T, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    ax.set_xticks(range(len(weights)), range(1, len(weights) + 1))
    ax.set_title(title, fontsize=9)
    ax.set_xlabel("which reading")
    for fact in question.supporting:
        ax.plot(-0.5, fact, ">", color=plots.RED, clip_on=False)
axes[0].set_yticks(range(n), [" ".join(s) for s in question.story], fontsize=8)
figure.colorbar(shown, ax=axes, label="weight")
figure.suptitle(
    f"{' '.join(question.words)}?  {question.answer}  (red: supporting facts)", fontsize=10
)
plots.save(figure, "11_looking")
print(
    " ".join(question.words),
    "->",
    question.answer,
    "facts",
    question.supporting,
    "found",
    places,
)

# %% [markdown]
# ## Where each fails, and why · 各自在哪里失败
#
# Official bAbI, 1,000 questions a task, test files opened once, at the end (`nnmem train memnn-babi --tasks 1-20`). The bars of the paper (Weston et al. 2015) are from memory and not verified.

# %%
saved = Path("results") / "memnn-babi-seed0.npz"
rows = Result.load(saved).metrics
figure, ax = plots.new_figure(size=(7.5, 3.0))
at = np.arange(len(rows))
ax.bar(
    at - 0.2,
    [r["test_error"] for r in rows],
    0.4,
    color=plots.GREEN,
    label="memory network, here",
)
ax.bar(
    at + 0.2,
    [r["paper_error"] for r in rows],
    0.4,
    color=plots.GREY,
    label="the paper (from memory)",
)
ax.set_xticks(at, [str(r["task"]) for r in rows])
ax.set(xlabel="bAbI task", ylabel="test error / %", title="Supervised hops, seed 0")
ax.legend()
plots.save(figure, "11_tasks")
worst = sorted(rows, key=lambda r: -r["test_error"])[:4]
print([(r["task"], round(r["test_error"], 1)) for r in worst])

# %% [markdown]
# - **Task 19, path finding** (路径查找). "How do you go from the kitchen to the garden?" needs the two sentences that make a chain. The hops are greedy: the first fact is chosen before anyone knows whether a second will meet it, and the choice is never taken back.
# - **Task 17, positions** (位置推理). The facts are found (there are but two); the response has to compose "left of" with "above", for shapes that it has seen a few times. It learns the training questions by heart.
# - **Tasks 7 and 8, counting and lists** (计数与列表). As many hops as there are facts, and one wrong hop spoils the rest; an answer of several words is one word of the vocabulary here, and a list that was never seen cannot be given.
# - **The dynamic memory network** learns stories by heart: its bidirectional GRU sees a whole story, and 200 stories are few. The next cell prints its errors on the questions it learned from, and on those of the test file.
# - **What being told costs.** Someone has to write the supporting facts down. Where the evidence is a matter of taste there is no such list, and the end-to-end network is the one that can still learn.
# - **What no figure here shows:** none of the three says that a story does not tell. Asked for a thing nobody mentioned, each names a place.

# %%
for row in Result.load("results/dmn-babi-seed0.npz").metrics:
    print(
        f"task {row['task']:2}: {row['train_error']:4.1f} % where it learned, {row['test_error']:4.1f} % in the test"
    )

# %% tags=["result"]
worst_error = max(row.error for r in (report, report_gru) for row in r.rows)
print(
    f"margin ranking and attention GRU: gradients agree with every oracle, largest error {worst_error:.0e}"
)
print(
    "a generated world, two supporting facts, test error in per cent:",
    [round(e, 1) for e in errors.values()],
)
mean, paper = (np.mean([r[key] for r in rows]) for key in ("test_error", "paper_error"))
print(
    f"official bAbI, 20 tasks, memory network: mean test error {mean:.1f} % (the paper's, from memory: {paper:.1f} %)"
)
named = [
    np.mean(
        [
            r["test_error"]
            for r in Result.load(f"results/memnn-babi-seed{s}.npz").metrics
            if r["task"] in (1, 2, 3, 6, 15)
        ]
    )
    for s in range(3)
]
print(
    "tasks 1, 2, 3, 6, 15, mean test error, three seeds:", [round(float(e), 2) for e in named]
)

# %% [markdown]
# ## Ask your own · 就自己的故事提问
#
# A memory network (记忆网络) that learned from generated stories answers at the desk of `nnmem ask`. Each hop (一跳) chooses
# one sentence; the first finds who had the thing last, the second where that person went. Change the story, and the
# question. What it cannot do is shown too: nobody said where Bob is, and to count it has not learned.
# 换成自己的故事和问题试一试；故事没有交代的，它会说没有交代。

# %%
desk = nnmem.recipes.load("ask-memnn")
story = "Mary went to the kitchen. She took the milk. John went to the office. Mary went to the garden."
answer = desk.answer(story + " Where is the milk? Where is Bob? How many things has Mary?")
print(answer.text)
assert [one["answer"] for one in answer.facts["answers"]] == ["garden", None, None]
figure = desk.answer(story + " Where is the milk?").plot()
plots.save(figure, "11_ask_your_own")

# %% [markdown]
# ## Homework · 作业
#
# From easy to hard (由易到难), each with a `my_` in front of the library's name.
#
# 1. The margin ranking loss, forward and backward. The right one is no rival of itself. (间隔排序损失)
# 2. One reading of the attention GRU, forward. A loop over the items is enough. (注意力门控循环单元)
# 3. Its backward: eight gradients, from the last item to the first. (它的反向传播)
#
# `nnmem homework margin_ranking attention_gru` prints blanks with all shapes. Solutions: `notebooks/solutions/11_solutions.py`.


# %%
def my_margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    raise NotImplementedError


def my_margin_ranking_backward(dlosses, cache):
    raise NotImplementedError


def my_attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    raise NotImplementedError


def my_attention_gru_backward(dc, cache):
    raise NotImplementedError


print(nnmem.grade(globals()))
