"""Solutions of the homework in notebook 6. ``python 06_solutions.py`` grades them.

3. The variance of (R − b) g, g = ∇ log p, is E[(R − b)² |g|²] less a constant. Its derivative in b vanishes at
   b = E[R |g|²] / E[|g|²]: a mean of the rewards in which a draw counts by the square of its own gradient, so the
   unlikely ones count more. For the three regions of the notebook that is about 10.3, where the mean reward is 9.9.
"""

import math

import numpy as np

import nnmem


def my_patches_forward(X, size, stride=1):
    """Every patch is a slice."""
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            top, left = i * stride, j * stride
            P[..., i, j, :] = X[..., top : top + size, left : left + size, :].reshape(*lead, -1)
    return P, (X.shape, size, stride)


def my_patches_backward(dP, cache):
    """A pixel receives from every patch that it was copied into."""
    shape, size, stride = cache
    *lead, h, w, _ = dP.shape
    dX = np.zeros(shape, dP.dtype)
    for i in range(h):
        for j in range(w):
            top, left = i * stride, j * stride
            back = dP[..., i, j, :].reshape(*lead, size, size, shape[-1])
            dX[..., top : top + size, left : left + size, :] += back
    return dX


def my_gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    """Soft attention, then the gate."""
    c, alpha, soft = nnmem.soft_attention_forward(X, q, W, U, v, score="additive", mask=mask)
    z = q @ w + b.reshape(())
    beta = (1 + np.tanh(z / 2)) / 2
    return beta[..., None] * c, alpha, (q, w, beta, c, soft)


def my_gated_attention_backward(dr, cache, dalpha=None):
    """The state asks and opens the gate."""
    q, w, beta, c, soft = cache
    dz = beta * (1 - beta) * (c * dr).sum(axis=-1)
    dX, dq, dW, dU, dv = nnmem.soft_attention_backward(beta[..., None] * dr, soft, dalpha)
    dw = dz.reshape(-1) @ q.reshape(-1, len(w))
    return dX, dq + dz[..., None] * w, dW, dU, dv, dw, dz.sum().reshape(1)


def my_score_function_forward(log_p, reward, baseline=0.0):
    """What was drawn, weighed by what it earned above the baseline."""
    advantage = reward - baseline
    return advantage * log_p, advantage


def my_score_function_backward(dS, cache):
    """The reward and the baseline are given numbers."""
    return cache * dS


def my_gaussian_policy_forward(mean, place, std=0.1):
    """The logarithm turns the product over coordinates into a sum."""
    u = (place - mean) / std
    constant = mean.shape[-1] * math.log(std * math.sqrt(2 * math.pi))
    return -(u * u).sum(axis=-1) / 2 - constant, (u, std)


def my_gaussian_policy_backward(dlog_p, cache):
    """From the mean to the place, and back."""
    u, std = cache
    dmean = dlog_p[..., None] * u / std
    return dmean, -dmean


def my_gumbel_softmax_forward(scores, gumbel, temperature=1.0):
    """A softmax of noisy scores."""
    y, _ = nnmem.attention_distribution_forward((scores + gumbel) / temperature)
    return y, (y, temperature)


def my_gumbel_softmax_backward(dy, cache):
    """Through the softmax, then the division."""
    y, temperature = cache
    return y * (dy - (y * dy).sum(axis=-1, keepdims=True)) / temperature


def my_glimpse_forward(picture, place, size=8, scales=3):
    """Zeros around the picture spare every question about its edge; a picture at a time."""
    far = 2 * size * 2**scales
    corners = []
    retina = np.zeros((*place.shape[:-1], scales, size, size), picture.dtype)
    for b in np.ndindex(place.shape[:-1]):
        if np.isnan(place[b]).any():
            retina[b] = np.nan
            corners.append(None)
            continue
        sides = np.array(picture.shape[-2:])
        pixel = np.floor((1 + np.clip(place[b], -3, 3)) * sides / 2 + 0.5).astype(int)
        pixel = np.clip(pixel, -far // 2, sides + far // 2)
        padded = np.pad(picture[b], far)
        corners.append(pixel + far)
        for k in range(scales):
            top, left = pixel + far - size // 2 * 2**k
            window = padded[top : top + size * 2**k, left : left + size * 2**k]
            retina[b][k] = window.reshape(size, 2**k, size, 2**k).mean(axis=(1, 3))
    return retina, (picture, corners, far, size, scales)


def my_glimpse_backward(dretina, cache):
    """Every pixel of a mean receives its share; what lies beyond the edge is cut off again."""
    picture, corners, far, size, scales = cache
    dpicture = np.zeros_like(picture)
    for b, pixel in zip(np.ndindex(picture.shape[:-2]), corners, strict=True):
        if pixel is None:
            continue
        padded = np.zeros([n + 2 * far for n in picture.shape[-2:]], picture.dtype)
        for k in range(scales):
            top, left = pixel - size // 2 * 2**k
            share = np.kron(dretina[b][k], np.ones((2**k, 2**k))) / 4**k
            padded[top : top + size * 2**k, left : left + size * 2**k] += share
        dpicture[b] = padded[far : far + picture.shape[-2], far : far + picture.shape[-1]]
    return dpicture


if __name__ == "__main__":
    print(nnmem.grade(globals()))
