import numpy as np
import pytest

import nnmem
from nnmem.nn.embedding import embedding_backward, embedding_forward


def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("ids", [2, [0, 4, 4, 1, 4], [[], []], [[1, 1], [0, 3]]])
def test_embedding(ids):
    ids = np.array(ids, dtype=int)
    E = rng().normal(size=(5, 3))
    report = nnmem.check_gradients(embedding_forward, embedding_backward, E, ids)
    assert report, report
    Y, cache = embedding_forward(E, ids)
    assert Y.shape == (*ids.shape, 3)
    dY = rng().normal(size=Y.shape)
    expected = np.zeros_like(E)
    np.add.at(expected, ids, dY)
    np.testing.assert_allclose(embedding_backward(dY, cache), expected, atol=1e-15)


@pytest.mark.parametrize("ids", [[0, 5], [-1, 0]])
def test_embedding_refuses_ids_outside_the_table(ids):
    with pytest.raises(ValueError, match=r"embedding_forward: ids has the entry (5|-1), should be in 0 to 4"):
        embedding_forward(np.ones((5, 3)), ids)
    with pytest.raises(TypeError, match="float64"):
        embedding_forward(np.ones((5, 3)), [0.0])
