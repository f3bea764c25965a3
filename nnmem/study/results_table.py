"""What the models reach: each cell of the table of results is computed from a saved run, as declared here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nnmem.recipes.associative.hopfield_capacity import half_loads
from nnmem.recipes.result import Result

Numbers = list[float]


class Measured(NamedTuple):
    """One line of the table: what was measured, how its numbers come out of the saved runs, what was aimed at.

    ``numbers`` takes the metrics of every seed, or of the one run in a JSON file, and returns groups of numbers;
    ``beside`` does so for the LSTM that was trained on the same task.
    """

    saved: str
    what: str
    what_zh: str
    numbers: Callable[[Any], list[Numbers]]
    beside: Callable[[Any], list[Numbers]] | None = None
    target: str = ""
    target_zh: str = ""
    digits: int | None = None


def each(*metrics: str, times: float = 1.0) -> Callable[[list[dict[str, float]]], list[Numbers]]:
    """A group for every metric: its value with every seed."""
    return lambda runs: [[times * run[metric] for run in runs] for metric in metrics]


def above_best(prefix: str = "") -> Callable[[list[dict[str, float]]], list[Numbers]]:
    """Bits above the best predictor, for sequences of 200 and of 400."""
    lengths = ("200", "400")
    return lambda runs: [[run[f"{prefix}bits_{n}"] - run[f"{prefix}optimal_{n}"] for run in runs] for n in lengths]


def range_of(numbers: Callable[[Any], list[Numbers]]) -> Callable[[Any], list[Numbers]]:
    """The least and the largest of every group."""
    return lambda runs: [[min(group), max(group)] for group in numbers(runs)]


def tasks(*numbers: int) -> Callable[[list[dict[str, Any]]], list[Numbers]]:
    """The test error of each of these tasks."""

    def errors(rows: list[dict[str, Any]]) -> list[Numbers]:
        known = {row["task"]: row["test_error"] for row in rows}
        return [[known[number] for number in numbers]]

    return errors


def joint(rows: list[dict[str, Any]]) -> list[Numbers]:
    """The mean error of all tasks: of the test files where there are any, else of the validation stories."""
    mixed = [row["validation_error"] if row["test_error"] is None else row["test_error"] for row in rows]
    return [[float(np.mean(mixed))]]


def within(metric: str, bound: float) -> Callable[[list[dict[str, float]]], list[Numbers]]:
    """How many seeds stay below a bound, then the values of those that do not."""

    def split(runs: list[dict[str, float]]) -> list[Numbers]:
        found = [run[metric] for run in runs]
        return [[float(sum(x < bound for x in found))], [x for x in found if x >= bound]]

    return split


COMMANDS = {"memn2n-single": "memn2n-babi", "memn2n-joint": "memn2n-babi --joint"}  # others are saved as named
PAPER, PAPER_ZH = ", the paper", "（论文）"
RESULTS = (
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
        "pointer-tsp",
        "tours of 5 cities, length / shortest; of 10 cities",
        "5 个城市的路线长度 / 最短长度；10 个城市",
        each("length_ratio_5", "length_ratio_10"),
        target="1.01; 1.06",
        target_zh="1.01；1.06",
        digits=3,
    ),
    Measured(
        "hopfield-capacity",
        "load at which the overlap falls to 0.65, with m = 1000, 2000, 5000, 10000 neurons",
        "重叠度降到 0.65 时的负载，神经元数 m = 1000、2000、5000、10000",
        lambda rows: [list(half_loads(rows).values())],
        target="0.138 for m → ∞",
        target_zh="m → ∞ 时 0.138",
        digits=3,
    ),
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


def results_table(root: Path, up: str, chinese: bool) -> Iterator[str]:
    """The lines of the table, in English or Chinese, from the runs saved in the checkout at ``root``."""
    head = ("训练方案", "测量的量", "种子 0、1、2……", "LSTM", "目标")
    if not chinese:
        head = ("recipe", "what is measured", "seeds 0, 1, 2, …", "an LSTM", "target")
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    comma, semicolon, to = ("、", "；", " 至 ") if chinese else (", ", "; ", " to ")
    for line in RESULTS:
        runs = metrics(root / "notebooks" / "results", line.saved)
        groups = line.numbers(runs)
        own = semicolon.join(comma.join(written(x, line.digits) for x in group) for group in groups)
        ranges = line.beside(runs) if line.beside else []
        lstm = semicolon.join(to.join(dict.fromkeys(written(x, 0) for x in group)) for group in ranges)
        what, target = (line.what_zh, line.target_zh) if chinese else (line.what, line.target)
        yield f"| `{COMMANDS.get(line.saved, line.saved)}` | {what} | {own} | {lstm} | {target} |"


@cache
def metrics(folder: Path, saved: str) -> Any:
    """The metrics of one JSON file, or of the same run with every seed there is, none left out."""
    path = folder / f"{saved}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))["metrics"]
    runs = sorted((Result.load(file) for file in folder.glob(f"{saved}-seed*.npz")), key=lambda run: run.seed)
    if len(runs) < 3 or [run.seed for run in runs] != list(range(len(runs))):
        seeds = [run.seed for run in runs]
        raise ValueError(f"{saved}: seeds {seeds} are saved, should be 0, 1, 2 and on without a gap")
    return [run.metrics for run in runs]


def written(x: float, digits: int | None) -> str:
    """A number with so many decimals, without them if it is zero; if None, with the two figures that count."""
    if x == 0:
        return "0"
    if digits is None:
        digits = max(0, 1 - math.floor(math.log10(abs(x))))
    return f"{x:.{digits}f}"
