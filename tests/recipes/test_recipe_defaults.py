"""What a recipe does where nothing is said: the steps of its kept results, and the settings that its papers have."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnmem import recipes
from nnmem.recipes.result import Result

RESULTS = Path(__file__).parents[2] / "notebooks" / "results"
STEPS = {
    name: inspect.signature(recipe.run).parameters["steps"].default
    for name, recipe in recipes.table().items()
    if "steps" in inspect.signature(recipe.run).parameters and (RESULTS / f"{name}-seed0.npz").exists()
}
BEFORE = {"ntm-copy": 5711, "ntm-copy-feedforward": 6298, "ntm-recall": 2694}  # these stop where they are good enough
TRAINED_OFTEN = "gradient-estimators"  # its result has a row for each of its networks, and counts those
NUMBERS = {
    "memory_qa.babi_data.prepare": {"own_length": False},
    "memory_qa.babi_data.prepare_all": {"own_length": False},
    "memory_qa.lessons.train": {"resume": False},
    "memory_qa.memn2n_training.train": {"resume": False},
    "memory_qa.qa_training.train": {"resume": False},
    "memory_qa.lessons.Course": {"batch": 32, "lr": 5e-3, "clip": 5.0, "alike": False, "supervised": True},
    "memory_qa.memn2n_training.Settings": {  # Sukhbaatar et al. 2015
        **{"embedding_size": 20, "hops": 3, "noise": True, "memory": 50, "epochs": 100, "lr": 0.01, "halve": 25},
        **{"linear_epochs": 40, "linear_lr": 0.005, "batch": 32, "clip": 40.0},
    },
    "memory_qa.memnn_babi.run": {"starts": 3, "epochs": 30, "jobs": 1},
    "memory_qa.memn2n_babi.run": {"joint": False, "jobs": 1, "ablation": False},
    "memory_qa.qa_memory.run": {"jobs": 1},
    "recurrent.associative_lstm_copy.accuracy": {"seed": 10**6},
    "recurrent.redundant_copies_noise.noise": {"trials": 200},
    "sequence.documents.Form": {"lessons": True, "even": False},
    "sequence.handwriting.run": {"steps": 2000, "alone": False},
    "sequence.translate_dates.exact": {"beam": 1},
    "structures.fact_recall.run": {"faiss": False},
    "structures.shape_training.compare": {"rate": 5e-3},
    "structures.shape_training.train": {"rate": 5e-3},
    "turing.turing_training.TuringPlan": {
        **{"patience": 10**9, "advance": 1.0, "target": 0.0, "cooling": 500, "batch": 4, "lr": 5e-3, "lstm_lr": 3e-3},
        "beside": True,
    },
    "turing.turing_training._fit": {"attempt": 0},
    "vision.caption_digits.exact": {"seed": 0},
    "vision.caption_training.soft_gradients": {"doubly": 0.0},
    "vision.caption_training.hard_gradients": {"baseline": True, "reinforce": 0.1},
    "vision.caption_training.train_writer": {"doubly": 0.0},
    "vision.gradient_estimators._row": {"draws": 0, "rate": 0.0},
    "vision.gradient_estimators.bias_and_variance": {"seed": 0},
    "vision.gradient_estimators.run": {"draws": 5000, "steps": 300},
    "vision.looking_training.digits_task": {"side": 32, "validation": False},
    "vision.picture_files.read_ink": {"least": 1},
    "result._cell": {"digits": 4},
    "run.Run": {"seed": 0, "resume": False, "bar": False, "overwrite": False},
    "trained.Trained.answer": {"show": 0},
    "trained.load": {"seed": 0},
    "run": {"seed": 0, "resume": False, "bar": False, "overwrite": False},
}


def functions() -> Iterator[tuple[str, object]]:
    yield "run", recipes.run
    for found in pkgutil.walk_packages(recipes.__path__, "nnmem.recipes."):
        for name, value in vars(importlib.import_module(found.name)).items():
            if getattr(value, "__module__", "") == found.name and (inspect.isfunction(value) or inspect.isclass(value)):
                place = f"{found.name.removeprefix('nnmem.recipes.')}.{name}"
                if inspect.isfunction(value) or dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
                    yield place, value
                yield from ((f"{place}.{key}", each) for key, each in vars(value).items() if inspect.isfunction(each))


def said(function: object) -> dict[str, object]:
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if isinstance(p.default, bool | int | float)}


def test_the_numbers_that_count_unsaid_are_these():
    assert {name: said(function) for name, function in functions() if name in NUMBERS} == NUMBERS


@pytest.mark.parametrize("name", sorted(STEPS.keys() - {TRAINED_OFTEN}))
def test_a_recipe_takes_the_steps_of_its_kept_result(name):
    taken = Result.load(RESULTS / f"{name}-seed0.npz").steps
    assert taken == BEFORE.get(name, STEPS[name]) <= STEPS[name]
