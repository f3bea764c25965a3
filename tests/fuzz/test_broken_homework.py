"""Right homework, broken at random: every file gets a verdict, and what passes is right.

Characters are lost, doubled, exchanged, cut off; foreign ones come in; bytes change. ``--long`` breaks 2,000 files.
"""

import random

import numpy as np
import pytest

from nnmem.study.grade.handed import papers
from nnmem.study.grade.sheet import Terms, sheets
from nnmem.study.grade.subject import subject

VERDICTS = {"pass", "fail", "missing", "error"}
RIGHT = """import numpy as np

X, q = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, -1.0])


def dot_score_forward(X, q):
    scores = (X @ q[..., None])[..., 0]
    return scores, (X, q)


def dot_score_backward(dscores, cache):
    X, q = cache
    dX = dscores[..., None] * q[..., None, :]
    dq = (dscores[..., None] * X).sum(axis=-2)
    return dX, dq


print(dot_score_forward(X, q)[0])
"""
FOREIGN = [
    *("，", "（", "\t", "\0", "\r", "\x1b[2J", "é", "\u202e", "\ufeff", "'''", '"', "#"),
    *("1e999", "nan", "[", ")", ":", "0 * "),
]
WORDS = ["return", "None", "X", "q", "lambda", "yield", "await", "global X\n", "*", "**", "@", "-", " if ", "pass"]


def broken(rng):
    """The text of a right homework after up to two accidents, as bytes."""
    text = RIGHT
    for _ in range(rng.randint(0, 2)):
        i = rng.randrange(len(text))
        j = min(len(text), i + rng.choice([1, 2, 5, 40]))
        kind = rng.randrange(6)
        text = {
            0: text[:i] + text[j:],
            1: text[:j] + text[i:],
            2: text[:i] + text[i:j][::-1] + text[j:],
            3: text[:i] + rng.choice(FOREIGN) + text[i:],
            4: text[:i] + rng.choice(WORDS) + text[j:],
            5: text[:i] if rng.random() < 0.2 else text[:i] + "\n" + text[i:],
        }[kind] or " "
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if rng.random() < 0.2:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def is_right(data):
    """Whether the functions of a file do what they should, element by element, at random inputs."""
    space = {}
    exec(compile(data, "homework", "exec"), space)
    rng = np.random.default_rng(0)
    for shape in ((4, 3), (2, 5, 3)):
        X, q, d = rng.normal(size=shape), rng.normal(size=(*shape[:-2], 3)), rng.normal(size=shape[:-1])
        scores, cache = space["dot_score_forward"](X, q)
        dX, dq = space["dot_score_backward"](d, cache)
        np.testing.assert_allclose(scores, np.einsum("...nd,...d->...n", X, q), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(dX, np.einsum("...n,...d->...nd", d, q), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(dq, np.einsum("...n,...nd->...d", d, X), rtol=1e-6, atol=1e-9)
    return True


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_broken_homework_gets_a_verdict_and_what_passes_is_right(tmp_path, long):
    rng = random.Random(8)
    for number in range(2000 if long else 25):
        (tmp_path / f"{number:04}.py").write_bytes(broken(rng))
    graded = sheets(papers([str(tmp_path)]), Terms((subject("dot_score_forward"), subject("dot_score_backward"))))
    assert len(graded) == len(list(tmp_path.iterdir()))
    for sheet in graded:
        assert sheet.rows and {row.verdict for row in sheet.rows} <= VERDICTS, sheet.file
        if all(row.verdict == "pass" for row in sheet.rows):
            assert is_right((tmp_path / sheet.file.rpartition("/")[2]).read_bytes())
    assert 0 < sum(all(row.verdict == "pass" for row in sheet.rows) for sheet in graded) < len(graded)
