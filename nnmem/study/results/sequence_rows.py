"""What attention between sequences and over structure reaches."""

from nnmem.study.results.measured import Measured, each

ROWS = (
    Measured(
        "segments",
        "sums of segments within a half (%), n = 16: a chain; a softmax; sigmoids",
        "片段之和误差在 0.5 以内的比例（%），n = 16：链；softmax；sigmoid",
        each("within_half_crf", "within_half_softmax", "within_half_sigmoid", times=100),
        target="88 of the chain",
        target_zh="链 88",
        digits=1,
    ),
)
