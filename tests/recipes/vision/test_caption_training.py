"""How writers of captions are trained: from which parameters, on which pictures, and what is counted behind it."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnmem.nn.progress import Progress
from nnmem.nn.tree import leaves
from nnmem.recipes.run import Run
from nnmem.recipes.vision import caption_digits, caption_training
from nnmem.recipes.vision.caption_training import BATCH, ENCODER, MODEL, PressedParams, train_encoder, train_writer
from nnmem.tasks.digit_mosaics import EACH, NO_DIGIT, PATCH, PLACES, captions, digit_pools, draw_mosaics

SHOWN, _ = digit_pools(0, copies=0)


@pytest.fixture
def asked(instead_of_fit):
    return instead_of_fit(caption_training)


def same(a, b):
    return all(np.array_equal(x, y) for (_, x), (_, y) in zip(leaves(a), leaves(b), strict=True))


def test_a_writer_starts_afresh_or_where_another_stands(asked, rng):
    encoder, other = ENCODER.init(rng), MODEL.init(rng)
    fresh = MODEL.init(np.random.default_rng([3, 2]))
    for attention in ("soft", "none"):
        train_writer(Run(3), SHOWN, encoder, 10, attention)
    train_writer(Run(3), SHOWN, encoder, 10, "hard", start=other)
    soft, none, hard = (call.params for call in asked)
    assert same(soft, fresh) and same(hard, other) and not same(fresh, other)
    assert isinstance(none, PressedParams) and same(none.captioner, fresh)
    W, b = none.summary
    assert W.shape == (MODEL.features, PLACES**2 * MODEL.features) and not b.any()
    assert W.dtype == b.dtype == np.float32
    assert 0.9 < W.std() / np.sqrt(2 / sum(W.shape)) < 1.1, "as Glorot and Bengio have it"


@pytest.mark.parametrize("attention", ["soft", "hard"])
def test_pictures_get_fuller_while_a_writer_learns_and_every_second_hard_batch_is_drawn(
    attention, asked, rng, monkeypatch
):
    monkeypatch.setattr(caption_training, "BATCH", 2)
    train_writer(Run(3), SHOWN, ENCODER.init(rng), 100, attention)
    for step, allowed in ((9, {1}), (10, {1, 2}), (34, {1, 2}), (35, {2, 3, 4}), (99, {2, 3, 4})):
        progress, seen = Progress(step=step), set()
        for _ in range(30):
            batch = asked[0].draw(rng, progress)
            seen.add(batch.targets.shape[1] // EACH)
            assert batch.targets.shape[0] == len(batch.X) == 2
            assert batch.kept.shape == (batch.targets.shape[1], 2, asked[0].params.output.W.shape[1])
            assert batch.baselines is progress.memory["baselines"]
            assert (batch.chance is not None) == (attention == "hard" and step % 2 == 1)
        assert seen == ({2, 3, 4} if attention == "hard" else allowed)
    kept = np.concatenate([asked[0].draw(rng, Progress()).kept.ravel() for _ in range(10)])
    assert np.mean(kept == 0) == pytest.approx(caption_training.LEFT_OUT[1], abs=0.02)


def test_how_each_part_is_trained(asked, rng, tmp_path):
    encoder = train_encoder(Run(5, tmp_path, True, True), SHOWN, 7)[0]
    assert same(encoder, ENCODER.init(np.random.default_rng([5, 1])))
    for attention in ("soft", "none", "hard"):
        train_writer(Run(5, tmp_path, True, True), SHOWN, encoder, 7, attention, doubly=0.5)
    names, rates = ("encoder", "soft", "none", "hard"), (caption_training.ENCODER_LR, *2 * [caption_training.LR])
    for call, name, rate in zip(asked, names, (*rates, caption_training.HARD_LR), strict=True):
        assert call.steps == 7 and call.resume and call.checkpoint == tmp_path / f"{name}.npz"
        assert call.lr(Progress(step=0)) == pytest.approx(rate) and call.title == f"caption-digits, {name}, seed 5"
        assert call.run["part"] == name and call.run["seed"] == 5
        assert call.run.get("doubly", 0.5) == 0.5 and ("doubly" in call.run) == (name != "encoder")
    pictures, labels, kept = asked[0].draw(rng, Progress())
    assert pictures.shape == (BATCH, PATCH, PATCH) and (labels == NO_DIGIT).sum() == BATCH // 2
    assert kept.shape == (BATCH, 1, 1, ENCODER.features)
    assert np.mean(kept == 0) == pytest.approx(caption_training.LEFT_OUT[0], abs=0.03)


def test_right_words_and_looks_are_counted_one_by_one(monkeypatch, rng):
    """Captions made up: right, one word wrong, without an end, and with more words; looks at the digit or anywhere."""
    mosaics = draw_mosaics(rng, SHOWN, 8, 2)
    wanted = captions(mosaics)[:, :-1]
    found = np.pad(wanted, ((0, 0), (0, 2)), constant_values=-1)
    lengths = np.full(8, wanted.shape[1])
    found[1, 2] += 1
    found[2, 5:], lengths[2] = -1, 5
    found[3, 7:], lengths[3] = 3, 9
    found[4, 0:], lengths[4] = -1, 0
    seen = rng.dirichlet(np.ones(PLACES**2), (8, 10))
    for i, digit in np.argwhere(rng.random((8, 2)) < 0.6):
        row, column = np.minimum(mosaics.corners[i, digit] // 4, PLACES - 1)
        seen[i, EACH * digit, PLACES * row + column] += 1  # a patch that begins just above and left of the digit

    def write(model, params, X, limit, attention, rng):
        assert (model, limit, attention) == (MODEL, 36, "argmax")
        return SimpleNamespace(indices=found, lengths=lengths, seen=seen)

    monkeypatch.setattr(caption_digits, "write_captions", write)
    looks = []
    for labels, corners, length, alpha in zip(mosaics.labels, mosaics.corners, lengths, seen, strict=True):
        for digit, (row, column) in enumerate(corners[: len(labels)]):
            place = alpha[EACH * digit].argmax()
            top, left = 4 * (place // PLACES), 4 * (place % PLACES)
            whole = top <= row <= top + PATCH - 8 and left <= column <= left + PATCH - 8
            looks.append(whole and length > EACH * digit)
    encoder, writer = ENCODER.init(rng), MODEL.init(rng)
    right, on = caption_digits.exact(encoder, writer, [mosaics], "argmax")
    assert right == 4 / 8 and on == pytest.approx(np.mean(looks)) and 0 < on < 1
    W = np.zeros((MODEL.features, PLACES**2 * MODEL.features), np.float32)
    summary = caption_training.LinearParams(W, np.zeros(MODEL.features, np.float32))
    assert caption_digits.exact(encoder, PressedParams(summary, writer), [mosaics], "argmax") == (4 / 8, 0.0)


def test_the_variance_is_that_of_the_alignment_s_gradients_behind_the_first_half(monkeypatch, rng):
    monkeypatch.setattr(caption_digits, "BATCHES", 3)
    params, given = MODEL.init(rng), []

    def gradients(params, batch):
        given.append(batch)
        alignment = type(params.alignment)(*(rng.normal(size=np.shape(part)) for part in params.alignment))
        drawn.append(np.concatenate([leaf.ravel() for _, leaf in leaves(alignment)]))
        return 0.0, params._replace(alignment=alignment)

    drawn = []
    found = caption_digits.gradient_variance(gradients, params, ENCODER.init(rng), SHOWN)
    assert found == pytest.approx(np.mean([np.sum((g - np.mean(drawn[3:], axis=0)) ** 2) for g in drawn[3:]]))
    assert [batch.chance for batch in given] == list(range(6)) and {len(batch.X) for batch in given} == {64}
    assert len({id(batch.baselines) for batch in given}) == 1, "the running means go on"


def test_a_run_puts_together_what_its_parts_say(monkeypatch, rng):
    """Trainings and scores made up: which goes where, and whose time is counted."""
    encoder, soft, pressed, sharp = ENCODER.init(rng), *(MODEL.init(rng) for _ in range(3))
    calls, seconds = [], iter((1000.0, 2000.0, 4000.0, 8000.0))

    def trained(name, params):
        progress = Progress(seconds=next(seconds), history={"loss": [len(calls) + 1.0]})
        progress.processor = len(calls) + 0.5
        calls.append(name)
        return params, progress

    def writer(run, shown, given, steps, attention, start=None, doubly=0.0):
        assert given is encoder and (start is soft) == (attention == "hard")
        assert doubly == (0.25 if attention == "soft" else 0)
        return trained((attention, steps), {"soft": soft, "none": pressed, "hard": sharp}[attention])

    def score(given, params, tests, attention, seed=0):
        assert given is encoder and len(tests) == 3
        name = next(n for n, p in (("soft", soft), ("none", pressed), ("hard", sharp)) if p is params)
        return shares[name, attention, seed], 0.125 * len(name + attention)

    shares = {
        **{("soft", "soft", 0): 0.1, ("none", "soft", 0): 0.2, ("hard", "argmax", 0): 0.3},
        **{("hard", "sampled", 4): 0.4, ("soft", "argmax", 0): 0.5},
    }
    monkeypatch.setattr(caption_digits, "TESTED", 1)
    monkeypatch.setattr(caption_digits, "train_encoder", lambda run, shown, steps: trained(("encoder", steps), encoder))
    monkeypatch.setattr(caption_digits, "train_writer", writer)
    monkeypatch.setattr(caption_digits, "exact", score)
    monkeypatch.setattr(
        caption_digits, "gradient_variance", lambda gradients, params, *rest: 7.0 if params is soft else 0.0
    )
    half = caption_digits.STEPS // 2
    result = caption_digits.run(Run(4), steps=half, hard=True, doubly=0.25)
    of = caption_digits.ENCODER_STEPS // 2, caption_digits.HARD_STEPS // 2
    assert calls == [("encoder", of[0]), ("soft", half), ("none", half), ("hard", of[1])]
    assert 15000 <= result.seconds < 15300 and result.steps == half and result.seed == 4
    assert result.metrics == {
        **{"exact": 0.1, "looks_right": 1.0, "exact_without_attention": 0.2, "hard_exact": 0.3},
        **{"hard_looks_right": 1.25, "hard_exact_sampled": 0.4, "soft_read_by_argmax": 0.5},
        **{"seconds_encoder": 0.5, "seconds_soft": 1.5, "seconds_hard": 3.5},
        **{f"variance_{name}": 7.0 for name in ("soft", "hard", "hard_no_baseline")},
    }
    curves = {"loss": [2.0], "without_attention_loss": [3.0], "hard_loss": [4.0]}
    assert {name: curve.tolist() for name, curve in result.history.items()} == curves
    kept = caption_digits.captions_params(encoder, soft)
    assert same(result.params(kept), kept) and kept.encoder.output.W.size == 0
    seconds = iter((1.0, 2.0, 3.0))
    few = caption_digits.run(Run(4), steps=1, doubly=0.25)
    assert calls[4:] == [("encoder", max(1, caption_digits.ENCODER_STEPS // half // 2)), ("soft", 1), ("none", 1)]
    assert "hard_exact" not in few.metrics and 6 <= few.seconds < 300


def test_a_word_earns_its_own_loss_and_those_that_follow_less_what_was_usual(monkeypatch, rng):
    seen, real = {}, caption_training.score_function_forward

    def spy(log_p, reward, baseline):
        seen.update(log_p=log_p, reward=reward, baseline=baseline)
        return real(log_p, reward, baseline)

    monkeypatch.setattr(caption_training, "score_function_forward", spy)
    params = MODEL.init(rng)
    X = rng.normal(size=(3, 5, MODEL.features)).astype(np.float32)
    targets = np.array([[2, 12, 15, 0], [7, 13, 16, 0], [4, 14, 15, 0]])
    batch = caption_training.Pictured(X, targets, chance=11, baselines={})
    _, log_alpha, cache = MODEL.forward(params, X, targets, np.random.default_rng(11), None)
    logits, *_ = MODEL.forward(params, X, targets, np.random.default_rng(11), None)
    for usual in (None, [1.0, 2.0, 3.0, 4.0]):
        if usual is not None:
            batch.baselines["4"] = usual
        caption_training.hard_gradients(params, batch)
        for b in range(3):
            losses = [np.log(np.exp(row).sum()) - row[word] for row, word in zip(logits[b], targets[b], strict=True)]
            for t in range(4):
                assert seen["reward"][b, t] == pytest.approx(-sum(losses[t:]), rel=1e-5)
                chosen = log_alpha[b, t, cache.choice[t, b]]
                assert seen["log_p"][b, t] == pytest.approx(chosen, rel=1e-5)
        mean = seen["reward"].mean(axis=0)
        before = mean if usual is None else np.array(usual)
        np.testing.assert_allclose(seen["baseline"], np.broadcast_to(before, (3, 4)), rtol=1e-5)
        np.testing.assert_allclose(batch.baselines["4"], 0.9 * before + 0.1 * mean, rtol=1e-5)
    caption_training.hard_gradients(params, batch, baseline=False)
    assert not np.any(seen["baseline"])
