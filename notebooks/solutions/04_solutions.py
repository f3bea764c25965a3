"""Solutions of the homework in notebook 4. ``python 04_solutions.py`` grades them.

2. Its window starts at the first character and only moves forward; the first English word, the weekday, stands last. By
   the time the window is there, the year has gone by, and it is the last thing to be written.
3. dκ is proportional to x exp(−x²), x the distance; it is largest at x = 0.71, with 0.43, and falls to a thousandth of
   that at x = 2.9: three letters away a window is blind.
"""

import numpy as np

import nnmem


def my_gaussian_window_forward(a, b, kappa, C):
    """Bell curves over the positions 1 to U, and the sum of what stands under them."""
    distance = kappa[..., None] - np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    bells = np.exp(-b[..., None] * distance**2)
    phi = (a[..., None] * bells).sum(axis=-2)
    return (phi[..., None, :] @ C)[..., 0, :], phi, (a, b, distance, bells, phi, C)


def my_gaussian_window_backward(dw, dphi, cache):
    """A weighted sum, a sum over curves, an exponential."""
    a, b, distance, bells, phi, C = cache
    dphi = dphi + (C @ dw[..., None])[..., 0]
    dbells = dphi[..., None, :] * bells
    db = -a * (dbells * distance**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * distance).sum(axis=-1)
    return dbells.sum(axis=-1), db, dkappa, phi[..., None] * dw[..., None, :]


if __name__ == "__main__":
    print(nnmem.grade(globals()))
