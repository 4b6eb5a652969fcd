"""Whatever stands where something else should: a batch or a sentence, never an exception."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import GOLDEN, take

from solvent.traces.files import formats

TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}
CHAT = {
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "t"}], "timestamp": 1790000000},
        {"role": "assistant", "content": None, "model": "m", "usage": {"input_tokens": 3},
         "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": '{"error": {"a": 1}}'},
        {"role": "assistant", "name": "x", "content": [
            {"type": "tool_use", "id": "u", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "u", "content": []}]},
    ],
    "tools": [TOOL], "system_prompt": {"x": "p"}, "reward": 1, "ground_truth": "g", "model": "m",
    "mistake_agent": "x", "mistake_step": "1", "metadata": {"session_id": "s"}, "info": {"a": 1},
}  # fmt: skip
CALL = {
    "request": {"messages": CHAT["messages"][:4], "tools": [TOOL], "model": "m"},
    "response": {"choices": [{"message": {"role": "assistant", "content": "c"}}], "created": 1,
                 "usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}},
}  # fmt: skip
SWE = {
    "trajectory": [{"action": "ls", "observation": "a", "response": "r"}],
    "history": [{"role": "assistant", "content": "r", "action": "ls"}],
    "info": {"model_stats": {"instance_cost": 1, "tokens_sent": 2}},
}
OTLP = {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": [
    {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "n", "startTimeUnixNano": "1",
     "endTimeUnixNano": "2", "status": {"code": 1}, "attributes": [
         {"key": "k", "value": {"stringValue": "v"}}], "events": [], "links": []}]}]}]}  # fmt: skip


def first(name):
    return json.loads((GOLDEN / name).read_text(encoding="utf-8").partition("\n")[0])


def whole(name):
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


SEEDS = {
    "chat": [CHAT, CHAT["messages"], CALL],
    "swe_agent": [SWE],
    "otlp": [OTLP],
    "otel_spans": [whole("phoenix_spans.json"), first("phoenix_rows.jsonl")],
    "mlflow": [first("mlflow_traces.jsonl"), whole("mlflow_rows.json")[0]],
    "langfuse": [first("langfuse_observations.jsonl"), first("langfuse_scores.jsonl"),
                 whole("langfuse_trace.json"), whole("langfuse_batch.json")],
}  # fmt: skip
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "\ud83d\ude00", "2026-11-01T10:00:00Z", "0" * 32, "user", "tool"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["role", "content", "name", "id", ""]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(value, path=()):
    yield path
    listed = enumerate(value) if isinstance(value, list) else ()
    for key, part in value.items() if isinstance(value, dict) else listed:
        yield from places(part, (*path, key))


def changed(seed, path, value):
    if not path:
        return value
    made = copy.deepcopy(seed)
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made


@pytest.mark.parametrize("name", sorted(SEEDS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_record_never_stops_the_import(name, tmp_path, data):
    seed = data.draw(st.sampled_from(SEEDS[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        seed = changed(seed, data.draw(st.sampled_from(list(places(seed)))), data.draw(odd))
    try:
        text = json.dumps(seed)
        text.encode()
    except (ValueError, UnicodeEncodeError):
        return
    path = tmp_path / "odd.jsonl"
    path.write_text(text + "\n" + json.dumps(SEEDS[name][0]) + "\n", encoding="utf-8")
    for source in ("auto", name):
        got = take(path, source=source)
        assert got.spans or got.unread or got.assessments
        for span in got.spans:
            assert len(span.trace_id) == 32
            assert isinstance(json.loads(span.attributes), dict)
            for column in (span.name, span.status, span.type):
                assert isinstance(column, str)
            for column in (span.model, span.session_id, span.user_id, span.tool_name, span.agent):
                assert column is None or isinstance(column, str)
        for content in got.contents.values():
            assert isinstance(content.text, str)
            assert content.name is None or isinstance(content.name, str)
        for one in got.assessments:
            assert one.value is None or isinstance(one.value, float)
            for column in (one.label, one.rationale, one.source_id, one.span_id):
                assert column is None or isinstance(column, str)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"[", b"{", b'[{"role":"user",', b"a,b\n"]
    ),
    st.binary(max_size=60) | st.text('[]{}":,\\ \n\r0aN', max_size=60).map(str.encode),
)
def test_arbitrary_bytes_are_named_never_raised(tmp_path, start, rest):
    path = tmp_path / "odd"
    path.write_bytes(start + rest)
    got = take(path)
    assert got.spans or got.unread


def test_every_format_is_fuzzed():
    assert set(SEEDS) == set(formats())
