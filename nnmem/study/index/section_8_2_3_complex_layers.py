"""Section 8.2.3: layers of complex-valued networks."""

from __future__ import annotations

from nnmem.associative import complex_layers
from nnmem.study.index.entry import OWN_ORDER, Entry, Equation, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_connections import COMPLEX_LINEAR, CRELU, MODRELU, ZRELU

ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Complex linear map",
            "复数线性层",
            "y = W x:  y_re = W_re x_re − W_im x_im,  y_im = W_im x_re + W_re x_im",
            "A layer whose numbers have a modulus and a phase: each weight stretches and turns.",
            "神经元的取值有模和相位：每个权重既伸缩又旋转。",
            ("complex_linear",),
            "09_memory_in_the_connections",
            also="complex-valued network Trabelsi 复数网络",
        ),
        Equation(
            "8.2.3",
            "8.2.3",
            "Complex nonlinearities",
            "复数激活函数",
            "modReLU(z) = max(0, |z| + b) z/|z|,  CReLU(z) = max(0, z_re) + i max(0, z_im),  "
            "zReLU(z) = z if 0 ≤ θ ≤ π/2, 0 otherwise",
            "Three ways to bend a complex number: by its modulus, by its two parts, by its quadrant.",
            "让复数变为非线性的三种办法：按模、按实部和虚部、按所在象限。",
            ("modrelu", "crelu", "zrelu"),
            "09_memory_in_the_connections",
            "modReLU(z) = max(0, |z| + b) z/|z|，CReLU(z) = max(0, z_re) + i max(0, z_im)，"
            "zReLU(z) = z，当 0 ≤ θ ≤ π/2；否则为 0",
            also="complex-valued network activation Trabelsi 复数网络",
        ),
    ),
    pairs=(
        Pair("complex_linear", complex_layers, (Layout(complex_layers.COMPLEX_LINEAR),), known=COMPLEX_LINEAR),
        Pair("modrelu", complex_layers, (Layout(complex_layers.MODRELU),), known=MODRELU),
        Pair("crelu", complex_layers, (Layout(complex_layers.NO_BIAS),), known=CRELU),
        Pair("zrelu", complex_layers, (Layout(complex_layers.NO_BIAS),), known=ZRELU),
    ),
    plain=(Plain("rayleigh_weights", complex_layers, not_graded=OWN_ORDER),),
)
