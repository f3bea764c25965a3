"""Chinese dates: what is written is read back by rule, and what is no date is refused by name."""

import datetime

import numpy as np
import pytest

from nnmem.tasks.chinese_dates import (
    CHARACTERS,
    DAYS,
    FIRST,
    MONTHS,
    WEEKDAYS,
    WORDS,
    batch_sentences,
    encode,
    english,
    held_out_days,
    read_sentence,
    sentence,
    write_date,
)


def test_a_short_form_comes_with_zeros_and_without(rng):
    texts = {write_date(datetime.date(1950, 3, 5), rng) for _ in range(400)}
    assert {f"1950{gap}{day}" for gap in "-/." for day in (f"3{gap}5", f"03{gap}05")} <= texts


def test_every_form_is_read_back_as_the_day_it_was_written_for(rng):
    for number in rng.integers(0, DAYS, 2000):
        day = FIRST + datetime.timedelta(int(number))
        text = write_date(day, rng)
        right = f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
        assert english(read_sentence(text).words) in (right, f"{WEEKDAYS[day.weekday()]}, {right}"), text


def test_by_hand():
    found = read_sentence("一九九八年三月五日星期四、2005年12月25号和68-1-2")
    assert english(found.words) == "Thursday, March 5, 1998; December 25, 2005; January 2, 2068"
    parts = [found.text[start:stop] for start, stop in found.spans]
    assert parts[:6] == ["星期四", "三月", "五日", "一九九八年", "一九九八年", "、"]
    assert parts[6:] == ["12月", "25号", "2005年", "2005年", "和", "1", "2", "68", "68", ""]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("一九一二年一月一日", "January 1, 1912"),
        ("二〇六八年十二月三十一号周日", "Sunday, December 31, 2068"),
        ("二零零零年十月二十日礼拜天", "Sunday, October 20, 2000"),
        ("六九年十一月三十日", "November 30, 1969"),
        ("2000/02/29", "February 29, 2000"),
    ],
)
def test_the_ends_of_what_is_written(text, day):
    assert english(read_sentence(text).words) == day


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        ("1998年3月5曰吧", "unknown characters 曰吧"),
        ("1998年2月30日", r"the day 1998年2月30日 \(1998-02-30\) does not exist"),
        ("一九〇〇年二月二十八日", "is outside 1912 to 2068"),
        ("2023年2月29日、2024年2月29日", "2023-02-29"),
        ("三月五日", "'三月五日' in '三月五日' is no date such as"),
        ("1998年3月5日1999年1月1日", "should be 、 or ， or 和 and a date"),
        ("1998年3月5日、", "is no date"),
    ],
)
def test_what_is_no_date_is_refused_by_name(text, message):
    with pytest.raises(ValueError, match=message):
        read_sentence(text)


def test_a_tenth_of_all_days_is_held_out():
    shown, kept = held_out_days()
    assert not set(shown) & set(kept) and len(shown) + len(kept) == DAYS == 57345
    assert abs(len(kept) / DAYS - 0.1) < 1e-4
    years = {(FIRST + datetime.timedelta(int(day))).year for day in kept}
    assert years == set(range(1912, 2069))


def test_batches_are_padded(rng):
    sentences = [sentence([100], rng), sentence([5, 50_000, 7], rng)]
    batch = batch_sentences(sentences)
    for i, each in enumerate(sentences):
        n, m = len(each.text), len(each.words)
        assert batch.lengths[i] == n and batch.source[i, :n].tolist() == encode(each.text)
        assert batch.targets[i, :m].tolist() == each.words and batch.mask[i].sum() == m
    assert batch.targets[0, batch.mask[0]][-1] == 0


def test_the_tables_have_no_doubles():
    assert len(set(CHARACTERS)) == len(CHARACTERS)
    assert len(WORDS) == 2 + 7 + 12 + 31 + 2 + 100
    assert np.all([english([i]) for i in range(1, len(WORDS))])
