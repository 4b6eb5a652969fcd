"""The official clients against endpoints of our own: answers, refusals, streams, patience."""

from __future__ import annotations

import socket
import threading

import pytest

from solvent.errors import Denied, Invalid, NotFound, OverBudget, Unavailable
from solvent.records.completion import CompletionRequest, Message, ToolCall
from solvent.settings import Providers, Settings
from solvent.workbench import open_provider
from tests.providers.scripted import (
    Turn,
    anthropic_answer,
    anthropic_events,
    openai_answer,
    openai_events,
    serving,
)

WIRES = ("openai", "anthropic")
QUESTION = CompletionRequest("m", (Message("system", "Be brief."), Message("user", "Capital?")))
ANSWER = {"openai": openai_answer, "anthropic": anthropic_answer}
EVENTS = {"openai": openai_events, "anthropic": anthropic_events}
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks up.",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
    },
}


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", "k")
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)


def opened(wire, address, *, tries=0, timeout=10.0):
    providers = Providers(
        openai_base_url=f"{address}/v1",
        anthropic_base_url=address,
        timeout_seconds=timeout,
        max_retries=tries,
    )
    return open_provider(Settings(providers=providers), f"{wire}:m")


def error(status, said="no", **headers):
    body = {"error": {"message": said, "type": "t"}, "type": "error"}
    return Turn(body, status, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_says_text_model_tokens_and_why_it_ended(wire):
    with serving(Turn(ANSWER[wire]())) as script:
        answer = opened(wire, script.address).complete(QUESTION)
    assert (answer.text, answer.model) == ("Paris", "m-2026")
    assert (answer.input_tokens, answer.output_tokens, answer.cache_read_tokens) == (12, 3, 8)
    assert answer.finish_reason in {"stop", "end_turn"}
    assert answer.recorded == ""
    assert script.asked[0]["model"] == "m"


@pytest.mark.parametrize("wire", WIRES)
def test_a_request_that_names_no_model_asks_for_the_one_of_the_provider(wire):
    with serving(Turn(ANSWER[wire]())) as script:
        opened(wire, script.address).complete(CompletionRequest("", QUESTION.messages))
    assert script.asked[0]["model"] == "m"


@pytest.mark.parametrize("wire", WIRES)
def test_a_stream_yields_the_parts_and_returns_the_whole_with_its_tokens(wire):
    with serving(Turn(events=EVENTS[wire]("Pa", "ris"))) as script:
        parts, answer = listened(opened(wire, script.address).stream(QUESTION))
    assert parts == ["Pa", "ris"]
    assert (answer.text, answer.model) == ("Paris", "m-2026")
    assert (answer.input_tokens, answer.output_tokens, answer.cache_read_tokens) == (12, 3, 8)
    assert answer.finish_reason in {"stop", "end_turn"}


def listened(stream):
    """Return the parts of a stream, and what it returns."""
    parts = []
    while True:
        try:
            parts.append(next(stream))
        except StopIteration as end:
            return parts, end.value


@pytest.mark.parametrize("wire", WIRES)
def test_parts_come_before_the_answer_is_whole(wire):
    held = threading.Event()
    events = EVENTS[wire]("Pa", "ris")
    place = next(n for n, event in enumerate(events) if "ris" in event and "Pa" not in event)
    with serving(Turn(events=events, held=(place, held))) as script:
        stream = opened(wire, script.address).stream(QUESTION)
        assert next(stream) == "Pa"
        held.set()
        assert next(stream) == "ris"


@pytest.mark.parametrize("wire", WIRES)
def test_a_stream_that_breaks_is_an_error_after_what_came(wire):
    with serving(Turn(events=EVENTS[wire]("Pa", finished=False))) as script:
        stream = opened(wire, script.address).stream(QUESTION)
        assert next(stream) == "Pa"
        with pytest.raises(Unavailable, match="ended before"):
            next(stream)


@pytest.mark.parametrize("wire", WIRES)
def test_a_stream_of_no_json_is_an_error(wire):
    torn = Turn(events=["event: content_block_delta\ndata: {not json\n\n"])
    with serving(torn) as script, pytest.raises(Unavailable):
        list(opened(wire, script.address).stream(QUESTION))


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Invalid),
        (401, Denied),
        (403, Denied),
        (404, NotFound),
        (408, Unavailable),
        (422, Invalid),
        (429, OverBudget),
        (500, Unavailable),
        (529, Unavailable),
    ],
)
def test_a_refusal_is_one_of_our_errors_with_the_words_of_the_endpoint(wire, status, expected):
    with serving(error(status, "the very words")) as script, pytest.raises(expected) as raised:
        opened(wire, script.address).complete(QUESTION)
    assert "the very words" in raised.value.what + raised.value.hint
    assert raised.value.hint


@pytest.mark.parametrize("wire", WIRES)
def test_a_full_endpoint_says_when_to_come_back(wire):
    with serving(error(429, retry_after="17")) as script, pytest.raises(OverBudget) as raised:
        opened(wire, script.address).complete(QUESTION)
    assert raised.value.hint == "try again in 17 s"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("status", [429, 500])
def test_a_busy_or_broken_endpoint_is_asked_again(wire, status):
    busy = error(status, retry_after_ms="1")
    with serving(busy, busy, Turn(ANSWER[wire]())) as script:
        assert opened(wire, script.address, tries=2).complete(QUESTION).text == "Paris"
    assert len(script.asked) == 3


@pytest.mark.parametrize("wire", WIRES)
def test_a_refused_request_is_not_asked_again(wire):
    with serving(error(400)) as script, pytest.raises(Invalid):
        opened(wire, script.address, tries=2).complete(QUESTION)
    assert len(script.asked) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_silence_ends_with_an_error(wire):
    with serving(Turn(hang=True)) as script, pytest.raises(Unavailable):
        opened(wire, script.address, timeout=0.05).complete(QUESTION)


@pytest.mark.parametrize("wire", WIRES)
def test_nobody_there_is_an_error(wire):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with pytest.raises(Unavailable) as raised:
            opened(wire, f"http://127.0.0.1:{taken.getsockname()[1]}").complete(QUESTION)
    assert "127.0.0.1" in raised.value.what


@pytest.mark.parametrize("wire", WIRES)
def test_no_key_is_an_error_that_names_the_variable(wire, monkeypatch):
    monkeypatch.delenv(f"{wire.upper()}_API_KEY")
    monkeypatch.setenv("HOME", "/nonexistent")
    with pytest.raises(Denied) as raised:
        opened(wire, "http://127.0.0.1:9").complete(QUESTION)
    assert f"{wire.upper()}_API_KEY" in raised.value.hint


@pytest.mark.parametrize("wire", WIRES)
def test_the_address_comes_from_the_environment_too(wire, monkeypatch):
    with serving(Turn(ANSWER[wire]())) as script:
        path = "/v1" if wire == "openai" else ""
        monkeypatch.setenv(f"{wire.upper()}_BASE_URL", script.address + path)
        assert open_provider(Settings(), f"{wire}:m").complete(QUESTION).text == "Paris"


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_without_content_is_an_error(wire):
    with serving(Turn({"id": "c1", "model": "m"})) as script, pytest.raises(Unavailable):
        opened(wire, script.address).complete(QUESTION)


def test_openai_gets_tools_schema_and_bounds_in_its_words():
    call = {"id": "t1", "type": "function", "function": {"name": "look_up", "arguments": "{"}}
    request = CompletionRequest(
        "m",
        (
            Message("user", "Capital?"),
            Message("assistant", "", tool_calls=(ToolCall("look_up", '{"q": "x"}', "t0"),)),
            Message("tool", "found", tool_call_id="t0"),
        ),
        tools=(TOOL,),
        temperature=0.5,
        max_tokens=9,
        output_schema={"type": "object"},
        metadata={"schema": "v3"},
    )
    with serving(Turn(openai_answer(None, tool_calls=[call]))) as script:
        answer = opened("openai", script.address).complete(request)
    assert answer.tool_calls == (ToolCall("look_up", "{", "t1"),)
    sent = script.asked[0]
    assert sent["tools"] == [TOOL]
    assert (sent["temperature"], sent["max_completion_tokens"]) == (0.5, 9)
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert sent["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"q": "x"}'
    assert sent["messages"][2] == {"role": "tool", "content": "found", "tool_call_id": "t0"}
    assert "metadata" not in sent


def test_anthropic_gets_tools_schema_and_bounds_in_its_words():
    request = CompletionRequest(
        "m",
        (
            Message("system", "Be brief."),
            Message("user", "Capital?"),
            Message("assistant", "wait", tool_calls=(ToolCall("look_up", '{"q": "x"}', "t0"),)),
            Message("tool", "found", tool_call_id="t0"),
        ),
        tools=(TOOL,),
        temperature=0.5,
        output_schema={"type": "object"},
    )
    used = {"type": "tool_use", "id": "t1", "name": "look_up", "input": {"q": "y"}}
    with serving(Turn(anthropic_answer(used))) as script:
        answer = opened("anthropic", script.address).complete(request)
    assert answer.tool_calls == (ToolCall("look_up", '{"q": "y"}', "t1"),)
    sent = script.asked[0]
    assert sent["system"] == "Be brief."
    assert sent["tools"][0]["input_schema"] == TOOL["function"]["parameters"]
    assert (sent["temperature"], sent["max_tokens"]) == (0.5, Providers().max_tokens)
    assert sent["output_config"]["format"]["schema"] == {"type": "object"}
    assert sent["messages"][1]["content"][1]["input"] == {"q": "x"}
    assert sent["messages"][2]["content"][0]["tool_use_id"] == "t0"


def test_anthropic_takes_no_arguments_that_do_not_parse():
    torn = Message("assistant", "", tool_calls=(ToolCall("look_up", "{", "t0"),))
    with pytest.raises(Invalid, match="look_up"):
        opened("anthropic", "http://127.0.0.1:9").complete(CompletionRequest("m", (torn,)))


@pytest.mark.parametrize("name", ["", "gpt", "openai:", "cohere:x", "replay:"])
def test_other_names_of_providers_are_refused(name):
    with pytest.raises(Invalid) as raised:
        open_provider(Settings(), name)
    assert "openai:MODEL" in raised.value.hint
