"""``nnmem ask`` as a person and as a program meet it, with the shipped models."""

import io
import json
import sys

import matplotlib
import numpy as np
import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.recipes import trained
from nnmem.recipes.ask_command import MODELS
from nnmem.recipes.memory_qa.desk_training import figures, guess
from nnmem.recipes.trained import SHIPPED
from nnmem.tasks.desk_stories import sample

matplotlib.use("Agg")
STORY = "Mary went to the kitchen.\nShe took the milk.\nJohn went to the office.\nMary went to the garden.\n"


class Typing(io.TextIOWrapper):
    """Standard input, of a terminal or not."""

    def __init__(self, content, terminal=False):
        super().__init__(io.BytesIO(content), encoding="utf-8")
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.fixture
def story(tmp_path):
    file = tmp_path / "story.txt"
    file.write_text(STORY)
    return str(file)


BARS = [  # wrong and declined at most, where the story tells; declined at least, where it does not
    ("memnn", 0.02, 0.03, 0.95),
    ("dmn", 0.02, 0.09, 0.95),
    ("memn2n", 0.02, 0.38, 0.95),
]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)


@pytest.mark.parametrize(("model", "look"), [("memnn", "hop"), ("dmn", "episode")])
def test_a_question_about_a_file(model, look, story, capsys):
    assert main(["ask", story, "Where is the milk?", "--model", model]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0] == "Where is the milk?" and lines[1].startswith("  Garden.  Certainty ") and not shown.err
    assert lines[2].split() == [look, "1", look, "2"]
    assert [line.split("  ")[-1] for line in lines[3:]] == ["She took the milk.", "Mary went to the garden."]


@EVERY_MODEL
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where is John?", "office"),
        ("Who has the milk?", "Mary"),
        ("Where is Sandra?", None),
        ("Where is the key?", None),
    ],
)
def test_every_model_answers_and_declines(model, question, answer, story, capsys):
    assert main(["ask", story, question, "--model", model, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["model"] == model and [each["answer"] for each in shown["answers"]] == [answer]


@pytest.mark.parametrize(
    "text", [STORY, "\ufeff" + STORY.upper().replace("\n", "\r\n\r\n"), " ".join(STORY.split("\n"))]
)
def test_standard_input(text, monkeypatch, capsys):
    for arguments in (["Where's Mary?"], ["where's mary"], ["-", "where is mary"]):
        monkeypatch.setattr(sys, "stdin", Typing(text.encode()))
        assert main(["ask", *arguments]) == 0
        assert "  Garden.  Certainty" in capsys.readouterr().out.upper().replace(
            "  GARDEN.  CERTAINTY", "  Garden.  Certainty"
        )


def test_questions_inside_a_story(monkeypatch, capsys):
    text = (
        "1 Mary moved to the office.\n2 Where is Mary?\toffice\t1\n3 Mary went to the park.\n4 Where is Mary?\tpark\t3"
    )
    monkeypatch.setattr(sys, "stdin", Typing((text + "\n1 John is in the attic.\n2 Where is Mary?").encode()))
    assert main(["ask", "--json"]) == 0
    assert [each["answer"] for each in json.loads(capsys.readouterr().out)["answers"]] == ["office", "park", None]


@EVERY_MODEL
def test_a_conversation(model, monkeypatch, capsys):
    typed = (
        "Where is Mary?\nMary went to the park.\nWhere is Mary?\nShe took the book.\nWho has the book?\n\nnever read"
    )
    monkeypatch.setattr(sys, "stdin", Typing(typed.encode(), terminal=True))
    assert main(["ask", "--model", model]) == 0
    shown = capsys.readouterr()
    assert "  Park." in shown.out and "  Mary." in shown.out
    assert shown.err.count("> ") == 6 and "nnmem: 'Where is Mary?' is asked before anything was told" in shown.err


@EVERY_MODEL
def test_unknown_words_are_named_with_the_nearest(model, story, capsys):
    assert main(["ask", story, "Where is the mlik?", "--model", model]) == 0
    shown = capsys.readouterr()
    assert "does not tell" in shown.out
    assert shown.err == "nnmem: 'mlik' is no word that the model knows (nearest: milk): read as a name\n"


def test_words(capsys):
    assert main(["ask", "--words"]) == 0
    shown = capsys.readouterr().out
    assert "people: Mary, John" in shown and "Who has the milk?" in shown and "new0" not in shown
    assert max(map(len, shown.splitlines())) <= 100
    assert main(["ask", "--words", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["words"]["places"][0] == "kitchen"


@EVERY_MODEL
def test_ten_thousand_sentences(model, monkeypatch, capsys):
    text = STORY + "John went to the attic.\nJohn went to the office.\n" * 5000
    monkeypatch.setattr(sys, "stdin", Typing(text.encode()))
    assert main(["ask", "Where is Mary?", "Where is John?", "--model", model, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [each["answer"] for each in shown["answers"]] == ["garden", "office"]
    slots = recipes.load(f"ask-{model}").model.model.slots
    assert shown["notices"] == [f"10001 sentences concern 'Where is John?': the latest {slots} are read"]


@EVERY_MODEL
def test_picture(model, story, tmp_path, capsys):
    file = tmp_path / "looked.png"
    assert main(["ask", story, "Where is the milk?", "--model", model, "--plot", str(file)]) == 0
    assert file.read_bytes().startswith(b"\x89PNG") and capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"", ["Where is Mary?"], "standard input holds no sentence"),
        (b" \r\n...", ["Where is Mary?"], "standard input holds no sentence"),
        (b"Where is Mary?\nMary went to the park.", [], "'Where is Mary?' is asked before anything was told"),
        (b"Mary went to the park.", [], "nothing is asked"),
        (b"Mary went to the park.", ["-", ""], "the question '' is empty"),
        (b"Mary went to the park.", ["-", " ?"], "the question ' ?' is empty"),
        (b"Mary went to the park.", ["-", "Mary is here."], "the question 'Mary is here.' asks nothing"),
        (b"Mary is here.\nJ\xf6rg too.", ["Where is Mary?"], "standard input:2: not UTF-8 (byte 0xf6)"),
        (b"", ["/not/there.txt", "Where is Mary?"], "No such file or directory"),
        (b"", ["/", "Where is Mary?"], "Is a directory"),
        (b"", ["Where is " + "Mary " * 99 + "?"], "standard input holds no sentence"),
        (b"Mary is here.", ["Where is Mary?", "--plot", "x.abc"], "Format 'abc' is not supported"),
    ],
)
def test_what_goes_wrong_is_one_line(content, arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Typing(content))
    assert main(["ask", *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and message in shown.err and shown.err.startswith("nnmem: ") and shown.err.count("\n") == 1


def test_without_a_standard_input_nothing_can_be_asked(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["ask", "Where is Mary?"]) == 1
    assert capsys.readouterr().err == "nnmem: there is no standard input to read a story from\n"


def test_whoever_is_shipped_can_be_asked():
    assert {f"ask-{model}-seed0.npz" for model in MODELS} == {file.name for file in SHIPPED.glob("ask-*")}


def test_three_lines_of_python():
    desk = recipes.load("ask-memnn")
    answer = desk.answer("Mary took the milk. She went to the garden. Where is the milk?")
    assert answer.text.splitlines()[1].startswith("  Garden.")


@EVERY_MODEL
def test_a_damaged_file_is_one_line(model, story, tmp_path, monkeypatch, capsys):
    file = tmp_path / f"ask-{model}-seed0.npz"
    file.write_bytes((SHIPPED / file.name).read_bytes()[:-1000])
    monkeypatch.setattr(trained, "SHIPPED", tmp_path)
    assert main(["ask", story, "Where is the milk?", "--model", model]) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and str(file) in shown.err and shown.err.count("\n") == 1


@pytest.mark.parametrize(("model", "wrong", "declined", "caught"), BARS)
def test_the_bars_hold_on_stories_never_seen(model, wrong, declined, caught):
    desk = recipes.load(f"ask-{model}").model
    guesses = guess(desk, sample(np.random.default_rng(987), 400))
    found = figures(guesses, desk.vocabulary.ids["untold"], desk.threshold)
    assert found[0] <= wrong and found[1] <= declined and found[2] >= caught
