"""What attention between sequences and over structure reaches."""

from nnmem.study.results.measured import Measured, each

ROWS = (
    Measured(
        "documents",
        "documents of 8 sentences classified (%), values are embeddings; weight on the deciding sentence; on its word",
        "8 个句子的文档分类正确率（%），值为词嵌入；决定句上的权重；其中决定词上的权重",
        each("accuracy", "sentence_share", "word_share", times=100),
        target="99; 90; 90",
        target_zh="99；90；90",
        digits=1,
    ),
    Measured(
        "documents",
        "the same learned at once, without lessons: accuracy; weight on the deciding sentence; on its word (%)",
        "同样的文档，不分阶段、一次学完：正确率；决定句上的权重；其中决定词上的权重（%）",
        each("accuracy_at_once", "sentence_share_at_once", "word_share_at_once", times=100),
        digits=1,
    ),
    Measured(
        "documents",
        "the paper's form, values are states: accuracy; weight on the sentence; on its word; a bag of words (%)",
        "论文的形式，值为循环网络的状态：正确率；决定句上的权重；决定词上的权重；词袋模型的正确率（%）",
        each("accuracy_paper", "sentence_share_paper", "word_share_paper", "accuracy_flat", times=100),
        digits=1,
    ),
    Measured(
        "translate-dates",
        "sentences of 1; 2; 3 Chinese dates translated without a mistake (%)",
        "1 个；2 个；3 个日期的中文句子完全译对的比例（%）",
        each("exact_1", "exact_2", "exact_3", times=100),
        target="99; 98; 95",
        target_zh="99；98；95",
        digits=1,
    ),
    Measured(
        "translate-dates",
        "the same without attention; words that look most at their own part of the source (%)",
        "不用注意力时的同一比例；注意力权重最大处落在对应原文上的词（%）",
        each(
            "exact_1_without_attention", "exact_2_without_attention", "exact_3_without_attention", "aligned", times=100
        ),
        digits=1,
    ),
    Measured(
        "reverse-symbols",
        "16 random symbols reversed, single symbols right (%): with attention; without",
        "16 个随机符号逆序，单个符号正确的比例（%）：用注意力；不用注意力",
        each("symbols_16", "symbols_16_without_attention", times=100),
        target="100; 59",
        target_zh="100；59",
        digits=1,
    ),
    Measured(
        "handwriting",
        "letter errors read back (%): unseen words; with pairs of letters never shown; 16 letters",
        "生成的手写被读回时的字母错误率（%）：未见过的词；含未见过的字母对的词；16 个字母",
        each("letter_error", "letter_error_pairs", "letter_error_16", times=100),
        target="3",
        target_zh="3",
        digits=1,
    ),
    Measured(
        "segments",
        "sums of segments within a half (%), n = 16: a chain; a softmax; sigmoids",
        "片段之和误差在 0.5 以内的比例（%），n = 16：链；softmax；sigmoid",
        each("within_half_crf", "within_half_softmax", "within_half_sigmoid", times=100),
        target="88 of the chain",
        target_zh="链 88",
        digits=1,
    ),
    Measured(
        "segments",
        "the chain trained on up to 16 items, on rows of 32, of 64; on two stretches laid end to end, on three (%)",
        "在至多 16 个输入上训练的链，用于 32 个、64 个输入；用于首尾相接的两个、三个片段（%）",
        each(
            "within_half_crf_32",
            "within_half_crf_64",
            "within_half_crf_2_stretches",
            "within_half_crf_3_stretches",
            times=100,
        ),
        digits=1,
    ),
)
