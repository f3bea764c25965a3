"""What networks that answer questions reach."""

from nnmem.study.results.measured import PAPER, PAPER_ZH, Measured, joint, mean_of, seeds_of_tasks, tasks

ROWS = (
    Measured(
        "memn2n-single",
        "test error on tasks 1, 2, 3, 6, 15, 16, learned singly (%)",
        "任务 1、2、3、6、15、16 单独训练的测试错误率（%）",
        tasks(1, 2, 3, 6, 15, 16),
        target=f"0, 8.3, 40.3, 7.6, 0, 1.3{PAPER}",
        target_zh=f"0、8.3、40.3、7.6、0、1.3{PAPER_ZH}",
        digits=1,
    ),
    Measured(
        "memn2n-joint",
        "mean error of all 20 tasks, learned by one model: test where at hand, else validation (%)",
        "20 个任务由一个模型联合训练的平均错误率：有测试文件的任务用测试集，其余用验证集（%）",
        joint,
        target="12.4, the paper's test",
        target_zh="12.4（论文，测试）",
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
        "memnn-babi",
        "supporting facts told: mean test error of tasks 1, 2, 3, 6, 15 (%); of all 20, one seed",
        "给出支持事实：任务 1、2、3、6、15 的平均测试错误率（%）；全部 20 个任务（一个种子）",
        mean_of(1, 2, 3, 6, 15),
        target="1; 6.7, the paper's, from memory",
        target_zh="1；6.7（论文，凭记忆，未核对）",
        digits=2,
    ),
)
