"""Causal checks on a pipeline whose culprit is known: a price, a rate, a sum."""

from __future__ import annotations

import pytest

from solvent.cli._replay import given_outputs, lines, load_application
from solvent.errors import Invalid, NotFound
from solvent.pipelines.causal import RanStep, Rerun, Substitute, check, passed_through


def shop(task, given):
    """Looks a price up wrongly (it should be 10), takes a rate, multiplies; 20 is right."""
    if "print" in given:
        raise Invalid("`print` cannot be given an output", hint="")
    outputs = {"spell": given.get("spell", task.upper())}
    outputs["price"] = given.get("price", 9)
    outputs["rate"] = given.get("rate", 2)
    outputs["total"] = given.get("total", outputs["price"] * outputs["rate"])
    return Rerun(outputs["total"] == 20, outputs, outputs["total"])


STEPS = [
    RanStep("spell", "tea", "TEA"),
    RanStep("price", "TEA", 9),
    RanStep("rate", "TEA", 2),
    RanStep("total", [9, 2], 18),
    RanStep("print", 18, "18"),
]


def test_the_first_step_whose_other_output_makes_it_right_decides():
    others = [Substitute("total", 20, "given"), Substitute("price", 10, "given")]
    found = check(shop, "tea", STEPS, others)
    assert found.reproduced
    assert [(t.step, t.flips, t.answer) for t in found.trials] == [
        ("price", True, 20),
        ("total", True, 20),
    ]
    assert found.decisive == "price"


def test_a_trial_says_what_was_before_what_was_given_and_what_moved():
    (trial,) = check(shop, "tea", STEPS, [Substitute("rate", 3, "given")]).trials
    assert (trial.before, trial.after, trial.outcome, trial.answer) == (2, 3, False, 27)
    assert trial.moved == ("total",)
    assert not trial.flips


def test_no_step_is_tried_when_it_does_not_fail_again():
    found = check(lambda *_: Rerun(True), "tea", STEPS, [Substitute("price", 10, "given")])
    assert (found.reproduced, found.trials, found.decisive) == (False, (), None)
    assert "does not fail" in "\n".join(lines(found))


def test_an_outcome_that_nobody_knows_is_not_a_flip():
    def unsure(_, given):
        return Rerun(None if given else False)

    (trial,) = check(unsure, "tea", STEPS, [Substitute("price", 10, "given")]).trials
    assert (trial.outcome, trial.flips) == (None, False)


def test_a_step_that_cannot_be_given_an_output_is_said_to_be_one():
    (trial,) = check(shop, "tea", STEPS, [Substitute("print", "20", "given")]).trials
    assert trial.refused == "`print` cannot be given an output"
    assert not trial.flips


def test_a_step_that_is_not_there_or_ran_twice_is_refused():
    with pytest.raises(Invalid, match="not a step"):
        check(shop, "tea", STEPS, [Substitute("sum", 1, "given")])
    twice = [RanStep("price", "TEA", 9, times=2)]
    with pytest.raises(Invalid, match="ran 2 times"):
        check(shop, "tea", twice, [Substitute("price", 10, "given")])


def test_what_a_step_would_give_that_did_nothing():
    steps = [*STEPS, RanStep("trim", "same", "same"), RanStep("empty", " ", "x")]
    assert passed_through(steps) == [Substitute("spell", "tea", "its input, unchanged")]


def test_given_outputs_are_json_where_they_can_be():
    assert given_outputs(["price=10", "spell=tea", 'total={"a": 1}']) == [
        Substitute("price", 10, "given"),
        Substitute("spell", "tea", "given"),
        Substitute("total", {"a": 1}, "given"),
    ]
    with pytest.raises(Invalid):
        given_outputs(["price"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("json", Invalid),
        (":dumps", Invalid),
        ("no_such_module:f", NotFound),
        ("json:no_such_function", NotFound),
        ("json:__name__", Invalid),
    ],
)
def test_what_cannot_be_run_again_is_an_error(name, error):
    with pytest.raises(error):
        load_application(name)


def test_a_check_in_words_lays_values_side_by_side():
    said = "\n".join(lines(check(shop, "tea", STEPS, [Substitute("price", 10, "given")])))
    assert said == (
        "run again as it was: wrong: 18\n\nprice, given given\n  gave   9\n  given  10\n"
        "  then   right: 20\n  the outcome FLIPS; total changed\n\n"
        "price decides it: the first step whose other output makes the outcome right"
    )
