"""``nnmem try`` as a person and as a program meet it."""

import json

import matplotlib
import pytest

from nnmem import recipes
from nnmem.cli import main

matplotlib.use("Agg")


def test_ones_own_input_is_answered(capsys):
    assert main(["try", "ntm-copy", "hello", "world"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "in   hello world\nout  hello world   0 of 88 bits wrong\n" and not shown.err
    assert main(["try", "pointer-sort", "3", "1", "-2", "0.5", "7"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "in   3 1 -2 0.5 7\nout  -2 0.5 1 3 7   right\n"
    assert shown.err.startswith("nnmem: the model knows 0 to 1") and shown.err.count("\n") == 1


def test_json_and_a_picture(tmp_path, capsys):
    file = tmp_path / "hull.png"
    assert main(["try", "pointer-hull", "0,0 1,0 1,1 0,1 .5,.5", "--json", "--plot", str(file)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["right_corners"] == [0, 1, 2, 3] and shown["right"] and shown["notices"] == []
    assert file.read_bytes().startswith(b"\x89PNG")


def test_without_an_input_there_are_examples(capsys):
    shown = []
    for number in ("0", "0", "1"):
        assert main(["try", "pointer-sort", "--show", number]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] != shown[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pointer-sort", "3 x"], "'x' is no number"),
        (["pointr"], "no recipe 'pointr': did you mean pointer"),
        (["hopfield-tsp"], "has no model to try"),
        (["ntm-copy", "--seed", "99"], "there are those of seed 0"),
        (["ntm-copy", "--plot", "x.abc"], "Format 'abc' is not supported"),
        (["ntm-copy", "--plot", "/not/there.png"], "No such file or directory"),
        (["ntm-copy", "--from", "/not/there.npz"], "No such file or directory"),
    ],
)
def test_what_goes_wrong_is_one_line(arguments, message, capsys):
    assert main(["try", *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and message in shown.err and shown.err.startswith("nnmem: ") and shown.err.count("\n") == 1


def test_help_lists_the_models(capsys):
    with pytest.raises(SystemExit):
        main(["try", "--help"])
    listed = capsys.readouterr().out.split("models:\n")[1]
    for recipe in recipes.table().values():
        assert (f"  {recipe.name} " in listed) == (recipe.load is not None)
