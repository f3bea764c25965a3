"""The translation recipe: a short run, resuming, and the shipped network on a person's own dates."""

from dataclasses import replace

import numpy as np
import pytest

from nnmem import recipes
from nnmem.nn.tree import leaves, tree_map
from nnmem.recipes.sequence import translate_dates
from nnmem.recipes.trained import InputError, load
from nnmem.tasks.chinese_dates import batch_sentences, held_out_days, read_sentence


@pytest.mark.parametrize("attention", [True, False])
def test_the_gradients_are_those_of_the_loss(attention, rng):
    model = replace(translate_dates.MODEL, embedding_size=4, hidden_size=3, attention=attention)
    batch = batch_sentences(translate_dates.sample(rng, held_out_days()[0], 3, 2))
    params = tree_map(lambda leaf: leaf.astype(np.float64), model.init(rng))
    _, grads = translate_dates.loss_and_gradients(model, params, batch)
    way = tree_map(lambda leaf: rng.normal(size=leaf.shape), params)
    ahead, behind = (
        translate_dates.loss_and_gradients(model, tree_map(lambda a, b, e=e: a + e * b, params, way), batch)[0]
        for e in (1e-6, -1e-6)
    )
    slope = sum((g * d).sum() for (_, g), (_, d) in zip(leaves(grads), leaves(way), strict=True))
    np.testing.assert_allclose((ahead - behind) / 2e-6, slope, rtol=1e-7)


def test_a_short_run_scores_and_resumes_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(translate_dates, "TESTED", 4)
    monkeypatch.setattr(translate_dates, "BATCH", 4)
    whole = recipes.run("translate-dates", steps=3)
    assert set(whole.metrics) >= {"exact_1", "exact_2", "exact_3", "exact_3_without_attention", "aligned"}
    recipes.run("translate-dates", steps=3, out=tmp_path)
    again = recipes.run("translate-dates", steps=3, out=tmp_path, resume=True)
    assert all((again.arrays[name] == array).all() for name, array in whole.arrays.items())


def test_the_shipped_network_translates_days_that_it_never_saw():
    trained = load("translate-dates")
    answer = trained.answer("一九九八年三月五日星期四")
    assert answer.text.splitlines()[0] == "Thursday, March 5, 1998" and answer.facts["right"]
    alpha = np.array(answer.facts["alignment"])
    assert alpha[0, 9:].sum() > 0.5 and not answer.notices  # Thursday looks at 星期四
    rng = np.random.default_rng(5)
    days = held_out_days()[1]
    sentences = translate_dates.sample(rng, days, 60, 3)
    assert translate_dates.exact(trained.model, trained.params, sentences)[0] >= 0.95


def test_a_sentence_longer_than_any_in_training_is_translated_with_a_notice():
    text = "、".join(["一九九八年十二月二十五日星期四"] * 5)
    answer = load("translate-dates").answer(text)
    assert "longer than any in training (47)" in answer.notices[0]
    assert answer.facts["right"] == (answer.facts["output"] == translate_dates.english(read_sentence(text).words))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        ("1998年3月5日吧", "has the unknown characters 吧"),
        ("二〇二三年二月二十九日", r"2023-02-29\) does not exist"),
    ],
)
def test_what_is_no_date_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        load("translate-dates").answer(text)


def test_without_attention_nothing_is_said_of_looks(monkeypatch, rng):
    """Right translations, made up: what looks at the right part counts for the network with attention alone."""
    from types import SimpleNamespace

    sentences = [read_sentence("一九九八年三月五日星期四"), read_sentence("1998-03-05")]

    def right(model, params, source, lengths, limit, beam):
        indices = np.full((2, 8), -1)
        seen = np.zeros((2, 8, source.shape[1]))
        for i, each in enumerate(sentences):
            indices[i, : len(each.words) - 1] = each.words[:-1]
            for j, (start, _) in enumerate(each.spans[:-1]):
                seen[i, j, start if i else max(start - 1, 0)] = 1  # the second looks right, the first one before
        return SimpleNamespace(indices=indices, lengths=(indices >= 0).sum(axis=1), seen=seen)

    monkeypatch.setattr(translate_dates, "translate", right)
    with_attention, without = (SimpleNamespace(attention=each) for each in (True, False))
    share, on, beside = translate_dates.exact(with_attention, None, sentences)
    first, second = (len(each.words) - 1 for each in sentences)
    at_the_start = sum(start == 0 for start, _ in sentences[0].spans[:-1])
    assert (share, beside) == (1.0, 1.0) and on == pytest.approx((second + at_the_start) / (first + second))
    assert translate_dates.exact(without, None, sentences) == (1.0, 0.0, 0.0)


def test_blanks_around_a_sentence_mean_nothing():
    trained = load("translate-dates")
    plain, blank = (trained.answer(text).to_json() for text in ("1998年3月5日", " 1998年3月5日\n"))
    assert plain == blank and plain["input"] == "1998年3月5日"
