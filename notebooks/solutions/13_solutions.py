"""Solutions to the homework of notebook 13: ``nnmem grade notebooks/solutions/13_solutions.py``."""

import numpy as np


def above(s):
    """The strength above each entry."""
    return np.flip(np.cumsum(np.flip(s, -1), -1), -1) - s


def stack_update_forward(s, u, d):
    """Pop from the top down, then append."""
    s, u, d = np.asarray(s), np.asarray(u), np.asarray(d)
    left = np.maximum(0, u[..., None] - above(s))
    return np.concatenate([np.maximum(0, s - left), d[..., None]], axis=-1), None


def queue_read_forward(V, s):
    """Take strength from the front until it is one in all."""
    V, s = np.asarray(V), np.asarray(s)
    before = np.cumsum(s, axis=-1) - s
    k = np.minimum(s, np.maximum(0, 1 - before))
    return np.einsum("...t,...tm->...m", k, V), None


def stack_read_forward(V, s):
    """Take strength from the top until it is one in all."""
    V, s = np.asarray(V), np.asarray(s)
    room = 1 - above(s)
    k = np.minimum(s, np.maximum(0, room))
    return np.einsum("...t,...tm->...m", k, V), (V, s, room, k)


def stack_read_backward(dr, cache):
    """Read whole: its own strength; cut off: less for all above it."""
    V, s, room, k = cache
    dk = np.einsum("...tm,...m->...t", V, dr)
    whole = dk * (s <= np.maximum(0, room))
    cut = dk * ((room >= 0) & (room < s))
    return k[..., None] * np.asarray(dr)[..., None, :], whole - (np.cumsum(cut, axis=-1) - cut)


if __name__ == "__main__":
    import nnmem

    print(nnmem.grade(globals()))
