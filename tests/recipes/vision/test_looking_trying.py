"""A person's picture goes in, a digit and the path of the eye come out; nothing is done to a picture unsaid."""

import json
import re
import struct
import zlib

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imsave

from nnmem import recipes
from nnmem.cli import main
from nnmem.recipes import InputError
from nnmem.recipes.vision import looking_training
from nnmem.recipes.vision.picture_files import on_square, read_ink, scaled_to_square

matplotlib.use("Agg")
WANTS = "a picture"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A result of a network that has learned nothing, from the command line."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking_training, "TESTED", 60)
        assert main(["train", "recurrent-attention", "--steps", "1", "--out", str(folder)]) == 0
    return folder / "recurrent-attention-seed0" / "result.npz"


def test_try_takes_a_file_and_draws_the_path(own, tmp_path, capsys):
    picture = np.zeros((32, 32, 3), np.float32)
    picture[10:18, 20:24] = (1, 0.5, 0)
    imsave(tmp_path / "digit.png", picture)
    capsys.readouterr()
    command = ["try", "recurrent-attention", str(tmp_path / "digit.png"), "--from", str(own), "--json"]
    assert main([*command, "--plot", str(tmp_path / "path.png")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["right"] is None and 0 <= said["answer"] <= 9 and said["looked_at"][0] == [16, 16]
    assert len(said["looked_at"]) == 5 and said["notices"] == [
        "the picture has colours: only how bright they are is kept"
    ]
    assert (tmp_path / "path.png").stat().st_size > 5000


def test_examples_say_whether_the_answer_is_right(own):
    trained = recipes.load("recurrent-attention", path=own)
    for show in range(4):
        answer = trained.answer(show=show)
        assert not answer.notices and ("right" in answer.text) == answer.facts["right"]
        assert answer.facts["right"] or "wrong, should be" in answer.text


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


HUGE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 11_000, 100, 8, 0, 0, 0, 0)) + chunk(b"IDAT", b"")


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("none.png", None, "there is no file .*none.png; should be a picture with a digit"),
        ("text.png", b"no picture", "text.png is no picture"),
        ("empty.png", b"", "empty.png is no picture"),
        ("n" * 300 + ".png", None, "there is no file .*; should be a picture with a digit"),
        ("huge.png", HUGE, "huge.png is no picture .it has 100 x 11000 pixels, should have 10000 a side at most"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(own, tmp_path, capsys, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["try", "recurrent-attention", str(tmp_path / name), "--from", str(own)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.search(message, error)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros(5), r"an array \(5,\) of float64 is no picture; should be a picture"),
        (np.zeros((4, 4, 7)), r"an array \(4, 4, 7\) of float64 is no picture"),
        (np.full((2, 2), "x"), "is no picture"),
        (np.zeros((2, 2), complex), "is no picture"),
        (np.zeros((0, 4)), "has 0 x 4 pixels, should have 1 to 10000 a side: a picture"),
        (np.zeros((1, 10_001)), "has 1 x 10001 pixels, should have 1 to 10000 a side: a picture"),
        (np.full((4, 4), np.nan), "has pixels from nan to nan, should be from 0 to 1"),
        (np.full((4, 4), -1.0), "has pixels from -1 to -1, should be from 0 to 1"),
        (np.full((4, 4), 7), "has pixels from 7 to 7, should be from 0 to 1"),
        (np.full((40, 40), 0.7), "is of one shade, there is nothing on it; should be a picture"),
        (np.full((40, 40, 3), 255, np.uint8), "is of one shade"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        read_ink(given, WANTS)


def test_ink_beside_the_middle_is_not_answered_to():
    ink = np.zeros((10, 40), np.float32)
    ink[4, 3] = 1
    for fit in (on_square, scaled_to_square):
        with pytest.raises(
            InputError, match="the picture has 10 x 40 pixels, and in its middle, 10 x 10 pixels, there"
        ):
            fit(ink, 8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers_of_eight_and_sixteen_bits_are_scaled(dtype):
    pixels = np.zeros((4, 4), dtype)
    pixels[1, 2] = np.iinfo(dtype).max
    ink, _ = read_ink(pixels, WANTS)
    assert ink.max() == 1 and ink.dtype == np.float32


def test_colours_count_as_bright_as_they_are_seen():
    pixels = np.zeros((4, 4, 3))
    pixels[0, 0], pixels[1, 1], pixels[2, 2] = np.eye(3)
    ink, [notice] = read_ink(pixels, WANTS)
    np.testing.assert_allclose(np.diag(ink)[:3], [0.299, 0.587, 0.114], rtol=1e-6)
    assert "has colours" in notice


def test_dark_on_light_is_turned_round_and_said(rng):
    light = np.where(rng.random((6, 6)) < 0.2, 0.1, 0.9)
    ink, notices = read_ink(light, WANTS)
    np.testing.assert_allclose(ink, 1 - light, atol=1e-6)
    assert len(notices) == 1 and "inverted" in notices[0]
    same, none = read_ink(np.uint8(255 * ink), WANTS)
    np.testing.assert_allclose(same, ink, atol=0.005)
    assert not none


def test_what_shines_through_is_paper():
    picture = np.zeros((4, 4, 4))
    picture[0, 0, 3] = 1  # one black pixel on nothing
    ink, _ = read_ink(picture, WANTS)
    np.testing.assert_array_equal(ink, np.eye(4)[0][:, None] * np.eye(4)[0])


def test_a_small_picture_stands_in_the_middle_and_a_large_one_is_shrunk(rng):
    small = rng.random((5, 8)).astype(np.float32)
    found, [notice] = on_square(small, 8)
    np.testing.assert_array_equal(found[1:6], small)
    assert "5 x 8 pixels: it stands in the middle" in notice
    large = rng.random((12, 20)).astype(np.float32)
    found, notices = on_square(large, 6)
    np.testing.assert_allclose(found, large[:, 4:16].reshape(6, 2, 6, 2).mean(axis=(1, 3)), rtol=1e-6)
    assert len(notices) == 2
    assert on_square(large[:6, :6], 6)[1] == []


@pytest.mark.parametrize("side", [12, 32, 50, 400])
def test_scaling_keeps_the_mean(side, rng):
    pixels = rng.random((side, side)).astype(np.float32)
    found, notices = scaled_to_square(pixels, 32)
    np.testing.assert_allclose(found.mean(), pixels.mean(), rtol=1e-5)
    assert found.shape == (32, 32) and len(notices) == (side != 32)


def test_where_it_looked_is_told_in_whole_pixels():
    answer = recipes.load("recurrent-attention").answer()
    looked = answer.to_json()["looked_at"]
    assert looked and all(type(place) is int for places in looked for place in places)
    assert f"({looked[0][0]}, {looked[0][1]})" in answer.text
