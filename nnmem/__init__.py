"""Attention and memory: formulas (8.1) to (8.24) of the chapter, each with its gradient, in NumPy.

Every ``NAME_forward`` has its ``NAME_backward``; ``nnmem eq`` lists them by equation.
"""

from nnmem.associative.bidirectional import bidirectional_retrieve, bidirectional_weights
from nnmem.associative.boltzmann import (
    boltzmann_log_likelihood_backward,
    boltzmann_log_likelihood_forward,
    boltzmann_sample,
    boltzmann_train,
)
from nnmem.associative.continuous import (
    continuous_hopfield_energy_backward,
    continuous_hopfield_energy_forward,
    continuous_hopfield_retrieve,
)
from nnmem.associative.dense import dense_energy_backward, dense_energy_forward, dense_retrieve
from nnmem.associative.holographic import (
    bind_backward,
    bind_forward,
    clean_up,
    holographic_items,
    unbind_backward,
    unbind_forward,
)
from nnmem.associative.hopfield import (
    check_hopfield_weights,
    hopfield_energy_backward,
    hopfield_energy_forward,
    hopfield_update_backward,
    hopfield_update_forward,
)
from nnmem.associative.learning import (
    hebbian_weights_backward,
    hebbian_weights_forward,
    pseudo_inverse_weights,
    storkey_weights,
)
from nnmem.associative.modern import (
    modern_hopfield_backward,
    modern_hopfield_energy_backward,
    modern_hopfield_energy_forward,
    modern_hopfield_forward,
    modern_hopfield_retrieve,
)
from nnmem.associative.retrieval import hopfield_period, hopfield_retrieve
from nnmem.associative.travelling_salesman import read_tour, tour_weights
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
from nnmem.external.content import (
    content_addressing_backward,
    content_addressing_forward,
    cosine_content_addressing_backward,
    cosine_content_addressing_forward,
)
from nnmem.external.location import (
    interpolate_backward,
    interpolate_forward,
    sharpen_backward,
    sharpen_forward,
    shift_backward,
    shift_forward,
)
from nnmem.external.memory import (
    memory_read_backward,
    memory_read_forward,
    memory_write_backward,
    memory_write_forward,
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
    "bidirectional_retrieve",
    "bidirectional_weights",
    "bilinear_score_backward",
    "bilinear_score_forward",
    "bind_backward",
    "bind_forward",
    "boltzmann_log_likelihood_backward",
    "boltzmann_log_likelihood_forward",
    "boltzmann_sample",
    "boltzmann_train",
    "check_gradients",
    "check_hopfield_weights",
    "clean_up",
    "content_addressing_backward",
    "content_addressing_forward",
    "continuous_hopfield_energy_backward",
    "continuous_hopfield_energy_forward",
    "continuous_hopfield_retrieve",
    "cosine_content_addressing_backward",
    "cosine_content_addressing_forward",
    "dense_energy_backward",
    "dense_energy_forward",
    "dense_retrieve",
    "dot_score_backward",
    "dot_score_forward",
    "grade",
    "hard_attention_backward",
    "hard_attention_forward",
    "hebbian_weights_backward",
    "hebbian_weights_forward",
    "holographic_items",
    "hopfield_energy_backward",
    "hopfield_energy_forward",
    "hopfield_period",
    "hopfield_retrieve",
    "hopfield_update_backward",
    "hopfield_update_forward",
    "interpolate_backward",
    "interpolate_forward",
    "key_value_attention_backward",
    "key_value_attention_forward",
    "memory_read_backward",
    "memory_read_forward",
    "memory_write_backward",
    "memory_write_forward",
    "modern_hopfield_backward",
    "modern_hopfield_energy_backward",
    "modern_hopfield_energy_forward",
    "modern_hopfield_forward",
    "modern_hopfield_retrieve",
    "multi_head_attention_backward",
    "multi_head_attention_forward",
    "multi_query_attention_backward",
    "multi_query_attention_forward",
    "pointer_distribution_backward",
    "pointer_distribution_forward",
    "pointer_log_likelihood_backward",
    "pointer_log_likelihood_forward",
    "pseudo_inverse_weights",
    "read_tour",
    "sampled_attention_backward",
    "sampled_attention_forward",
    "scaled_dot_score_backward",
    "scaled_dot_score_forward",
    "sharpen_backward",
    "sharpen_forward",
    "shift_backward",
    "shift_forward",
    "soft_attention_backward",
    "soft_attention_forward",
    "storkey_weights",
    "tour_weights",
    "unbind_backward",
    "unbind_forward",
    "weighted_sum_backward",
    "weighted_sum_forward",
]
