"""Every check, step by step, with the Python that runs this file: ``python .ci/checks.py``.

``.ci/run`` and the GitHub workflow call it after installing ``.[test]``; each step says how long it took.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = "Scripts" if os.name == "nt" else "bin"
OLD_NUMPY = ("1.26", "2.0") if sys.version_info < (3, 13) else ()  # newer Pythons have no wheels of them
FORMULAS = ("nn", "attention", "associative", "external", "models")
NEED_MORE = ("models/memory_qa/test_bert_checkpoint.py", "models/structures/test_faiss_search.py")  # than NumPy


def main() -> None:
    step("style", sys.executable, "-m", "ruff", "check", ".")
    step("format", sys.executable, "-m", "ruff", "format", "--check", ".")
    step("types", sys.executable, "-m", "mypy")
    step("tables", sys.executable, "-m", "nnmem", "docs")
    with tempfile.TemporaryDirectory() as folder:
        old = [old_numpy(Path(folder), version) for version in OLD_NUMPY]
        os.environ["NNMEM_OLD_PYTHONS"] = os.pathsep.join(old)  # every copied source is run with these too
        os.environ["NNMEM_TEACHERS"] = for_teachers(Path(folder))  # assignments go through nbgrader and otter there
        print(step("tests", sys.executable, "-m", "pytest", "-r", "s").decode(errors="replace")[-400:])
        if old:
            step(
                "NumPy " + OLD_NUMPY[0],
                old[0],
                "-m",
                "pip",
                "install",
                "-q",
                "pytest",
                "hypothesis",
                "rich",
                "matplotlib",
            )
            left_out = (f"--ignore=tests/{name}" for name in NEED_MORE)
            step("formulas there", old[0], "-m", "pytest", *(f"tests/{floor}" for floor in FORMULAS), *left_out)
        installed_elsewhere(Path(folder))


def old_numpy(folder: Path, version: str) -> str:
    """Make an environment with this NumPy alone; return its Python."""
    place = folder / f"numpy-{version}"
    venv.create(place, with_pip=True)
    python = str(place / BIN / "python")
    step(f"NumPy {version}", python, "-m", "pip", "install", "-q", f"numpy=={version}.*")
    return python


def for_teachers(folder: Path) -> str:
    """Make an environment with the real nbgrader and otter-grader; return its Python."""
    place = folder / "teachers"
    venv.create(place, with_pip=True)
    python = str(place / BIN / "python")
    step("teachers", python, "-m", "pip", "install", "-q", f"{ROOT}[teachers]")
    return python


def installed_elsewhere(folder: Path) -> None:
    """Build the wheel, install it alone into an empty environment, and run the commands far from this clone."""
    step("wheel", sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
    [wheel] = (folder / "dist").glob("*.whl")
    venv.create(folder / "empty", with_pip=True)
    python = str(folder / "empty" / BIN / "python")
    step("install", python, "-m", "pip", "install", "-q", str(wheel))
    work = folder / "elsewhere"
    work.mkdir()
    nnmem = [python, "-m", "nnmem"]
    step("check", *nnmem, "check", cwd=work)
    step("eq", *nnmem, "eq", "8.13", cwd=work)
    (work / "mine.py").write_bytes(step("copy", *nnmem, "copy", "8.4", "--check", cwd=work))
    step("the copy", python, "mine.py", cwd=work)
    (work / "hw.py").write_bytes(step("homework", *nnmem, "homework", "8.2", cwd=work))
    step("grade a blank", *nnmem, "grade", "hw.py", cwd=work, expected=1)
    step("train --help", *nnmem, "train", "--help", cwd=work)
    step("try", *nnmem, "try", "pointer-sort", cwd=work)


def step(name: str, *command: str, cwd: Path = ROOT, expected: int = 0) -> bytes:
    """Run one command; stop with its output unless it ends as expected."""
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONUTF8": "1"}
    if cwd != ROOT:
        environment.pop("PYTHONPATH", None)
    shown = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"{name:>14}: {time.perf_counter() - start:5.0f} s", flush=True)
    if shown.returncode != expected:
        sys.stdout.buffer.write(shown.stdout)
        print(f"{name} ended with {shown.returncode}, should be {expected}: {shutil.which(command[0])} {command[1:]}")
        sys.exit(1)
    return shown.stdout


if __name__ == "__main__":
    main()
