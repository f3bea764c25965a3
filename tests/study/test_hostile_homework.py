"""What homework may not do where there is no bubblewrap: start processes, use the network, read or write files."""

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
    "import subprocess as s; (getattr(s, '_fork_exec', 0) or s._posixsubprocess.fork_exec)(*ASKED)": "os.fork",
    "import _posixsubprocess; _posixsubprocess.fork_exec(*ASKED)": "os.fork",
    "del vars(sys)['mod' + 'ules']['_posixsubprocess']\nimport _posixsubprocess": "import _posixsubprocess",
    "from multiprocessing import util; util.spawnv_passfds(b'/usr/bin/touch', [b'touch', b'MARK'], ())": "os.fork",
    "import multiprocessing as m; m.get_context('fork').Process(target=print).start()": "os.fork",
}
FRAME = """
up = sys._getframe()
while 'guard' not in up.f_globals:
    up = up.f_back
"""
OUTSIDE = {
    "import socket; socket.socket().bind(('127.0.0.1', 0))": "socket.",
    "import socket; socket.create_connection(('127.0.0.1', 9), 1)": "socket.",
    "import sqlite3; sqlite3.connect('MARK')": "sqlite3.connect",
    "os.kill(os.getppid(), 0)": "os.kill",
    "os.setpriority(os.PRIO_PROCESS, 0, 0)": "os.setpriority",
    "os.sched_setaffinity(0, [0])": "os.sched_setaffinity",
    "import signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)": "os.kill",
    f"{FRAME}up.f_globals['guard'].OUTSIDE = ()\nos.kill(os.getppid(), 0)": "os.kill",
    "import gc; gc.get_objects()": "gc.get_objects",
    "import gc; gc.get_referrers(os)": "gc.get_referrers",
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
    "os.devnull = 'MARK'; open('MARK', 'w')": "open /",
    "class Sly(str):\n    __ne__ = lambda self, other: False\nopen(Sly('MARK'), 'w')": "open",
    "flags = os.O_WRONLY | os.O_CREAT; os.O_WRONLY = os.O_CREAT = 0; os.open('MARK', flags)": "open /",
    "os.open('mark', os.O_CREAT, dir_fd=0)": "open mark",
}
READ = {
    "open('KEPT').read()": "open /",
    "os.open('KEPT', os.O_RDONLY)": "open /",
    "open(f'/proc/{os.getppid()}/mem', 'rb')": "open /proc",
    "np.load('KEPT')": "open /",
    f"{FRAME}open(up.f_globals['work'].__file__)": "open /",
}
IMPORTS = (
    "ctypes", "_ctypes", "tkinter", "_tkinter", "readline", "ssl", "fcntl", "_posixshmem", "dbm", "_testcapi", "cffi",
    "nnmem",
)  # fmt: skip
TRIES = [
    *((code, f"start processes \\({event}") for code, event in PROCESSES.items()),
    *((code, f"reach out of its process \\({event}") for code, event in OUTSIDE.items()),
    *((code, f"write files \\({event}") for code, event in FILES.items()),
    *((code, f"read files \\({event}") for code, event in READ.items()),
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


@pytest.mark.parametrize("name", IMPORTS)
@pytest.mark.parametrize("code", ["exec('import {}')", "sys.meta_path.reverse()\nexec('import {}')"])
def test_what_is_not_imported_however_it_is_asked_for(name, code):
    text = f"import sys\n{code.format(name)}\n{RIGHT}"
    [row] = sheet_of(Paper("hw.py", text.encode()), Terms()).rows
    assert row.verdict == "error" and f"homework has numpy alone, not {name}" in row.diagnosis, row


def test_an_original_kept_in_a_set_is_gone():
    text = f"import os\nassert not {{'mkfifo', 'mknod'}} & {{f.__name__ for f in os.supports_dir_fd}}\n{RIGHT}"
    assert [row.points for row in sheet_of(Paper("hw.py", text.encode()), Terms()).rows] == [10, 10]


def test_what_homework_may_import_and_do_is_not_refused():
    text = "import concurrent.futures, json, math, os, platform, random, subprocess, tempfile, threading, unittest\n"
    text += "import asyncio, collections, dataclasses, decimal, enum, logging, multiprocessing, pdb, typing\n"
    text += "from numpy.testing import assert_allclose\nos.listdir('/')\nplatform.platform()\n"
    text += "list(concurrent.futures.ThreadPoolExecutor().map(abs, [1]))\nopen(os.devnull, 'w').write('x')\n"
    rows = sheet_of(Paper("hw.py", (text + RIGHT).encode()), Terms()).rows
    assert [row.points for row in rows] == [10, 10], rows
