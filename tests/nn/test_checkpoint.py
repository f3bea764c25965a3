"""What is written whole or not at all, and refused when it is damaged or another run's."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from training_run import train

from nnmem.nn.checkpoint import CheckpointError, load_arrays, remove_partial, save_arrays
from nnmem.nn.optimisers import SGD

RESULTS = Path(__file__).parents[2] / "notebooks" / "results"


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
    with pytest.raises(CheckpointError, match="is not a zip file"):
        train(path, resume=True)
    path.write_text("hello")
    with pytest.raises(CheckpointError, match="is not a zip file"):
        train(path, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run": {"recipe": "other"}}, "recipe is 'test' there and 'other' here"),
        ({"run": {"recipe": "test", "size": 3}}, "size is None there and 3 here"),
        ({"run": {}}, "recipe is 'test' there and None here"),
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


def test_what_differs_is_named_in_alphabetical_order(tmp_path):
    path = tmp_path / "run.npz"
    train(path)
    with pytest.raises(CheckpointError) as error:
        train(path, resume=True, steps=70, clip_norm=2.0, run={"recipe": "other", "a": 1, "zeta": 2}, lr=0.1)
    names = [part.split(" is ")[0] for part in str(error.value).split(": ", 1)[1].split("; ")]
    assert names == ["a", "clip_norm", "lr", "recipe", "steps", "zeta"]


def test_a_checkpoint_of_other_sizes_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(path)
    about, arrays = load_arrays(path)
    arrays["params.W"] = np.ones((2, 4), np.float32)
    save_arrays(path, about, arrays)
    with pytest.raises(CheckpointError, match=r"params.W is float32 \(2, 4\), should be float32 \(2, 3\)"):
        train(path, resume=True)


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 10**400], ids=["below", "nan", "inf", "huge"])
def test_a_time_that_is_none_is_refused(tmp_path, seconds):
    path = tmp_path / "run.npz"
    train(path)
    about, arrays = load_arrays(path)
    save_arrays(path, {**about, "seconds": seconds}, arrays)
    with pytest.raises(CheckpointError, match="is no checkpoint of a run: seconds not as it should be"):
        train(path, resume=True)


def test_writing_leaves_the_old_file_or_the_new(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    save_arrays(path, {"n": 1}, {"x": np.ones(3)})

    def fails(file, *args, **kwargs):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np.lib.format, "write_array", fails)
    with pytest.raises(OSError, match="disk full"):
        save_arrays(path, {"n": 2}, {"x": np.zeros(3)})
    assert load_arrays(path)[0] == {"n": 1}
    assert list(tmp_path.iterdir()) == [path], "a full disk stays full"


def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path):
    path = tmp_path / "run.npz"
    path.mkdir()
    for do in (lambda: save_arrays(path, {}, {"x": np.ones(3)}), lambda: load_arrays(path)):
        with pytest.raises(CheckpointError, match="is no file that arrays could be in"):
            do()
    assert list(tmp_path.iterdir()) == [path]


def exactly(read):
    about, arrays = read
    return json.dumps(about), [(name, a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()]


def flip_each(path, bits):
    """Flip single bits of a file, one after the other; return how many were refused and how many changed nothing."""
    right, refused, harmless = exactly(load_arrays(path)), 0, 0
    with open(path, "r+b", buffering=0) as file:
        for place, bit in bits:
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ 1 << bit]))
            try:
                assert exactly(load_arrays(path)) == right, f"bit {bit} of byte {place}"
                harmless += 1
            except CheckpointError as error:
                assert len(str(error).splitlines()) == 1 and len(str(error)) < 600
                refused += 1
            file.seek(place)
            file.write(bytes([byte]))
    return refused, harmless


def test_no_flipped_bit_of_a_small_file_changes_what_is_read(tmp_path):
    path = tmp_path / "x.npz"
    arrays = {"params.W": np.arange(6, dtype=np.float32).reshape(2, 3).T, "words": np.array(["a", "bc"])}
    save_arrays(path, {"step": 3}, {**arrays, "none": np.zeros((0, 2))})
    bits = [(place, bit) for place in range(path.stat().st_size) for bit in range(8)]
    refused, harmless = flip_each(path, bits)
    assert refused > 4 * harmless > 0, "dates and the like change nothing"


def test_no_flipped_bit_in_the_headers_of_a_real_file_changes_what_is_read(tmp_path, long):
    path = tmp_path / "x.npz"
    path.write_bytes((RESULTS / "ntm-copy-seed0.npz").read_bytes())
    with zipfile.ZipFile(path) as file:
        starts = [(info.header_offset, len(info.filename)) for info in file.infolist()]
        directory = file.start_dir
    places = [start + place for start, name in starts for place in range(30 + name + 20 + 128)]
    bits = [(place, bit) for place in [*places, *range(directory, path.stat().st_size)] for bit in range(8)]
    refused, harmless = flip_each(path, bits[:: 1 if long else 61])
    assert refused > harmless > 0


def rewritten(path, change):
    """Write a file again with changed members: its own checksums are right, what it holds is not."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


def header(text):
    return b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text.encode() + b"\n"


def npy(array):
    content = BytesIO()
    np.save(content, array)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npy", None, "is damaged: x not as in its own list"),
        ("y.npy", npy(np.ones(2)), "is damaged: y not as in its own list"),
        ("x.npy", npy(np.ones(3, np.float32)), "is damaged: x not as in its own list"),
        ("x.npy", npy(np.full(3, 2.0)), "is damaged: what it holds is not what was written"),
        ("digest.npy", None, "is damaged: what it holds is not what was written"),
        ("about.npy", npy(np.array("[]")), "was not written by nnmem"),
        ("about.npy", npy(np.array("[" * 100_000)), "was not written by nnmem"),
        ("about.npy", npy(np.array('{"format": "nnmem 2", "arrays": [1]}')), "was not written by nnmem"),
        ("about.npy", npy(np.array('{"format": "nnmem 2", "arrays": null}')), "was not written by nnmem"),
        ("about.npy", npy(np.array('{"format": "nnmem 1"}')), "has format 'nnmem 1', this version reads"),
        ("notes.txt", b"hello", "cannot be read as .npz"),
        ("x.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}"), "cannot be read"),
        ("x.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (10**23,)}"), "cannot be read"),
        ("x.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 23 + ",)}"), "cannot be read"),
        ("x.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,"), "cannot be read"),
        ("x.npy", header("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}"), "cannot be read"),
        ("x.npy", header("'\x00"), "cannot be read"),
    ],
)
def test_members_that_are_not_as_they_were_are_refused(tmp_path, name, content, message):
    path = tmp_path / "x.npz"
    save_arrays(path, {"n": 1}, {"x": np.ones(3)})
    rewritten(path, lambda members: members.pop(name) if content is None else members.update({name: content}))
    with pytest.raises(CheckpointError, match=message) as error:
        load_arrays(path)
    assert len(str(error.value).splitlines()) == 1


def test_encrypted_or_strangely_compressed_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    save_arrays(path, {"n": 1}, {"x": np.ones(3)})
    whole = path.read_bytes()
    for place, value in ((6, 1), (8, 99)):
        data = bytearray(whole)
        central = data.index(b"PK\x01\x02")
        data[place] = data[central + place + 2] = value
        path.write_bytes(data)
        with pytest.raises(CheckpointError, match="cannot be read as"):
            load_arrays(path)


def test_what_is_written_is_read_and_twice_the_same_file(tmp_path):
    arrays = {
        "x": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "half": np.float16([0.1, np.nan]),
        "one": np.int64(3),
    }
    for name in "ab":
        save_arrays(tmp_path / f"{name}.npz", {"n": [1, None, "é"]}, arrays)
    about, read = load_arrays(tmp_path / "a.npz")
    assert about == {"n": [1, None, "é"]} and list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["x"], arrays["x"])


def test_a_link_is_followed_and_one_that_leads_nowhere_is_an_error(tmp_path):
    target, link = tmp_path / "elsewhere" / "y.npz", tmp_path / "x.npz"
    target.parent.mkdir()
    link.symlink_to(target)
    with pytest.raises(CheckpointError, match=r"x\.npz is a link to .*y\.npz, which is not there"):
        load_arrays(link)
    with pytest.raises(CheckpointError, match="is a link to"):
        train(link)
    with pytest.raises(CheckpointError, match="is a link to"):
        train(link, resume=True)
    train(target)
    assert train(link, resume=True)[1].step == 60
    save_arrays(link, {"n": 2}, {})
    assert link.is_symlink() and load_arrays(target)[0] == {"n": 2}
    assert not list(tmp_path.rglob("*.partial"))


def test_what_a_kill_left_is_removed(tmp_path):
    for name in ("run.npz", "run.npz.partial", "result.npz.partial"):
        (tmp_path / name).write_bytes(b"half")
    remove_partial(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    remove_partial(tmp_path / "not there")


def test_a_file_that_is_not_there_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_arrays(tmp_path / "none.npz")


def test_nothing_is_unpickled(tmp_path):
    path = tmp_path / "x.npz"
    save_arrays(path, {"n": 1}, {"x": np.ones(3)})
    rewritten(path, lambda members: members.update({"x.npy": npy(np.array([{}], dtype=object))}))
    with pytest.raises(CheckpointError, match="Object arrays cannot be loaded"):
        load_arrays(path)
