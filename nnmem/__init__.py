"""Attention and memory: formulas (8.1) to (8.24) of the chapter, each with its gradient, in NumPy.

Every ``NAME_forward`` has its ``NAME_backward``; ``nnmem eq`` lists them by equation.
"""

from nnmem.attention.distribution import (
    attention_distribution_backward,
    attention_distribution_forward,
    weighted_sum_backward,
    weighted_sum_forward,
)
from nnmem.attention.hard import (
    hard_attention_backward,
    hard_attention_forward,
    sampled_attention_backward,
    sampled_attention_forward,
)
from nnmem.attention.multi_head import (
    multi_head_attention_backward,
    multi_head_attention_forward,
    multi_query_attention_backward,
    multi_query_attention_forward,
)
from nnmem.attention.pointer import (
    pointer_distribution_backward,
    pointer_distribution_forward,
    pointer_log_likelihood_backward,
    pointer_log_likelihood_forward,
)
from nnmem.attention.scores import (
    additive_score_backward,
    additive_score_forward,
    bilinear_score_backward,
    bilinear_score_forward,
    dot_score_backward,
    dot_score_forward,
    scaled_dot_score_backward,
    scaled_dot_score_forward,
)
from nnmem.attention.soft import (
    key_value_attention_backward,
    key_value_attention_forward,
    soft_attention_backward,
    soft_attention_forward,
)
from nnmem.study.desk import grade
from nnmem.study.gradient_report import GradientReport
from nnmem.study.gradients import check_gradients

__version__ = "0.1.0"

__all__ = [
    "GradientReport",
    "additive_score_backward",
    "additive_score_forward",
    "attention_distribution_backward",
    "attention_distribution_forward",
    "bilinear_score_backward",
    "bilinear_score_forward",
    "check_gradients",
    "dot_score_backward",
    "dot_score_forward",
    "grade",
    "hard_attention_backward",
    "hard_attention_forward",
    "key_value_attention_backward",
    "key_value_attention_forward",
    "multi_head_attention_backward",
    "multi_head_attention_forward",
    "multi_query_attention_backward",
    "multi_query_attention_forward",
    "pointer_distribution_backward",
    "pointer_distribution_forward",
    "pointer_log_likelihood_backward",
    "pointer_log_likelihood_forward",
    "sampled_attention_backward",
    "sampled_attention_forward",
    "scaled_dot_score_backward",
    "scaled_dot_score_forward",
    "soft_attention_backward",
    "soft_attention_forward",
    "weighted_sum_backward",
    "weighted_sum_forward",
]
