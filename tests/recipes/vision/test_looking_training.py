"""How networks that look around are trained: what they are shown, what they earn, and how the digit moves away."""

import numpy as np
import pytest

from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.nn.progress import Progress
from nnmem.nn.tree import leaves, tree_map
from nnmem.recipes.run import Run
from nnmem.recipes.vision import looking_training
from nnmem.recipes.vision.looking_training import EPISODES, Viewing, digits_task, train_fully_connected, train_looking

MODEL = RecurrentAttention(10, size=4, scales=2, seen_size=6, place_size=4, hidden_size=7)
ABOUT = {"recipe": "recurrent-attention"}


@pytest.fixture
def asked(instead_of_fit, monkeypatch):
    monkeypatch.setattr(looking_training, "PICTURES", 6)
    return instead_of_fit(looking_training)


def test_a_picture_is_looked_at_in_four_episodes_that_differ_in_chance(asked, rng):
    train_looking(MODEL, digits_task(0, 2), "learned", 3, 100, Run(2), ABOUT)
    progress = Progress()
    looks = asked[0].draw(rng, progress)
    assert looks.pictures.shape[:2] == looks.labels.shape == (EPISODES, 6) and looks.corners.shape == (EPISODES, 6, 2)
    for part in looks[:3]:
        assert all(np.array_equal(part[0], other) for other in part[1:])
    assert not np.array_equal(looks.pictures[0, 0], looks.pictures[0, 1])
    assert looks.chance.shape == (3, EPISODES, 6, 2) and len(np.unique(looks.chance)) == looks.chance.size
    assert np.abs(looks.chance[1:]).max() < 5 * looking_training.STD
    assert (np.abs(looks.corners - 12) <= 2).all(), "at first the digit is near the middle"
    progress.memory["reach"] = 1.0
    far = np.concatenate([asked[0].draw(rng, progress).corners[0] for _ in range(20)])
    assert far.min() < 4 and far.max() > 20


def test_the_digit_moves_away_while_it_is_found_or_in_the_end(asked):
    train_looking(MODEL, digits_task(0, 2), "learned", 3, 1000, Run(2), ABOUT)
    [call] = asked
    params, rng = call.params, np.random.default_rng(3)
    for step, before, widens in ((100, 0.0, False), (100, 0.9, True), (700, 0.0, False), (701, 0.0, True)):
        progress = Progress(step=step)
        looks = call.draw(rng, progress)
        reach = progress.memory["reach"]
        progress.memory["right"] = before
        call.gradients(params, looks)
        logits, *_ = MODEL.look(params, looks.pictures, looks.chance[0], looks.chance[1:])
        share = np.mean(logits.argmax(axis=-1) == looks.labels)
        call.watch(progress, params)
        assert progress.memory["right"] == pytest.approx(0.98 * before + 0.02 * share)
        assert progress.memory["reach"] == pytest.approx(reach + looking_training.WIDER * widens)
        if step % 50 == 0:
            assert progress.history["accuracy"] == [(step, progress.memory["right"])]
            assert progress.history["reach_accuracy"] == [(step, progress.memory["reach"])]
        else:
            assert "accuracy" not in progress.history
    progress.memory["reach"] = 1.0
    call.watch(progress, params)
    assert progress.memory["reach"] == 1.0


def test_networks_and_rates(asked, tmp_path):
    task = digits_task(0, 2)
    for kind in ("learned", "random", "fixed"):
        train_looking(MODEL, task, kind, 3, 1000, Run(2, tmp_path, True, True), ABOUT)
    train_fully_connected(task, 500, Run(2, tmp_path, True, True), ABOUT, 0.5, "all")
    *looking, whole = asked
    for call, kind in zip(looking, ("learned", "random", "fixed"), strict=True):
        rates = [call.lr(Progress(step=step)) for step in (0, 300, 1000)]
        assert rates == pytest.approx([looking_training.RATE, looking_training.RATE, 0.02 * looking_training.RATE])
        assert call.lr(Progress(step=650)) == pytest.approx((0.02 + 0.98 / 2) * looking_training.RATE)  # half a cosine
        assert call.checkpoint == tmp_path / f"{kind}.npz" and call.resume and call.clip_norm == looking_training.CLIP
        assert call.title == f"recurrent-attention, {kind}" and call.run["glimpses"] == 3
        assert call.run["network"] == kind and call.run["seed"] == 2 and call.steps == 1000
    first, second = (dict(leaves(call.params)) for call in looking[:2])
    assert any((first[name] != second[name]).any() for name in first), "their first parameters are their own"
    assert whole.lr(Progress(step=0)) == 0.5 and whole.lr(Progress(step=500)) == pytest.approx(0.01)
    assert whole.steps == 500 and whole.checkpoint == tmp_path / "all.npz" and whole.watch is None
    drawn = whole.draw(np.random.default_rng(0), Progress())
    assert len(drawn.pictures) == EPISODES * 6 and drawn.corners.max() > 20


def test_the_gradient_of_all_pixels_is_that_of_its_loss(asked, rng):
    train_fully_connected(digits_task(0, 2), 10, Run(2), ABOUT)
    [call] = asked
    drawn = call.draw(rng, Progress())
    params = tree_map(lambda leaf: leaf.astype(float), call.params)
    drawn = drawn._replace(pictures=drawn.pictures.astype(float))
    way = tree_map(lambda leaf: rng.normal(size=leaf.shape), params)
    ahead, behind = (
        call.gradients(tree_map(lambda a, b, e=e: a + e * b, params, way), drawn)[0] for e in (1e-8, -1e-8)
    )
    slope = sum(
        (g * d).sum() for (_, g), (_, d) in zip(leaves(call.gradients(params, drawn)[1]), leaves(way), strict=True)
    )
    assert slope == pytest.approx((ahead - behind) / 2e-8, rel=1e-5)


@pytest.mark.parametrize("kind", ["learned", "random"])
def test_what_a_network_earns(kind, asked, rng, monkeypatch):
    """The reward of an episode is 1 where it is right; its baseline is the mean of the picture's other three."""
    seen, real = {}, looking_training.hybrid_loss_forward

    def spy(logits, means, **given):
        seen.update(given, logits=logits, means=means)
        return real(logits, means, **given)

    monkeypatch.setattr(looking_training, "hybrid_loss_forward", spy)
    train_looking(MODEL, digits_task(0, 2), kind, 3, 10, Run(2), ABOUT)
    looks: Viewing = asked[0].draw(rng, Progress())
    params = asked[0].params
    labels = np.array(looks.labels)
    logits, *_ = looking_training.look(MODEL, params, kind, looks)
    labels[0] = logits[0].argmax(axis=-1)  # the first episodes are all right
    loss, _ = asked[0].gradients(params, looks._replace(labels=labels))
    assert np.isfinite(loss) and seen["std"] == looking_training.STD and seen["places"].shape == (2, EPISODES, 6, 2)
    if kind == "random":
        assert not seen["reward"].any() and "baseline" not in seen
        return
    for i in range(EPISODES):
        for j in range(6):
            right = [float(logits[e, j].argmax() == labels[e, j]) for e in range(EPISODES)]
            assert seen["reward"][i, j] == right[i]
            assert seen["baseline"][i, j] == pytest.approx((sum(right) - right[i]) / 3)
    assert seen["reward"].dtype == np.float32 and seen["reward"][0].all()
