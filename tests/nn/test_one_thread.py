"""A command that trains gives the numbers of one thread, however many the machine has."""

import os
import subprocess
import sys

import numpy as np
import pytest

from nnmem.nn.one_thread import ONE_THREAD
from nnmem.recipes import Result

TRAIN = ["-m", "nnmem", "train", "dmn-babi", "--task", "2", "--epochs", "1", "--out"]
UNSAID = {name: value for name, value in os.environ.items() if name not in ONE_THREAD and name != "NNMEM_BABI"}


@pytest.mark.skipif(os.cpu_count() == 1, reason="there is but one thread")
def test_a_run_is_the_same_to_the_last_digit_with_and_without_a_word_about_threads(tmp_path):
    found = []
    for said in ({}, ONE_THREAD):
        folder = tmp_path / str(len(said))
        subprocess.run([sys.executable, *TRAIN, folder], env={**UNSAID, **said}, capture_output=True, check=True)
        found.append(Result.load(folder / "dmn-babi-seed0" / "result.npz"))
    for name, array in found[0].arrays.items():
        np.testing.assert_array_equal(array, found[1].arrays[name], err_msg=name)


SHOW = """
import os, sys
from nnmem.nn.one_thread import start_again_in_one_thread
start_again_in_one_thread()
print(os.environ.get("OPENBLAS_NUM_THREADS"), sys.argv[1:], sys.flags.optimize)
"""


@pytest.mark.parametrize(("said", "threads"), [({}, "1"), ({"OMP_NUM_THREADS": "3"}, "None")])
def test_what_was_said_of_threads_holds_and_the_command_stays_as_it_was(said, threads):
    command = [sys.executable, "-O", "-c", SHOW, "one", "two words"]
    shown = subprocess.run(command, env={**UNSAID, **said}, capture_output=True, check=True, text=True)
    assert shown.stdout.strip() == f"{threads} ['one', 'two words'] 1"
