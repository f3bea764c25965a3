import json

import numpy as np

from nnmem.nn.optimisers import Halving
from nnmem.nn.progress import Progress


def test_progress_is_json_and_schedules_follow_it():
    progress = Progress()
    progress.record("score", np.float32(0.5))
    assert json.loads(json.dumps(progress.history)) == {"loss": [], "score": [[0, 0.5]]}
    assert [Halving(0.8, 10)(Progress(step)) for step in (0, 9, 10, 25)] == [0.8, 0.8, 0.4, 0.2]
    assert [Halving(0.8, 10, start=7)(Progress(step)) for step in (0, 16, 17, 27)] == [0.8, 0.8, 0.4, 0.2]
