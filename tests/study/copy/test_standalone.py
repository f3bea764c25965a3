"""A copied source lives with numpy alone, gives the same bits, and checks itself."""

import ast
import dataclasses
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from other_pairs import PAIRS as OTHERS

import nnmem
from nnmem.cli import main
from nnmem.study.copy import sources
from nnmem.study.copy.own_check import MODELS, checked_pairs
from nnmem.study.copy.sources import CannotCopy
from nnmem.study.copy.standalone import standalone
from nnmem.study.index.lookup import EQUATIONS, PAIRS, examples

COPIED = [name for name in nnmem.__all__ if name != "grade"]  # grading needs the whole library beside it
ALONE = Path(__file__).parent / "numpy_alone.py"
OTHER_PYTHONS = [p for p in os.environ.get("NNMEM_OLD_PYTHONS", "").split(os.pathsep) if p]


def plain(value):
    """A value that can be read without this package."""
    if inspect.isfunction(value):
        return {"function": value.__name__}
    if hasattr(value, "_fields"):
        return {"class": type(value).__name__, "fields": tuple(map(plain, value))}
    if dataclasses.is_dataclass(value):
        fields = (getattr(value, field.name) for field in dataclasses.fields(value))
        return {"class": type(value).__name__, "fields": tuple(map(plain, fields))}
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def sent_function(function):
    """A function's name; for a model's method also the model: its class and its sizes."""
    model = getattr(function, "__self__", None)
    if model is None:
        return function.__name__
    return function.__name__, type(model).__name__, dataclasses.astuple(model)


def upstream(out, rng):
    if isinstance(out, tuple):
        return getattr(type(out), "_make", tuple)(upstream(part, rng) for part in out)
    return rng.normal(size=np.shape(out)).astype(out.dtype)


def call(forward, backward, args, options):
    """What one call of a pair gives, with random upstream gradients, in a form that can be sent away."""
    rng = np.random.default_rng(3)
    takes_rng = "rng" in inspect.signature(forward).parameters
    more = {"rng": np.random.default_rng(0)} if takes_rng else {}
    *outputs, cache = forward(*args, **options, **more)
    douts = [upstream(out, rng) for out in outputs]
    if takes_rng:
        douts = [upstream(outputs[1].astype(float), rng)]
    parameters = list(inspect.signature(backward).parameters)
    before, douts = parameters.index("cache"), douts[: len(parameters) - 1]
    gradients = backward(*douts[:before], cache, *douts[before:])
    sent = [plain(tuple(part)) for part in (douts[:before], douts[before:])]
    options = {key: plain(value) for key, value in {**options, **dict.fromkeys(more)}.items()}
    called = sent_function(forward), sent_function(backward)
    return *called, plain(args), options, sent, plain(tuple(outputs)), plain(gradients)


def calls_of(name):
    name = name.removesuffix("_forward").removesuffix("_backward")
    if name in OTHERS:
        drawn = [any(isinstance(v, np.random.Generator) for v in options.values()) for *_, options in OTHERS[name]]
        return [call(*each) for each, by_lot in zip(OTHERS[name], drawn, strict=True) if not by_lot]  # cannot be sent
    pair = getattr(nnmem, f"{name}_forward", None), getattr(nnmem, f"{name}_backward", None)
    if name not in PAIRS:
        return []
    both = [e._replace(args=tuple(a.astype(dtype) for a in e.args), options={
        k: v.astype(dtype) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v for k, v in e.options.items()
    }) for e in examples(name) for dtype in (np.float64, np.float32)]  # fmt: skip
    return [call(*pair, e.args, e.options) for e in both]


def handed_over(name):
    """What is copied beside a function to call it: a backward's forward, functions that an option holds."""
    values = [value for *_, options in OTHERS.get(name, ()) for value in options.values() if isinstance(value, tuple)]
    forward = [name.replace("_backward", "_forward")] if name.endswith("_backward") else []
    return forward + [part.__name__ for value in values for part in value if inspect.isfunction(part)]


def is_model(node):
    return isinstance(node, ast.ClassDef) and "forward" in (getattr(part, "name", "") for part in node.body)


@pytest.fixture(scope="module", params=[sys.executable, *OTHER_PYTHONS])
def alone(request):
    """Everything that can be copied, run in one fresh process that has numpy alone, and in those of other versions."""
    models = [name for m in sources.floor_modules("class ") for name, node in m.definitions.items() if is_model(node)]
    assert "PointerNetwork" in models
    names = dict.fromkeys([*COPIED, *OTHERS, *models, *MODELS, *(e.number for e in EQUATIONS)])
    work = {name: (standalone([name, *handed_over(name)], check=True), calls_of(name)) for name in names}
    command = [request.param, "-I", ALONE] + ["close"] * (request.param != sys.executable)
    done = subprocess.run(command, input=pickle.dumps(work), capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode()
    return work, pickle.loads(done.stdout)


def test_every_public_name_lives_with_numpy_alone(alone):
    work, results = alone
    assert set(results) == set(work) >= set(COPIED)
    assert {name: result for name, result in results.items() if result[0] != "ok"} == {}


def test_every_formula_was_compared_and_checked_itself(alone):
    work, results = alone
    for name in COPIED:
        if checked_pairs([name]):
            assert len(work[name][1]) >= 2, "compared with the library on its examples"
            assert " ok\n" in results[name][1] and "WRONG" not in results[name][1]
    assert all(len(work[name][1]) for name in OTHERS)
    for name in MODELS:
        assert results[name][1].count(" ok\n") == 10, "a model checks itself along ten directions"


def test_a_changed_bit_and_a_wrong_gradient_are_seen():
    source = standalone(["dot_score"], check=True)
    spoilt = {
        "value": source.replace(
            "scores = (X @ q[..., None])[..., 0]", "scores = (X @ q[..., None])[..., 0] * (1 + 1e-15)"
        ),
        "gradient": source.replace("(dscores[..., None, :] @ X)", "(-dscores[..., None, :] @ X)"),
        "import": "import nnmem\n" + source,
        "helper": source.replace("def outer", "def other"),
    }
    assert all(text != source for text in spoilt.values())
    work = {name: (text, calls_of("dot_score")) for name, text in spoilt.items()}
    done = subprocess.run([sys.executable, "-I", ALONE], input=pickle.dumps(work), capture_output=True, check=True)
    results = pickle.loads(done.stdout)
    assert "dot_score_forward gives something else" in results["value"][1]
    assert "AssertionError" in results["gradient"][1]
    assert "nnmem is not numpy" in results["import"][1]
    assert "outer" in results["helper"][1]


def test_it_says_where_it_comes_from_and_keeps_docstrings():
    source = standalone(["bilinear_score_forward", "8.3"])
    assert "# bilinear_score: equation (8.4), section 8.1.1, 双线性模型" in source and "equation (8.3)" in source
    assert f"nnmem {nnmem.__version__}, MIT licence" in source.splitlines()[-1]
    tree = ast.parse(source)
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    assert ast.get_docstring(functions["dot_score_backward"]) == inspect.getdoc(nnmem.dot_score_backward)
    assert "bilinear_score_backward" not in functions, "one function was asked for"
    assert "__main__" not in source and "__future__" not in source


def test_two_modules_may_use_one_name_for_different_things(tmp_path, monkeypatch):
    package = tmp_path / "nnmem"
    (package / "nn").mkdir(parents=True)
    (package / "nn" / "one.py").write_text("from nnmem.nn import two as t\nN = 1\ndef f(t2=N):\n    return N + t.g()\n")
    (package / "nn" / "two.py").write_text(
        "N = 2  # another\ndef _h(N):\n    return N\ndef g() -> 'Other':\n    return _h(N)\n"
    )
    (package / "nn" / "run.py").write_text("N = {}\nN['a'] = 1\n")
    (package / "nn" / "bad.py").write_text("import scipy\ndef f():\n    return scipy.inf\ndef g():\n    import torch\n")
    monkeypatch.setattr(sources, "__file__", str(package / "study" / "copy" / "sources.py"))
    sources.module.cache_clear()
    try:
        from nnmem.study.copy.standalone import Copier

        copier = Copier()
        copier.add(sources.module("nnmem.nn.one"), "f")
        namespace = {}
        exec("\n\n".join(copier.body()), namespace)
        assert namespace["f"]() == 3
        for name, why in (("f", "scipy"), ("g", "torch")):
            with pytest.raises(CannotCopy, match=why):
                Copier().add(sources.module("nnmem.nn.bad"), name)
        with pytest.raises(CannotCopy, match="line 2"):
            sources.module("nnmem.nn.run")
    finally:
        sources.module.cache_clear()


def test_the_command(capsys):
    assert main(["copy", "8.3", "--check"]) == 0
    shown = capsys.readouterr().out
    assert shown == standalone(["8.3"], check=True) and "\x1b" not in shown
    assert main(["copy", "no_such_thing"]) == 1
    assert "nothing is called no_such_thing" in capsys.readouterr().err
