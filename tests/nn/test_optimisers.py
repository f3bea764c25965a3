import numpy as np
import pytest

from nnmem.nn import optimisers
from nnmem.nn.optimisers import GRAVES, SGD, Adam, Cosine, RMSProp, clip_by_norm, clip_by_value
from nnmem.nn.progress import Progress


def gradients(steps=6, size=50, dtype=np.float64):
    rng = np.random.default_rng(0)
    return [rng.normal(size=size).astype(dtype) for _ in range(steps)]


def run(optimiser, dtype=np.float64, lr=0.1):
    x = np.linspace(-1, 1, 50).astype(dtype)
    state = optimiser.init(x)
    for dx in gradients(dtype=dtype):
        optimiser.step(x, dx.copy(), state, lr)
    return x


def by_hand(rule):
    """Apply a rule to one number at a time."""
    out = []
    for i, x in enumerate(np.linspace(-1, 1, 50)):
        memory = {}
        for t, dx in enumerate(gradients(), start=1):
            x = rule(x, dx[i], memory, t)
        out.append(x)
    return np.array(out)


def test_sgd_with_momentum():
    def rule(x, g, memory, t):
        memory["u"] = 0.9 * memory.get("u", 0) - 0.1 * g
        return x + memory["u"]

    np.testing.assert_allclose(run(SGD(momentum=0.9)), by_hand(rule), rtol=1e-12)
    np.testing.assert_allclose(run(SGD()), np.linspace(-1, 1, 50) - 0.1 * sum(gradients()), rtol=1e-12)


def test_rmsprop():
    def rule(x, g, memory, t):
        memory["s"] = 0.9 * memory.get("s", 0) + 0.1 * g * g
        return x - 0.1 * g / np.sqrt(memory["s"] + 1e-8)

    np.testing.assert_allclose(run(RMSProp()), by_hand(rule), rtol=1e-12)


def test_rmsprop_as_graves_wrote_it():
    def rule(x, g, memory, t):
        n = memory["n"] = 0.95 * memory.get("n", 0) + 0.05 * g * g
        m = memory["g"] = 0.95 * memory.get("g", 0) + 0.05 * g
        memory["delta"] = 0.9 * memory.get("delta", 0) - 1e-4 * g / np.sqrt(n - m * m + 1e-4)
        return x + memory["delta"]

    np.testing.assert_allclose(run(GRAVES, lr=1e-4), by_hand(rule), rtol=1e-12)


def test_adam():
    def rule(x, g, memory, t):
        m = memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * g
        v = memory["v"] = 0.999 * memory.get("v", 0) + 0.001 * g * g
        return x - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    np.testing.assert_allclose(run(Adam()), by_hand(rule), rtol=1e-12)


@pytest.mark.parametrize("optimiser", [SGD(0.9), RMSProp(), GRAVES, Adam()])
def test_chunks_change_nothing_and_float32_stays(optimiser, monkeypatch):
    whole = run(optimiser)
    monkeypatch.setattr(optimisers, "CHUNK", 7)
    np.testing.assert_array_equal(run(optimiser), whole)
    assert run(optimiser, np.float32).dtype == np.float32
    np.testing.assert_allclose(run(optimiser, np.float32), whole, rtol=2e-4, atol=1e-5)


def test_clipping():
    dx = np.array([3.0, 4.0])
    assert clip_by_norm(dx, 10) == 5
    np.testing.assert_array_equal(dx, [3, 4])
    assert clip_by_norm(dx, 1) == 5
    np.testing.assert_allclose(dx, [0.6, 0.8])
    dx = np.array([-30.0, 0.5, 11.0])
    clip_by_value(dx, 10)
    np.testing.assert_array_equal(dx, [-10, 0.5, 10])


def test_cosine():
    schedule = Cosine(0.2, 100, final=0.1)
    assert schedule(Progress(0)) == 0.2
    assert schedule(Progress(50)) == pytest.approx(0.11)
    assert schedule(Progress(100)) == schedule(Progress(500)) == pytest.approx(0.02)
    later = Cosine(0.2, 100, start=40, final=0.1)
    assert [later(Progress(step)) for step in (0, 40)] == [0.2, 0.2]
    assert [later(Progress(40 + step)) for step in (10, 50, 100)] == [
        schedule(Progress(step)) for step in (10, 50, 100)
    ]
    warmed = Cosine(0.2, 100, final=0.1, warm_up=20)
    assert [warmed(Progress(step)) for step in (0, 9)] == pytest.approx([0.01, schedule(Progress(9)) / 2])
    assert warmed(Progress(19)) == schedule(Progress(19))
