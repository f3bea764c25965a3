"""What a question is answered from, and which sentences that could not be read stand in the way."""

import pytest

from nnmem.recipes.memory_qa.desk_grounds import doubtful, told_for
from nnmem.tasks.told_events import read_text

STORIES = [  # sentences with "juggled", "spun" or "tossed" cannot be read; those in the way, counted from 1
    ("Mary went to the park. Mary juggled. | Where is Mary?", [2]),
    ("Mary juggled. Mary went to the park. | Where is Mary?", []),
    ("Mary went to the park. John juggled. | Where is Mary?", []),
    ("Mary went to the park. John juggled with Mary. | Where is Mary?", [2]),
    ("Mary went to the park. Everybody juggled. | Where is Mary?", [2]),
    ("Mary went to the park. She juggled. | Where is Mary?", [2]),
    ("Mary went to the park. Mary juggled. | Is Mary in the park?", [2]),
    ("Mary went to the park. Mary juggled. John put the milk in the shop. | Where is Mary?", [2]),
    ("Mary took the milk. Mary juggled it. | Who has the milk?", [2]),
    ("Mary took the milk. Mary juggled. | Who has the milk?", []),
    ("Mary took the milk. John juggled the milk. | Does Mary have the milk?", [2]),
    ("Mary took the milk. Mary went to the park. Mary juggled. | Where is the milk?", [3]),
    ("Mary took the milk. Mary juggled. Mary went to the park. | Where is the milk?", []),
    ("Mary took the milk. John juggled it. Mary went to the park. | Where is the milk?", [2]),
    ("John spun the milk. Mary took the milk. Mary went to the park. | Where is the milk?", []),
    ("Mary took the milk. Mary went to the park. Mary juggled. Mary dropped the milk. | Where is the milk?", [3]),
    ("Mary took the milk. Mary went to the park. Mary dropped the milk. Mary juggled. | Where is the milk?", []),
    ("Mary took the milk. Mary went to the park. Mary dropped the milk. John spun it. | Where is the milk?", [4]),
    ("Mary took the milk. Mary gave the milk to John. Mary juggled. | Where is the milk?", []),
    ("Mary took the milk. Mary gave the milk to John. John juggled. | Where is the milk?", [3]),
    ("The milk is in the park. Mary juggled. | Where is the milk?", []),
    ("The milk is in the park. Mary spun the milk. | Where is the milk?", [2]),
    ("Mary put the milk in the park. Mary juggled. | Where is the milk?", []),
    ("Mary took the red ball. John spun the ball. | Who has the red ball?", [2]),
    ("Mary went to the park. Mary juggled. Mary went to the shop. | Where was Mary before the shop?", [2]),
    ("Mary juggled. Mary went to the park. Mary went to the shop. | Where was Mary before the shop?", []),
    ("Mary went to the park. Mary juggled. | Where was Mary before the park?", [2]),
    ("Mary juggled the milk. | Where is the milk?", [1]),
    ("Mary has the milk. Mary doesn't have the milk. | Who has the milk?", [2]),
    ("Mary has the milk. Mary doesn't have the milk. | Does Mary have the milk?", []),
    ("Mary has the milk. John doesn't have the milk. | Who has the milk?", []),
    ("Mary has the milk. Mary doesn't have the milk. John took the milk. | Who has the milk?", []),
]


def facts_and_question(text):
    story, _, question = text.partition(" | ")
    *facts, asked = read_text(f"{story} {question}")
    return facts, asked.event


@pytest.mark.parametrize(("text", "in_the_way"), STORIES)
def test_what_cannot_be_read_stands_in_the_way_of_what_it_could_change(text, in_the_way):
    facts, asked = facts_and_question(text)
    assert [i + 1 for i in doubtful(facts, asked)] == in_the_way


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mary took the milk. She put the milk on the shelf. | Where is the milk?", ["milk is in shelf"]),
        ("Mary took the milk. She put the milk on the shelf. | Is the milk in the park?", ["milk is in shelf"]),
        ("Mary took the milk. She put the milk on the shelf. | Who has the milk?", ["mary dropped milk"]),
        ("Mary went home. She put the milk on the shelf. | Where is Mary?", ["mary went to home"]),
        ("Mary took the milk. The milk is in the park. | Where is the milk?", ["milk is in park"]),
        ("The milk is in the park. Mary took the milk. | Where is the milk?", ["milk is in park", "mary took milk"]),
        ("Mary took the hat. The milk is in the park. | Where is the hat?", ["mary took hat", "milk is in park"]),
        ("Mary juggled. Mary is hungry. | Where is Mary?", []),
        ("Mary isn't in the park. | Is Mary in the park?", ["mary left park"]),
        ("Mary isn't in the park. | Is Mary in the shop?", []),
        ("Mary isn't in the park. | Where is Mary?", []),
        ("Mary went home. Mary isn't in the park. | Is Mary in the park?", ["mary went to home"]),
        ("Mary doesn't have the hat. | Does Mary have the hat?", ["mary dropped hat"]),
        ("Mary doesn't have the hat. | Does John have the hat?", []),
        ("Mary doesn't have the hat. | Who has the hat?", []),
    ],
)
def test_what_is_told_suits_the_question(text, told):
    facts, asked = facts_and_question(text)
    assert [" ".join(words) for _, words in told_for(facts, asked)] == told
