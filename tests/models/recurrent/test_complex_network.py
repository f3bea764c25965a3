"""Complex networks against complex arithmetic, and the sizes that make the comparison fair."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.recurrent.complex_network import NONLINEARITIES, ComplexNetwork, RealNetwork
from nnmem.nn.tree import leaves, tree_map
from nnmem.recipes.recurrent.complex_denoising import MODELS


def bent(name, z, b):
    if name == "modrelu":
        return max(0, abs(z) + b[0]) * z / abs(z)
    z += complex(*b)
    if name == "crelu":
        return complex(max(0, z.real), max(0, z.imag))
    return z if z.real >= 0 and z.imag >= 0 else 0


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_it_is_its_formula(rng, name):
    model = ComplexNetwork(3, 5, name)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    x_re, x_im = rng.normal(size=(2, 4, 3))
    y_re, y_im, _ = model.forward(params, x_re, x_im)
    W1, W2 = params.W1_re + 1j * params.W1_im, params.W2_re + 1j * params.W2_im
    b = params.b.reshape(-1, 5).T
    for k in range(4):
        h = [bent(name, complex(z), b[j]) for j, z in enumerate(W1 @ (x_re[k] + 1j * x_im[k]))]
        assert_allclose(y_re[k] + 1j * y_im[k], W2 @ h, rtol=1e-12)


def test_the_real_one_is_its_formula(rng):
    model = RealNetwork(3, 5)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    x_re, x_im = rng.normal(size=(2, 4, 3))
    y_re, y_im, _ = model.forward(params, x_re, x_im)
    for k in range(4):
        h = np.maximum(0, params.W1 @ [*x_re[k], *x_im[k]] + params.b)
        assert_allclose([*y_re[k], *y_im[k]], params.W2 @ h, rtol=1e-12)


def test_all_have_as_many_parameters_within_one_per_cent(rng):
    sizes = {name: sum(leaf.size for _, leaf in leaves(model.init(rng))) for name, model in MODELS.items()}
    assert max(sizes.values()) / min(sizes.values()) < 1.02
    assert sizes["real"] >= max(sizes.values()), "in favour of the real one"


def test_an_unknown_nonlinearity():
    with pytest.raises(ValueError, match="nonlinearity is 'relu', should be one of 'modrelu', 'crelu', 'zrelu'"):
        ComplexNetwork(3, 5, "relu")
