"""The training loop (训练): draw, forward, backward, clip, step; watched, recorded and kept safe."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.nn.optimisers import Adam, Optimiser, clip_by_norm, clip_by_value
from nnmem.nn.progress import Progress
from nnmem.nn.tree import leaves, pack, rebuild

KINDS: Mapping[str, Any] = {  # what a checkpoint says of a run
    "run": dict,
    "step": int,
    "seconds": (int, float),
    "processor": (int, float),
    "done": bool,
    "memory": dict,
    "rng": dict,
}


class TrainingError(RuntimeError):
    """A run that cannot go on; the message names the step and what is no longer finite."""


def fit(
    loss_and_gradients: Callable[[Any, Any], tuple[float, Any]],
    params: Any,
    draw: Callable[[np.random.Generator, Progress], Any],
    *,
    steps: int,
    rng: np.random.Generator,
    lr: float | Callable[[Progress], float],
    optimiser: Optimiser = Adam(),  # noqa: B008 - frozen settings
    clip_norm: float | None = None,
    clip_value: float | None = None,
    watch: Callable[[Progress, Any], None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    every: float = 10.0,
    run: Mapping[str, Any] | None = None,
    title: str | None = None,
) -> tuple[Any, Progress]:
    """Train.

    Parameters
    ----------
    loss_and_gradients : callable
        ``(params, batch) -> (loss, gradients)``, the gradients a tree like the parameters.
    params : tree of arrays
        Where to start; not modified.
    draw : callable
        ``(rng, progress) -> batch``.
    steps : int
    rng : numpy.random.Generator
        The only source of chance; its state is part of a checkpoint.
    lr : float or callable
        Learning rate, or a schedule ``progress -> float``.
    optimiser : SGD, RMSProp or Adam
    clip_norm, clip_value : float, optional
        Limit of the gradient's norm over all parameters, or of each entry.
    watch : callable, optional
        ``(progress, params)``, called after every step: may record scores, change ``progress.memory`` and set
        ``progress.done`` to end the run.
    checkpoint : path, optional
        File to keep the run in, written every ``every`` seconds and at the end.
    resume : bool
        Go on from the checkpoint if there is one. The numbers are those of a run that was never stopped.
    run : mapping, optional
        What the run is (recipe, seed, sizes); a checkpoint of another run is refused.
    title : str, optional
        Text before the progress bar on standard error; no bar without it.

    Returns
    -------
    params : tree of arrays
    progress : Progress

    Raises
    ------
    TrainingError
        A loss or gradient is not finite; parameters and the last checkpoint are as they were before it.
    CheckpointError
        The checkpoint is damaged, foreign or of another run.
    """
    keep_freed_memory()
    x, params = pack(params)
    dx, gradients = pack(params)
    state = optimiser.init(x)
    progress = Progress()
    settings = {"steps": steps, "lr": _text(lr), "optimiser": _text(optimiser), "clip_norm": clip_norm}
    ours = json.loads(json.dumps({**(run or {}), **settings, "clip_value": clip_value}))
    if resume and checkpoint is not None and checkpoint.exists():
        progress = _restore(checkpoint, ours, params, state, rng)
    elif checkpoint is not None:
        _save(checkpoint, ours, progress, params, state, rng)
    views = list(leaves(gradients))
    saved = time.perf_counter()
    started, loss = saved - progress.seconds, float("nan")
    spent = time.process_time() - progress.processor
    with _Bar(title, steps, progress) as bar:
        while progress.step < steps and not progress.done:
            loss, grads = loss_and_gradients(params, draw(rng, progress))
            for (_, view), (_, gradient) in zip(views, leaves(grads), strict=True):
                np.copyto(view, gradient)
            norm = clip_by_norm(dx, np.inf if clip_norm is None else clip_norm)
            if not (np.isfinite(norm) and np.isfinite(loss)):
                raise TrainingError(_fault(progress.step + 1, loss, norm, params, gradients, checkpoint))
            if clip_value is not None:
                clip_by_value(dx, clip_value)
            optimiser.step(x, dx, state, lr(progress) if callable(lr) else lr)
            progress.step += 1
            progress.history["loss"].append(float(loss))
            if watch is not None:
                watch(progress, params)
            now = time.perf_counter()
            progress.seconds, progress.processor = now - started, time.process_time() - spent
            bar.show(now)
            if checkpoint is not None and now - saved >= every and np.isfinite(x).all():
                _save(checkpoint, ours, progress, params, state, rng)
                saved = time.perf_counter()
    if not np.isfinite(x).all():
        raise TrainingError(_fault(progress.step, loss, 0.0, params, gradients, checkpoint))
    if checkpoint is not None:
        _save(checkpoint, ours, progress, params, state, rng)
    return params, progress


def keep_freed_memory() -> None:
    """Let the C library keep what a step frees for the next step; otherwise a third of a step can go into page faults.

    glibc hands free memory back to the system above a threshold that grows with the largest block ever freed, up to
    this size; elsewhere this does nothing.
    """
    np.empty(2**25 - 2**16, np.uint8)


def _save(path: Path, run: Any, progress: Progress, params: Any, state: Any, rng: np.random.Generator) -> None:
    about = {
        "run": run,
        "step": progress.step,
        "seconds": progress.seconds,
        "processor": progress.processor,
        "done": progress.done,
        "memory": progress.memory,
        "rng": rng.bit_generator.state,
    }
    history = {f"history.{name}": np.array(values, dtype=np.float64) for name, values in progress.history.items()}
    save_arrays(path, about, {**dict(leaves(params, "params")), **dict(leaves(state, "optimiser")), **history})


def _restore(path: Path, run: dict[str, Any], params: Any, state: Any, rng: np.random.Generator) -> Progress:
    """Fill parameters, optimiser state and generator from a checkpoint of this same run."""
    about, arrays = load_arrays(path)
    wrong = [key for key, kind in KINDS.items() if not isinstance(about.get(key), kind)]
    wrong = wrong or [key for key in ("seconds", "processor") if not 0 <= about[key] < 1e12]  # NaN is neither
    groups: dict[str, dict[str, np.ndarray]] = {"params": {}, "optimiser": {}, "history": {}}
    for name, array in arrays.items():
        groups.setdefault(name.split(".")[0], {})[name] = array
    wrong += sorted(groups.keys() - {"params", "optimiser", "history"})
    wrong += [name for name, array in groups["history"].items() if array.dtype.kind != "f" or array.ndim not in (1, 2)]
    if wrong or len(groups["history"].get("history.loss", ())) != about["step"]:
        raise CheckpointError(
            f"{path} is no checkpoint of a run: {', '.join(wrong) or 'history.loss'} not as it should be"
        )
    theirs = about["run"]
    faults = [
        f"{key} is {theirs.get(key)!r} there and {run.get(key)!r} here"
        for key in sorted(run.keys() | theirs.keys())
        if theirs.get(key) != run.get(key)
    ]
    if not faults:
        for tree, group in ((params, "params"), (state, "optimiser")):
            try:
                found = rebuild(tree, groups[group], group)
            except ValueError as error:
                faults.append(str(error))
                continue
            for (_, mine), (_, read) in zip(leaves(tree), leaves(found), strict=True):
                np.copyto(mine, read)
    if faults:
        raise CheckpointError(f"{path} is a checkpoint of another run: {'; '.join(faults)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy before 2 warns of a number that does not fit, and takes it
            rng.bit_generator.state = about["rng"]
    except (KeyError, TypeError, ValueError, OverflowError, DeprecationWarning) as error:
        raise CheckpointError(f"{path} holds no state of such a generator ({error})") from None
    history = {
        name.removeprefix("history."): [tuple(row) for row in array.tolist()] if array.ndim == 2 else array.tolist()
        for name, array in groups["history"].items()
    }
    return Progress(about["step"], about["seconds"], about["processor"], history, about["memory"], about["done"])


def _fault(step: int, loss: float, norm: float, params: Any, gradients: Any, checkpoint: Path | None) -> str:
    broken = [f"parameter {name}" for name, leaf in leaves(params) if not np.isfinite(leaf).all()]
    broken = broken or [f"gradient of {name}" for name, leaf in leaves(gradients) if not np.isfinite(leaf).all()]
    what = f"not finite: {', '.join(broken)}" if broken else f"norm of the gradient {norm}"
    kept = f"; the last good checkpoint is {checkpoint}" if checkpoint is not None else ""
    return f"step {step}: loss {float(loss)}, {what}{kept}"


def _text(setting: Any) -> str:
    """Numbers and settings by value, a function by name (its address changes from run to run)."""
    return setting.__qualname__ if hasattr(setting, "__qualname__") else repr(setting)


class _Bar:
    """A progress bar with loss and speed on standard error, refreshed ten times a second; silent without a title."""

    def __init__(self, title: str | None, steps: int, progress: Progress) -> None:
        self.title, self.steps, self.progress = title, steps, progress
        self.shown, self.first = 0.0, progress.step

    def __enter__(self) -> _Bar:
        if self.title is not None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("loss {task.fields[loss]:.4g}  {task.fields[speed]:.0f} steps/s"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                auto_refresh=False,
            )
            self.task = self.bar.add_task(self.title, total=self.steps, loss=float("nan"), speed=0.0)
            self.bar.start()
            self.started = time.perf_counter()
        return self

    def show(self, now: float, last: bool = False) -> None:
        if self.title is not None and (last or now - self.shown > 0.1):
            self.shown = now
            step, recent = self.progress.step, self.progress.history["loss"][-50:]
            speed = (step - self.first) / max(now - self.started, 1e-9)
            loss = sum(recent) / max(len(recent), 1)
            self.bar.update(self.task, completed=step, loss=loss, speed=speed, refresh=True)

    def __exit__(self, *error: object) -> None:
        if self.title is not None:
            self.show(time.perf_counter(), last=True)
            self.bar.stop()
