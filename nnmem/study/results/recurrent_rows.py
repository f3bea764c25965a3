"""What memory in the connections reach."""

from nnmem.study.results.measured import PAPER, PAPER_ZH, Measured, each, range_of

ROWS = (
    Measured(
        "fast-weights",
        "right answers in associative retrieval, 4 pairs, 50 hidden units (%)",
        "联想检索（4 对，50 个隐单元）答对的比例（%）",
        each("accuracy", times=100),
        range_of(each("lstm_accuracy", times=100)),
        target=f"100{PAPER}",
        target_zh=f"100{PAPER_ZH}",
        digits=2,
    ),
    Measured(
        "associative-lstm",
        "symbols copied right, 10 after a pause (%)",
        "停顿之后复制 10 个符号，正确的比例（%）",
        each("accuracy_10", times=100),
        range_of(each("lstm_accuracy_10", times=100)),
        target="90",
        target_zh="90",
        digits=1,
    ),
    Measured(
        "complex-denoising",
        "power of the error / power of the signal: modReLU; CReLU; zReLU; a real network",
        "误差功率 / 信号功率：modReLU；CReLU；zReLU；实数网络",
        each("nmse_modrelu", "nmse_crelu", "nmse_zrelu", "nmse_real"),
        target="0.08; of the input 0.50",
        target_zh="0.08；输入为 0.50",
        digits=3,
    ),
)
