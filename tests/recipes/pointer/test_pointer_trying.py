"""A person's own numbers and points, given to the shipped networks."""

import matplotlib
import numpy as np
import pytest

from nnmem import recipes
from nnmem.models.pointer.pointer_decoding import decode
from nnmem.recipes import InputError
from nnmem.recipes.pointer import hull, sort_numbers
from nnmem.recipes.pointer.pointer_training import scale
from nnmem.recipes.pointer.pointer_trying import MOST, point, size_notice

matplotlib.use("Agg")


@pytest.mark.parametrize("module", [sort_numbers, hull], ids=lambda module: module.RECIPE.name)
def test_it_points_where_the_decoder_chose(module, rng):
    trained = recipes.load(module.RECIPE.name)
    X = rng.random((7, trained.model.input_size)).astype(np.float32)
    chosen, p = point(trained.model, trained.params, X)
    decoded = decode(trained.model, trained.params, scale(X)[None])
    np.testing.assert_array_equal(chosen, decoded.indices[0][decoded.indices[0] >= 0])
    steps = np.append(chosen, 7) if trained.model.end else chosen
    assert p.shape == (len(steps), 7 + trained.model.end)
    np.testing.assert_array_equal(p.argmax(axis=1), steps)
    np.testing.assert_allclose(np.log(p[np.arange(len(steps)), steps]).sum(), decoded.log_likelihood[0], atol=1e-5)


def test_most_of_what_people_give_is_sorted_right(rng):
    trained = recipes.load("pointer-sort")
    answers = [trained.answer(rng.normal(size=8) * 10.0 ** rng.integers(-3, 6)).to_json() for _ in range(100)]
    assert all(a["right"] == (a["output"] == sorted(a["input"])) for a in answers)
    assert all(a["output"] == [a["input"][i] for i in a["indices"]] for a in answers)
    assert 0.9 < np.mean([a["right"] for a in answers]) < 1, "some are wrong, and said to be"


def test_a_hull_keeps_its_corners_when_it_is_moved_and_stretched(rng):
    trained = recipes.load("pointer-hull")
    points = rng.random((6, 2))
    points[0], points[1] = 0, 1  # so that the stretched ones come back to just these
    here, there = (trained.answer(X).to_json() for X in (points, points * [300, 2] - [40, 7]))
    assert here["corners"] == there["corners"] and here["right_corners"] == there["right_corners"]
    assert not here["notices"] and there["notices"]


def test_numbers_of_inputs():
    assert size_notice(5, "numbers") == size_notice(10, "numbers") == ()
    assert size_notice(4, "points") == ("the model has learned from 5 to 10 points, not 4",)
    with pytest.raises(InputError, match=f"there are {MOST + 1} points; should be {MOST} at most, 5 to 10 as in"):
        size_notice(MOST + 1, "points")
    assert recipes.load("pointer-sort").answer("2").to_json()["output"] == [2]


@pytest.mark.parametrize("given", ["1,1 2,2 3,3", "1 1 2 2", "1,1 1,1 1,1"])
def test_points_without_a_hull_are_refused(given):
    with pytest.raises(InputError, match=r"should .* such as 0,0 1,0"):
        recipes.load("pointer-hull").answer(given)


def test_examples_to_sort_have_two_decimals():
    trained = recipes.load("pointer-sort")
    for show in range(5):
        numbers = trained.answer(show=show).facts["input"]
        assert numbers == [round(number, 2) for number in numbers] and 5 <= len(numbers) <= 10
