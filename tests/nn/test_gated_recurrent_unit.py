"""The gated recurrent unit against its equations in loops, PyTorch, every oracle, and the kernels that models run."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.nn.both_directions import BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.gated_recurrent_unit import (
    bidirectional_gru_backward,
    bidirectional_gru_forward,
    gru_cell_backward,
    gru_cell_forward,
    gru_sequence_backward,
    gru_sequence_forward,
)
from nnmem.nn.gru import GRUParams, gru_backward, gru_forward


def numbers(rng, d=3, h=2):
    return [rng.normal(size=shape) for shape in ((3 * h, d), (3 * h, h), (3 * h,))]


def by_number(x, h, W, U, b):
    """One step of one story, number by number."""
    n = len(h)

    def total(k, state):
        return sum(W[k][j] * x[j] for j in range(len(x))) + sum(U[k][j] * state[j] for j in range(n)) + b[k]

    z = [1 / (1 + math.exp(-total(k, h))) for k in range(n)]
    r = [1 / (1 + math.exp(-total(n + k, h))) for k in range(n)]
    new = [math.tanh(total(2 * n + k, [r[j] * h[j] for j in range(n)])) for k in range(n)]
    return [(1 - z[k]) * h[k] + z[k] * new[k] for k in range(n)]


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_they_are_the_papers_equations_in_loops(lead, rng):
    X, h, params, other = rng.normal(size=(*lead, 5, 3)), rng.normal(size=(*lead, 2)), numbers(rng), numbers(rng)
    h_next, _ = gru_cell_forward(X[..., 0, :], h, *params)
    H, _ = gru_sequence_forward(X, h, *params)
    both, _ = bidirectional_gru_forward(X, *params, *other)
    for place in np.ndindex(lead):
        state, onward, back = h[place], np.zeros(2), np.zeros(2)
        assert_allclose(h_next[place], by_number(X[place][0], state, *params), rtol=1e-12)
        for t in range(5):
            state, onward = by_number(X[place][t], state, *params), by_number(X[place][t], onward, *params)
            back = by_number(X[place][4 - t], back, *other)
            assert_allclose(H[place][t], state, rtol=1e-12)
            assert_allclose(both[place][t, :2], onward, rtol=1e-12)
            assert_allclose(both[place][4 - t, 2:], back, rtol=1e-12)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
@pytest.mark.parametrize("name", ["cell", "sequence", "both"])
def test_gradients_against_every_oracle(name, lead, rng):
    forward, backward, args = {
        "cell": (gru_cell_forward, gru_cell_backward, ((*lead, 3), (*lead, 2))),
        "sequence": (gru_sequence_forward, gru_sequence_backward, ((*lead, 4, 3), (*lead, 2))),
        "both": (bidirectional_gru_forward, bidirectional_gru_backward, ((*lead, 4, 3),)),
    }[name]
    params = numbers(rng) + (numbers(rng) if name == "both" else [])
    report = check_gradients(forward, backward, *(rng.normal(size=shape) for shape in args), *params)
    assert report, report
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_pytorch_gives_the_same_where_the_reset_gate_is_open(rng):
    """Its gate stands behind the product with U and so has a bias of its own; where r = 1 the two units are one."""
    torch = pytest.importorskip("torch")
    X, h, h_back, params, other = (
        rng.normal(size=(4, 5, 3)),
        np.zeros((4, 2)),
        np.zeros((4, 2)),
        numbers(rng),
        numbers(rng),
    )
    theirs = torch.nn.GRU(3, 2, bidirectional=True, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for part, end in ((params, ""), (other, "_reverse")):
            part[0][2:4], part[1][2:4], part[2][2:4] = 0, 0, 40.0
            for name, value in zip(("weight_ih", "weight_hh", "bias_ih"), part, strict=True):
                z, r, new = np.split(value, 3)
                sign = np.concatenate([r, -z, new])  # its update gate is the share of the old state
                getattr(theirs, f"{name}_l0{end}").copy_(torch.tensor(sign))
            getattr(theirs, f"bias_hh_l0{end}").zero_()
    read = torch.tensor(X, requires_grad=True)
    wanted, _ = theirs(read)
    H, cache = bidirectional_gru_forward(X, *params, *other)
    assert_allclose(H, wanted.detach(), rtol=1e-12, atol=1e-14)
    assert_allclose(gru_sequence_forward(X, h, *params)[0], H[..., :2], rtol=1e-13)
    assert_allclose(gru_cell_forward(X[:, 4], h_back, *other)[0], H[:, 4, 2:], rtol=1e-13)
    dH = rng.normal(size=H.shape)
    wanted.backward(torch.tensor(dH))
    dX, *gradients = bidirectional_gru_backward(dH, cache)
    assert_allclose(dX, read.grad, rtol=1e-10, atol=1e-13)
    for part, end in ((gradients[:3], ""), (gradients[3:], "_reverse")):
        for name, value in zip(("weight_ih", "weight_hh", "bias_ih"), part, strict=True):
            z, _, new = np.split(value, 3)
            _, z_theirs, new_theirs = np.split(getattr(theirs, f"{name}_l0{end}").grad.numpy(), 3)
            assert_allclose(z, -z_theirs, rtol=1e-10, atol=1e-13)
            assert_allclose(new, new_theirs, rtol=1e-10, atol=1e-13)


def test_the_kernels_of_models_give_the_same(rng):
    X, h, params, other = rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 2)), numbers(rng), numbers(rng)
    dH = rng.normal(size=(4, 5, 2))
    H, cache = gru_sequence_forward(X, h, *params)
    dX, dh, *gradients = gru_sequence_backward(dH, cache)
    H_kernel, _, kernel = gru_forward(X.swapaxes(0, 1), h, GRUParams(*params))
    dX_kernel, dh_kernel, of_kernel = gru_backward(dH.swapaxes(0, 1), np.zeros((4, 2)), kernel)
    found = (H_kernel.swapaxes(0, 1), dX_kernel.swapaxes(0, 1), dh_kernel, *of_kernel)
    for ours, theirs in zip((H, dX, dh, *gradients), found, strict=True):
        assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)
    dboth = rng.normal(size=(4, 5, 4))
    both, cache = bidirectional_gru_forward(X, *params, *other)
    both_kernel, kernel = bidirectional_forward(
        X.swapaxes(0, 1), BidirectionalParams(GRUParams(*params), GRUParams(*other))
    )
    dX, *gradients = bidirectional_gru_backward(dboth, cache)
    dX_kernel, of_kernel = bidirectional_backward(dboth.swapaxes(0, 1), kernel)
    found = (both_kernel.swapaxes(0, 1), dX_kernel.swapaxes(0, 1), *of_kernel.onward, *of_kernel.backward)
    for ours, theirs in zip((both, dX, *gradients), found, strict=True):
        assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


def test_each_direction_sees_its_own_side(rng):
    X, params = rng.normal(size=(6, 3)), numbers(rng) + numbers(rng)
    changed = X.copy()
    changed[2] += 1
    moved = np.abs(bidirectional_gru_forward(changed, *params)[0] - bidirectional_gru_forward(X, *params)[0]) > 1e-9
    assert moved[:, :2].any(1).tolist() == [False, False, True, True, True, True]
    assert moved[:, 2:].any(1).tolist() == [True, True, True, False, False, False]


def test_no_steps_float32_and_wrong_shapes(rng):
    X, h, params = rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 2)), numbers(rng)
    H, cache = gru_sequence_forward(X[:, :0], h, *params)
    dX, dh, *gradients = gru_sequence_backward(H, cache)
    assert H.shape == (4, 0, 2) and dX.shape == (4, 0, 3) and not any(part.any() for part in (dh, *gradients))
    small = [part.astype(np.float32) for part in (1e4 * X, h, *params)]
    H, cache = gru_sequence_forward(*small)
    for part in (H, *gru_sequence_backward(H, cache)):
        assert part.dtype == np.float32 and np.isfinite(part).all()
    with pytest.raises(ValueError, match=r"gru_cell_forward: U has shape \(6, 3\), should be \(3h, h\) = \(6, 2\)"):
        gru_cell_forward(X[:, 0], h, params[0], np.ones((6, 3)), params[2])
    with pytest.raises(ValueError, match=r"bidirectional_gru_forward: W_on has shape \(7, 3\), should be \(3h, d\)"):
        bidirectional_gru_forward(X, np.ones((7, 3)), *params[1:], *params)


def test_a_state_of_no_entries_has_gradients_of_no_entries():
    arrays = [np.ones((4, 3)), np.ones(0), np.ones((0, 3)), np.ones((0, 0)), np.ones(0)]
    H, cache = gru_sequence_forward(*arrays)
    gradients = gru_sequence_backward(H, cache)
    assert [g.shape for g in gradients] == [a.shape for a in arrays] and not gradients[0].any()


@pytest.mark.parametrize("shut", ["update", "reset"])
def test_a_shut_gate_passes_nothing_however_large_what_it_would_multiply(shut):
    """dk ∘ h, or dh′ ∘ (h̃ − h), is beyond the dtype; the gradient is 0 and not 0 · ∞."""
    W, U, b = np.zeros((3, 1)), np.zeros((3, 1)), np.array([1000.0, -1000, 0] if shut == "reset" else [-1000.0, 0, 0])
    U[2] = 1e50
    with np.errstate(over="raise", invalid="raise"):
        _, cache = gru_cell_forward(np.ones(1), np.array([-1e100]), W, U, b)
        dx, dh, dW, dU, db = gru_cell_backward(np.array([1e220]), cache)
    assert not dW[:2].any() and not dU[:2].any() and not db[:2].any() and not dx
    assert_allclose(db[2], 1e220 if shut == "reset" else 0)
    assert_allclose(dh, 0 if shut == "reset" else 1e220)
