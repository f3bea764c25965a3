"""Blanks: everything that is needed to write the answer, and nothing that gives it away."""

import ast
import json
import re

import nbformat
import numpy as np
import pytest
from corpus import solutions

import nnmem
from nnmem.cli import main
from nnmem.study.grade.assignment import for_nbgrader
from nnmem.study.grade.cases import cases, personal_case
from nnmem.study.grade.contract import extreme_cases
from nnmem.study.grade.handed import papers
from nnmem.study.grade.homework import homework_source
from nnmem.study.grade.sheet import Terms, sheet_of
from nnmem.study.grade.subject import gradable, names_in, subject

WITHOUT_FORMULA = ("clean_up", "hopfield_period", "modern_hopfield_retrieve", "read_tour")  # defined in words
ANSWER = "additive_score_answer = None"


def rows_of(file, *wanted):
    return sheet_of(papers([str(file)])[0], Terms(tuple(map(subject, wanted)))).rows


def functions(source):
    return {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}


@pytest.mark.parametrize("name", dict.fromkeys(gradable().values()))
def test_a_blank_has_signatures_shapes_and_formula_but_no_derivation(name):
    source = homework_source([subject(name)])
    blank = functions(source)
    assert list(blank) == subject(name).parts
    for function, own in zip(subject(name).parts, blank.values(), strict=True):
        code = getattr(nnmem, function).__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        assert tuple(a.arg for a in [*own.args.args, *own.args.kwonlyargs]) == names
        assert re.search(r"\((\.\.\.|(\.\.\., )?\w+( \+ 1)?(, [\w.]+)*,?)\)", ast.get_docstring(own)), "shapes"
    first, *second = blank
    assert "::" in ast.get_docstring(blank[first]) or name in WITHOUT_FORMULA
    assert all("::" not in ast.get_docstring(blank[part]) for part in second), "the derivation is the student's"
    namespace = {}
    exec(source, namespace)
    with pytest.raises(NotImplementedError, match=name):
        namespace[first](*[None] * len(blank[first].args.args))


def test_a_blank_is_graded_as_missing(tmp_path, capsys):
    assert main(["homework", "8.2", "8.9"]) == 0
    file = tmp_path / "hw.py"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    rows = rows_of(file)
    assert len(rows) == 4 and {row.verdict for row in rows} == {"missing"}


def filled(source):
    """A blank with right answers written below it."""
    return f"{source}\n\n{next(s.source for s in solutions() if s.file == 'scores' and s.kind == 'right')}"


def test_a_filled_blank_with_the_answer_of_its_own_number_passes(tmp_path):
    source = filled(homework_source([subject("additive_score")], "1001"))
    answer = personal_case(subject("additive_score"), "1001").outputs[0].round(4).tolist()
    file = tmp_path / "hw.py"
    verdicts = {}
    for student, text in (("own", source), ("other", source.replace('"1001"', '"1002"'))):
        file.write_text(text.replace(ANSWER, f"additive_score_answer = {answer}"), encoding="utf-8")
        rows = [row for row in rows_of(file) if row.function.startswith("additive")]
        verdicts[student] = [row.verdict for row in rows]
    assert verdicts == {"own": ["pass"] * 3, "other": ["pass", "pass", "fail"]}, "answers cannot be swapped"
    file.write_text(source, encoding="utf-8")
    assert "not answered yet" in rows_of(file)[2].diagnosis


@pytest.mark.parametrize("name", ["key_value_attention", "sampled_attention", "hopfield_retrieve", "storkey_weights"])
def test_the_inputs_in_the_question_are_those_that_are_graded(name):
    source = homework_source([subject(name)], "li.lei-7")
    function = subject(name).parts[0]
    call = re.search(rf"^# ({function}\(.*\))$", source, re.M).group(1)
    got = eval(call, {"np": np, function: getattr(nnmem, function)})
    got = got[0] if isinstance(got, tuple) else got
    assert np.allclose(got, personal_case(subject(name), "li.lei-7").outputs[0], rtol=0, atol=1e-12)


def test_a_notebook_has_solution_and_test_cells_and_is_graded(tmp_path, capsys):
    assert main(["homework", "8.3", "--notebook"]) == 0
    notebook = json.loads(capsys.readouterr().out)
    nbformat.validate(notebook)
    marks = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    assert [m["grade_id"] for m in marks if m["solution"]] == ["solution-dot_score"]
    assert [(m["grade_id"], m["points"]) for m in marks if m["grade"]] == [("test-dot_score", 20)]
    assert all(m["schema_version"] == 3 and m["locked"] != m["solution"] for m in marks if m)
    solution = next(c for c in notebook["cells"] if c["metadata"]["nbgrader"]["solution"])
    file = tmp_path / "hw.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    assert {row.verdict for row in rows_of(file)} == {"missing"}
    solution["source"] = [line + "\n" for line in filled("").splitlines()]
    notebook["cells"].append(
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
         "source": "import matplotlib.pyplot as plt\n%matplotlib inline\nplt.plot([1])\nx = 1 / 0 if False else 1"}
    )  # fmt: skip
    file.write_text(json.dumps(notebook), encoding="utf-8")
    rows = {row.function: row.verdict for row in rows_of(file, "dot_score")}
    assert rows == {"dot_score_forward": "pass", "dot_score_backward": "pass"}


def test_the_test_cells_of_a_notebook_end_with_the_points():
    notebook = for_nbgrader([subject("dot_score")])
    test = next(c["source"] for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade"])
    *lines, last = test.splitlines()
    right = {"dot_score_forward": nnmem.dot_score_forward, "dot_score_backward": nnmem.dot_score_backward}
    blank = {}
    exec(homework_source([subject("dot_score")]), blank)
    for namespace, points in ((right, 20), (blank, 0)):
        exec("\n".join(lines), namespace)
        assert eval(last, namespace) == points


def test_wrong_names_are_refused(capsys):
    assert main(["homework", "9.9"]) == 1
    assert "no formula 9.9; " in capsys.readouterr().err
    assert main(["homework", "8.3", "--seeded", 'a"b']) == 1
    assert "should be a student's number" in capsys.readouterr().err


def test_the_text_of_a_blank_is_true_of_its_own_function():
    """A mask means what the function's own says, and a gradient has the shape that its argument has."""
    of = {
        name: homework_source([subject(name)]) for name in ("margin_ranking", "pointer_distribution", "soft_attention")
    }
    assert "masks (True = a rival), and" in of["margin_ranking"]
    assert "masks (True = may be pointed to), and" in of["pointer_distribution"]
    assert "masks (True = may be attended to), and" in of["soft_attention"]
    surrogate = homework_source([subject("score_function")])
    assert "log_p : (...) array" in surrogate and "dlog_p (...)\n" in surrogate


@pytest.mark.parametrize("name", dict.fromkeys(gradable().values()))
def test_what_a_blank_calls_an_array_is_passed_as_one(name):
    one = subject(name)
    named = {n for layout in one.layouts for n in names_in(layout.without_gradient)}
    given = [case.options for case in [*cases(one), *(case for _, case in extreme_cases(one))]]
    assert all(isinstance(o[n], np.ndarray) for o in given for n in named if o.get(n) is not None)
