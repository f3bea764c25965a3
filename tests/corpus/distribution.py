# Equation (8.1): softmax.
# %% right: as in the text
import numpy as np


def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


def attention_distribution_backward(dalpha, cache):
    return cache * (dalpha - (cache * dalpha).sum(axis=-1, keepdims=True))


# %% right: loops, and a Jacobian for every row
import math

import numpy as np


def softmax_of_row(row, allowed):
    out = np.zeros_like(row)
    places = [i for i in range(len(row)) if allowed is None or allowed[i]]
    if not places:
        return out
    top = max(float(row[i]) for i in places)
    total = sum(math.exp(float(row[i]) - top) for i in places)
    for i in places:
        out[i] = math.exp(float(row[i]) - top) / total
    return out


def attention_distribution_forward(scores, mask=None):
    flat = scores.reshape(-1, scores.shape[-1])
    masks = [None] * len(flat) if mask is None else mask.reshape(flat.shape)
    alpha = np.array([softmax_of_row(row, m) for row, m in zip(flat, masks)]).reshape(scores.shape)
    return alpha, {"alpha": alpha}


def attention_distribution_backward(dalpha, cache):
    alpha = cache["alpha"]
    jacobian = alpha[..., :, None] * np.eye(alpha.shape[-1], dtype=alpha.dtype) - alpha[..., :, None] * alpha[..., None, :]
    return np.einsum("...ij,...j->...i", jacobian, dalpha)


# %% wrong: a masked score far above the others should change nothing: subtract the largest of what may be attended to
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores)
    if mask is not None:
        e = e * mask
    total = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


# %% wrong: nothing to attend to should give zeros, and gives NaN
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -np.inf)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    alpha = e / e.sum(axis=-1, keepdims=True)
    return alpha, alpha


# %% wrong: a row with nothing to attend to should give zeros, and gives equal weights \(a large negative number stands fo
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -1e30)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    alpha = (e / e.sum(axis=-1, keepdims=True)).astype(scores.dtype)
    return alpha, alpha


# %% wrong: the softmax runs over the first axis, that of the batch
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -np.inf)
    top = s.max(axis=0, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=0, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


# %% wrong: the exponentials are divided by their sum over the batch too
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -np.inf)
    top = s.max()
    e = np.exp(s - (top if np.isfinite(top) else 0))
    total = e.sum()
    alpha = e / (total if total else 1)
    return alpha, alpha


# %% wrong: the mask is ignored
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    alpha = e / e.sum(axis=-1, keepdims=True)
    return alpha, alpha


# %% wrong: the mask is taken the wrong way round
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, -np.inf, scores)
    top = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


# %% wrong: applied after the softmax
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    alpha = e / e.sum(axis=-1, keepdims=True)
    if mask is not None:
        alpha = alpha * mask
    return alpha, alpha


# %% wrong: masked scores are set to 0
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else scores * mask
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    alpha = e / e.sum(axis=-1, keepdims=True)
    return alpha, alpha


# %% wrong: modifies its arguments in place: scores
def attention_distribution_forward(scores, mask=None):
    if mask is not None:
        scores[~mask] = -np.inf
    top = scores.max(axis=-1, keepdims=True)
    scores -= np.where(np.isfinite(top), top, 0)
    e = np.exp(scores)
    total = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


# %% cause unnamed: a step is missing exp
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -np.inf)
    s = s - s.max(axis=-1, keepdims=True)
    alpha = s / s.sum(axis=-1, keepdims=True)
    return alpha, alpha


# %% wrong: float32 is lost
def attention_distribution_forward(scores, mask=None):
    alpha = np.zeros(scores.shape)
    for place in np.ndindex(scores.shape[:-1]):
        row = scores[place]
        row = row if mask is None else np.where(mask[place], row, -np.inf)
        e = np.exp(row - max(row.max(), -1e300))
        alpha[place] = e / max(e.sum(), 1e-300)
    return alpha, alpha


# %% wrong: returns no cache
def attention_distribution_forward(scores, mask=None):
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


# %% wrong: nearly right
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    alpha = e / (e.sum(axis=-1, keepdims=True) + 1e-6)
    return alpha, alpha


# %% wrong: mask missing
def attention_distribution_forward(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    alpha = e / e.sum(axis=-1, keepdims=True)
    return alpha, alpha


# %% wrong: only the diagonal
def attention_distribution_backward(dalpha, cache):
    return cache * (1 - cache) * dalpha


# %% wrong: the term −αᵢ Σⱼ αⱼ dαⱼ is missing
def attention_distribution_backward(dalpha, cache):
    return cache * dalpha


# %% wrong: the sign inside is wrong
def attention_distribution_backward(dalpha, cache):
    return cache * (dalpha + (cache * dalpha).sum(axis=-1, keepdims=True))


# %% wrong: the sign is flipped
def attention_distribution_backward(dalpha, cache):
    return cache * ((cache * dalpha).sum(axis=-1, keepdims=True) - dalpha)


# %% wrong: zero everywhere
def attention_distribution_backward(dalpha, cache):
    return cache * (1 - cache.sum(axis=-1, keepdims=True)) * dalpha.sum(axis=-1, keepdims=True)


# %% wrong: the cache
def attention_distribution_backward(dalpha, cache):
    inner = (cache * dalpha).sum(axis=-1, keepdims=True)
    cache *= dalpha - inner
    return cache.copy()
