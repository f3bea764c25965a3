"""The captions recipe: its gradients, a short run, resuming, and the shipped network on a person's own picture."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import recipes
from nnmem.cli import main
from nnmem.models.vision.captioner import Captioner
from nnmem.nn.tree import leaves, tree_map
from nnmem.recipes.trained import InputError, load
from nnmem.recipes.vision import caption_digits, caption_training
from nnmem.recipes.vision.caption_training import (
    Pictured,
    PressedParams,
    hard_gradients,
    pressed_gradients,
    soft_gradients,
)
from nnmem.recipes.vision.caption_trying import spots
from nnmem.tasks.digit_mosaics import digit_pools


@pytest.fixture
def small(monkeypatch):
    """A small writer in float64, its parameters and a batch."""
    monkeypatch.setattr(caption_training, "MODEL", Captioner(5, 3, 2, 4, 6))
    rng = np.random.default_rng(1)
    params = tree_map(lambda leaf: 0.6 * rng.normal(size=leaf.shape), caption_training.MODEL.init(rng))
    return params, Pictured(rng.normal(size=(2, 4, 3)), np.array([[2, 4, 0], [1, 3, 0]]))


def slope(function, params, direction, step=1e-6):
    """The derivative of the first output in a direction."""
    ends = [function(tree_map(lambda p, d, s=s: p + s * step * d, params, direction))[0] for s in (1, -1)]
    return (ends[0] - ends[1]) / (2 * step)


def along(grads, direction):
    return sum(float((g * d).sum()) for (_, g), (_, d) in zip(leaves(grads), leaves(direction), strict=True))


@pytest.mark.parametrize("doubly", [0.0, 0.7])
def test_the_soft_loss_and_its_gradient_agree(small, rng, doubly):
    params, batch = small
    direction = tree_map(lambda leaf: rng.normal(size=leaf.shape), params)
    _, grads = soft_gradients(params, batch, doubly)
    assert_allclose(
        along(grads, direction), slope(lambda p: soft_gradients(p, batch, doubly), params, direction), rtol=1e-7
    )


def test_without_attention_too(small, rng):
    params, batch = small
    pressed = PressedParams(caption_training.LinearParams(rng.normal(size=(3, 12)), rng.normal(size=3)), params)
    direction = tree_map(lambda leaf: rng.normal(size=leaf.shape), pressed)
    _, grads = pressed_gradients(pressed, batch)
    assert_allclose(
        along(grads, direction), slope(lambda p: pressed_gradients(p, batch), pressed, direction), rtol=1e-7
    )


def test_the_hard_gradient_is_that_of_the_mean_loss(small, monkeypatch, rng):
    """With one word and REINFORCE's full weight the mean over draws is the gradient of the expected loss."""
    params, batch = small
    monkeypatch.setattr(caption_training, "ENTROPY", 0.0)
    batch = batch._replace(targets=batch.targets[:, :1])
    found = [
        hard_gradients(params, batch._replace(chance=i, baselines={"1": [-1.5]}), reinforce=1.0)[1].alignment.U
        for i in range(3000)
    ]
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))

    def expected_loss(U):
        alignment = params.alignment._replace(U=U)
        _, log_alpha, _ = caption_training.MODEL.forward(params._replace(alignment=alignment), batch.X, batch.targets)
        total = 0.0
        for b, region in np.ndindex(2, 4):
            one_hot = np.exp(log_alpha[b, 0, region])
            pinned = batch.X[b : b + 1, [region] * 4]
            state = params._replace(alignment=alignment)
            h, c, _ = caption_training.MODEL.start(state, batch.X[b : b + 1])
            z = 1 / (1 + np.exp(-(h @ params.gate.W.T + params.gate.b))) * pinned[:, 0]
            y = params.words[[0]]
            gates = np.concatenate([y, z], -1) @ params.lstm.W_x.T + h @ params.lstm.W_h.T + params.lstm.b
            o, i, f, g = np.split(gates, 4, axis=-1)
            sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
            h = sigmoid(o) * np.tanh(sigmoid(f) * c + sigmoid(i) * np.tanh(g))
            logits = np.concatenate([h, y, z], -1) @ params.output.W.T + params.output.b
            total += one_hot * (np.log(np.exp(logits).sum()) - logits[0, batch.targets[b, 0]])
        return total / 2

    exact = np.zeros_like(mean)
    for place in np.ndindex(mean.shape):
        bump = np.zeros_like(mean)
        bump[place] = 1e-6
        exact[place] = (expected_loss(params.alignment.U + bump) - expected_loss(params.alignment.U - bump)) / 2e-6
    assert (np.abs(mean - exact) < 5 * error + 1e-9).all()


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(caption_digits, "TESTED", 3)
    monkeypatch.setattr(caption_digits, "BATCHES", 2)
    monkeypatch.setattr(caption_training, "BATCH", 4)
    whole = recipes.run("caption-digits", steps=3, hard=True)
    assert {"exact", "exact_without_attention", "looks_right", "hard_exact", "variance_hard", "seconds_soft"} <= set(
        whole.metrics
    )
    recipes.run("caption-digits", steps=3, out=tmp_path)
    again = recipes.run("caption-digits", steps=3, hard=True, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())
    assert (again.history["hard_loss"] == whole.history["hard_loss"]).all()


def test_the_shipped_network_names_digits_that_it_never_saw():
    trained = load("caption-digits")
    answers = [trained.answer(show=number) for number in range(30)]
    assert np.mean([answer.facts["right"] for answer in answers]) >= 0.9
    assert trained.score()["exact"] >= 0.95
    answer = answers[0]
    assert answer.text.splitlines()[0].startswith(answer.facts["caption"]) and not answer.notices
    looks = np.array(answer.facts["looks"])
    assert looks.shape == (len(answer.facts["words"]), 6, 6)
    assert_allclose(looks.sum(axis=(1, 2)), 1, atol=0.03)


def picture_file(path, change=lambda pixels: pixels, number=0):
    """Write a mosaic of held-out digits to a file, changed; return its right caption."""
    from matplotlib.image import imsave

    trained = load("caption-digits")
    mosaics = trained.example(np.random.default_rng([number, 2**33]))
    imsave(path, change(mosaics.pictures[0]), cmap="gray", vmin=0, vmax=1)
    return trained.answer(mosaics).facts["caption"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x, []),
        (lambda x: 1 - x, ["inverted"]),
        (lambda x: x.repeat(4, 0).repeat(4, 1), ["scaled from 128 x 128 to 32 x 32"]),
        (lambda x: np.pad(x, ((0, 0), (10, 10))), ["cropped to its middle, 32 x 32"]),
        (lambda x: np.stack([x, x / 2, x], axis=-1), ["has colours"]),
    ],
)
def test_a_picture_of_ones_own(tmp_path, change, said):
    path = tmp_path / "digits.png"
    caption = picture_file(path, change)
    answer = load("caption-digits").answer(str(path))
    assert len(answer.notices) == len(said) and all(any(text in n for n in answer.notices) for text in said)
    if "has colours" not in said:
        assert answer.facts["caption"] == caption


def test_the_command_prints_and_draws(tmp_path, capsys):
    picture_file(tmp_path / "digits.png")
    command = ["try", "caption-digits", str(tmp_path / "digits.png"), "--json", "--plot", str(tmp_path / "looks.png")]
    assert main(command) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["caption"].endswith(".") and (tmp_path / "looks.png").stat().st_size > 5000


def test_a_file_that_is_no_picture_is_named(tmp_path, capsys):
    (tmp_path / "notes.png").write_text("three top left")
    assert main(["try", "caption-digits", str(tmp_path / "notes.png")]) == 1
    assert "notes.png is no picture (cannot identify image" in capsys.readouterr().err
    assert main(["try", "caption-digits", str(tmp_path / "none.png")]) == 1
    assert "there is no file" in capsys.readouterr().err


@pytest.mark.parametrize("shape", [(11, 40), (40, 11, 3), (0, 0)])
def test_a_picture_smaller_than_a_patch_is_refused(shape):
    message = rf"the picture has {shape[0]} x {shape[1]} pixels, should have 12 to 10000 a side: the name of a picture"
    with pytest.raises(InputError, match=message):
        load("caption-digits").answer(np.zeros(shape))


def test_spots_lie_on_the_patch_that_was_looked_at():
    found = spots(np.eye(36)[8])  # row 1, column 2
    assert_allclose(found[4:16, 8:20].sum(), found.sum())
    assert np.unravel_index(found.argmax(), found.shape) in [(r, c) for r in (9, 10) for c in (13, 14)]


def test_held_out_digits_follow_the_seed():
    assert not (digit_pools(0, copies=0)[1].labels == digit_pools(2, copies=0)[1].labels).all()


def test_a_negative_penalty_is_refused():
    with pytest.raises(ValueError, match=r"doubly is -1\.0, should be at least 0"):
        recipes.run("caption-digits", steps=1, doubly=-1.0)
