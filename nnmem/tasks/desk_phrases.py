"""Words and phrases of the stories to ask about: those that models learn from, and others of the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnmem.tasks.babi_features import Vocabulary
from nnmem.tasks.plain_english import words_of

PEOPLE = (
    *("Mary", "John", "Sandra", "Daniel", "Anna", "Tom", "Lucy", "Peter", "Emma", "Jack"),
    *("Alice", "Bob", "Kate", "Paul", "Fred", "Julie", "Bill", "Wei", "Ming", "Fang"),
)
PLACES = (
    *("kitchen", "garden", "bathroom", "bedroom", "hallway", "office", "school", "library"),
    *("park", "cinema", "shop", "station", "cellar", "attic", "garage", "museum"),
)
THINGS = (
    *("milk", "football", "apple", "book", "key", "phone", "ball", "cake"),
    *("hat", "letter", "umbrella", "bag", "lamp", "coat", "camera", "newspaper"),
)
NEW = tuple(f"new{number}" for number in range(6))  # stand for words outside the vocabulary
NOBODY, UNTOLD = "nobody", "untold"
KINDS = {
    "person": "where a person is",
    "thing": "where a thing is",
    "holder": "who has a thing",
    "in": "is a person in a place",
    "has": "does a person have a thing",
    "before": "where a person was before",
}


class Phrases(NamedTuple):
    """Ways to say what happens: a and b are people, p a place, t a thing."""

    goes: tuple[str, ...]
    both_go: tuple[str, ...]
    leaves: tuple[str, ...]
    takes: tuple[str, ...]
    drops: tuple[str, ...]
    gives: tuple[str, ...]
    lies: tuple[str, ...]
    asks: Mapping[str, tuple[str, ...]]  # by kind


LEARNED = Phrases(
    goes=(
        "{a} went to the {p}.", "{a} moved to the {p}.", "{a} journeyed to the {p}.", "{a} travelled to the {p}.",
        "{a} walked to the {p}.", "{a} ran to the {p}.", "{a} is in the {p}.", "{a} came to the {p}.",
        "{a} entered the {p}.", "{a} returned to the {p}.", "{a} is at the {p}.", "{a} hurried into the {p}.",
        "{a} has moved to the {p}.", "{a} has entered the {p}.", "{a} went into the {p}.", "{a} was in the {p}.",
        "{a} drove to the {p}.", "{a} stayed in the {p}.",
    ),
    both_go=("{a} and {b} went to the {p}.", "{a} and {b} moved to the {p}.", "{a} and {b} are in the {p}."),
    leaves=("{a} left the {p}.", "{a} went out of the {p}.", "{a} is no longer in the {p}.", "{a} has left the {p}."),
    takes=(
        "{a} took the {t}.", "{a} got the {t}.", "{a} grabbed the {t}.", "{a} picked up the {t}.", "{a} has the {t}.",
        "{a} picked the {t} up.", "{a} collected the {t}.", "{a} is carrying the {t}.", "{a} got the {t} there.",
        "{a} took the {t} there.", "{a} picked up the {t} there.", "{a} has picked up the {t}.", "{a} has got the {t}.",
        "{a} had the {t}.", "{a} found the {t}.", "{a} bought the {t}.",
    ),
    drops=(
        "{a} dropped the {t}.", "{a} put down the {t}.", "{a} discarded the {t}.", "{a} put the {t} down.",
        "{a} left the {t} there.", "{a} has dropped the {t}.",
    ),
    gives=(  # who has it then comes first, as in what is taken: a sum over words can hardly tell the orders of verbs
        "{b} took the {t} from {a}.", "{b} got the {t} from {a}.", "{b} has got the {t} from {a}.",
        "{b} collected the {t} from {a}.",
    ),
    lies=("The {t} is in the {p}.", "There is a {t} in the {p}.", "The {t} is at the {p}."),
    asks={
        "person": (
            "Where is {a}?", "Where did {a} go?", "Where can I find {a}?", "Which place is {a} in?",
            "In which place is {a}?", "Where has {a} gone?", "Which place did {a} go to?",
        ),
        "thing": (
            "Where is the {t}?", "Where can I find the {t}?", "Which place is the {t} in?",
            "In which place is the {t}?",
        ),
        "holder": ("Who has the {t}?", "Who is carrying the {t}?", "Who has got the {t}?", "Who holds the {t}?"),
        "in": ("Is {a} in the {p}?", "Is {a} at the {p}?", "Can I find {a} in the {p}?"),
        "has": ("Does {a} have the {t}?", "Has {a} got the {t}?", "Is {a} carrying the {t}?"),
        "before": ("Where was {a} before the {p}?", "Where was {a} before {a} went to the {p}?"),
    },
)  # fmt: skip
_PLACE, _PERSON = frozenset((*PLACES, *NEW)), frozenset((*(name.lower() for name in PEOPLE), *NEW, NOBODY))
ANSWERS = {  # by the first word of a question
    **dict.fromkeys(("where", "which", "in", "at"), _PLACE),
    "who": _PERSON,
    **dict.fromkeys(("is", "does", "has", "can"), frozenset(("yes", "no"))),
}
UNHEARD = Phrases(
    goes=(
        "{a} ran into the {p}.", "{a} hurried to the {p}.", "{a} came into the {p}.", "{a} moved into the {p}.",
        "{a} has walked to the {p}.", "{a} has travelled to the {p}.", "{a} has gone to the {p}.",
    ),
    both_go=("{a} and {b} walked to the {p}.", "{a} and {b} are at the {p}.", "{a} and {b} entered the {p}."),
    leaves=("{a} is out of the {p}.", "{a} is no longer at the {p}.", "{a} has gone out of the {p}."),
    takes=("{a} has grabbed the {t}.", "{a} has collected the {t}.", "{a} found the {t} there."),
    drops=("{a} has put down the {t}.", "{a} has discarded the {t}.", "{a} dropped the {t} there."),
    gives=("{b} grabbed the {t} from {a}.", "{b} bought the {t} from {a}.", "{b} picked up the {t} from {a}."),
    lies=("In the {p} there is a {t}.", "There is the {t} at the {p}.", "The {t} was in the {p}."),
    asks={
        "person": ("Where has {a} moved to?", "At which place is {a}?"),
        "thing": ("At which place is the {t}?", "In which place can I find the {t}?"),
        "holder": ("Who got the {t}?", "Who is it that has the {t}?"),
        "in": ("Can I find {a} at the {p}?", "Is {a} there in the {p}?"),
        "has": ("Has {a} the {t}?", "Is it {a} that has the {t}?"),
        "before": ("Which place was {a} in before the {p}?", "Where was {a} before {a} moved to the {p}?"),
    },
)  # fmt: skip


def desk_vocabulary() -> Vocabulary:
    """Return every word of people, places, things, learned phrases and answers, and the longest phrase's length."""
    fields = (*LEARNED[:-1], *LEARNED.asks.values())
    phrases = [words_of(text.format(a="", b="", p="", t="")) for texts in fields for text in texts]
    words = {word for phrase in phrases for word in phrase}
    words |= {word.lower() for word in (*PEOPLE, *PLACES, *THINGS, *NEW, NOBODY, UNTOLD, "yes", "no")}
    longest = max(len(words_of(text.format(a="x", b="x", p="x", t="x"))) for texts in fields for text in texts)
    return Vocabulary(tuple(sorted(words)), longest)
