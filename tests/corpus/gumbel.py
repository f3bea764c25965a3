# Beside (8.7): gradients through a choice.
# %% right: the textbook's own words
import numpy as np


def _softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def straight_through_forward(scores, gumbel):
    noisy = scores + gumbel
    z = (np.arange(scores.shape[-1]) == noisy.argmax(-1)[..., None]).astype(scores.dtype)
    return np.where(np.isnan(noisy).any(-1, keepdims=True), np.nan, z).astype(scores.dtype), _softmax(scores)


def straight_through_backward(dz, cache):
    return cache * (dz - (cache * dz).sum(-1, keepdims=True))


def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    y = _softmax((scores + gumbel) / temperature)
    return y, (y, temperature)


def gumbel_softmax_backward(dy, cache):
    y, temperature = cache
    return y * (dy - (y * dy).sum(-1, keepdims=True)) / temperature


def _one_hot(noisy):
    return (np.arange(noisy.shape[-1]) == noisy.argmax(-1)[..., None]) + 0.0


def _with(noisy, temperature):
    y = _softmax(noisy)
    return y, (y, temperature)


# %% wrong: noise
def straight_through_forward(scores, gumbel):
    return _one_hot(scores), _softmax(scores)


# %% wrong: subtracted
def straight_through_forward(scores, gumbel):
    return _one_hot(scores - gumbel), _softmax(scores)


# %% wrong: soft
def straight_through_forward(scores, gumbel):
    return _softmax(scores + gumbel), _softmax(scores)


# %% wrong: noise
def straight_through_forward(scores, gumbel):
    return _one_hot(_softmax(scores) + gumbel), _softmax(scores)


# %% wrong: last
def straight_through_forward(scores, gumbel):
    noisy = (scores + gumbel)[..., ::-1]
    return _one_hot(noisy)[..., ::-1].copy(), _softmax(scores)


# %% wrong: least
def straight_through_forward(scores, gumbel):
    return _one_hot(-scores - gumbel), _softmax(scores)


# %% wrong: every one
def straight_through_forward(scores, gumbel):
    noisy = scores + gumbel
    return (noisy == noisy.max(-1, keepdims=True)) + 0.0, _softmax(scores)


# %% wrong: shape
def straight_through_forward(scores, gumbel):
    return (scores + gumbel).argmax(-1), _softmax(scores)


# %% wrong: softmax
def straight_through_backward(dz, cache):
    return dz


# %% wrong: zero
def straight_through_backward(dz, cache):
    return np.zeros_like(dz)


# %% wrong: every other|diagonal|Σ|sum
def straight_through_backward(dz, cache):
    return cache * dz


# %% wrong backward: drawn
def straight_through_forward(scores, gumbel):
    z = _one_hot(scores + gumbel).astype(scores.dtype)
    return z, (_softmax(scores), z)


def straight_through_backward(dz, cache):
    alpha, z = cache
    return z * (dz - (alpha * dz).sum(-1, keepdims=True))


# %% wrong backward: noise
def straight_through_forward(scores, gumbel):
    return _one_hot(scores + gumbel), _softmax(scores + gumbel)


def straight_through_backward(dz, cache):
    return cache * (dz - (cache * dz).sum(-1, keepdims=True))


# %% wrong: α
def straight_through_backward(dz, cache):
    return dz - (cache * dz).sum(-1, keepdims=True)


# %% wrong: noise
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _with(scores / temperature, temperature)


# %% wrong: temperature
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _with(scores / temperature + gumbel, temperature)


# %% wrong: temperature
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _with((scores + gumbel) * temperature, temperature)


# %% wrong: temperature
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _with(scores + gumbel, temperature)


# %% wrong: subtracted|minus|−|sign
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _with((scores - gumbel) / temperature, temperature)


# %% wrong: hard
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _one_hot(scores + gumbel), (_softmax((scores + gumbel) / temperature), temperature)


# %% wrong: temperature
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    return _with(np.log(_softmax(scores)) / temperature + np.log(_softmax(gumbel)), temperature)


# %% wrong: log
def gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    y, cache = _with((scores + gumbel) / temperature, temperature)
    return np.log(y), cache


# %% wrong: temperature|τ
def gumbel_softmax_backward(dy, cache):
    y, temperature = cache
    return y * (dy - (y * dy).sum(-1, keepdims=True))


# %% wrong: temperature|τ
def gumbel_softmax_backward(dy, cache):
    y, temperature = cache
    return y * (dy - (y * dy).sum(-1, keepdims=True)) * temperature


# %% wrong: Σ|sum|diagonal|other
def gumbel_softmax_backward(dy, cache):
    y, temperature = cache
    return y * dy / temperature


# %% wrong: softmax|Jacobian|y
def gumbel_softmax_backward(dy, cache):
    y, temperature = cache
    return dy / temperature


# %% wrong: sign
def gumbel_softmax_backward(dy, cache):
    y, temperature = cache
    return -y * (dy - (y * dy).sum(-1, keepdims=True)) / temperature
