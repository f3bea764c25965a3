"""Training a pointer network: the same numbers again, a stop where they are no longer finite, and it learns."""

import numpy as np
import pytest

from nnmem import recipes
from nnmem.nn.checkpoint import load_arrays
from nnmem.recipes import Run
from nnmem.recipes.pointer import hull, sort_numbers
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.pointer.pointer_training import loss_and_gradients


def test_the_same_seed_gives_the_same_numbers():
    first, again, other = (recipes.run("pointer-hull", seed=seed, steps=5) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.history["loss"], again.history["loss"])
    assert first.metrics == again.metrics
    assert not np.array_equal(first.history["loss"], other.history["loss"])


def test_nan_in_a_batch_stops_the_run_and_names_step_and_parameter(tmp_path):
    def spoilt(rng, progress):
        batch = hull.sample(rng, 2, 5)
        if progress.step == 6:
            batch.X[0, 0, 0] = np.nan
        return batch

    plan = pointer.PointerPlan("pointer-hull", hull.MODEL, hull.sample, lambda *args: {}, 10, 2, 1e-3, draw=spoilt)
    with pytest.raises(RuntimeError, match=r"step 7: loss nan, not finite: gradient of encoder\.W_x, .*pointer\.v"):
        pointer.train(plan, Run(out=tmp_path))
    about, arrays = load_arrays(tmp_path / "checkpoint.npz")
    assert about["step"] < 7 and all(np.isfinite(array).all() for array in arrays.values())


def test_training_learns_to_sort_three_numbers():
    from nnmem.models.pointer.pointer_decoding import decode
    from nnmem.models.pointer.pointer_network import PointerNetwork
    from nnmem.nn.training import fit

    model, rng = PointerNetwork(1, 16), np.random.default_rng(0)
    params, progress = fit(
        lambda p, batch: loss_and_gradients(model, p, batch),
        model.init(rng),
        lambda rng, progress: sort_numbers.sample(rng, 32, 3),
        steps=600,
        rng=rng,
        lr=1e-2,
        clip_norm=2.0,
    )
    test = sort_numbers.sample(np.random.default_rng(9), 500, 3)
    right = (decode(model, params, test.X).indices == test.targets).all(axis=1).mean()
    assert right > 0.9 and np.mean(progress.history["loss"][-50:]) < 0.3
