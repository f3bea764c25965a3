"""The autoencoder's gradients."""

import pytest

import nnmem
from nnmem.models.associative.autoencoder import Autoencoder, AutoencoderParams


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_autoencoder_gradients(rng, lead):
    model = Autoencoder(6, 4)
    params = AutoencoderParams(*(p + 0.1 * rng.normal(size=p.shape) for p in model.init(rng)))
    assert nnmem.check_gradients(model.forward, model.backward, params, rng.normal(size=(*lead, 6)))
