"""Grading, checked by a corpus of right and wrong answers and of files that misbehave."""

import csv
import inspect
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from corpus import CORPUS, RIGHT, VERDICTS, patience, solutions

import nnmem
from nnmem.cli import main
from nnmem.study.grade import judge
from nnmem.study.grade.cases import cases, close, personal_case
from nnmem.study.grade.handed import papers
from nnmem.study.grade.judge import InPlace
from nnmem.study.grade.marks import marks
from nnmem.study.grade.program import program
from nnmem.study.grade.sheet import Terms, sheet_of, sheets
from nnmem.study.grade.subject import _made, chosen, gradable, subject, subjects


def of_reference(one):
    return {part: getattr(nnmem, part) for part in one.parts}


@pytest.mark.parametrize("one", subjects(), ids=lambda one: one.name)
def test_the_reference_passes(one):
    rows = marks(InPlace(of_reference(one)), one, set(one.parts), "")
    assert [(row.verdict, row.points) for row in rows] == [("pass", 10.0)] * len(one.parts), rows


@pytest.mark.parametrize("one", [one for one in subjects() if program(one)], ids=lambda one: one.name)
def test_the_steps_are_the_formula_and_its_gradient(one):
    """Mistakes are made in these steps: without one they give what the reference gives, in every case."""
    steps = program(one)
    for case in cases(one):
        for k, out in enumerate(case.outputs):
            with np.errstate(all="ignore"):
                assert close(steps.predict(case, {}, k), out), (case.what, k)
        if one.backward is None or (case.promise and case.promise.backward != "gradients"):
            continue
        for optional in (False, True):
            for k, gradient in enumerate(case.gradients(optional)):
                with np.errstate(all="ignore"):
                    assert close(steps.predict(case, {}, None, k, optional), gradient), (case.what, k)


@pytest.mark.parametrize("one", [one for one in subjects() if program(one)], ids=lambda one: one.name)
def test_every_declared_mistake_runs_and_differs_somewhere(one):
    steps = program(one)
    for mistake in one.known.mistakes:
        differs, failures = False, set()
        for case in cases(one):
            places = [(k, 0) for k in range(len(case.outputs))]
            if one.backward and (case.promise is None or case.promise.backward == "gradients"):
                places += [(None, k) for k in range(len(case.gradients(True)))]
            for output, place in places:
                right = case.outputs[output] if output is not None else case.gradients(True)[place]
                try:
                    with np.errstate(all="ignore"):
                        got = steps.predict(case, mistake.steps, output, place, True, mistake.names)
                except (ValueError, TypeError, IndexError, KeyError) as error:
                    failures.add(repr(error))
                    continue
                differs = differs or (got is not None and not close(got, right))
        assert differs, (mistake.en, failures)


def respelled_dot(X, q):
    return np.sum(np.multiply(X, np.expand_dims(q, -2)), axis=-1), (X, q)


def graded_of(names):
    """The grades of all answers of the corpus to some subjects."""
    rows = []
    for solution in solutions():
        own = {n: v for n, v in solution.functions.items() if n in gradable()}
        for pair in dict.fromkeys(gradable()[n] for n in solution.names if gradable()[n] in names):
            found = marks(InPlace(own), subject(pair), set(own), "")
            rows += [row for row in found if row.function in solution.names]
    return rows


def test_rewriting_a_formula_in_another_spelling_loses_no_cause(monkeypatch):
    """Causes come from the steps in the index: with references that cannot be read at all, they are the same."""
    names = {"dot_score", "memory_write", "attention_distribution", "hopfield_energy"}
    before = graded_of(names)
    _made.cache_clear()
    try:
        for name in names:
            for part in subject(name).parts:
                own = getattr(nnmem, part)
                home = sys.modules[own.__module__]
                hidden = eval("lambda *a, f=own, **k: f(*a, **k)", {"own": own})  # no source
                hidden.__signature__ = inspect.signature(own)
                hidden.__doc__ = own.__doc__
                monkeypatch.setattr(home, part, hidden)
        _made.cache_clear()
        after = graded_of(names)
    finally:
        _made.cache_clear()
    assert len(before) > 20
    assert sorted(map(str, after)) == sorted(map(str, before))


def test_cases_are_of_many_shapes_and_the_smallest_come_first():
    for one in subjects():
        found = [case for case in cases(one) if case.promise is None]
        sizes = [sum(a.size for a in case.args) for case in found]
        assert sizes[0] <= max(sizes)
        assert len({case.args[0].shape for case in found}) >= 2
        if "..." in (inspect.getdoc(one.forward) or ""):
            assert {case.batch for case in found} == {True, False} or one.name == "hebbian_weights"


def test_the_calls_of_plain_functions_show_what_there_is_to_see():
    assert {k for case in cases(subject("hopfield_period")) for k in np.ravel(case.outputs[0])} == {0, 1, 2}
    assert {k for case in cases(subject("read_tour")) for k in np.ravel(case.outputs[1])} == {True, False}
    for case in cases(subject("clean_up")):
        y, items = case.args
        two = np.sort(y @ items.T)[..., -2:]
        assert np.all(two[..., 1] - two[..., 0] > 1e-6), "no ties"
    asked = [case for case in cases(subject("hopfield_retrieve")) if case.options.get("mode", "async") == "async"]
    assert max(len(case.outputs[0]) for case in asked) > 2, "some retrievals take more than a sweep"


BAD = {
    "loops_at_import": ("error", r"longer than [\d.]+ seconds"),
    "loops_in_a_function": ("error", r"longer than [\d.]+ seconds"),
    "eats_memory": ("error", "more memory"),
    "eats_memory_in_a_function": ("fail", "MemoryError"),
    "prints_megabytes": ("pass", "right"),
    "exits": ("error", "SystemExit: 3"),
    "ends_the_process": ("error", "ended the process"),
    "ends_the_process_later": ("error", "ended the process"),
    "raises": ("error", "RuntimeError: no"),
    "imports_torch": ("error", r"imports torch \(line 1\)"),
    "defines_nothing": ("missing", "defines no function"),
    "reads_input": ("error", "reads standard input"),
    "syntax": ("error", "syntax error in line 1"),
    "writes_a_lot": ("error", "may not write files"),
}


def test_files_that_misbehave_get_their_verdict_and_the_next_is_graded(monkeypatch):
    limit = patience(least=4.0)
    monkeypatch.setattr(judge, "SECONDS", limit)
    files = sorted((CORPUS / "bad").glob("*.py"))
    assert {file.stem for file in files} == set(BAD)
    start = time.perf_counter()
    classes = [sheet.rows for sheet in sheets(papers(list(map(str, files))), Terms())]
    assert time.perf_counter() - start < 8 * limit
    for file, rows in zip(files, classes, strict=True):
        verdict, why = BAD[file.stem]
        assert (rows[0].verdict, bool(re.search(why, rows[0].diagnosis))) == (verdict, True), rows
        assert all(row.file == str(file) and row.verdict in VERDICTS for row in rows)
    loops = dict(zip(files, classes, strict=True))[CORPUS / "bad" / "loops_in_a_function.py"]
    assert [row.verdict for row in loops] == ["error", "error", "pass", "pass"], "what stands beside a loop is graded"
    Path("/tmp/nnmem_too_large").unlink(missing_ok=True)


def test_json_and_csv_for_a_class(tmp_path, capsys):
    files = [tmp_path / f"student{i}.py" for i in range(3)]
    for file in files[:2]:
        file.write_text(RIGHT)
    files[2].write_text(RIGHT.replace("(ds[..., None] * X)", "(ds[..., None] * X / 2)"))
    assert main(["grade", *map(str, files), "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    keys = {"file", "student", "notices", "function", "verdict", "diagnosis", "points"}
    assert all(set(row) == keys for row in rows)
    assert [row["verdict"] for row in rows] == ["pass"] * 5 + ["fail"]
    assert "gradient of q: it is 1/2 times" in rows[-1]["diagnosis"] and rows[-1]["points"] == 7
    assert main(["grade", *map(str, files), "--csv"]) == 1
    shown = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["total"] for row in shown] == ["20", "20", "17"] and shown[2]["dot_score_backward"] == "7"
    assert [row["maximum"] for row in shown] == ["20"] * 3 and "1/2 times" in shown[2]["diagnosis"]
    out = tmp_path / "class.json"
    assert main(["grade", *map(str, files), "--json", "--out", str(out)]) == 1
    assert json.loads(out.read_text(encoding="utf-8")) == rows and capsys.readouterr().out == ""
    assert main(["grade", str(files[0])]) == 0
    shown = capsys.readouterr().out
    assert "20 of 20 points" in shown and max(map(len, shown.splitlines())) <= 100
    assert main(["grade", str(files[0]), "--homework", "8.2,8.3"]) == 1
    assert re.search(r"additive_score_forward +missing", capsys.readouterr().out)
    assert main(["grade", str(tmp_path / "none.py"), str(files[0])]) == 1
    shown = capsys.readouterr().out
    assert "there is no such file" in shown and "20 of 20 points" in shown, "the next file is graded"


ODD = [
    *(None, (), ("a", "b"), (None, None), {"a": 1}, 5.0, True),
    *((np.array("x"), 0), ([[1], [2, 3]], 0), (np.array([1 + 2j]), 0), (np.ones(3, object), 0), (np.ones((9, 9)), 0)),
]


@pytest.mark.parametrize("name", ["dot_score", "soft_attention", "hard_attention"])
def test_odd_results_are_judged_too(name):
    right = {part: getattr(nnmem, part) for part in subject(name).parts}
    for result in ODD:
        for function in right:
            own = {**right, function: lambda *args, result=result, **options: result}
            rows = marks(InPlace(own), subject(name), set(own), "")
            judged = next(row for row in rows if row.function == function)
            assert judged.verdict == "fail" and judged.diagnosis and judged.points == 0, (result, judged)
    for function in right:
        for broken_one in (lambda: 1, int, np.sin):
            own = {**right, function: broken_one}
            assert "fail" in {row.verdict for row in marks(InPlace(own), subject(name), set(own), "")}


def test_what_a_file_may_hold_beside_its_functions(tmp_path):
    file = tmp_path / "hw.py"
    main_part = "if __name__ == '__main__':\n    import nnmem\n    print(nnmem.check_gradients(dot_score_forward))\n"
    named = "scaled_dot_score_forward = lambda X, q: (dot_score_forward(X, q)[0] / X.shape[-1] ** 0.5, (X, q))\n"
    file.write_text(RIGHT + named + main_part)
    rows = {row.function: row.verdict for row in sheet_of(papers([str(file)])[0], Terms()).rows}
    assert rows == {
        "dot_score_forward": "pass",
        "dot_score_backward": "pass",
        "scaled_dot_score_forward": "pass",
        "scaled_dot_score_backward": "missing",
    }
    file.write_text("import nnmem\n" + RIGHT)
    [row] = sheet_of(papers([str(file)])[0], Terms()).rows
    assert row.verdict == "error" and "imports nnmem (line 1)" in row.diagnosis


def test_grading_in_place():
    def caught():
        pass

    def dot_score_backward(dscores, cache):
        X, q = cache
        return dscores[..., None] * q[..., None, :], -(dscores[..., None] * X).sum(axis=-2)

    grades = nnmem.grade(nnmem.dot_score_forward, dot_score_backward)
    assert not grades and [g.verdict for g in grades] == ["pass", "fail"]
    assert "dot_score_backward: fail, 7 of 10 points. gradient of q: the sign is flipped" in str(grades)
    assert nnmem.grade(nnmem.dot_score_backward)
    assert str(nnmem.grade(dot_score_backward=lambda ds, cache: dot_score_backward(ds, cache))).count("sign is flipped")
    mine = {"my_dot_score_backward": dot_score_backward, "x": 1, "caught": caught}
    assert [g.function for g in nnmem.grade(mine)] == ["dot_score_backward"] and not nnmem.grade(mine)
    with pytest.raises(ValueError, match="the dict has no function of the chapter"):
        nnmem.grade({"x": 1, "caught": caught})
    with pytest.raises(ValueError, match="no formula caught; there are"):
        nnmem.grade(caught)
    with pytest.raises(ValueError, match="nothing is given"):
        nnmem.grade()
    with pytest.raises(TypeError, match="grade: 3 is no function"):
        nnmem.grade(3)


@pytest.mark.parametrize("name", nnmem.__all__)
def test_every_public_name_is_graded_or_refused_with_a_reason(name):
    if inspect.isclass(getattr(nnmem, name)):
        return
    if name in gradable():
        assert chosen([name]) == [subject(name)] and nnmem.grade(getattr(nnmem, name))
        return
    with pytest.raises(ValueError, match=f"{name} cannot be graded: it "):
        chosen([name])
    with pytest.raises(ValueError, match="cannot be graded"):
        nnmem.grade(getattr(nnmem, name))


@pytest.mark.parametrize("name", ["decode", "NTM", "PointerNetwork", "lstm", "ntm_forward"])
def test_models_and_their_parts_are_refused_with_a_reason(name):
    with pytest.raises(ValueError, match=rf"{name} cannot be graded, only copied \(nnmem copy {name}\)"):
        chosen([name])


def test_a_draw_is_graded_with_the_generator_s_own_numbers():
    """A loop over the rows draws what one call of rng.random draws; another use of the generator does not."""

    def sampled_attention_forward(X, alpha, rng):
        z = np.empty(alpha.shape[:-1], int)
        for place in np.ndindex(z.shape):
            drawn = rng.random()
            z[place] = (np.cumsum(alpha[place]) <= drawn).sum() if alpha[place].any() else -1
        x = np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :]
        return np.where(z[..., None] < 0, 0, x).astype(X.dtype), z, (X, alpha, z)

    def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
        X, alpha, z = cache
        hot = np.arange(alpha.shape[-1]) == z[..., None]
        dX = np.zeros_like(X) if dx_z is None else hot[..., None] * dx_z[..., None, :]
        return dX, hot * ((reward - baseline)[..., None] / alpha).astype(alpha.dtype)

    grades = nnmem.grade(sampled_attention_forward, sampled_attention_backward)
    assert grades, grades
    [row] = nnmem.grade(sampled_attention_forward=lambda X, alpha, rng: sampled_attention_forward(X, alpha**2, rng))
    assert row.verdict == "fail"
    [row] = nnmem.grade(sampled_attention_forward=lambda X, alpha, rng: nnmem.hard_attention_forward(X, alpha))
    assert row.verdict == "fail" and "rng = np.random.default_rng(" in row.diagnosis
    [row] = nnmem.grade(
        sampled_attention_backward=lambda reward, cache, baseline=0.0, dx_z=None: nnmem.sampled_attention_backward(
            reward, cache, 0.0, dx_z
        )
    )
    assert row.verdict == "fail" and "gradient of alpha" in row.diagnosis


def test_a_backward_is_compared_with_the_forward_that_is_there():
    def dot_score_forward(X, q):
        return 3 * np.einsum("...nd,...d->...n", X, q), (3 * X, q)

    def dot_score_backward(ds, cache):
        X, q = cache
        return 3 * ds[..., None] * q[..., None, :], np.einsum("...n,...nd->...d", ds, X)

    first, second = nnmem.grade(dot_score_forward, dot_score_backward)
    assert "3 times what it should be" in first.diagnosis
    assert second.verdict == "fail" and second.points == 3 and "mend that first" in second.diagnosis
    _, second = nnmem.grade(dot_score_forward, nnmem.dot_score_backward)
    assert second.points == 0 and "the forward is wrong too" in second.diagnosis
    assert "compared with the formula: gradient of q: it is 3 times what it should be" in second.diagnosis
    mine = nnmem.grade(
        pointer_log_likelihood_forward=lambda log_p, targets, lengths=None: (log_p.sum(axis=(-1, -2)), log_p),
        pointer_log_likelihood_backward=nnmem.pointer_log_likelihood_backward,
    )
    assert [row.verdict for row in mine] == ["fail", "fail"]


def test_a_right_backward_passes_beside_a_wrong_forward():
    def dot_score_forward(X, q):
        return np.einsum("...nd,...d->...n", X, q) + 1, (X, q)

    def dot_score_backward(ds, cache):
        X, q = cache
        return ds[..., None] * q[..., None, :], np.einsum("...n,...nd->...d", ds, X)

    assert [row.verdict for row in nnmem.grade(dot_score_forward, dot_score_backward)] == ["fail", "pass"]


def test_a_backward_is_not_right_where_its_forward_does_not_run():
    """Judged without batches alone, it gets no full points; nor are two axes mixed up because one item runs."""

    def gaussian_window_forward(a, b, kappa, C):
        if a.ndim > 1:
            raise ValueError("no batch")
        return nnmem.gaussian_window_forward(a, b, kappa, C)

    first, second = nnmem.grade(gaussian_window_forward, nnmem.gaussian_window_backward)
    assert re.match("raises ValueError: no batch.*; only with batch axes; ", first.diagnosis)
    assert "two axes" not in first.diagnosis
    assert (second.verdict, second.points) == ("fail", 7) and "cannot be judged before" in second.diagnosis


def test_an_upstream_gradient_that_is_ignored_is_shown_and_no_batch_is_blamed():
    for name in ("context_attention", "structured_attention", "multi_head_attention"):
        backward = getattr(nnmem, f"{name}_backward")
        ignoring = {f"{name}_backward": lambda dr, cache, dalpha=None, backward=backward: backward(dr, cache)}
        [row] = nnmem.grade(**ignoring)
        assert "dalpha is ignored" in row.diagnosis and "only with batch" not in row.diagnosis, row
        assert re.search(r"dr = \[.*dalpha = \[.*expected", row.diagnosis) or "example: batch" in row.diagnosis, row


def test_what_differs_little_is_shown_with_the_digits_that_differ():
    def sharpen_forward(w, gamma):
        y = w ** gamma[..., None]
        return y / (y.sum(axis=-1, keepdims=True) + 1e-8), None

    [row] = nnmem.grade(sharpen_forward)
    expected, got = re.search(r"expected (\[.*\]), got (\[.*\])", row.diagnosis).groups()
    assert "nearly right" in row.diagnosis and expected != got and len(expected) < 60


def test_the_question_of_one_student_is_not_that_of_another():
    first, second = (personal_case(subject("additive_score"), number) for number in ("1001", "1002"))
    assert first.args[0].shape != second.args[0].shape or not np.array_equal(first.args[0], second.args[0])
    again = personal_case(subject("additive_score"), "1001")
    assert all(map(np.array_equal, first.args, again.args))


def test_the_command_reads_no_standard_input():
    text = subprocess.run(
        [sys.executable, "-m", "nnmem", "grade", str(CORPUS / "bad" / "reads_input.py"), "--json"],
        capture_output=True, text=True, input="Li Lei\n", check=False,
    ).stdout  # fmt: skip
    assert "reads standard input" in text


def test_an_infinity_that_belongs_there_is_no_cause():
    """The logarithm of a probability that is zero is minus infinity; what is wrong is something else."""

    def pointer_distribution_forward(X, E, W, U, v, mask=None):
        log_p, cache = nnmem.pointer_distribution_forward(X, E, W, U, v, mask)
        wrong = 0 if mask is None else np.sin(17 * np.arange(log_p.shape[-1])).astype(log_p.dtype) / 9
        return log_p + wrong, cache

    (graded,) = nnmem.grade(pointer_distribution_forward)[:1]
    assert graded.verdict == "fail" and "not finite" not in graded.diagnosis


def test_the_example_that_is_shown_differs_visibly():
    """Of two numbers layer norm has a gradient of zero up to rounding: nothing that a student could learn from."""

    def layer_norm_backward(dY, cache):
        normal, sigma, gain = cache
        return nnmem.layer_norm_backward(dY, (normal, sigma, np.ones_like(gain)))

    [row] = nnmem.grade(layer_norm_backward, lang="en")
    expected, got = re.search(r"expected (.*), got (.*)$", row.diagnosis).groups()
    assert row.verdict == "fail" and expected != got, row.diagnosis
    assert any(re.findall(r"[1-9]", text) for text in (expected, got)), row.diagnosis


def test_no_diagnosis_shows_a_private_helper():
    for one in subjects():
        steps = program(one)
        for _, phrase, values, _ in steps.changes if steps is not None else ():
            shown = " ".join([phrase, values["step"]])
            assert not re.search(r"(?<!\w)_[a-z]", shown), f"{one.name}: {shown}"


@pytest.mark.parametrize(
    ("pixel", "cause"),
    [
        (lambda half, sides: np.trunc(half * sides), "cut off by int()"),
        (lambda half, sides: np.floor(half * (sides - 1) + 0.5), "scaled by (H − 1)/2; "),
        (lambda half, sides: np.trunc(half * (sides - 1)), "scaled by (H − 1)/2 and cut off by int()"),
    ],
)
def test_a_glimpse_at_the_wrong_pixel_is_explained(pixel, cause):
    """The right glimpse at the place of a pixel that was found in another way."""

    def glimpse_forward(picture, place, size, scales):
        sides = np.array(picture.shape[-2:])
        return nnmem.glimpse_forward(picture, 2 * pixel((1 + place) / 2, sides) / sides - 1, size, scales)

    [row] = nnmem.grade(glimpse_forward, lang="en")
    assert cause in row.diagnosis, row.diagnosis


def in_file_and_notebook(folder, text):
    (folder / "own.py").write_text(text)
    (folder / "own.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "code", "source": text}], "metadata": {}, "nbformat": 4})
    )
    return [sheet_of(paper, Terms()) for paper in papers([str(folder)])]


def test_the_names_of_the_notebooks_are_accepted_in_files(tmp_path):
    text = RIGHT.replace("def dot_score", "def my_dot_score")
    answer = personal_case(subject("dot_score"), "12345").outputs[0].round(4).tolist()
    text += f"STUDENT = '12345'\nmy_dot_score_answer = {answer}\n"
    assert "my_dot_score_backward" in text
    names = ["dot_score_forward", "dot_score_backward", "dot_score_answer"]
    for sheet in in_file_and_notebook(tmp_path, text):
        assert [(r.function, r.points) for r in sheet.rows] == [(name, 10) for name in names]
    namespace = {}
    exec(text, namespace)
    for answers in ({"dot_score": answer}, {"dot_score_answer": answer}, {"my_dot_score_answer": answer}):
        assert nnmem.grade(namespace, student="12345", answers=answers).points == 30


def test_of_two_names_that_of_the_student_counts_everywhere(tmp_path):
    wrong = "def dot_score_forward(X, q):\n    return 5\ndot_score_answer = [1]\n"
    own = RIGHT.replace("def dot_score_forward", "def my_dot_score_forward")
    answer = personal_case(subject("dot_score"), "12345").outputs[0].round(4).tolist()
    own += f"STUDENT = '12345'\nmy_dot_score_answer = {answer}\n"
    for text in (wrong + own, own + wrong):
        for sheet in in_file_and_notebook(tmp_path, text):
            assert [row.points for row in sheet.rows] == [10, 10, 10], sheet.rows
        namespace = {}
        exec(text, namespace)
        assert nnmem.grade(namespace).points == 20


@pytest.mark.parametrize(
    "name",
    ["dot_score_foward", "DotScoreForward", "dot_score_forward_2", "wang_dot_score_forward", "my_dotscore_forward"],
)
def test_a_name_that_is_nearly_right_is_told_the_right_one(name, tmp_path, capsys):
    text = RIGHT.replace("dot_score_forward", name)
    should = f"{name} should be named dot_score_forward or my_dot_score_forward"
    for sheet in in_file_and_notebook(tmp_path, text):
        assert (sheet.rows[0].verdict, sheet.rows[0].diagnosis) == ("missing", f"not in the file: {should}")
        assert sheet.notices == []
    forward_alone = text[: text.index("def dot_score_backward")]
    for sheet in in_file_and_notebook(tmp_path, forward_alone):
        assert sheet.rows[0].diagnosis == f"it defines no function of the chapter: {should}"
        assert sheet.rows[0].verdict == "missing"
    other = forward_alone + "def entropy_forward(p):\n    raise NotImplementedError\n"
    for sheet in in_file_and_notebook(tmp_path, other):
        assert sheet.notices == [f"{name} is not graded: should it be named dot_score_forward?"]
    namespace = {}
    exec(forward_alone, namespace)
    with pytest.raises(ValueError, match=f"no function of the chapter: {name} should be named dot_score_forward"):
        nnmem.grade(namespace)


def test_helpers_are_taken_for_no_misspelling(tmp_path):
    text = RIGHT + "def softmax_forward(x):\n    pass\ndef normalise(x):\n    pass\n_dot_score_forward = 3\n"
    for sheet in in_file_and_notebook(tmp_path, text):
        assert sheet.notices == [] and [row.points for row in sheet.rows] == [10, 10]
