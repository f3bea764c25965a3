"""What the controller emits, squashed to its ranges and addressed as the formulas say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.turing.heads import Heads, address, softplus

FULL, CONTENT = Heads(reads=2, writes=1, width=4, shifts=3), Heads(reads=2, writes=1, width=4, shifts=0)


@pytest.mark.parametrize("heads", [FULL, CONTENT])
def test_every_quantity_is_in_its_range(rng, heads):
    z = 3 * rng.normal(size=(5, sum(heads.sizes())))
    raw = heads.cut(z.copy())
    control = heads.squash_in_place(z)
    assert_allclose(control.erase, 1 / (1 + np.exp(-raw.erase)), rtol=1e-12)
    assert_allclose(control.add, np.tanh(raw.add), rtol=1e-12)
    if heads.shifts:
        assert_allclose(control.gate, 1 / (1 + np.exp(-raw.gate)), rtol=1e-12)
        assert_allclose(control.key, np.tanh(raw.key), rtol=1e-12)
        assert_allclose(control.strength, np.log1p(np.exp(raw.strength)), rtol=1e-12)
        assert_allclose(control.sharpness, 1 + np.log1p(np.exp(raw.sharpness)), rtol=1e-12)
        assert_allclose(control.shift, np.exp(raw.shift) / np.exp(raw.shift).sum(-1, keepdims=True), rtol=1e-12)
    else:
        assert control.gate.size == control.shift.size == 0
        assert_allclose(control.key, raw.key)


def test_addressing_is_the_public_formulas_one_by_one(rng):
    control = FULL.squash_in_place(rng.normal(size=(2, sum(FULL.sizes()))))
    M, w_prev = rng.normal(size=(2, 6, 4)), rng.dirichlet(np.ones(6), size=(2, 3))
    w, _ = address(M, w_prev, control)
    for h in range(3):
        each, _ = nnmem.cosine_content_addressing_forward(M, control.key[:, h], control.strength[:, h])
        each, _ = nnmem.interpolate_forward(each, w_prev[:, h], control.gate[:, h])
        each, _ = nnmem.shift_forward(each, control.shift[:, h])
        each, _ = nnmem.sharpen_forward(each, control.sharpness[:, h])
        assert_allclose(w[:, h], each, rtol=1e-12)


def test_softplus_is_finite_and_about_z_where_z_is_large():
    assert_allclose(softplus(np.array([-1e4, 0.0, 1e4])), [0, np.log(2), 1e4])
