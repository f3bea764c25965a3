"""Section 8.2.2: memories organised as a stack, a queue or both in one."""

from __future__ import annotations

import numpy as np

from nnmem.external import deque, queue, stack
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_stack_and_queue import (
    DEQUE_READ,
    DEQUE_UPDATE,
    QUEUE_READ,
    QUEUE_UPDATE,
    STACK_READ,
    STACK_UPDATE,
)

NOTEBOOK = "13_shapes_of_memory"


def _strength(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Strengths below 1/2: six of them are popped in part and fill more than one read."""
    return rng.uniform(0.02, 0.49, size=shape)


STRENGTHS = dict.fromkeys(("s", "u", "d", "u_top", "d_top", "u_bottom", "d_bottom"), _strength)
SIZES = {"t": 6}
ENTRY = Entry(
    equations=(
        Equation(
            "8.2.2",
            "8.2.2",
            "Continuous stack",
            "连续的栈",
            "s′ᵢ = max(0, sᵢ − max(0, u − Σ_{j>i} sⱼ)), s′_{t+1} = d;  r = Σᵢ min(sᵢ, max(0, 1 − Σ_{j>i} sⱼ)) vᵢ",
            "Pop takes strength from the top down, push adds a vector and its strength, a read takes one from the top.",
            "出栈自栈顶向下减去强度，压栈以给定强度加入新向量，读操作自栈顶取总强度为 1 的向量。",
            ("stack_update", "stack_read"),
            NOTEBOOK,
            also="neural stack push pop differentiable Grefenstette 压栈 出栈 可微",
        ),
        Equation(
            "8.2.2",
            "8.2.2",
            "Continuous queue",
            "连续的队列",
            "s′ᵢ = max(0, sᵢ − max(0, u − Σ_{j<i} sⱼ)), s′_{t+1} = d;  r = Σᵢ min(sᵢ, max(0, 1 − Σ_{j<i} sⱼ)) vᵢ",
            "The stack's formula with the sums over older entries: what came first is popped and read first.",
            "与栈的公式相同，只是对更早的向量求和：先进入的先出队、先读出。",
            ("queue_update", "queue_read"),
            NOTEBOOK,
            also="neural queue enqueue dequeue differentiable Grefenstette 可微",
        ),
        Equation(
            "8.2.2",
            "8.2.2",
            "Continuous deque",
            "连续的双端队列",
            "s′ = [d_bottom, pop_bottom(pop_top(s, u_top), u_bottom), d_top];  r_top, r_bottom",
            "Pushed, popped and read at both ends.",
            "两端都可以加入、取出和读取。",
            ("deque_update", "deque_read"),
            NOTEBOOK,
            also="neural deque double-ended queue differentiable Grefenstette 可微",
        ),
    ),
    pairs=(
        Pair(
            "stack_update",
            stack,
            (Layout(stack.STACK_UPDATE, special=STRENGTHS, sizes=SIZES),),
            known=STACK_UPDATE,
            extremes=(
                Extreme("pop from the empty stack", (np.zeros(0), 1.0, 0.5), expected=[0.5]),
                Extreme("the whole top", ([1.0, 1.0], 1.0, 1.0), expected=[1, 0, 1]),
                Extreme("more than is there", ([0.25, 0.5], 1.0, 0.0), expected=[0, 0, 0]),
            ),
        ),
        Pair(
            "stack_read",
            stack,
            (Layout(stack.STACK_READ, special=STRENGTHS, sizes=SIZES),),
            known=STACK_READ,
            extremes=(
                Extreme("the empty stack", (np.zeros((0, 2)), np.zeros(0)), expected=[0, 0]),
                Extreme("the whole top", ([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]), expected=[3, 4]),
            ),
        ),
        Pair(
            "queue_update",
            queue,
            (Layout(queue.QUEUE_UPDATE, special=STRENGTHS, sizes=SIZES),),
            known=QUEUE_UPDATE,
            extremes=(
                Extreme("pop from the empty queue", (np.zeros(0), 1.0, 0.5), expected=[0.5]),
                Extreme("the whole front", ([1.0, 1.0], 1.0, 1.0), expected=[0, 1, 1]),
            ),
        ),
        Pair(
            "queue_read",
            queue,
            (Layout(queue.QUEUE_READ, special=STRENGTHS, sizes=SIZES),),
            known=QUEUE_READ,
            extremes=(
                Extreme("the empty queue", (np.zeros((0, 2)), np.zeros(0)), expected=[0, 0]),
                Extreme("the whole front", ([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]), expected=[1, 2]),
            ),
        ),
        Pair(
            "deque_update",
            deque,
            (Layout(deque.DEQUE_UPDATE, special=STRENGTHS, sizes=SIZES),),
            known=DEQUE_UPDATE,
            extremes=(
                Extreme("pops from the empty deque", (np.zeros(0), 1.0, 0.5, 1.0, 0.25), expected=[0.25, 0.5]),
                Extreme("one entry for two pops", ([1.0], 1.0, 0.0, 1.0, 0.0), expected=[0, 0, 0]),
            ),
        ),
        Pair("deque_read", deque, (Layout(deque.DEQUE_READ, special=STRENGTHS, sizes=SIZES),), known=DEQUE_READ),
    ),
)
