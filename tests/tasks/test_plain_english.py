"""What a person types is read as they meant it."""

import pytest

from nnmem.tasks import plain_english
from nnmem.tasks.plain_english import read_text, words_of


def said(text, before=()):
    return [" ".join(sentence.words) for sentence in read_text(text, before)]


@pytest.mark.parametrize(
    "text",
    [
        "Mary went to the kitchen. She took the milk.\nWhere is it?",
        "\ufeffMARY WENT TO THE KITCHEN!\r\n\r\nMary took the milk;\r\nwhere is it",
        "1 Mary went to the kitchen.\n2 Mary took the milk.\n3 Where is it?\tkitchen\t1 2",
        "Mary went to the kitchen and took the milk.  Where is it ?",
        "  Mary went to the kitchen, and then she took the milk... Where's it?",
    ],
)
def test_forms_of_one_story(text):
    assert said(text) == ["mary went to kitchen", "mary took milk", "where is it"]
    assert [sentence.asks for sentence in read_text(text)] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Where’s Mary?", "where is mary"),
        ("Who's got the key?", "who has got key"),
        ("Mary isn't there", "mary is not there"),
        ("They've got her", "they have got"),
        ("John traveled to New-York", "john travelled to new-york"),
        ("王芳 went to the café", "王芳 went to café"),
        ("?!", ""),
    ],
)
def test_words(text, words):
    assert " ".join(words_of(text)) == words


def test_who_is_meant():
    assert said("Fred and Julie went to the park. They took the cake.") == [
        "fred julie went to park",
        "fred julie took cake",
    ]
    assert said("She went to the attic.", (("mary", "took", "milk"),)) == ["mary went to attic"]
    story = "Fred and Mary came. Mary took the milk. John left. Zoe ran. {} went to the attic."
    for pronoun, meant in (("He", "zoe"), ("She", "zoe"), ("They", "fred mary")):
        assert said(story.format(pronoun))[-1] == f"{meant} went to attic"
    story = "Mary took the milk. John left. {} went to the attic."
    assert [said(story.format(pronoun))[-1] for pronoun in ("He", "She")] == [
        "john went to attic",
        "mary went to attic",
    ]
    assert said("She went to the attic.") == ["went to attic"], "there is nobody whom she could be"
    assert said("Mary took the milk and the key.") == ["mary took milk key"], "what follows is no action"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Mary went home. After that she left.", "mary left"),
        ("Mary went home and afterwards she took the key.", "mary took key"),
        ("Mary took the key. She went home. She put it down there.", "mary put key down there"),
        ("Mary gave John the key. It is in the attic.", "key is in attic"),
        ("Mary gave the key to John. Tom dropped it.", "tom dropped key"),
        ("Mary has the key. Tom has gone to the attic. Mary dropped it.", "mary dropped key"),
        ("Mary ran. John took the key. He gave it to her.", "john gave key to mary"),
        ("John ran. Paul took the key. Paul gave him the key.", "paul gave john key"),
        ("Tom ran. John gave the key to her.", "john gave key to"),
        ("Mary ran. John gave her book to Tom.", "john gave book to tom"),
        ("Mary ran. John went to her house.", "john went to house"),
        ("It is here.", "it is here"),
    ],
)
def test_what_pronouns_stand_for(text, last):
    assert said(text)[-1] == last


def test_what_asks_and_what_begins():
    typed = read_text("1 Mary is in the attic.\n2 where is mary\n1 Is Mary here?\n12\n2 In the attic is a lamp.")
    assert [each.asks for each in typed] == [False, True, True, False, False]
    assert [each.begins for each in typed] == [True, False, True, False, False]
    assert typed[3].words == ("12",) and typed[1].text == "where is mary"
    assert read_text("") == read_text(" \n\n . \n") == []


def test_what_was_typed_is_kept_without_the_blanks_around_it():
    typed = read_text("3  Mary went to the kitchen , and took the milk .   Where is it ?\tkitchen\t3")
    assert [each.text for each in typed] == ["Mary went to the kitchen", "took the milk .", "Where is it ?"]


def test_a_pronoun_that_stands_for_nobody_says_nothing():
    assert read_text("They? He! She.") == []
    assert [sentence.words for sentence in read_text("They? Mary is here.")] == [("mary", "is", "here")]


def test_a_sentence_is_read_in_time_that_grows_with_its_length(monkeypatch):
    letters = 0

    def counted(text):
        nonlocal letters
        letters += len(text)
        return words_of(text)

    monkeypatch.setattr(plain_english, "words_of", counted)
    found = read_text("Mary took " + "the milk and " * 2000 + "the key.")
    assert len(found) == 1 and letters < 300 * 2000 + 10 * len(found[0].text)
