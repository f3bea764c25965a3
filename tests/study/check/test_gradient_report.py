"""The table that a person reads: every number of it, and when it says that all is well."""

import numpy as np
import pytest

from nnmem.study.check.gradient_report import GradientReport, GradientRow

RIGHT = GradientRow("W", "central difference", 2.5e-9, 1e-7, (0, 1), 1.5, 1.5)
WRONG = GradientRow("W", "complex step", 3.2e-3, 1e-12, (2, 0), -1.25, -1.246)
ALONG = GradientRow("a_long_name_of_an_argument", "random direction", 0.5, 1e-7, None, 2.0, 1.0)
ONE = GradientRow("b", "complex step", 0.5, 1e-12, (), 2.0, 1.0)


def test_the_table_shows_every_row_and_where_it_is_wrong():
    shown = str(GradientReport([RIGHT, WRONG], ["W was modified in place"], ["x is empty"]))
    assert shown.splitlines() == [
        "argument   oracle                  error    bound",
        "W          central difference    2.5e-09    1e-07  ok",
        "W          complex step          3.2e-03    1e-12  WRONG",
        "    W[2, 0]: expected -1.25, got -1.246",
        "problem: W was modified in place",
        "note: x is empty",
        "Not all gradients agree.",
    ]


def test_a_row_without_a_place_and_one_of_a_single_number_name_the_argument_alone():
    lines = str(GradientReport([ALONG, ONE])).splitlines()
    assert lines[1].startswith("a_long_name_of_an_argument random direction")
    assert lines[2] == "    a_long_name_of_an_argument: expected 2, got 1" and lines[4] == "    b: expected 2, got 1"
    assert lines[0].index("oracle") == lines[1].index("random") == lines[3].index("complex")


@pytest.mark.parametrize(
    ("report", "ok"),
    [
        (GradientReport([RIGHT]), True),
        (GradientReport([RIGHT], notes=["x is empty"]), True),
        (GradientReport([RIGHT, WRONG]), False),
        (GradientReport([RIGHT], ["a problem"]), False),
        (GradientReport(), False),
    ],
)
def test_it_is_true_only_where_something_was_compared_and_all_of_it_held(report, ok):
    assert report.ok is ok and bool(report) is ok
    assert str(report).endswith("All gradients agree." if ok else "Not all gradients agree.")


def test_a_row_holds_up_to_its_bound():
    errors = {0.0: True, 1e-7: True, 1.0000001e-7: False, np.inf: False, np.nan: False}
    for error, ok in errors.items():
        assert GradientRow("x", "complex step", error, 1e-7, None, 0.0, 0.0).ok is ok
