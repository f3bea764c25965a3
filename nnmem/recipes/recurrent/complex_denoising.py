"""Denoising complex sinusoids by complex networks of three nonlinearities, and by a real one (Trabelsi et al. 2018).

All have as many parameters, within one per cent. Beside them what needs no learning: the entries of the Fourier
transform whose modulus is above a threshold, chosen on sequences of its own.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from nnmem.models.recurrent.complex_network import NONLINEARITIES, ComplexNetwork, RealNetwork
from nnmem.nn.optimisers import Cosine
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.complex_signals import Signals, sinusoids

SIZE, HIDDEN, REAL_HIDDEN = 32, 62, 63
STEPS, BATCH, TEST = 10_000, 64, 10_000
MODELS: dict[str, ComplexNetwork | RealNetwork] = {
    **{name: ComplexNetwork(SIZE, HIDDEN, name) for name in NONLINEARITIES},
    "real": RealNetwork(SIZE, REAL_HIDDEN),
}
RATES = {"modrelu": 1e-2, "crelu": 3e-2, "zrelu": 3e-3, "real": 3e-3}  # the best of 3e-3, 1e-2, 3e-2 and 1e-1


def nmse(y_re: np.ndarray, y_im: np.ndarray, signals: Signals) -> float:
    """Return the normalised mean square error: the power of the error over the power of the clean signal."""
    error = (y_re - signals.clean_re) ** 2 + (y_im - signals.clean_im) ** 2
    return float(error.sum() / (signals.clean_re**2 + signals.clean_im**2).sum())


def fourier(signals: Signals, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Keep the entries of the Fourier transform that are longer than the threshold, and transform back."""
    spectrum = np.fft.fft(signals.noisy_re + 1j * signals.noisy_im, norm="ortho")
    clean = np.fft.ifft(np.where(abs(spectrum) > threshold, spectrum, 0), norm="ortho")
    return clean.real, clean.imag


def loss_and_gradients(model: Any) -> Any:
    """Square error of a signal, the mean over the batch, and its gradients."""

    def both(params: Any, batch: Signals) -> tuple[float, Any]:
        y_re, y_im, cache = model.forward(params, batch.noisy_re, batch.noisy_im)
        e_re, e_im, share = y_re - batch.clean_re, y_im - batch.clean_im, 1 / len(y_re)
        loss = float((e_re * e_re + e_im * e_im).sum()) * share
        return loss, model.backward(2 * share * e_re, 2 * share * e_im, cache)[0]

    return both


def train(name: str, steps: int, run: Run) -> Any:
    """Train one model; return parameters and progress."""
    rng = np.random.default_rng(run.seed)
    return fit(
        loss_and_gradients(MODELS[name]),
        MODELS[name].init(rng),
        lambda rng, progress: sinusoids(rng, BATCH, SIZE),
        steps=steps,
        rng=rng,
        lr=Cosine(RATES[name], steps),
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={"recipe": "complex-denoising", "model": repr(MODELS[name]), "seed": run.seed},
        title=run.title(f"complex-denoising {name}"),
    )


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score all four."""
    test = sinusoids(np.random.default_rng([run.seed, 2**32]), TEST, SIZE)
    metrics, history, arrays, seconds = {}, {}, {}, 0.0
    for name, model in MODELS.items():
        params, progress = train(name, steps, run)
        y_re, y_im, _ = model.forward(params, test.noisy_re, test.noisy_im)
        metrics[f"nmse_{name}"] = nmse(y_re, y_im, test)
        history["loss" if name == "modrelu" else f"{name}_loss"] = np.array(progress.history["loss"])
        seconds += progress.seconds
        if name == "modrelu":
            arrays = named_params(params)
    metrics["nmse_input"] = nmse(test.noisy_re, test.noisy_im, test)
    others = sinusoids(np.random.default_rng([run.seed, 2**32 + 1]), TEST, SIZE)
    threshold = min(np.arange(0, 6, 0.1), key=lambda level: nmse(*fourier(others, level), others))
    metrics["nmse_fourier"] = nmse(*fourier(test, threshold), test)
    return Result("complex-denoising", run.seed, seconds, steps, metrics, history, arrays)


RECIPE = Recipe(
    "complex-denoising", "recurrent networks", "denoise complex signals: three nonlinearities, real", run, options
)
