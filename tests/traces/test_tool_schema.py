"""Arguments are held to what a definition means, odd spellings included."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import NotFound
from solvent.settings import load, require_data
from solvent.traces.tool_schema import checker, read_definition

PLAIN = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "unit": {"type": "string", "enum": ["c", "f"]},
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string"}},
                "required": ["sku"],
            },
        },
        "when": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["id"],
}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"id": 1}, []),
        ({"id": 1, "unit": None}, []),
        ({"id": 1.0}, []),
        ({}, ["`id` is missing"]),
        ({"id": None}, ["`id` has another type"]),
        ({"id": "1"}, ["`id` has another type"]),
        ({"id": 1, "unit": "k"}, ["`unit` is none of the values allowed"]),
        ({"id": 1, "colour": "red"}, ["`colour` is not a parameter"]),
        ({"id": 1, "rows": [{"sku": "a"}, {}]}, ["`rows[].sku` is missing"]),
        ({"id": 1, "when": 5}, ["`when` has another type"]),
        ([1], ["the arguments are not an object"]),
    ],
)
def test_problems_are_named(arguments, said):
    assert [str(p) for p in checker(PLAIN).problems(json.dumps(arguments))] == said


def test_text_that_is_not_json():
    assert [str(p) for p in checker(None).problems('{"id": 1')] == ["the arguments are not JSON"]
    assert checker(None).problems("") == ()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "dict", "properties": {"a": {"type": "float", "required": True}}},
        {"type": "OBJECT", "properties": {"a": {"type": "NUMBER"}}, "required": ["a"]},
        {
            "properties": {"a": {"type": "number", "exclusiveMinimum": True, "minimum": 0}},
            "required": ["a"],
        },
        {
            "properties": {"a": {"$ref": "#/$defs/n"}},
            "$defs": {"n": {"type": "number"}},
            "required": ["a"],
        },
    ],
)
def test_odd_schemas_are_read_as_they_are_meant(schema):
    check = checker(schema)
    assert check.validator is not None
    assert check.problems('{"a": 1.5}') == ()
    assert [p.kind for p in check.problems('{"a": "x"}')] == ["type"]
    assert [p.kind for p in check.problems("{}")] == ["missing"]


def test_an_enumeration_on_a_list_is_meant_for_its_items():
    schema = {"properties": {"a": {"type": "array", "enum": ["x", "y"]}}}
    assert checker(schema).problems('{"a": ["x"]}') == ()


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "https://example.org/schema"}, {"type": 7, "properties": 5}, {"pattern": "("}],
)
def test_what_cannot_be_read_judges_nothing_and_fetches_nothing(schema):
    assert checker(schema).problems('{"a": 1}') == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda s: (
            st.lists(s, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "properties", "items", "required", "enum", "anyOf", "a", "minimum"]
                ),
                s,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_schema_breaks_the_reader(value):
    text = json.dumps({"name": "t", "parameters": value})
    checker(read_definition(text).parameters).problems('{"a": {"type": [1]}}')


def test_right_calls_of_a_public_set_pass_and_wrong_ones_do_not():
    try:
        folder = require_data(load()) / "bfcl"
    except NotFound as missing:
        pytest.skip(str(missing))
    tools = {
        row["id"]: row["function"][0]["parameters"]
        for row in _lines(folder / "BFCL_v4_live_simple.jsonl.gz")
    }
    calls = passed = seen = 0
    for row in _lines(folder / "possible_answer_live_simple.jsonl.gz"):
        accepted = next(iter(row["ground_truth"][0].values()))
        right = {k: _pick(v) for k, v in accepted.items() if v and v[0] != ""}
        check = checker(tools[row["id"]])
        calls += 1
        passed += not check.problems(json.dumps(right))
        seen += bool(check.problems(json.dumps({**right, "invented_one": 1})))
    assert (calls, passed) == (258, 256)
    assert seen >= 257


def _lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _pick(accepted):
    first = next((value for value in accepted if value != ""), None)
    if isinstance(first, dict):
        return {k: _pick(v) for k, v in first.items() if v and v[0] != ""}
    if isinstance(first, list):
        return [{k: _pick(v) for k, v in i.items()} if isinstance(i, dict) else i for i in first]
    return first
