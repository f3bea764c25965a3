"""A class as it comes: folders, patterns, archives, rosters, numbers, copies, terminals of other encodings."""

import csv
import io
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from corpus import RIGHT
from rich.console import Console

import nnmem
from nnmem.cli import main
from nnmem.study.grade import gradebook
from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.handed import normal, number_in, papers, read_roster
from nnmem.study.grade.sheet import Terms, sheets
from nnmem.study.grade.subject import subject

ROSTER = "学号,姓名\n20231234,张三\n20231235,李四\n20231236,王五\n"
WRONG = RIGHT.replace("(ds[..., None] * X)", "2 * (ds[..., None] * X)")


@pytest.fixture
def folder(tmp_path):
    """Two students in sub-folders, one wrong, and a roster of three in GBK, as spreadsheets save it."""
    for name, text in (("20231234-张三", RIGHT), ("20231235-李四", WRONG)):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "作业.py").write_text(text, encoding="utf-8")
    (tmp_path / "list.csv").write_bytes(ROSTER.encode("gb18030"))
    return tmp_path


def test_folders_patterns_and_archives(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = ["20231234-张三/作业.py", "20231235-李四/作业.py"]
    assert [p.label for p in papers(["class"])] == [os.path.join("class", *name.split("/")) for name in names]
    assert len(papers(["class/*/*.py"])) == 2 and len(papers(["class/**/*.py"])) == 2
    assert papers(["nothing*.py"])[0].problem == ("there is no such file", {})
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as file:
        file.writestr("作业/20231234_张三.py", RIGHT)
        file.writestr("作业/notes.txt", "x")
        file.writestr("__MACOSX/._a.py", "x")
    (folder / "utf8.zip").write_bytes(raw.getvalue())
    assert [p.label for p in papers(["utf8.zip"])] == ["utf8.zip/作业/20231234_张三.py"]
    with zipfile.ZipFile(folder / "gbk.zip", "w") as file:
        info = zipfile.ZipInfo("x" * 17)
        file.writestr(info, RIGHT)
    data = (folder / "gbk.zip").read_bytes()
    own = "20231235_李四.py".encode("gb18030")
    assert len(own) == 16
    (folder / "gbk.zip").write_bytes(data.replace(b"x" * 17, own[:-3] + b"_.py"))
    assert [p.label for p in papers(["gbk.zip"])] == ["gbk.zip/20231235_李四_.py"]
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    assert "no zip archive" in papers(["broken.zip"])[0].problem[0]
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("big.py", "#" * 10**8)
    assert "far too much" in papers(["bomb.zip"])[0].problem[0]
    [sheet] = sheets(papers(["utf8.zip"]), Terms())
    assert sheet.student == "20231234" and [row.verdict for row in sheet.rows] == ["pass", "pass"]


def test_a_roster_checks_numbers_and_lists_who_is_missing(folder, capsys):
    out = folder / "成绩.csv"
    call = [
        "grade",
        str(folder / "class"),
        "--roster",
        str(folder / "list.csv"),
        "--out",
        str(out),
        "--homework",
        "8.3",
    ]
    assert main(call) == 1
    shown = capsys.readouterr().out
    assert "nothing from 1 of the roster: 20231236 王五" in shown and "20231234 张三" in shown
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [(r["number"], r["name"], r["total"], r["maximum"]) for r in rows] == [
        ("20231234", "张三", "20", "20"),
        ("20231235", "李四", "17", "20"),
        ("20231236", "王五", "0", "20"),
    ]
    stranger = folder / "20239999.py"
    stranger.write_text(RIGHT)
    main(["grade", str(stranger), "--roster", str(folder / "list.csv")])
    assert "20239999 is not in the roster" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("content", [b"a" * 200_000, b"number\r1\r2\0", b"\xff\xfe1"])
def test_a_file_that_is_no_roster_is_one_line(content, tmp_path, capsys):
    (tmp_path / "hw.py").write_text(RIGHT)
    (tmp_path / "class.csv").write_bytes(content)
    assert main(["grade", str(tmp_path / "hw.py"), "--roster", str(tmp_path / "class.csv")]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".zip", "a" * 300 + "*"])
def test_a_name_that_is_too_long_is_one_problem(name):
    (paper,) = papers([name])
    assert paper.problem is not None and paper.data == b""


def test_an_archive_that_unpacks_to_far_too_much_is_left_alone(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.py", RIGHT)
    monkeypatch.setattr("nnmem.study.grade.handed.MOST_UNPACKED", 2 * len(RIGHT))
    problems = [paper.problem for paper in papers([str(tmp_path / "class.zip")])]
    assert problems[:2] == [None, None] and len(problems) == 3
    assert "far too much for homework" in problems[2][0]


def test_numbers_are_normalised(tmp_path):
    assert normal(" ｓｙ２０２３ ") == "SY2023"
    assert number_in("作业/２０２３１２３４_张三.py", {}) == "20231234"
    assert number_in("a/sy1234567/hw.py", {}) == "SY1234567"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        path = tmp_path / "list.csv"
        path.write_bytes(ROSTER.encode(encoding))
        assert list(read_roster(path)) == ["20231234", "20231235", "20231236"]


def test_a_whole_class_gets_its_questions_and_is_graded(folder, capsys):
    out = folder / "blanks"
    call = ["homework", "8.3", "--seeded-from", str(folder / "list.csv"), "--out", str(out)]
    assert main(call) == 0 and len(list(out.iterdir())) == 3
    for number in ("20231234", "20231235"):
        text = (out / f"{number}.py").read_text(encoding="utf-8")
        answer = personal_case(subject("dot_score"), "20231234").outputs[0].round(4).tolist()
        text = text.replace("dot_score_answer = None", f"dot_score_answer = {answer}") + RIGHT
        (out / f"{number}.py").write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["grade", str(out), "--homework", "8.3", "--seeded", "--roster", str(folder / "list.csv")]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "20231234 张三: 30 of 30" in shown and "20231235 李四: 20 of 30" in shown
    assert "not the answer to the question of student 20231235" in shown and str(answer) not in shown
    assert "the same code as" in shown, "the functions of both are the same"
    assert main(["homework", "8.3", "--seeded", "20231234", "--answers"]) == 0
    assert str(answer) in capsys.readouterr().out
    assert main(["grade", str(out / "20231235.py"), "--show-answers", "--homework", "8.3", "--seeded"]) == 1
    assert "which is [" in " ".join(capsys.readouterr().out.split())


def test_an_answer_is_a_literal_and_belongs_to_a_student(tmp_path):
    case = personal_case(subject("dot_score"), "7")
    listed = case.outputs[0].round(4).tolist()
    call = f"dot_score_forward(np.array({case.args[0].tolist()}), np.array({case.args[1].tolist()}))[0]"
    for text, verdict in (
        (str(listed), "pass"),
        (f"np.array({listed})", "pass"),
        (call, "fail"),
        ("None", "missing"),
        ("'x'", "fail"),
        ("[[1, 2], [3]]", "fail"),
    ):
        (tmp_path / "hw.py").write_text(RIGHT + f"STUDENT = '7'\ndot_score_answer = {text}\n")
        [sheet] = sheets(papers([str(tmp_path / "hw.py")]), Terms((subject("dot_score"),), seeded=True))
        assert sheet.rows[-1].verdict == verdict, (text, sheet.rows[-1])
    (tmp_path / "hw.py").write_text(RIGHT)
    [sheet] = sheets(papers([str(tmp_path / "hw.py")]), Terms((subject("dot_score"),), seeded=True))
    assert sheet.rows[-1].function == "dot_score_answer" and sheet.rows[-1].verdict == "missing"
    (tmp_path / "20231111.py").write_text(RIGHT + "STUDENT = '20232222'\n")
    [sheet] = sheets(papers([str(tmp_path / "20231111.py")]), Terms())
    assert "STUDENT is 20232222, but the file's name says 20231111" in sheet.notices


def test_what_was_set_and_is_not_there_is_said_to_be_missing(tmp_path, capsys):
    (tmp_path / "hw.py").write_text(RIGHT)
    (graded,) = sheets(papers([str(tmp_path / "hw.py")]), Terms((subject("dot_score"), subject("bilinear_score"))))
    assert [(row.verdict, row.points) for row in graded.rows] == [("pass", 10)] * 2 + [("missing", 0)] * 2
    assert [row.diagnosis for row in graded.rows[2:]] == ["not in the file"] * 2
    assert main(["grade", str(tmp_path / "hw.py"), "--homework", "8.3,8.4"]) == 1
    shown = capsys.readouterr().out
    assert (shown.count("10 of 10"), shown.count(" 0 of 10"), shown.count("20 of 40 points")) == (2, 2, 1)


def test_an_unreadable_file_gets_all_its_rows(tmp_path):
    (tmp_path / "hw.py").write_text("def f(:\n")
    [sheet] = sheets(papers([str(tmp_path / "hw.py")]), Terms((subject("dot_score"),), seeded=True))
    assert [row.function for row in sheet.rows] == ["dot_score_forward", "dot_score_backward", "dot_score_answer"]
    assert {row.verdict for row in sheet.rows} == {"error"}


def test_the_library_s_own_source_is_noticed(tmp_path, capsys):
    assert main(["copy", "8.3"]) == 0
    file = tmp_path / "copied.py"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["grade", str(file)]) == 0
    assert "the library's own source: dot_score_forward, dot_score_backward" in " ".join(
        capsys.readouterr().out.split()
    )
    assert main(["grade", str(file), "--no-copies"]) == 1
    assert "0 of 20 points" in capsys.readouterr().out


def test_cells_are_harmless(tmp_path, capsys, monkeypatch):
    file = tmp_path / "=cmd.py"
    file.write_text("raise ValueError('=1+1')\n" + RIGHT)
    monkeypatch.chdir(tmp_path)
    main(["grade", "=cmd.py", "--csv"])
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["file"] == "'=cmd.py"


COMMANDS = (["eq", "8.2"], ["copy", "8.4", "--check"], ["homework", "8.3", "8.1"], ["homework", "8.3", "--notebook"],
            ["homework", "8.2", "--lang", "zh"])  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_write_utf8_whatever_the_terminal_is(command, tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}
    run = [sys.executable, "-m", "nnmem", *command]
    done = subprocess.run(run, capture_output=True, env=environment, check=True)
    text = done.stdout.decode("utf-8")
    assert "ᵢ" in text or "ᵀ" in text or "xᵢ" in text
    if command[0] == "homework":
        out = tmp_path / "hw.py"
        subprocess.run([*run, "--out", str(out)], env=environment, check=True)
        assert out.read_text(encoding="utf-8") == text
    if command[0] == "copy":
        (tmp_path / "mine.py").write_bytes(done.stdout)
        assert subprocess.run([sys.executable, tmp_path / "mine.py"], capture_output=True, check=False).returncode == 0


def test_tables_break_no_word_at_sixty_columns(folder, monkeypatch, capsys):
    monkeypatch.setattr(gradebook, "console", lambda stderr=False: Console(stderr=stderr, width=60, highlight=False))
    main(["grade", str(folder / "class")])
    shown = capsys.readouterr().out
    assert "dot_score_backward" in shown and "10 of 10" in shown and "diagnosis" in shown


def test_eq_ends_quietly_when_nobody_reads():
    done = subprocess.run(f"{sys.executable} -m nnmem eq | head -1", shell=True, capture_output=True, check=False)
    assert done.stderr == b"" and done.stdout


def test_in_a_notebook_questions_are_graded_too():
    answers = {"dot_score": personal_case(subject("dot_score"), "5").outputs[0]}
    grades = nnmem.grade(nnmem.dot_score_forward, student="5", answers=answers)
    assert grades and grades.points == 20
    assert not nnmem.grade(nnmem.dot_score_forward, student="6", answers=answers)
    assert np.isclose(nnmem.grade(nnmem.dot_score_forward, student="6", answers=answers).points, 10)
