"""The walls around a pupil: bubblewrap where it is installed and works, else the process's own limits alone."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from nnmem.nn.one_thread import ONE_THREAD
from nnmem.study.grade.pupil import wire

# The pupil's files stand in packages of the same names that hold nothing else: the reference is not within reach.
IMPORTS = """
import sys, types
for name, path in ("nnmem", []), ("nnmem.study", []), ("nnmem.study.grade", [sys.argv[1]]):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = path
sys.path.append(sys.argv[2])
if sys.platform != "win32":
    sys.modules["_ctypes"] = sys.modules["ctypes"] = None  # numpy does without: foreign code is not within reach
from nnmem.study.grade.pupil import main
"""
BOOT = f"""{IMPORTS}
for name in [name for name in sys.modules if name.startswith("nnmem")]:
    del sys.modules[name]
sys.argv = ["homework"]
main.main()
"""
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
ENVIRONMENT = {
    **ONE_THREAD,
    **{name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ},
}


def command() -> list[str]:
    """What starts a pupil: an isolated Python with numpy and the pupil's own files, in a sandbox if there is one."""
    return [*walls(), *_python(BOOT)]


@functools.cache
def walls() -> tuple[str, ...]:
    """The sandbox's command line, empty where bubblewrap is missing or the system does not let it work."""
    program = shutil.which("bwrap")
    if program is None:
        return ()
    folders = [*SYSTEM, sys.prefix, sys.base_prefix, str(_numpy_folder()), str(_own_folder())]
    folders += [str(Path(sys.executable).resolve().parent)]
    binds = [part for folder in dict.fromkeys(folders) for part in ("--ro-bind-try", folder, folder)]
    # What is mounted later hides what was there: the binds come last, as nnmem, numpy or Python may be below /tmp.
    made = (program, "--unshare-all", "--die-with-parent", "--tmpfs", "/", "--dev", "/dev", "--proc", "/proc",
            "--tmpfs", "/tmp", *binds, "--remount-ro", "/", "--chdir", "/tmp", "--cap-drop", "ALL")  # fmt: skip
    try:
        tried = subprocess.run(
            [*made, *_python(IMPORTS)], capture_output=True, timeout=20, check=False, env=ENVIRONMENT
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return made if tried.returncode == 0 else ()


def _python(code: str) -> list[str]:
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", code, str(_own_folder().parent), str(_numpy_folder())]


def _own_folder() -> Path:
    return Path(wire.__file__).parent


def _numpy_folder() -> Path:
    return Path(np.__file__).parents[1]
