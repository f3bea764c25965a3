"""The table of recipes is what stands in the folders, and a run is what was asked for."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from nnmem import recipes
from nnmem.cli import main
from nnmem.recipes import Run, table
from nnmem.recipes import run as recipes_run

FOLDER = Path(recipes.__file__).parent


@pytest.mark.parametrize("name", table())
def test_every_recipe_keeps_the_interface(name):
    recipe = table()[name]
    first, *own = inspect.signature(recipe.run).parameters.values()
    assert first.name == "run" and first.default is inspect.Parameter.empty
    assert all(option.default is not inspect.Parameter.empty for option in own), "a recipe runs as it is"
    assert not {option.name for option in own} & {"seed", "out", "resume", "bar"}
    assert recipe.topic and recipe.about and recipe.run.__doc__ and sys.modules[recipe.run.__module__].__doc__


def test_the_table_is_what_stands_in_the_folders():
    files = [path for path in FOLDER.glob("*/*.py") if "\nRECIPE = " in path.read_text(encoding="utf-8")]
    made = [(path, import_module(f"nnmem.recipes.{path.parent.name}.{path.stem}").RECIPE) for path in files]
    assert {recipe.name: recipe for _, recipe in made} == table()
    assert len(table()) == len(files) >= 20
    topics = {}
    for path, recipe in made:
        topics.setdefault(path.parent.name, set()).add(recipe.topic)
    assert all(len(found) == 1 for found in topics.values()), "one topic a folder"


def test_two_recipes_of_one_name_are_refused(monkeypatch):
    from nnmem.recipes.pointer import hull, sort_numbers

    monkeypatch.setattr(sort_numbers, "RECIPE", recipes.Recipe("pointer-hull", "a", "b", hull.run))
    with pytest.raises(ValueError, match=r"pointer\.sort_numbers: there are two recipes 'pointer-hull'"):
        table.__wrapped__()


def test_an_unknown_recipe_gets_the_nearest(capsys):
    with pytest.raises(ValueError, match=r"^no recipe 'ntm-sorts': did you mean ntm-sort"):
        recipes.run("ntm-sorts")
    assert main(["train", "capacity"]) == 1
    assert capsys.readouterr().err.startswith("nnmem: no recipe 'capacity': did you mean dense-capacity or ")
    with pytest.raises(ValueError, match=r"there are boltzmann-capacity, .*, pointer-sort"):
        recipes.find("xyz")


def test_a_run_reaches_the_recipe(monkeypatch, tmp_path):
    seen = []
    spy = recipes.Recipe("spy", "a", "b", lambda run, **own: seen.append((run, own)))
    monkeypatch.setattr(recipes, "find", {"spy": spy}.__getitem__)
    recipes_run("spy", 3, str(tmp_path), True, True, steps=4)
    recipes_run("spy")
    assert seen == [(Run(3, tmp_path, True, True), {"steps": 4}), (Run(0, None, False, False), {})]


def test_what_a_run_keeps_and_shows(tmp_path):
    assert Run() == Run(seed=0, out=None, resume=False, bar=False)
    assert Run().checkpoint() is None and Run().title("a") is None
    assert Run(out=tmp_path).checkpoint() == tmp_path / "checkpoint.npz"
    assert Run(out=tmp_path).checkpoint("rows") == tmp_path / "rows.npz" and Run(bar=True).title("a") == "a"


def test_help_lists_the_recipes_by_topic(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["train", "--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    places = [shown.index(f"\n{topic}:\n") for topic in sorted({recipe.topic for recipe in table().values()})]
    assert places == sorted(places), "topics by the alphabet"
    for recipe in table().values():
        _, after = shown.split(f"\n{recipe.topic}:\n")
        assert f"\n  {recipe.name} " in "\n" + after.split("\n\n")[0] and recipe.about in after


def test_no_other_help_imports_the_recipes():
    code = (
        "import sys\nfrom nnmem.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name.count('.') == 3 and name.startswith('nnmem.recipes.')))"
    )
    for arguments in (["--help"], ["eq", "8.2"]):
        shown = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        assert shown.stdout.endswith("\n[]\n")
