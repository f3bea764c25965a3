"""Where training starts: Glorot's spread for a matrix and zeros for a bias, unless something else is said here.

Sizes are large enough for a spread to be measured to a few per cent.
"""

import math
import re

import numpy as np
import pytest

from nnmem.models.associative.autoencoder import Autoencoder
from nnmem.models.memory_qa.bert_encoder import BertEncoder
from nnmem.models.memory_qa.dynamic_memory_network import DMN
from nnmem.models.memory_qa.memn2n import MemN2N
from nnmem.models.memory_qa.memory_network import MemoryNetwork
from nnmem.models.memory_qa.qa_system import QASystem
from nnmem.models.memory_qa.sentence_encoder import WordBag, WordsInContext
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.models.recurrent.associative_lstm import AssociativeLSTM
from nnmem.models.recurrent.complex_network import ComplexNetwork, RealNetwork
from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.models.recurrent.irnn import IRNN
from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.recurrent.lstm_reader import LSTMReader
from nnmem.models.sequence.document_network import DocumentNetwork
from nnmem.models.sequence.scribe import Scribe
from nnmem.models.sequence.segment_network import SegmentNetwork
from nnmem.models.sequence.stroke_reader import StrokeReader
from nnmem.models.sequence.translator import Translator
from nnmem.models.structures.attentive_lstm import AttentiveLSTM
from nnmem.models.structures.structured_memory import StructuredMemory
from nnmem.models.structures.tree_memory import TreeMemory
from nnmem.models.turing.turing_machine import NTM
from nnmem.models.vision.captioner import Captioner
from nnmem.models.vision.fully_connected import FullyConnected
from nnmem.models.vision.one_look import OneLook
from nnmem.models.vision.patch_encoder import PatchEncoder
from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.nn.tree import leaves

MODELS = [
    Autoencoder(50, 60),
    BertEncoder(300, 60, 1, 2, 120, 64),
    DMN(70, 60, 2, 40),
    *(MemN2N(80, 30, 40, tying=tying) for tying in ("adjacent", "layer_wise")),
    MemoryNetwork(90, 60),
    QASystem(200, 60, 9, 30, slots=20, size=48),
    WordBag(200, 40, 9),
    WordsInContext(200, 40, 9),
    PointerNetwork(30, 60),
    AssociativeLSTM(50, 40, 60),
    ComplexNetwork(50, 60),
    RealNetwork(50, 60),
    FastWeightsNetwork(50, 40, 60),
    IRNN(50, 40, 60),
    LSTMModel(50, 40, 60),
    LSTMReader(50, 40, 60),
    DocumentNetwork(200, 30, 40, 50),
    Scribe(40, 60, 20, 10),
    SegmentNetwork(300),
    StrokeReader(40, 60),
    Translator(90, 80, 40, 50),
    AttentiveLSTM(50, 40, 60),
    StructuredMemory(50, 40, 60, 30),
    TreeMemory(20, 40, 50),
    NTM(40, 30, hidden_size=80),
    NTM(40, 30, controller="feedforward", hidden_size=80),
    Captioner(90, 50, 40, 60, 40),
    FullyConnected(30, 100, 80),
    OneLook(50, 60, 80),
    PatchEncoder(30),
    RecurrentAttention(30),
]
SPREADS = {  # of leaves that are not Glorot's
    "BertEncoder": {"words|positions|segments|W$": 0.02},
    "WordsInContext": {"words|positions|W$": 0.02},
    "WordBag": {"": 0.5},
    "DMN": {"^E$": math.sqrt((0.6**2 + 0.1**2) / 2)},
    "MemN2N": {"[ETWH]": 0.1},
    "MemoryNetwork": {"[UVTPW]": 0.1},
    "FastWeightsNetwork": {"C$": 1, "^W$": 0.05 / math.sqrt(60)},
    "IRNN": {"C$": 0.01, "^W$": 1 / math.sqrt(60)},
    "ComplexNetwork": {"W": math.sqrt(1 / 110)},  # real and imaginary part together have Glorot's
    "RecurrentAttention": {r"location\.W": 0.01},
    "DocumentNetwork": {"embedding": 1},
    "Translator": {"source|target": 0.3},
    "Captioner": {"words": 0.3},
    "QASystem": {"encoder|answer$": 0.5, r"memory\.addresses": 2, r"memory\.\w+_ages": 0.1},
}
SPREADS["QASystem"][r"memory\.(key|value|write)\.W"] = math.sqrt(0.09 * 2 / 144 + 1 / 96)  # 0.3 Glorot + 1
SPREADS["QASystem"][r"memory\.hops\.0\.\w+\.W"] = math.sqrt(0.09 * 2 / 96 + 1 / 48)


def spread(model, name, shape):
    for pattern, said in SPREADS.get(type(model).__name__, {}).items():
        if re.search(pattern, name):
            return said
    parts = 3 if re.search(r"(onward|backward|decoder)\.[WU]$", name) and "lstm" not in name else 1  # a GRU's
    parts = 1 if type(model).__name__ in ("StrokeReader", "PointerNetwork", "QASystem") else parts
    times = 4 if type(model).__name__ == "NTM" and name == "output.W" else 1
    return times * math.sqrt(2 / (shape[0] / parts + shape[1]))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_weights_have_the_spread_that_is_said_and_biases_are_zero(model):
    params = [dict(leaves(model.init(np.random.default_rng(seed)))) for seed in range(3)]
    seen = 0
    for name, leaf in params[0].items():
        assert leaf.dtype in (np.float32, np.float64 if isinstance(model, Autoencoder) else np.float32), name
        values = np.stack([p[name] for p in params]).astype(float)
        if name.split(".")[-1] in ("b", "bias"):
            assert set(np.unique(leaf)) <= {0, 1} or (type(model), name) in OWN_BIASES, "1 for an open forget gate"
        elif name.endswith("gain"):
            assert (leaf == 1).all(), name
        elif leaf.ndim in (2, 3) and min(leaf.shape[-2:]) >= 20:
            found, wanted = np.sqrt(np.mean(values**2)), spread(model, name, leaf.shape[-2:])
            assert found == pytest.approx(wanted, rel=0.08), f"{name}: {found}, not {wanted}"
            seen += 1
    assert seen >= (0 if isinstance(model, SegmentNetwork | PatchEncoder) else 1)


OWN_BIASES = [(Scribe, "reading.b"), (StructuredMemory, "memory.b")]


def test_what_starts_otherwise(rng):
    E = DMN(2000, 5, 1, 30).init(rng).E
    assert E[:, :1000].std() == pytest.approx(0.6, rel=0.03) and E[:, 1000:].std() == pytest.approx(0.1, rel=0.03)
    Z = DMN(6, 5, 1, 2000).init(rng).gates.Z
    assert Z[:, -1].std() == pytest.approx(0.5, rel=0.05) and Z[:, :-1].std() == pytest.approx(
        1 / math.sqrt(5000), rel=0.03
    )
    first = NTM(4, 3, slots=9, width=5).init(rng).start
    assert first.shape == (2, 9) and (first[:, 0] == 8).all() and not first[:, 1:].any()
    W = FastWeightsNetwork(3, 4, 6).init(rng).W
    assert np.array_equal(W, np.float32(0.05) * np.eye(6, dtype=np.float32))
    assert np.array_equal(IRNN(3, 4, 6).init(rng).W, np.eye(6))
    segments = SegmentNetwork(3, 4).init(rng)
    assert np.array_equal(segments.pairwise, np.eye(2)) and np.array_equal(segments.output.W, np.eye(4))
    for layer, fan in (("first", 9), ("second", 144), ("third", 288)):
        W = np.concatenate(
            [getattr(PatchEncoder(30).init(np.random.default_rng(i)), layer).W.ravel() for i in range(9)]
        )
        assert W.std() == pytest.approx(math.sqrt(2 / fan), rel=0.05), "He et al. 2015"
    scribe = Scribe(4, 5, 2, 2).init(rng)
    assert scribe.reading.b.tolist() == [0] * 4 + [-2.5] * 2, "a twelfth of a letter a step"
    for kind, biases in (("stack", [-1, 0]), ("queue", [-2, 2]), ("deque", [-2, -2, 2, -4])):  # pops, then pushes
        b = StructuredMemory(3, 2, 4, 5, kind).init(rng).memory.b
        assert b[: len(biases)].tolist() == biases and not b[len(biases) :].any()
    model = QASystem(20, 6, 9, 30, slots=20, size=48)
    key = model.init(rng).memory.key.W - np.eye(48, 96)
    assert abs(np.diagonal(key).mean()) < 0.1 and key.std() == pytest.approx(0.3 * math.sqrt(2 / 144), rel=0.08)
