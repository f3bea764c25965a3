"""Solutions of the homework in notebook 12. ``python 12_solutions.py`` grades them."""

import numpy as np

import nnmem
from nnmem.external.content import unit


def my_memory_write_forward(M, alpha, erase, add):
    """Erase first: what is added is not to be erased by the same write."""
    weights = alpha[..., None]
    erased = M * (1 - weights * erase[..., None, :])
    return erased + weights * add[..., None, :], None


def my_shift_forward(w_g, s):
    """Entry j of the kernel moves by j − R rows; np.roll moves to higher places."""
    S = s.shape[-1]
    if S % 2 == 0 or w_g.shape[-1] < S:
        raise ValueError(f"the kernel has length {S}, should be odd, {w_g.shape[-1]} at most")
    rolls = [np.roll(w_g, j - S // 2, axis=-1) for j in range(S)]
    return sum(s[..., j, None] * rolls[j] for j in range(S)), (rolls, s)


def my_cosine_content_addressing_forward(M, k, beta):
    """The forward that the notebook gives."""
    (rows, per_row), (key, per_key) = (
        unit(M),
        unit(k),
    )  # of length 1, and 1 / length; zeros stay 0
    cosine = (rows * key[..., None, :]).sum(axis=-1)
    w, _ = nnmem.attention_distribution_forward(beta[..., None] * cosine)
    return w, (rows, per_row, key, per_key, beta, cosine, w)


def my_cosine_content_addressing_backward(dw, cache):
    """A longer vector points the same way: what is along the vector is subtracted."""
    rows, per_row, key, per_key, beta, cosine, w = cache
    ds = nnmem.attention_distribution_backward(dw, w)
    dcosine, cosine_ = (beta[..., None] * ds)[..., None], cosine[..., None]
    dM = dcosine * (key[..., None, :] - cosine_ * rows) * per_row
    dk = (dcosine * (rows - cosine_ * key[..., None, :])).sum(axis=-2) * per_key
    return dM, dk, (ds * cosine).sum(axis=-1)


if __name__ == "__main__":
    print(nnmem.grade(globals()))
