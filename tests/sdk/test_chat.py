"""Requests and replies of the large clients become messages, usage and model."""

import json
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

import solvent
from solvent.sdk.chat import find_messages, find_reply, usage_attributes
from solvent.sdk.content import Contents
from tests.sdk.receiver import attributes

OPENAI = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "find", "arguments": '{"q": "a"}'},
                    }
                ],
            },
        }
    ],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}
ANTHROPIC = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-x",
    "content": [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "hello"},
        {"type": "tool_use", "id": "t1", "name": "find", "input": {"q": "a"}},
    ],
    "stop_reason": "tool_use",
    "usage": {
        "input_tokens": 40,
        "output_tokens": 20,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 7,
    },
}
CALL = {"type": "tool_call", "id": "c1", "name": "find", "arguments": {"q": "a"}}


def test_an_openai_reply():
    messages, facts = find_reply(OPENAI)
    assert messages == [{"role": "assistant", "parts": [CALL]}]
    assert facts == {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.finish_reasons": ["tool_calls"],
    }


def test_an_anthropic_reply_counts_cached_tokens_inside_input():
    messages, facts = find_reply(ANTHROPIC)
    assert [part["type"] for part in messages[0]["parts"]] == ["reasoning", "text", "tool_call"]
    assert facts["gen_ai.usage.input_tokens"] == 107
    assert facts["gen_ai.usage.cache_read.input_tokens"] == 60
    assert facts["gen_ai.usage.cache_write.input_tokens"] == 7
    assert facts["gen_ai.response.finish_reasons"] == ["tool_use"]


def test_objects_of_the_clients_are_read_like_mappings():
    class Reply(BaseModel):
        id: str
        model: str
        choices: list
        usage: dict

    reply = Reply(**{k: v for k, v in OPENAI.items() if k != "object"})
    assert find_reply(reply) == find_reply(OPENAI)
    usage = SimpleNamespace(input_tokens=1, output_tokens=2, cache_read_input_tokens=None)
    assert usage_attributes(usage) == {
        "gen_ai.usage.input_tokens": 1,
        "gen_ai.usage.output_tokens": 2,
    }


@pytest.mark.parametrize("usage", [None, 3, "many", {}, {"prompt_tokens": "x"}, {"a": True}])
def test_unknown_usage_is_not_zero(usage):
    assert usage_attributes(usage) == {}


def test_requests():
    history = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "video", "id": 1}]},
        OPENAI["choices"][0]["message"],
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]},
    ]
    messages, rest = find_messages({"system": "be kind", "messages": history, "n": 1})
    assert rest == {"n": 1}
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "tool", "user"]
    assert messages[1]["parts"][1] == {"type": "video", "id": 1}
    assert messages[2]["parts"] == [CALL]
    assert messages[3]["parts"] == [{"type": "tool_call_response", "response": "found", "id": "c1"}]
    assert messages[4]["parts"][0]["id"] == "t"
    for other in ("text", [], ["a"], [{"content": "no role"}], {"messages": 3}, None):
        assert find_messages(other)[0] is None


def test_a_decorated_client_call_tells_model_and_usage(client, receiver):
    @solvent.trace(type="llm")
    def create(*, model, messages, tools=None, user=None):
        return OPENAI

    create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}], tools=[{"name": "find"}])
    create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}], user="u")
    assert client.flush(5).complete
    first, second = (attributes(s) for s in receiver.spans)
    assert first["gen_ai.request.model"] == "gpt-4o"
    assert first["gen_ai.response.model"] == "gpt-4o-2024-08-06"
    assert first["gen_ai.usage.input_tokens"] == 100
    assert json.loads(first["gen_ai.tool.definitions"]) == [{"name": "find"}]
    assert "input.value" not in first
    assert json.loads(second["input.value"]) == {"user": "u"}


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
@pytest.mark.parametrize("count", [3, 2000])
def test_too_many_messages_stay_messages(letter, count):
    contents = Contents(capture=True, redact=None, max_bytes=20_000)
    history = [{"role": "user", "content": f"{n} " + letter * 9000} for n in range(count)]
    text = contents.inputs("llm", {"messages": history})["gen_ai.input.messages"]
    assert len(text.encode()) <= 20_000
    kept = json.loads(text)
    assert all(m["role"] == "user" for m in kept)
    assert kept[0]["parts"][0]["content"].startswith("0 ")
    assert kept[-1]["parts"][0]["content"].startswith(f"{count - 1} ")
