"""Every model with a memory stands in the framework, and its reading there is the one that the model makes itself."""

import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem.models
from nnmem.models.memory_framework import FORMS, MemoryForm, form_of
from nnmem.models.memory_qa.dynamic_memory_network import DMN
from nnmem.models.memory_qa.memn2n import MemN2N, Stories
from nnmem.models.memory_qa.memory_network import MemoryNetwork
from nnmem.models.memory_qa.told import Told
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.nn.lstm import lstm_forward
from nnmem.nn.tree import tree_map

FOLDERS = "memory_qa", "pointer", "turing", "structures"
WITHOUT = {  # models of these folders that are parts, or have no memory beside their state
    "TreeMemory",
    "AttentiveLSTM",
    "BertEncoder",
    "FactMemory",
    "WordBag",
    "WordsInContext",
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name.en)
def test_it_starts_answers_and_learns(form):
    for name, first in (("init", ["self", "rng"]), ("forward", ["self", "params"]), ("backward", ["self"])):
        given = list(inspect.signature(getattr(form.model, name)).parameters)
        assert given[: len(first)] == first, f"{form.model.__name__}.{name}({', '.join(given)})"
    assert all(text.en and text.zh for text in vars(form).values() if hasattr(text, "zh"))


def test_no_model_with_a_memory_is_left_out():
    found = set()
    for folder in FOLDERS:
        for module in pkgutil.iter_modules([f"{nnmem.models.__path__[0]}/{folder}"]):
            home = importlib.import_module(f"nnmem.models.{folder}.{module.name}")
            for name, value in vars(home).items():
                if inspect.isclass(value) and value.__module__ == home.__name__ and not name.startswith("_"):
                    found |= {name} if all(hasattr(value, part) for part in ("init", "forward", "backward")) else set()
    assert found - WITHOUT <= {form.model.__name__ for form in FORMS}


def random(model, rng):
    return tree_map(lambda leaf: 0.7 * rng.normal(size=leaf.shape), model.init(rng, np.float64))


def test_an_end_to_end_memory_network_reads_so(rng):
    model = MemN2N(5, 4, 3, hops=1, position_encoding="none")
    params = random(model, rng)
    S, Q = rng.normal(size=(2, 4, 5)), rng.normal(size=(2, 5))
    logits, _, _ = model.forward(params, Stories(S, np.ones((2, 4)), Q))
    K, V = (S @ params.E[i] + params.T[i] for i in (0, 1))
    q = Q @ params.E[0]
    r = form_of(model).read((K, V), q)
    assert_allclose(logits, (q + r) @ params.E[1].T, rtol=1e-12)


def test_a_memory_network_reads_so(rng):
    """Where times say nothing, the first fact is what hard attention on the scores finds."""
    model = MemoryNetwork(5, 3, 1, 4, 2)
    params = random(model, rng)._replace(T=np.zeros((1, 4)), stop=np.zeros(4))
    told = Told(rng.normal(size=(6, 4, 5)), np.full(6, 4), rng.normal(size=(6, 5)))
    facts = model.find(params, told)[:, 0]
    q = np.tanh(told.Q @ params.U[0].T + params.b[0])
    r = form_of(model).read(told.S, q, params.V)
    found = facts < 4
    assert found.any()
    assert_allclose(r[found], told.S[np.arange(6), np.minimum(facts, 3)][found])


def test_a_dynamic_memory_network_reads_so(rng):
    model = DMN(5, 3, 2, 4)
    params = random(model, rng)
    told = Told(rng.normal(size=(2, 4, 5)), np.array([4, 4]), rng.normal(size=(2, 5)))
    _, _, cache = model.forward(params, told)
    q, read = told.Q @ params.E.T, form_of(model).read
    _, shared, episodes = cache
    F, known, looked = np.empty((2, 4, 4)), q, np.zeros((2, 4))
    F[shared.packed.sequence, shared.packed.step] = shared.F
    for episode in episodes:
        c = read(F, q, known, looked, params.gates, params.reading)
        assert_allclose(episode.joined, np.concatenate([known, c, q], axis=-1), rtol=1e-12)
        known, looked = episode.m, episode.gates


@pytest.mark.parametrize("end", [False, True])
def test_a_pointer_network_reads_so(end, rng):
    """What the decoder asks of the encoder's states, step by step; the memory grows by a row for each input."""
    model = PointerNetwork(2, 3, end)
    params, X = random(model, rng), rng.normal(size=(2, 5, 2))
    targets = np.array([[3, 0, 4], [1, 1, 2]])
    log_p, _ = model.forward(params, X, targets)
    states, last, _ = lstm_forward(X.swapaxes(0, 1), None, params.encoder)
    form, memory = form_of(model), np.empty((2, 0, 3))
    for a in [*states, *np.broadcast_to(params.end[:, None], (int(end), 2, 3))]:
        memory = form.write(memory, None, a)
    x, state = np.broadcast_to(params.start, (2, 2)), last
    for step in range(3):
        _, state, _ = lstm_forward(x[None], state, params.decoder)
        read = form.read(memory, state.h, *params.pointer)
        assert read.shape == (2, 5 + end)
        assert_allclose(log_p[:, step], read, rtol=1e-11)
        x = X[np.arange(2), targets[:, step]]


def example(form, rng):
    """A memory of four rows, a query and what is written."""
    M, K, q, a = (rng.normal(size=shape) for shape in ((4, 3), (4, 3), (3,), (3,)))
    return {
        "read_pairs": ((K, M), q, (a, a)),
        "read_top": ((M, rng.random(4)), q, (np.float64(0.4), np.float64(0.7), a)),
        "read_slots": ((K, K.copy(), M), q, (a, 2 * a)),
        "read_by_content": (M, q, (np.ones(3), a)),
    }.get(form.read.__name__, (M, q, a))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name.en)
def test_writing_returns_a_new_memory_that_remembers(form, rng):
    m, q, a = example(form, rng)
    kept = [np.array(part) for part in (m if isinstance(m, tuple) else (m,))]
    new = form.write(m, q, a)
    for part, before in zip(m if isinstance(m, tuple) else (m,), kept, strict=True):
        np.testing.assert_array_equal(part, before)
    rows = new[-1] if form.read.__name__ == "read_slots" else new[0] if isinstance(new, tuple) else new
    wanted = a[-1] if isinstance(a, tuple) else a
    wanted = a[0] if form.read.__name__ == "read_pairs" else wanted
    old = m[-1] if form.read.__name__ == "read_slots" else m[0] if isinstance(m, tuple) else m
    if len(rows) > len(old):
        assert_allclose(rows[-1], wanted)
    else:  # what is written by attention moves every row towards it
        assert (np.abs(rows - wanted) < np.abs(old - wanted)).all()


def test_what_is_no_model_with_a_memory_is_named():
    with pytest.raises(TypeError, match="form_of: dict is no model with a memory; there are PointerNetwork, MemN2N"):
        form_of({})
    assert isinstance(form_of(DMN(5, 3)), MemoryForm)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name[0])
def test_what_is_said_is_said_in_english_and_then_in_chinese(form):
    for field in ("name", "controller", "memory", "reads", "writes", "order", "supervision"):
        english, chinese = getattr(form, field)
        assert not re.search("[\u4e00-\u9fff]", english), field
        assert re.search("[\u4e00-\u9fff]", chinese) or english == chinese, field
