"""Homework that is hostile, clumsy or in an odd encoding gets its verdict, and the next file is graded."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from corpus import RIGHT, VERDICTS, patience

import nnmem
from nnmem.cli import main
from nnmem.study.grade import judge, sandbox, sheet
from nnmem.study.grade.handed import papers
from nnmem.study.grade.sheet import Terms, sheets

IN_A_CALL = "def dot_score_forward(X, q):\n"


def in_a_call(*lines):
    """A right homework whose forward does something else first."""
    return RIGHT.replace(IN_A_CALL, IN_A_CALL + "".join(f"    {line}\n" for line in lines))


def returning(text):
    """A homework whose forward returns something else."""
    return RIGHT.replace("return (X * q[..., None, :]).sum(axis=-1), (X, q)", f"return {text}")


def notebook(*cells):
    code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [{**code, "source": cell} for cell in cells], "metadata": {}, "nbformat": 4})


NUMPY_ALONE = r"\(line \d\); homework has numpy alone"
ODD_FILES = {
    "starts_a_process.py": (
        "import subprocess\nsubprocess.Popen(['sleep', '77'])\n" + RIGHT,
        "may not start processes",
    ),
    "forks.py": ("import os\nos.fork()\n" + RIGHT, "may not start processes"),
    "forks_in_a_call.py": (in_a_call("import os", "os.fork()"), "may not start processes"),
    "changes_numpy.py": (
        "import numpy\nnumpy.array_equal = lambda *a, **k: True\n" + RIGHT,
        r"it changes numpy\.array_equal",
    ),
    "changes_numpy_in_a_call.py": (in_a_call("np.abs = np.isnan = lambda x: 0 * x"), r"it changes numpy\.abs"),
    "changes_python.py": ("import builtins\nbuiltins.all = any\n" + RIGHT, r"it changes builtins\.all"),
    "imports_by_hand.py": ("dot_score_forward = __import__('nnmem').dot_score_forward", "__import__ " + NUMPY_ALONE),
    "imports_by_importlib.py": ("import importlib\n" + RIGHT, "imports importlib " + NUMPY_ALONE),
    "takes_the_reference.py": (
        "import sys\nn = sys.modules['nnmem']\ndot_score_forward = n.dot_score_forward",
        "sys.modules",
    ),
    "gbk.py": (("# 作业\n" + RIGHT).encode("gbk"), "right"),
    "gbk_by_name.py": (("# -*- coding: gbk -*-\n# 作业\n" + RIGHT).encode("gbk"), "right"),
    "hides_its_arguments.py": (
        RIGHT.replace("sum(axis=-1), (X, q)", "sum(axis=-1), (X, q.copy(), np.add(q, 1, out=q))").replace(
            "X, q = saved", "X, q, _ = saved"
        )
        + "dot_score_forward.__signature__ = 5\n",
        r"modifies its arguments in place: argument 2$",
    ),
    "everything_of_numpy.py": ("from numpy import *\n" + RIGHT, "right"),
    "no_encoding_of_texts.py": ("# -*- coding: rot13 -*-\n" + RIGHT, "right"),
    "writes_a_database.py": (
        in_a_call("import sqlite3", "sqlite3.connect('written.db')"),
        "raises PermissionError|unable to open",
    ),
    "windows_utf8.py": (b"\xef\xbb\xbf" + RIGHT.encode(), "right"),
    "utf16.py": (RIGHT.encode("utf-16"), "right"),
    "empty.py": ("", "defines no function"),
    "null.py": (RIGHT + "\0", "syntax error: source code string cannot contain null bytes"),
    "too_deep.py": ("x = " + "-" * 200_000 + "1\n" + RIGHT, "too long for Python"),
    "too_long.py": ("x = " + "+".join("1" * 100_000) + "\n" + RIGHT, "too long for Python|right"),
    "far_too_large.py": (RIGHT + "#" * 3 * 10**7, "it has 30 MB"),
    "folder.py": (None, "there is no Python file, notebook or archive in this folder"),
    "one_million_statements.py": ("x=1\n" * 10**6, "4 MB, far too much"),
    "many_statements.py": ("x=1\n" * 200_000 + RIGHT, "characters of code, far too much"),
    "comma.py": (RIGHT.replace("X, q)", "X，q)", 1), "a Chinese punctuation mark in the code, line 3: ， should be ,"),
    "archive.py": (b"PK\x03\x04" + b"0" * 99, "it is a zip archive"),
    "object_array.py": (returning("np.array([None] * 3), 0"), "is of dtype object, should be"),
    "masked_array.py": (returning("np.ma.masked_array((X * q[..., None, :]).sum(-1)), (X, q)"), "a masked array"),
    "lazy_array.py": (
        "class A:\n    def __array__(self, *a, **k):\n        raise MemoryError\n" + returning("A(), 0"),
        "output 1 is a A, should be",
    ),
    "subclass.py": (
        "import numpy as np\nclass A(np.ndarray):\n    def __eq__(self, o):\n        return True\n"
        + returning("(X[..., 0] * 0).view(A), 0"),
        "zero everywhere",
    ),
    "ten_gigabytes.py": (returning("np.broadcast_to(X[..., 0, 0], (10**5, 10**5)), 0"), "far too large"),
    "nan_payload.py": (returning("X[..., 0] * np.float64('nan'), 0"), "not finite"),
    "another_call.py": (
        "old = []\n"
        + in_a_call("old.append((X * q[..., None, :]).sum(-1))", "if len(old) > 1: return old[-2], (X, q)"),
        "has shape|values",
    ),
    "late.py": (in_a_call("import time", "time.sleep(99)"), "longer than [0-9.]+ seconds"),
    "kills_its_parent.py": (in_a_call("import os", "os.kill(os.getppid(), 9)"), "may not reach out of its process"),
    "imports_in_a_call.py": (in_a_call("exec('import nnmem')"), "homework has numpy alone, not nnmem"),
    "overwrites.py": (
        "open('right_beside.py', 'w').write('')\n" + RIGHT,
        "homework may not write files|No such file|Read-only",
    ),
    "forges.py": (
        in_a_call(
            "import os, struct, json",
            "body = json.dumps([{'dict': {'nonce': 'x' * 32, 'replies': []}}, []]).encode()",
            "for fd in range(3, 40):",
            "    try: os.write(fd, struct.pack('!II', len(body), 0) + body)",
            "    except OSError: pass",
        ),
        "writes into the judge's own channel",
    ),
    "unpicklable.py": (returning("(lambda: 1), 0"), "output 1 is"),
    "right_beside.py": (RIGHT, "right"),
    "作业 一 [red].py": (RIGHT, "right"),
    "a_hundred_megabytes.py": (returning("np.ones((5000, 2500)), 0"), r"shape \(5000, 2500\), far too large"),
    "nan.py": (returning("X[..., 0] * np.nan, (X, q)"), "values that are not finite"),
    "none.py": (returning("None"), "it returns NoneType, should return 2"),
    "a_list.py": (returning("(X * q[..., None, :]).sum(axis=-1).tolist(), (X, q)"), "float32 is lost"),
    "a_generator.py": (returning("(yield X)"), "it returns generator, should return 2"),
    "text.py": (returning("X[..., 0].astype(str), (X, q)"), r"output 1 is of dtype <U\d+, should be"),
    "a_number.py": (RIGHT + "dot_score_forward = 5\n", "raises TypeError: 'int' object is not callable"),
    "coroutine.py": (RIGHT.replace("def dot_score_f", "async def dot_score_f"), "it returns coroutine"),
    "never_an_array.py": (
        "class A:\n    def __array__(self, *a, **k):\n        while True:\n            pass\n" + returning("A(), 0"),
        "it took longer than [0-9.]+ seconds",
    ),
    "in_place.py": (
        in_a_call("q *= 2", "q /= 2", "X += 1", "X -= 1", "X[...] = X", "X *= -1", "X *= -2", "X /= 2"),
        "modifies its arguments in place: X",
    ),
    "settings.py": (
        "import random, warnings\nimport numpy as np\nnp.random.seed(0)\nrandom.seed(0)\nnp.seterr(all='raise')\n"
        "np.set_printoptions(precision=1)\nwarnings.simplefilter('error')\n" + RIGHT,
        "right",
    ),
    "interrupts.py": (in_a_call("raise KeyboardInterrupt"), "it ends with KeyboardInterrupt"),
    "exits_in_a_call.py": (in_a_call("raise SystemExit(0)"), "raises SystemExit: 0"),
    "reads_in_a_call.py": (in_a_call("input()"), "raises EOFError"),
    "prints_in_a_call.py": (in_a_call("print('x' * 10**7)"), "right"),
    "writes_to_the_grader.py": (
        "import os\nfor fd in range(3, 30):\n    try:\n        os.write(fd, b'garbage \\xff\\n')\n"
        "    except OSError:\n        pass\n" + RIGHT,
        "writes into the judge's own channel",
    ),
    "closes_everything.py": ("import os\nos.closerange(3, 100)\n" + RIGHT, "ended the process"),
    "a_thread.py": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n" + RIGHT,
        "right",
    ),
    "a_long_message.py": (
        "raise RuntimeError('x' * 10**7)\n" + RIGHT,
        "^it fails when it is run: RuntimeError: x{200}$",
    ),
    "no_message.py": (
        "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E\n" + RIGHT,
        "message cannot be printed",
    ),
    "control_characters.py": (in_a_call("raise ValueError('\\ud800\\x1b[31m')"), r"ValueError: \?\?\[31m"),
    "numpy.py": (RIGHT.replace("import numpy as np", ""), "right"),
    "no_json.ipynb": ("{no json", "cannot be read as a notebook: JSONDecodeError"),
    "no_cells.ipynb": ("[1, 2]", "cannot be read as a notebook"),
    "odd_cells.ipynb": (
        '{"cells": [{"cell_type": "code", "metadata": null, "source": null}]}',
        "cannot be read as a notebook",
    ),
    "windows.ipynb": (b"\xef\xbb\xbf" + notebook(RIGHT).encode(), "right"),
    "scratch_errors.ipynb": (notebook(RIGHT, "for x in:\n", "1 / 0", "raise SystemExit"), "right"),
    "own_error.ipynb": (notebook("x = 1", "def dot_score_forward(X, q:\n    pass"), "syntax error in cell 2, line 1"),
    "looks_like_magics.ipynb": (
        notebook(RIGHT + 'text = """Why?\n  what?\n"""\nrest = (5\n    % 3)\nassert rest == 2 and "Why" in text\n'),
        "right",
    ),
    "magics.ipynb": (
        notebook("%%bash\nls | wc", "%matplotlib inline\nnp.sum?\nfiles = !ls", "%%time\n" + RIGHT),
        "right",
    ),
}


def test_odd_files_get_their_verdict_and_the_next_is_graded(tmp_path, monkeypatch):
    monkeypatch.setattr(judge, "SECONDS", patience())
    for name, (content, _) in ODD_FILES.items():
        if content is None:
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.chdir(tmp_path)
    classes = [s.rows for s in sheets([p for name in ODD_FILES for p in papers([name])], Terms())]
    for (name, (_, why)), rows in zip(ODD_FILES.items(), classes, strict=True):
        wanted = {"pass"} if why == "right" else VERDICTS - {"pass"} if "right" not in why else VERDICTS
        assert rows[0].verdict in wanted and re.search(why, rows[0].diagnosis), (name, rows)
        assert all(row.file == name and row.verdict in VERDICTS for row in rows)
        if why == "right":
            assert [row.verdict for row in rows] == ["pass", "pass"], (name, rows)
    if Path("/proc").is_dir():
        running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout
        assert "sleep 77" not in running.splitlines()


def test_a_file_that_confuses_the_grader_costs_no_other_its_grade(tmp_path, monkeypatch):
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text(RIGHT)
    grading = sheet.sheet_of
    monkeypatch.setattr(sheet, "sheet_of", lambda p, t: 1 / 0 if "first" in p.label else grading(p, t))
    first, second = sheets(papers([str(tmp_path)]), Terms())
    assert first.rows[0].verdict == "error" and "ZeroDivisionError" in first.rows[0].diagnosis
    assert [row.verdict for row in second.rows] == ["pass", "pass"]


def test_without_a_sandbox_the_limits_of_the_process_hold_and_the_report_says_so(tmp_path, monkeypatch, capsys):
    """The hostile ones again, as where bubblewrap is not installed."""
    monkeypatch.setattr(sandbox, "walls", lambda: ())
    monkeypatch.setattr(judge, "SECONDS", patience())
    hostile = ("kills_its_parent.py", "overwrites.py", "forges.py", "forks_in_a_call.py", "imports_in_a_call.py")
    for name in (*hostile, "right_beside.py"):
        (tmp_path / name).write_text(ODD_FILES[name][0])
    graded = {Path(s.file).name: s for s in sheets(papers([str(tmp_path)]), Terms())}
    for name in hostile:
        assert graded[name].rows[0].verdict != "pass" and re.search(ODD_FILES[name][1], graded[name].rows[0].diagnosis)
    assert [row.verdict for row in graded["right_beside.py"].rows] == ["pass", "pass"], "nobody wrote into it"
    assert main(["grade", str(tmp_path / "right_beside.py")]) == 0
    assert "ran without a sandbox" in " ".join(capsys.readouterr().out.split())


def test_an_nnmem_below_the_temporary_folder_grades_as_any_other():
    """The sandbox has an empty /tmp of its own, which hid an nnmem that was cloned there: every file got 0 points."""
    with tempfile.TemporaryDirectory(dir="/tmp" if os.path.isdir("/tmp") else None) as folder:
        here = Path(nnmem.__file__).parent
        shutil.copytree(here, Path(folder) / "nnmem", ignore=shutil.ignore_patterns("__pycache__", "*.npz", "*.csv"))
        (Path(folder) / "right.py").write_text(RIGHT)
        there = subprocess.run(
            [sys.executable, "-m", "nnmem", "grade", "right.py", "--json"],
            cwd=folder, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert there.returncode == 0, there.stdout + there.stderr
    assert [row["points"] for row in json.loads(there.stdout)] == [10, 10]


def test_walls_that_hide_our_own_files_are_noticed_and_a_process_that_does_not_start_says_why(tmp_path, monkeypatch):
    """Walls within which the pupil's modules cannot be imported are none; a failed start tells its last line."""
    wall = """#!/bin/sh
case "$*" in *"import main"*) echo the wall: no way in >&2; exit 1;; esac
"""
    (tmp_path / "bwrap").write_text(wall)
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sandbox.walls.__wrapped__() == (), "it tries whether the pupil starts"
    monkeypatch.setattr(sandbox, "walls", lambda: (str(tmp_path / "bwrap"),))
    (tmp_path / "right.py").write_text(RIGHT)
    [graded] = sheets(papers([str(tmp_path / "right.py")]), Terms())
    assert graded.rows[0].diagnosis == "it ended the process: the wall: no way in"


def test_the_table_shows_odd_names_as_they_are(tmp_path, capsys):
    file = tmp_path / "作业 [red].py"
    file.write_text(RIGHT)
    assert main(["grade", str(file)]) == 0
    assert "作业 [red].py" in capsys.readouterr().out.replace("\n", "")
