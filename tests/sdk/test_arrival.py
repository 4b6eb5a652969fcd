"""What the SDK sends becomes the columns it was meant for."""

import json

import pytest

import solvent
from solvent.settings import Intake
from solvent.traces.otlp import PROTOBUF, decode


@pytest.fixture
def arrived(make_client, receiver):
    """Return a call that flushes, derives, and gives spans by name and assessments by name."""
    with make_client(
        project="shop", service="api", app_version="1.4", environment="test"
    ).activated() as client:

        def derive():
            assert client.flush(5).complete
            spans, judged = {}, {}
            for request in receiver.requests:
                body = request.SerializeToString()
                result = decode(body, PROTOBUF, project="x", intake=Intake(), received_at=1)
                assert not result.rejected
                spans.update({span.name: span for span in result.batch.spans})
                judged.update({one.name: one for one in result.batch.assessments})
            return spans, judged

        yield derive


def test_columns(arrived):
    @solvent.trace(type="tool")
    def find(name):
        solvent.update_span(tool_version="3")
        return {"id": 7}

    with solvent.span("answer", type="agent"):
        solvent.update_trace(
            session_id="s", user_id="u", tags=["a", "b"], outcome=False, outcome_reason="no rows"
        )
        with solvent.span("model", type="llm") as step:
            step.set_model("gpt-4o", provider="openai").set_prompt("triage", 7)
            step.set_input([{"role": "user", "content": "hi"}]).set_output("hello")
            step.set_usage(input_tokens=20, output_tokens=6, cache_read_tokens=4, cost_usd=0.5)
        with solvent.span("docs", type="retriever") as step:
            step.set_documents([{"content": "alpha", "score": 0.5}], query="q")
        with solvent.span("check", type="guardrail"):
            pass
        find("Ada")
    spans, judged = arrived()
    model, tool, root = spans["model"], spans["find"], spans["answer"]
    assert (root.type, root.agent, root.app_version) == ("agent", "answer", "1.4")
    assert (root.project, root.service, root.environment) == ("shop", "api", "test")
    assert (model.type, model.model, model.provider) == ("llm", "gpt-4o", "openai")
    assert (model.prompt_name, model.prompt_version) == ("triage", "7")
    assert (model.input_tokens, model.output_tokens, model.cache_read_tokens) == (20, 6, 4)
    assert (model.cost_usd, model.cost_source) == (0.5, "reported")
    assert (model.session_id, model.user_id, model.tags) == ("s", "u", ["a", "b"])
    assert (model.input_preview, model.output_preview) == ("hi", "hello")
    assert (tool.type, tool.tool_name, tool.tool_version) == ("tool", "find", "3")
    assert json.loads(tool.input_preview) == {"name": "Ada"}
    assert json.loads(tool.output_preview) == {"id": 7}
    assert spans["check"].type == "guardrail"
    assert spans["docs"].type == "retriever"
    assert spans["docs"].document_scores == [0.5]
    outcome = judged["outcome"]
    assert (outcome.value, outcome.label, outcome.source_type) == (0.0, "failure", "app")
    assert outcome.rationale == "no rows"
    assert (outcome.trace_id, outcome.span_id) == (root.trace_id, None)


def test_feedback(arrived):
    with solvent.span("answer") as step:
        trace_id, span_id = step.trace_id, step.span_id
        solvent.log_feedback("inside", 0.5, source="judge", source_id="tone@3")
    solvent.log_feedback("later", True, trace_id=trace_id, rationale="short", source_id="ann")
    solvent.log_feedback("step", "poor", trace_id=trace_id, span_id=span_id)
    _, judged = arrived()
    inside, later, step = judged["inside"], judged["later"], judged["step"]
    assert (inside.trace_id, inside.span_id) == (trace_id, span_id)
    assert (inside.value, inside.source_type, inside.source_id) == (0.5, "judge", "tone@3")
    assert (later.trace_id, later.span_id) == (trace_id, None)
    assert (later.value, later.label, later.source_type) == (1.0, "true", "human")
    assert (later.rationale, later.source_id) == ("short", "ann")
    assert (step.trace_id, step.span_id, step.label) == (trace_id, span_id, "poor")
