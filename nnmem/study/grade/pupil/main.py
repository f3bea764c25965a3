"""The pupil: reads what was handed in, runs it, and then does nothing but calls that the judge asks for.

It is started as a program of its own, with standard input and output for pipes to the judge. Before anything of the
student is touched, these move out of the way and the process is limited.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from nnmem.study.grade.pupil import guard, handed_in, wire, work


def main() -> None:
    """Answer the judge until it hangs up. Each answer carries the number that its question had."""
    asked = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    read = wire.exactly(asked)

    def answer(nonce: str, message: dict[str, Any]) -> None:
        answers.write(wire.pack({**message, "nonce": nonce}))
        answers.flush()

    first = wire.receive(read)
    guard.limit(first["seconds"])
    try:
        homework = handed_in.read(first["data"], first["notebook"], set(first["names"]))
    except handed_in.Refused as refused:
        answer(first["nonce"], {"refused": list(refused.told)})
        return
    except MemoryError:
        answer(first["nonce"], {"refused": ["it needs more memory than {size} GiB to be read", {"size": 1}]})
        return
    told = {"defined": homework.defined, "answers": homework.answers, "student": homework.student}
    answer(first["nonce"], {**told, "notices": [list(notice) for notice in homework.notices]})

    begin = wire.receive(read)
    guard.set_hooks()
    ours = guard.Ours()
    try:
        with np.errstate(), np.printoptions(), warnings.catch_warnings():
            functions = work.run(homework.tree, first["name"])
    except MemoryError:
        answer(begin["nonce"], {"refused": ["it needs more memory than {size} GiB when it is run", {"size": 1}]})
        return
    except EOFError:
        answer(begin["nonce"], {"refused": ["it reads standard input, which is empty here", {}]})
        return
    except BaseException as error:
        message = work.said(error)["message"]
        ends = isinstance(error, SystemExit)
        phrase = "it ends the process: {kind}: {message}" if ends else "it fails when it is run: {kind}: {message}"
        message = "its message cannot be printed" if message is None else message
        answer(begin["nonce"], {"refused": [phrase, {"kind": type(error).__name__, "message": message}]})
        return
    known = [name for name in homework.defined if name in first["names"]]
    named = {name: functions.get(handed_in.OWN + name, functions.get(name)) for name in known}
    if changed := ours.put_back():
        answer(begin["nonce"], {"refused": ["it changes {what}", {"what": changed}]})
        return
    answer(begin["nonce"], {"signatures": work.signatures(named)})
    pupil = work.Work(named)
    while True:
        try:
            question = wire.receive(read)
        except EOFError:
            return
        try:
            found = work.batch(pupil, question["calls"], ours.put_back)
        except BaseException as error:  # KeyboardInterrupt, GeneratorExit and their like
            found = {"interrupted": type(error).__name__, "changed": ours.put_back()}
        answer(question["nonce"], found)
