"""What a story tells is read as it was meant, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from nnmem.tasks import told_events
from nnmem.tasks.desk_phrases import KINDS, LEARNED, PEOPLE, PLACES, THINGS, UNHEARD
from nnmem.tasks.desk_stories import Cast, ask, tell
from nnmem.tasks.plain_english import sentences, words_of
from nnmem.tasks.told_events import read_text


def said(text):
    return [" ".join(typed.words) if typed.event else "?" for typed in read_text(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mary went to the kitchen. She took the milk.\nWhere is it?",
        "\ufeffMARY WENT TO THE KITCHEN!\r\n\r\nMary took the milk;\r\nwhere is it",
        "1 Mary went to the kitchen.\n2 Mary took the milk.\n3 Where is it?\tkitchen\t1 2",
        "Mary went to the kitchen and took the milk.  Where is it ?",
        "  Mary went to the kitchen, and then she took the milk... Where's it?",
        "Mary went to the kitchen, then took the milk\nTell me where it is.",
        "Mary went to the kitchen。She took the milk。Where is it？",
    ],
)
def test_forms_of_one_story(text):
    assert said(text) == ["mary went to kitchen", "mary took milk", "where is milk"]
    assert [typed.asks for typed in read_text(text)] == [False, False, True]


@pytest.mark.parametrize("phrases", [LEARNED, UNHEARD], ids=["learned", "unheard"])
def test_every_phrase_of_the_stories_is_read_and_a_learned_one_as_it_stands(phrases):
    rng, cast = np.random.default_rng(8), Cast(list(PEOPLE[:5]), list(PLACES[:6]), list(THINGS[:4]))
    seen = set()
    for _ in range(60):
        lines, world = tell(rng, cast, 20, phrases)
        asked = [ask(rng, kind, world, cast, phrases)[0] for kind in KINDS]
        typed = read_text("\n".join([*lines, *asked]))
        assert len(typed) == 20 + len(KINDS) and all(each.event for each in typed)
        assert [each.asks for each in typed] == [False] * 20 + [True] * len(KINDS)
        if phrases is LEARNED:
            assert [each.words for each in typed] == [words_of(line) for line in (*lines, *asked)]
        seen |= {each.event.kind for each in typed}
    assert seen == {"goes", "leaves", "takes", "drops", "gives", "lies", "where", "who", "has", "in", "before"}


READ = [
    ("Mary hurried off to the post office.", "mary went to post office"),
    ("Mary went home.", "mary went to home"),
    ("Mary is at home.", "mary went to home"),
    ("Mary is sitting in the living room.", "mary went to living room"),
    ("Mary arrived at the old town hall.", "mary went to old town hall"),
    ("Mary was upstairs.", "mary went to upstairs"),
    ("Mary went out of the living room.", "mary went out of living room"),
    ("Mary isn't in the attic any more.", ""),
    ("Mary fetched the red ball.", "mary took red ball"),
    ("Mary's got the red ball with her.", "mary took red ball"),
    ("The red ball was taken by Mary.", "mary took red ball"),
    ("Mary took the milk from the fridge.", "mary took milk"),
    ("Mary took the milk away from Tom.", "?"),
    ("Mary stole the milk from Tom.", "mary took milk"),  # nobody told that Tom had it
    ("Mary sold the milk to Tom.", "tom took milk"),
    ("Mary brought Tom the milk.", "tom took milk"),
    ("Mary received the milk from Tom.", "mary took milk"),
    ("A red ball lies on the shelf.", "red ball is in shelf"),
    ("On the shelf is a lamp.", "lamp is in shelf"),
    ("The lamp is on the table in the attic.", "lamp is in attic"),
    ("The living room is cold.", ""),
    ("Mary is hungry.", ""),
    ("Mary met John.", ""),
    ("Mary did not take the milk.", ""),
    ("Mary never went to the attic.", ""),
    ("Mary has no milk.", ""),
    ("Mary had gone to the attic.", "mary went to attic"),
    ("Mary had been in the attic.", "mary was in attic"),
]


@pytest.mark.parametrize(("text", "words"), READ)
def test_what_is_read(text, words):
    assert said(text) == [words]


NOT_READ = [
    "Mary juggled the milk.",
    "Mary snarfed the milk to John.",
    "Mary ate the apple.",
    "Mary got lost.",
    "Mary kept the milk in the fridge.",
    "Mary got tired of the milk.",
    "John said Mary has the milk.",
    "The man claims Mary has the milk.",
    "People say Mary is in the attic.",
    "Mary will go to the attic.",
    "Mary is going to the attic.",
    "Mary wants to go to the attic.",
    "Mary may be in the attic.",
    "If Mary is in the attic, John is in the park.",
    "Mary went to the attic because John took the milk.",
    "Before Mary went to the attic she took the milk.",
    "Everybody went to the attic.",
    "Nobody took the milk.",
    "Neither Mary nor John went to the attic.",
    "Mary did not leave the attic.",
    "Mary didn't drop the milk.",
    "Mary and John took the milk.",
    "Mary gave Mary the milk.",
    "Mary went to John.",
    "Mary took the attic.",
    "Mary went to the milk.",
    "The milk took Mary.",
    "Mary took the milk nearby.",
    "Mary almost took the milk.",
    "Yesterday Mary was in the attic.",
    "She went to the attic.",
    "Mary has been in the attic.",
    "Mary left the thing.",
    "Mary handed over.",
    "Mary in the attic.",
]


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_not_read_in_full_is_not_read(text):
    assert set(said(text)) <= {"?", ""} and "?" in said(text)


DOCS = Path(__file__).parents[2] / "docs"


def examples(name, header):
    """The English sentences in the second column of a table."""
    rows = (DOCS / name).read_text(encoding="utf-8").split(f"\n| {header} |")[1].split("\n\n")[0].splitlines()[2:]
    found = [sentence for row in rows for sentence in sentences(row.split("|")[2])]
    return [sentence for sentence in found if sentence[0].isascii()]


@pytest.mark.parametrize(
    ("name", "header", "can", "many"),
    [
        ("ask.md", "Read", True, 40),
        ("ask.md", "Not read", False, 20),
        ("ask.zh-CN.md", "读得懂", True, 40),
        ("ask.zh-CN.md", "读不懂", False, 20),
    ],
)
def test_the_page_says_what_is_read_and_what_is_not(name, header, can, many):
    before = "Mary took the attic key. The ball is in the park. Mary went to the park. "
    shown = examples(name, header)
    assert len(shown) > many
    for sentence in shown:
        alone = sentence if "had gone" in sentence else before + sentence
        assert all(typed.event for typed in read_text(alone)) == can, sentence


def test_two_or_more_at_once():
    assert said("Mary and John went to the park. They took off.")[0] == "mary john went to park"
    assert said("Mary, John and Tom are in the park.") == [f"{who} went to park" for who in ("mary", "john", "tom")]
    assert said("Mary took the milk, the red hat and a lamp, and went home.") == [
        "mary took milk",
        "mary took red hat",
        "mary took lamp",
        "mary went to home",
    ]
    assert said("Mary went to the park with John.") == ["mary went to park", "john went to park"]
    assert said("Mary went to the park with the milk.") == ["mary went to park", "mary took milk"]
    assert said("Mary took John to the park.") == ["mary went to park", "john went to park"]
    assert said("Mary carried the milk to the park.") == ["mary took milk", "mary went to park"]
    assert said("Mary moved from the park to the shop.") == ["mary went to park", "mary went to shop"]
    assert said("Mary went to the park. She moved from the park to the shop.")[1:] == ["mary went to shop"]
    assert said("Mary found the key in the park.") == ["mary went to park", "mary took key"]
    assert said("Mary found the key in the red box.") == ["mary took key"], "she is not in the box"
    [put] = read_text("Mary moved the key to the table.")
    assert put.event == ("puts", ("mary",), "key", "table")
    assert said("Mary dropped the key.") == ["mary took key", "mary dropped key"], "nobody told that she had it"


def test_what_is_left_out_between_the_parts_of_a_sentence():
    for text in (
        "took the milk, then went",
        "took the milk and then",
        "took the milk, then",
        "took the milk then went",
    ):
        assert said(f"Mary {text} to the garden.") == ["mary took milk", "mary went to garden"]
    assert said("Mary went to the park, then to the shop, and then to the attic.") == [
        "mary went to park",
        "mary went to shop",
        "mary went to attic",
    ]
    assert said("John juggled, went to the park and Mary left the shop.") == ["?"], "who went is not clear any more"
    *_, typed = read_text("Mary took the milk, but not for long and not to Tom.")
    assert typed.text == "not for long and not to Tom." and {"mary", "milk"} <= typed.mentions


def test_who_is_meant():
    story = "Fred and Mary came home. Mary took the milk. John went to the park. Zoe ran home. {} went to the attic."
    for pronoun, meant in (("He", "john"), ("She", "zoe"), ("They", "fred mary")):
        assert said(story.format(pronoun))[-1] == f"{meant} went to attic"
    assert said("Mary went home. John went home. They went to the park.")[-1] == "mary john went to park"
    assert said("Mary went home. John ran home. Tom ran home. They went to the park.")[-1] == "?", "which of three?"
    assert said("Zork snarfed. He went to the attic.")[-1] == "?", "Zork, or whom else?"
    assert said("Mary went home. Mary juggled. She went to the attic.")[-1] == "mary went to attic"
    assert said("John gave Mary the milk. She ran home.")[-1] == "mary ran to home".replace("ran", "went")


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Mary went home. After that she left the park.", "mary left park"),
        ("Mary took the key. She went home. She put it down there.", "mary dropped key"),
        ("Mary gave John the key. It is in the attic.", "key is in attic"),
        ("Mary took the key. Mary gave the key to John. Tom dropped it.", "tom dropped key"),
        ("Mary has the key. Tom has gone to the attic. Mary dropped it.", "mary dropped key"),
        ("Mary ran home. John took the key. He gave it to her.", "mary took key from john"),
        ("John ran home. Paul took the key. Paul gave him the key.", "john took key from paul"),
        ("Mary ran home. John took a book. John gave her book to Tom.", "tom took book from john"),
        ("Mary ran home. John went to her house.", "john went to house"),
        ("Mary took the keys. She dropped them.", "mary dropped keys"),
        ("Mary took the key. She dropped them.", "?"),
        ("Mary took the hat and the key. She dropped them.", "mary dropped key"),
        ("Mary took the hat and the key. She dropped it.", "?"),
        ("Tom ran home. John gave the key to her.", "?"),
        ("Mary went to the attic. Tom went there too.", "tom went to attic"),
        ("Mary went to the attic. Tom juggled in the park. John went there.", "?"),
        ("Mary went to the attic. She left.", "mary left attic"),
        ("Mary went to the attic. There she met Tom.", ""),
        ("It is here.", "?"),
    ],
)
def test_what_pronouns_stand_for(text, last):
    assert said(text)[-1] == last


def test_names_of_more_than_one_word():
    assert said("Mary took the red ball. Tom took the ball from Mary.")[-1] == "tom took red ball from mary"
    assert said("Mary took the red ball. Tom took the blue ball. Mary dropped the ball.")[-1] == "?", "which ball?"
    assert said("Li Ming went home. Where is Li?")[-1] == "where is li ming"
    assert said("Old Tom went to the post office. Tom is in the office.")[-1] == "old tom is in office"
    assert said("Mary took John's hat. John has the hat.")[-1] == "john has john's hat"
    for word in ("Poor", "Luckily", "Somehow"):
        assert said(f"Mary took the hat. {word} Mary went to the park.")[-1] == "?", "another Mary?"
    assert said("the old man went home. the man took a hat") == ["old man went to home", "old man took hat"]
    assert said("Mary went home. Mary Smith went to the park.")[-1] == "?"
    assert said("Luckily Mary went to the park. Yesteryear mary went home.") == ["?", "?"]
    assert said("One day Mary ran home. A little later, Mary took the hat.") == ["mary went to home", "mary took hat"]
    assert said("mary quickly ran home. mary nimbly ran home.") == ["mary went to home", "?"]


def test_what_somebody_took_is_a_thing_and_what_is_somewhere_may_be_a_person():
    assert said("Mary took the zorb. Zorb went to the attic.")[-1] == "?"
    assert said("Mary took the zorb. Tom gave the milk to Zorb.")[-1] == "?"
    assert said("The zorb is in the attic. Zorb went to the park.")[-1] == "zorb went to park"


def test_what_is_not_so():
    assert said("Mary went to the attic. Mary isn't in the attic.")[-1] == "mary left attic"
    [absent] = read_text("Mary isn't in the attic.")
    assert absent.event == ("absent", ("mary",), None, "attic")
    [lacks] = read_text("Mary hasn't got the key.")
    assert lacks.event == ("lacks", ("mary",), "key", None)
    [denied] = read_text("Mary never took the key.")
    assert denied.event == ("denied", ("mary",), "key", None)


def test_what_had_happened_counts_where_nothing_else_is_known():
    assert said("Mary is in the park. She had been in the attic.")[-1] == "?"
    assert said("Mary is in the park. John had gone to the attic.")[-1] == "john went to attic"
    assert said("Mary took the key. John had taken the key.")[-1] == "?"


QUESTIONS = [
    ("Where's the milk?", "where", "where is milk"),
    ("where is the milk now", "where", "where is milk"),
    ("Where is the milk.", "where", "where is milk"),
    ("Do you know where Mary is?", "where", "where is mary"),
    ("In which room is Mary?", "where", "where is mary"),
    ("What is the location of the red ball?", "where", "where is red ball"),
    ("who has the milk", "who", "who has milk"),
    ("Who's holding the milk?", "who", "who has milk"),
    ("Has Mary the milk?", "has", "does mary have milk"),
    ("Is the milk with Mary?", "has", "does mary have milk"),
    ("Is Mary in the living room?", "in", "is mary in living room"),
    ("Is the milk in the living room?", "in", "is milk in living room"),
    ("Is Mary at home?", "in", "is mary in home"),
    ("Where was Mary before she went to the post office?", "before", "where was mary before mary went to post office"),
    ("Where was Mary before going to the park?", "before", "where was mary before park"),
]


@pytest.mark.parametrize(("text", "kind", "words"), QUESTIONS)
def test_questions(text, kind, words):
    typed = read_text(f"Mary is here. {text}")[-1]
    assert typed.asks and typed.event.kind == kind and " ".join(typed.words) == words


@pytest.mark.parametrize(
    "text",
    [
        "Where did Mary go after the park?",
        "Who is in the park?",
        "What is Mary carrying?",
        "How many things has Mary?",
        "Where is Mary and who has the milk?",
        "Did Mary take the milk?",
        "Was Mary in the park?",
        "Where was the milk before the park?",
        "Where was Mary before John went to the park?",
        "Where is everybody?",
        "Where is she?",
        "Mary is in the park?",
        "Who took the milk?",
    ],
)
def test_other_questions_are_not_read(text):
    [typed] = read_text(text)
    assert typed.asks and typed.event is None


def test_what_a_sentence_that_is_not_read_may_be_about():
    *_, typed = read_text("Mary took the milk. Tom ran home. She juggled it.")
    assert {"mary", "milk"} <= typed.mentions and "tom" not in typed.mentions
    *_, typed = read_text("Mary took the milk. Mary ran home and juggled.")
    assert "mary" in typed.mentions
    assert read_text("Everybody left.")[0].mentions is None


def test_what_asks_and_what_begins():
    typed = read_text("1 Mary is in the attic.\n2 where is mary\n1 Is Mary here?\n12\n2 In the attic is a lamp.")
    assert [each.asks for each in typed] == [False, True, True, False, False]
    assert [each.begins for each in typed] == [True, False, True, False, False]
    assert typed[3].event is None and typed[1].text == "where is mary"
    assert read_text("") == read_text(" \n\n . \n") == []
    assert said("1 Mary took the milk.\n1 She ran home.")[-1] == "?", "another story has begun"


def test_what_was_typed_is_kept_without_the_blanks_around_it():
    typed = read_text("3  Mary went to the kitchen , and took the milk .   Where is it ?\tkitchen\t3")
    assert [each.text for each in typed] == ["Mary went to the kitchen", "took the milk .", "Where is it ?"]


def test_a_sentence_is_read_in_time_that_grows_with_its_length(monkeypatch):
    letters = 0
    plain = told_events.tokens_of

    def counted(text):
        nonlocal letters
        letters += len(text)
        return plain(text)

    monkeypatch.setattr(told_events, "tokens_of", counted)
    for text, found in (
        ("Mary took " + "the milk and " * 2000 + "the key.", 7),  # six things, and what is not read
        ("Mary " + "took the milk and went home and " * 500 + "left the park.", 1001),
    ):
        letters = 0
        assert len(read_text(text)) == found and letters < 60 * len(text)
