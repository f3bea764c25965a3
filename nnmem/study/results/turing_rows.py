"""What neural Turing machines reach."""

from nnmem.study.results.measured import Measured, above_best, each, range_of, within

ROWS = (
    Measured(
        "ntm-copy",
        "bits of error a sequence, lengths 1 to 20: the worst of twenty seeds",
        "长度 1 至 20 每个序列的错误比特数：二十个种子中最差者",
        lambda runs: [[max(run["bits_1_20"] for run in runs)]],
        range_of(each("lstm_bits_1_20")),
        target="0.01",
        target_zh="0.01",
    ),
    Measured(
        "ntm-copy",
        "of twenty seeds, how many stay within 2 bits at length 120; the bits of the others",
        "二十个种子中，长度 120 时误差在 2 比特以内的个数；其余种子的比特数",
        within("bits_120", 2.0),
        range_of(each("lstm_bits_120")),
        target="8 of 10",
        target_zh="十个中八个",
        digits=0,
    ),
    Measured(
        "ntm-recall",
        "bits of error, 2 to 6 items; 20 items",
        "错误比特数，2 至 6 项；20 项",
        each("bits_2_6", "bits_20"),
        range_of(each("lstm_bits_2_6", "lstm_bits_20")),
    ),
    Measured(
        "ntm-ngram",
        "bits above the best predictor, of 200; of 400",
        "比最优预测器多出的比特数，200 位；400 位",
        above_best(),
        range_of(above_best("lstm_")),
        target="0.5 to 1, read off the paper's figure 13",
        target_zh="0.5 至 1（读自论文图 13）",
    ),
    Measured(
        "ntm-repeat-copy",
        "bits of error, up to 10 vectors up to 10 times; 20 vectors 5 times, too many for its 32 rows",
        "错误比特数，至多 10 个向量重复至多 10 次；20 个向量重复 5 次（32 个记忆片段不够用）",
        each("bits_trained", "bits_20_5"),
        range_of(each("lstm_bits_trained", "lstm_bits_20_5")),
    ),
    Measured(
        "ntm-sort",
        "bits of error, the first 6 of 8; 9 of 12; 15 of 20",
        "错误比特数，8 个中的前 6 个；12 个中的前 9 个；20 个中的前 15 个",
        each("bits_8", "bits_12", "bits_20"),
        range_of(each("lstm_bits_8", "lstm_bits_12", "lstm_bits_20")),
    ),
)
