"""Names that a model does not know: what stands for them, what else may have been meant."""

import pytest

from nnmem.recipes.memory_qa.desk_names import answers_told, as_typed, nearest_names, roles_in, stand_ins
from nnmem.tasks.desk_phrases import NEW, PEOPLE, PLACES
from nnmem.tasks.told_events import read_text

STORY = "Zoe took the red ball. Zoe gave the ball to Mary. She went to the Post  Office."


def test_what_names_are():
    assert roles_in(read_text(STORY)) == {
        "zoe": "person",
        "red ball": "thing",
        "mary": "person",
        "post office": "place",
    }


def test_a_name_is_read_as_a_free_one_of_its_kind():
    words = ["zoe", "gave", "orb", "to", "mary", "spot", "zoe"]
    roles = {"zoe": "person", "orb": "thing", "mary": "person", "spot": "place"}
    assert stand_ins(words, roles) == {"zoe": PEOPLE[1].lower(), "orb": "milk", "spot": "kitchen"}
    many = {f"spot{number}": "place" for number in range(40)}
    found = stand_ins(many, many)
    assert list(found.values()) == [*PLACES, *NEW], "then words learned as names of anything, then none"


def test_only_what_was_told_answers():
    facts = read_text(STORY)
    for question, can in (
        ("Who has the red ball?", {"untold", "nobody", "zoe", "mary"}),
        ("Where is Mary?", {"untold", "yes", "no", "post office"}),
        ("Where was Mary before the post office?", {"untold", "yes", "no"}),
    ):
        [asked] = [typed.event for typed in read_text(f"{STORY} {question}") if typed.asks]
        assert answers_told(facts, asked) - {""} == can


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("mlik", ["milk"]),
        ("kichen", ["kitchen"]),
        ("jhon", ["john"]),
        ("juggled", []),
        ("sold", []),
        ("kafe", []),  # a place: not Kate
        ("harbor", ["harbour"]),
        ("th", []),
        ("whith", []),
        ("gaarden", ["garden"]),
    ],
)
def test_the_nearest_are_near_and_of_its_kind(name, near):
    assert (
        nearest_names(
            name, {"harbour": "place", "kafe": "place", name: "place"} if name == "kafe" else {"harbour": "place"}
        )
        == near
    )


def test_names_as_they_were_typed():
    facts = read_text(STORY)
    assert as_typed("post office", facts) == "Post  Office" and as_typed("zoe", facts) == "Zoe"
    assert as_typed("attic", facts) == "attic"
