"""Small changes of a step: what each says, and the expression that it makes."""

import ast

import pytest

from nnmem.study.grade.small_changes import of_the_whole, other_names, small_changes, symbols


def found(text):
    return [(phrase, part, ast.unparse(new)) for phrase, part, new in small_changes(ast.parse(text, mode="eval").body)]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (
            "a + b",
            [
                ("the term {part} is missing", "b", "a"),
                ("the term {part} is missing", "a", "b"),
                ("the sign of {part} is wrong", "b", "a - b"),
                ("a product in place of {part}", "a + b", "a * b"),
            ],
        ),
        (
            "a - b",
            [
                ("the term {part} is missing", "b", "a"),
                ("the term {part} is missing", "a", "-b"),
                ("the sign of {part} is wrong", "b", "a + b"),
                ("a product in place of {part}", "a - b", "a * b"),
            ],
        ),
        (
            "a * b",
            [
                ("the factor {part} is missing", "b", "a"),
                ("the factor {part} is missing", "a", "b"),
                ("it is divided by {part} in place of multiplied", "a", "b / a"),
                ("it is divided by {part} in place of multiplied", "b", "a / b"),
            ],
        ),
        (
            "a / b",
            [
                ("the division by {part} is missing", "b", "a"),
                ("it is multiplied by {part} in place of divided", "b", "a * b"),
            ],
        ),
        (
            "a ** n",
            [
                ("the power {part} is missing", "a ** n", "a"),
                ("the power {part} is taken twice", "a ** n", "(a ** n) ** n"),
                ("a product in place of the power {part}", "a ** n", "a * n"),
                ("the derivative is taken at tanh({part}) in place of {part}", "a", "np.tanh(a) ** n"),
            ],
        ),
        (
            "a @ B",
            [
                ("{part} is used transposed", "B", "a @ T(B)"),
                ("{part} is missing: the entries are just added", "B", "a.sum(axis=-1)"),
            ],
        ),
        (
            "np.tanh(z)",
            [
                ("tanh is missing", "np.tanh(z)", "z"),
                ("the activation is a sigmoid in place of tanh", "np.tanh(z)", "1 / (1 + np.exp(-z))"),
                ("the activation is max(0, z) in place of tanh", "np.tanh(z)", "np.maximum(z, 0)"),
            ],
        ),
        (
            "np.exp(z)",
            [
                ("exp is missing", "np.exp(z)", "z"),
                ("the power has base 2 in place of e", "np.exp(z)", "2.0 ** z"),
            ],
        ),
        ("np.log(z)", [("log is missing", "np.log(z)", "z")]),
        (
            "np.sqrt(z)",
            [
                ("sqrt is missing", "np.sqrt(z)", "z"),
                ("the square stands in place of the square root", "np.sqrt(z)", "z ** 2"),
            ],
        ),
        (
            "total(z)",
            [
                ("a mean is taken in place of the sum of {part}", "z", "mean_total(z)"),
                ("the sum of {part} runs over the whole array, the batch included", "z", "np.sum(z)"),
                ("the sum of {part} runs over the last axis but one", "z", "np.sum(z, axis=-2, keepdims=True)"),
            ],
        ),
        ("column_total(z)", [("a mean is taken in place of the sum of {part}", "z", "mean_column_total(z)")]),
        (
            "over(a, b)",
            [
                ("the two factors of the outer product are exchanged: it is transposed", "over(a, b)", "over(b, a)"),
                (
                    "the outer product of the batch's sums is taken, in place of the sum of outer products",
                    "over(a, b)",
                    "of_sums(a, b)",
                ),
            ],
        ),
        ("average(a, B)", [("a mean is taken in place of a sum", "average(a, B)", "average(a, B) / B.shape[-2]")]),
        (
            "outer(a, b)",
            [
                ("the factor {part} is missing", "a", "outer(a ** 0, b)"),
                ("the factor {part} is missing", "b", "outer(a, b ** 0)"),
            ],
        ),
        ("-a", [("the sign of {part} is wrong", "a", "a")]),
        ("0.25", [("the factor 0.25 is missing", "", "1.0")]),
        ("f(x)", []),
        ("np.tanh(a, b)", []),
        ("a", []),
        ("3", []),
    ],
)
def test_each_kind_of_step(text, changes):
    assert found(text) == changes


def test_transposing_twice_is_none():
    assert found("a @ B.T")[0][2] == "a @ B" and found("a @ T(B)")[0][2] == "a @ B"
    assert found("a @ B.S")[0][2] == "a @ T(B.S)" and found("a @ f(B)")[0][2] == "a @ T(f(B))"


def test_only_a_name_has_a_derivative_at_tanh():
    assert len(found("(a + b) ** n")) == 3 + 4


def test_parts_within_are_changed_one_at_a_time():
    whole = found("f(a + b, -c, k=d * e)")
    assert [new for _, _, new in whole] == [
        *("f(a, -c, k=d * e)", "f(b, -c, k=d * e)", "f(a - b, -c, k=d * e)", "f(a * b, -c, k=d * e)"),
        "f(a + b, c, k=d * e)",
        *("f(a + b, -c, k=d)", "f(a + b, -c, k=e)", "f(a + b, -c, k=e / d)", "f(a + b, -c, k=d / e)"),
    ]
    assert ("the term {part} is missing", "a * b", "c") in found("a * b + c")
    value = ast.parse("a + b * c", mode="eval").body
    assert list(small_changes(value)) and ast.unparse(value) == "a + b * c", "the step itself stays"


def test_other_quantities():
    value = ast.parse("f(a, mask_1) + a * b", mode="eval").body
    changes = [(p, part, other, ast.unparse(new)) for p, part, other, new in other_names(value, ["b", "a"])]
    instead, too_many = "{other} stands in place of {part}", "the factor {other} at {part} is one too many"
    assert changes == [
        (instead, "a", "b", "f(b, mask_1) + a * b"),
        (too_many, "a", "b", "f(a * b, mask_1) + a * b"),
        (instead, "a", "b", "f(a, mask_1) + b * b"),
        (too_many, "a", "b", "f(a, mask_1) + a * b * b"),
        (instead, "b", "a", "f(a, mask_1) + a * a"),
        (too_many, "b", "a", "f(a, mask_1) + a * (b * a)"),
    ]
    assert ast.unparse(value) == "f(a, mask_1) + a * b" and list(other_names(value, [])) == []


def test_a_step_that_is_wrong_as_a_whole():
    changes = [(p, part, ast.unparse(new)) for p, part, new in of_the_whole(ast.parse("a + b", mode="eval").body)]
    assert changes == [
        ("a factor of 2 is one too many", "", "(a + b) * 2.0"),
        ("a factor of 1/2 is one too many", "", "(a + b) / 2.0"),
        ("it is squared", "", "(a + b) ** 2"),
        ("its absolute value is taken", "", "abs(a + b)"),
        ("the sign is flipped", "", "-(a + b)"),
    ]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("a[..., None] * b[..., None, :]", "a · b"),
        ("np.exp(beta * x) ** 2", "exp(β · x)²"),
        ("T(A) @ x + B.T @ y", "Aᵀ x + Bᵀ y"),
        ("alpha ** n + gamma * dalpha", "α^n + γ · dα"),
        ("np.sqrt(d) * 0.5", "√d · ½"),
        ("allowed(e, mask) / nonzero(Z)", "e / Z"),
        ("sqrt(a + b)", "sqrt(a + b)"),
    ],
)
def test_steps_are_shown_in_the_formula_s_symbols(code, shown):
    assert symbols(code) == shown
