"""Messages, tools and usage in every form that senders use."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.records.content import Content
from solvent.records.price import Usage
from solvent.traces.derive.amounts import total_usd
from solvent.traces.derive.envelope import envelope, restore
from solvent.traces.derive.flat import unflatten
from solvent.traces.messages import Reader, looks_like_messages
from solvent.traces.messages_json import compact, dump, find, from_python, load
from solvent.traces.messages_tools import tool_definitions
from solvent.traces.usage import from_any_usage

SYSTEM, ASK, ANSWER = (
    ("system", "Be brief."),
    ("user", "How warm is it?"),
    ("assistant", "21 degrees."),
)
CALL = ("tool_call", '{"city":"Lyon"}', "weather", "c1")
RESULT = ("tool_result", "21", "weather", "c1")


def read(value, role="user"):
    reader = Reader()
    reader.read(value, role)
    told = [tuple(part for part in item if part is not None) for item in reader.items]
    return told, reader.whole


ARGUMENTS = '{"city": "Lyon"}'
FORMS = {
    "openai chat": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "How warm is it?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function",
                 "function": {"name": "weather", "arguments": ARGUMENTS}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "21"},
        {"role": "assistant", "content": "21 degrees."},
    ],
    "openai responses": [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user",
         "content": [{"type": "input_text", "text": "How warm is it?"}]},
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS},
        {"type": "function_call_output", "call_id": "c1", "output": "21"},
        {"type": "message", "role": "assistant",
         "content": [{"type": "output_text", "text": "21 degrees."}]},
    ],
    "anthropic": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How warm is it?"},
        {"role": "assistant",
         "content": [{"type": "tool_use", "id": "c1", "name": "weather",
                      "input": {"city": "Lyon"}}]},
        {"role": "user",
         "content": [{"type": "tool_result", "tool_use_id": "c1",
                      "content": [{"type": "text", "text": "21"}]}]},
        {"role": "assistant", "content": [{"type": "text", "text": "21 degrees."}]},
    ],
    "gen_ai": [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "How warm is it?"}]},
        {"role": "assistant",
         "parts": [{"type": "tool_call", "id": "c1", "name": "weather",
                    "arguments": {"city": "Lyon"}}]},
        {"role": "tool",
         "parts": [{"type": "tool_call_response", "id": "c1", "response": "21"}]},
        {"role": "assistant", "parts": [{"type": "text", "content": "21 degrees."}],
         "finish_reason": "stop"},
    ],
    "langchain": [[
        {"type": "system", "content": "Be brief."},
        {"type": "human", "content": "How warm is it?"},
        {"type": "ai", "content": "",
         "tool_calls": [{"name": "weather", "args": {"city": "Lyon"}, "id": "c1",
                         "type": "tool_call"}]},
        {"type": "tool", "content": "21", "tool_call_id": "c1"},
        {"type": "ai", "content": "21 degrees."},
    ]],
    "openinference": [
        {"message": {"role": "system", "content": "Be brief."}},
        {"message": {"role": "user", "contents": [
            {"message_content": {"type": "text", "text": "How warm is it?"}}]}},
        {"message": {"role": "assistant", "tool_calls": [
            {"tool_call": {"id": "c1",
                           "function": {"name": "weather", "arguments": ARGUMENTS}}}]}},
        {"message": {"role": "tool", "tool_call_id": "c1", "content": "21"}},
        {"message": {"role": "assistant", "content": "21 degrees."}},
    ],
    "vercel": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "How warm is it?"}]},
        {"role": "assistant",
         "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "weather",
                      "input": {"city": "Lyon"}}]},
        {"role": "tool",
         "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "weather",
                      "output": {"type": "text", "value": "21"}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "21 degrees."}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_one_conversation_in_every_form_is_the_same_contents(form):
    told, whole = read(FORMS[form])
    assert told == [SYSTEM, ASK, CALL, RESULT, ANSWER]
    assert whole
    assert looks_like_messages(FORMS[form])


def test_gemini_contents_and_answer():
    asked = {
        "contents": [
            {"role": "user", "parts": [{"text": "How warm is it?"}]},
            {
                "role": "model",
                "parts": [{"functionCall": {"name": "weather", "args": {"city": "Lyon"}}}],
            },
        ]
    }
    assert read(asked)[0] == [ASK, CALL[:3]]
    answer = {"candidates": [{"content": {"role": "model", "parts": [{"text": "21 degrees."}]}}]}
    assert read(answer, "assistant")[0] == [ANSWER]


def test_text_with_two_calls_and_reasoning_is_four_contents():
    message = {
        "role": "assistant",
        "reasoning_content": "Look it up.",
        "content": "One moment.",
        "tool_calls": [
            {"id": f"c{n}", "function": {"name": "weather", "arguments": "{}"}} for n in (1, 2)
        ],
    }
    kinds = [item[0] for item in read(message)[0]]
    assert kinds == ["reasoning", "assistant", "tool_call", "tool_call"]


def test_what_has_no_form_is_a_value_in_its_place():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBOR"}}
    told, whole = read([{"role": "user", "content": [image, {"type": "text", "text": "What?"}]}])
    assert told == [("value", dump(image)), ("user", "What?")]
    assert whole


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": "x", "weight": 2},
        {"role": "critic", "content": "x"},
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"t": 1}}]},
        {"role": "user",
         "content": [{"type": "tool_result", "content": "x", "is_error": True}]},
        {"role": "assistant",
         "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}", "strict": True}}]},
    ],
)  # fmt: skip
def test_what_cannot_be_expressed_is_noticed(message):
    assert not read([message])[1]


def test_arguments_that_are_no_json_are_kept_as_sent():
    call = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": '{"a": '}}]}
    assert read(call)[0] == [("tool_call", '{"a": ', "f")]


def test_long_numbers_are_not_rounded():
    text = '{"id": 12345678901234567890123}'
    assert compact(text) == text
    assert compact('{"a": 1.0e5}') == '{"a": 1.0e5}'
    assert compact('{"a":  [1, 2]}') == '{"a":[1,2]}'


def test_printed_python_becomes_json():
    assert from_python("{'a': None, 'b': True}") == '{"a":null,"b":true}'
    assert from_python("{'a': __import__('os')}") == "{'a': __import__('os')}"
    assert from_python("{'" + "[" * 5000) == "{'" + "[" * 5000


DEFINITION = '{"name":"weather","description":"Warmth.","parameters":{"type":"object"}}'


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "weather", "description": "Warmth.",
                                          "parameters": {"type": "object"}}},
        {"type": "function", "name": "weather", "description": "Warmth.",
         "parameters": {"type": "object"}},
        {"name": "weather", "description": "Warmth.", "input_schema": {"type": "object"}},
        {"name": "weather", "description": "Warmth.", "inputSchema": {"type": "object"}},
        {"tool": {"json_schema": json.dumps({"type": "function", "function": {
            "name": "weather", "description": "Warmth.", "parameters": {"type": "object"}}})}},
        {"functionDeclarations": [{"name": "weather", "description": "Warmth.",
                                   "parameters": {"type": "object"}}]},
        {"toolSpec": {"name": "weather", "description": "Warmth.",
                      "inputSchema": {"json": {"type": "object"}}}},
        {"name": "weather", "description": "Warmth.", "parameters": '{"type": "object"}'},
    ],
)  # fmt: skip
def test_tool_definitions_of_every_provider_are_the_same(tool):
    (item,) = tool_definitions([tool])
    assert (item.text, item.name) == (DEFINITION, "weather")


@pytest.mark.parametrize(
    ("details", "inclusive", "expected"),
    [
        (  # OpenAI chat: cached inside prompt, reasoning inside completion
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "prompt_tokens_details": {"cached_tokens": 60},
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            False,
            (100, 50, 60, None, 20),
        ),
        (  # OpenAI responses
            {
                "input_tokens": 100,
                "output_tokens": 50,
                "input_tokens_details": {"cached_tokens": 60},
                "output_tokens_details": {"reasoning_tokens": 20},
            },
            False,
            (100, 50, 60, None, 20),
        ),
        (  # Anthropic, as it counts
            {
                "input_tokens": 30,
                "output_tokens": 50,
                "cache_read_input_tokens": 60,
                "cache_creation_input_tokens": 10,
            },
            False,
            (100, 50, 60, 10, None),
        ),
        (  # the same, added up by MLflow
            {
                "input_tokens": 100,
                "output_tokens": 50,
                "cache_read_input_tokens": 60,
                "cache_creation_input_tokens": 10,
            },
            True,
            (100, 50, 60, 10, None),
        ),
        (  # Langfuse's buckets
            {
                "input": 40,
                "input_cached_tokens": 60,
                "output": 30,
                "output_reasoning_tokens": 20,
                "total": 150,
            },
            False,
            (100, 50, 60, None, 20),
        ),
        ({"total": 5}, False, (None, None, None, None, None)),
        ({"input": -1, "output": "x"}, False, (None, None, None, None, None)),
    ],
)
def test_usage_objects(details, inclusive, expected):
    found = from_any_usage(details, inclusive=inclusive) or Usage()
    totals = (found.input_tokens, found.output_tokens)
    parts = (found.cache_read_tokens, found.cache_write_tokens, found.reasoning_tokens)
    assert (*totals, *(part or None for part in parts)) == expected


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ({"input": 0.001, "output": 0.002}, 0.003),
        ({"input": 1, "output": 1, "total": 5}, 5.0),
        ({"total_cost": 0.5}, 0.5),
        ({"input": math.nan, "output": 1}, None),
        ({"total": -1}, None),
        ({}, None),
        ("0.5", 0.5),
        (10**400, None),
        ([], None),
    ],
)
def test_cost_objects(cost, expected):
    assert total_usd(cost) == pytest.approx(expected)


def test_numbered_attributes_survive_holes_and_clashes():
    attributes = {"p.2.b": 2, "p.0.a": 1, "p.x.a": 9, "p.0": "clash", "pq.0.a": 7, "p.²": 1}
    listed, used = unflatten(attributes, "p")
    assert listed == [{"a": 1, "": "clash"}, {"b": 2}]
    assert sorted(used) == ["p.0", "p.0.a", "p.2.b"]


def test_messages_inside_a_request_are_replaced_and_restored():
    kept = {}

    def hashes(items):
        for item in items:
            kept[item.text] = Content(item.text, *item[:2], *item[2:])
        return [item.text for item in items]

    request = {
        "model": "m",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "How warm is it?"}],
        "tools": [json.loads(DEFINITION)],
    }
    around, reader = envelope(request, hashes, "user")
    assert [item.type for item in reader.items] == ["system", "user"]
    assert around["messages"] == {"$contents": ["How warm is it?"]}
    assert restore({"input.value": {"$json": around}}, kept)["input.value"] == {
        "model": "m",
        "system": [{"type": "system", "text": "Be brief."}],
        "messages": [{"type": "user", "text": "How warm is it?"}],
        "tools": [{"type": "tool_definition", "name": "weather", "text": DEFINITION}],
    }
    assert restore({"$content": "gone"}, kept) == {"$content": "gone"}


def test_json_that_is_nested_without_end_is_written_and_read_without_a_crash():
    deep = current = []
    for _ in range(900):
        current.append([])
        current = current[0]
    assert "nested too deep" in dump(deep)
    assert find("[" * 100_000) is None
    read(deep)
    results = {"type": "tool_result", "content": "x"}
    for _ in range(400):
        results = {"type": "tool_result", "output": [results]}
    read([{"role": "tool", "content": [results]}])


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whatever_is_written_is_json(value):
    json.loads(dump(value), parse_constant=pytest.fail)


def test_half_surrogates_and_nan_in_json_text():
    assert load('{"a": "x\\ud83d", "b": NaN}') == {"a": "x\ufffd", "b": "NaN"}
