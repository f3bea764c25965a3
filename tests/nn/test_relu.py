"""ReLU: max(z, 0), and the gradient where it rises."""

import numpy as np
from numpy.testing import assert_array_equal

from nnmem.nn.relu import relu_backward, relu_forward


def test_it_is_the_larger_of_z_and_zero(rng):
    Z = rng.normal(size=(3, 4)).astype(np.float32)
    Z[0, 0], Z[1, 1] = 0, np.nan
    A, cache = relu_forward(Z)
    dA = rng.normal(size=Z.shape)
    assert_array_equal(A, np.maximum(Z, 0))
    dZ = relu_backward(dA, cache)
    assert A.dtype == dZ.dtype == np.float32 and dZ[0, 0] == 0
    assert_array_equal(dZ[Z > 0], dA.astype(np.float32)[Z > 0])
    assert not dZ[Z < 0].any()
