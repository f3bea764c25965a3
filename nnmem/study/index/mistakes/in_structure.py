"""Steps and mistakes of the learned query and of the window that slides, section 8.1.2 and 8.1.3."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_softmax import FAR_ABOVE
from nnmem.study.index.mistakes.vocabulary import extra

CONTEXT = Known(
    extras=(extra(*FAR_ABOVE, lambda rng: [(np.array([[0.5, 0.2], [3.0, 2.0], [-0.4, 0.1]]), np.eye(2), np.zeros(2), np.array([900.0, 900.0]), {"mask": np.array([True, False, True])})], axes=2, backward="gradients"),),
)  # fmt: skip


def _window(a: Any, b: Any, kappa: Any, C: Any, dw: Any, dphi: Any) -> Any:
    distance = kappa[..., None] - np.arange(1, C.shape[-2] + 1)
    bells = np.exp(-b[..., None] * distance**2)
    phi = (a[..., None] * bells).sum(axis=-2)
    w = (phi[..., None, :] @ C)[..., 0, :]
    dweights = dphi + (C @ dw[..., None])[..., 0]
    dbells = dweights[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * distance**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * distance).sum(axis=-1)
    dC = phi[..., None] * dw[..., None, :]
    return (w, phi), (da, db, dkappa, dC)


WINDOW = Known(
    _window,
    (
        Mistake("positions are counted from 0, u = 0, …, U − 1", "位置从 0 数起，应从 1 数起",
                distance=lambda kappa, C: kappa[..., None] - np.arange(C.shape[-2])),
        Mistake("the distance is not squared", "距离没有平方",
                bells=lambda b, distance: np.exp(-b[..., None] * np.abs(distance))),
        Mistake("the weights are normalised, φ / Σ φ", "对权重作了归一化：φ / Σ φ",
                phi=lambda a, bells: (a[..., None] * bells).sum(axis=-2) / (a[..., None] * bells).sum(axis=(-2, -1))[..., None]),
        Mistake("dκ has no factor 2", "dκ 漏了因子 2",
                dkappa=lambda a, b, dbells, distance: -a * b * (dbells * distance).sum(axis=-1)),
        Mistake("in db, the height a is missing", "db 漏了高度 a",
                db=lambda dbells, distance: -(dbells * distance**2).sum(axis=-1)),
        Mistake("the gradient of φ itself is forgotten", "忘了 φ 自身的上游梯度",
                dweights=lambda dw, C: (C @ dw[..., None])[..., 0]),
    ),
)  # fmt: skip
