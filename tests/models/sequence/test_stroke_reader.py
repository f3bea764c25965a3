"""The reader of strokes: classes of movements, and letters from classes."""

import numpy as np

import nnmem
from nnmem.models.sequence.stroke_reader import StrokeReader, half_letters
from nnmem.nn.linear import LinearParams
from nnmem.nn.tree import tree_map

TEXTS = np.array([[0, 0, 2, 3], [1, 3, -1, -1]])
LETTERS = np.array([[0, 0, 0, 1, 1, 2, 2, 3], [0, 0, 0, 0, 1, 0, 0, 0]]).T


def test_each_letter_has_two_halves_and_what_is_no_letter_is_rest():
    classes = half_letters(TEXTS, LETTERS, np.array([8, 5]), 3)
    assert classes[:, 0].tolist() == [0, 0, 3, 0, 3, 2, 5, 6]
    assert classes[:, 1].tolist() == [1, 1, 4, 4, 6, 6, 6, 6]


def test_equal_letters_after_one_another_are_read_apart(rng):
    model = StrokeReader(3, hidden_size=2)
    params = model.init(rng)
    classes = half_letters(TEXTS, LETTERS, np.array([8, 5]), 3)

    class Certain(StrokeReader):
        def forward(self, params, strokes, lengths):
            return np.eye(7)[classes], None

    assert Certain(3).read(params, np.zeros((8, 2, 3)), np.array([8, 5])) == [[0, 0, 2], [1]]


def test_only_a_first_half_followed_by_its_own_second_is_a_letter(rng):
    classes, lengths = rng.integers(0, 7, (30, 40)), rng.integers(1, 31, 40)
    classes[0] = rng.integers(0, 6, 40)

    class Certain(StrokeReader):
        def forward(self, params, strokes, lengths):
            return np.eye(7)[classes], None

    found = Certain(3).read(None, np.zeros((30, 40, 3)), lengths)
    for b, length in enumerate(lengths):
        letters, last = [], None
        for now in classes[:length, b]:
            if last is not None and now != last and last in (0, 1, 2) and now == last + 3:
                letters.append(last)
            last = now
        assert found[b] == letters
    assert sum(map(len, found)) > 20


def test_gradients(rng):
    model = StrokeReader(2, hidden_size=3)
    params = tree_map(np.float64, model.init(rng))
    params = params._replace(output=LinearParams(*(rng.normal(size=part.shape) for part in params.output)))
    report = nnmem.check_gradients(
        model.forward, model.backward, params, strokes=rng.normal(size=(5, 3, 3)), lengths=np.array([2, 5, 1])
    )
    assert report, str(report)
