"""Examples for pairs that are not formulas of the chapter: layers, losses and models, with named tuples and integers.

Each maps the name of a pair to calls ``check_gradients(forward, backward, *args, **options)``; gradient checks and
mutation tests draw from it.
"""

from __future__ import annotations

import numpy as np

from nnmem.models.associative.autoencoder import Autoencoder
from nnmem.models.memory_qa.bert_encoder import BertEncoder
from nnmem.models.memory_qa.dynamic_memory_network import DMN
from nnmem.models.memory_qa.encoder_layers import (
    encoder_layer_backward,
    encoder_layer_forward,
    encoder_layer_init,
    self_attention_backward,
    self_attention_forward,
)
from nnmem.models.memory_qa.episodic_gates import episodic_gates_backward, episodic_gates_forward
from nnmem.models.memory_qa.fact_memory import FactMemory
from nnmem.models.memory_qa.memn2n import MemN2N, MemN2NParams, Stories
from nnmem.models.memory_qa.memory_network import MemoryNetwork
from nnmem.models.memory_qa.qa_system import FactsAndQuestions, QASystem
from nnmem.models.memory_qa.sentence_encoder import WordBag, WordsInContext
from nnmem.models.memory_qa.told import Told
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.models.recurrent.associative_lstm import (
    AssociativeLSTM,
    AssociativeLSTMState,
    associative_lstm_cell_backward,
    associative_lstm_cell_forward,
)
from nnmem.models.recurrent.complex_network import NONLINEARITIES, ComplexNetwork, RealNetwork
from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.models.recurrent.irnn import IRNN
from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.recurrent.lstm_reader import LSTMReader
from nnmem.models.sequence.document_network import DocumentNetwork
from nnmem.models.sequence.reading import (
    READINGS,
    comparing_read_backward,
    comparing_read_forward,
    mean_read_backward,
    mean_read_forward,
    window_read_backward,
    window_read_forward,
)
from nnmem.models.sequence.scribe import Scribe
from nnmem.models.sequence.segment_network import SegmentNetwork
from nnmem.models.sequence.stroke_reader import StrokeReader
from nnmem.models.sequence.translator import Translator
from nnmem.models.structures.attentive_lstm import AttentiveLSTM
from nnmem.models.structures.chosen_attention import chosen_attention_backward, chosen_attention_forward
from nnmem.models.structures.structured_memory import READ_AT, StructuredMemory
from nnmem.models.structures.tree_memory import TreeMemory
from nnmem.models.turing.heads import Heads
from nnmem.models.turing.turing_loop import NTMParams, NTMState, ntm_backward, ntm_forward
from nnmem.models.turing.turing_machine import NTM
from nnmem.models.vision.captioner import Captioner
from nnmem.models.vision.fully_connected import FullyConnected
from nnmem.models.vision.hybrid_loss import hybrid_loss_backward, hybrid_loss_forward
from nnmem.models.vision.patch_encoder import PatchEncoder
from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.nn.both_directions import LSTM as BY_LSTM
from nnmem.nn.both_directions import BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.gru import GRUParams, gru_backward, gru_forward
from nnmem.nn.linear import LinearParams, linear_backward, linear_forward
from nnmem.nn.losses import (
    binary_cross_entropy_backward,
    binary_cross_entropy_forward,
    cross_entropy_backward,
    cross_entropy_forward,
)
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from nnmem.nn.lstm_cell import lstm_cell_backward, lstm_cell_forward
from nnmem.nn.mixture_density import mixture_density_backward, mixture_density_forward
from nnmem.nn.relu import relu_backward, relu_forward
from nnmem.nn.tree import tree_map
from nnmem.study.index.expectation import Chosen

rng = np.random.default_rng(11)
n = rng.normal
LSTM = LSTMParams(n(size=(8, 4)), n(size=(8, 2)), n(size=8))
STATE = LSTMState(n(size=(3, 2)), n(size=(3, 2)))
AUTOENCODER = Autoencoder(6, 4)
LSTM_MODEL = LSTMModel(2, 2, 3)
POINTERS = [PointerNetwork(2, 3, end=end) for end in (False, True)]
GRU = GRUParams(n(size=(6, 4)), n(size=(6, 2)), n(size=6))
TRANSLATORS = [Translator(4, 3, 3, 2, attention) for attention in (True, False)]
SCRIBES = [Scribe(3, 4, 2, 2, reading) for reading in ("window", "additive", "mean")]
READER = StrokeReader(2, 3)
DOCUMENTS = [DocumentNetwork(4, 2, 3, 2, values) for values in ("states", "embeddings")]
SEGMENTS = [SegmentNetwork(3, 2, attention) for attention in ("chain", "sigmoid", "softmax")]
MOVEMENTS = np.concatenate([n(size=(3, 2, 2)), rng.integers(0, 2, (3, 2, 1))], axis=-1)
ROW = np.array([[True, False, True, True, True], [False] * 5])
OCCUPIED = np.array([[1.0, 1, 1, 0], [1, 0, 1, 1], [0, 0, 1, 1]])


LAYER = tree_map(lambda leaf: n(size=leaf.shape), encoder_layer_init(rng, 4, 3))
TOLD_FACTS = FactsAndQuestions(
    np.array([[0, 1, 2], [3, 4, -1], [1, 0, -1], [2, 2, 4]]),
    np.array([[0, 1, 2], [1, 0, 0], [2, 2, 1]]),
    np.array([3, 1, 2]),
    np.array([3, 2, 1]),
)


def memn2n(features, **sizes):
    """A model's pair and parameters large enough for attention to be far from even."""
    model = MemN2N(5, 4, 3, **sizes)
    params = MemN2NParams(*(8 * array for array in model.init(rng, np.float64)))
    stories = Stories(n(size=(3, 4, features)), OCCUPIED, n(size=(3, features)))
    return model.forward, model.backward, (params,), {"stories": stories}


def turing_machine(T, batch, heads, lstm=True, cell_clip=None):
    """Inputs, state and parameters of a neural Turing machine with 3 hidden units and 4 slots."""
    H, fed = heads.reads + heads.writes, heads.reads * heads.width
    distribution = rng.dirichlet(np.ones(4), (*batch, H))
    rest = LSTMState(n(size=(*batch, 3)), n(size=(*batch, 3))) if lstm else ()
    state = NTMState(n(size=(*batch, 4, heads.width)), distribution, n(size=(*batch, heads.reads, heads.width)), rest)
    rows = sum(heads.sizes())
    controller = LSTMParams(n(size=(12, 1 + fed)), n(size=(12, 3)), n(size=12))
    if not lstm:
        controller = LinearParams(n(size=(3, 1 + fed)), n(size=3))
    of_heads, output = (LinearParams(n(size=(k, m)) * 0.7, n(size=k)) for k, m in ((rows, 3), (2, 3 + fed)))
    args = n(size=(T, *batch, 1)), state, NTMParams(controller, of_heads, output, n(size=(H, 4)))
    return ntm_forward, ntm_backward, args, {"heads": heads, "cell_clip": cell_clip}


def anywhere(model):
    """A model's pair, parameters that are normal numbers and not those of its first step."""
    return model.forward, model.backward, tree_map(lambda leaf: 0.7 * n(size=leaf.shape), model.init(rng))


def reader(model):
    """A model that reads a sequence (4, 2, 3) and answers."""
    forward, backward, params = anywhere(model)
    return forward, backward, (params, n(size=(4, 2, 3))), {}


def tree_memory(model):
    """A model that searches trees of 8 leaves."""
    forward, backward, params = anywhere(model)
    return forward, backward, (params, n(size=(3, 8, 2)), n(size=(3, 2))), {"targets": np.array([5, 0, 3])}


def fully_connected(model):
    forward, backward, params = anywhere(model)
    return forward, backward, (params,), {"pictures": n(size=(2, 2, 3))}


def looking(model):
    """A model that looks at two pictures from three places each."""
    forward, backward, params = anywhere(model)
    return forward, backward, (params,), {"pictures": n(size=(2, 5, 6)), "places": rng.uniform(-1, 1, (3, 2, 2))}


def complex_network(model):
    forward, backward, params = anywhere(model)
    return forward, backward, (params, n(size=(3, 2, 4)), n(size=(3, 2, 4))), {}


def memory_network(model):
    """A model that is told its facts, the third story's being "enough" from the start."""
    forward, backward, params = anywhere(model)
    told = Told(n(size=(3, 4, 4)), np.array([4, 2, 0]), n(size=(3, 4)))
    return forward, backward, (params,), {"told": told, "facts": np.array([[3, 0, 2], [1, 0, 4], [4, 4, 4]])}


def dynamic_memory_network(model, keep):
    """A model whose third story is empty."""
    forward, backward, params = anywhere(model)
    told = Told(n(size=(3, 4, 4)), np.array([4, 2, 0]), n(size=(3, 4)))
    return forward, backward, (params,), {"told": told, "keep": keep}


PAIRS = {
    "self_attention": [
        (
            self_attention_forward,
            self_attention_backward,
            (n(size=(2, 3, 4)), LAYER.attention),
            {"num_heads": 2, **options},
        )
        for options in ({}, {"mask": np.array([[True, False, True], [True] * 3])})
    ],
    "encoder_layer": [
        (encoder_layer_forward, encoder_layer_backward, (n(size=(2, 3, 4)), LAYER), {"num_heads": 2, "eps": 1e-3})
    ],
    "BertEncoder": [
        (*anywhere(BertEncoder(5, 4, 2, 2, 3, 4))[:2], (anywhere(BertEncoder(5, 4, 2, 2, 3, 4))[2],), options)
        for options in (
            {"words": np.array([[1, 4, 1], [0, 2, 3]]), "segments": np.array([[0, 1, 1], [1, 0, 0]])},
            {"words": np.array([[1, 4, 1], [0, 2, 3]]), "mask": np.array([[True, True, False], [True] * 3])},
        )
    ],
    **{
        type(model).__name__: [(*anywhere(model)[:2], (anywhere(model)[2],), {"words": TOLD_FACTS.sentences})]
        for model in (WordBag(5, 4, 3), WordsInContext(5, 4, 3, num_heads=2))
    },
    "FactMemory": [
        (
            model.forward,
            model.backward,
            (
                tree_map(lambda leaf: 0.7 * n(size=leaf.shape), model.init(rng, 3)),
                n(size=(3, 4, 3)),
                np.array([4, 0, 2]),
                n(size=(3, 4)),
            ),
            {},
        )
        for model in (
            FactMemory(4, 5, slots, 2, num_heads=2, uniform=uniform)
            for slots, uniform in ((3, False), (0, False), (3, True))
        )
    ],
    "QASystem": [
        (
            *anywhere(model)[:2],
            (anywhere(model)[2],),
            {
                "told": TOLD_FACTS,
                "targets": np.array([[1, 2, 0], [3, 0, 0], [2, 2, 1]]),
                "keep": rng.uniform(0, 2, (3, 3, 4)),
            },
        )
        for model in (
            QASystem(5, 4, 3, 4, slots, 2, 2, 4, encoder, **without)
            for slots, encoder, without in (
                (3, "bag", {}),
                (0, "bag", {}),
                (3, "bert", {}),
                (3, "bag", {"uniform": True}),
                (3, "bag", {"internal": False}),
                (3, "bag", {"external": False}),
            )
        )
    ],
    "FastWeightsNetwork": [
        reader(FastWeightsNetwork(3, 2, 4, inner_steps=steps, normalise=normalise))
        for steps, normalise in ((1, True), (2, True), (0, True), (2, False))
    ],
    "IRNN": [reader(IRNN(3, 2, 4))],
    "LSTMReader": [reader(LSTMReader(3, 2, 4))],
    "StructuredMemory": [reader(StructuredMemory(3, 2, 4, 3, kind)) for kind in READ_AT],
    "TreeMemory": [tree_memory(TreeMemory(2, 3, 4))],
    "chosen_attention": [
        (
            chosen_attention_forward,
            chosen_attention_backward,
            (n(size=(6, 4)), n(size=(6, 3)), n(size=4)),
            {"places": np.array([4, 0, 3])},
        )
    ],
    "AttentiveLSTM": [reader(AttentiveLSTM(3, 2, 4))],
    "AssociativeLSTM": [reader(AssociativeLSTM(3, 2, 6, copies=copies)) for copies in (1, 3)],
    "associative_lstm_cell": [
        (
            associative_lstm_cell_forward,
            associative_lstm_cell_backward,
            (
                n(size=(2, 27)),
                AssociativeLSTMState(n(size=(2, 6)), n(size=(2, 2, 3)), n(size=(2, 2, 3))),
            ),
            {"permutations": np.array([[0, 1, 2], [2, 0, 1]])},
        )
    ],
    "ComplexNetwork": [complex_network(ComplexNetwork(4, 5, name)) for name in NONLINEARITIES],
    "RecurrentAttention": [looking(RecurrentAttention(3, 2, 2, 4, 3, 5))],
    "FullyConnected": [fully_connected(FullyConnected(3, 6, 4))],
    "hybrid_loss": [
        (
            hybrid_loss_forward,
            hybrid_loss_backward,
            (n(size=(3, 4)), n(size=(2, 3, 2))),
            {
                "labels": np.array([1, 3, 0]),
                "places": n(size=(2, 3, 2)),
                "reward": np.array([1.0, 0, 1]),
                "baseline": n(size=3),
                "std": 0.5,
            },
        )
    ],
    "RealNetwork": [complex_network(RealNetwork(4, 5))],
    "linear": [(linear_forward, linear_backward, (n(size=(2, 3, 4)), n(size=(5, 4)), n(size=5)), {})],
    "embedding": [(embedding_forward, embedding_backward, (n(size=(6, 3)), np.array([[1, 4, 1], [5, 1, 0]])), {})],
    "cross_entropy": [
        (cross_entropy_forward, cross_entropy_backward, (n(size=(2, 5)), np.array([4, 1])), options)
        for options in ({}, {"mask": np.array([True, False])})
    ],
    "binary_cross_entropy": [
        (
            binary_cross_entropy_forward,
            binary_cross_entropy_backward,
            (n(size=(2, 5)),),
            {"targets": targets, **options},
        )
        for targets in (rng.integers(0, 2, (2, 5)).astype(float),)
        for options in ({}, {"mask": ROW})
    ],
    "gru": [
        (gru_forward, gru_backward, (n(size=(5, 3, 4)), start, GRU), options)
        for start in (n(size=(3, 2)), None)
        for options in ({}, {"lengths": np.array([2, 5, 1])})
    ],
    "bidirectional": [
        (bidirectional_forward, bidirectional_backward, (n(size=(4, 3, 4)), BidirectionalParams(one, two)), options)
        for one, two, options in (
            (GRU, GRUParams(*(-part for part in GRU)), {"lengths": np.array([2, 4, 1])}),
            (LSTM, LSTMParams(*(-part for part in LSTM)), {"lengths": np.array([2, 4, 1]), "network": BY_LSTM}),
        )
    ],
    "relu": [(relu_forward, relu_backward, (n(size=(2, 5)),), {})],
    "PatchEncoder": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)), n(size=(2, 16, 12))),
            {"kept": rng.integers(0, 2, (2, 2, 1, 2)) * 2.0},
        )
        for model in (PatchEncoder(3, (2, 2), 2),)
    ],
    "Captioner": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)), n(size=(2, 5, 3))),
            {"targets": np.array([[1, 2, 0], [3, 1, 1]]), **options},
        )
        for model in (Captioner(4, 3, 2, 3, 2),)
        for options in (
            {},
            {"kept": rng.integers(0, 2, (3, 2, 8)) * 2.0},
            {"chance": Chosen(np.array([0.3, 0.6]))},
        )
    ],
    "mixture_density": [
        (
            mixture_density_forward,
            mixture_density_backward,
            (0.5 * n(size=(3, 2, 13)),),
            {"strokes": MOVEMENTS, **options},
        )
        for options in ({}, {"mask": np.array([[True, False], [True, True], [False, True]])})
    ],
    "Translator": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)),),
            {
                "source": rng.integers(0, 4, (3, 3)),
                "targets": rng.integers(0, 3, (3, 3)),
                "lengths": np.array([1, 3, 2]),
            },
        )
        for model in TRANSLATORS
    ],
    "Scribe": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: leaf + 0.5 * n(size=leaf.shape), model.init(rng, np.float64)),),
            {"strokes": MOVEMENTS, "C": np.eye(3)[[[0, 2], [1, 1]]]},
        )
        for model in SCRIBES
    ],
    **{
        f"{name}_read": [
            (
                forward,
                backward,
                (n(size=(2, 3)), n(size=(2, 2)) + 1, tree_map(np.float64, READINGS[reading].init(rng, 3, 3, 2, float))),
                {"C": np.eye(3)[[[0, 2], [1, 1]]]},
            )
        ]
        for name, reading, forward, backward in (
            ("window", "window", window_read_forward, window_read_backward),
            ("comparing", "additive", comparing_read_forward, comparing_read_backward),
            ("mean", "mean", mean_read_forward, mean_read_backward),
        )
    },
    "DocumentNetwork": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)),),
            {"words": rng.integers(0, 4, (2, 2, 3)), "lengths": np.array([[1, 3], [2, 2]])},
        )
        for model in DOCUMENTS
    ],
    "SegmentNetwork": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)),),
            {"features": n(size=(2, 4, 3)), "X": n(size=(2, 4, 2))},
        )
        for model in SEGMENTS
    ],
    "StrokeReader": [
        (
            READER.forward,
            READER.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), READER.init(rng)),),
            {"strokes": MOVEMENTS, "lengths": np.array([3, 2])},
        )
    ],
    "lstm": [
        (lstm_forward, lstm_backward, (n(size=(5, 3, 4)), state, LSTM), options)
        for state in (STATE, None)
        for options in ({}, {"cell_clip": 0.3}, {"lengths": np.array([2, 5, 1])})
    ],
    "Autoencoder": [
        (AUTOENCODER.forward, AUTOENCODER.backward, (AUTOENCODER.init(rng), n(size=(3, 2, 6))), {}),
    ],
    "PointerNetwork": [
        (
            model.forward,
            model.backward,
            (tree_map(lambda leaf: n(size=leaf.shape), model.init(rng)), n(size=(3, 4, 2))),
            {"targets": np.array([[0, 2, 1], [3, 1, 2], [0, 0, 3 + model.end]]), **options},
        )
        for model in POINTERS
        for options in ({}, {"lengths": np.array([3, 4, 1])})
    ],
    "LSTMModel": [
        (LSTM_MODEL.forward, LSTM_MODEL.backward, (tree_map(np.float64, LSTM_MODEL.init(rng)), n(size=(4, 3, 2))), {})
    ],
    "lstm_step": [(lstm_step_forward, lstm_step_backward, (n(size=(3, 4)), STATE, LSTM), {})],
    "lstm_cell": [
        (lstm_cell_forward, lstm_cell_backward, (n(size=(3, 8)), n(size=(3, 2))), {"cell_clip": clip})
        for clip in (None, 0.5)
    ],
    "NTM": [
        (model.forward, model.backward, (model.init(rng, np.float64), n(size=(2, 2, 1))), options)
        for model, options in (
            (NTM(1, 2, hidden_size=3, slots=4, width=2, memory_start=0.3), {}),
            (NTM(1, 2, hidden_size=3, slots=5, width=2, memory_start=0.3), {"slots": 4}),
            (NTM(1, 2, "feedforward", hidden_size=3, slots=4, width=2, addressing="content"), {}),
        )
    ],
    "ntm": [
        turing_machine(2, (2,), Heads(reads=1, writes=1, width=3, shifts=3), cell_clip=0.5),
        turing_machine(2, (), Heads(reads=2, writes=2, width=2, shifts=3), lstm=False),
        turing_machine(2, (2,), Heads(reads=2, writes=1, width=2, shifts=0)),
    ],
    "episodic_gates": [
        (
            episodic_gates_forward,
            episodic_gates_backward,
            (n(size=(3, 4, 2)), n(size=(3, 2)), n(size=(3, 2)), n(size=(3, 4)), n(size=(5, 9)), n(size=5), n(size=5)),
            {},
        )
    ],
    "DMN": [dynamic_memory_network(DMN(4, 3, 2, 3), keep) for keep in (None, 2.0 * (rng.random((3, 4, 3)) < 0.5))],
    "MemoryNetwork": [memory_network(MemoryNetwork(4, 3, 3, 2, 2))],
    "MemN2N": [
        (forward, backward, args, {**options, "linear": linear})
        for features, sizes in (
            (10, {"hops": 3}),
            (5, {"hops": 2, "position_encoding": "none"}),
            (10, {"hops": 3, "tying": "layer_wise"}),
            (10, {"hops": 2, "position_encoding": "paper"}),
        )
        for forward, backward, args, options in (memn2n(features, **sizes),)
        for linear in (False, True)
    ],
}
