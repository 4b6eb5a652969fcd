"""Each scorer says right, wrong, and what it cannot judge."""

from __future__ import annotations

import json

import pytest

from solvent.errors import Invalid
from solvent.evals.scorers import scorer
from solvent.records.dataset import Example


def even(example, text):
    return int(text) % 2 == 0


def ten(example, text):
    return 10


@pytest.mark.parametrize(
    ("spec", "expected", "text", "value"),
    [
        ("exact", "Billing", " billing. ", 1),
        ("exact", "Billing", "It is billing", 0),
        ("exact", 7, "7", 1),
        ("contains", "billing", "It is BILLING, I think", 1),
        ("contains", ["red", "blue"], "red and green", 0.5),
        ("number", "1,200", "about 1200 goals", 1),
        ("number", 100, "99.5", 0),
        ("number:0.01", 100, "99.5", 1),
        ("number", 5, "none", 0),
        ("json", {"a": 1}, '```json\n{"a": 1}\n```', 1),
        ("json", '{"a": 1}', '{"a":1}', 1),
        ("json", {"a": 1}, "a = 1", 0),
        (r"regex:^\w+$", None, "word", 1),
        (r"regex:^\w+$", None, "two words", 0),
        ("tests.evals.test_scorers:even", None, "4", 1),
        ("tests.evals.test_scorers:even", None, "5", 0),
    ],
)
def test_right_and_wrong(spec, expected, text, value):
    assert scorer(spec)(Example("e", {}, expected), text).value == value


def test_an_answer_is_held_to_a_schema(tmp_path):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"type": "object", "required": ["label"]}))
    score = scorer(f"schema:{path}")
    assert score(Example("e", {}), '{"label": 1}').value == 1
    wrong = score(Example("e", {}), '{"name": 1}')
    assert wrong.value == 0
    assert "label" in wrong.why


@pytest.mark.parametrize("spec", ["", "nice", "number:much", "regex:(", "schema:nowhere.json",
                                  "nowhere:function", "json:nowhere"])  # fmt: skip
def test_a_scorer_that_is_not_there_is_refused(spec):
    with pytest.raises(Invalid):
        scorer(spec)


@pytest.mark.parametrize("spec", ["exact", "contains", "number", "json"])
def test_nobody_said_what_is_expected(spec):
    with pytest.raises(Invalid, match="says no expectation"):
        scorer(spec)(Example("e7", {}), "text")


def test_a_score_is_from_0_to_1():
    with pytest.raises(Invalid, match="said 10"):
        scorer("tests.evals.test_scorers:ten")(Example("e", {}), "x")
