"""The attention distribution and the weighted sum against their formulas in loops."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


def cases(function):
    return [pytest.param(example, id=example.case) for example in examples(function)]


def entries(example):
    """Yield, for each batch entry, its index and the arguments without batch axes."""
    lead = example.args[0].shape[:-2] if example.function != "attention_distribution" else example.args[0].shape[:-1]
    for b in np.ndindex(lead):
        args = [a[b] if a.shape[: len(lead)] == lead and a.ndim > 2 - (not lead) else a for a in example.args]
        mask = example.options.get("mask")
        yield b, args, None if mask is None else mask[b]


def softmax_of(scores, mask=None):
    kept = [i for i in range(len(scores)) if mask is None or mask[i]]
    exponentials = {i: math.exp(scores[i]) for i in kept}
    total = sum(exponentials.values()) or 1.0
    return np.array([exponentials.get(i, 0.0) / total for i in range(len(scores))])


@pytest.mark.parametrize("example", cases("attention_distribution"))
def test_attention_distribution(example):
    alpha, _ = nnmem.attention_distribution_forward(*example.args, **example.options)
    for b, (scores,), mask in entries(example):
        assert_allclose(alpha[b], softmax_of(scores, mask), rtol=1e-13)


@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_weighted_sum(batch):
    [example] = examples("weighted_sum", batches=(batch,))
    alpha, X = example.args
    r, _ = nnmem.weighted_sum_forward(alpha, X)
    for b in np.ndindex(batch):
        assert_allclose(r[b], sum(a * x for a, x in zip(alpha[b], X[b], strict=True)), rtol=1e-13)
