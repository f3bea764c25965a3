"""The encoder against ``transformers.BertModel`` with random weights, forward and gradients; other checkpoints.

What BertModel computed is kept in ``bert_reference.npz`` (written by running this file), so that it is compared with
everywhere; where transformers is installed, BertModel computes it anew.
"""

import json
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.memory_qa.bert_checkpoint import ArchitectureError, from_tensors, load_bert, tensor_shapes
from nnmem.models.memory_qa.bert_encoder import BertEncoder
from nnmem.nn.tree import leaves

STORED = Path(__file__).with_name("bert_reference.npz")
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "vocab_size": 11,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 9,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
MASK = np.arange(8) < np.array([[8], [5], [1]])


def inputs():
    """Weights by Hugging Face's names, words (never the padding word 0), segments, and an upstream gradient."""
    rng = np.random.default_rng(17)
    model, _ = from_tensors(CONFIG, {name: np.ones(s, np.float32) for name, s in tensor_shapes(sizes()).items()})
    weights = {name: rng.normal(0, 0.5, s).astype(np.float32) for name, s in tensor_shapes(model).items()}
    words, segments = rng.integers(1, 11, (3, 8)), rng.integers(0, 2, (3, 8))
    return weights, words, segments, (rng.normal(size=(3, 8, 12)) * MASK[..., None]).astype(np.float32)


def sizes():
    return BertEncoder(11, 12, 2, 3, 20, 9)


def of_transformers():
    """What BertModel computes: its last hidden state, and the gradient of every parameter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import BertConfig, BertModel

        weights, words, segments, upstream = inputs()
        bert = BertModel(BertConfig(**CONFIG, attn_implementation="eager"), add_pooling_layer=False).eval()
        bert.load_state_dict({name: torch.tensor(array) for name, array in weights.items()}, strict=False)
        words, segments, mask = torch.tensor(words), torch.tensor(segments), torch.tensor(MASK).long()
        hidden = bert(words, attention_mask=mask, token_type_ids=segments)[0]
        hidden.backward(torch.tensor(upstream))
    gradients = {name: parameter.grad.numpy() for name, parameter in bert.named_parameters()}
    return {"hidden": hidden.detach().numpy(), **gradients}


def stored():
    with np.load(STORED) as file:
        return dict(file)


REFERENCES = [stored, of_transformers] if find_spec("transformers") and find_spec("torch") else [stored]


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_computes_what_bert_model_computes(reference, dtype):
    wanted = reference()
    weights, words, segments, upstream = inputs()
    model, params = from_tensors(CONFIG, {name: array.astype(dtype) for name, array in weights.items()})
    X, _, cache = model.forward(params, words, segments, MASK)
    assert X.dtype == dtype
    assert_allclose(X[MASK], wanted.pop("hidden")[MASK], atol=1e-5)
    gradients = model.backward(upstream.astype(dtype), cache)
    _, theirs = from_tensors(CONFIG, wanted)
    for (name, ours), (_, other) in zip(leaves(gradients), leaves(theirs), strict=True):
        assert np.abs(other).max() > 1e-3, name
        assert_allclose(ours, other, atol=1e-5 * np.abs(other).max(), err_msg=name)


def written(folder, config=CONFIG, **changed):
    """A checkpoint on disk."""
    from safetensors.numpy import save_file

    tensors = {**inputs()[0], **changed}
    save_file({name: array for name, array in tensors.items() if array is not None}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_checkpoint_on_disk_is_read(tmp_path):
    model, params = load_bert(written(tmp_path, **{"pooler.dense.weight": np.ones((12, 12), np.float32)}))
    assert model == sizes()
    for (_, ours), (_, wanted) in zip(leaves(params), leaves(from_tensors(CONFIG, inputs()[0])[1]), strict=True):
        assert_allclose(ours, wanted, rtol=0)


def test_older_names_half_precision_and_the_heads_of_training(tmp_path):
    tensors = {
        f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): array
        for name, array in inputs()[0].items()
    }
    tensors |= {"cls.predictions.bias": np.ones(11), "bert.pooler.dense.bias": np.ones(12)}
    tensors |= {"bert.embeddings.position_ids": np.arange(9)}
    model, params = from_tensors(CONFIG, {name: array.astype(np.float16) for name, array in tensors.items()})
    assert params.words.dtype == np.float32 and model == sizes()
    assert_allclose(params.words, inputs()[0]["embeddings.word_embeddings.weight"], atol=2e-3)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("model_type", "roberta", "model_type is 'roberta', should be 'bert'"),
        ("hidden_act", "gelu_new", "hidden_act is 'gelu_new', should be 'gelu'"),
        ("position_embedding_type", "relative_key", "position_embedding_type is 'relative_key', should be 'absolute'"),
        ("is_decoder", True, "is_decoder is True, should be False"),
        ("add_cross_attention", True, "add_cross_attention is True, should be False"),
        ("hidden_size", None, "hidden_size is None, should be a number above 0"),
        ("num_attention_heads", 5, "num_attention_heads is 5, should divide hidden_size 12"),
        ("num_hidden_layers", 3, r"encoder.layer.2.attention.self.query.weight is missing"),
        ("num_hidden_layers", 1, r"encoder.layer.1.attention.output.LayerNorm.bias is unknown"),
        ("num_hidden_layers", 100, r"num_hidden_layers is 100, but there are \d\d arrays in all"),
        ("intermediate_size", 21, r"intermediate.dense.weight is float32 \(20, 12\), should be floats \(21, 12\)"),
        ("vocab_size", 12, r"word_embeddings.weight is float32 \(11, 12\), should be floats \(12, 12\)"),
    ],
)
def test_another_architecture_is_named_field_by_field(tmp_path, field, value, message):
    with pytest.raises(ArchitectureError, match=message):
        load_bert(written(tmp_path, {**CONFIG, field: value}))


def test_what_a_description_says_as_it_should_be_is_as_good_as_unsaid(tmp_path):
    said = {"is_decoder": False, "add_cross_attention": False, "position_embedding_type": "absolute"}
    said |= {"model_type": "bert", "hidden_act": "gelu", "type_vocab_size": 2, "layer_norm_eps": 1e-12}
    without = {key: value for key, value in CONFIG.items() if key not in said}
    assert load_bert(written(tmp_path, {**without, **said}))[0] == load_bert(written(tmp_path, without))[0]


def test_every_fault_is_named_at_once(tmp_path):
    with pytest.raises(ArchitectureError) as error:
        load_bert(written(tmp_path, {**CONFIG, "model_type": "gpt2", "hidden_act": "relu", "vocab_size": "many"}))
    assert all(part in str(error.value) for part in ("'gpt2'", "'relu'", "vocab_size is 'many'"))
    name = "encoder.layer.0.output.dense."
    changed = {"lm_head.weight": np.ones(3, np.float32), f"{name}bias": None, f"{name}weight": np.ones((2, 2), int)}
    with pytest.raises(ArchitectureError) as error:
        load_bert(written(tmp_path, **changed))
    shape = f"{name}weight is int64 (2, 2), should be floats (12, 20)"
    parts = ("lm_head.weight is unknown", f"{name}bias is missing", shape)
    assert all(part in str(error.value) for part in parts)


def test_what_is_not_finite_or_there_twice_is_named(tmp_path):
    name = "encoder.layer.0.output.dense.bias"
    with pytest.raises(ArchitectureError, match=rf"{name} has entries that are not finite"):
        load_bert(written(tmp_path, **{name: np.full(12, np.nan, np.float32)}))
    norm = "encoder.layer.0.output.LayerNorm."
    for theirs, again in ((f"bert.{name}", name), (f"{norm}gamma", f"{norm}weight")):
        with pytest.raises(ArchitectureError, match=rf"{again} is there twice"):
            load_bert(written(tmp_path, **{theirs: np.ones(12, np.float32)}))


def test_files_that_are_not_there_or_no_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"load_bert: there is no config\.json"):
        load_bert(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(FileNotFoundError, match=r"load_bert: there is no model\.safetensors"):
        load_bert(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"PK\x03\x04 no such file")
    with pytest.raises(ArchitectureError, match=r"config.json in .* is no JSON"):
        load_bert(tmp_path)
    (tmp_path / "config.json").write_text("[" * 100_000)
    with pytest.raises(ArchitectureError, match=r"config.json in .* is no JSON"):
        load_bert(tmp_path)
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(ArchitectureError, match=r"model.safetensors in .* cannot be read"):
        load_bert(tmp_path)


if __name__ == "__main__":
    np.savez_compressed(STORED, **of_transformers())
