"""Inputs: refused when missing, unknown or of the wrong type, in words that help."""

from __future__ import annotations

import pytest

from solvent.errors import Invalid
from solvent.records.prompt import Message, PromptContent
from solvent.templates.form import Form
from solvent.templates.inputs import Inputs, derived, examples
from solvent.templates.schema import Schema

SCHEMA = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "examples": ["Where is it?"]},
        "count": {"type": "integer", "default": 3},
        "tone": {"enum": ["kind", "short"]},
    },
    "required": ["question"],
}


def test_defaults_are_filled_in_and_none_leaves_an_optional_one_out():
    taken = Inputs(SCHEMA).take({"question": "q", "tone": None}, "triage@production")
    assert taken == {"question": "q", "count": 3, "tone": None}


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        (
            {"question": "q"},
            "is not given `tone`",
            "give tone=None; None leaves an optional one out",
        ),
        ({"tone": None}, "is not given `question`", "give question=…"),
        ({}, "is not given `question`, `tone`", "give question=…, tone=None; "),
        ({"question": "q", "tone": None, "x": 1}, "has no input `x`", "count, question, tone"),
        ({"question": 3, "tone": None}, 'is given `question`: 3 is not of type "string"', ""),
        ({"question": "q", "tone": "rude"}, "is given `tone`:", ""),
        ({"question": None, "tone": None}, "is given `question`: null is not", ""),
        ({"question": {1, 2}, "tone": None}, "a Python set", ""),
    ],
)
def test_what_does_not_fit_is_said(given, what, hint):
    with pytest.raises(Invalid) as refused:
        Inputs(SCHEMA).take(given, "triage@production")
    assert "`triage@production`" in refused.value.what
    assert what in refused.value.what
    assert hint in refused.value.hint


def test_without_a_schema_the_template_says_what_is_needed():
    inputs = Inputs(derived({"b", "a"}))
    assert inputs.take({"a": object(), "b": 1}, "x")["b"] == 1
    with pytest.raises(Invalid, match="not given `b`"):
        inputs.take({"a": 1}, "x")


def test_a_text_of_another_class_is_still_a_text():
    class Loud(str):
        __slots__ = ()

    assert Inputs(SCHEMA).take({"question": Loud("q"), "tone": None}, "x")["question"] == "q"


def test_examples_come_from_the_schema_or_are_not_there():
    assert examples(SCHEMA) == {"question": "Where is it?", "count": 3, "tone": "kind"}
    assert examples(derived({"a"})) is None
    assert examples({}) == {}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array"},
        {"properties": []},
        {"type": "object", "properties": {"a": {"type": "wrong"}}},
    ],
)
def test_what_is_no_schema_of_inputs_is_refused(schema):
    with pytest.raises(Invalid):
        Inputs(schema)


def test_a_schema_never_asks_another_machine():
    with pytest.raises(Invalid, match="JSON Schema"):
        Schema({"$ref": "http://127.0.0.1:9/schema.json"})


def test_a_chat_prompt_takes_messages_at_its_placeholder():
    form = Form(
        PromptContent(
            (
                Message("system", "Be {{tone}}."),
                Message("placeholder", "history"),
                Message("user", "{{q}}"),
            )
        )
    )
    said = [{"role": "user", "content": "hi"}]
    assert form.names == {"tone", "history", "q"}
    assert form.fill({"tone": "kind", "history": said, "q": "?"}, "x") == [
        {"role": "system", "content": "Be kind."}, *said, {"role": "user", "content": "?"},
    ]  # fmt: skip
    assert len(form.fill({"tone": "kind", "history": None, "q": "?"}, "x")) == 2
    with pytest.raises(Invalid, match="wants messages as `history`"):
        form.fill({"tone": "kind", "history": "hi", "q": "?"}, "x")
