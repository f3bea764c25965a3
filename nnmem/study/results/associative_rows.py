"""What associative memories reach."""

from nnmem.recipes.associative.hopfield_capacity import half_loads
from nnmem.study.results.measured import Measured

ROWS = (
    Measured(
        "hopfield-capacity",
        "load at which the overlap falls to 0.65, with m = 1000; 2000; 5000; 10000 neurons",
        "重叠度降到 0.65 时的负载，神经元数 m = 1000；2000；5000；10000",
        lambda rows: [[load] for load in half_loads(rows).values()],
        target="0.138 for m → ∞",
        target_zh="m → ∞ 时 0.138",
        digits=3,
    ),
)
