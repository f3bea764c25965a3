"""Section 8.2.3: bidirectional memory, which has no gradient and no equation in the chapter."""

from __future__ import annotations

from nnmem.associative import bidirectional
from nnmem.study.index.drawing import quarters, signs
from nnmem.study.index.entry import Entry, Layout, Plain
from nnmem.study.index.mistakes.in_retrieval import PAIR_RETRIEVE, PAIR_WEIGHTS

ENTRY = Entry(
    equations=(),
    pairs=(),
    plain=(
        Plain(
            "bidirectional_weights",
            bidirectional,
            (Layout(bidirectional.PAIRS, special={"X": signs, "Y": signs}),),
            known=PAIR_WEIGHTS,
        ),
        Plain(
            "bidirectional_retrieve",
            bidirectional,
            (Layout(bidirectional.PROBE, special={"x": signs, "W": quarters}),),
            known=PAIR_RETRIEVE,
        ),
    ),
)
