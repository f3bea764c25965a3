"""What pointer networks reach."""

from nnmem.study.results.measured import PAPER, PAPER_ZH, Measured, each

ROWS = (
    Measured(
        "pointer-sort",
        "ten numbers sorted without an error (%)",
        "10 个数完全排对的比例（%）",
        each("exact_10", times=100),
        target="95",
        target_zh="95",
        digits=1,
    ),
    Measured(
        "pointer-hull",
        "hulls of 5 points right (%); of 10 points",
        "5 个点的凸包完全正确的比例（%）；10 个点",
        each("accuracy_5", "accuracy_10", times=100),
        target=f"92; 87{PAPER}",
        target_zh=f"92；87{PAPER_ZH}",
        digits=1,
    ),
    Measured(
        "pointer-hull-long",
        "trained on 5 to 50 points, hulls of 10 points right (%); of 20; of 50",
        "用 5 至 50 个点训练，10 个点的凸包完全正确的比例（%）；20 个点；50 个点",
        each("accuracy_10", "accuracy_20", "accuracy_50", times=100),
        target=f"87 (10), 69.6 (50){PAPER}",
        target_zh=f"87（10 个点）、69.6（50 个点）{PAPER_ZH}",
        digits=1,
    ),
    Measured(
        "pointer-tsp",
        "tours of 5 cities, length / shortest; of 10 cities",
        "5 个城市的路线长度 / 最短长度；10 个城市",
        each("length_ratio_5", "length_ratio_10"),
        target="1.01; 1.06",
        target_zh="1.01；1.06",
        digits=3,
    ),
)
