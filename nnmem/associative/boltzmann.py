"""The Boltzmann machine (玻尔兹曼机), all neurons visible: a Hopfield network that flips by chance.

The lower a state's energy (8.18), the more probable it is. Learning makes the patterns probable, not only deep: what
the network remembers without having been told is unlearnt.
"""

from __future__ import annotations

import numpy as np

from nnmem.associative.hopfield import LAYOUT, check_neurons, check_states, energy_from_field
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import count, generator, positive
from nnmem.nn.softmax import log_sum_exp

__all__ = [
    "boltzmann_log_likelihood_backward",
    "boltzmann_log_likelihood_forward",
    "boltzmann_sample",
    "boltzmann_train",
]

MOST_NEURONS = 20


def boltzmann_log_likelihood_forward(s: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Log-likelihood of states under a fully visible Boltzmann machine (玻尔兹曼机的对数似然), by enumeration.

    Section 8.2.3 on storage capacity; Ackley, Hinton and Sejnowski 1985::

        log p(s) = −E(s) − log Σ_{s′} exp(−E(s′)),   E as in (8.18), s′ all 2ᵐ states of −1 and +1

    Parameters
    ----------
    s : (..., m) array
        States, of −1 and +1; any real numbers give a value and its gradient.
    W : (m, m) array
    b : (m,) array

    Returns
    -------
    log_p : (...,) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There are more than 20 neurons.

    Departs from the text: the chapter names the Boltzmann machine without a formula; this one has no hidden neurons,
    states of ±1 where the paper has 0 and 1, and temperature 1.
    """
    function = "boltzmann_log_likelihood_forward"
    s, W, b = arrays(function, LAYOUT, s, W, b)
    check_neurons(function, s)
    m = len(b)
    if m > MOST_NEURONS:
        raise ValueError(f"{function}: s has shape {s.shape}, should have at most {MOST_NEURONS} neurons: 2^m states")
    every = np.where(np.arange(2**m)[:, None] >> np.arange(m) & 1, 1, -1).astype(s.real.dtype)
    minus_E = -energy_from_field(every, every @ W.T + b, b)
    log_Z, p = log_sum_exp(minus_E)
    log_p = -energy_from_field(s, s @ W.T + b, b) - log_Z
    return log_p, (s, W, b, every, p)


def boltzmann_log_likelihood_backward(dlog_p: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of s, W and b: Boltzmann's rule, what is seen less what is dreamt.

    The derivative of log Σ exp(−E) is the expectation under p, so::

        dW = ½ Σ dlog_p (s sᵀ − ⟨s sᵀ⟩ₚ)      db = Σ dlog_p (s − ⟨s⟩ₚ)      ds = dlog_p (½ (W + Wᵀ) s + b)

    dW is the plain partial derivative with respect to every entry; wᵢⱼ and wⱼᵢ together give the rule without ½.
    """
    s, W, b, every, p = cache
    dlog_p = upstream("boltzmann_log_likelihood_backward", "dlog_p", dlog_p, s.shape[:-1], s.dtype)
    seen = dlog_p[..., None] * s
    total = dlog_p.sum()
    ds = dlog_p[..., None] * (0.5 * (s @ W + s @ W.T) + b)
    dW = 0.5 * (weight_gradient(seen, s) - total * (every.T * p) @ every)
    return ds, dW, seen.reshape(-1, s.shape[-1]).sum(axis=0) - total * (p @ every)


def boltzmann_sample(
    s: np.ndarray, W: np.ndarray, b: np.ndarray, rng: np.random.Generator, temperatures: np.ndarray | tuple = (1.0,)
) -> np.ndarray:
    """Gibbs sampling (吉布斯采样): sweep over all neurons once at every temperature; falling ones anneal (模拟退火).

    Section 8.2.3; Ackley, Hinton and Sejnowski 1985. Each neuron in turn forgets its state and draws a new one::

        p(sᵢ = +1 | the others) = 1 / (1 + exp(−2 hᵢ / T)),   hᵢ = Σⱼ≠ᵢ wᵢⱼ sⱼ + bᵢ

    Parameters
    ----------
    s : (..., m) array
        States of −1 and +1, each a chain of its own.
    W : (m, m) array
        Symmetric, zero diagonal (``check_hopfield_weights``).
    b : (m,) array
    rng : numpy.random.Generator
    temperatures : sequence of float
        T of each sweep, above zero.

    Returns
    -------
    s : (..., m) array

    Raises
    ------
    ValueError, TypeError
        A state is not of −1 and +1, or a temperature is not above 0.

    Departs from the text: the chapter has no formula; with states of ±1 the paper's ΔE / T is 2 hᵢ / T.
    """
    function = "boltzmann_sample"
    s, W, b = arrays(function, LAYOUT, s, W, b)
    check_states(function, "s", s)
    temperatures = np.asarray(temperatures, dtype=s.dtype)
    if not (temperatures > 0).all():
        raise ValueError(f"{function}: temperatures has the entry {temperatures.min()}, should be above 0")
    generator(function, rng)
    chains = s.reshape(-1, s.shape[-1]).T.copy()  # (m, chains): a neuron's states in all chains are contiguous
    for T in temperatures:
        # s = +1 with the probability σ(2h/T): where h exceeds a logistic number of scale T/2
        threshold = rng.logistic(scale=T / 2, size=chains.shape).astype(s.dtype)
        for i in rng.permutation(len(b)):
            chains[i] = np.where(W[i] @ chains + b[i] >= threshold[i], 1, -1)
    return np.ascontiguousarray(chains.T).reshape(s.shape)


def boltzmann_train(
    patterns: np.ndarray, rng: np.random.Generator, steps: int = 1000, lr: float = 0.05, chains: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """Store patterns by Boltzmann's rule (玻尔兹曼机的学习规则), with chains that dream on from step to step.

    Section 8.2.3; Ackley, Hinton and Sejnowski 1985; persistent chains, Tieleman 2008::

        wᵢⱼ ← wᵢⱼ + η (⟨sᵢ sⱼ⟩ over the patterns − ⟨sᵢ sⱼ⟩ over the chains),   wᵢᵢ = 0

    The bias likewise. The rate η falls linearly to zero.

    Parameters
    ----------
    patterns : (N, m) array
        One pattern a row, of −1 and +1.
    rng : numpy.random.Generator
    steps : int
        Updates, each after one sweep of all chains.
    lr : float
        First η.
    chains : int

    Returns
    -------
    W : (m, m) array
    b : (m,) array

    Raises
    ------
    ValueError, TypeError
        There are no patterns, they are not of −1 and +1, or an option is not above 0.

    Departs from the text: the chapter has no formula; the paper lets the free network come to equilibrium for every
    update, here the chains go on from where they were.
    """
    function = "boltzmann_train"
    (patterns,) = arrays(function, "patterns (N, m)", patterns)
    if not len(patterns):
        raise ValueError(
            f"{function}: patterns has shape {patterns.shape}, no patterns; should be (N, m), N at least 1"
        )
    check_states(function, "patterns", patterns)
    generator(function, rng)
    count(function, "steps", steps)
    count(function, "chains", chains)
    lr = positive(function, "lr", lr)
    N, m = patterns.shape
    W, b = np.zeros((m, m), patterns.dtype), np.zeros(m, patterns.dtype)
    seen, seen_mean = patterns.T @ patterns / N, patterns.mean(axis=0)
    dream = rng.choice(np.array([-1, 1], patterns.dtype), size=(chains, m))
    for n in range(steps):
        dream = boltzmann_sample(dream, W, b, rng)
        eta = lr * (1 - n / steps)
        W += eta * (seen - dream.T @ dream / chains)
        np.fill_diagonal(W, 0)
        b += eta * (seen_mean - dream.mean(axis=0))
    return W, b
