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
WRITTEN = 2**20
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
    "signal.pthread_kill",
    "socket.",
    "sqlite3.",
    "ctypes.",
    "resource.setrlimit",
    "resource.prlimit",
    "syslog.",
    "winreg.",
)
FILES = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.utime", "os.setxattr", "os.removexattr", "os.mkfifo", "os.mknod", "shutil.",
)  # fmt: skip
WITHOUT_AN_EVENT = (  # what starts or writes something and Python does not tell of, with the event that we make of it
    ("_posixsubprocess", "fork_exec", "os.fork"),
    ("subprocess", "_fork_exec", "os.fork"),
    *((module, name, f"os.{name}") for module in ("posix", "os") for name in ("mkfifo", "mknod")),
)
NOT_AGAIN = ("_posixsubprocess", "posix")  # importing them anew would bring back what they had


def limit(seconds: float) -> None:
    """Limit memory, processor time and written bytes of this process, where the system can do that."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows: the judge's clock is the only limit there
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def refuse(event: str, args: tuple[Any, ...]) -> None:
    """Refuse processes, signals, the network, foreign code and files written; the error names what was tried."""
    if event.startswith(PROCESSES) or (event == "import" and args[:1] and args[0] in NOT_AGAIN):
        raise PermissionError(f"homework may not start processes ({_tried(event, args)})")
    if event.startswith(OUTSIDE):
        raise PermissionError(f"homework may not reach out of its process ({event})")
    if event.startswith(FILES) or (event == "open" and _writes(args)):
        raise PermissionError(f"homework may not write files ({_tried(event, args)})")


def _tried(event: str, args: tuple[Any, ...]) -> str:
    """An event with what it is about, such as the file's name, where that is a text."""
    about = args[0] if args and isinstance(args[0], str) and event in ("open", "import") else ""
    return f"{event} {about[:60]}".strip()


def set_hooks() -> None:
    """Set the hook, which Python code cannot take away again, and let what it is not told of be told."""
    with suppress(ModuleNotFoundError):  # on Windows
        importlib.import_module("_posixsubprocess")
    for module, name, event in WITHOUT_AN_EVENT:
        if hasattr(sys.modules.get(module), name):
            setattr(sys.modules[module], name, _telling(event))
    sys.addaudithook(refuse)


def _telling(event: str) -> Callable[..., None]:
    def refused(*args: Any, **options: Any) -> None:
        sys.audit(event)

    return refused


def _writes(args: tuple[Any, ...]) -> bool:
    flags = args[2] if len(args) > 2 and isinstance(args[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)) and args[0] != os.devnull


class OnlyNumpy:
    """Refuses the import of anything but the standard library and numpy, however it is asked for."""

    allowed = frozenset({"numpy", *sys.stdlib_module_names}) - {"ctypes", "runpy"}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] not in self.allowed and not name.startswith(
            "_sysconfigdata"
        ):  # as the platform is called
            raise ImportError(f"homework has numpy alone, not {name}")


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
