"""Forms of English sentences that can be read in full: what is told, what is denied, what is asked.

A form is words, groups of words that mean the same in <brackets>, and slots: a, b, c are people, p, q places, t things,
x a person, a thing or a place; A and T are one or more; h is a place such as "home", l is "there". The phrases that
models have learned (``LEARNED``) are forms as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nnmem.tasks.babi import Sentence
from nnmem.tasks.desk_phrases import LEARNED
from nnmem.tasks.plain_english import THE, tokens_of, word_set
from nnmem.tasks.word_groups import GROUPS, RESERVED

PRONOUNS = {
    "a": "he|she|they",
    "b": "him|her|them",
    "c": "he|she|they|him|her|them",
    "t": "it|them",
    "x": "he|she|they|it|him|her|them",
}
NAME = "(?:the )?~[^ ]+(?: ~[^ ]+){0,2}?"
FIXED = {"h": f"(?P<p>{'|'.join(GROUPS['HOME'].split())})", "l": "(?P<p>there)"}
VAGUE = "TO", "AT", "BY", "SAYING"  # groups that stand in too many forms to tell which one a sentence has


class SentenceForm(NamedTuple):
    """A way to say something, and what it says."""

    pattern: re.Pattern[str]
    kinds: tuple[str, ...]  # of what is told, one after the other; of the question
    says: tuple[str, ...]  # as a model has learned to read it, where one has, with slots among the words
    keys: frozenset[str]  # words of which one must be there


class Match(NamedTuple):
    """A sentence in a form; each slot with its words as they stand."""

    form: SentenceForm
    slots: dict[str, str]


def make_form(text: str, kinds: str, says: str = "") -> SentenceForm:
    """Make a form of its text."""

    def marked(words: str) -> str:
        return "|".join(word if word in RESERVED else f"~{word}" for word in words.split())

    def slot(match: re.Match[str]) -> str:
        letter = match[1]
        pronouns = f"|(?:{PRONOUNS[letter.lower()]})(?![^ ])" if letter.lower() in PRONOUNS else ""
        one = f"(?:{NAME}{pronouns})"
        return FIXED.get(letter) or f"(?P<{letter}>{one}{f'(?: and {one})*' if letter.isupper() else ''})"

    pattern = re.sub(r"(?<![<{\w])[a-z]+(?![\w}>])", lambda match: marked(match[0]), text)
    pattern = re.sub(r"<(\w+)>", lambda match: f"(?:{marked(GROUPS[match[1]])})", pattern)
    telling = [name for name in re.findall(r"<(\w+)>", text) if name not in VAGUE]
    whole = not re.search(r"\([^)]*<[^)]*\|[^)]*\)", text) or len(telling) > 1  # not "(?:<EXIT>|departed)"
    keys = word_set(" ".join(GROUPS[name] for name in telling)) if whole else frozenset()
    return SentenceForm(re.compile(re.sub(r"\{(\w)\}", slot, pattern)), tuple(kinds.split()), tuple(says.split()), keys)


def learned_forms(phrases: Mapping[str, tuple[str, ...]]) -> Iterator[SentenceForm]:
    """Yield the forms of learned phrases, by what they say."""
    for kind, texts in phrases.items():
        for text in texts:
            words = [word for word in tokens_of(re.sub(r"\{(\w)\}", r"slot\1", text)) if word != THE]
            slots = [f"{{{word[4:]}}}" if word.startswith("slot") else word for word in words]
            if slots.count("{a}") == 2:  # "where was Mary before Mary went"
                slots[slots.index("{a}", slots.index("{a}") + 1)] = "{c}"
            joined = " ".join(slots)
            yield make_form(joined.replace("{a} and {b}", "{A}"), kind, joined.replace("{a} and ", "{a} "))


TOLD = (
    *learned_forms({kind: getattr(LEARNED, kind) for kind in ("goes", "leaves", "takes", "drops", "gives", "lies")}),
    *learned_forms({"goes": LEARNED.both_go}),
    *(
        make_form(*row)
        for row in (
            ("{A} <GO> (?:back |over |up |down |out |off |on |home )?<TO> {p}", "goes"),
            ("{A} <GO> (?:back |over |up |down |out |off )?{h}", "goes"),
            ("{A} <GO> (?:back |over |up |down )?{l}", "goes"),
            ("{A} <ARRIVE> (?:in|at) {p}", "goes"),
            ("{A} (?:<ARRIVE>|got) {h}", "goes"),
            ("{A} got <TO> {p}", "goes"),
            ("{A} <REACH> {p}", "goes"),
            ("{A} <BE>(?: there)? <AT> {p}", "goes"),
            ("{A} <BE> <STAY> <AT> {p}", "goes"),
            ("{A} <BE>(?: <STAY>)?(?: at)? {h}", "goes"),
            ("{A} <BE>(?: <STAY>)? {l}", "goes"),
            ("{A} <STAY>(?: down)? <AT> {p}", "goes"),
            ("{A} <STAY>(?: at)? {h}", "goes"),
            ("{A} <GO> from {q} <TO> {p}", "was goes"),
            ("{A} <EXIT> {q} for {p}", "was goes"),
            ("{a} <GO> (?:back |over )?<TO> {p} (?:together )?with {x}", "goes with"),
            ("{a} <GO> {h} (?:together )?with {x}", "goes with"),
            ("{a} (?:join|joined|follow|followed|met) {x} (?:to|into|in|at) {p}", "goes with"),
            ("{A} <EXIT> {p}", "leaves"),
            ("{A} departed(?: from)? {p}", "leaves"),
            ("{A} <GO> (?:away from|out of|back out of) {p}", "leaves"),
            ("{A} <BE> (?:out of|no longer <AT>|away from) {p}", "leaves"),
            ("{A} <EXIT>", "leaves"),
            ("{A} (?:departed|<GO> away|<BE> gone|<BE> away)", "leaves"),
            ("{a} <TAKE> {T}(?: there)?", "takes"),
            ("{a} <KEEP> {T}", "takes"),
            ("{a} <PICK> up {T}(?: there)?", "takes"),
            ("{a} <PICK> {T} up(?: there)?", "takes"),
            ("{a} <BE> <HOLDING> {T}", "takes"),
            ("{a} <TAKE> {T} with (?:him|her|them)", "takes"),
            ("{T} <BE> (?:<TAKE>|<PICK> up) by {a}", "takes"),
            ("{T} <BE> with {a}", "takes"),
            ("{a} (?:<PICK> up|<TAKE>) {T} (?:up )?<AT> {p}", "goes takes"),
            ("{a} (?:<PICK> up|<TAKE>) {T} (?:from|out of|off) {x}", "takes_from"),
            ("{a} <PICK> {T} up (?:from|out of|off) {x}", "takes_from"),
            ("{a} <BRING> {T} (?:back |over |up |down |out |along )?<TO> {x}", "brings"),
            ("{a} <BRING> {x} (?:back |over |up |down |out |along )?<TO> {p}", "goes with"),
            ("{a} <BRING> {T} (?:back )?{h}", "takes goes"),
            ("{a} <BRING> {T} (?:back )?{l}", "takes goes"),
            ("{a} <DROP> {T}(?: there)?", "drops"),
            ("{a} <PUT> (?:down|aside) {T}(?: there)?", "drops"),
            ("{a} <PUT> {T} (?:down|behind|there|down there|aside)", "drops"),
            ("{a} (?:threw|throws|throw) away {T}", "drops"),
            ("{a} let go of {T}", "drops"),
            ("{a} <EXIT> {T}", "drops"),
            ("{T} <BE> (?:<DROP>|put down) by {a}", "drops"),
            ("{a} <PUT> (?:down )?{T} (?:down |back )?<BY> {p}", "puts"),
            ("{a} <PUT> {T} (?:down |back )?<BY> {q} <AT> {p}", "puts"),
            ("{a} <GIVE> {T} (?:back |over )?to {b}", "gives"),
            ("{a} <GIVE>(?: back)? {b} {T}", "gives"),
            ("{a} (?:bring|brings|brought) {b} {T}", "gives"),
            ("{T} <BE> <GIVEN> (?:back )?to {b} by {a}", "gives"),
            ("{b} <BE> <GIVEN> {T} by {a}", "gives"),
            ("{a} <BE> <GIVEN> {T}", "takes"),
            ("{T} <BE> <GIVEN> to {a}", "takes"),
            ("{T} (?:<BE>|<LIE>)(?: <STAY>| <PUT>)? <BY> {p}", "lies"),
            ("there <BE> {T} <BY> {p}", "lies"),
            ("there <BE> {T} <BY> {q} <AT> {p}", "lies"),
            ("<AT> {p} (?:and )?(?:there )?(?:<BE>|<LIE>) {T}", "lies"),
            ("{T} (?:<BE>|<LIE>)(?: <STAY>| <PUT>)? <BY> {q} <AT> {p}", "lies"),
            ("{A} <SEE>(?: (?:to|with|at))?(?: {x})?", "idle"),
            ("{A} <STAY>(?: down| up)?", "idle"),
            ("{A} (?:<BE>|feel|feels|felt|got|became) (?:very )?<FEEL>", "idle"),
            ("{T} <BE> (?:very )?<FEEL>", "idle"),
            ("it <BE> (?:<FEEL>|{x})", "idle"),
        )
    ),
)
DENIED = tuple(
    make_form(*row)
    for row in (
        ("{A} <BE> not(?: there)? <AT> {p}", "absent"),
        ("{A} <BE> not(?: at)? {h}", "absent"),
        ("{a} (?:do|does) not (?:have|hold|carry) {T}", "lacks"),
        ("{a} (?:has|have) not(?: got)? {T}", "lacks"),
        ("{a} <BE> not <HOLDING> {T}", "lacks"),
        ("{a} no longer <TAKE> {T}", "lacks"),
        ("{a} (?:has|have|had) no {T}", "lacks"),
    )
)
WHICH = "(?:in |at )?(?:which|what) (?:place|room|location)"
ASKED = (
    *learned_forms(LEARNED.asks),
    *(
        make_form(*row)
        for row in (
            ("where (?:is|are|am) {x}(?: at| located| gone)?", "where"),
            ("where {x} (?:is|are|am)", "where"),
            ("where <SAYING> (?:i|we|you) (?:find|see) {x}", "where"),
            ("where (?:did|does|do|has|have) {a} <GO>(?: to)?", "where"),
            (WHICH + " (?:is|are|can i find) {x}(?: in| at)?", "where"),
            (WHICH + " (?:did|does|has) {a} <GO>(?: <TO>)?", "where"),
            ("what is (?:the )?(?:location|position|whereabouts) of {x}", "where"),
            ("(?:who|(?:which|what) person) (?:has|have|had|holds|hold|got|keeps|carries)(?: got)? {t}", "who"),
            ("(?:who|(?:which|what) person) is (?:it )?(?:carrying|holding|has) {t}", "who"),
            ("(?:do|does) {a} (?:have|hold|carry) {t}", "has"),
            ("(?:has|have) {a}(?: got)? {t}", "has"),
            ("is {t} with {a}", "has"),
            ("(?:is|are|am) {a} <HOLDING> {t}", "has"),
            ("is it {a} (?:who )?(?:has|holds) {t}", "has"),
            ("(?:is|are|am) {x}(?: there)? <AT> {p}", "in"),
            ("(?:is|are|am) {x}(?: at)? {h}", "in"),
            ("can (?:i|we|you) find {x} <AT> {p}", "in"),
            ("where (?:was|were) {a} before {p}", "before"),
            (WHICH + " (?:was|were) {a}(?: in)? before {p}", "before"),
            (
                "where (?:was|were) {a} before {c} (?:<GO>|<REACH>|<BE>|got|<ARRIVE>)(?: back| over)?"
                "(?: <TO>| <AT>)? {p}",
                "before",
            ),
            (
                "where (?:was|were) {a} before (?:going|moving|coming|travelling|walking|running|returning|entering|"
                "reaching|arriving|being)(?: <TO>| at)? {p}",
                "before",
            ),
            ("where had {a} been before {p}", "before"),
        )
    ),
)


def matches(tokens: Sentence, forms: tuple[SentenceForm, ...]) -> Iterator[Match]:
    """Yield the forms in which a sentence is, from the first word to the last."""
    there = frozenset(tokens)
    text = " ".join(word if word in RESERVED else f"~{word}" for word in tokens)
    for form in forms:
        if (not form.keys or form.keys & there) and (match := form.pattern.fullmatch(text)):
            yield Match(form, {name: part.replace("~", "") for name, part in match.groupdict().items() if part})
