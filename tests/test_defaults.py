"""What counts where nothing is said: a number that somebody relies on without having written it."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import numpy as np
import pytest

from nnmem.study.index.lookup import PAIRS, examples

FLOORS = ("nn", "attention", "associative", "external", "models")
NUMBERS = {
    # formulas, as their papers or the text have them
    "fast_weight_read_forward": {"decay": 0.95, "rate": 0.5},  # Ba et al. 2016
    "read_states": {"decay": 0.95, "rate": 0.5},
    "tour_weights": {"A": 500.0, "B": 500.0, "C": 200.0, "D": 500.0, "stops": 15.0},  # Hopfield and Tank 1985
    "margin_ranking_forward": {"margin": 0.1},  # Weston et al. 2014
    "dense_energy_forward": {"interaction": 3},  # the first beyond the classical network's 2
    "dense_retrieve": {"interaction": 3, "max_sweeps": 100},
    "gumbel_softmax_forward": {"temperature": 1.0},
    "glimpse_forward": {"size": 8, "scales": 3},  # Mnih et al. 2014, for pictures of 28 by 28
    "gaussian_policy_forward": {"std": 0.1},
    "hybrid_loss_forward": {"baseline": 0.0, "std": 0.1},
    "score_function_forward": {"baseline": 0.0},
    "sampled_attention_backward": {"baseline": 0.0},
    "modern_hopfield_forward": {"beta": 1.0},
    "modern_hopfield_energy_forward": {"beta": 1.0},
    "continuous_hopfield_energy_forward": {"beta": 1.0},
    "layer_norm_forward": {"eps": 1e-5},
    "encoder_layer_forward": {"eps": 1e-12},  # BERT's
    "lstm_init": {"forget_bias": 1.0},
    "moving_mean": {"decay": 0.9},  # Xu et al. 2015
    "mean_of_others": {"axis": -1},
    # nothing is left out of a picture
    "convolution_forward": {"stride": 1},
    "patches_forward": {"stride": 1},
    "max_pooling_forward": {"size": 2},
    # how long what is repeated goes on
    "hopfield_retrieve": {"max_sweeps": 100},
    "bidirectional_retrieve": {"max_steps": 100},
    "modern_hopfield_retrieve": {"beta": 1.0, "max_steps": 100, "tolerance": 1e-9},
    "continuous_hopfield_retrieve": {"beta": 1.0, "step": 0.1, "max_steps": 1000, "tolerance": 1e-6, "every": 1},
    "boltzmann_train": {"steps": 1000, "lr": 0.05, "chains": 100},
    "cluster": {"sweeps": 5},
    # greedy, unbiased, afresh: what is more is asked for
    "holographic_items": {"unitary": True},
    "decode_steps": {"beam": 1},
    "decode": {"beam": 1, "no_repeat": False},
    "translate": {"limit": 40, "beam": 1},
    "write_captions": {"beam": 1},
    "QASystem.answer": {"limit": 8, "beam": 1},
    "MemN2N.forward": {"linear": False},
    "Scribe.write": {"bias": 0.0},
    "sample_movement": {"bias": 0.0},
    "fit": {"resume": False, "every": 10.0},
    "count": {"least": 1},
    "SGD": {"momentum": 0.0},
    "RMSProp": {"decay": 0.9, "momentum": 0.0, "eps": 1e-8, "centred": False},
    "Adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},  # Kingma and Ba 2015
    "Cosine": {"start": 0, "final": 0.01, "warm_up": 1},
    "Halving": {"start": 0},
    "Progress": {"step": 0, "seconds": 0.0, "processor": 0.0, "done": False},
    # the sizes of models, where a paper has them the paper's
    **{"PointerNetwork": {"end": False}, "Translator": {"embedding_size": 32, "hidden_size": 64, "attention": True}},
    **{"Scribe": {"hidden_size": 128, "curves": 3, "components": 5}, "StrokeReader": {"hidden_size": 64}},
    **{"DocumentNetwork": {"embedding_size": 16, "hidden_size": 16}, "SegmentNetwork": {"value_size": 1}},
    **{"AssociativeLSTM": {"copies": 4, "order_seed": 0}, "OneLook": {"hidden_size": 32}},
    "FastWeightsNetwork": {"decay": 0.9, "rate": 0.5, "inner_steps": 1, "normalise": True},
    "MemN2N": {"embedding_size": 20, "hops": 3},  # Sukhbaatar et al. 2015
    "MemoryNetwork": {"hops": 2, "embedding_size": 50, "hidden_size": 50},  # Weston et al. 2015
    "DMN": {"episodes": 2, "embedding_size": 40},
    "FactMemory": {"slots": 8, "hops": 1, "num_heads": 4, "uniform": False},
    "WordsInContext": {"num_layers": 1, "num_heads": 4},
    "QASystem": {
        **{"slots": 8, "hops": 1, "num_heads": 4, "size": 32, "external": True, "internal": True, "uniform": False}
    },
    "BertEncoder": {  # Devlin et al. 2019, the base model
        **{"vocabulary_size": 30522, "embedding_size": 768, "num_layers": 12, "num_heads": 12, "wide_size": 3072},
        **{"longest": 512, "num_segments": 2, "eps": 1e-12},
    },
    "NTM": {  # Graves et al. 2014: 128 slots of 20, one head of each kind
        **{"hidden_size": 100, "slots": 128, "width": 20, "reads": 1, "writes": 1, "shift_range": 1},
        "memory_start": 1e-6,
    },
    "TreeMemory": {"key_size": 1, "node_size": 16, "search_size": 32},
    "Captioner.backward": {"of_X": True},
    "Captioner": {"embedding_size": 32, "hidden_size": 128, "alignment_size": 64},
    **{"FullyConnected": {"hidden_size": 256}, "PatchEncoder": {"features": 128}},
    "RecurrentAttention": {"size": 8, "scales": 3, "seen_size": 128, "place_size": 32, "hidden_size": 128},
}


def said(function) -> dict:
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if isinstance(p.default, bool | int | float)}


def functions() -> Iterator[tuple[str, object]]:
    """Every function of the mathematics, every class with sizes or settings, and every method that it shows."""
    for floor in FLOORS:
        package = importlib.import_module(f"nnmem.{floor}")
        for found in pkgutil.walk_packages(package.__path__, f"nnmem.{floor}."):
            for name, value in vars(importlib.import_module(found.name)).items():
                if getattr(value, "__module__", "") != found.name or name.startswith("_"):
                    continue
                if inspect.isfunction(value):
                    yield name, value
                elif inspect.isclass(value):
                    if dataclasses.is_dataclass(value):
                        yield name, value
                    methods = [(key, each) for key, each in vars(value).items() if inspect.isfunction(each)]
                    yield from ((f"{name}.{key}", each) for key, each in methods if not key.startswith("_"))


def test_the_numbers_that_count_unsaid_are_these():
    assert {name: said(function) for name, function in functions() if name in NUMBERS} == NUMBERS


@pytest.mark.parametrize("name", [name for name in NUMBERS if name.removesuffix("_forward") in PAIRS])
def test_what_is_not_said_is_as_if_it_had_been(name, rng):
    """The default is the value that is used, not one that is replaced on the way."""
    pair = PAIRS[name.removesuffix("_forward")]
    example = next(e for e in examples(pair.name) if "mask" not in e.options)
    options = {key: value for key, value in example.options.items() if key not in NUMBERS[name]}
    without, explicit = (pair.forward(*example.args, **options, **more)[0] for more in ({}, NUMBERS[name]))
    assert np.array_equal(without, explicit)
