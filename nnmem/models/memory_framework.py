"""Models with a memory in four letters: controller C, memory M, reading r = R(m, q_r), writing m′ = W(m, q_w, a).

Every form below is the same two functions, ``read(m, q, *params)`` and ``write(m, q, a)``, each a line or two of the
house's formulas. What is left of a model, and where queries and what is written come from, is its controller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from nnmem.models.memory_operations import (
    appended,
    push_and_pop,
    read_best,
    read_by_content,
    read_in_order,
    read_pairs,
    read_pointer,
    read_slots,
    read_states,
    read_top,
    write_by_content,
    write_pair,
)
from nnmem.models.memory_qa.dynamic_memory_network import DMN
from nnmem.models.memory_qa.memn2n import MemN2N
from nnmem.models.memory_qa.memory_network import MemoryNetwork
from nnmem.models.memory_qa.qa_system import QASystem
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.models.structures.structured_memory import StructuredMemory
from nnmem.models.turing.turing_machine import NTM


class ModelWithMemory(Protocol):
    """What a controller is to the outside: it starts, answers, and learns from the gradient of its answer."""

    def init(self, rng: np.random.Generator) -> Any:
        """First parameters."""

    def forward(self, params: Any, *inputs: Any) -> tuple[Any, ...]:
        """Outputs and a cache."""

    def backward(self, *doutputs: Any) -> Any:
        """Gradients of the parameters."""


class Said(NamedTuple):
    """A cell of the table, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class MemoryForm:
    """How a model stands in the framework; ``read`` and ``write`` run.

    Parameters
    ----------
    model : type
        A ``ModelWithMemory``.
    name, controller, memory : Said
        The model, C and M.
    read : callable
        R, ``read(m, q, *params) -> r``.
    reads : Said
    write : callable
        W, ``write(m, q, a, *params) -> m``.
    writes, order, supervision : Said
        In which order it writes and reads, and what training tells it.
    """

    model: type[Any]
    name: Said
    controller: Said
    memory: Said
    read: Callable[..., Any]
    reads: Said
    write: Callable[..., Any]
    writes: Said
    order: Said
    supervision: Said


ONCE_THEN = Said("all is written first, then read", "先全部写入，再读取")
EVERY_STEP = Said("read and written at every step", "每一步都读和写")
ROW_EACH = Said("a row for each item, nothing is changed later", "每项一行，之后不再改动")
ANSWERS = Said("the answer", "只给答案")
FACTS = Said("the answer and the supporting facts", "答案与支持事实")

FORMS = (
    MemoryForm(
        PointerNetwork,
        Said("pointer network", "指针网络"),
        Said("LSTM that decodes", "解码的 LSTM"),
        Said("states of the encoder", "编码器的各状态"),
        read_pointer,
        Said("additive scores; the weights are the output", "加性模型打分，权重即输出"),
        appended,
        ROW_EACH,
        Said("written once, read at every output", "写一次，每个输出读一次"),
        Said("the right place at every step", "每一步的正确位置"),
    ),
    MemoryForm(
        MemN2N,
        Said("end-to-end memory network", "端到端记忆网络"),
        Said("q + r, hop after hop", "逐跳 q + r"),
        Said("keys and values of the sentences", "各句的键和值"),
        read_pairs,
        Said("soft attention, K hops", "软性注意力，K 跳"),
        appended,
        ROW_EACH,
        ONCE_THEN,
        ANSWERS,
    ),
    MemoryForm(
        MemoryNetwork,
        Said("memory network", "记忆网络"),
        Said("tanh of question and facts", "问题与事实之和的 tanh"),
        Said("features of the sentences", "各句的特征"),
        read_best,
        Said("hard: the one that fits best, until enough", "硬性：取最匹配的一句，直到足够"),
        appended,
        ROW_EACH,
        ONCE_THEN,
        FACTS,
    ),
    MemoryForm(
        DMN,
        Said("dynamic memory network", "动态记忆网络"),
        Said("memory of the episodes, ReLU(M [m, c, q])", "各轮的情景记忆 ReLU(M [m, c, q])"),
        Said("facts: sentences read in both directions", "事实：双向读过的各句"),
        read_in_order,
        Said("gates of an attention GRU, T episodes", "注意力 GRU 的门，T 轮"),
        appended,
        ROW_EACH,
        ONCE_THEN,
        Said("the answer; the supporting facts or not", "答案；支持事实可给可不给"),
    ),
    MemoryForm(
        NTM,
        Said("neural Turing machine", "神经图灵机"),
        Said("LSTM or feed-forward network", "LSTM 或前馈网络"),
        Said("a matrix of fixed size", "大小固定的矩阵"),
        read_by_content,
        Said("by content, then by location", "先按内容，再按位置"),
        write_by_content,
        Said("erase, then add", "先删除，后增加"),
        EVERY_STEP,
        Said("the output sequence", "输出序列"),
    ),
    MemoryForm(
        FastWeightsNetwork,
        Said("fast weights", "快速权重"),
        Said("recurrent network", "循环神经网络"),
        Said("connections: the states so far", "连接：至今的各状态"),
        read_states,
        Said("scores without softmax, older ones fainter", "不经 softmax 的得分，越旧越弱"),
        appended,
        Said("Hebbian: A ← λA + η h hᵀ", "Hebbian 法则：A ← λA + η h hᵀ"),
        EVERY_STEP,
        ANSWERS,
    ),
    MemoryForm(
        StructuredMemory,
        Said("stack", "栈"),
        Said("LSTM", "LSTM"),
        Said("vectors and their strengths", "向量及其强度"),
        read_top,
        Said("the uppermost unit, nobody asks", "栈顶的一个单位，不用查询"),
        push_and_pop,
        Said("pop, then push", "先出栈，后压栈"),
        Said("at every step written, then read", "每一步先写后读"),
        Said("the output sequence", "输出序列"),
    ),
    MemoryForm(
        QASystem,
        Said("question-answering system", "问答系统"),
        Said("encoder, LSTM over the facts, decoder", "编码器、读事实的 LSTM、解码器"),
        Said("keys and values in slots, and the LSTM's state", "各槽的键和值，以及 LSTM 的状态"),
        read_slots,
        Said("soft attention of several heads, in hops", "多头软性注意力，逐跳"),
        write_pair,
        Said("by attention: m ← (1 − w) m + w a", "按注意力：m ← (1 − w) m + w a"),
        Said("written fact after fact, then read", "逐个事实写入，再读取"),
        ANSWERS,
    ),
)


def form_of(model: Any) -> MemoryForm:
    """Return how a model stands in the framework.

    Raises
    ------
    TypeError
        It has no memory that is known here.
    """
    for form in FORMS:
        if isinstance(model, form.model):
            return form
    known = ", ".join(form.model.__name__ for form in FORMS)
    raise TypeError(f"form_of: {type(model).__name__} is no model with a memory; there are {known}")
