"""One thread for products: those of small networks gain nothing from more, and their last digits depend on how many.

A training run follows its last digits: after a thousand steps a run on two threads is another run. NumPy's libraries
read how many there are when they are loaded, from the environment.
"""

from __future__ import annotations

import os
import subprocess
import sys

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def start_again_in_one_thread() -> None:
    """Start this Python process anew with one thread, unless whoever started it has said how many."""
    if any(name in os.environ for name in ONE_THREAD):
        return
    command, environment = [sys.executable, *sys.orig_argv[1:]], {**os.environ, **ONE_THREAD}
    if os.name == "posix":
        os.execve(sys.executable, command, environment)  # the same process: signals reach it as before
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)
