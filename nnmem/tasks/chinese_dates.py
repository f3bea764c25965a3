"""Chinese dates and their English: a small translation in which word order turns round.

一九九八年三月五日星期四 is year, month, day, weekday; Thursday, March 5, 1998 is weekday, month, day, year. A day is
written in many ways: numerals or digits, 日 or 号, with or without a weekday, the century left out, 1998-03-05. A
sentence holds one date or several. Days from 1912 to 2068; every tenth of them, chosen once, is never shown in
training.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FIRST, LAST = datetime.date(1912, 1, 1), datetime.date(2068, 12, 31)
DAYS = (LAST - FIRST).days + 1
CHARACTERS = "零〇一二三四五六七八九十年月日号星期周礼拜天0123456789-/.、，和"
MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
END, AND = "</s>", ";"
WORDS = [
    *(END, AND, *WEEKDAYS, *MONTHS),
    *(f"{day}," for day in range(1, 32)),
    *("19", "20"),
    *(f"{year:02}" for year in range(100)),
]
WORD = {word: i for i, word in reversed(list(enumerate(WORDS)))}
YEARS = WORDS.index("00")  # "19" and "20" are centuries at their first place, years of a century from here on
SEPARATORS = "、，和"
_NUMERALS = "〇一二三四五六七八九"
_DATE = re.compile(
    r"(?P<year>[零〇一二三四五六七八九]{4}|[零〇一二三四五六七八九]{2}|\d{4}|\d{2})(?P<gap>[年\-/.])"
    r"(?P<month>十[一二]?|[一二三四五六七八九]|\d\d?)(?:月|(?P=gap))"
    r"(?P<day>[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]|\d\d?)[日号]?"
    r"(?:(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天]))?"
)
_PARTS = ("weekday", "month", "day", "year", "year")


class Sentence(NamedTuple):
    """Dates in Chinese, their English words, and where each word comes from."""

    text: str
    words: list[int]  # with the end symbol
    spans: list[tuple[int, int]]  # for each word the characters from, to; (0, 0) for the end symbol


class Sentences(NamedTuple):
    """A batch, padded."""

    source: np.ndarray  # (B, N) characters
    lengths: np.ndarray  # (B,)
    targets: np.ndarray  # (B, m) words
    mask: np.ndarray  # (B, m) True where there is one


def held_out_days() -> tuple[np.ndarray, np.ndarray]:
    """Return the days shown in training and those kept for the test, as numbers from ``FIRST`` on."""
    order = np.random.default_rng(FIRST.year).permutation(DAYS)
    return np.sort(order[DAYS // 10 :]), np.sort(order[: DAYS // 10])


def write_date(day: datetime.date, rng: np.random.Generator) -> str:
    """Write a date in one of its Chinese forms, drawn at random."""
    style = rng.choice(["numerals", "digits", "short"], p=[0.5, 0.35, 0.15])
    year = f"{day.year}"
    if day.year >= 1969 and rng.random() < 0.2:
        year = year[2:]
    if style == "short":
        gap, padded = rng.choice(list("-/.")), rng.random() < 0.5
        text = gap.join([year, *(f"{n:02}" if padded else f"{n}" for n in (day.month, day.day))])
    elif style == "digits":
        text = f"{year}年{day.month}月{day.day}{rng.choice(list('日号'))}"
    else:
        zero = rng.choice(list("零〇"))
        numerals = "".join(_NUMERALS[int(digit)] for digit in year).replace("〇", zero)
        text = f"{numerals}年{_tens(day.month)}月{_tens(day.day)}{rng.choice(list('日号'))}"
    if rng.random() < 0.5:
        number = _NUMERALS[day.isoweekday()] if day.isoweekday() < 7 else rng.choice(list("日天"))
        text += rng.choice(["星期", "周", "礼拜"]) + number
    return text


def sentence(days: Sequence[int], rng: np.random.Generator) -> Sentence:
    """Write some days, numbered from ``FIRST`` on, as one sentence."""
    text = ""
    for i, day in enumerate(days):
        text += (rng.choice(list(SEPARATORS)) if i else "") + write_date(FIRST + datetime.timedelta(int(day)), rng)
    return read_sentence(text)


def read_sentence(text: str) -> Sentence:
    """Read dates by rule: the right translation of a sentence, and where each word comes from.

    Raises
    ------
    ValueError
        The text is empty, has a character that is none of ``CHARACTERS``, is no sequence of dates, or names a day that
        does not exist.
    """
    encode(text)
    words: list[int] = []
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        found = _DATE.match(text, start)
        if found is None:
            raise ValueError(f"read_sentence: {text[start:]!r} in {text!r} is no date such as 一九九八年三月五日星期四")
        if start:
            words.append(WORD[AND])
            spans.append((start - 1, start))
        for word, part in zip(_date_words(found), _PARTS, strict=True):
            if word is not None:
                words.append(word)
                spans.append(_span(found, part))
        start = found.end() + 1
        if start > len(text):
            return Sentence(text, [*words, WORD[END]], [*spans, (0, 0)])
        if text[start - 1] not in SEPARATORS:
            raise ValueError(f"read_sentence: {text[start - 1 :]!r} in {text!r} should be 、 or ， or 和 and a date")


def encode(text: str) -> list[int]:
    """Return the numbers of a text's characters.

    Raises
    ------
    ValueError
        It is empty, or has characters that are not in the table; the message names them.
    """
    unknown = "".join(dict.fromkeys(character for character in text if character not in CHARACTERS))
    if unknown or not text:
        what = f"{text!r} has the unknown characters {unknown}" if unknown else "the text is empty"
        raise ValueError(f"encode: {what}; known are {CHARACTERS}")
    return [CHARACTERS.index(character) for character in text]


def english(words: Sequence[int]) -> str:
    """Return words as a line of English, up to the end symbol or −1."""
    text = ""
    for word in words:
        if word <= 0:
            break
        name = WORDS[word]
        glued = word >= YEARS or name == AND
        text += name if glued else f" {name}"
        text += "," if name in WEEKDAYS else ""
    return text.strip()


def batch_sentences(sentences: Sequence[Sentence]) -> Sentences:
    """Pad sentences to arrays."""
    lengths = np.array([len(each.text) for each in sentences])
    sizes = np.array([len(each.words) for each in sentences])
    source = np.zeros((len(sentences), lengths.max()), np.intp)
    targets = np.zeros((len(sentences), sizes.max()), np.intp)
    for i, each in enumerate(sentences):
        source[i, : lengths[i]] = encode(each.text)
        targets[i, : sizes[i]] = each.words
    return Sentences(source, lengths, targets, np.arange(sizes.max()) < sizes[:, None])


def _tens(number: int) -> str:
    """1 to 39 in numerals: 五, 十, 十二, 二十, 二十五."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _NUMERALS[tens]) + ("十" if tens else "") + (_NUMERALS[ones] if ones else "")


def _number(text: str) -> int:
    """What ``_tens`` wrote, or digits."""
    if text.isascii():
        return int(text)
    if "十" not in text:
        return int("".join(str(max(_NUMERALS.find(c), 0)) for c in text))
    tens, ones = text.split("十")
    return 10 * (_NUMERALS.index(tens) if tens else 1) + (_NUMERALS.index(ones) if ones else 0)


def _date_words(found: re.Match[str]) -> list[int | None]:
    """The words of a date, in the order of English; None for a weekday that is not said."""
    year, month, day = (_number(found[name]) for name in ("year", "month", "day"))
    if len(found["year"]) == 2:
        year += 1900 if year >= 69 else 2000
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        date = None
    if date is None or not FIRST <= date <= LAST:
        why = "does not exist" if date is None else f"is outside {FIRST.year} to {LAST.year}"
        raise ValueError(f"read_sentence: the day {found[0]} ({year}-{month:02}-{day:02}) {why}")
    said = found["weekday"]
    weekday = None if said is None else WORD[WEEKDAYS[min("一二三四五六日天".index(said), 6)]]
    return [weekday, WORD[MONTHS[month - 1]], WORD[f"{day},"], WORD[f"{year // 100}"], YEARS + year % 100]


def _span(found: re.Match[str], part: str) -> tuple[int, int]:
    """Where a part of a date stands, with the character that names its unit."""
    start, stop = found.span(part)
    if part == "weekday":
        return found.end("day") + (found.string[found.end("day")] in "日号"), stop
    named = stop < len(found.string) and found.string[stop] in "年月日号"
    return start, stop + named
