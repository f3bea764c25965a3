from typing import NamedTuple

import numpy as np
import pytest

from nnmem.nn.tree import leaves, pack, rebuild, tree_map, zeros_like


class Part(NamedTuple):
    W: np.ndarray
    b: np.ndarray


class Whole(NamedTuple):
    part: Part
    layers: tuple
    v: np.ndarray


def whole(dtype=np.float64):
    rng = np.random.default_rng(0)
    a = lambda *shape: rng.normal(size=shape).astype(dtype)  # noqa: E731
    return Whole(Part(a(2, 3), a(2)), (a(4), a(1, 5)), a(3))


def test_leaves_are_named_by_the_way_to_them():
    assert [name for name, _ in leaves(whole())] == ["part.W", "part.b", "layers.0", "layers.1", "v"]
    assert next(name for name, _ in leaves(whole(), "params")) == "params.part.W"
    assert [name for name, _ in leaves(np.ones(2), "x")] == ["x"]


def test_map_keeps_types_and_places():
    tree = whole()
    doubled = tree_map(lambda a, b: a + b, tree, tree)
    assert type(doubled.part) is Part and type(doubled.layers) is tuple
    np.testing.assert_array_equal(doubled.layers[1], 2 * tree.layers[1])
    assert not any(leaf.any() for _, leaf in leaves(zeros_like(tree)))
    with pytest.raises(ValueError):
        tree_map(np.add, tree, Part(tree.part.W, tree.part.b))


def test_packed_vector_and_tree_are_one_memory():
    tree = whole(np.float32)
    vector, views = pack(tree)
    assert vector.dtype == np.float32 and vector.size == 2 * 3 + 2 + 4 + 5 + 3
    for (_, view), (_, leaf) in zip(leaves(views), leaves(tree), strict=True):
        np.testing.assert_array_equal(view, leaf)
    vector += 1
    np.testing.assert_array_equal(views.part.W, tree.part.W + 1)
    assert not np.shares_memory(vector, tree.v)


def test_pack_refuses_mixed_dtypes():
    with pytest.raises(TypeError, match=r"pack: b has dtype float64, should be float32 as W"):
        pack(Part(np.ones(2, np.float32), np.ones(2)))
    with pytest.raises(TypeError, match="int64"):
        pack(Part(np.ones(2), np.arange(2)))


def test_rebuild_lists_every_difference():
    tree = whole()
    arrays = dict(leaves(tree, "params"))
    again = rebuild(tree, arrays, "params")
    assert type(again) is Whole and again.part.b is tree.part.b
    del arrays["params.v"]
    arrays["params.u"] = np.ones(1)
    arrays["params.part.b"] = np.ones(7, np.float32)
    with pytest.raises(ValueError) as error:
        rebuild(tree, arrays, "params")
    assert str(error.value) == (
        "params.part.b is float32 (7,), should be float64 (2,); params.u is unknown; params.v is missing"
    )
