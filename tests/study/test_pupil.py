"""The process that runs a student's code, part by part: its messages, its limits, what it reads and what it calls."""

import ast
import builtins
import json
import math
import multiprocessing
import os
import sys
import types

import numpy as np
import pytest

from nnmem.study.grade.pupil import guard, handed_in, wire, work


def stream(data):
    def read(count):
        nonlocal data
        if len(data) < count:
            raise EOFError
        part, data = data[:count], data[count:]
        return part

    return read


def same(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return type(b) is np.ndarray and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and (a == b or a != a)


def test_messages_come_as_they_went(rng):
    arrays = [rng.normal(size=(2, 3)), np.arange(4, dtype=np.int32), np.array(True), np.zeros((0, 2), np.float16)]
    message = {
        **{"arrays": arrays, "file": b"\x00\xffbytes", "none": None, "text": "文字", "number": -1.5, "whole": 7},
        **{"nested": {"deep": ({"array": np.asfortranarray(arrays[0])}, [1, [2]])}, "nan": float("nan"), "yes": True},
    }
    assert same(message, wire.receive(stream(wire.pack(message))))
    two = stream(wire.pack({"a": 1}) + wire.pack({"b": arrays[1]}))
    assert wire.receive(two) == {"a": 1} and same(wire.receive(two), {"b": arrays[1]})
    with pytest.raises(EOFError):
        wire.receive(two)
    found = wire.receive(stream(wire.pack({"x": arrays[0]})))["x"]
    found[0] = 0  # an array of one's own


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"", b""),
        (b"[1]", b""),
        (b"[[], [], 3]", b""),
        (b'[[], ["a"]]', b""),
        (b"[5, []]", b""),
        (b'[{"dict": {"a": {"bytes": 0}}}, [-1]]', b"ab"),
        (b'[{"dict": {"a": {"bytes": 0}}}, [3]]', b"ab"),
        (b'[{"dict": {"a": {"bytes": 1}}}, [2, 1]]', b"ab"),
        (b'[{"dict": {"a": {"bytes": 1}}}, [1]]', b"ab"),
        (b'[{"dict": {"a": {"array": 0}}}, [2]]', b"ab"),
        (b'[{"dict": [], "more": 1}, []]', b""),
        (b"[" * 100_000, b""),
    ],
)
def test_what_is_no_message_is_refused(header, body):
    with pytest.raises(wire.BadMessage):
        wire.unpack(header, body)


def test_lengths_are_checked_before_anything_is_read():
    for sizes in ((wire.MOST_HEADER + 1, 0), (2, wire.MOST_BYTES + 1)):
        asked = []

        def read(count, sizes=sizes, asked=asked):
            asked.append(count)
            return wire.PREFIX.pack(*sizes)

        with pytest.raises(wire.BadMessage):
            wire.receive(read)
        assert asked == [8]
    assert wire.unpack(b'[{"dict": {"a": {"bytes": 0}, "b": {"bytes": 1}}}, [1, 1]]', b"ab") == {"a": b"a", "b": b"b"}


def npy(descr="<f8", order="False", shape="(2,)", data=bytes(16), version=b"\x01\x00"):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header + data


def test_arrays_hold_as_many_numbers_as_they_say():
    assert wire.array(npy(data=np.array([1.5, 2]).tobytes())).tolist() == [1.5, 2]
    columns = wire.array(npy(order="True", shape="(2, 3)", data=np.arange(6.0).tobytes()))
    assert columns.tolist() == [[0, 2, 4], [1, 3, 5]] and columns.flags.writeable
    assert (
        wire.array(npy(shape="()", data=bytes(8))).shape == () and wire.array(npy("|b1", data=bytes(2))).dtype == bool
    )
    assert wire.array(npy(shape="(0, 5)", data=b"")).shape == (0, 5)
    for wrong in (
        npy(data=bytes(15)), npy(data=bytes(17)), npy(shape="(-2, -1)"), npy("<c16", data=bytes(32)), npy("|O"),
        npy("<M8[s]"), npy(version=b"\x02\x00"), npy(shape="(2,", data=bytes(16)), b"", npy()[:30],
        npy(shape="(" + "1," * 30 + ")", data=bytes(8)), npy("<U1", data=bytes(8)),
    ):  # fmt: skip
        with pytest.raises(wire.BadMessage):
            wire.array(wrong)
    assert wire.array(npy(shape="(" + "1," * 29 + ")", data=bytes(8))).ndim == 29


def test_a_stream_gives_all_or_ends():
    with open(os.devnull, "rb") as nothing, pytest.raises(EOFError):
        wire.exactly(nothing)(1)

    class Closed:
        def read(self, count):
            return None

    with pytest.raises(EOFError):
        wire.exactly(Closed())(0)
    import io

    read = wire.exactly(io.BytesIO(b"abc"))
    assert (read(2), read(1), read(0)) == (b"ab", b"c", b"")


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (("os.fork", "os.posix_spawn", "os.system", "os.exec", "subprocess.Popen", "pty.spawn"), "start processes"),
        (("os.kill", "socket.connect", "ctypes.dlopen", "resource.setrlimit", "signal.pthread_kill"), "reach out"),
        (("os.remove", "os.rename", "os.mkdir", "os.chmod", "shutil.rmtree", "os.truncate"), "write files"),
        (("os.setxattr", "os.mkfifo", "os.mknod"), "write files"),
    ],
)
def test_events_that_homework_may_not_cause(events, why):
    refuse = guard.refusing()
    for event in events:
        with pytest.raises(PermissionError, match=rf"homework may not {why}.* \({event}\)"):
            refuse(event, ())
    for event in ("compile", "exec", "os.listdir", "os.getpid"):
        assert refuse(event, ("file", "r", 0)) is None


class Sly(str):
    """A text that says that it is whatever it is compared with."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return hash(os.devnull)


def test_files_are_not_written(monkeypatch):
    refuse = guard.refusing()
    allowed = json.__file__
    writing = os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_RDONLY | os.O_CREAT
    for name in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"):
        monkeypatch.setattr(os, name, 0)
    nowhere = os.devnull
    monkeypatch.setattr(os, "devnull", allowed)
    monkeypatch.setattr(guard, "WRITING", 0)
    for flags in writing:
        for path in (allowed, allowed.encode()):
            with pytest.raises(PermissionError, match=r"homework may not write files \(open /.*\)"):
                refuse("open", (path, "w", flags))
        for path in (3, Sly(allowed), None):
            with pytest.raises(PermissionError, match=r"homework may not write files \(open \)"):
                refuse("open", (path, "w", flags))
        assert refuse("open", (nowhere, "w", flags)) is None
        assert refuse("other", (allowed, "w", flags)) is None


def test_python_s_own_files_are_read_and_no_others():
    refuse = guard.refusing()
    numpy, packages = np.__path__[0], os.path.dirname(np.__path__[0])
    own = (json.__file__, numpy + "/linalg/__init__.py", os.devnull, sys.executable, json.__file__.encode(), 3)
    for path in own:
        assert refuse("open", (path, "r", os.O_RDONLY)) is None
    standard = os.path.dirname(os.path.dirname(json.__file__))
    for path in (
        "file", "/etc/passwd", f"{packages}/cffi/api.py", f"{standard}/site-packages/cffi/api.py", guard.__file__, "",
        f"{numpy}/../cffi/api.py", f"{standard}/json/../../secret", f"{standard}/./site-packages/a.py",
        f"{standard}//site-packages/a.py", f"{numpy}x/a.py", Sly("/etc/passwd"), b"/etc/passwd", None,
    ):  # fmt: skip
        with pytest.raises(PermissionError, match=r"homework may not read files \(open .*\)"):
            refuse("open", (path, "r", os.O_RDONLY))


def test_what_starts_processes_is_not_imported_anew():
    refuse = guard.refusing()
    for name in ("_posixsubprocess", "posix", "_signal"):
        with pytest.raises(PermissionError, match=rf"may not start processes \(import {name}\)"):
            refuse("import", (name, None))
    assert refuse("compile", ("posix",)) is None


def test_only_numpy_and_python_s_own_are_imported():
    refuse = guard.refusing()
    for name in ("numpy", "numpy.linalg", "math", "json.decoder", "_sysconfigdata__linux"):
        assert refuse("import", (name, None)) is None
    for name in ("scipy", "nnmem.nn", "ctypes", "_ctypes", "ctypes.util", "runpy", "torch.nn", "fcntl", "_testcapi"):
        with pytest.raises(ImportError, match=f"homework has numpy alone, not {name}"):
            refuse("import", (name, None))
    with pytest.raises(ImportError):
        refuse("import", (Sly("scipy"), None))
    assert refuse("import", ("numpy.a", np.__path__[0] + "/a.so")) is None
    with pytest.raises(PermissionError, match=r"may not read files \(import numpy.a\)"):
        refuse("import", ("numpy.a", "/tmp/a.so"))


def test_what_homework_changes_of_ours_is_put_back(monkeypatch):
    ours, exp, abs_ = guard.Ours(), np.exp, builtins.abs
    assert ours.put_back() == ""
    monkeypatch.setattr(np, "exp", lambda x: x)
    monkeypatch.setattr(np.linalg, "norm", None)
    assert ours.put_back() == "numpy.exp" and np.exp is exp and np.linalg.norm is not None and ours.put_back() == ""
    monkeypatch.setattr(builtins, "abs", len)
    assert ours.put_back() == "builtins.abs" and abs is abs_
    monkeypatch.delattr(math, "pi")
    monkeypatch.setattr(np.random, "normal", None)
    assert ours.put_back() == "numpy.random.normal" and math.pi > 3


def limits(seconds, before, send):
    import resource

    for what, value in before.items():
        resource.setrlimit(what, value)
    guard.limit(seconds)
    kinds = resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_CORE
    send.send({what: resource.getrlimit(what) for what in kinds})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits")
def test_a_process_is_limited_and_never_less_than_it_was():
    import resource

    for before in ({}, {resource.RLIMIT_FSIZE: (1000, 2000), resource.RLIMIT_CPU: (1000, 1000)}):
        receive, send = multiprocessing.Pipe(False)
        child = multiprocessing.get_context("fork").Process(target=limits, args=(7.5, before, send))
        child.start()
        send.close()
        found = receive.recv()
        child.join()
        assert found[resource.RLIMIT_AS][0] == 2**30 and found[resource.RLIMIT_CORE][0] == 0
        assert found[resource.RLIMIT_CPU] == (
            12,
            before.get(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU))[1],
        )
        assert found[resource.RLIMIT_FSIZE][0] == 0


def read(text, notebook=False, names=()):
    return handed_in.read(text if isinstance(text, bytes) else text.encode(), notebook, set(names))


def refused(text, **more):
    with pytest.raises(handed_in.Refused) as caught:
        read(text, **more)
    phrase, values = caught.value.told
    return phrase.format(**values)


SOURCE = '''"""About."""
import numpy as np, math
from numpy.linalg import norm
STUDENT = "Wei"
softmax_answer = np.array([[1, 2.5]])
other_answer = print(3)
limit = 3
a = b = lambda x: x

def f(x: int) -> int:
    """Doubled."""
    return 2 * x  # twice

async def g():
    pass

class K:
    def inner(self):
        pass

if __name__ == "__main__":
    import matplotlib
'''


def test_a_file_is_read_without_being_run():
    found = read(SOURCE)
    assert list(found.defined) == ["f", "g", "STUDENT", "limit", "a", "b"] and found.student == "Wei"
    assert found.defined["f"] == "return 2 * x" and found.defined["a"] == "lambda x: x"
    assert found.answers["softmax_answer"].tolist() == [[1, 2.5]] and found.answers["other_answer"] == {
        "call": "print(3)"
    }
    assert not any(isinstance(node, ast.If) for node in found.tree.body) and found.notices == []
    again = (
        read("def f(y):\n  return 2*y").defined["f"],
        read("def f( x ):\n\n  '''Other.'''\n  return 2*x").defined["f"],
    )
    assert again[0] != found.defined["f"] == again[1]
    hinted = read("def f(x):\n  def g(y: int, *, k: str = 'a') -> int:\n    return y\n  return g(x)").defined["f"]
    assert hinted == read("def f(x):\n  def g(y, *, k='a'):\n    return y\n  return g(x)").defined["f"]
    assert read("STUDENT = 12").student == "12" and read("STUDENT = [1]").student == read("x = 1").student == ""


def test_names_count_however_they_are_given():
    several = read("def f(x):\n  return x\ng, (h, k) = f, (lambda x: 2 * x, f)\nm, n = pair()\no: object = f").defined
    assert list(several) == ["f", "g", "h", "k", "m", "n", "o"]
    assert several["g"] == several["k"] == several["o"] == "return x" and several["h"] == "lambda x: 2 * x"
    nested = "try:\n  if 1:\n    def f(): pass\n  else:\n    def g(): pass\nexcept E:\n  h = 1\nfinally:\n  k = 2"
    assert set(read(nested).defined) == {"f", "g", "h", "k"}
    assert set(read("def f():\n  def g(): pass\nclass A:\n  def h(self): pass\nf = f").defined) == {"f"}
    cell = {"cell_type": "code", "source": "try:\n  def f(): pass\nexcept E: pass\nif check(): print(1)"}
    kept = read(json.dumps({"cells": [cell]}), notebook=True)
    assert list(kept.defined) == ["f"] and len(kept.tree.body) == 1


def test_the_code_of_a_function_is_also_that_of_what_it_uses():
    def code(helper, rest="X = 1", use="step(x)"):
        return read(f"def step(x):\n  return {helper}\n{rest}\ndef f(x, X=0):\n  return {use}", names=["f"]).defined

    assert code("x + 1")["f"] == code("x + 1", "X = 2")["f"] != code("x - 1")["f"], "X is an argument"
    assert code("x * EPS", "EPS = 1")["f"] != code("x * EPS", "EPS = 2")["f"]
    assert code("f(x)")["f"] == "return step(x)\n# it uses\nreturn f(x)" and code("x")["step"] == ""
    assert code("x", use="x")["f"] == "return x"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import scipy.linalg", "it imports scipy.linalg (line 1); homework has numpy alone"),
        ("\nfrom . import x", "it imports . (line 2); homework has numpy alone"),
        ("def f():\n    import ctypes", "it imports ctypes (line 2); homework has numpy alone"),
        ("from torch import nn", "it imports torch (line 1); homework has numpy alone"),
        ("x = __import__", "it calls __import__ (line 1); homework has numpy alone"),
        ("import sys\nsys.modules['x'] = 1", "it looks into sys.modules (line 2); homework has numpy alone"),
        ("import importlib", "it imports importlib (line 1); homework has numpy alone"),
        ("x = (1,\n", "a syntax error in line 1: '(' was never closed"),
        ("x = f（1)", "a Chinese punctuation mark in the code, line 1: （ should be ("),
        ("x = 1\ny = ‘a’", "a Chinese punctuation mark in the code, line 2: ‘ should be '"),
        (b"PK\x03\x04...", "it is a zip archive: give it to nnmem grade with its ending .zip, or unpack it"),
        (b"\xff\xfea", "it is in no encoding that is known: save it as UTF-8"),
        (b"x = '\x81\xff'", "it is in no encoding that is known: save it as UTF-8"),
        ("x" * 300_001, "it has 300001 characters of code, far too much for homework"),
        ("x = " + "-" * 100_000 + "1", "it cannot be read: an expression in it is too long for Python"),
    ],
)  # fmt: skip
def test_what_cannot_be_graded_says_why(text, why):
    assert refused(text) == why


def test_sys_alone_and_modules_of_others_are_no_reach():
    assert read("import sys\nclass a: modules = 1\na.modules\nsys.path\nx = 'a' * 9").answers == {}
    assert len(ast.unparse(read("#" * 299_990 + "\nx = 1").tree)) == 5


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", None), ("utf-8-sig", None), ("utf-16", "UTF-16"), ("gb18030", "GB18030")]
)
def test_encodings(encoding, shown):
    found = read("STUDENT = '王芳'\r\nx = 1\r\n".encode(encoding))
    assert found.student == "王芳"
    told = [phrase.format(**values) for phrase, values in found.notices]
    assert told == ([] if shown is None else [f"read as {shown}: better save it as UTF-8"])
    assert read("# coding: gbk\nSTUDENT = '王芳'".encode("gbk")).student == "王芳"
    big = read(b"\xfe\xff" + "STUDENT = '王'".encode("utf-16-be"))
    assert big.student == "王" and big.notices


def notebook(*cells, **more):
    return json.dumps({"cells": [{"cell_type": "code", "source": [cell], **more} for cell in cells]})


def test_a_notebook_s_definitions_are_kept():
    cells = (
        "%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt\n!pip install x\nnp.exp?\nx = %who",
        "STUDENT = 'Li'\ndef f(x):\n    return x\nplt.plot(f(1))\nprint(2)\ngrade = nnmem.grade(f)\nN: int = 3",
        "%%bash\nrm -rf x",
        "%%time\ndef g():\n    return N\nclass K: pass",
        "this is no Python",
    )
    found = read(notebook(*cells), True, ["f", "g"])
    assert list(found.defined) == ["f", "g", "STUDENT", "N"] and found.student == "Li"
    kept = [type(node).__name__ for node in found.tree.body]
    assert kept == ["Import", "Assign", "FunctionDef", "AnnAssign", "FunctionDef", "ClassDef"]
    marked = json.loads(notebook(*cells))
    marked["cells"][1]["metadata"] = {"nbgrader": {"grade": True}}
    marked["cells"][3]["cell_type"] = "markdown"
    assert list(read(json.dumps(marked), True).defined) == []
    assert refused(notebook("x = 1", "def f(x):\n  return (\n"), notebook=True, names=["f"]).startswith(
        "a syntax error in cell 2, line 2: "
    )
    assert read(notebook("def f(x):\n  return (\n"), True, ["g"]).defined == {}
    assert refused(notebook("x = 1 #" + "a" * 200_000, "#" * 100_000), notebook=True).startswith("it has 300007 ch")
    for wrong in ("{", "[]", '{"cells": 3}', '{"cells": [{"source": "x"}]}'):
        assert refused(wrong, notebook=True).startswith("it cannot be read as a notebook: ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("[1, 2]", [1, 2]), ("np.array([0.5])", [0.5]), ("numpy.array([[True]])", [[True]]), ("-2.5", -2.5),
        ("True", True), ("[[]]", [[]]),
    ],
)  # fmt: skip
def test_answers_that_are_arrays(text, value):
    found = handed_in._literal(ast.parse(text, mode="eval").body)
    assert isinstance(found, np.ndarray) and found.tolist() == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'dot'", "dot"), ("None", None), ("f(1)", {"call": "f(1)"}), ("np.array([x])", {"call": "[x]"}),
        ("np.array([1], int)", {"call": "np.array([1], int)"}), ("['a']", {"odd": True}), ("[1, [2]]", {"odd": True}),
        ("1j", {"odd": True}), (str(2**53), str(2**53)), (str(-(2**53)), str(-(2**53))), ("a" * 99, {"call": "a" * 80}),
        ("[" + "1," * 10_000 + "]", {"odd": True}),
    ],
)  # fmt: skip
def test_answers_that_are_none(text, value):
    assert handed_in._literal(ast.parse(text, mode="eval").body) == value


def asked(function, *args, outputs=1, keep=None, forget=False, **options):
    return {
        **{"function": function, "args": list(args), "options": options, "outputs": outputs, "keep": keep},
        **({"forget": True} if forget else {}),
    }


def test_calls_give_arrays_and_what_became_of_arguments(rng):
    X = rng.normal(size=(2, 3))

    def forward(x, scale=1.0, rng=None):
        y = scale * x if rng is None else x + rng.normal(size=x.shape)
        return y, y.sum(), {"x": x, "y": y}

    def backward(dy, cache):
        dy *= 2
        return cache["x"] * dy, [1, 2], "a"

    pupil = work.Work({"forward": forward, "backward": backward, "one": lambda x: (x,), "alone": lambda x: x.tolist()})
    reply = pupil.perform(asked("forward", X, outputs=2, keep=5, scale=3.0))
    assert same([3 * X, np.array((3 * X).sum())], reply["values"]) and reply["after"] == [None, None]
    assert (reply["count"], reply["kind"]) == (3, "tuple")
    dy = np.ones((2, 3))
    reply = pupil.perform(asked("backward", dy, {"cache": 5}, outputs=None))
    assert same([2 * X, np.array([1, 2]), {"odd": "str"}], reply["values"]) and reply["count"] == 3
    assert same(reply["after"], [2 * dy, None]) and (dy == 1).all(), "its own copy was changed"
    other = {"cache": 5, "outputs": [np.zeros((2, 3)), np.array(0.0)]}
    assert pupil._given(other)["y"].tolist() == np.zeros((2, 3)).tolist() and pupil._given(other)["x"] is not X
    assert same(pupil.perform(asked("one", X))["values"], [X]) and pupil.perform(asked("one", X))["kind"] == "tuple"
    assert same(pupil.perform(asked("alone", X))["values"], [X]) and pupil.perform(asked("alone", X))["kind"] == "list"
    held = pupil.kept[5][2][0][1]
    held += 1
    assert (pupil._given({"cache": 5})["x"] == X + 1).all(), "as the forward left it"
    assert (pupil._given(other)["x"] == X).all(), "as it was handed over"
    drawn = pupil.perform(asked("forward", X, outputs=2, keep=1, rng={"seed": 3}))["values"][0]
    np.testing.assert_array_equal(drawn, X + np.random.default_rng(3).normal(size=(2, 3)))
    given = {"value": [1, [2]]}
    assert pupil._given(given) == [1, [2]] and pupil._given(given)[1] is not given["value"][1]
    found = pupil.perform(asked("alone", X, outputs=1, keep=2))
    assert same(found["values"], [X[0]]) and found["count"] == 2
    pupil.perform(asked("one", X, forget=True))
    assert pupil.kept == {}


def test_a_forward_that_returns_too_much_or_an_array_alone():
    x = np.arange(3.0)
    values, told = work._outputs((x, x, "cache"), 1, 7)
    assert same(values, [x, x, {"odd": "str"}]) or len(values) == 3
    assert told == {"count": 3, "kind": "tuple"}
    values, told = work._outputs((x, "cache"), 1, 7)
    assert same(values, [x]) and told == {"count": 2, "kind": "tuple"}
    values, told = work._outputs([x, x, None], None, 7)
    assert same(values, [x, x]) and told == {"count": 3, "kind": "list"}
    for alone in (x, 1.5, 2, np.float32(1)):
        assert work._outputs(alone, 1, 7) == ([], {"kind": "array"})
    assert work._outputs("a", 1, 7) == ([], {"kind": "str"})
    assert work._outputs((x, x), 2, None)[1] == {"count": 2, "kind": "tuple"}
    assert same(work._outputs(x, 2, None)[0], [x]) and same(work._outputs([x], 1, None)[0], [x[None]])


def test_values_that_are_no_arrays_of_numbers():
    class Odd:
        def __array__(self, *args, **more):
            raise RuntimeError

    class Own(np.ndarray):
        pass

    odd = {"masked array": np.ma.array([1, 2]), "Odd": Odd(), "dtype complex128": np.array([1j]), "list": ["a"]}
    odd |= {"NoneType": None, "dtype <U1": np.array(["a"])}
    for name, value in odd.items():
        assert work._plain(value) == {"odd": name}
    x = np.arange(3.0)
    found = work._plain(x.view(Own))
    assert type(found) is np.ndarray and same(found, x) and not np.shares_memory(work._plain(x), x)
    assert work._plain(np.zeros((1001, 1000), bool)) == {"large": [1001, 1000]}
    assert work._plain(np.zeros((1000, 1000), bool)).shape == (1000, 1000)


def test_changed_arguments_are_seen():
    x = np.array([1.0, np.nan])
    assert not work._differs(x, x.copy()) and work._differs(x, x[:1]) and work._differs(x, np.array([1.0, 2.0]))
    assert work._differs(np.array([1, 2]), np.array([1, 3])) and not work._differs(np.array([1]), np.array([1]))
    assert not work._differs(1, 2) and not work._differs(x, None)


def test_outputs_in_a_cache_are_exchanged_wherever_they_stand():
    import collections

    Kept = collections.namedtuple("Kept", "a b")
    y, z, x = np.array([1.0, np.nan]), np.array([3.0]), np.array([5.0])
    new = [np.array([7, 8]), np.array([9])]
    cache = {"k": (y.copy(), [x, z]), "n": Kept(y, "text")}
    found = work._mended(cache, [y, z], new)
    assert found["k"][0].tolist() == [7, 8] and found["k"][0].dtype == np.float64
    assert found["k"][1][0] is x and found["k"][1][1].tolist() == [9] and type(found["k"][1]) is list
    assert type(found["n"]) is Kept and found["n"].a.tolist() == [7, 8] and found["n"].b == "text"
    space = types.SimpleNamespace(y=y)
    assert work._mended(space, [y], new) == space and work._mended(space, [y], new) is not space
    assert work._mended(x, ["text", z], new) is x and work._mended(5, [y], new) == 5
    small = [np.array([7.0, 8.0], np.float32)]
    found = work._mended((y, x, np.float64(2), 2.0, new[0], "text"), [y], small)
    assert [getattr(each, "dtype", None) for each in found] == [np.float32] * 3 + [None, new[0].dtype, None]
    assert found[0].tolist() == [7, 8] and found[1].tolist() == [5] and x.dtype == np.float64


def test_errors_are_told_with_the_student_s_line():
    text = "def f(x):\n    y = x\n    return g(y)\ndef g(y):\n    raise ValueError('a  b\\n\\x07 ' + 'c' * 300)\n"
    functions = work.run(ast.parse(text + "def h():\n    raise SystemExit(3)\n"), "hw.py")
    assert functions["__file__"] == "hw.py" and sys.modules.pop("homework").f is functions["f"]
    pupil = work.Work(functions)
    reply = pupil.perform(asked("f", 1))
    assert (reply["raised"], reply["bases"]) == ("ValueError", ["ValueError", "Exception", "BaseException"])
    assert reply["said"] == {"message": ("a b ? " + "c" * 300)[:200], "line": 5}
    assert pupil.perform(asked("h"))["raised"] == "SystemExit"

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert work.said(Mute()) == {"message": None, "line": None}
    assert work.said(KeyError("a")) == {"message": "'a'", "line": None}


def test_signatures_and_batches():
    found = work.signatures({"f": lambda x, *, k=1, **more: x, "odd": 3, "g": len})
    assert found["f"] == [
        ["x", False, "POSITIONAL_OR_KEYWORD"],
        ["k", True, "KEYWORD_ONLY"],
        ["more", False, "VAR_KEYWORD"],
    ]
    assert "odd" not in found
    pupil = work.Work({"f": lambda x: x})
    replies = work.batch(pupil, [asked("f", 1.0), asked("f", 2.0)], lambda: "np.exp")
    assert [reply["values"][0].tolist() for reply in replies["replies"]] == [1, 2] and replies["changed"] == "np.exp"
