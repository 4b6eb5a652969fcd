"""What a record says about its own success."""

from __future__ import annotations

import pytest

from solvent.errors import Invalid
from solvent.traces.outcomes import AUTOMATIC, assess, parse


@pytest.mark.parametrize(
    ("expression", "record", "expected"),
    [
        ("reward>=1", {"reward": 1.0}, True),
        ("reward>=1", {"reward": 0.99}, False),
        ("reward >= 1", {"reward": "1"}, True),
        ("reward>=1", {"reward": None}, None),
        ("reward>=1", {"reward": "n/a"}, None),
        ("reward>=1", {}, None),
        ("reward<0.5", {"reward": 0.2}, True),
        ("info.reward>0", {"info": {"reward": 2}}, True),
        ("info.reward>0", {"info.reward": 2}, True),
        ("info.reward>0", {"info": 3}, None),
        ("task_success==success", {"task_success": "Success"}, True),
        ("task_success=='success'", {"task_success": "failure"}, False),
        ("task_success!=failure", {"task_success": "failure"}, False),
        ("trial=2", {"trial": 2}, True),
        ("done==true", {"done": True}, True),
        ("done!=true", {"done": False}, True),
        ("is_correct", {"is_correct": True}, True),
        ("is_correct", {"is_correct": "no"}, False),
        ("is_correct", {"is_correct": "maybe"}, None),
        ("is_correct", {"is_correct": 0}, False),
        ("not failed", {"failed": True}, False),
        ("!failed", {"failed": "false"}, True),
        ("not reward>=1", {"reward": 0}, True),
        ("not failed", {}, None),
    ],
)
def test_expressions(expression, record, expected):
    assert parse(expression).holds(record) is expected


@pytest.mark.parametrize(
    "expression", ["", ">=1", "a b", "reward>=", "a and b", "reward>=one", "1;2"]
)
def test_what_is_no_expression_is_refused_with_help(expression):
    with pytest.raises(Invalid) as caught:
        parse(expression)
    assert expression in caught.value.what
    assert caught.value.hint


def test_the_first_expression_that_can_answer_decides_and_says_why():
    given = ("task_success==success", "reward>=1")
    assert assess({"reward": 0.5}, given)[:2] == (False, "reward>=1 (it is 0.5)")
    assert assess({"reward": 1, "task_success": "failure"}, given)[:2] == (
        False,
        "task_success==success (it is 'failure')",
    )
    assert assess({"other": 1}, given) is None


def test_well_known_fields_decide_without_an_expression():
    for form in AUTOMATIC:
        field = parse(form).field
        assert assess({field: 1}, ())[:2] == (True, f"{form} (it is 1)")
        assert assess({"info": {field: 0}}, ())[:2] == (False, f"info.{form} (it is 0)")
    assert assess({"score": 0.7}, ())[:2] == (False, "score>=1 (it is 0.7)")
    assert assess({"reward": 0, "resolved": True}, ())[:2] == (True, "resolved (it is True)")
    assert assess({"note": "success"}, ()) is None


def test_who_judged_may_stand_in_front():
    assert assess({"task_success": "success"}, ("human: task_success==success",)).source == "human"
    assert assess({"failed": False}, ("judge:not failed",))[0::2] == (True, "judge")
    assert assess({"reward": 1}, ("reward>=1",)).source == "app"
