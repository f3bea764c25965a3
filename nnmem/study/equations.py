"""The index of equations: number, title, formula, meaning, functions and notebook, in English and Chinese."""

from __future__ import annotations

from typing import NamedTuple


class Equation(NamedTuple):
    """One formula of the chapter; formulas without a number stand under that of their section."""

    number: str
    section: str
    title: str
    title_zh: str
    formula: str
    meaning: str
    meaning_zh: str
    functions: tuple[str, ...]
    notebook: str


ATTENTION, VARIANTS = "01_attention", "02_attention_variants"
HOPFIELD, CAPACITY = "04_hopfield_networks", "05_capacity_and_beyond"

EQUATIONS: tuple[Equation, ...] = (
    Equation(
        "8.1",
        "8.1.1",
        "Attention distribution",
        "注意力分布",
        "αᵢ = p(z = i | x₁:ₙ, q) = softmax(s(xᵢ, q)) = exp(s(xᵢ, q)) / Σⱼ exp(s(xⱼ, q))",
        "How probable it is that item i is the one looked at, given the query.",
        "给定查询时，第 i 个输入被选中的概率。",
        ("attention_distribution",),
        ATTENTION,
    ),
    Equation(
        "8.2",
        "8.1.1",
        "Additive score",
        "加性模型",
        "s(xᵢ, q) = vᵀ tanh(W xᵢ + U q)",
        "A small network with one hidden layer judges how well item and query fit.",
        "用单隐层网络为输入与查询的匹配程度打分。",
        ("additive_score",),
        ATTENTION,
    ),
    Equation(
        "8.3",
        "8.1.1",
        "Dot-product score",
        "点积模型",
        "s(xᵢ, q) = xᵢᵀ q",
        "The more an item points the way of the query, the higher its score.",
        "输入与查询的方向越一致，得分越高。",
        ("dot_score",),
        ATTENTION,
    ),
    Equation(
        "8.4",
        "8.1.1",
        "Bilinear score",
        "双线性模型",
        "s(xᵢ, q) = xᵢᵀ W q",
        "A dot product after a learned matrix has mapped the query into the space of the items.",
        "先用可学习的矩阵变换查询，再与输入作点积。",
        ("bilinear_score",),
        ATTENTION,
    ),
    Equation(
        "8.1.1",
        "8.1.1",
        "Scaled dot-product score",
        "缩放点积模型",
        "s(xᵢ, q) = xᵢᵀ q / √d",
        "A dot product whose spread does not grow with the dimension d.",
        "除以 √d，使得分的方差不随维数 d 增大。",
        ("scaled_dot_score",),
        ATTENTION,
    ),
    Equation(
        "8.5",
        "8.1.1",
        "Soft attention",
        "软性注意力",
        "attention(x₁:ₙ, q) = Σᵢ αᵢ xᵢ",
        "The items' average, each weighted by the attention that it gets.",
        "以注意力分布为权重，对输入加权平均。",
        ("weighted_sum", "soft_attention"),
        ATTENTION,
    ),
    Equation(
        "8.6",
        "8.1.1",
        "Soft attention as an expectation",
        "软性注意力的期望形式",
        "attention(x₁:ₙ, q) = E_{z ∼ p(z | x₁:ₙ, q)}[x_z]",
        "The same average, read as the expected item when its index is drawn from the attention distribution.",
        "同一个加权平均，即按注意力分布抽取下标 z 时 x_z 的期望。",
        ("weighted_sum", "soft_attention"),
        ATTENTION,
    ),
    Equation(
        "8.7",
        "8.1.2",
        "Hard attention",
        "硬性注意力",
        "attention(x₁:ₙ, q) = x_j,  j = argmaxᵢ αᵢ    (or drawn: x_z, z ∼ α)",
        "One item alone: the most probable one, or one drawn from the distribution.",
        "只取一个输入：概率最大者，或按分布随机采样。",
        ("hard_attention", "sampled_attention"),
        VARIANTS,
    ),
    Equation(
        "8.8",
        "8.1.2",
        "Key-value attention",
        "键值对注意力",
        "attention((k, v)₁:ₙ, q) = Σᵢ αᵢ vᵢ",
        "Keys decide where to look; the values found there are averaged.",
        "“键”用来计算注意力分布，“值”用来生成选择的信息。",
        ("key_value_attention",),
        VARIANTS,
    ),
    Equation(
        "8.9",
        "8.1.2",
        "Key-value attention, written out",
        "键值对注意力的展开式",
        "attention((k, v)₁:ₙ, q) = Σᵢ exp(s(kᵢ, q)) / Σⱼ exp(s(kⱼ, q)) vᵢ",
        "The same with the softmax written out.",
        "把 softmax 展开后的同一公式。",
        ("key_value_attention",),
        VARIANTS,
    ),
    Equation(
        "8.1.2",
        "8.1.2",
        "Multi-head attention",
        "多头注意力",
        "attention((k, v)₁:ₙ, q₁:ₘ) = [attention((k, v)₁:ₙ, q₁), …, attention((k, v)₁:ₙ, qₘ)]",
        "Several queries look at the same items side by side; with projections, each head in a space of its own.",
        "多个查询平行地从输入中选取信息；带投影时，每个头在各自的子空间中进行。",
        ("multi_query_attention", "multi_head_attention"),
        VARIANTS,
    ),
    Equation(
        "8.14",
        "8.2.3",
        "Update of a neuron",
        "神经元的更新规则",
        "sᵢ = +1 if Σⱼ wᵢⱼ sⱼ + bᵢ ≥ 0, −1 otherwise",
        "A neuron takes the sign of what the others tell it; `hopfield_retrieve` repeats this until nothing changes.",
        "神经元取其他神经元输入之和的符号；反复更新直到稳定，就是检索。",
        ("hopfield_update",),
        HOPFIELD,
    ),
    Equation(
        "8.15",
        "8.2.3",
        "Conditions on the weights",
        "连接权重的性质",
        "wᵢᵢ = 0,  wᵢⱼ = wⱼᵢ",
        "No neuron is connected to itself, and connections work both ways; `check_hopfield_weights` says if they do.",
        "神经元没有自反馈，连接权重对称；由 check_hopfield_weights 检查。",
        ("hopfield_update",),
        HOPFIELD,
    ),
    Equation(
        "8.16",
        "8.2.3",
        "Synchronous update",
        "同步更新",
        "sₜ = f(W sₜ₋₁ + b),  s₀ = x",
        "All neurons at once, by the clock; f is the step function, or tanh(β ·), whose limit it is.",
        "由时钟同步，一次更新所有神经元；f 为阶跃函数，即 tanh(β ·) 的极限。",
        ("hopfield_update",),
        HOPFIELD,
    ),
    Equation(
        "8.17",
        "8.2.3",
        "Energy",
        "能量函数",
        "E = −½ Σᵢⱼ wᵢⱼ sᵢ sⱼ − Σᵢ bᵢ sᵢ",
        "How much the neurons disagree with their connections; no asynchronous update raises it.",
        "神经元状态与连接的不一致程度；异步更新不会使它升高。",
        ("hopfield_energy",),
        HOPFIELD,
    ),
    Equation(
        "8.18",
        "8.2.3",
        "Energy as a quadratic form",
        "能量函数的矩阵形式",
        "E = −½ sᵀ W s − bᵀ s",
        "The same in matrices; its gradient with respect to s is minus the local field.",
        "同一能量的矩阵写法；它对 s 的梯度是局部场的相反数。",
        ("hopfield_energy",),
        HOPFIELD,
    ),
    Equation(
        "8.19",
        "8.2.3",
        "Hebbian learning",
        "Hebbian 法则",
        "wᵢⱼ = (1/N) Σₙ xᵢ⁽ⁿ⁾ xⱼ⁽ⁿ⁾",
        "Neurons that are active together in the stored patterns are connected; the diagonal is left out.",
        "在存储的模式中同时激活的神经元相互连接；对角线置零。",
        ("hebbian_weights",),
        HOPFIELD,
    ),
    Equation(
        "8.2.3",
        "8.2.3",
        "Boltzmann machine",
        "玻尔兹曼机",
        "p(s) = exp(−E(s)) / Σ_{s′} exp(−E(s′)),  Δwᵢⱼ ∝ ⟨sᵢ sⱼ⟩_data − ⟨sᵢ sⱼ⟩ₚ",
        "States are as probable as their energy is low; learning strengthens what is seen and weakens what is dreamt.",
        "能量越低的状态概率越大；学习增强数据中的相关，减弱模型自发产生的相关。",
        ("boltzmann_log_likelihood",),
        CAPACITY,
    ),
    Equation(
        "8.2.3",
        "8.2.3",
        "Continuous Hopfield network",
        "连续 Hopfield 网络",
        "du/dt = −u + W v + b,  v = tanh(β u),  E = −½ vᵀ W v − bᵀ v + Σᵢ ∫₀^{vᵢ} g⁻¹(x) dx",
        "Neurons move smoothly in time, always downhill in an energy with a term for the leak.",
        "神经元状态随时间连续变化，能量（含泄漏项）始终下降。",
        ("continuous_hopfield_energy",),
        CAPACITY,
    ),
    Equation(
        "8.2.3",
        "8.2.3",
        "Dense associative memory",
        "高阶连接的联想记忆",
        "E = −Σₙ F(x⁽ⁿ⁾ · s),  F(o) = oᴷ or exp(o)",
        "Connections among K neurons at a time make the valleys narrower, and room for O(mᴷ⁻¹) patterns.",
        "K 个神经元之间的高阶连接使能量的谷更窄，容量达到 O(mᴷ⁻¹)。",
        ("dense_energy",),
        CAPACITY,
    ),
    Equation(
        "8.2.3",
        "8.2.3",
        "Modern Hopfield network",
        "现代 Hopfield 网络",
        "s_next = Xᵀ softmax(β X s),  E = −(1/β) log Σᵢ exp(β xᵢᵀ s) + ½ sᵀ s",
        "With real states and an exponential energy, one update of a Hopfield network is attention, equation (8.9).",
        "状态取实数、能量取指数时，Hopfield 网络的一步更新就是注意力公式 (8.9)。",
        ("modern_hopfield", "modern_hopfield_energy"),
        CAPACITY,
    ),
    Equation(
        "8.2.3",
        "8.2.3",
        "Holographic binding",
        "全息约简表示：绑定与解绑",
        "c = a ⊛ b = F⁻¹(F(a) ∘ F(b)),  b ≈ a ⋆ c = F⁻¹(conj F(a) ∘ F(c))",
        "Pairs of vectors are multiplied as complex numbers, added up, and taken apart again by the conjugate.",
        "以复数乘法把成对的向量绑定、叠加存储，再用共轭解绑取回。",
        ("bind", "unbind"),
        CAPACITY,
    ),
)


def find(number: str) -> Equation | None:
    """Return the equation of this number, or None."""
    return next((equation for equation in EQUATIONS if equation.number == number), None)


def equation_of(function: str) -> str:
    """Return the number of the first equation that lists a function (its name without ``_forward``)."""
    return next(equation.number for equation in EQUATIONS if function in equation.functions)
