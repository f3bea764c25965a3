"""Equations are found by number, by function, and by the words that people look for, in both languages."""

import pytest

from nnmem.study.index.lookup import ENTRIES, EQUATIONS, about


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("softmax", {"8.1", "8.1.2"}),
        ("scaled dot-product attention", {"8.1.1"}),
        ("Self-Attention", {"8.1.2"}),
        ("自注意力", {"8.1.2"}),
        ("REINFORCE", {"8.7", "8.1.2"}),
        ("pointer networks", {"8.10", "8.11", "8.12", "8.13"}),
        ("指针网络", {"8.10", "8.11", "8.12", "8.13"}),
        ("storkey_weights", {"8.19"}),
        ("BAM", {"8.19"}),
        ("神经图灵机", {"8.22", "8.23", "8.24", "8.3.2"}),
        ("端到端记忆网络", {"8.20", "8.21"}),
        ("锐化", {"8.3.2"}),
        ("energy function", {"8.17", "8.18"}),
        ("leak", {"8.2.3"}),  # in no title, in one meaning
        ("xyzzy", set()),
        ("8-2", set()),
        ("", set()),
    ],
)
def test_words_find_what_they_stand_for(text, numbers):
    assert {equation.number for equation in about(text)} == numbers


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: e.title)
def test_every_equation_is_found_by_its_titles_and_all_its_other_names(equation):
    for text in (equation.title, equation.title_zh, *equation.also.split()):
        assert equation in about(text), text


def test_plain_functions_lead_to_the_equations_beside_them():
    for entry in ENTRIES:
        for plain in entry.plain:
            assert set(entry.equations) <= set(about(plain.name))
