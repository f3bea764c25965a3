import numpy as np
import pytest

import nnmem
from nnmem.nn.lstm import (
    LSTMParams,
    LSTMState,
    lstm_backward,
    lstm_forward,
    lstm_init,
    lstm_step_backward,
    lstm_step_forward,
)

T, B, D, H = 5, 3, 4, 2


def example(seed=0, lead=(B,), steps=T, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = LSTMParams(rng.normal(size=(4 * H, D)), rng.normal(size=(4 * H, H)), rng.normal(size=4 * H))
    state = LSTMState(rng.normal(size=(*lead, H)), rng.normal(size=(*lead, H)))
    X = rng.normal(size=(steps, *lead, D))
    cast = lambda tree: type(tree)(*(leaf.astype(dtype) for leaf in tree))  # noqa: E731
    return X.astype(dtype), cast(state), cast(params)


def naive(X, state, params, clip=None):
    """The published equations, gate by gate and unit by unit."""
    sigma = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    out, (h, c) = [], (state.h.copy(), state.c.copy())
    for x in X:
        h_next, c_next = np.empty_like(h), np.empty_like(c)
        for row in range(len(x)):
            for unit in range(H):
                z = [
                    params.W_x[k * H + unit] @ x[row] + params.W_h[k * H + unit] @ h[row] + params.b[k * H + unit]
                    for k in range(4)
                ]
                o, i, f, g = sigma(z[0]), sigma(z[1]), sigma(z[2]), np.tanh(z[3])
                value = f * c[row, unit] + i * g
                if clip is not None:
                    value = min(max(value, -clip), clip)
                c_next[row, unit] = value
                h_next[row, unit] = o * np.tanh(value)
        h, c = h_next, c_next
        out.append((h, c))
    return out


@pytest.mark.parametrize("clip", [None, 0.5])
def test_sequence_is_the_published_equations(clip):
    X, state, params = example()
    out, last, _ = lstm_forward(X, state, params, cell_clip=clip)
    steps = naive(X, state, params, clip)
    np.testing.assert_allclose(out, [h for h, _ in steps], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(last.c, steps[-1][1], rtol=1e-12)
    np.testing.assert_array_equal(last.h, out[-1])


def test_step_is_one_step_of_the_sequence():
    X, state, params = example()
    out, _, _ = lstm_forward(X, state, params)
    for x, h in zip(X, out, strict=True):
        state, _ = lstm_step_forward(x, state, params)
        np.testing.assert_allclose(state.h, h, rtol=1e-13)


def test_lengths_give_the_state_of_the_last_real_step():
    X, state, params = example()
    lengths = np.array([2, 5, 1])
    _, last, _ = lstm_forward(X, state, params, lengths)
    steps = naive(X, state, params)
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(last.h[row], steps[length - 1][0][row], rtol=1e-12)
        np.testing.assert_allclose(last.c[row], steps[length - 1][1][row], rtol=1e-12)


@pytest.mark.parametrize("lead", [(), (B,), (2, 3)])
@pytest.mark.parametrize("clip", [None, 0.5])
def test_gradients_of_whole_sequences(lead, clip):
    X, state, params = example(lead=lead)
    report = nnmem.check_gradients(lstm_forward, lstm_backward, X, state, params, cell_clip=clip)
    assert report, report
    assert {row.argument for row in report.rows} == {
        "X", "state.h", "state.c", "params.W_x", "params.W_h", "params.b",
    }  # fmt: skip
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_gradients_with_lengths():
    X, state, params = example()
    report = nnmem.check_gradients(lstm_forward, lstm_backward, X, state, params, lengths=np.array([2, 5, 1]))
    assert report, report


def test_no_state_is_a_state_of_zeros():
    X, state, params = example()
    zero = LSTMState(state.h * 0, state.c * 0)
    (H, last, cache), (H_zero, last_zero, cache_zero) = (lstm_forward(X, s, params) for s in (None, zero))
    np.testing.assert_array_equal(H, H_zero)
    np.testing.assert_array_equal(last, last_zero)
    assert nnmem.check_gradients(lstm_forward, lstm_backward, X, None, params)
    dX, dstate, _ = lstm_backward(H, last, cache)
    assert dstate is None
    np.testing.assert_array_equal(dX, lstm_backward(H, last, cache_zero)[0])


def test_a_clipped_cell_passes_nothing_on():
    X, state, params = example()
    huge = LSTMState(state.h, state.c * 0 + 9)
    params = params._replace(b=params.b * 0 + 5, W_x=params.W_x * 0, W_h=params.W_h * 0)
    out, last, cache = lstm_forward(X, huge, params, cell_clip=0.25)
    np.testing.assert_array_equal(last.c, 0.25)
    _, dstate, _ = lstm_backward(np.ones_like(out) * 0.3, LSTMState(last.h + 1, last.c + 1), cache)
    np.testing.assert_array_equal(dstate.c, 0)


def test_gradients_of_a_step():
    X, state, params = example()
    assert nnmem.check_gradients(lstm_step_forward, lstm_step_backward, X[0], state, params)


def test_wrong_gradients_are_seen():
    X, state, params = example()

    def forgets_the_recurrence(dH, dlast, cache):
        dX, dstate, dparams = lstm_backward(dH, dlast, cache)
        return dX, dstate._replace(h=dstate.h * 0.999), dparams

    report = nnmem.check_gradients(lstm_forward, forgets_the_recurrence, X, state, params)
    assert {row.argument for row in report.rows if not row.ok} == {"state.h"}


def test_float32_stays_and_extremes_are_finite():
    X, state, params = example(dtype=np.float32)
    out, last, cache = lstm_forward(X * 1e4, state, params)
    grads = lstm_backward(out, last, cache)
    for array in (out, *last, grads[0], *grads[1], *grads[2]):
        assert array.dtype == np.float32 and np.isfinite(array).all()


def test_no_steps_give_the_initial_state_back():
    X, state, params = example(steps=0)
    out, last, cache = lstm_forward(X, state, params)
    assert out.shape == (0, B, H)
    np.testing.assert_array_equal(last.c, state.c)
    _, dstate, _ = lstm_backward(out, last, cache)
    np.testing.assert_array_equal(dstate.h, last.h)


def test_forget_gate_starts_open():
    params = lstm_init(np.random.default_rng(0), D, H)
    assert params.W_x.dtype == np.float32
    np.testing.assert_array_equal(params.b, [0, 0, 0, 0, 1, 1, 0, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, s, p: (X[0], s, p), r"lstm_forward: h has shape \(3, 2\), should be .* = \(2,\)"),
        (lambda X, s, p: (X, s._replace(c=s.c[:2]), p), r"lstm_forward: c has shape \(2, 2\), should be .*\(3, 2\)"),
        (lambda X, s, p: (X, s, p._replace(W_x=p.W_x[:, :3])), r"lstm_forward: W_x has shape \(8, 3\)"),
        (
            lambda X, s, p: (X, s, LSTMParams(p.W_x[:6], p.W_h[:6], p.b[:6])),
            r"lstm_forward: W_x has shape \(6, 4\), should be \(4h, d\) = \(4h, 4\)",
        ),
        (lambda X, s, p: (X, s, p, [0, 5, 5]), r"lstm_forward: lengths has the entry 0, should be in 1 to 5"),
        (lambda X, s, p: (X, s, p, [6, 5, 5]), r"lstm_forward: lengths has the entry 6, should be in 1 to 5"),
        (lambda X, s, p: (X, s, p, [5, 5]), r"lstm_forward: lengths has shape \(2,\), should be \(3,\)"),
    ],
)
def test_wrong_input(change, message):
    with pytest.raises(ValueError, match=message):
        lstm_forward(*change(*example()))
