"""An encoder from a checkpoint in the format of Hugging Face: ``config.json`` and ``model.safetensors`` in one folder.

Reading ``safetensors`` is what the package of that name is for: ``pip install nnmem[bert]``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnmem.models.memory_qa.bert_encoder import BertEncoder, BertParams
from nnmem.models.memory_qa.encoder_layers import EncoderLayerParams, SelfAttentionParams
from nnmem.nn.layer_norm import LayerNormParams
from nnmem.nn.linear import LinearParams

SIZES = {
    "vocabulary_size": "vocab_size",
    "embedding_size": "hidden_size",
    "num_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "wide_size": "intermediate_size",
    "longest": "max_position_embeddings",
    "num_segments": "type_vocab_size",
    "eps": "layer_norm_eps",
}
DEFAULTS = {"type_vocab_size": 2, "layer_norm_eps": 1e-12}
SAME = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}
UNUSED = re.compile(r"pooler\.|cls\.|classifier\.|qa_outputs\.|embeddings\.position_ids$")


class ArchitectureError(ValueError):
    """A checkpoint of another architecture; the message names every field that differs."""


def load_bert(folder: str | Path) -> tuple[BertEncoder, BertParams]:
    """Read sizes and parameters.

    What BERT has behind its last layer, the pooler and the heads of its training, is left out. Half precision becomes
    float32.

    Parameters
    ----------
    folder : path
        With ``config.json`` and ``model.safetensors``.

    Raises
    ------
    ArchitectureError
        It is a checkpoint of something else.
    FileNotFoundError
        One of the two files is not there.
    ModuleNotFoundError
        The package ``safetensors`` is not installed.
    """
    folder = Path(folder)
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"load_bert: there is no {name} in {folder}")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArchitectureError(f"load_bert: config.json in {folder} is no JSON ({error})") from None
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ModuleNotFoundError:
        raise ModuleNotFoundError("load_bert: reads safetensors files, please: pip install safetensors") from None
    try:
        tensors = load_file(folder / "model.safetensors")
    except (SafetensorError, KeyError, TypeError) as error:
        raise ArchitectureError(f"load_bert: model.safetensors in {folder} cannot be read ({error})") from None
    return from_tensors(config, tensors)


def from_tensors(config: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> tuple[BertEncoder, BertParams]:
    """Return the encoder of a configuration and of arrays by the names that Hugging Face gives them.

    Raises
    ------
    ArchitectureError
        A field of the configuration, a name or a shape is another; the message names them all.
    """
    config = config if isinstance(config, Mapping) else {}
    faults = [
        f"{name} is {config[name]!r}, should be {right!r}"
        for name, right in SAME.items()
        if name in config and config[name] != right
    ]
    sizes: dict[str, Any] = {}
    for own, theirs in SIZES.items():
        value: Any = config.get(theirs, DEFAULTS.get(theirs))
        kinds = (int, float) if own == "eps" else (int,)
        if type(value) not in kinds or value <= 0:
            faults.append(f"{theirs} is {value!r}, should be a number above 0")
        sizes[own] = value
    if not faults and sizes["embedding_size"] % sizes["num_heads"]:
        of_all = f"should divide hidden_size {sizes['embedding_size']}"
        faults.append(f"num_attention_heads is {sizes['num_heads']}, {of_all}")
    if not faults and sizes["num_layers"] > len(tensors):
        faults.append(f"num_hidden_layers is {sizes['num_layers']}, but there are {len(tensors)} arrays in all")
    if faults:
        raise ArchitectureError(f"load_bert: no BERT encoder: {'; '.join(faults)}")
    model = BertEncoder(**sizes)
    renamed = {
        theirs: theirs.removeprefix("bert.")
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias")
        for theirs in tensors
    }
    renamed = {theirs: name for theirs, name in renamed.items() if not UNUSED.match(name)}
    arrays = {name: tensors[theirs] for theirs, name in renamed.items()}
    shapes = tensor_shapes(model)
    faults = [f"{name} is there twice" for name, times in Counter(renamed.values()).items() if times > 1]
    faults += [f"{name} is missing" for name in shapes if name not in arrays]
    faults += [f"{name} is unknown" for name in sorted(arrays.keys() - shapes.keys())]
    faults += [
        f"{name} is {arrays[name].dtype} {arrays[name].shape}, should be floats {shape}"
        for name, shape in shapes.items()
        if name in arrays and (arrays[name].shape != shape or arrays[name].dtype.kind != "f")
    ]
    faults = faults or [
        f"{name} has entries that are not finite" for name in shapes if not np.isfinite(arrays[name]).all()
    ]
    if faults:
        raise ArchitectureError(f"load_bert: no BERT encoder of these sizes: {'; '.join(faults)}")
    floats = {name: array.astype(np.promote_types(array.dtype, np.float32)) for name, array in arrays.items()}
    return model, _arranged(model, floats)


def tensor_shapes(model: BertEncoder) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array of a checkpoint, by the name that Hugging Face gives it."""
    d, m = model.embedding_size, model.wide_size
    maps = {
        **{f"attention.self.{name}": (d, d) for name in ("query", "key", "value")},
        "attention.output.dense": (d, d),
        "intermediate.dense": (m, d),
        "output.dense": (d, m),
    }
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (model.vocabulary_size, d),
        "embeddings.position_embeddings.weight": (model.longest, d),
        "embeddings.token_type_embeddings.weight": (model.num_segments, d),
    }
    norms = ["embeddings.LayerNorm"]
    for i in range(model.num_layers):
        layer = f"encoder.layer.{i}."
        for name, shape in maps.items():
            shapes |= {f"{layer}{name}.weight": shape, f"{layer}{name}.bias": shape[:1]}
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    return shapes | {f"{name}.{part}": (d,) for name in norms for part in ("weight", "bias")}


def _arranged(model: BertEncoder, arrays: Mapping[str, np.ndarray]) -> BertParams:
    """Put arrays of the right names and shapes into their places; the three projections are stacked."""

    def linear(*names: str) -> LinearParams:
        W, b = (np.concatenate([arrays[f"{name}.{part}"] for name in names]) for part in ("weight", "bias"))
        return LinearParams(W, b)

    def norm(name: str) -> LayerNormParams:
        return LayerNormParams(arrays[f"{name}.weight"], arrays[f"{name}.bias"])

    def layer(name: str) -> EncoderLayerParams:
        heads = linear(*(f"{name}.attention.self.{role}" for role in ("query", "key", "value")))
        return EncoderLayerParams(
            SelfAttentionParams(heads, linear(f"{name}.attention.output.dense")),
            norm(f"{name}.attention.output.LayerNorm"),
            linear(f"{name}.intermediate.dense"),
            linear(f"{name}.output.dense"),
            norm(f"{name}.output.LayerNorm"),
        )

    words, positions, segments = (
        arrays[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
    )
    layers = tuple(layer(f"encoder.layer.{i}") for i in range(model.num_layers))
    return BertParams(words, positions, segments, norm("embeddings.LayerNorm"), layers)
