"""Exports of other tools arrive complete: as their own senders would have sent them."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from reading import GOLDEN, lines, take

from solvent.errors import NotFound
from solvent.settings import Intake
from solvent.traces.files import ReadOptions, formats, read
from solvent.traces.files.parts.source import Head


@pytest.fixture(scope="module")
def sdk_spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("t")
    with tracer.start_as_current_span("invoke_agent") as root:
        root.add_event("noted", {"n": 1})
        link = otel.Link(root.get_span_context(), {"why": "follows"})
        with tracer.start_as_current_span("chat", links=[link]) as span:
            span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1",
                                 "gen_ai.usage.input_tokens": 9, "tags": ["a", "b"]})  # fmt: skip
            span.set_status(otel.StatusCode.ERROR, "refused")
    provider.shutdown()
    return exporter.get_finished_spans()


def check_sdk(got, spans):
    chat, root = got.named("chat"), got.named("invoke_agent")
    context = spans[0].get_span_context()
    assert (chat.trace_id, chat.span_id) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert chat.parent_id == root.span_id
    assert (chat.type, chat.model, chat.input_tokens) == ("llm", "m-1", 9)
    assert (chat.status, chat.status_message, chat.service) == ("error", "refused", "shop")
    assert chat.dated
    assert abs(chat.started_at - spans[0].start_time // 1000) <= 1
    assert json.loads(root.events)[0]["name"] == "noted"
    assert json.loads(chat.links)[0]["span_id"] == root.span_id
    assert json.loads(chat.attributes)["tags"] == ["a", "b"]
    assert got.unread == []


def test_sdk_spans_printed_one_after_another(tmp_path, sdk_spans):
    path = tmp_path / "console.log"
    path.write_text("\n".join(span.to_json() for span in sdk_spans), encoding="utf-8")
    check_sdk(take(path), sdk_spans)


def test_sdk_spans_one_a_line_and_in_a_list(tmp_path, sdk_spans):
    check_sdk(take(lines(tmp_path, *(json.loads(s.to_json()) for s in sdk_spans))), sdk_spans)
    listed = tmp_path / "list.json"
    listed.write_text("[" + ",".join(s.to_json() for s in sdk_spans) + "]", encoding="utf-8")
    check_sdk(take(listed), sdk_spans)


def otlp(span_id="00000000000000aa", **more):
    span = {"traceId": "0" * 31 + "1", "spanId": span_id, "name": "step",
            "startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000001000000000",
            "attributes": [{"key": "gen_ai.request.model",
                            "value": {"stringValue": "m-1"}}]}  # fmt: skip
    resource = {"attributes": [{"key": "openinference.project.name",
                                "value": {"stringValue": "elsewhere"}}]}  # fmt: skip
    return {"resource": resource, "scopeSpans": [{"spans": [span | more]}]}


@pytest.mark.parametrize(
    "record",
    [
        {"resourceSpans": [otlp()]},
        otlp(),
        {"batches": [otlp()]},
        {"trace": {"resourceSpans": [otlp()]}},
    ],
    ids=["request", "resource", "batches", "query"],
)
def test_otlp_requests_and_what_queries_answer(tmp_path, record):
    got = take(lines(tmp_path, record))
    (span,) = got.spans
    assert (span.span_id, span.model, span.duration_ns) == ("00000000000000aa", "m-1", 10**9)
    assert span.project == "p"
    assert got.unread == []


def test_a_refused_span_is_reported_with_its_line_and_the_rest_taken(tmp_path):
    good, bad = (
        {"resourceSpans": [otlp()]},
        {"resourceSpans": [otlp("00"), otlp("00000000000000bb")]},
    )
    got = take(lines(tmp_path, good, bad))
    assert {s.span_id for s in got.spans} == {"00000000000000aa", "00000000000000bb"}
    assert [u.line for u in got.unread] == [2]
    assert "span id" in got.unread[0].reason


@pytest.mark.parametrize("name", ["phoenix_spans.json", "phoenix_rows.jsonl", "phoenix.parquet"])
def test_phoenix_exports_say_the_same_in_every_form(name):
    got = take(GOLDEN / name)
    agent, chat, tool, find = (got.named(n) for n in ("agent", "chat", "weather", "find"))
    assert [s.type for s in (agent, chat, tool, find)] == ["agent", "llm", "tool", "retriever"]
    assert {s.parent_id for s in (chat, tool, find)} == {agent.span_id}
    assert agent.span_id == "e8843583588f13da"
    assert (agent.session_id, agent.user_id, agent.tags) == ("s-1", "ana", ["beta"])
    assert json.loads(json.loads(agent.attributes)["metadata"]) == {"tier": "gold"}
    assert (chat.model, chat.input_tokens, chat.output_tokens) == ("gpt-4o-mini", 30, 7)
    assert got.texts(chat.input_hashes) == [("system", "Be brief."), ("user", "weather in Paris?")]
    assert [t for t, _ in got.texts(chat.output_hashes)] == ["tool_call"]
    assert len(chat.offered_tools) == 1
    assert (find.status, find.status_message) == ("error", "ValueError: index offline")
    assert find.document_scores == [0.91]
    assert got.texts(find.document_hashes) == [("document", "Paris is mild.")]
    assert json.loads(find.events)[0]["name"] == "exception"
    assert got.unread == []


@pytest.mark.parametrize("name", ["mlflow_traces.jsonl", "mlflow_rows.json"])
def test_mlflow_traces_come_with_their_assessments(name):
    got = take(GOLDEN / name)
    assert sorted(s.type for s in got.spans) == ["agent", "agent", "llm", "llm", "tool", "tool"]
    (failed,) = (s for s in got.spans if s.status == "error")
    assert (failed.name, failed.status_message) == ("weather", "ValueError: no such city")
    llm = got.of_type("llm")[0]
    assert (llm.model, llm.input_tokens, llm.output_tokens) == ("gpt-4o-mini", 12, 5)
    assert (llm.cost_usd, llm.cost_source) == (4.8e-06, "reported")
    roots = {s.trace_id for s in got.spans if s.parent_id is None}
    assert roots == {"c343bbbf584b53952dc3bc641e03587d", "ed687f38d350dfa3b63798bf59e5e849"}
    feedback, expectation = sorted(got.assessments, key=lambda a: a.type, reverse=True)
    assert feedback.trace_id == expectation.trace_id == failed.trace_id
    assert (feedback.name, feedback.value, feedback.source_type) == ("correct", 0.0, "human")
    assert (feedback.source_id, feedback.rationale) == ("ana", "made it up")
    assert (expectation.type, expectation.label) == ("expectation", "There is no Atlantis")


def test_langfuse_observations_with_their_scores():
    got = take(GOLDEN / "langfuse_observations.jsonl")
    answer, draft, bag = (got.named(n) for n in ("answer", "draft", "find_bag"))
    assert {draft.parent_id, bag.parent_id} == {answer.span_id}
    assert (draft.type, draft.model, draft.input_tokens, draft.output_tokens) == (
        "llm", "gpt-4o-mini", 40, 6,
    )  # fmt: skip
    assert (draft.cost_usd, draft.cost_source) == (9.6e-06, "reported")
    assert (draft.prompt_name, draft.prompt_version) == ("support/reply", "7")
    assert (answer.session_id, answer.user_id, answer.environment) == ("s-9", "ana", "production")
    assert (bag.status, bag.status_message) == ("error", "timeout")
    assert answer.duration_ns == 3_500_000_000

    scores = take(GOLDEN / "langfuse_scores.jsonl")
    tone, verdict = scores.assessments
    assert scores.spans == []
    assert (tone.trace_id, tone.span_id) == (draft.trace_id, draft.span_id)
    assert (tone.value, tone.source_type, tone.rationale) == (0.5, "judge", "a little cold")
    assert (verdict.label, verdict.value, verdict.source_id) == ("bad", None, "ben")
    assert verdict.span_id is None


@pytest.mark.parametrize("name", ["langfuse_trace.json", "langfuse_batch.json"])
def test_langfuse_traces_are_the_parents_of_their_observations(name):
    got = take(GOLDEN / name)
    root, draft = got.named("support"), got.named("draft")
    assert (root.parent_id, draft.parent_id) == (None, root.span_id)
    assert draft.user_id == "ana"
    assert draft.output_tokens in {5, 6}
    (score,) = got.assessments
    assert (score.trace_id, score.value, score.source_type) == (root.trace_id, 1.0, "app")
    assert got.unread == []


def test_langfuse_csv():
    got = take(GOLDEN / "langfuse_observations.csv")
    draft, bag = got.named("draft"), got.named("find_bag")
    assert (draft.model, draft.input_tokens, draft.prompt_version) == ("gpt-4o-mini", 40, "7")
    assert got.texts(draft.input_hashes) == [("user", "late bag?")]
    assert [text for _, text in got.texts(draft.output_hashes)] == ["We are\nsorry."]
    assert bag.status == "error"


def test_swe_agent_actions_are_tool_calls_and_usage_is_the_runs(tmp_path):
    steps = [
        {"action": "open a.py\n", "observation": "[File: a.py]", "response": "Open it."},
        {"action": "submit\n", "observation": "diff", "response": "Done."},
    ]
    history = [
        {"role": "system", "content": "You fix bugs."},
        {"role": "user", "content": "A demonstration", "is_demo": True},
        {"role": "user", "content": "ISSUE: colon"},
        {"role": "assistant", "content": "Open it.", "action": "open a.py\n"},
        {"role": "user", "content": "[File: a.py]"},
        {"role": "assistant", "content": "Done.", "action": "submit\n"},
    ]
    stats = {"instance_cost": 0.5, "tokens_sent": 100, "tokens_received": 7, "api_calls": 2}
    run = {"trajectory": steps, "history": history, "info": {"model_stats": stats}}
    replay = {"trajectory": steps, "history": [],
              "info": {"model_stats": {"instance_cost": 0, "tokens_sent": 0}}}  # fmt: skip
    got = take(lines(tmp_path, run, replay))
    first = [s for s in got.spans if s.trace_id == got.spans[0].trace_id]
    second = [s for s in got.spans if s.trace_id != got.spans[0].trace_id]
    for spans in (first, second):
        assert [s.name for s in spans] == ["swe-agent", "assistant", "open", "assistant", "submit"]
        results = [got.texts(s.output_hashes)[0][1] for s in spans if s.type == "tool"]
        assert results == ["[File: a.py]", "diff"]
        asked = got.texts(spans[2].input_hashes)
        assert asked == [("tool_call", '{"command":"open a.py\\n"}')]
    root = first[0]
    assert got.texts(root.input_hashes) == [("user", "ISSUE: colon")]
    spent = (root.input_tokens, root.output_tokens, root.cost_usd, root.cost_source)
    assert spent == (100, 7, 0.5, "reported")
    assert (second[0].input_tokens, second[0].cost_usd, second[0].cost_source) == (None, None, None)


def test_every_golden_file_is_claimed_by_one_format(tmp_path, sdk_spans):
    claims = {
        "mlflow_traces.jsonl": "mlflow", "phoenix_rows.jsonl": "otel_spans",
        "langfuse_observations.jsonl": "langfuse", "langfuse_scores.jsonl": "langfuse",
    }  # fmt: skip
    for name, expected in claims.items():
        first = json.loads((GOLDEN / name).read_text(encoding="utf-8").partition("\n")[0])
        takers = [n for n, f in formats().items() if f.sniff(Head(b"", first))]
        assert takers == [expected]
    assert list(formats())[-1] == "chat"


def test_compressed_files_archives_and_folders(tmp_path):
    source = GOLDEN / "mlflow_traces.jsonl"
    (tmp_path / "deep").mkdir()
    with gzip.open(tmp_path / "deep" / "no-suffix", "wb") as out:
        out.write(source.read_bytes())
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/a.jsonl", source.read_bytes())
        archive.writestr("inner/b.txt", "hello")
    shutil.copy(source, tmp_path / "wrong.csv")
    (tmp_path / ".hidden").write_text("{}", encoding="utf-8")
    got = take(tmp_path)
    assert len(got.spans) == 18
    assert len({s.id for s in got.spans}) == 6
    assert [(u.path.rpartition("/")[2], u.reason) for u in got.unread] == [
        ("b.txt", "is text, but not JSON, JSON lines or CSV")
    ]
    assert "all.zip!inner/b.txt" in got.unread[0].path


def test_a_format_that_was_named_is_used_and_says_what_it_misses(tmp_path):
    path = lines(tmp_path, {"messages": [{"role": "user", "content": "hi"}]})
    got = take(path, source="mlflow")
    assert got.reasons() == [(1, "no MLflow trace: no `info` and `data.spans`")]
    with pytest.raises(NotFound, match="no format is called `excel`") as caught:
        read(path, source="excel", project="p", options=ReadOptions(), intake=Intake())
    assert "langfuse" in caught.value.hint
    with pytest.raises(NotFound, match="is not there"):
        read(tmp_path / "nowhere", project="p", intake=Intake())
