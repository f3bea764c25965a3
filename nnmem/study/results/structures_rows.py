"""What stacks and queues reach."""

from nnmem.study.results.measured import Measured, each, range_of

ROWS = (
    Measured(
        "stack-reversal",
        "words of 12; 24; 32 symbols said backwards without a mistake (%), trained on 4 to 12",
        "倒着说出 12、24、32 个符号的词，整词全对的比例（%），训练长度 4 至 12",
        each("exact_12", "exact_24", "exact_32", times=100),
        range_of(each("lstm_exact_12", "lstm_exact_24", "lstm_exact_32", times=100)),
        target="98; 90",
        target_zh="98；90",
        digits=1,
    ),
    Measured(
        "queue-copy",
        "words of 12; 24; 48 symbols said again without a mistake (%), trained on 4 to 12",
        "照样说出 12、24、48 个符号的词，整词全对的比例（%），训练长度 4 至 12",
        each("exact_12", "exact_24", "exact_48", times=100),
        range_of(each("lstm_exact_12", "lstm_exact_24", "lstm_exact_48", times=100)),
        target="98; 99",
        target_zh="98；99",
        digits=1,
    ),
)
