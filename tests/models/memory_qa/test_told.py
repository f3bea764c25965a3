import numpy as np
import pytest

from nnmem.models.memory_qa.told import Told, check_told


def test_slots_that_hold_a_sentence():
    S, there, Q = check_told("f", Told(np.ones((2, 3, 4)), [3, 1], np.ones((2, 4))), 4)
    assert S.shape == (2, 3, 4) and Q.shape == (2, 4)
    assert there.tolist() == [[True, True, True], [True, False, False]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"S": np.ones((2, 3, 5)), "Q": np.ones((2, 5))},
            ValueError,
            r"f: S has shape \(2, 3, 5\), should be \(2, 3, 4\)",
        ),
        ({"Q": np.ones((2, 5))}, ValueError, r"f: Q has shape \(2, 5\)"),
        ({"lengths": [4, 1]}, ValueError, "f: lengths has the entry 4, should be in 0 to 3"),
        ({"lengths": [1.0, 1.0]}, TypeError, "lengths has dtype float64"),
        ({"lengths": [1]}, ValueError, r"lengths has shape \(1,\), should be \(2,\)"),
    ],
)
def test_what_does_not_fit_is_named(change, error, message):
    told = Told(np.ones((2, 3, 4)), np.array([3, 1]), np.ones((2, 4)))._replace(**change)
    with pytest.raises(error, match=message):
        check_told("f", told, 4)
