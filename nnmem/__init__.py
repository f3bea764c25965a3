"""Attention and memory: formulas (8.1) to (8.24) of the chapter, each with its gradient, in NumPy.

Every ``NAME_forward`` has its ``NAME_backward``; ``nnmem eq`` lists them by equation. What is public is
said in each file's ``__all__``.
"""

from importlib import import_module as _import_module
from types import ModuleType as _Module

from nnmem.associative.bidirectional import *
from nnmem.associative.boltzmann import *
from nnmem.associative.complex_layers import *
from nnmem.associative.continuous import *
from nnmem.associative.dense import *
from nnmem.associative.fast_weights import *
from nnmem.associative.holographic import *
from nnmem.associative.hopfield import *
from nnmem.associative.learning import *
from nnmem.associative.modern import *
from nnmem.associative.redundant_copies import *
from nnmem.associative.retrieval import *
from nnmem.associative.travelling_salesman import *
from nnmem.attention.attention_gru import *
from nnmem.attention.context import *
from nnmem.attention.distribution import *
from nnmem.attention.gated import *
from nnmem.attention.glimpse import *
from nnmem.attention.gumbel import *
from nnmem.attention.hard import *
from nnmem.attention.multi_head import *
from nnmem.attention.pointing import *
from nnmem.attention.scores import *
from nnmem.attention.soft import *
from nnmem.attention.structured import *
from nnmem.attention.window import *
from nnmem.external.attention_write import *
from nnmem.external.content import *
from nnmem.external.deque import *
from nnmem.external.location import *
from nnmem.external.memory import *
from nnmem.external.queue import *
from nnmem.external.stack import *
from nnmem.nn.convolution import *
from nnmem.nn.gated_recurrent_unit import *
from nnmem.nn.gelu import *
from nnmem.nn.layer_norm import *
from nnmem.nn.margin_ranking import *
from nnmem.nn.maxout import *
from nnmem.nn.patches import *
from nnmem.nn.score_function import *
from nnmem.study.check.gradient_report import *
from nnmem.study.check.gradients import *
from nnmem.study.grade.desk import *
from nnmem.version import __version__ as __version__

__all__ = sorted(name for name, value in globals().items() if name[0] != "_" and not isinstance(value, _Module))


def __getattr__(name: str) -> _Module:
    """``nnmem.recipes`` and ``nnmem.models``, loaded when they are asked for."""
    if name in ("models", "recipes"):
        return _import_module(f"nnmem.{name}")
    raise AttributeError(f"module 'nnmem' has no attribute {name!r}")
