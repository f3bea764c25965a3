"""What homework may not do where there is no bubblewrap: start processes, use the network, write files."""

import re
from pathlib import Path

import pytest
from corpus import RIGHT, patience

from nnmem.study.grade import judge, sandbox
from nnmem.study.grade.handed import Paper
from nnmem.study.grade.sheet import Terms, sheet_of

PROCESSES = {
    "os.fork()": "os.fork",
    "os.forkpty()": "os.forkpty",
    "os.system('touch MARK')": "os.system",
    "os.popen('touch MARK').read()": "subprocess.Popen",
    "os.execv('/usr/bin/touch', ['touch', 'MARK'])": "os.exec",
    "os.posix_spawn('/usr/bin/touch', ['touch', 'MARK'], {})": "os.posix_spawn",
    "os.spawnv(os.P_WAIT, '/usr/bin/touch', ['touch', 'MARK'])": "os.fork",
    "import subprocess; subprocess.run(['touch', 'MARK'])": "subprocess.Popen",
    "import subprocess; subprocess._fork_exec(*ASKED)": "os.fork",
    "import _posixsubprocess; _posixsubprocess.fork_exec(*ASKED)": "os.fork",
    "del vars(sys)['mod' + 'ules']['_posixsubprocess']\nimport _posixsubprocess": "import _posixsubprocess",
    "from multiprocessing import util; util.spawnv_passfds(b'/usr/bin/touch', [b'touch', b'MARK'], ())": "os.fork",
    "import multiprocessing as m; m.get_context('fork').Process(target=print).start()": "os.fork",
}
OUTSIDE = {
    "import socket; socket.socket().bind(('127.0.0.1', 0))": "socket.",
    "import socket; socket.create_connection(('127.0.0.1', 9), 1)": "socket.",
    "import numpy.ctypeslib as c; c.ctypes.CDLL(None)": "ctypes.dlopen",
    "import sqlite3; sqlite3.connect('MARK')": "sqlite3.connect",
    "os.kill(os.getppid(), 0)": "os.kill",
}
FILES = {
    "open('MARK', 'w')": "open /",
    "open('KEPT', 'r+')": "open /",
    "os.open('MARK', os.O_CREAT)": "open /",
    "np.save('MARK', 1)": "open /",
    "os.mkdir('MARK')": "os.mkdir",
    "os.mkfifo('MARK')": "os.mkfifo",
    "os.mknod('MARK')": "os.mknod",
    "os.symlink('KEPT', 'MARK')": "os.symlink",
    "os.remove('KEPT')": "os.remove",
    "os.replace('KEPT', 'MARK')": "os.rename",
    "os.setxattr('KEPT', 'user.a', b'1')": "os.setxattr",
    "import shutil; shutil.copy('KEPT', 'MARK')": "shutil.copyfile",
}
TRIES = [
    *((code, f"start processes \\({event}") for code, event in PROCESSES.items()),
    *((code, f"reach out of its process \\({event}") for code, event in OUTSIDE.items()),
    *((code, f"write files \\({event}") for code, event in FILES.items()),
]
ASKED = """
path = [b'/usr/bin/touch', b'MARK']
ASKED = [path, path[:1], True, (), None, None, -1, -1, -1, -1, -1, -1, 2, 3, True, False, -1]
ASKED += [None, None, None, -1, None, False]
"""


@pytest.fixture(autouse=True)
def without_walls(monkeypatch):
    monkeypatch.setattr(sandbox, "walls", lambda: ())
    monkeypatch.setattr(judge, "SECONDS", patience())


@pytest.mark.skipif(not Path("/usr/bin/touch").exists(), reason="the tries are those of a Unix system")
@pytest.mark.parametrize(("code", "why"), TRIES, ids=[code[-45:] for code, _ in TRIES])
def test_what_was_tried_is_refused_and_named(tmp_path, code, why):
    mark, kept = tmp_path / "mark", tmp_path / "kept"
    kept.write_text("as it was")
    tried = f"import os, sys\nimport numpy as np\n{ASKED if 'ASKED' in code else ''}{code}\n{RIGHT}"
    text = tried.replace("MARK", str(mark)).replace("KEPT", str(kept))
    [row] = sheet_of(Paper("hw.py", text.encode()), Terms()).rows
    assert row.verdict == "error" and re.search(f"PermissionError: homework may not {why}", row.diagnosis), row
    assert not mark.exists() and kept.read_text() == "as it was"


def test_what_homework_may_import_and_do_is_not_refused():
    text = "import concurrent.futures, json, math, os, platform, random, subprocess, tempfile, threading, unittest\n"
    text += "from numpy.testing import assert_allclose\nos.listdir('/')\nplatform.platform()\n"
    text += "list(concurrent.futures.ThreadPoolExecutor().map(abs, [1]))\nopen(os.devnull, 'w').write('x')\n"
    rows = sheet_of(Paper("hw.py", (text + RIGHT).encode()), Terms()).rows
    assert [row.points for row in rows] == [10, 10], rows
