"""Assignments go through the real nbgrader and the real otter-grader, which live in an environment of their own.

NNMEM_TEACHERS names its interpreter; ``.ci/run`` makes it and sets the variable.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from corpus import RIGHT

import nnmem
from nnmem.cli import main
from nnmem.study.grade.cases import personal_case
from nnmem.study.grade.subject import subject

TEACHERS = os.environ.get("NNMEM_TEACHERS", "")
needs_teachers = pytest.mark.skipif(not TEACHERS, reason="NNMEM_TEACHERS names no interpreter with nbgrader and otter")
HALF = RIGHT.replace("(ds[..., None] * X)", "2 * (ds[..., None] * X)").replace("import numpy as np\n", "")


def run(*command, cwd):
    """A command of the teachers' environment, with this package's code."""
    own = str(Path(nnmem.__file__).parents[1])
    path = f"{Path(TEACHERS).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": own, "PATH": path, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def filled(notebook, answer):
    """A student's notebook: half right functions in place of the blank, and the answer to the question."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if "def dot_score_forward" in source:
            cell["source"] = HALF
        if "dot_score_answer = None" in source or "dot_score_answer = ..." in source:
            cell["source"] = f"dot_score_answer = {answer}"
    return notebook


@needs_teachers
def test_nbgrader_takes_the_assignment_and_the_points_arrive(tmp_path):
    config = f'c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}\nc.CourseDirectory.course_id = "nn"\n'
    (tmp_path / "nbgrader_config.py").write_text(config)
    (tmp_path / "source" / "hw").mkdir(parents=True)
    source = tmp_path / "source" / "hw" / "hw.ipynb"
    assert main(["homework", "8.3", "8.4", "--notebook", "--seeded", "20231234", "--out", str(source)]) == 0
    run("nbgrader", "generate_assignment", "hw", "--create", cwd=tmp_path)
    released = json.loads((tmp_path / "release" / "hw" / "hw.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in released["cells"]]
    blank = next(text for text in sources if "def dot_score_forward" in text)
    assert "def dot_score_forward(X, q):" in blank and "xᵢᵀ q" in blank and "(..., N, d) array" in blank
    assert "def dot_score_backward(dscores, cache):" in blank and "# YOUR CODE HERE" in blank
    assert "BEGIN SOLUTION" not in "".join(sources) and any("dot_score_answer = None" in text for text in sources)

    answer = personal_case(subject("dot_score"), "20231234").outputs[0].round(4).tolist()
    (tmp_path / "submitted" / "student" / "hw").mkdir(parents=True)
    submitted = tmp_path / "submitted" / "student" / "hw" / "hw.ipynb"
    submitted.write_text(json.dumps(filled(released, answer)), encoding="utf-8")
    run("nbgrader", "autograde", "hw", "--create", cwd=tmp_path)
    run("nbgrader", "generate_feedback", "hw", cwd=tmp_path)
    run("nbgrader", "export", cwd=tmp_path)
    heads, row = (tmp_path / "grades.csv").read_text().splitlines()[:2]
    grades = dict(zip(heads.split(","), row.split(","), strict=False))
    assert float(grades["score"]) == 10 + 7 + 10 and float(grades["max_score"]) == 60
    feedback = (tmp_path / "feedback" / "student" / "hw" / "hw.html").read_text(encoding="utf-8")
    assert "factor of 1/2 is missing" in feedback or "2 times what it should be" in feedback


@needs_teachers
def test_otter_takes_the_assignment_and_the_points_arrive(tmp_path):
    source = tmp_path / "hw.ipynb"
    assert main(["homework", "8.3", "--notebook", "otter", "--seeded", "20231234", "--out", str(source)]) == 0
    run("otter", "assign", "hw.ipynb", "dist", "--no-run-tests", cwd=tmp_path)
    released = json.loads((tmp_path / "dist" / "student" / "hw.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in released["cells"]]
    blank = next(text for text in sources if "def dot_score_forward" in text)
    assert "def dot_score_forward(X, q):" in blank and "xᵢᵀ q" in blank and "..." in blank
    assert any("dot_score_answer = ..." in text for text in sources)
    answer = personal_case(subject("dot_score"), "20231234").outputs[0].round(4).tolist()
    (tmp_path / "student.ipynb").write_text(json.dumps(filled(released, answer)), encoding="utf-8")
    made = next((tmp_path / "dist" / "autograder").glob("*autograder*.zip"))
    run("otter", "run", "student.ipynb", "-a", str(made), cwd=tmp_path)
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert sum(test.get("score", 0) for test in results["tests"]) == 10 + 7 + 10
    assert sum(test.get("max_score", 0) for test in results["tests"]) == 30
