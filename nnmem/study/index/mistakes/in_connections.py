"""Steps and mistakes of memory in the connections: fast weights, complex layers, complex keys and their copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import average, batch_total, dots, extra, nonzero, outer, over


def _fast_weight_read(H: Any, q: Any, decay: Any, rate: Any, dr: Any) -> Any:
    age = np.arange(H.shape[-2])[::-1]
    fade = rate * decay**age
    w = fade * dots(H, q)
    r = average(w, H)
    dw = fade * dots(H, dr)
    dH = outer(w, dr) + outer(dw, q)
    dq = average(dw, H)
    return (r,), (dH, dq)


FAST_WEIGHT_READ = Known(
    _fast_weight_read,
    (
        Mistake("the oldest state is the strongest: the decay counts from the wrong end", "衰减方向反了：最旧的状态反而最强", age=lambda H: np.arange(H.shape[-2])),
        Mistake("the last state has faded once already: λ^(T−t+1) in place of λ^(T−t)", "最新的状态已衰减一次：应为 λ^(T−t)，用了 λ^(T−t+1)", age=lambda H: np.arange(H.shape[-2])[::-1] + 1),
        Mistake("nothing fades: the decay λ is missing", "没有衰减：缺少 λ", fade=lambda rate, age: rate + 0.0 * age),
        Mistake("the rate η is missing", "缺少学习率 η", fade=lambda decay, age: decay**age),
        Mistake("the scores are missing: states are added up faded, whatever the query", "缺少得分 hₜᵀ q：只是把衰减后的状态相加", w=lambda fade, H, q: fade + 0 * dots(H, q)),
        Mistake("a state is key and value: in dH the part of the key, cₜ (hₜᵀ dr) q, is missing", "状态既是键又是值：dH 中缺少键的一项", dH=lambda w, dr: outer(w, dr)),
        Mistake("a state is key and value: in dH the part of the value, wₜ dr, is missing", "状态既是键又是值：dH 中缺少值的一项", dH=lambda dw, q: outer(dw, q)),
    ),
)  # fmt: skip


def _complex_linear(x_re: Any, x_im: Any, W_re: Any, W_im: Any, dy_re: Any, dy_im: Any) -> Any:
    y_re = x_re @ W_re.T - x_im @ W_im.T
    y_im = x_re @ W_im.T + x_im @ W_re.T
    dx_re = dy_re @ W_re + dy_im @ W_im
    dx_im = dy_im @ W_re - dy_re @ W_im
    dW_re = over(dy_re, x_re) + over(dy_im, x_im)
    dW_im = over(dy_im, x_re) - over(dy_re, x_im)
    return (y_re, y_im), (dx_re, dx_im, dW_re, dW_im)


COMPLEX_LINEAR = Known(
    _complex_linear,
    (
        Mistake("i² is −1: in y_re, the product of the imaginary parts is to be subtracted", "i² = −1：y_re 中虚部之积应相减", y_re=lambda x_re, W_re, x_im, W_im: x_re @ W_re.T + x_im @ W_im.T),
        Mistake("the parts are mapped each for itself: W_re x_re and W_im x_im", "实部、虚部各自相乘，没有交叉项", y_re=lambda x_re, W_re: x_re @ W_re.T, y_im=lambda x_im, W_im: x_im @ W_im.T),
        Mistake("W is conjugated in the forward", "前向计算中取了 W 的共轭", y_re=lambda x_re, W_re, x_im, W_im: x_re @ W_re.T + x_im @ W_im.T, y_im=lambda x_re, W_re, x_im, W_im: x_im @ W_re.T - x_re @ W_im.T),
        Mistake("in dx, W is transposed and not conjugated", "dx 中 W 只转置，没有取共轭", dx_re=lambda dy_re, W_re, dy_im, W_im: dy_re @ W_re - dy_im @ W_im, dx_im=lambda dy_re, W_re, dy_im, W_im: dy_im @ W_re + dy_re @ W_im),
        Mistake("in dW, x is not conjugated", "dW 中 x 没有取共轭", dW_re=lambda dy_re, x_re, dy_im, x_im: over(dy_re, x_re) - over(dy_im, x_im), dW_im=lambda dy_re, x_re, dy_im, x_im: over(dy_im, x_re) + over(dy_re, x_im)),
    ),
)  # fmt: skip


def _modrelu(z_re: Any, z_im: Any, b: Any, dy_re: Any, dy_im: Any) -> Any:
    length = np.hypot(z_re, z_im)
    passes = (length + b > 0) & (length > 0)
    s = np.where(passes, 1 + b / nonzero(length), 0)
    y_re = s * z_re
    y_im = s * z_im
    n_re = z_re / nonzero(length)
    n_im = z_im / nonzero(length)
    p = np.where(passes, dy_re * n_re + dy_im * n_im, 0)
    bend = b / nonzero(length) * p
    dz_re = s * dy_re - bend * n_re
    dz_im = s * dy_im - bend * n_im
    db = batch_total(p)
    return (y_re, y_im), (dz_re, dz_im, db)


MODRELU = Known(
    _modrelu,
    (
        Mistake("the cut at zero is missing: |z| + b may be negative and turns the phase round", "缺少截断：|z| + b 为负时相位被反转", s=lambda b, length: 1 + b / nonzero(length)),
        Mistake("the sign of b is wrong: |z| − b in place of |z| + b", "b 的符号反了：应为 |z| + b", passes=lambda length, b: (length - b > 0) & (length > 0), s=lambda passes, b, length: np.where(passes, 1 - b / nonzero(length), 0)),
        Mistake("z is not divided by |z|: (|z| + b) z in place of (|z| + b) z / |z|", "没有除以 |z|：应为 (|z| + b) z / |z|", s=lambda passes, length, b: np.where(passes, length + b, 0)),
        Mistake("the scale s is taken for a constant: in dz the part along z is missing", "把比例 s 当成了常数：dz 中缺少沿 z 方向的一项", bend=lambda p: 0 * p),
        Mistake("as for a real ReLU, dz = dy where it passes: the scale s is missing across z", "像实数 ReLU 那样令 dz = dy：缺少比例 s", dz_re=lambda passes, dy_re: passes * dy_re, dz_im=lambda passes, dy_im: passes * dy_im),
        Mistake("db sums what is silenced too", "db 把被截断的也加了进去", db=lambda dy_re, n_re, dy_im, n_im: batch_total(dy_re * n_re + dy_im * n_im)),
    ),
)  # fmt: skip


def _crelu(z_re: Any, z_im: Any, dy_re: Any, dy_im: Any) -> Any:
    y_re = np.where(z_re < 0, 0, z_re)
    y_im = np.where(z_im < 0, 0, z_im)
    dz_re = np.where(z_re < 0, 0, dy_re)
    dz_im = np.where(z_im < 0, 0, dy_im)
    return (y_re, y_im), (dz_re, dz_im)


CRELU = Known(
    _crelu,
    (
        Mistake("this is zReLU: both parts pass, or none", "这是 zReLU：两部分要么都通过，要么都不通过", y_re=lambda z_re, z_im: np.where((z_re < 0) | (z_im < 0), 0, z_re), y_im=lambda z_re, z_im: np.where((z_re < 0) | (z_im < 0), 0, z_im)),
        Mistake("the gradient passes everywhere", "梯度处处通过", dz_re=lambda dy_re: dy_re, dz_im=lambda dy_im: dy_im),
    ),
)  # fmt: skip


def _zrelu(z_re: Any, z_im: Any, dy_re: Any, dy_im: Any) -> Any:
    outside = (z_re < 0) | (z_im < 0)
    y_re = np.where(outside, 0, z_re)
    y_im = np.where(outside, 0, z_im)
    dz_re = np.where(outside, 0, dy_re)
    dz_im = np.where(outside, 0, dy_im)
    return (y_re, y_im), (dz_re, dz_im)


ZRELU = Known(
    _zrelu,
    (
        Mistake("this is CReLU: each part is cut for itself", "这是 CReLU：实部与虚部各自截断", y_re=lambda z_re: np.where(z_re < 0, 0, z_re), y_im=lambda z_im: np.where(z_im < 0, 0, z_im)),
        Mistake("the upper half plane passes, not the first quadrant", "通过的是上半平面，应为第一象限", outside=lambda z_im: z_im < 0),
        Mistake("the right half plane passes, not the first quadrant", "通过的是右半平面，应为第一象限", outside=lambda z_re: z_re < 0),
        Mistake("the gradient passes everywhere", "梯度处处通过", dz_re=lambda dy_re: dy_re, dz_im=lambda dy_im: dy_im),
    ),
)  # fmt: skip


def _complex_bind(a_re: Any, a_im: Any, b_re: Any, b_im: Any, dc_re: Any, dc_im: Any) -> Any:
    c_re = a_re * b_re - a_im * b_im
    c_im = a_re * b_im + a_im * b_re
    da_re = b_re * dc_re + b_im * dc_im
    da_im = b_re * dc_im - b_im * dc_re
    db_re = a_re * dc_re + a_im * dc_im
    db_im = a_re * dc_im - a_im * dc_re
    return (c_re, c_im), (da_re, da_im, db_re, db_im)


COMPLEX_BIND = Known(
    _complex_bind,
    (
        Mistake("i² is −1: in c_re, the product of the imaginary parts is to be subtracted", "i² = −1：c_re 中虚部之积应相减", c_re=lambda a_re, b_re, a_im, b_im: a_re * b_re + a_im * b_im),
        Mistake("this unbinds: a is conjugated", "这是解绑：a 取了共轭", c_re=lambda a_re, b_re, a_im, b_im: a_re * b_re + a_im * b_im, c_im=lambda a_re, b_re, a_im, b_im: a_re * b_im - a_im * b_re),
        Mistake("the parts are multiplied each for itself", "实部、虚部各自相乘", c_re=lambda a_re, b_re: a_re * b_re, c_im=lambda a_im, b_im: a_im * b_im),
        Mistake("in da and db, the other vector is to be conjugated: the gradient is bound in place of unbound", "da、db 中另一向量应取共轭：梯度应解绑，用了绑定", da_re=lambda b_re, b_im, dc_re, dc_im: b_re * dc_re - b_im * dc_im, da_im=lambda b_re, b_im, dc_re, dc_im: b_re * dc_im + b_im * dc_re, db_re=lambda a_re, a_im, dc_re, dc_im: a_re * dc_re - a_im * dc_im, db_im=lambda a_re, a_im, dc_re, dc_im: a_re * dc_im + a_im * dc_re),
    ),
)  # fmt: skip


def _bound_modulus(z_re: Any, z_im: Any, dy_re: Any, dy_im: Any) -> Any:
    length = np.hypot(z_re, z_im)
    size = np.maximum(1, length)
    y_re = z_re / size
    y_im = z_im / size
    p = np.where(length < 1, 0, dy_re * y_re + dy_im * y_im)
    dz_re = (dy_re - p * y_re) / size
    dz_im = (dy_im - p * y_im) / size
    return (y_re, y_im), (dz_re, dz_im)


BOUND_MODULUS = Known(
    _bound_modulus,
    (
        Mistake("what is shorter than one is stretched to one: z / |z| in place of z / max(1, |z|)", "短于 1 的也被拉长到 1：应为 z / max(1, |z|)", size=lambda length: nonzero(length)),
        Mistake("each part is kept in ±1 for itself, which changes the phase", "实部、虚部各自限制在 ±1，相位改变了", y_re=lambda z_re: np.clip(z_re, -1, 1), y_im=lambda z_im: np.clip(z_im, -1, 1)),
        Mistake("|z|² stands in place of |z|", "用了 |z|²，应为 |z|", size=lambda length: np.maximum(1, length**2)),
        Mistake("the norm is that of the whole vector, in place of the modulus of each entry", "用了整个向量的范数，应为每个分量的模", size=lambda z_re, z_im: np.maximum(1, np.sqrt((z_re**2 + z_im**2).sum(axis=-1, keepdims=True)))),
        Mistake("the size is taken for a constant: outside the circle the part along y is to be taken away", "把模当成了常数：圆外应减去沿 y 方向的部分", p=lambda length: 0 * length),
        Mistake("the part along y is taken away inside the circle too", "圆内也减去了沿 y 方向的部分", p=lambda dy_re, y_re, dy_im, y_im: dy_re * y_re + dy_im * y_im),
    ),
    (extra("a zero stays zero, and its gradient passes", "零保持为零，梯度照常传过", lambda rng: [(np.array([0.0, 0.5, 1.2]), np.array([0.0, -0.2, 1.0]))], axes=1, backward="gradients"),),
)  # fmt: skip


def _put_back(dk: Any, P: Any) -> Any:
    """Each copy's entries in their old order, added."""
    return sum(dk[..., s, :][..., np.argsort(order)] for s, order in enumerate(P))


def _write_copies(r_re: Any, r_im: Any, u_re: Any, u_im: Any, permutations: Any, dc_re: Any, dc_im: Any) -> Any:
    P = permutations
    k_re = r_re[..., P]
    k_im = r_im[..., P]
    v_re = u_re[..., None, :]
    v_im = u_im[..., None, :]
    c_re = k_re * v_re - k_im * v_im
    c_im = k_re * v_im + k_im * v_re
    dr_re = _put_back(v_re * dc_re + v_im * dc_im, P)
    dr_im = _put_back(v_re * dc_im - v_im * dc_re, P)
    du_re = (k_re * dc_re + k_im * dc_im).sum(axis=-2)
    du_im = (k_re * dc_im - k_im * dc_re).sum(axis=-2)
    return (c_re, c_im), (dr_re, dr_im, du_re, du_im)


WRITE_COPIES = Known(
    _write_copies,
    (
        Mistake("the orders are inverted: entry j of P r is entry P[j] of r", "置换用反了：P r 的第 j 个分量是 r 的第 P[j] 个分量", P=lambda permutations: np.argsort(permutations, axis=1)),
        Mistake("the key's entries keep their order in every copy: the copies are all the same", "各份中键的分量次序相同：没有置换", P=lambda permutations: np.sort(permutations, axis=1)),
        Mistake("the value is put in another order, not the key", "被置换的是值，应为键", k_re=lambda r_re, P: r_re[..., np.sort(P, axis=1)], k_im=lambda r_im, P: r_im[..., np.sort(P, axis=1)], v_re=lambda u_re, P: u_re[..., P], v_im=lambda u_im, P: u_im[..., P]),
        Mistake("in dr, the entries are not put back in their places", "dr 中没有把分量放回原来的位置", dr_re=lambda v_re, dc_re, v_im, dc_im: (v_re * dc_re + v_im * dc_im).sum(axis=-2), dr_im=lambda v_re, dc_im, v_im, dc_re: (v_re * dc_im - v_im * dc_re).sum(axis=-2)),
    ),
)  # fmt: skip


def _read_copies(c_re: Any, c_im: Any, r_re: Any, r_im: Any, permutations: Any, dy_re: Any, dy_im: Any) -> Any:
    P = permutations
    S = len(P)
    k_re = r_re[..., P]
    k_im = r_im[..., P]
    y_re = (k_re * c_re - k_im * c_im).sum(axis=-2) / S
    y_im = (k_re * c_im + k_im * c_re).sum(axis=-2) / S
    g_re = dy_re[..., None, :] / S
    g_im = dy_im[..., None, :] / S
    dc_re = k_re * g_re + k_im * g_im
    dc_im = k_re * g_im - k_im * g_re
    dr_re = _put_back(c_re * g_re + c_im * g_im, P)
    dr_im = _put_back(c_re * g_im - c_im * g_re, P)
    return (y_re, y_im), (dc_re, dc_im, dr_re, dr_im)


READ_COPIES = Known(
    _read_copies,
    (
        Mistake("the copies are added up; it is their mean", "各份相加了，应取平均", S=lambda P: 1),
        Mistake("the key is conjugated here too; give the conjugate as the key", "这里又取了键的共轭；应由调用者给出共轭", k_im=lambda r_im, P: -r_im[..., P]),
        Mistake("the orders are inverted: entry j of P r is entry P[j] of r", "置换用反了：P r 的第 j 个分量是 r 的第 P[j] 个分量", P=lambda permutations: np.argsort(permutations, axis=1)),
        Mistake("the gradient is not divided by the number of copies", "梯度没有除以份数 S", g_re=lambda dy_re: dy_re[..., None, :], g_im=lambda dy_im: dy_im[..., None, :]),
        Mistake("in dr, the entries are not put back in their places", "dr 中没有把分量放回原来的位置", dr_re=lambda c_re, g_re, c_im, g_im: (c_re * g_re + c_im * g_im).sum(axis=-2), dr_im=lambda c_re, g_im, c_im, g_re: (c_re * g_im - c_im * g_re).sum(axis=-2)),
    ),
)  # fmt: skip
