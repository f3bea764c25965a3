"""What the command line takes is what a recipe runs with: the same names, the same defaults, limits that make sense."""

import argparse
import inspect

import pytest

from nnmem.recipes import table

LEAST = {
    **{"steps": 1, "hidden": 1, "trials": 1, "epochs": 1, "starts": 1, "restarts": 1, "jobs": 1, "episodes": 1},
    **{"stories": 10, "slots": 3, "draws": 2, "clutter": 0, "glimpses": 1},
}  # of whole numbers that mean the same in every recipe
IN_PYTHON = {"trials", "probes", "sizes"}  # how finely something is measured, which a person need not say
RECIPES = {name: recipe for name, recipe in table().items() if recipe.options is not None}


def parser_of(name):
    parser = argparse.ArgumentParser(exit_on_error=False)
    RECIPES[name].options(parser)
    return parser


@pytest.mark.parametrize("name", RECIPES)
def test_the_command_s_defaults_are_those_of_the_recipe_and_the_help_says_so(name):
    own = list(inspect.signature(RECIPES[name].run).parameters.values())[1:]
    defaults = {option.name: option.default for option in own}
    for action in parser_of(name)._actions[1:]:
        here, there = action.default, defaults[action.dest]
        assert (tuple(here) if isinstance(here, list) else here) == there, action.dest
        if here and isinstance(here, int) and not isinstance(here, bool):
            assert str(here) in action.help.replace(",", ""), f"{action.dest}: {action.help}"


@pytest.mark.parametrize("name", RECIPES)
def test_the_least_number_is_taken_and_the_next_is_not(name, capsys):
    parser = parser_of(name)
    for option in {action.dest for action in parser._actions} & LEAST.keys():
        least = LEAST[option]
        assert getattr(parser.parse_args([f"--{option}", str(least)]), option) == least
        with pytest.raises((argparse.ArgumentError, SystemExit)):
            parser.parse_args([f"--{option}", str(least - 1)])


def test_a_memory_is_asked_about_a_hundred_facts_at_least():
    parser = parser_of("fact-recall")
    assert parser.parse_args(["--sizes", "100", "400"]).sizes == [100, 400]
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        parser.parse_args(["--sizes", "99"])


@pytest.mark.parametrize("name", RECIPES)
def test_the_command_offers_what_a_person_may_want_to_change(name):
    own = set(list(inspect.signature(RECIPES[name].run).parameters)[1:])
    offered = {action.dest for action in parser_of(name)._actions[1:]}
    assert own - offered <= IN_PYTHON and offered <= own
