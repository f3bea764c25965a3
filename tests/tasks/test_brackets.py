"""Words of brackets: legal, as deep as asked, answered as an ordinary stack answers."""

import numpy as np
import pytest

from nnmem.tasks.brackets import ANSWERS, SYMBOLS, bracket_word, brackets


def test_words_are_legal_and_their_answers_an_ordinary_stacks(rng):
    for depth in (1, 3, 8):
        batch = brackets(rng, 50, 6 * depth, depth)
        deepest = []
        for b in range(50):
            still_open, most = [], 0
            for x, answer in zip(batch.X[:, b], batch.targets[:, b], strict=True):
                symbol = SYMBOLS[x.argmax()]
                if symbol in "([":
                    still_open.append({"(": ")", "[": "]"}[symbol])
                else:
                    assert still_open.pop() == symbol
                most = max(most, len(still_open))
                assert ANSWERS[answer] == (still_open[-1] if still_open else "-")
            deepest.append(most)
        assert max(deepest) == depth and np.mean(deepest) > 0.9 * depth
        assert (batch.X.sum(axis=-1) == 1).all()


def test_a_word_of_ones_own():
    assert "".join(ANSWERS[a] for a in bracket_word("([])[").targets[:, 0]) == ")])-]"
    with pytest.raises(ValueError, match=r"bracket_word: symbol 3 of .* is '\)', should open or close a bracket"):
        bracket_word("([)")
    with pytest.raises(ValueError, match=r"bracket_word: symbol 1 of 'a'"):
        bracket_word("a")


@pytest.mark.parametrize("sizes", [(0, 5, 2), (3, 0, 2), (3, 5, 0)])
def test_nothing_is_refused(sizes, rng):
    with pytest.raises(ValueError, match=r"brackets: .* is 0, should be an int of at least 1"):
        brackets(rng, *sizes)
