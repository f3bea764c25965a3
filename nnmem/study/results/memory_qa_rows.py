"""What networks that answer questions reach."""

from nnmem.recipes.memory_qa.qa_memory import ABLATION
from nnmem.study.results.measured import (
    PAPER,
    PAPER_ZH,
    Measured,
    mean_of,
    mean_of_columns,
    mean_of_tasks,
    seeds_of_tasks,
    tasks,
)

ROWS = (
    Measured(
        "memn2n-single",
        "test error on tasks 1; 2; 3; 16, learned singly (%); the mean of all 20",
        "任务 1；2；3；16 单独训练的测试错误率（%）；全部 20 个任务的平均",
        lambda rows: [*tasks(1, 2, 3, 16)(rows), *mean_of_tasks(rows)],
        target=f"0; 8.3; 40.3; 1.3; 13.9{PAPER}",
        target_zh=f"0；8.3；40.3；1.3；13.9{PAPER_ZH}",
        digits=1,
    ),
    Measured(
        "memn2n-joint",
        "mean test error of all 20 tasks, learned by one model (%)",
        "20 个任务由一个模型联合训练的平均测试错误率（%）",
        mean_of_tasks,
        target=f"12.4{PAPER}",
        target_zh=f"12.4{PAPER_ZH}",
        digits=1,
    ),
    Measured(
        "qa-memory",
        "test error of answers that are written word after word, on tasks 1; 2; 3; 8 (%)",
        "任务 1；2；3；8 上逐词生成的答案的测试错误率（%）",
        seeds_of_tasks(1, 2, 3, 8),
        digits=1,
    ),
    Measured(
        "qa-memory-ablation",
        "mean test error of tasks 1, 2, 8 (%): the system; no external memory; no internal memory; uniform writing; "
        "facts not told; BERT-like encoder",
        "任务 1、2、8 的平均测试错误率（%）：完整系统；去掉外部记忆；去掉内部记忆；均匀写入；"
        "不告知支持事实；BERT 式编码器",
        mean_of_columns(*ABLATION),
        digits=1,
    ),
    Measured(
        "memnn-babi",
        "supporting facts told: mean test error of tasks 1, 2, 3, 6, 15 (%); of all 20, one seed",
        "给出支持事实：任务 1、2、3、6、15 的平均测试错误率（%）；全部 20 个任务（一个种子）",
        mean_of(1, 2, 3, 6, 15),
        target="1; 6.7, the paper's, from memory",
        target_zh="1；6.7（论文，凭记忆，未核对）",
        digits=2,
    ),
    Measured(
        "dmn-babi",
        "gates told: test error of tasks 1; 2; 6; 15 (%); mean of all 20, one seed",
        "门有监督：任务 1；2；6；15 的测试错误率（%）；全部 20 个任务的平均（一个种子）",
        lambda runs: [*seeds_of_tasks(1, 2, 6, 15)(runs), mean_of(1)(runs)[1]],
        target="1; 8; 1; 1; 6.4, the paper's, from memory",
        target_zh="1；8；1；1；6.4（论文，凭记忆，未核对）",
        digits=1,
    ),
    *(
        Measured(
            f"dmn-babi-episodes{T}",
            f"gates told, {T} episode{'s' * (T > 1)}, one start of half the epochs: test error of tasks 2; 3 (%)",
            f"门有监督，{zh}轮，只初始化一次，训练时间减半：任务 2；3 的测试错误率（%）",
            seeds_of_tasks(2, 3),
            digits=1,
        )
        for T, zh in ((1, "一"), (2, "两"), (3, "三"))
    ),
)
