"""What is asked of a pupil, and how its replies are read."""

import numpy as np
import pytest

import nnmem
from nnmem.study.grade.answers import (
    Attempt,
    _numbers,
    _placed,
    _raised,
    backwards,
    forwards,
    is_blank,
    own_parameters,
    right,
    takes_optional,
)
from nnmem.study.grade.cases import Case, cases
from nnmem.study.grade.judge import InPlace
from nnmem.study.grade.subject import subject

DOT = subject("dot_score")


class Replying:
    """A pupil that keeps what it was asked, and replies with what it is told to."""

    def __init__(self, replies=(), **signatures):
        self.replies, self.asked = list(replies), []
        self.signatures = {
            name: [[n, False, kind] for n, kind in parameters] for name, parameters in signatures.items()
        }

    def ask(self, calls):
        self.asked += calls
        return [self.replies.pop(0) if self.replies else {} for _ in calls]


def own(one, **more):
    return InPlace({part: getattr(nnmem, part) for part in one.parts} | more)


def reply(*values, kind="tuple", **more):
    return {"values": list(values), "count": len(values) + 1, "kind": kind, "after": [None, None], **more}


def problem_of(reply, one=DOT):
    [attempt] = forwards(Replying([reply]), one, cases(one)[:1])
    return attempt.problem


def test_the_calls_of_a_forward():
    pupil, found = Replying(), cases(DOT)[:2]
    forwards(pupil, DOT, found)
    first, second = pupil.asked
    assert first["forget"] is True and "forget" not in second, "caches of earlier calls are let go"
    assert [call["keep"] for call in pupil.asked] == [0, 1] and [call["outputs"] for call in pupil.asked] == [1, 1]
    assert first["function"] == "dot_score_forward" and first["options"] == {}
    assert all(a is b for a, b in zip(first["args"], found[0].args, strict=True))
    pupil = Replying()
    forwards(pupil, DOT, found, keep=False)
    assert [call["keep"] for call in pupil.asked] == [-1, -1] and "forget" not in pupil.asked[0]
    pupil, plain = Replying(), subject("hopfield_retrieve")
    forwards(pupil, plain, cases(plain)[:1])
    assert pupil.asked[0]["keep"] is None and pupil.asked[0]["outputs"] == 3
    assert forwards(Replying(), DOT, []) == []


def test_what_is_sent_is_plain():
    one = subject("sampled_attention")
    pupil, case = Replying(), cases(one)[0]
    forwards(pupil, one, [case])
    assert pupil.asked[0]["args"][2] == {"seed": int(case.options["rng"])}
    scaled = subject("gaussian_policy")
    case = Case(scaled, "", (np.ones(2), np.ones(2)), {"std": np.float64(2)}, {}, 0)
    forwards(pupil, scaled, [case])
    sent = [*pupil.asked[1]["args"], *pupil.asked[1]["options"].values()][-1]
    assert isinstance(sent, np.ndarray) and sent == 2


def test_caches_of_other_calls_stay():
    """What is asked without keeping does not take the place of what a backward will need."""
    found = cases(DOT)[:2]
    pupil = own(DOT)
    forwards(pupil, DOT, found)
    forwards(pupil, DOT, found[:1] * 3, keep=False)
    for attempt in backwards(pupil, DOT, list(enumerate(found)), False):
        assert all(map(np.array_equal, attempt.outputs, attempt.case.gradients(False)))


def test_a_right_forward():
    found = forwards(own(DOT), DOT, cases(DOT))
    assert all(right(a) and a.changed == () and not a.missing and a.raised == () for a in found)
    assert not right(Attempt(found[0].case, found[0].outputs, "a problem"))
    assert not right(Attempt(found[0].case, (found[0].outputs[0] + 1,)))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (reply(1, kind="list", count=1), "it returns 1 values, should return 2: the outputs, then the cache"),
        (reply(1, 2, count=3), "it returns 3 values, should return 2: the outputs, then the cache"),
        ({"kind": "array", "values": []}, "it returns no cache: return (out, cache)"),
        ({"kind": "str", "values": []}, "it returns str, should return 2: the outputs, then the cache"),
        (reply("x" * 0), "output 1 is a str, should be an array of real numbers"),
        (reply({"odd": "dtype <U1"}), "output 1 is of dtype <U1, should be an array of real numbers"),
        (reply({"odd": "list"}), "output 1 is a list, should be an array of real numbers"),
        (reply({"large": [3, 10**6]}), "output 1 has shape (3, 1000000), far too large"),
        (reply({"large": 3}), "output 1 has shape ?, far too large"),
        (reply(count=2), "it returns no arrays"),
        ({"count": 2, "kind": "tuple", "values": 3}, "it returns no arrays"),
    ],
)
def test_what_is_no_answer(given, said):
    assert problem_of(given) == said


def test_outputs_are_counted():
    one = subject("soft_attention")
    assert problem_of({"kind": "array", "values": []}, one).startswith("it returns array, should return 3: ")
    two = {"count": 3, "kind": "tuple", "values": [np.ones(2), {"odd": "list"}]}
    assert problem_of(two, one) == "output 2 is a list, should be an array of real numbers"
    plain = subject("read_tour")
    assert problem_of({"count": 1, "kind": "ndarray", "values": [np.ones(2)]}, plain) == (
        "it returns ndarray, should return 2 values"
    )
    for kind in ("tuple", "list"):
        given = {"count": 3, "kind": kind, "values": [np.ones(2)] * 3}
        assert problem_of(given, plain) == "it returns 3 values, should return 2 values"


def test_what_was_raised():
    case = cases(DOT)[0]
    assert _raised(case, {"values": []}) is None
    said = {"message": "no", "line": 7}
    found = _raised(case, {"raised": "ValueError", "bases": ["ValueError", "Exception"], "said": said})
    assert found.problem == "raises ValueError: no (line 7)" and not found.missing
    assert found.raised == ("ValueError", "Exception")
    assert found.case is case and found.outputs == ()
    assert _raised(case, {"raised": "E", "said": {"message": "", "line": None}}).problem == "raises E"
    assert _raised(case, {"raised": "E", "said": {"message": None, "line": "x"}}).problem == (
        "raises E: its message cannot be printed"
    )
    assert _raised(case, {"raised": "E", "said": 3, "bases": 3}).problem == "raises E"
    blank = _raised(case, {"raised": "NotImplementedError", "bases": ["NotImplementedError"]})
    assert blank.missing and blank.raised == ("NotImplementedError",)


def test_what_was_changed_is_called_by_its_name():
    given = {**reply(np.ones(2)), "after": [None, np.ones(2)]}
    [attempt] = forwards(Replying([given], dot_score_forward=[("a", "K"), ("b", "K")]), DOT, cases(DOT)[:1])
    assert attempt.changed == ("b",)
    [attempt] = forwards(Replying([given]), DOT, cases(DOT)[:1])
    assert attempt.changed == ("argument 2",), "names that are not known"
    for odd in (3, None):
        [attempt] = forwards(Replying([{**given, "after": odd}]), DOT, cases(DOT)[:1])
        assert attempt.changed == () and attempt.outputs
    assert _placed(["a", "more"], 4) == ["a", "more", "more", "more"] and _placed(["a", "b"], 1) == ["a"]
    assert _placed([], 2) == ["argument 1", "argument 2"]
    one = subject("soft_attention")
    masked = next(c for c in cases(one) if c.mask is not None)
    by_name = {"count": 3, "kind": "tuple", "values": list(masked.outputs)}
    by_name["after"] = [None] * len(masked.args) + [v if k == "mask" else None for k, v in masked.options.items()]
    assert forwards(Replying([by_name]), one, [masked])[0].changed == ("mask",)


def test_the_calls_of_a_backward():
    one = subject("soft_attention")
    case = next(c for c in cases(one) if c.batch)
    pupil = Replying()
    backwards(pupil, one, [(5, case)], True)
    first, second = pupil.asked
    assert first == second and first["function"] == "soft_attention_backward"
    assert first["args"] == [case.douts[0], {"cache": 5}, case.douts[1]]
    assert first["options"] == {} and first["outputs"] is first["keep"] is None
    pupil = Replying()
    backwards(pupil, one, [(5, case)], False, mended=True)
    dr, held = pupil.asked[0]["args"]
    assert dr is case.douts[0] and held["cache"] == 5
    assert all(map(np.array_equal, held["outputs"], case.outputs))
    pupil = Replying()
    backwards(pupil, one, [(5, case)], False, cache=False)
    assert pupil.asked[0]["args"][1] == {"value": case.cache}


def gradients_of(first, again=None, one=DOT):
    case = cases(one)[0]
    [attempt] = backwards(Replying([first, again or first]), one, [(0, case)], False)
    return attempt


def test_replies_of_a_backward():
    case = cases(DOT)[0]
    a, b = (np.zeros_like(arg) for arg in case.args)
    fine = {"count": 2, "values": [a, b], "after": [None, None]}
    assert gradients_of(fine).problem == "" and gradients_of(fine).changed == ()
    assert gradients_of(fine, {**fine, "values": [a, b + 1]}).changed == ("the cache",), "the second call differs"
    nan = {**fine, "values": [a, b * np.nan]}
    assert gradients_of(nan).changed == ()
    whole = {**fine, "values": [a, b.astype(int)]}
    assert gradients_of(whole).changed == () and gradients_of(whole).problem == ""
    assert gradients_of({**fine, "after": [a, None]}).changed == ("the upstream gradient",)
    changed = {**fine, "after": [a, None]}
    assert gradients_of(changed, {**fine, "values": [a, b + 1]}).changed == ("the upstream gradient",), "one cause"
    assert gradients_of({**fine, "count": 3}).problem == "it returns 3 gradients, should return 2: dX, dq"
    odd = {**fine, "values": [a, {"odd": "list"}]}
    said = "gradient 2 is a list, should be an array of real numbers"
    assert gradients_of(odd).problem == gradients_of(fine, odd).problem == said
    assert gradients_of(odd).changed == gradients_of(fine, odd).changed == ()
    raised = {"raised": "E", "said": {"message": "no", "line": 1}}
    assert gradients_of(raised).problem == gradients_of(fine, raised).problem == "raises E: no (line 1)"


def test_each_case_has_the_two_replies_of_its_own():
    found = cases(DOT)[:2]
    replies = []
    for case in found:
        replies += [{"count": 2, "values": [np.full(3, float(len(replies)))] * 2}] * 2
        assert case
    one, two = backwards(Replying(replies), DOT, list(enumerate(found)), False)
    assert one.case is found[0] and two.case is found[1] and one.changed == two.changed == ()
    assert (one.outputs[0] == 0).all() and (two.outputs[0] == 2).all()


def test_a_backward_that_is_not_written():
    def blank(*args):
        raise NotImplementedError

    case = cases(DOT)[0]
    assert is_blank(InPlace({"dot_score_backward": blank}), DOT, case)
    assert not is_blank(InPlace({"dot_score_backward": lambda ds, cache: 1 / 0}), DOT, case)
    assert not is_blank(InPlace({"dot_score_backward": lambda ds, cache: ds}), DOT, case)
    pupil = Replying([{}])
    is_blank(pupil, DOT, case)
    assert pupil.asked[0]["args"] == [case.douts[0], None] and pupil.asked[0]["keep"] is None


POSITIONAL = "POSITIONAL_OR_KEYWORD"


@pytest.mark.parametrize(
    ("name", "parameters", "takes"),
    [
        ("soft_attention", [("dr", POSITIONAL), ("cache", POSITIONAL), ("dalpha", POSITIONAL)], True),
        ("soft_attention", [("dr", POSITIONAL), ("cache", POSITIONAL)], False),
        ("soft_attention", [("dr", POSITIONAL), ("cache", POSITIONAL), ("dalpha", "KEYWORD_ONLY")], False),
        ("soft_attention", [("dr", "POSITIONAL_ONLY"), ("cache", POSITIONAL), ("more", "POSITIONAL_ONLY")], True),
        ("soft_attention", [("args", "VAR_POSITIONAL")], True),
        ("dot_score", [("args", "VAR_POSITIONAL")], False),
        ("dot_score", [("ds", POSITIONAL), ("cache", POSITIONAL), ("more", POSITIONAL)], False),
    ],
)
def test_which_backwards_take_the_gradient_of_the_second_output(name, parameters, takes):
    one = subject(name)
    assert takes_optional(Replying(**{one.second: parameters}), one) is takes
    assert takes_optional(Replying(), one) is False, "nothing is known of its arguments"


def test_names_of_arguments():
    pupil = Replying(f=[("a", POSITIONAL), ("b", POSITIONAL)])
    assert own_parameters(pupil, "f") == ["a", "b"] and own_parameters(pupil, "g") == []


def test_arrays_are_taken_as_they_are():
    x = np.ones(2)
    values, problem = _numbers({"values": [x, x]}, 2, "output {number}")
    assert values[0] is x and len(values) == 2 and problem == ""
    assert _numbers({"values": [x]}, 2, "output {number}") == ((), "it returns no arrays")
