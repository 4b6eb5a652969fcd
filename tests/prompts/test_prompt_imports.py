"""Prompts of other registries, in the shapes their interfaces give."""

from __future__ import annotations

import json

import pytest

from solvent.errors import Invalid
from solvent.prompts.imports import bring_in, read_export
from solvent.prompts.naming import read
from solvent.prompts.registry import Change, find
from solvent.records.prompt import Message
from solvent.settings import Prompts
from solvent.stores.records import Database, SqlPrompts

ME = Change("ana", 9, "", "import")
OUTPUT = {"type": "object", "properties": {"a": {"type": "string"}}}
CHAT = [{"role": "user", "content": "{{ q }}"}]
LANGFUSE = {
    "data": [
        {
            "id": "x", "name": "support/triage", "version": 2, "type": "chat",
            "prompt": [
                {"type": "chatmessage", "role": "system", "content": "Be {{tone}}."},
                {"type": "placeholder", "name": "history"},
                {
                    "role": "user",
                    "content": "@@@langfusePrompt:name=Ask nicely|label=production@@@",
                },
            ],
            "config": {"model": "gpt-4o"}, "labels": ["production", "latest"], "tags": ["chat"],
            "commitMessage": "kinder", "createdBy": "bea", "createdAt": "2026-01-02T03:04:05.000Z",
        },
        {
            "name": "support/triage", "version": 1, "type": "text", "prompt": "Sort {{ticket}}.",
            "config": {}, "labels": [], "tags": [], "createdAt": "2026-01-01T00:00:00Z",
        },
        {
            "name": "Ask nicely", "version": 1, "type": "text", "prompt": "Please {{ask}}.",
            "labels": ["production"], "tags": [], "config": {},
        },
    ]
}  # fmt: skip
MLFLOW = {
    "registered_models": [
        {
            "name": "triage", "aliases": [{"alias": "production", "version": "2"}],
            "latest_versions": [],
        },
        {"name": "a-model", "latest_versions": [{"name": "a-model", "version": "1", "tags": []}]},
    ],
    "model_versions": [
        {
            "name": "triage", "version": "2", "creation_timestamp": 1700000000000,
            "description": "as a chat", "user_id": "bea",
            "tags": [
                {"key": "mlflow.prompt.is_prompt", "value": "true"},
                {"key": "mlflow.prompt.text", "value": json.dumps(CHAT)},
                {"key": "_mlflow_prompt_type", "value": "chat"},
                {"key": "_mlflow_prompt_response_format", "value": json.dumps(OUTPUT)},
                {"key": "_mlflow_prompt_model_config", "value": json.dumps({"temperature": 0})},
                {"key": "team", "value": "support"},
            ],
        },
        {
            "name": "triage", "version": "1", "creation_timestamp": 1600000000000,
            "tags": [{"key": "mlflow.prompt.text", "value": "{% if a %}{{ a }}{% endif %}"}],
        },
    ],
}  # fmt: skip


@pytest.fixture
def store():
    database = Database(":memory:")
    yield SqlPrompts(database)
    database.close()


def take(store, found, **rules):
    versions, left = read_export(json.dumps(found), 5)
    assert left == []
    return bring_in(store, Prompts(**rules), "p", versions, ME)


def version(store, ref):
    return find(store, "p", read(ref))


def test_langfuse(store):
    out = take(store, LANGFUSE)
    assert sorted(out.versions) == [
        "Ask-nicely version 1", "support/triage version 1", "support/triage version 2",
    ]  # fmt: skip
    assert out.left == []
    found = version(store, "support/triage@production")
    assert found.content.messages == (
        Message("system", "Be {{tone}}."),
        Message("placeholder", "history"),
        Message("user", "{{>Ask-nicely@production}}"),
    )
    assert (found.author, found.message, found.at) == ("bea", "kinder", 1767323045000000)
    assert found.source == "langfuse:support/triage/2"
    assert dict(found.content.model) == {"model": "gpt-4o"}
    assert store.get_prompt("p", "support/triage").tags == ("chat",)


def test_mlflow(store):
    out = take(store, MLFLOW)
    assert out.versions == ["triage version 1", "triage version 2"]
    assert version(store, "triage@1").content.style == "jinja"
    found = version(store, "triage@production")
    assert found.content.messages == (Message("user", "{{ q }}"),)
    assert found.content.output["properties"] == {"a": {"type": "string"}}
    assert (found.author, found.at) == ("bea", 1700000000000000)
    assert store.get_prompt("p", "triage").tags == ("team=support",)


def test_what_was_brought_before_is_left_as_it_is(store):
    take(store, LANGFUSE)
    again = take(store, LANGFUSE)
    assert (again.versions, again.known) == ([], 3)
    assert store.get_prompt("p", "support/triage").latest == 2


def test_a_protected_alias_waits_for_approval(store):
    out = take(store, MLFLOW, protected=("production",))
    assert len(out.requests) == 1
    assert store.get_prompt("p", "triage").aliases == ()


def test_what_cannot_be_kept_is_named_and_the_rest_is(store):
    bad = {"name": "bad", "version": 1, "prompt": "{{a b}}"}
    lost = {"name": "lost", "version": 1, "prompt": "@@@langfusePrompt:name=nobody|version=3@@@"}
    good = {"name": "good", "version": 1, "prompt": "x"}
    odd = {"name": "odd", "version": 1, "prompt": [{"role": "user"}]}
    versions, left = read_export("\n".join(map(json.dumps, (bad, lost, good, odd))), 5)
    out = bring_in(store, Prompts(), "p", versions, ME)
    assert out.versions == ["good version 1"]
    assert [one.source for one in left] == ["odd/1"]
    assert sorted(one.source for one in out.left) == ["langfuse:bad/1", "langfuse:lost/1"]


@pytest.mark.parametrize("text", ["", "nothing", "[]", '{"data": []}', "3"])
def test_a_file_without_prompts_is_said(text):
    with pytest.raises(Invalid):
        read_export(text, 5)
