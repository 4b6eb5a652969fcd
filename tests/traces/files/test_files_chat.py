"""Chat logs: which steps, contents and judgements a conversation becomes."""

from __future__ import annotations

import json

import pytest
from reading import lines, take

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": "bag"}'}}
CONVERSATION = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where is my bag?"},
    {"role": "assistant", "content": "Let me look.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "Error: no such bag\nat line 3"},
    {"role": "assistant", "content": "It is lost."},
]


def test_a_conversation_is_a_root_a_step_per_answer_and_one_per_tool_call(tmp_path):
    got = take(lines(tmp_path, {"messages": CONVERSATION}), model="gpt-4o")

    assert [(s.type, s.name) for s in got.spans] == [
        ("agent", "conversation"), ("llm", "assistant"), ("tool", "find"), ("llm", "assistant"),
    ]  # fmt: skip
    root, first, tool, last = got.spans
    assert {s.parent_id for s in (first, tool, last)} == {root.span_id}
    assert root.parent_id is None
    assert got.texts(root.input_hashes) == [("user", "Where is my bag?")]
    assert got.texts(root.output_hashes) == [("assistant", "It is lost.")]
    assert got.texts(first.input_hashes) == [("system", "Be kind."), ("user", "Where is my bag?")]
    said = [("assistant", "Let me look."), ("tool_call", '{"q": "bag"}')]
    assert got.texts(first.output_hashes) == said
    answer = ("tool_result", "Error: no such bag\nat line 3")
    assert got.texts(last.input_hashes) == [*got.texts(first.input_hashes), *said, answer]
    assert (tool.tool_name, tool.tool_call_id, tool.status) == ("find", "c1", "error")
    assert tool.status_message == "Error: no such bag"
    assert [first.model, last.model, root.model, tool.model] == ["gpt-4o", "gpt-4o", None, None]


def test_what_the_log_does_not_say_stays_unsaid(tmp_path):
    got = take(lines(tmp_path, {"messages": CONVERSATION}))

    assert not any(s.dated or s.duration_ns is not None for s in got.spans)
    assert [s.started_at for s in got.spans] == sorted({s.started_at for s in got.spans})
    assert {(s.input_tokens, s.cost_usd, s.model, s.session_id) for s in got.spans} == {
        (None, None, None, None)
    }
    assert got.assessments == []


def test_reading_twice_gives_the_same_ids_and_another_project_gives_others(tmp_path):
    path = lines(tmp_path, {"messages": CONVERSATION})
    first, second = take(path), take(path)
    assert first.spans == second.spans
    assert not {s.id for s in first.spans} & {s.id for s in take(path, project="q").spans}


def test_the_same_run_is_one_trace_whether_in_lines_or_in_a_list(tmp_path):
    record = {"messages": CONVERSATION}
    a = take(lines(tmp_path, record))
    listed = tmp_path / "list.json"
    listed.write_text("[\n" + json.dumps(record) + "\n]", encoding="utf-8")
    assert {s.id for s in a.spans} == {s.id for s in take(listed).spans}


@pytest.mark.parametrize(
    "record",
    [
        {"traj": CONVERSATION, "task_id": 3},
        {"info": {"log": {"history": CONVERSATION}}},
        {"messages": CONVERSATION[:2], "conversation": CONVERSATION},
        CONVERSATION,
    ],
    ids=["traj", "deep", "longest", "bare"],
)
def test_messages_are_found_under_any_key(tmp_path, record):
    got = take(lines(tmp_path, record, record if isinstance(record, dict) else record[:3]))
    assert len({s.trace_id for s in got.spans}) == (1 if isinstance(record, dict) else 2)
    assert got.spans[-1].type in {"llm", "tool"}
    assert got.unread == []


def test_one_message_a_line_and_a_list_of_messages_are_one_conversation(tmp_path):
    loose = take(lines(tmp_path, *CONVERSATION))
    listed = tmp_path / "one.json"
    listed.write_text(json.dumps(CONVERSATION, indent=2), encoding="utf-8")
    for got in (loose, take(listed)):
        assert [s.type for s in got.spans] == ["agent", "llm", "tool", "llm"]


def test_a_message_that_says_nothing_does_not_cost_the_conversation(tmp_path):
    old = {"role": "assistant", "function_call": {"name": "find", "arguments": "{}"}}
    result = {"role": "function", "name": "find", "content": "nothing"}
    silent = {"role": "assistant", "refusal": None}
    got = take(lines(tmp_path, {"messages": [*CONVERSATION[:2], old, result, silent]}))
    assert [(s.type, s.name) for s in got.spans] == [
        ("agent", "conversation"), ("llm", "assistant"), ("tool", "find"), ("llm", "assistant"),
    ]  # fmt: skip
    assert got.named("find").status == "ok"


def test_an_object_that_lists_conversations(tmp_path):
    path = tmp_path / "all.json"
    listed = [{"messages": CONVERSATION, "n": 1}, {"messages": CONVERSATION, "n": 2}, {"n": 3}]
    path.write_text(json.dumps({"version": 1, "data": listed}, indent=1), encoding="utf-8")
    got = take(path)
    assert len({s.trace_id for s in got.spans}) == 2
    assert len(got.spans) == 8
    assert got.reasons() == [(1, "no list of messages with `role` and `content` in it")]


def test_fields_of_the_record_are_kept_and_understood(tmp_path):
    tool = {"type": "function", "function": {"name": "find", "description": "Finds.",
            "parameters": {"type": "object"}}}  # fmt: skip
    record = {
        "messages": CONVERSATION, "model": "m-1", "tools": [tool], "session_id": "s", "user_id": 7,
        "reward": 1.0, "trial": 2, "note": "x" * 2000, "ground_truth": "lost",
        "created_at": "2026-11-01T10:00:00Z",
    }  # fmt: skip
    got = take(lines(tmp_path, record))
    root, llm = got.spans[0], got.of_type("llm")[0]
    assert (llm.model, llm.session_id, llm.user_id) == ("m-1", "s", "7")
    definition = {"name": "find", "description": "Finds.", "parameters": {"type": "object"}}
    assert [json.loads(text) for _, text in got.texts(llm.offered_tools)] == [definition]
    assert root.offered_tools is None
    attributes = json.loads(root.attributes)
    assert attributes["trial"] == 2
    assert got.contents[attributes["note"]["$content"]].text == "x" * 2000
    assert "messages" not in attributes
    assert root.dated
    assert root.started_at == 1_793_527_200_000_000
    outcome, expected = got.assessments
    assert (outcome.name, outcome.value, outcome.source_type) == ("outcome", 1.0, "app")
    assert outcome.rationale == "reward>=1 (it is 1.0)"
    assert (expected.name, expected.type, expected.label) == ("ground_truth", "expectation", "lost")


def test_times_usage_and_model_of_messages_are_used(tmp_path):
    usage = {"prompt_tokens": 50, "completion_tokens": 4,
             "prompt_tokens_details": {"cached_tokens": 30}}  # fmt: skip
    messages = [
        {"role": "user", "content": "hi", "timestamp": 1_790_000_000},
        {"role": "assistant", "content": "ho", "timestamp": 1_790_000_002.5, "usage": usage,
         "model": "m-2"},
    ]  # fmt: skip
    got = take(lines(tmp_path, {"messages": messages, "model": "m-1"}))
    root, llm = got.spans
    assert (root.started_at, llm.started_at) == (AT_SECONDS * 10**6, AT_SECONDS * 10**6 + 2_500_000)
    assert llm.dated
    assert (llm.model, llm.input_tokens, llm.output_tokens) == ("m-2", 50, 4)
    assert llm.cache_read_tokens == 30


AT_SECONDS = 1_790_000_000


def test_anthropic_blocks_are_calls_results_and_reasoning(tmp_path):
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "weather?"}]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "use the tool"}, {"type": "text", "text": "Wait."},
            {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Paris"}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": "offline"}]},
        {"role": "assistant", "content": "Sorry."},
    ]  # fmt: skip
    got = take(lines(tmp_path, {"system": "Be brief.", "messages": messages}))
    _, first, tool, last = got.spans
    assert got.texts(first.input_hashes) == [("system", "Be brief."), ("user", "weather?")]
    assert [type_ for type_, _ in got.texts(first.output_hashes)] == [
        "reasoning", "assistant", "tool_call",
    ]  # fmt: skip
    assert (tool.name, tool.status, tool.status_message) == ("weather", "error", "offline")
    assert got.texts(last.input_hashes)[-1] == ("tool_result", "offline")


def test_results_without_ids_answer_calls_in_order_and_unanswered_calls_stay(tmp_path):
    def call(name):
        return {"function": {"name": name, "arguments": "{}"}}

    messages = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": None, "tool_calls": [call("a"), call("b"), call("c")]},
        {"role": "tool", "content": "1"},
        {"role": "tool", "name": "c", "content": "3"},
    ]
    got = take(lines(tmp_path, {"messages": messages}))
    tools = {s.name: (got.texts(s.output_hashes), s.status) for s in got.of_type("tool")}
    assert tools == {
        "a": ([("tool_result", "1")], "ok"),
        "c": ([("tool_result", "3")], "ok"),
        "b": ([], "unset"),
    }


def test_speakers_known_by_role_are_agents(tmp_path):
    history = [
        {"role": "human", "content": "Find it."},
        {"role": "Orchestrator (thought)", "content": "Plan."},
        {"role": "Orchestrator (-> WebSurfer)", "content": "Search."},
        {"role": "WebSurfer", "content": "Found."},
        {"role": "Assistant", "content": "Done."},
    ]
    record = {"history": history, "mistake_agent": "WebSurfer", "mistake_step": "3",
              "mistake_reason": "wrong page", "is_corrected": False}  # fmt: skip
    got = take(lines(tmp_path, record))
    assert [(s.type, s.name) for s in got.spans[1:]] == [
        ("agent", "Orchestrator"), ("agent", "Orchestrator"), ("agent", "WebSurfer"),
        ("agent", "Assistant"),
    ]  # fmt: skip
    surfer = got.named("WebSurfer")
    assert got.contents[surfer.output_hashes[0]].name == "WebSurfer"
    outcome, blame = got.assessments
    assert outcome.value == 0.0
    assert (blame.name, blame.span_id, blame.label) == ("blame", surfer.span_id, "WebSurfer")
    assert (blame.source_type, blame.rationale) == ("human", "wrong page")


def test_speakers_known_by_name_call_the_model_and_terminals_run_code(tmp_path):
    history = [
        {"role": "assistant", "name": "Expert", "content": "Run:\n```python\nprint(1)\n```"},
        {
            "role": "user",
            "name": "Computer_terminal",
            "content": "exitcode: 1 (execution failed)\nX",
        },
        {"role": "user", "name": "Checker", "content": "Wrong."},
    ]
    record = {"history": history, "question": "How?", "system_prompt": {"Checker": "Check."}}
    got = take(lines(tmp_path, record))
    root, expert, terminal, checker = got.spans
    assert got.texts(root.input_hashes) == [("user", "How?")]
    assert [(s.type, s.name) for s in (expert, terminal, checker)] == [
        ("llm", "Expert"), ("tool", "Computer_terminal"), ("llm", "Checker"),
    ]  # fmt: skip
    assert got.texts(terminal.input_hashes) == [("tool_call", '{"code":"print(1)"}')]
    assert terminal.status == "error"
    assert got.texts(checker.input_hashes)[0] == ("system", "Check.")
    assert ("system", "Check.") not in got.texts(expert.input_hashes)


def test_users_may_have_names_without_being_agents(tmp_path):
    messages = [{"role": "user", "name": "ana", "content": "hi"},
                {"role": "assistant", "content": "ho"}]  # fmt: skip
    got = take(lines(tmp_path, {"messages": messages}))
    assert [(s.type, s.name) for s in got.spans] == [
        ("agent", "conversation"),
        ("llm", "assistant"),
    ]


def test_a_line_without_a_conversation_is_reported_and_the_rest_taken(tmp_path):
    got = take(
        lines(tmp_path, {"messages": CONVERSATION}, {"foo": 1}, {"messages": CONVERSATION[1:]})
    )
    assert len({s.trace_id for s in got.spans}) == 2
    assert got.reasons() == [(2, "no list of messages with `role` and `content` in it")]


def test_a_logged_call_is_one_step_and_its_history_went_in(tmp_path):
    request = {"model": "gpt-4o", "messages": [*CONVERSATION[:4]], "tools": [
        {"type": "function", "function": {"name": "find", "description": "Finds."}}]}  # fmt: skip
    response = {"model": "gpt-4o-2024-08-06", "created": 1_790_000_000,
                "choices": [{"message": {"role": "assistant", "content": "It is lost."}}],
                "usage": {"prompt_tokens": 60, "completion_tokens": 5}}  # fmt: skip
    got = take(lines(tmp_path, {"request": request, "response": response, "user_id": "ana"}))
    root, call = got.spans
    assert (call.type, call.model, call.input_tokens) == ("llm", "gpt-4o-2024-08-06", 60)
    assert [type_ for type_, _ in got.texts(call.input_hashes)] == [
        "system", "user", "assistant", "tool_call", "tool_result",
    ]  # fmt: skip
    assert got.texts(call.output_hashes) == [("assistant", "It is lost.")]
    assert len(call.offered_tools) == 1
    assert got.texts(root.output_hashes) == got.texts(call.output_hashes)
    assert root.user_id == "ana"

    request["messages"] = CONVERSATION[:3]
    got = take(lines(tmp_path, {"request": request, "response": response}))
    assert [s.type for s in got.spans] == ["agent", "llm"]


def test_a_logged_call_to_anthropic(tmp_path):
    response = {"type": "message", "role": "assistant", "model": "claude-x", "content": [
        {"type": "text", "text": "ho"}, {"type": "tool_use", "id": "u", "name": "f", "input": {}}],
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 90}}  # fmt: skip
    record = {"system": "Be brief.", "messages": CONVERSATION[1:2], "output": response}
    got = take(lines(tmp_path, record))
    _, call, tool = got.spans
    assert (call.model, call.input_tokens, call.cache_read_tokens) == ("claude-x", 95, 90)
    assert (tool.name, tool.status, tool.output_hashes) == ("f", "unset", None)


def test_conversations_of_other_shapes_and_tables(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    sharegpt = [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]
    openai = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    table = tmp_path / "chats.parquet"
    parquet.write_table(pa.table({"messages": [openai, openai], "score": [1, 0]}), table)
    text = tmp_path / "chats.csv"
    cell = json.dumps(openai).replace('"', '""')
    text.write_text(f'id,messages,passed\n1,"{cell}",true\n', encoding="utf-8")
    for path, outcomes in (
        (lines(tmp_path, {"conversations": sharegpt}), []),
        (table, [1.0, 0.0]),
        (text, [1.0]),
    ):
        got = take(path)
        assert {s.type for s in got.spans} == {"agent", "llm"}
        for span in got.of_type("llm"):
            assert got.texts(span.input_hashes) == [("user", "hi")]
            assert got.texts(span.output_hashes) == [("assistant", "ho")]
        assert [a.value for a in got.assessments] == outcomes
        assert got.unread == []
