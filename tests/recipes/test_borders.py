"""What stands just on a border: the largest input, the share that is just enough, the error that is just too much."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnmem import recipes
from nnmem.plots import new_figure
from nnmem.recipes.associative.half_load import SHARP, extrapolations, half_load
from nnmem.recipes.associative.hopfield_basins import SHARES, basin
from nnmem.recipes.pointer.pointer_trying import MOST, draw_pointing, size_notice
from nnmem.recipes.sequence.segments import within_half
from nnmem.recipes.turing.copy_trying import LEARNED, text_bits
from nnmem.recipes.turing.copy_trying import MOST as MOST_BYTES


def test_as_many_as_in_training_are_no_news_and_the_most_are_taken():
    assert [size_notice(n, "points") for n in (5, 10)] == [(), ()]
    for n in (4, 11, MOST):
        assert size_notice(n, "points") == (f"the model has learned from 5 to 10 points, not {n}",)
    assert text_bits("x" * MOST_BYTES).shape == (MOST_BYTES, 8) and text_bits("x").shape == (1, 8)


def test_a_text_as_long_as_the_longest_of_training_is_drawn_byte_by_byte():
    machine = recipes.load("ntm-copy")
    for n in (LEARNED, LEARNED + 1):
        said = machine.answer("x" * n)
        assert len(said.notices) == (n > LEARNED)
        assert ("a start mark" in said.plot().axes[3].get_xlabel()) == (n <= LEARNED)


@pytest.mark.parametrize(("items", "turned"), [(6, 0), (7, 90)])
def test_names_are_turned_where_there_are_many(items, turned):
    _, ax = new_figure()
    draw_pointing(ax, np.eye(items), [str(i) for i in range(items)])
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {turned}


def test_one_half_at_either_end_is_passed():
    load, none = np.array([0.1, 0.2, 0.3]), np.zeros(3)
    assert half_load(load, np.array([0.5, 0.3, 0.2]), none)[0] == pytest.approx(0.1)
    assert half_load(load, np.array([1.0, 0.8, 0.5]), none)[0] == pytest.approx(0.3)
    for lost, spread in ((SHARP, 0.0), (0.92, 0.1 / 12**0.5)):
        assert half_load(load, np.array([1.0, 1.0, 1 - lost]), none)[1] == pytest.approx(spread, abs=1e-9)


def test_two_sizes_fit_every_form_and_say_nothing_of_it():
    found = extrapolations(np.array([100, 400]), np.array([0.2, 0.17]), np.array([0.01, 0.01]))
    assert len(found) == 5 and all(np.isnan(chi2) for _, chi2 in found.values())
    assert found["a + b m^(-1/2)"][0] == pytest.approx(0.14)


def test_half_of_the_patterns_are_enough_for_a_basin():
    assert basin({f"flip {share}": 0.5 if share == SHARES[2] else 0.49 for share in SHARES}) == SHARES[2]
    assert basin({f"flip {share}": 0.49 for share in SHARES}) == 0


def test_a_sum_that_is_off_by_half_is_not_right():
    model = SimpleNamespace(forward=lambda params, features, values: (np.array([1.0, 2.0, 3.0, 4.0]), None))
    batch = SimpleNamespace(features=None, values=None, sums=np.array([1.5, 1.5, 3.25, 4.0]))
    assert within_half(model, None, batch) == 0.5
