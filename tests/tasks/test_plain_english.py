"""What a person types is cut into lines, sentences, parts and words."""

import pytest

from nnmem.tasks.plain_english import clauses, numbered_lines, sentences, tokens_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Where’s Mary?", "where is mary"),
        ("Who's got the key?", "who has got key"),
        ("Mary isn't there", "mary is not there"),
        ("Mary isnt in the attic", "mary is not in attic"),
        ("They've got her", "they have got"),
        ("John traveled to New-York", "john travelled to new-york"),
        ("王芳 went to the café", "王芳 went to café"),
        ("Mary's in the kitchen", "mary is in kitchen"),
        ("Mary's taken the key", "mary has taken key"),
        ("Mary took John's book", "mary took john's book"),
        ("She'd gone home", "she had gone home"),
        ("Where'm I", "where am i"),
        ("John can't swim", "john ca not swim"),
        ("After that Mary, John and the cat left at night.", "mary john cat left"),
        ("?!", ""),
    ],
)
def test_words(text, words):
    assert " ".join(words_of(text)) == words


def test_articles_and_conjunctions_are_kept_for_who_reads_in_full():
    assert " ".join(tokens_of("Then, a cat and, then, my dog, but not her hat, left,")) == (
        "the cat and the dog and not her hat and left"
    )


def test_lines():
    text = "\ufeff1 Mary is here.\r\n\r\n2 Where is Mary?\tattic\t1\n\tJohn\tleft.\n1. Tom left.\n1 hour later\n12\n1"
    assert [(line.strip(), begins) for line, begins in numbered_lines(text) if line] == [
        ("Mary is here.", True),
        ("Where is Mary?", False),
        ("John\tleft.", False),
        ("Tom left.", True),
        ("hour later", False),
        ("12", False),
        ("1", True),
    ]


def test_sentences():
    line = " Mr. Smith left.. Where is he ?! 他在 here。 ... Mary; and so on"
    assert sentences(line) == ["Mr. Smith left..", "Where is he ?!", "他在 here。", "Mary;", "and so on"]


def test_parts_of_a_sentence():
    text = "Mary left, and then, John & Tom came but Anna，and Kate, slept,."
    assert [text[a:b] for a, b in clauses(text)] == ["Mary left", "John", "Tom came", "Anna", "Kate", "slept"]
    assert clauses("and, then") == []
