"""Where half of what is stored is lost: the one definition that every capacity is measured by, and its extrapolation.

What is recalled is counted twice: exactly, not a single neuron wrong, and closely, an overlap of 0.95 or more with the
pattern (at most 2.5 % of the neurons wrong). The half-load is the load N/m at which one half is recalled.
"""

from __future__ import annotations

import numpy as np

CLOSE = 0.95
DRAWS = 400
SHARP = 0.9  # of the patterns, lost between one load and the next


def exact_and_close(final: np.ndarray, patterns: np.ndarray) -> tuple[float, float]:
    """Share of the patterns recalled without an error, and with an overlap of 0.95 at least."""
    overlap = (final * patterns).mean(axis=-1)
    return float((final == patterns).all(axis=-1).mean()), float((overlap >= CLOSE - 1e-9).mean())


def half_load(load: np.ndarray, share: np.ndarray, error: np.ndarray, count: float = np.inf) -> tuple[float, float]:
    """Load at which the share recalled falls below one half, and its standard error.

    The load is interpolated on a straight line. For its error the shares are drawn anew within theirs, which are taken
    as no smaller than those of ``count`` independent probes; and where all is lost between two neighbouring loads, it
    may be anywhere between them. NaN where the shares do not pass one half.
    """
    rng = np.random.default_rng(0)
    error = np.maximum(error, np.sqrt(share * (1 - share) / count))
    drawn = [_crossing(load, share + error * rng.normal(size=len(share))) for _ in range(DRAWS)]
    known = np.array([at for at in drawn if np.isfinite(at)])
    at, spread = _crossing(load, share), float(known.std()) if len(known) > 1 else float("nan")
    if np.isfinite(at):
        k = max(int(np.searchsorted(load, at)), 1)
        if share[k - 1] - share[k] > SHARP:
            spread = max(spread, float(load[k] - load[k - 1]) / 12**0.5)
    return at, spread


def _crossing(load: np.ndarray, share: np.ndarray) -> float:
    falling = np.minimum.accumulate(share)
    return float(np.interp(-0.5, -falling, load)) if falling[0] >= 0.5 >= falling[-1] else float("nan")


FORMS = {
    "a + b m^(-1/3)": (lambda m: np.ones_like(m), lambda m: m ** (-1 / 3)),
    "a + b m^(-1/2)": (lambda m: np.ones_like(m), lambda m: m**-0.5),
    "a + b / m": (lambda m: np.ones_like(m), lambda m: 1 / m),
    "a + b / ln m": (lambda m: np.ones_like(m), lambda m: 1 / np.log(m)),
    "b m^(-c)": (),
}


def extrapolations(sizes: np.ndarray, loads: np.ndarray, errors: np.ndarray) -> dict[str, tuple[float, float]]:
    """Limit for m → ∞ of each form that can be fitted, and its chi² for each degree of freedom (about 1: it fits)."""
    known = np.isfinite(loads) & np.isfinite(errors)
    m, y, sigma = np.asarray(sizes, float)[known], loads[known], errors[known]
    found = {}
    for form, terms in FORMS.items():
        if terms:
            A = np.array([term(m) for term in terms]).T
            fitted = np.linalg.lstsq(A / sigma[:, None], y / sigma, rcond=None)[0]
            limit, model = float(fitted[0]), A @ fitted
        else:
            slope, level = np.polyfit(np.log(m), np.log(y), 1, w=y / sigma)
            limit, model = 0.0, np.exp(level + slope * np.log(m))
        freedom = len(m) - 2
        found[form] = (limit, float((((y - model) / sigma) ** 2).sum() / freedom) if freedom > 0 else float("nan"))
    return found
