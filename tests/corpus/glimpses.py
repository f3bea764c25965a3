# Section 8.4: a glimpse, and the policy that places it.
# %% right: each scale on its own, with a padded picture
import math

import numpy as np


def glimpse_forward(picture, place, size=8, scales=3):
    H, W = picture.shape[-2:]
    lead = picture.shape[:-2]
    retina = np.zeros((*lead, scales, size, size), picture.dtype)
    for b in np.ndindex(lead):
        if np.isnan(place[b]).any():
            retina[b] = np.nan
            continue
        r, c = math.floor((1 + place[b][0]) * H / 2 + 0.5), math.floor((1 + place[b][1]) * W / 2 + 0.5)
        for k in range(scales):
            side, n = 2**k, 2**k * size
            window = np.zeros((n, n), picture.dtype)
            for i in range(n):
                for j in range(n):
                    y, x = r - side * (size // 2) + i, c - side * (size // 2) + j
                    if 0 <= y < H and 0 <= x < W:
                        window[i, j] = picture[b][y, x]
            retina[b][k] = window.reshape(size, side, size, side).mean(axis=(1, 3))
    return retina, (picture, place, size, scales)


def glimpse_backward(dretina, cache):
    picture, place, size, scales = cache
    H, W = picture.shape[-2:]
    dpicture = np.zeros_like(picture)
    for b in np.ndindex(picture.shape[:-2]):
        if np.isnan(place[b]).any():
            continue
        r, c = math.floor((1 + place[b][0]) * H / 2 + 0.5), math.floor((1 + place[b][1]) * W / 2 + 0.5)
        for k in range(scales):
            side = 2**k
            for i in range(side * size):
                for j in range(side * size):
                    y, x = r - side * (size // 2) + i, c - side * (size // 2) + j
                    if 0 <= y < H and 0 <= x < W:
                        dpicture[b][y, x] += dretina[b][k, i // side, j // side] / side**2
    return dpicture


def gaussian_policy_forward(mean, place, std=0.1):
    d = mean.shape[-1]
    log_p = -((place - mean) ** 2).sum(-1) / (2 * std**2) - d / 2 * math.log(2 * math.pi * std**2)
    return log_p.astype(mean.dtype), (mean, place, std)


def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    dmean = dlog_p[..., None] * (place - mean) / std**2
    return dmean, -dmean


def _retina(picture, place, size, scales, corner=None, edge="zero", pool=np.mean, at=None, sides=None):
    """The forward with one thing other than it should be."""
    H, W = picture.shape[-2:]
    lead = picture.shape[:-2]
    retina = np.zeros((*lead, scales, size, size), picture.dtype)
    at = at or (lambda y, n: math.floor((1 + y) * n / 2 + 0.5))
    corner = corner or (lambda p, side: p - side * (size // 2))
    for b in np.ndindex(lead):
        if np.isnan(place[b]).any():
            retina[b] = np.nan
            continue
        r, c = at(float(place[b][0]), H), at(float(place[b][1]), W)
        for k in range(scales):
            side = 2**k if sides is None else sides(k)
            n = side * size
            top, left = corner(r, side), corner(c, side)
            if edge == "moved":
                top, left = max(0, min(top, H - n)), max(0, min(left, W - n))
            window = np.zeros((n, n), picture.dtype)
            for i in range(n):
                for j in range(n):
                    y, x = top + i, left + j
                    if edge == "nearest":
                        y, x = min(max(y, 0), H - 1), min(max(x, 0), W - 1)
                    if edge == "round":
                        y, x = y % H, x % W
                    if 0 <= y < H and 0 <= x < W:
                        window[i, j] = picture[b][y, x]
            blocks = window.reshape(size, side, size, side)
            retina[b][k] = pool(blocks, axis=(1, 3))
    return retina, (picture, place, size, scales)


def _given_back(dretina, cache, share=lambda side: side**2, only=None, overwrite=False, outside=None):
    picture, place, size, scales = cache
    H, W = picture.shape[-2:]
    dpicture = np.zeros_like(picture)
    for b in np.ndindex(picture.shape[:-2]):
        r, c = math.floor((1 + place[b][0]) * H / 2 + 0.5), math.floor((1 + place[b][1]) * W / 2 + 0.5)
        for k in range(scales) if only is None else [only]:
            side = 2**k
            for i in range(side * size):
                for j in range(side * size):
                    y, x = r - side * (size // 2) + i, c - side * (size // 2) + j
                    if outside == "nearest":
                        y, x = min(max(y, 0), H - 1), min(max(x, 0), W - 1)
                    if 0 <= y < H and 0 <= x < W:
                        new = dretina[b][k, i // side, j // side] / share(side)
                        dpicture[b][y, x] = new if overwrite else dpicture[b][y, x] + new
    return dpicture


def _log_density(mean, place, std):
    d = mean.shape[-1]
    log_p = -((place - mean) ** 2).sum(-1) / (2 * std**2) - d / 2 * math.log(2 * math.pi * std**2)
    return log_p, (mean, place, std)


# %% wrong: x and y
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place[..., ::-1], size, scales)


# %% wrong: from 0 to 1
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, at=lambda y, n: math.floor(y * n + 0.5))


# %% wrong: nearest
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, at=lambda y, n: math.floor((1 + y) * n / 2))


# %% wrong: begins at the place
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, corner=lambda p, side: p)


# %% wrong: zeros
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, edge="nearest")


# %% wrong: other side
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, edge="round")


# %% wrong: pushed back
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, edge="moved")


# %% wrong: sum
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, pool=np.sum)


# %% wrong: largest
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, pool=np.max)


# %% wrong: one pixel of each block
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, pool=lambda blocks, axis: blocks[:, 0, :, 0])


# %% wrong: 3g
def glimpse_forward(picture, place, size=8, scales=3):
    return _retina(picture, place, size, scales, sides=lambda k: k + 1)


# %% cause unnamed: the coarsest first
def glimpse_forward(picture, place, size=8, scales=3):
    retina, cache = _retina(picture, place, size, scales)
    return retina[..., ::-1, :, :].copy(), cache


# %% wrong: not divided
def glimpse_backward(dretina, cache):
    return _given_back(dretina, cache, share=lambda side: 1)


# %% wrong: 2ᵏ
def glimpse_backward(dretina, cache):
    return _given_back(dretina, cache, share=lambda side: side)


# %% wrong: overwrites
def glimpse_backward(dretina, cache):
    return _given_back(dretina, cache, overwrite=True)


# %% wrong: finest
def glimpse_backward(dretina, cache):
    return _given_back(dretina, cache, only=0)


# %% wrong: edge
def glimpse_backward(dretina, cache):
    return _given_back(dretina, cache, outside="nearest")


# %% wrong backward: raises|gradients, should|another shape|shape
def glimpse_backward(dretina, cache):
    return _given_back(dretina, cache), np.zeros_like(cache[1])


# %% wrong: 2π
def gaussian_policy_forward(mean, place, std=0.1):
    return -((place - mean) ** 2).sum(-1) / (2 * std**2) - mean.shape[-1] * math.log(std), (mean, place, std)


# %% wrong: once
def gaussian_policy_forward(mean, place, std=0.1):
    quadratic = ((place - mean) ** 2).sum(-1) / (2 * std**2)
    return -quadratic - math.log(std * math.sqrt(2 * math.pi)), (mean, place, std)


# %% wrong: left out
def gaussian_policy_forward(mean, place, std=0.1):
    return -((place - mean) ** 2).sum(-1) / (2 * std**2), (mean, place, std)


# %% wrong: 2
def gaussian_policy_forward(mean, place, std=0.1):
    log_p = -((place - mean) ** 2).sum(-1) / std**2 - mean.shape[-1] * math.log(std * math.sqrt(2 * math.pi))
    return log_p, (mean, place, std)


# %% wrong: variance
def gaussian_policy_forward(mean, place, std=0.1):
    d = mean.shape[-1]
    return -((place - mean) ** 2).sum(-1) / (2 * std) - d / 2 * math.log(2 * math.pi * std), (mean, place, std)


# %% wrong: density
def gaussian_policy_forward(mean, place, std=0.1):
    log_p, cache = _log_density(mean, place, std)
    return np.exp(log_p), cache


# %% wrong: sign
def gaussian_policy_forward(mean, place, std=0.1):
    log_p, cache = _log_density(mean, place, std)
    return -log_p, cache


# %% wrong: mean
def gaussian_policy_forward(mean, place, std=0.1):
    log_p, cache = _log_density(mean, place, std)
    return log_p / mean.shape[-1], cache


# %% wrong: sign
def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    dmean = dlog_p[..., None] * (mean - place) / std**2
    return dmean, -dmean


# %% wrong: σ²
def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    dmean = dlog_p[..., None] * (place - mean) / std
    return dmean, -dmean


# %% wrong: receives a gradient
def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    dmean = dlog_p[..., None] * (place - mean) / std**2
    return dmean, np.zeros_like(place)


# %% wrong: upstream
def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    dmean = (place - mean) / std**2 + 0 * dlog_p[..., None]
    return dmean, -dmean


# %% wrong: division
def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    dmean = dlog_p[..., None] * (place - mean)
    return dmean, -dmean


# %% wrong: density
def gaussian_policy_backward(dlog_p, cache):
    mean, place, std = cache
    p = np.exp(_log_density(mean, place, std)[0])
    dmean = (dlog_p * p)[..., None] * (place - mean) / std**2
    return dmean, -dmean
