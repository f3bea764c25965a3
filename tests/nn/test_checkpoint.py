"""What is written whole or not at all, and refused when it is damaged or another run's."""

import numpy as np
import pytest
from training_run import train

from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.nn.optimisers import SGD


@pytest.mark.parametrize("keep", [0, 10, 200, -1])
def test_a_truncated_checkpoint_is_refused(tmp_path, keep):
    path = tmp_path / "run.npz"
    train(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="cut short or something else"):
        train(path, resume=True)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(CheckpointError):
        train(path, resume=True)


def test_a_foreign_file_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    np.savez(path, W=np.ones(3))
    with pytest.raises(CheckpointError, match="not written by nnmem"):
        train(path, resume=True)
    np.save(tmp_path / "one.npy", np.ones(3))
    (tmp_path / "one.npy").rename(path)
    with pytest.raises(CheckpointError, match="it is no zip file"):
        train(path, resume=True)
    path.write_text("hello")
    with pytest.raises(CheckpointError, match="it is no zip file"):
        train(path, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run": {"recipe": "other"}}, "recipe is 'test' there and 'other' here"),
        ({"steps": 70}, "steps is 60 there and 70 here"),
        ({"lr": 0.1}, "lr is 'Cosine"),
        ({"optimiser": SGD(0.9)}, "optimiser is 'Adam"),
        ({"clip_norm": None}, "clip_norm is 1.0 there and None here"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_says_what_differs(tmp_path, changes, message):
    path = tmp_path / "run.npz"
    train(path)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="checkpoint of another run") as error:
        train(path, resume=True, **changes)
    assert message in str(error.value)
    assert path.read_bytes() == before


def test_a_checkpoint_of_other_sizes_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(path)
    about, arrays = load_arrays(path)
    arrays["params.W"] = np.ones((2, 4), np.float32)
    save_arrays(path, about, arrays)
    with pytest.raises(CheckpointError, match=r"params.W is float32 \(2, 4\), should be float32 \(2, 3\)"):
        train(path, resume=True)


def test_writing_leaves_the_old_file_or_the_new(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    save_arrays(path, {"n": 1}, {"x": np.ones(3)})

    def fails(*args, **kwargs):
        args[0].write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fails)
    with pytest.raises(OSError, match="disk full"):
        save_arrays(path, {"n": 2}, {"x": np.zeros(3)})
    assert load_arrays(path)[0] == {"n": 1}
