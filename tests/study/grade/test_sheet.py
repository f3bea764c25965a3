"""The sheet of one file: whose it is, what it defines, what there is to notice."""

import pytest

from nnmem.study.grade import sheet
from nnmem.study.grade.handed import Paper, Student
from nnmem.study.grade.judge import TOO_LONG, Lost
from nnmem.study.grade.misnamed import misnamed
from nnmem.study.grade.sheet import Sheet, Terms, sheet_of, sheets
from nnmem.study.grade.subject import gradable, subject
from nnmem.study.grade.verdict import Grade

BOTH = ("dot_score_forward", "dot_score_backward")


class Started:
    """In a pupil's place: what a file holds is given, and each subject is graded as a function says."""

    started, stopped, told = 0, 0, {}

    def __init__(self):
        Started.started += 1

    def read(self):
        return Started.told

    def run(self):
        pass

    def stop(self):
        Started.stopped += 1


@pytest.fixture
def graded(monkeypatch):
    """Grade a paper that defines some names, without a process."""

    def of(defined, marking=None, label="hw.py", terms=None, **told):
        Started.started = Started.stopped = 0
        code = defined if isinstance(defined, dict | int) else dict.fromkeys(defined, "code")
        Started.told = {"defined": code, **told}
        monkeypatch.setattr(sheet, "_started", lambda paper: Started())
        right = lambda pupil, one, have, label: [  # noqa: E731
            Grade(label, p, "pass" if p in have else "missing", "right" if p in have else "not in the file", 10.0)
            for p in one.parts
        ]
        monkeypatch.setattr(sheet, "marks", marking or right)
        return sheet_of(Paper(label, b""), terms or Terms())

    return of


def test_rows_are_in_the_order_of_the_chapter_and_what_was_set_is_never_left_out(graded):
    found = graded(["dot_score_forward", "helper", "bilinear_score_backward"])
    assert [row.function for row in found.rows] == [*BOTH, "bilinear_score_forward", "bilinear_score_backward"]
    assert [row.verdict for row in found.rows] == ["pass", "missing", "missing", "pass"] and found.points == 40
    assert set(found.code) == {"dot_score_forward", "bilinear_score_backward"}
    assert (Started.started, Started.stopped) == (1, 1)
    set_ = Terms((subject("zrelu"), subject("dot_score")))
    found = graded(["dot_score_forward", "bilinear_score_backward"], terms=set_)
    assert [row.function for row in found.rows] == [*BOTH, "zrelu_forward", "zrelu_backward"]
    assert [(r.verdict, r.diagnosis, r.points) for r in found.rows[2:]] == [("missing", "not in the file", 0)] * 2


def test_nothing_of_the_chapter(graded):
    nothing = "it defines no function of the chapter, such as dot_score_forward or my_dot_score_forward"
    found = graded(["helper"])
    assert found.rows == [Grade("hw.py", "", "missing", nothing, 0.0)] and Started.stopped == 1
    found = graded(["helper"], terms=Terms((subject("dot_score"),), seeded=True))
    assert [(r.function, r.verdict) for r in found.rows] == [(f, "missing") for f in (*BOTH, "dot_score_answer")]
    [row] = graded(["dotscore_forward"]).rows
    said = "it defines no function of the chapter: {} should be named {} or my_{}"
    said = said.format("dotscore_forward", *["dot_score_forward"] * 2)
    assert (row.verdict, row.diagnosis) == ("missing", said)
    found = graded(["dot_score_forward", "dotscore_backward"])
    said = "not in the file: dotscore_backward should be named dot_score_backward or my_dot_score_backward"
    assert found.rows[1].diagnosis == said and found.rows[0].diagnosis == "right" and found.notices == []
    found = graded(["dot_score_forward", "zrelu_forwards"])
    assert found.notices == ["zrelu_forwards is not graded: should it be named zrelu_forward?"]


def test_names_that_are_nearly_right():
    known = list(gradable())
    assert misnamed(["DotScoreForward", "my_dotscore_backward", "x"], known) == {
        "dot_score_forward": "DotScoreForward", "dot_score_backward": "my_dotscore_backward"
    }  # fmt: skip
    assert misnamed(["dot_score_forward", "my_zrelu_forward"], known) == {}, "these are right"
    assert misnamed(["my_own_scaled_dot_score_forward"], known) == {
        "scaled_dot_score_forward": "my_own_scaled_dot_score_forward"
    }, "the longest name within"
    assert misnamed(["dot_scoer_forward"], known) == {"dot_score_forward": "dot_scoer_forward"}
    assert misnamed(["dotscore_forward", "dot_score_Forward"], known)["dot_score_forward"] == "dotscore_forward"
    assert misnamed([f"x{k}" for k in range(50)] + ["dotscore_forward"], known) == {}, "50 names are looked at"
    assert misnamed([f"x{k}" for k in range(49)] + ["dotscore_forward"], known) != {}
    assert len(misnamed(["dotscore_forward" + "x" * 100], known)["dot_score_forward"]) == 80


def test_a_function_that_takes_its_process_with_it_costs_the_others_nothing(graded):
    def marking(pupil, one, have, label):
        if one.name == "dot_score":
            raise Lost(TOO_LONG, seconds="3")
        if one.name == "zrelu":
            raise ZeroDivisionError("odd\x07")
        return [Grade(label, part, "pass", "right", 10.0) for part in one.parts]

    found = graded(["dot_score_forward", "bilinear_score_forward", "zrelu_forward"], marking)
    assert [(row.verdict, row.diagnosis, row.points) for row in found.rows] == [
        *[("error", "it took longer than 3 seconds", 0.0)] * 2,
        *[("pass", "right", 10.0)] * 2,
        *[("error", "it cannot be judged: ZeroDivisionError: odd?", 0.0)] * 2,
    ]
    assert (Started.started, Started.stopped) == (2, 2), "a new process for what stands behind it"


def test_a_paper_with_a_problem_has_a_row_for_all_that_was_set():
    paper = Paper("hw.py", b"", ("it has {size} MB", {"size": "30"}))
    assert sheet_of(paper, Terms()).rows == [Grade("hw.py", "", "error", "it has 30 MB", 0.0)]
    rows = sheet_of(paper, Terms((subject("dot_score"), subject("read_tour")))).rows
    assert [(r.function, r.verdict) for r in rows] == [(f, "error") for f in (*BOTH, "read_tour")]


ROSTER = {n: Student(n, name) for n, name in (("20231111", "Li"), ("20232222", "Wei"))}


@pytest.mark.parametrize(
    ("label", "student", "roster", "whose", "name", "notices"),
    [
        ("hw.py", "", {}, "", "", []),
        ("20231111.py", "", {}, "20231111", "", []),
        ("20231111.py", "20231111", {}, "20231111", "", []),
        ("hw.py", " sy７ ", {}, "SY7", "", []),
        ("20231111.py", "5", {}, "5", "", ["STUDENT is 5, but the file's name says 20231111"]),
        ("20231111.py", "5", ROSTER, "20231111", "Li", ["STUDENT is 5, but the file's name says 20231111"]),
        ("hw.py", "20232222", ROSTER, "20232222", "Wei", []),
        ("20239999.py", "20232222", ROSTER, "20232222", "Wei",
         ["STUDENT is 20232222, but the file's name says 20239999"]),
        ("hw.py", "", ROSTER, "", "", ["the student's number ? is not in the roster"]),
        ("20239999.py", "", ROSTER, "", "", ["the student's number ? is not in the roster"]),
        ("hw.py", "9", ROSTER, "9", "", ["the student's number 9 is not in the roster"]),
    ],
)  # fmt: skip
def test_whose_it_is(graded, label, student, roster, whose, name, notices):
    found = graded(BOTH, label=label, student=student, terms=Terms(roster=roster))
    if (label, student) == ("20239999.py", ""):
        whose, notices = "20239999", ["the student's number 20239999 is not in the roster"]
    assert (found.student, found.name, found.notices) == (whose, name, notices)


def test_what_a_pupil_says_of_a_file_is_not_believed(graded):
    notices = [["read as {encoding}", {"encoding": "GB18030"}]]
    found = graded(BOTH, answers=5, notices=notices)
    assert found.answers == {} and found.notices == ["read as GB18030"]
    assert graded(BOTH, notices=3).notices == [] and graded(BOTH, student=None).student == ""
    assert graded(3).rows[0].verdict == "missing"


def test_answers_are_graded_where_they_are_or_were_asked_for(graded):
    functions = lambda found: [row.function for row in found.rows]  # noqa: E731
    assert functions(graded(BOTH)) == list(BOTH)
    answered = graded(BOTH, answers={"dot_score_answer": None}, student="7")
    assert functions(answered) == [*BOTH, "dot_score_answer"] and answered.rows[2].diagnosis == "not answered yet"
    seeded = graded(BOTH, terms=Terms(seeded=True))
    assert functions(seeded) == [*BOTH, "dot_score_answer"] and "whose question is it?" in seeded.rows[2].diagnosis
    shown = graded(BOTH, answers={"dot_score_answer": 1.0}, student="7", terms=Terms(show_answers=True))
    hidden = graded(BOTH, answers={"dot_score_answer": 1.0}, student="7")
    assert ", which is [" in shown.rows[2].diagnosis and ", which is" not in hidden.rows[2].diagnosis


def test_copies_are_noticed_and_count_nothing_if_they_may_not(graded, monkeypatch):
    monkeypatch.setattr(sheet, "_library", lambda name: frozenset({"code", ""}))
    for allowed, verdicts in ((True, ["pass", "pass"]), (False, ["fail", "fail"])):
        found = graded(BOTH, terms=Terms(no_copies=not allowed))
        assert found.notices == ["the library's own source: dot_score_forward, dot_score_backward"]
        assert [row.verdict for row in found.rows] == verdicts and found.points == 20 * allowed
        assert [row[:2] for row in found.rows] == [("hw.py", name) for name in BOTH]
    assert found.rows[0].diagnosis == "the library's own source, which was not allowed"
    monkeypatch.setattr(sheet, "_library", lambda name: frozenset({"other", ""}))
    assert graded(BOTH, terms=Terms(no_copies=True)).points == 20
    empty = graded({"dot_score_forward": ""})
    assert empty.notices == [], "what has no code is no copy"


def test_a_class_is_graded_in_its_order_and_each_is_told(monkeypatch):
    told = []
    monkeypatch.setattr(sheet, "sheet_of", lambda paper, terms: 1 / 0 if paper.label == "b" else Sheet(paper.label, []))
    papers = [Paper(label, b"") for label in "abc"]
    found = sheets(papers, Terms(), told.append)
    assert [one.file for one in found] == ["a", "b", "c"] and sorted(p.label for p in told) == ["a", "b", "c"]
    assert found[1].rows == [Grade("b", "", "error", "it cannot be judged: ZeroDivisionError: division by zero", 0.0)]
    assert len(sheets(papers, Terms())) == 3
