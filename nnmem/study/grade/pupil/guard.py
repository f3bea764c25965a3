"""Limits of the process that runs a student's code, and what it may not do there."""

from __future__ import annotations

import builtins
import importlib
import math
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

MEMORY = 2**30
PROCESSES = (
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.exec",
    "os.startfile",
    "subprocess.",
    "pty.",
    "cpython.PyInterpreterState_New",  # in which this hook would not hold
)
OUTSIDE = (
    "os.kill",
    "os.setpriority",
    "os.sched_set",
    "signal.pthread_kill",
    "socket.",
    "sqlite3.",
    "ctypes.",
    "resource.setrlimit",
    "resource.prlimit",
    "syslog.",
    "winreg.",
    "_winapi.",
    "gc.get_",  # finds the hook itself
)
FILES = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.chflags", "os.utime", "os.setxattr", "os.removexattr", "os.mkfifo", "os.mknod", "shutil.",
)  # fmt: skip
UNTOLD = "mkfifo", "mknod", "setpriority", "sched_setaffinity", "sched_setscheduler", "sched_setparam"
WITHOUT_AN_EVENT = (  # what starts, ends or writes something and Python does not tell of, with the event we make of it
    ("_posixsubprocess", "fork_exec", "os.fork"),
    ("subprocess", "_fork_exec", "os.fork"),
    *((module, "pidfd_send_signal", "os.kill") for module in ("_signal", "signal")),
    *((module, name, f"os.{name}") for module in ("posix", "os") for name in UNTOLD),
)
NOT_AGAIN = frozenset({"_posixsubprocess", "posix", "_signal"})  # imported anew they would have what they had
NO_IMPORTS = frozenset({  # of the standard library: what writes, starts or calls without an event
    "_ctypes", "_ctypes_test", "_curses", "_dbm", "_gdbm", "_posixshmem", "_ssl", "_tkinter", "ctypes", "dbm", "fcntl",
    "idlelib", "readline", "runpy", "ssl", "tkinter", "turtle", "turtledemo",
})  # fmt: skip
ALLOWED = frozenset({"numpy", *sys.stdlib_module_names}) - NO_IMPORTS
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(seconds: float) -> None:
    """Limit memory, processor time and written bytes of this process, where the system can do that."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows: the judge's clock is the only limit there
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),  # not a byte into a file, whoever asks
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def set_hooks() -> None:
    """Set the hook, which stays as long as the process, and let what it is not told of be told.

    All that the hook needs is bound before a homework runs: it looks up no name that a homework could give another
    value, and no module keeps it.
    """
    for name in ("_posixsubprocess", "signal"):
        with suppress(ModuleNotFoundError):  # on Windows
            importlib.import_module(name)
    for module, name, event in WITHOUT_AN_EVENT:
        if hasattr(sys.modules.get(module), name):
            os.supports_dir_fd.discard(getattr(sys.modules[module], name))
            setattr(sys.modules[module], name, _telling(event))
    for name in NO_IMPORTS & set(sys.modules):
        del sys.modules[name]
    sys.addaudithook(refusing())


def _readable() -> tuple[tuple[str, ...], frozenset[str]]:
    """Folders of Python's and numpy's own files, and single files that Python itself reads."""
    base = _spelt(sys.base_prefix), _spelt(sys.base_exec_prefix)
    own = [path for path in sys.path if _spelt(path).startswith(base) and not path.endswith("-packages")]
    folders = tuple(_spelt(path).rstrip("/") + "/" for path in [*own, np.__path__[0]])
    single = [os.devnull, sys.executable, os.path.realpath(sys.executable), *(p for p in own if p.endswith(".zip"))]
    return folders, frozenset(map(_spelt, single))


def _spelt(path: str) -> str:
    return path.replace("\\", "/").casefold()


def refusing() -> Callable[[str, tuple[Any, ...]], None]:
    """A hook that refuses processes, signals, the network, foreign code and files; the error says what was tried."""
    readable, alone = _readable()

    def refuse(
        event: str,
        args: tuple[Any, ...],
        processes: Any = PROCESSES,
        outside: Any = OUTSIDE,
        files: Any = FILES,
        not_again: Any = NOT_AGAIN,
        allowed: Any = ALLOWED,
        writing: int = WRITING,
        nowhere: str = os.devnull,
        folders: Any = readable,
        single: Any = alone,
        kind: Any = type,
        text: Any = str,
        raw: Any = bytes,
        number: Any = int,
        denied: Any = PermissionError,
        absent: Any = ImportError,
    ) -> None:
        about: Any = args[0] if args else None
        if kind(about) is raw:
            about = text(about, "utf-8", "surrogateescape")
        name = about if kind(about) is text else ""  # a class made from text may compare as it likes
        if event.startswith(processes) or (event == "import" and name in not_again):
            raise denied(f"homework may not start processes ({event}{' ' + name if event == 'import' else ''})")
        if event.startswith(outside):
            raise denied(f"homework may not reach out of its process ({event})")
        if event.startswith(files):
            raise denied(f"homework may not write files ({event})")
        path: Any = name
        if event == "import":
            first = name.partition(".")[0]
            if first not in allowed and not first.startswith("_sysconfigdata"):  # as the platform is called
                raise absent(f"homework has numpy alone, not {name}")
            if args[1] is None:
                return
            path = args[1] if kind(args[1]) is text else ""
        elif event != "open":
            return
        elif args[2] & writing and name != nowhere:
            raise denied(f"homework may not write files (open {name[:60]})")
        elif kind(about) is number:  # open already
            return
        path = path.replace("\\", "/").casefold()
        if path in single:
            return
        for folder in folders:
            if path.startswith(folder):
                rest = "/" + path.removeprefix(folder)
                if not ("-packages/" in rest or "/../" in rest or "/./" in rest or "//" in rest):
                    return
        raise denied(f"homework may not read files ({event} {name[:60]})")

    return refuse


def _telling(event: str) -> Callable[..., None]:
    def refused(*args: Any, **options: Any) -> None:
        sys.audit(event)

    return refused


class Ours:
    """What our own few lines in this process need, kept from a homework that writes into it."""

    def __init__(self) -> None:
        self.kept = {module: dict(vars(module)) for module in (np, np.linalg, np.random, math, builtins)}

    def put_back(self) -> str:
        """Undo changes; return the name of the first, or nothing."""
        found = ""
        for module, names in self.kept.items():
            for name, value in names.items():
                if vars(module).get(name) is not value:
                    setattr(module, name, value)
                    found = found or f"{module.__name__}.{name}"
        return found
