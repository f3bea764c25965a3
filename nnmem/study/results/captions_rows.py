"""What captions of pictures reach."""

from nnmem.study.results.measured import Measured, each

ROWS = (
    Measured(
        "caption-digits",
        "captions all right (%): soft; hard, by argmax; without attention",
        "描述全对的比例（%）：软性；硬性（取最大者）；没有注意力",
        each("exact", "hard_exact", "exact_without_attention", times=100),
        target="soft 95, hard 90",
        target_zh="软性 95，硬性 90",
        digits=1,
    ),
    Measured(
        "caption-digits",
        "digit words that look at their digit (%): soft; hard",
        "看对地方的数字词（%）：软性；硬性",
        each("looks_right", "hard_looks_right", times=100),
        digits=1,
    ),
)
