"""Looking around on a small scale: four networks run, resume to the same numbers, and are scored on what they say."""

import json

import numpy as np
import pytest

from nnmem.cli import main
from nnmem.nn.progress import Progress
from nnmem.recipes.run import Run
from nnmem.recipes.vision import look_around, looking_training
from nnmem.recipes.vision.look_around import RECIPE
from nnmem.recipes.vision.looking_training import chance, digits_task, looks_at_held_out, train_looking

ERRORS = {"error", "error_random_places", "error_fixed_place", "error_fully_connected"}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(looking_training, "TESTED", 60)
    monkeypatch.setattr(looking_training, "PICTURES", 6)


@pytest.mark.parametrize("clutter, glimpses", [(4, 3), (0, 1)])
def test_a_few_steps_from_the_command_line_and_again_from_the_checkpoint(clutter, glimpses, tmp_path, capsys):
    sizes = ["--clutter", str(clutter), "--glimpses", str(glimpses)]
    command = ["train", "recurrent-attention", "--seed", "3", "--steps", "3", *sizes, "--json", "--out", str(tmp_path)]
    shown = []
    for more in ([], ["--resume"]):
        assert main(command + more) == 0
        shown.append(json.loads(capsys.readouterr().out))
    assert shown[0]["metrics"] == shown[1]["metrics"] and shown[0]["steps"] == 3
    wanted = {f"near_{t + 1}" for t in range(glimpses)} | ERRORS | {"glimpses", "clutter", "rate_fully_connected"}
    assert shown[0]["metrics"].keys() == wanted
    assert all(0 <= shown[0]["metrics"][name] <= 1 for name in ERRORS)
    assert shown[0]["metrics"]["rate_fully_connected"] == (1e-3 if clutter else 3e-3)


def test_no_glimpses_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["train", "recurrent-attention", "--glimpses", "0"])
    assert "is 0, should be a whole number of at least 1" in capsys.readouterr().err


def test_every_network_is_scored_on_the_same_pictures():
    task = digits_task(0, 4)
    first, *others = (looks_at_held_out(task, kind, 3, 0) for kind in ("learned", "random", "fixed"))
    for other in others:
        np.testing.assert_array_equal(other.pictures, first.pictures)
    assert not first.chance[1:].any() and first.chance[0].any()


def test_chance_is_of_the_kind(rng):
    assert not chance(rng, "fixed", 4, (5,), 0.1).any()
    places = chance(rng, "random", 3, (4000,), 0.1)
    assert np.abs(places.mean()) < 0.05 and 0.55 < places.std() < 0.6  # uniform: 1 / √3
    drawn = chance(rng, "learned", 3, (4000,), 0.1)
    assert 0.55 < drawn[0].std() < 0.6 and 0.095 < drawn[1:].std() < 0.105


@pytest.mark.parametrize("kind, reach", [("learned", 0.05), ("random", 1.0), ("fixed", 1.0)])
def test_the_controls_meet_the_digit_anywhere_from_the_first_step(kind, reach):
    task, asked = digits_task(0, 4), []

    def training(rng, batch, reach):
        asked.append(reach)
        return task.training(rng, batch, reach)

    watched = task._replace(training=training)
    train_looking(look_around.MODEL, watched, kind, 2, 2, Run(), {"recipe": "recurrent-attention"})
    assert asked[0] == reach and all(reach <= later <= 1 for later in asked)


def test_near_is_within_four_pixels():
    corners = np.array([[0, 24], [12, 12]])
    middle = (corners + 4) / 16 - 1
    exact = middle + np.array([[0, 0], [0.25, 0], [0.2501, 0]])[:, None]
    np.testing.assert_array_equal(look_around.near_the_digit(exact, corners), [1, 1, 0])


def test_held_out_digits_are_not_among_those_of_training():
    task = digits_task(1, 0)
    rng = np.random.default_rng(0)
    known, new = (set() for _ in range(2))
    for draw, found in ((task.training, known), (task.test, new)):
        drawn = draw(rng, 3000, 1.0)
        for picture, (row, column) in zip(drawn.pictures, drawn.corners, strict=True):
            found.add(picture[row : row + 8, column : column + 8].tobytes())
    assert len(new) > 550 and not known & new


def test_one_network_alone_gives_the_same_as_among_all(tmp_path, capsys):
    command = ["train", "recurrent-attention", "--steps", "2", "--json", "--networks"]
    shown = []
    for names in (["learned", "fully-connected"], ["fully-connected"]):
        assert main([*command, *names, "--out", str(tmp_path / names[0])]) == 0
        shown.append(json.loads(capsys.readouterr().out)["metrics"])
    assert shown[0]["error_fully_connected"] == shown[1]["error_fully_connected"]
    assert shown[1].keys() == {"error_fully_connected", "rate_fully_connected", "glimpses", "clutter"}


def test_the_rate_is_tuned_on_digits_of_training(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(looking_training, "RATES", (1e-3, 1e-2))
    command = ["train", "recurrent-attention", "--steps", "9", "--json", "--networks", "fully-connected", "--tune"]
    shown = []
    for more in ([], ["--resume"]):
        assert main([*command, "--out", str(tmp_path), *more]) == 0
        shown.append(json.loads(capsys.readouterr().out)["metrics"])
    assert shown[0] == shown[1]
    tried = {rate: shown[0][f"validation_error_rate_{rate:g}"] for rate in (1e-3, 1e-2)}
    assert tried[shown[0]["rate_fully_connected"]] == min(tried.values())


def test_validation_digits_are_neither_trained_on_nor_held_out():
    def seen(draw):
        drawn = draw(np.random.default_rng(0), 3000, 1.0)
        pairs = zip(drawn.pictures, drawn.corners, strict=True)
        return {picture[row : row + 8, column : column + 8].tobytes() for picture, (row, column) in pairs}

    part, validation = map(seen, digits_task(1, 0, validation=True))
    whole, held_out = map(seen, digits_task(1, 0))
    assert 190 < len(validation) <= 200
    assert not validation & part and not validation & held_out and validation & whole


def test_what_a_result_keeps_is_what_was_measured():
    result = RECIPE.run(Run(seed=2), clutter=3, glimpses=2, steps=1, networks=["learned", "fully-connected"])
    task = digits_task(2, 3)
    looks = looks_at_held_out(task, "learned", 2, 2)
    pictures, labels = (result.arrays[f"examples.{name}"] for name in ("pictures", "labels"))
    assert pictures.dtype == labels.dtype == np.uint8 and len(pictures) == look_around.EXAMPLES
    np.testing.assert_allclose(pictures / 16, looks.pictures[: len(pictures)], atol=1 / 32)
    np.testing.assert_array_equal(labels, looks.labels[: len(labels)])
    params = result.params(look_around.MODEL.init(np.random.default_rng(0)))
    wrong = []
    for glimpses in range(1, 2 + look_around.LONGER + 1):
        longer = looks_at_held_out(task, "learned", 2 + look_around.LONGER, 2)
        said, *_ = look_around.MODEL.look(params, longer.pictures, longer.chance[0], longer.chance[1:glimpses])
        wrong.append(np.mean([row.argmax() != label for row, label in zip(said, longer.labels, strict=True)]))
    np.testing.assert_allclose(result.history["stopped_accuracy"], [[t + 1, 1 - e] for t, e in enumerate(wrong)])
    assert result.metrics["error"] == pytest.approx(wrong[1])
    _, _, places, _ = look_around.MODEL.look(params, looks.pictures, looks.chance[0], looks.chance[1:])
    for t in (0, 1):
        away = np.abs((1 + places[t]) * 16 - (looks.corners + 4))  # pixels from the middle of the digit
        assert result.metrics[f"near_{t + 1}"] == pytest.approx(np.mean([max(pair) <= 4 for pair in away]))
    assert result.metrics["glimpses"] == 2 and result.metrics["clutter"] == 3 and result.steps == 1
    assert result.history.keys() >= {"learned loss", "fully-connected loss", "loss"}


def test_a_run_puts_together_what_its_networks_say(monkeypatch, rng):
    """Trainings made up: whose time is counted, at which rate the network that sees all is trained, and how long."""
    seconds, asked = iter((1000.0, 2000.0, 4000.0, 8000.0)), []

    def trained(params):
        return params, Progress(seconds=next(seconds), history={"loss": [len(asked) + 0.5]})

    def looking(model, task, kind, glimpses, steps, run, about):
        asked.append((kind, glimpses, steps))
        return trained(model.init(rng))

    def whole(task, steps, run, about, rate):
        asked.append(("fully-connected", rate, steps))
        return trained(looking_training.SEES_ALL.init(rng))

    monkeypatch.setattr(look_around, "train_looking", looking)
    monkeypatch.setattr(look_around, "train_fully_connected", whole)
    monkeypatch.setattr(look_around, "errors_at_rates", lambda *_: {0.5: 0.3, 0.25: 0.1, 0.125: 0.2})
    result = look_around.run(Run(1), clutter=2, glimpses=2, steps=100, tune=True)
    many = round(100 * look_around.FASTER)
    assert asked == [("learned", 2, 100), ("random", 2, 100), ("fixed", 2, 100), ("fully-connected", 0.25, many)]
    assert result.seconds == 15000 and result.metrics["rate_fully_connected"] == 0.25
    tried = {name: error for name, error in result.metrics.items() if name.startswith("validation")}
    assert tried == {f"validation_error_rate_{rate}": error for rate, error in ((0.5, 0.3), (0.25, 0.1), (0.125, 0.2))}
    losses = {name: result.history[f"{name} loss"].tolist() for name, *_ in asked}
    assert losses == {name: [i + 1.5] for i, (name, *_) in enumerate(asked)} and result.history["loss"] == [1.5]
