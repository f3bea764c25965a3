"""What the pictures of looks show are the looks: which patch, which pixel, which glimpse, in which panel."""

import numpy as np
import pytest

from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.recipes.result import Result
from nnmem.recipes.vision import look_around
from nnmem.recipes.vision.caption_training import ENCODER, MODEL
from nnmem.recipes.vision.caption_trying import draw_looks, spots
from nnmem.recipes.vision.caption_trying import reply as caption
from nnmem.recipes.vision.looking_trying import EyePath, KnownPicture, draw_eye_path, look_at, reply
from nnmem.tasks.digit_mosaics import EACH, PATCH, PLACES, SIDE, STRIDE


def data(image):
    return np.asarray(image.get_array(), float)


def test_each_word_has_the_picture_and_its_own_spots(rng):
    picture, alpha = rng.random((SIDE, SIDE)), rng.dirichlet(np.ones(PLACES**2), EACH + 1)
    words = [f"word{i}" for i in range(EACH + 1)]
    figure = draw_looks(picture, words, alpha)
    assert len(figure.axes) == 2 * EACH and figure.get_size_inches()[1] == pytest.approx(3.5)
    for ax, word, weights in zip(figure.axes, words, alpha, strict=False):
        below, above = ax.images
        assert all(ax.spines[side].get_visible() for side in ("left", "right", "top", "bottom")), "a frame"
        assert ax.get_title() == word and ax.axison and not len(ax.get_xticks()) + len(ax.get_yticks())
        np.testing.assert_array_equal(data(below), picture)
        np.testing.assert_allclose(data(above), spots(weights))
        assert below.get_clim() == above.get_clim() == (0, 1) and 0 < above.get_alpha() < 1
        assert below.get_cmap()(1.0)[:3] == (0, 0, 0) and above.get_cmap()(0.0)[3] == 0, "ink is black, no weight clear"
    assert not any(ax.axison for ax in figure.axes[EACH + 1 :])
    assert figure.axes[EACH].get_xlabel() == "orange: looked at"


def test_spots_are_bells_one_on_each_patch(rng):
    alpha = rng.random(PLACES**2)
    wanted = np.zeros((SIDE, SIDE))
    for i, weight in enumerate(alpha):
        for row in range(PATCH):
            for column in range(PATCH):
                away = (row - (PATCH - 1) / 2) ** 2 + (column - (PATCH - 1) / 2) ** 2
                bell = weight * np.exp(-away / (2 * (PATCH / 4) ** 2))
                wanted[i // PLACES * STRIDE + row, i % PLACES * STRIDE + column] += bell
    np.testing.assert_allclose(spots(alpha), wanted)


def test_a_caption_that_does_not_end_is_cut_off_and_said(rng):
    writer = MODEL.init(rng)
    picture = rng.random((SIDE, SIDE))
    for bias, length in ((-50.0, 36), (50.0, 1)):
        writer.output.b[0] = bias  # of the full stop
        said = caption(ENCODER.init(rng), writer, picture)
        assert len(said.facts["words"]) == length and np.shape(said.facts["looks"]) == (length, PLACES, PLACES)
        assert ("no full stop within 36 words: the caption is cut off" in said.notices) == (length == 36)
        assert said.facts["right"] is None and len(said.text.splitlines()) == length + 2
    most = int(np.argmax(said.facts["looks"][0]))
    row, column = STRIDE * (most // PLACES), STRIDE * (most % PLACES)
    line = said.text.splitlines()[2].split("  looks most at ")
    assert line[0].strip() == said.facts["words"][0] == said.text.splitlines()[0]
    assert line[1].startswith(f"rows {row:2} to {row + PATCH - 1:2}, columns {column:2} to {column + PATCH - 1:2} (")


@pytest.fixture
def eye(rng):
    """A network that has learned nothing, a picture, and what it sees of it."""
    model = RecurrentAttention(10, size=4, scales=2)
    picture = rng.random((16, 16)).astype(np.float32)
    params = model.init(rng)
    return model, params, picture, look_at(model, params, picture, np.array([0.5, -0.5]), 3)


def test_looking_at_a_picture_stays_in_its_precision_and_is_what_the_network_says(eye):
    model, params, picture, path = eye
    assert {part.dtype for part in path} == {np.dtype(np.float32)} and path.retinas.shape == (3, 2, 4, 4)
    np.testing.assert_array_equal(path.places[0], [0.5, -0.5])
    for t in range(3):
        logits, means, _ = model.forward(params, picture, path.places[: t + 1])
        np.testing.assert_allclose(path.probabilities[t], np.exp(logits) / np.exp(logits).sum(), rtol=1e-5)
    np.testing.assert_allclose(path.places[1:], np.clip(means, -1, 1)[: len(path.places) - 1], atol=1e-6)
    np.testing.assert_array_equal(path.retinas[0, 0], picture[10:14, 2:6])  # around row 12, column 4


def test_an_answer_says_what_the_path_ends_in(eye):
    model, params, picture, _ = eye
    path = look_at(model, params, picture, np.zeros(2), 3)
    best = int(path.probabilities[-1].argmax())
    for label, said in ((best, "right"), (best + 1, f"wrong, should be {best + 1}")):
        answer = reply(model, params, 16, 3, KnownPicture(picture, label))
        assert answer.text.endswith(f"with probability {path.probabilities[-1, best]:.2f}   {said}")
        assert answer.facts["right"] == (label == best) and answer.facts["answer"] == best and not answer.notices
        pixels = [[round(float(1 + part) * 8) for part in place] for place in path.places]
        assert answer.facts["looked_at"] == pixels and pixels[0] == [8, 8]
    answer = reply(model, params, 16, 3, picture)
    assert answer.facts["right"] is None and answer.text.endswith(f"{path.probabilities[-1, best]:.2f}")


def test_the_eye_s_path_is_drawn_with_what_each_glimpse_saw(rng):
    retinas, p = rng.random((3, 2, 4, 4)), rng.dirichlet(np.ones(10), 3)
    figure = draw_eye_path(rng.random((16, 16)), EyePath(rng.uniform(-1, 1, (3, 2)), retinas, p))
    *small, whole = figure.axes
    assert (whole.get_xlabel(), whole.get_ylabel()) == ("column", "row") and len(small) == 2 * 3
    assert [float(each) for each in figure.get_size_inches()] == pytest.approx([6.6, 2.2])
    for i, ax in enumerate(small):
        k, t = divmod(i, 3)
        np.testing.assert_array_equal(data(ax.images[0]), retinas[t, k])
        assert ax.images[0].get_clim() == (0, 1) and not len(ax.get_xticks()) + len(ax.get_yticks())
        assert ax.get_ylabel() == (f"scale {2**k}" if t == 0 else "")
        best = int(p[t].argmax())
        assert ax.get_title() == (f"glimpse {t + 1}\n{best}: {p[t, best]:.2f}" if k == 0 else "")
    assert [(patch.get_width(), patch.get_height()) for patch in whole.patches] == 3 * [(4, 4)]


def test_learning_to_look_is_drawn():
    curves = {"accuracy": np.array([[50, 0.25], [100, 0.5]]), "reach_accuracy": np.array([[50, 0.05], [100, 0.75]])}
    [ax] = look_around.plot(Result("recurrent-attention", 0, 1.0, 1, {}, curves)).axes
    for line, name, label in zip(ax.lines, curves, ("right answers, running mean", "reach of the digit"), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), curves[name])
        assert line.get_label() == label
    assert ax.get_ylim() == (0, 1.02) and ax.get_xlabel() == "training step" and ax.get_legend() is not None
