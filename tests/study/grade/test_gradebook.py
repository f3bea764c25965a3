"""What is shown and written of a class, and what a blank asks."""

import csv
import io
import json
import re

import pytest

from nnmem.study.grade import assignment, gradebook, homework, sheet
from nnmem.study.grade.assignment import for_nbgrader, for_otter
from nnmem.study.grade.blank import formulas, question
from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.gradebook import as_table, grade_files, harmless
from nnmem.study.grade.handed import Paper, Student
from nnmem.study.grade.homework import write_homework
from nnmem.study.grade.marks import judged_answer
from nnmem.study.grade.sheet import Sheet, Terms
from nnmem.study.grade.subject import subject
from nnmem.study.grade.verdict import Grade

DOT = subject("dot_score")


def rows(*points, name="dot_score", verdict="pass", diagnosis="right"):
    parts = (f"{name}_forward", f"{name}_backward")
    return [Grade("a.py", part, verdict, diagnosis, each) for part, each in zip(parts, points, strict=True)]


GRADED = [
    Sheet("a.py", rows(10, 10), "1", "Li", ["seen"]),
    Sheet("b.py", rows(10, 7, verdict="fail", diagnosis="wrong"), "2", "", ["one", "two"]),
    Sheet("c.py", [Grade("c.py", "", "error", "broken", 0)], "", ""),
]


def table(graded, **terms):
    found = list(csv.reader(io.StringIO(as_table(graded, Terms(**terms)), newline="")))
    return found[0], found[1:]


def test_a_row_of_csv_for_each_student():
    heads, cells = table(GRADED)
    own = ["dot_score_forward", "dot_score_backward"]
    assert heads == ["number", "name", "file", "total", "maximum", "per cent", *own, "notices", "diagnosis"]
    assert cells == [
        ["1", "Li", "a.py", "20", "20", "100", "10", "10", "seen", ""],
        ["2", "", "b.py", "17", "20", "85", "10", "7", "one; two",
         "dot_score_forward: wrong; dot_score_backward: wrong"],
        ["", "", "c.py", "0", "10", "0", "", "", "", ": broken"],
    ]  # fmt: skip
    assert as_table(GRADED[:1], Terms()).count("\r\n") == 2


def test_what_was_set_stands_first_and_the_absent_have_nothing():
    more = [*rows(5, 5, name="zrelu"), *rows(10, 10), Grade("a.py", "dot_score_answer", "pass", "right", 10)]
    roster = {"1": Student("1", "Li"), "7": Student("7", "=Wei")}
    heads, cells = table([Sheet("a.py", more, "1", "Li")], wanted=(DOT,), roster=roster)
    functions = ["dot_score_forward", "dot_score_backward", "dot_score_answer", "zrelu_forward", "zrelu_backward"]
    assert heads[6:-2] == functions and cells[0][3:-2] == ["40", "50", "80", "10", "10", "10", "5", "5"]
    assert cells[1] == ["7", "'=Wei", "", "0", "50", "0", *[""] * 5, "nothing handed in", ""]
    _, cells = table([GRADED[0], GRADED[2]], wanted=(DOT,))
    assert [row[4] for row in cells] == ["20", "20"], "of what was set"


def test_cells_that_a_spreadsheet_would_run():
    for sign in "=+-@\t\r":
        assert harmless(f"{sign}1") == f"'{sign}1"
    assert harmless("1=2") == "1=2" and harmless("") == "" and harmless("a") == "a"


@pytest.fixture
def graded(monkeypatch):
    """What files are said to hold, without a pupil."""
    seen = {}

    def found(papers, terms, on_paper):
        seen.update(papers=papers, terms=terms)
        for paper in papers:
            on_paper(paper)
        return GRADED[: len(papers)]

    monkeypatch.setattr(gradebook, "sheets", found)
    monkeypatch.setattr(gradebook, "papers", lambda files: [Paper(f, b"") for f in files])
    return seen


def test_a_table_is_shown_unless_something_else_is_asked_for(graded, capsys, tmp_path):
    assert grade_files(["a.py"], []) == 0
    shown = capsys.readouterr().out
    assert "a.py · 1 Li: 20 of 20 points" in shown and "notice: seen" in shown and "files in" not in shown
    assert graded["terms"] == Terms((), False, False, False, {}) and not list(tmp_path.iterdir())
    assert grade_files(["a.py", "b.py"], []) == 1
    shown = capsys.readouterr().out
    assert re.search(r"2 files in \d+ s", shown) and "17 of 20 points" in shown and "b.py · 2: " in shown
    lines = [line.split() for line in shown.splitlines() if "dot_score_backward" in line]
    assert "10 of 10" in " ".join(lines[0]) and "7 of 10" in " ".join(lines[1]) and "wrong" in lines[1]
    assert grade_files(["a.py"], [], True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[1] == {**GRADED[0].rows[1]._asdict(), "file": "a.py", "student": "1", "notices": ["seen"]}
    assert grade_files(["a.py"], [], False, True) == 0
    assert capsys.readouterr().out == as_table(GRADED[:1], Terms())


def test_files_are_written(graded, capsys, tmp_path):
    out = tmp_path / "class.csv"
    assert grade_files(["a.py"], [], out=str(out)) == 0
    assert out.read_bytes() == as_table(GRADED[:1], Terms()).encode("utf-8-sig")
    assert "20 of 20 points" in capsys.readouterr().out
    assert grade_files(["a.py"], [], as_json=True, out=str(out)) == 0 and capsys.readouterr().out == ""
    assert len(json.loads(out.read_text(encoding="utf-8"))) == 2
    assert grade_files(["a.py"], [], out=str(tmp_path / "none" / "x.csv")) == 1
    assert "No such file" in capsys.readouterr().err


def test_no_file_that_is_read_is_written(graded, capsys, tmp_path, monkeypatch):
    """Neither homework, by whatever name, nor the archive it came in, nor the roster; nothing is graded before."""
    (tmp_path / "u").mkdir()
    there = {name: tmp_path / name for name in ("a.py", "u/b.py", "c.zip", "list.csv")}
    for path in there.values():
        path.write_text("1,Li")
    (tmp_path / "link.py").symlink_to(there["a.py"])
    labels = [str(there["a.py"]), str(there["u/b.py"]), f"{there['c.zip']}/inner/b.py", "x" * 300, "no\0file"]
    monkeypatch.setattr(gradebook, "papers", lambda files: [Paper(label, b"") for label in labels])
    for out in (*there.values(), tmp_path / "link.py", f"{tmp_path}/u/../a.py"):
        for as_json in (False, True):
            assert grade_files(["u"], [], as_json, True, str(out), str(there["list.csv"])) == 1
            shown = capsys.readouterr()
            assert (
                shown.out == "" and shown.err == f"nnmem: {out} is one of the files that are read: write to another\n"
            )
    assert not graded and {path.read_text() for path in there.values()} == {"1,Li"}
    assert grade_files(["u"], [], out=str(tmp_path / "u" / "new.csv")) == 1 and (tmp_path / "u" / "new.csv").exists()


def test_a_name_that_is_not_utf_8_loses_nobodys_grade(graded, monkeypatch, tmp_path):
    odd = Sheet("bad\udcff.py", [Grade("bad\udcff.py", "f", "pass", "right", 10)], "3")
    monkeypatch.setattr(gradebook, "sheets", lambda *_: [odd, GRADED[0]])
    out = tmp_path / "x"
    assert grade_files(["a.py"], [], as_csv=True, out=str(out)) == 0
    found = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert [row[2] for row in found[1:]] == ["bad\\udcff.py", "a.py"]
    assert grade_files(["a.py"], [], as_json=True, out=str(out)) == 0
    assert {row["file"] for row in json.loads(out.read_text(encoding="utf-8"))} == {"bad\udcff.py", "a.py"}


def test_terms_and_what_they_need(graded, capsys, tmp_path):
    (tmp_path / "list.csv").write_text("1,Li\n2,Wei\n6,\n5,Bo\n")
    call = {"roster": str(tmp_path / "list.csv"), "seeded": True, "no_copies": True, "show_answers": True}
    assert grade_files(["a.py"], ["dot_score"], **call) == 1, "some are absent"
    shown = " ".join(capsys.readouterr().out.split())
    assert "nothing from 3 of the roster: 2 Wei, 6, 5 Bo" in shown
    terms = graded["terms"]
    assert [one.name for one in terms.wanted] == ["dot_score"] and terms.seeded and terms.no_copies
    assert terms.show_answers and list(terms.roster) == ["1", "2", "6", "5"]
    assert grade_files(["a.py"], [], seeded=True) == 1
    assert "--seeded needs --homework: which questions were set?" in capsys.readouterr().err
    assert grade_files(["a.py"], ["9.9"]) == 1 and "no formula 9.9" in capsys.readouterr().err
    assert grade_files(["a.py"], [], roster=str(tmp_path / "none.csv")) == 1


def test_what_is_not_graded_and_that_there_is_no_sandbox_is_said(graded, capsys, monkeypatch):
    monkeypatch.setattr(gradebook.sandbox, "walls", lambda: ())
    grade_files(["a.py"], [])
    assert "It ran without a sandbox" in " ".join(capsys.readouterr().out.split())
    monkeypatch.setattr(gradebook.sandbox, "walls", lambda: ("bwrap",))
    grade_files(["a.py"], [])
    assert "sandbox" not in capsys.readouterr().out


def test_files_of_the_same_code_and_of_the_same_number_are_noticed():
    long = "x = 1\n" * 20
    found = [
        Sheet("a", [], "1", code={"f": long, "g": "y"}),
        Sheet("b", [], "2", code={"g": "y", "f": long.replace(" ", "  ")}),
        Sheet("c", [], "2", code={"f": "other" * 20}),
        Sheet("d", [], "3", code={"f": "short"}),
        Sheet("e", [], "4", code={"f": "short"}),
        Sheet("f", [], "", code={"f": "own" * 30}),
    ]
    sheet._classmates(found)
    twice = "2 files say that they are of student 2"
    assert [one.notices for one in found] == [
        ["the same code as b"], ["the same code as a", twice], [twice], [], [], []
    ]  # fmt: skip
    again = [Sheet(f"{k:03}" + "n" * 60, [], f"{k}", code={"f": long}) for k in range(5)]
    sheet._classmates(again)
    assert len(again[0].notices[0]) == len("the same code as ") + 200
    own = [Sheet(name, [], "1", code={"f": long}) for name in "ab"]
    sheet._classmates(own)
    assert [one.notices for one in own] == [["2 files say that they are of student 1"]] * 2, "one student's two files"


def test_answers_and_what_is_said_of_them():
    right = personal_case(DOT, "7").outputs[0]
    assert judged_answer(DOT, "7", right) == ("pass", "right", 10)
    assert judged_answer(DOT, "7", right + 0.9e-4)[0] == "pass" and judged_answer(DOT, "7", right + 2e-4)[0] == "fail"
    assert judged_answer(DOT, "7", right[:1]) == ("fail", "not the answer to the question of student 7", 0)
    assert judged_answer(DOT, "7", right + 1, True)[1].startswith(
        "not the answer to the question of student 7, which is ["
    )
    assert judged_answer(DOT, "", right) == ("missing", "whose question is it? STUDENT is missing", 0)
    assert judged_answer(DOT, "7", None) == ("missing", "not answered yet", 0)
    said = "write the array itself, not a call or an expression: f(x)"
    assert judged_answer(DOT, "7", {"call": "f(x)"}) == ("fail", said, 0)
    assert judged_answer(DOT, "7", {"odd": True}) == ("fail", "it is no array of numbers", 0)
    assert judged_answer(DOT, "7", "abc")[0] == "fail"


def test_blanks_are_written(capsys, tmp_path):
    assert write_homework(["8.3"]) == 0
    shown = capsys.readouterr().out
    assert "STUDENT" not in shown and shown == homework.homework_source([DOT])
    assert write_homework(["8.3"], as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"functions": ["dot_score"], "source": shown}
    assert write_homework(["8.3"], answers=True) == 1
    assert "--answers needs --seeded or --seeded-from" in capsys.readouterr().err
    (tmp_path / "list.csv").write_text("sy1,Li\n2,Wei\n")
    assert write_homework(["8.3"], seeded_from=str(tmp_path / "list.csv")) == 1
    assert "--seeded-from needs --out" in capsys.readouterr().err
    out = tmp_path / "new" / "deep"
    call = ["8.3"], "nbgrader", None, str(tmp_path / "list.csv")
    assert write_homework(*call, out=str(out)) == 0
    assert capsys.readouterr().out == f"2 files in {out}\n"
    assert sorted(path.name for path in out.iterdir()) == ["2.ipynb", "SY1.ipynb"]
    assert write_homework(["8.3"], seeded_from=str(tmp_path / "list.csv"), out=str(out)) == 0
    assert (out / "SY1.py").read_text(encoding="utf-8") == homework.homework_source([DOT], "SY1")
    assert write_homework(["8.3"], out=str(out)) == 1 and "Is a directory" in capsys.readouterr().err
    assert write_homework(["8.3"], seeded_from=str(tmp_path / "list.csv"), out=str(out / "2.py")) == 1


def test_a_homework_that_is_filled_in_is_not_written_over(capsys, tmp_path):
    (tmp_path / "list.csv").write_text("1\n2\n")
    one, folder = tmp_path / "hw.py", tmp_path / "class"
    for call in (
        lambda: write_homework(["8.3"], out=str(one)),
        lambda: write_homework(["8.3"], seeded="1", answers=True, out=str(one)),
        lambda: write_homework(["8.3"], seeded_from=str(tmp_path / "list.csv"), out=str(folder)),
    ):
        assert call() == 0 and call() == 0, "the same is written again"
        path = one if one.exists() else folder / "2.py"
        path.write_text(path.read_text(encoding="utf-8") + "my work", encoding="utf-8")
        for other in folder.glob("1.py"):
            other.unlink()
        capsys.readouterr()
        assert call() == 1 and path.read_text(encoding="utf-8").endswith("my work")
        said = f"nnmem: {path} is there and says something else: delete it first, or write to another\n"
        assert capsys.readouterr() == ("", said) and not (folder / "1.py").exists()
        path.unlink()
    one.touch()
    assert write_homework(["8.3"], out=str(one)) == 0 and one.stat().st_size, "nothing is lost of an empty file"


def test_answers_for_a_teacher(capsys, tmp_path):
    (tmp_path / "list.csv").write_text("1\n2\n")
    assert write_homework(["8.3", "8.4"], seeded_from=str(tmp_path / "list.csv"), answers=True, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    names = list(dict.fromkeys(row["function"] for row in found))
    assert [(row["student"], row["function"]) for row in found] == [(n, name) for n in "12" for name in names]
    assert {"dot_score", "bilinear_score"} <= set(names)
    assert found[0]["answer"] == personal_case(subject(found[0]["function"]), "1").outputs[0].round(4).tolist()
    assert write_homework(["8.3"], seeded=" ２ ", answers=True, out=str(tmp_path / "a.txt")) == 0
    answer = personal_case(DOT, "2").outputs[0].round(4).tolist()
    assert (tmp_path / "a.txt").read_text() == f"2  dot_score  {answer}\n"


def source_of(notebook, name):
    [cell] = [cell for cell in notebook["cells"] if cell["id"] == name]
    return cell


def test_cells_of_an_assignment():
    plain, own = for_nbgrader([DOT]), for_nbgrader([DOT], "7")
    assert source_of(plain, "test-dot_score")["metadata"]["nbgrader"]["points"] == 20
    marks = source_of(own, "test-dot_score")["metadata"]["nbgrader"]
    assert marks["points"] == 30 and marks["grade"] and marks["locked"] and not marks["solution"]
    assert source_of(own, "solution-dot_score")["metadata"]["nbgrader"] == {
        "grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3,
        "grade_id": "solution-dot_score",
    }  # fmt: skip
    assert source_of(own, "question-dot_score")["source"] == question(DOT, "7")
    assert source_of(own, "head")["source"].endswith('STUDENT = "7"') and "STUDENT" not in str(plain)
    assert source_of(own, "formulas")["cell_type"] == "markdown" and "outputs" not in source_of(own, "formulas")
    assert source_of(own, "test-dot_score")["outputs"] == []
    test = source_of(own, "test-dot_score")["source"]
    assert 'student=STUDENT, answers={"dot_score": dot_score_answer}' in test and test.endswith("\ngrades.points")
    long = assignment._cell("code", "x" * 70 + "!", "")
    assert long["id"] == "x" * 60 and assignment._cell("raw", "a b", "")["id"] == "a-b"


def test_cells_for_otter():
    for student, count in ((None, 20), ("7", 30)):
        cells = for_otter([DOT], student)["cells"]
        tests = [cell["source"] for cell in cells if cell["id"].startswith("test-")]
        assert (
            len(tests) == count and [f"points > {k}, grades" in text for k, text in enumerate(tests)] == [True] * count
        )
        assert ["hidden: true" in text for text in tests] == [False] + [True] * (count - 1)
        [begin] = [cell["source"] for cell in cells if cell["id"] == "begin-dot_score"]
        assert begin == f"# BEGIN QUESTION\nname: dot_score\npoints: {count}"
        assert ("dot_score_answer = None  # SOLUTION" in str(cells)) == (student is not None)


def test_formulas_are_listed_once():
    lines = formulas([DOT, subject("hopfield_period")])
    assert len(lines) == 2 and sum("(8.3)" in line for line in lines) == 1, lines
