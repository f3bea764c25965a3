"""Files that are none of bAbI's, to every recipe that reads them: one line that says where, or a run that ends well."""

import argparse

import pytest

from nnmem.cli import main
from nnmem.recipes.memory_qa.babi_command import numbers

STORY = "1 Mary went to the {a}.\n2 John went to the {b}.\n3 Where is Mary?\t{a}\t1\n4 Where is John?\t{b}\t2\n"
FILE = "".join(STORY.format(a=a, b=b) for a, b in 5 * [("kitchen", "garden"), ("office", "kitchen")])
RECIPES = {
    "memnn-babi": ["--starts", "1"],
    "dmn-babi": ["--starts", "1"],
    "qa-memory": [],
    "memn2n-babi": ["--restarts", "1"],
}


WITHOUT_FACTS = FILE.replace("\t1\n", "\t\n").replace("\t2\n", "\t\n")


def train(recipe, folder, text, test=FILE, more=()):
    (folder / "en").mkdir()
    (folder / "en" / "qa1_x_train.txt").write_text(text)
    (folder / "en" / "qa1_x_test.txt").write_text(test)
    given = ["--task", "1", "--data", str(folder), "--epochs", "1", "--json", "--out", str(folder / "runs")]
    return main(["train", recipe, *given, *RECIPES[recipe], *more])


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("1 Where is Mary?\tgarden\t1\n2 Mary went to the garden.\n", ":41: question about an empty story: 'Where is"),
        ("1 Mary ran.\n2 Where is Mary?\tgarden\t7\n", ":42: supporting facts are '7', should be numbers of earlier"),
        ("1 Mary ran.\n2 Where is Mary?\tgarden\t2\n", ":42: supporting facts are '2', should be numbers of earlier"),
        ("1 Mary ran.\n2 Where is Mary?\n", ":42: question without answer: 'Where is Mary?'"),
        ("1 .\n2 Where is Mary?\tgarden\t1\n", ":41: no word in '.'"),
        (None, ": no questions in it"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(recipe, more, said, tmp_path, capsys):
    assert train(recipe, tmp_path, "" if more is None else FILE + more) == 1
    error = capsys.readouterr().err
    assert f"qa1_x_train.txt{said}" in error and "Traceback" not in error


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    ("text", "test"),
    [
        (FILE.replace("\tkitchen\t", "\tthe big kitchen\t"), FILE),
        (FILE.replace("\tkitchen\t", "\tkitchen,garden\t"), FILE),
        (FILE, "1 Bob flew to the moon.\n2 Where is Bob?\tmoon\t1\n"),
    ],
    ids=["answers of several words", "lists", "unknown words in the test"],
)
def test_what_is_odd_is_learned_from(recipe, text, test, tmp_path, capsys):
    assert train(recipe, tmp_path, text, test) == 0
    assert '"test_error": 100.0' in capsys.readouterr().out or test == FILE


@pytest.mark.parametrize("recipe", RECIPES)
def test_ten_thousand_sentences_are_cut_and_it_is_said_once(recipe, tmp_path, capsys):
    lines = [f"{i} Mary went to the {('kitchen', 'garden')[i % 2]}." for i in range(1, 10001)]
    assert train(recipe, tmp_path, FILE + "\n".join([*lines, "10001 Where is Mary?\tkitchen\t10000 3\n"])) == 0
    told = "Tasks 1 have stories of more than 50 sentences: the latest 50 are kept."
    assert " ".join(capsys.readouterr().err.split()).count(told) == 1


@pytest.mark.parametrize("recipe", RECIPES)
def test_one_story_is_too_few_and_no_file_is_none(recipe, tmp_path, capsys):
    assert train(recipe, tmp_path, STORY.format(a="office", b="garden")) == 1
    assert "1 story for training, should be at least 2, as one is held out" in capsys.readouterr().err
    for kind in ("train", "test"):
        (tmp_path / "en" / f"qa1_x_{kind}.txt").unlink()
    given = ["--data", str(tmp_path), "--out", str(tmp_path / "runs"), *RECIPES[recipe]]
    assert main(["train", recipe, *given]) == 1
    assert "no training file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recipe", "more"),
    [("memnn-babi", ()), ("dmn-babi", ()), ("dmn-babi", ["--without-gates"]), ("memn2n-babi", ()), ("qa-memory", ())],
)
def test_supporting_facts_are_demanded_where_they_are_told(recipe, more, tmp_path, capsys):
    wanted = recipe in ("memnn-babi", "dmn-babi") and not more
    assert train(recipe, tmp_path, WITHOUT_FACTS, more=more) == wanted
    error = capsys.readouterr().err
    assert ("en/qa1_x_train.txt has no supporting facts, which this model is told" in error) == wanted
    assert ("behind each answer a tab and the numbers of the sentences" in error) == wanted
    assert error.count("\n") == 1 or not wanted


def test_supporting_facts_of_some_questions_are_enough(tmp_path, capsys):
    assert train("memnn-babi", tmp_path, WITHOUT_FACTS + STORY.format(a="office", b="garden")) == 0


def test_numbers_of_tasks_are_read_in_their_order_and_once():
    assert numbers("8,1") == [1, 8] and numbers("12,3-5,4") == [3, 4, 5, 12]
    assert numbers("1-20") == list(range(1, 21)) and numbers("20") == [20]
    for text in ("0", "20-21", "5-3", "1,,2", "1 2"):
        with pytest.raises(argparse.ArgumentTypeError, match="should be of the tasks 1 to 20, such as 1-3,6"):
            numbers(text)
