from pathlib import Path

from nnmem.models.memory_framework import FORMS
from nnmem.study.memory_table import memory_table


def test_a_row_for_each_model_in_both_languages():
    for chinese in (False, True):
        rows = list(memory_table(Path(), "../", chinese))[2:]
        assert len(rows) == len(FORMS)
        for row, form in zip(rows, FORMS, strict=True):
            assert row.count(" | ") == 6
            assert (form.name.zh if chinese else form.name.en) in row
            assert f"`{form.read.__name__}`" in row and f"`{form.write.__name__}`" in row
            home = row.partition("](../")[2].partition(")")[0]
            assert (Path(__file__).parents[2] / home).exists()
