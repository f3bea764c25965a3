"""What a blank says besides signature and formula."""

import re

import numpy as np
import pytest

from nnmem.study.grade.assignment import _text
from nnmem.study.grade.blank import _array, blank, formulas, question
from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.contract import refused_cases
from nnmem.study.grade.phrases import language, of_the_locale, say
from nnmem.study.grade.subject import chosen, names_in, real, subject, why_not


def graded(name, which=0):
    """The lines of what is graded, of the forward or of the backward."""
    parts = re.split(r"^def ", blank(subject(name)), flags=re.M)[1:]
    return re.findall(r"^    - (.*)$", parts[which], re.M)


SMALL = "float32 in, float32 out; no argument modified"
WRONG = "ValueError (or TypeError) for: shapes that do not fit"


def test_what_is_graded_of_a_forward():
    assert graded("dot_score") == [
        "every number of batch axes that ... may stand for, none and several", "X 10⁴ times as large", SMALL,
        f"{WRONG} (1 point)",
    ]  # fmt: skip
    lines = graded("soft_attention")
    assert lines[1] == "masks (True = may be attended to), and rows that are masked altogether"
    assert [line for line in lines if line.startswith("the options ")] == [
        "the options score='additive'; score='dot'; score='scaled_dot'; score='bilinear'"
    ]
    assert "X, q 10⁴ times as large" in lines
    for extreme in subject("soft_attention").extremes:
        assert extreme.what in lines
    assert not any("10⁴" in line for line in graded("sharpen")), "nothing is made large there"
    assert not any("mask" in line for line in graded("dot_score"))
    one = subject("attention_distribution")
    assert all(extra.en in graded(one.name) for extra in one.known.extras) and one.known.extras


def test_what_is_not_graded_and_what_is_refused_besides():
    for name in ("hopfield_energy", "soft_attention", "glimpse", "gaussian_policy"):
        one = subject(name)
        lines = graded(name)
        for en, _ in one.known.not_graded:
            assert f"not graded: {en}" in lines
        refusals = [line for line in lines if line.startswith("ValueError (or TypeError) for: ")]
        wanted = ", ".join([WRONG, *(extra.en for extra in one.known.refused)]) + " (1 point)"
        assert refusals == [wanted] * bool(refused_cases(one))


def test_what_is_graded_of_a_backward():
    shape = "each gradient of its argument's shape, summed over the batch for parameters"
    kept = "float32 in, float32 out; upstream gradients and cache left as they are"
    assert graded("dot_score", 1) == [shape, kept]
    assert graded("hopfield_update", 1) == [shape, kept, "ValueError, as there is no gradient: beta=None"]


def test_the_text_of_a_backward():
    text = blank(subject("dot_score")).split("def dot_score_backward")[1]
    assert "Gradients of what goes into dot_score_forward, in the order of its arguments." in text
    assert "dX (..., N, d), dq (..., d)" in text
    assert "dscores: the gradient of the loss with respect to the forward's output, of its shape." in text
    assert "optional" not in text
    soft = blank(subject("soft_attention")).split("def soft_attention_backward")[1]
    assert "score='dot'" in soft
    assert "    dr: the gradient of the loss with respect to" in soft
    assert "dalpha: the gradient of the second output, optional; left out, it counts as zero." in soft
    two = blank(subject("gaussian_window")).split("def gaussian_window_backward")[1]
    assert "dw, dphi: the gradient of the loss" in two and "optional" not in two
    surrogate = blank(subject("sampled_attention")).split("def sampled_attention_backward")[1]
    assert "Parameters\n" in surrogate and "reward" in surrogate.split("Parameters")[1]


def test_the_body_and_hints():
    text = blank(subject("dot_score"), "    pass  # {name}")
    assert "    pass  # dot_score_forward" in text and "    pass  # dot_score_backward" in text
    assert text.startswith('def dot_score_forward(X, q):\n    """') and "np.ndarray" not in text.split('"""')[0]
    assert "cache\n        Yours: whatever the backward needs." in text
    assert 'raise NotImplementedError("read_tour")' in blank(subject("read_tour"))
    assert "_backward" not in blank(subject("read_tour"))


def test_the_scores_are_spelled_out_where_the_score_is_an_argument():
    text = blank(subject("soft_attention"))
    for name in ("additive", "dot", "scaled_dot", "bilinear"):
        assert len(re.findall(rf'^ +score="{name}": s\(', text, re.M)) == 1, text
    assert "The scores::" in text and "The scores::" not in blank(subject("dot_score"))


def test_a_chinese_blank():
    with language("zh"):
        text = blank(subject("dot_score"))
        assert "    参数\n    ----\n" in text and "    返回\n    ----\n" in text and "Parameters" not in text
        assert "xᵢᵀ q" in text and not re.search(
            r"[a-z]{4,} [a-z]{4,} [a-z]{4,}", text.split("def dot_score_backward")[0]
        )
        [line] = formulas([subject("dot_score")])
        assert line.startswith("(8.3) ") and "：" in line and "·" not in line.split("：")[0]
    [line] = formulas([subject("dot_score")])
    assert re.match(r"\(8\.3\) .+ · .+: s\(", line)


def test_formulas_have_all_their_numbers():
    lines = formulas(chosen(["8.3", "8.15", "read_tour"]))
    assert len(lines) == len(set(lines)) and any(line.startswith("(8.3)") for line in lines)
    assert any("(8.15)" in line for line in lines)
    assert formulas([]) == []


def test_the_question():
    one = subject("dot_score")
    case = personal_case(one, "7")
    text = question(one, "7").split("\n")
    assert text[0].startswith("# Your own numbers, drawn from 7: what is the result, to four decimals?")
    given = f"np.array({case.args[0].tolist()}), np.array({case.args[1].tolist()})"
    assert text[1:] == [f"# dot_score_forward({given})", "dot_score_answer = None"]
    assert "what is the first result" in question(subject("soft_attention"), "7")
    assert ", score='" in question(subject("soft_attention"), "7")
    assert _array(2) == "2" and _array("a") == "'a'" and _array(np.array([1.0])) == "np.array([1.0])"


def test_an_assignment_s_text():
    text = _text([subject("dot_score")])
    assert text.startswith("# Homework\n\nWrite what raises") and re.search(r"^    \(8\.3\) ", text, re.M)


def test_subjects():
    assert [one.name for one in chosen(["8.3", "dot_score", "dot_score_backward"])] == ["dot_score"]
    one, plain = subject("soft_attention_backward"), subject("read_tour")
    assert one is subject("soft_attention") and one.parts == ["soft_attention_forward", "soft_attention_backward"]
    assert plain.plain and plain.parts == ["read_tour"] and plain.second == "" and plain.before == 0
    assert plain.upstream == [] and one.upstream == ["dr", "dalpha"] and one.before == 1
    assert subject("gaussian_window").before == 2 and not one.draws and subject("sampled_attention").draws
    assert one.array_names({"score": "dot"}) == ["X", "q"]
    assert one.array_names({"score": "additive"}) == max((names_in(s.layout) for s in one.layouts), key=len)
    assert one.array_names() == names_in(max((s.layout for s in one.layouts), key=len))
    assert one.options_of({"score": "dot"}) == "score='dot'" and one.options_of({}).startswith("score=")
    assert one.optional_arrays == ["mask"] and subject("dot_score").optional_arrays == []
    assert names_in("X (..., N, d), q (d)") == ["X", "q"]
    assert real(np.array([1, 2])) is None and real(np.array([True])) is None and real(np.ones(2)) is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dot_scores", "no formula dot_scores; did you mean dot_score"),
        ("qqqq", "no formula qqqq; there are 8.1, 8.2"),
        ("NTM", r"NTM cannot be graded, only copied \(nnmem copy NTM\): it is no function of plain arrays"),
        ("check_gradients", "check_gradients cannot be graded: it is a tool of the desk, no formula"),
    ],
)
def test_what_cannot_be_set(name, said):
    assert re.match(said, why_not(name)), why_not(name)
    with pytest.raises(ValueError, match=said):
        chosen([name])


def test_languages(monkeypatch):
    for name in ("NNMEM_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert of_the_locale() == "en"
    monkeypatch.setenv("LANG", "ZH_cn.UTF-8")
    assert of_the_locale() == "zh"
    monkeypatch.setenv("LC_ALL", "de_DE")
    assert of_the_locale() == "en"
    monkeypatch.setenv("NNMEM_LANG", "zh")
    assert of_the_locale() == "zh"
    with language(None):
        assert say("the sign is flipped") == "符号反了"
    assert say("{a}{a}{b}", a=1, b="x") == "11x"
