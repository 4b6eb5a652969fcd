"""`solvent.span`, and what is said about the current span, trace and answer."""

import asyncio
import contextvars
import json
import threading

import pytest

import solvent
from tests.sdk.receiver import attributes


def finished(client, receiver, name):
    delivery = client.flush(5)
    assert delivery.complete, delivery
    return attributes(receiver.named(name))


def test_a_model_call_by_hand(client, receiver):
    with solvent.span("answer", type="llm", team="search") as step:
        step.set_model("claude-x", provider="anthropic").set_input("hi").set_output("hello")
        step.set_input([{"role": "user", "content": "hi"}])
        step.set_usage(input_tokens=10, output_tokens=3, cache_read_tokens=4, cost_usd=0.001)
        step.set_prompt("support/triage", 7)
        assert step.trace_id == solvent.current_trace_id()
        assert len(step.span_id) == 16
    found = finished(client, receiver, "answer")
    assert found["gen_ai.operation.name"] == "chat"
    assert found["gen_ai.request.model"] == "claude-x"
    assert found["gen_ai.provider.name"] == "anthropic"
    assert found["gen_ai.usage.input_tokens"] == 10
    assert found["gen_ai.usage.cache_read.input_tokens"] == 4
    assert "gen_ai.usage.reasoning.output_tokens" not in found
    assert found["llm.cost.total"] == 0.001
    assert found["gen_ai.prompt.name"] == "support/triage"
    assert found["solvent.prompt.version"] == "7"
    assert found["team"] == "search"


def test_a_tool_by_hand(client, receiver):
    with solvent.span("lookup", type="tool") as step:
        step.set_tool("crm/find", version="3", call_id="c1", arguments={"q": 1}, result=[1])
    found = finished(client, receiver, "lookup")
    assert found["gen_ai.tool.name"] == "crm/find"
    assert found["solvent.tool.version"] == "3"
    assert found["gen_ai.tool.call.id"] == "c1"
    assert json.loads(found["gen_ai.tool.call.arguments"]) == {"q": 1}
    assert json.loads(found["gen_ai.tool.call.result"]) == [1]


def test_async_spans_and_exceptions(client, receiver):
    async def use():
        async with solvent.span("outer"):
            with pytest.raises(KeyError):
                async with solvent.span("inner"):
                    raise KeyError("k")

    asyncio.run(use())
    client.flush(5)
    assert receiver.named("inner").parent_span_id == receiver.named("outer").span_id
    assert receiver.named("inner").status.code == 2
    assert receiver.named("outer").status.code == 0


def test_one_handle_used_again_makes_another_span(client, receiver):
    step = solvent.span("again")
    for _ in range(2):
        with step:
            pass
    assert client.flush(5).sent == 2
    assert len({s.span_id for s in receiver.spans}) == 2


def test_values_after_the_end_change_nothing(client, receiver, caplog):
    with solvent.span("s") as step:
        pass
    step.set_output("late")
    assert "output.value" not in finished(client, receiver, "s")
    assert caplog.text == ""


def test_the_trace_s_facts_reach_root_current_and_later_spans(client, receiver):
    with solvent.span("root"):
        with solvent.span("before"):
            pass
        with solvent.span("current"):
            solvent.update_trace(
                session_id="s-1",
                user_id="u-1",
                tags=["a", "b"],
                app_version="2",
                environment="prod",
                outcome="failure",
                metadata={"k": [1]},
            )
            with solvent.span("later"):
                pass
    with solvent.span("other"):
        pass
    assert client.flush(5).complete
    for name in ("root", "current", "later"):
        found = attributes(receiver.named(name))
        assert found["session.id"] == found["gen_ai.conversation.id"] == "s-1"
        assert found["user.id"] == "u-1"
        assert found["solvent.tags"] == ["a", "b"]
        assert found["solvent.app.version"] == "2"
        assert found["deployment.environment.name"] == "prod"
        assert json.loads(found["metadata"]) == {"k": [1]}
        assert ("solvent.outcome" in found) == (name == "root")
    for name in ("before", "other"):
        assert "session.id" not in attributes(receiver.named(name))


def test_concurrent_tasks_keep_their_traces_apart(client, receiver):
    @solvent.trace
    async def step(user):
        await asyncio.sleep(0.001)
        return solvent.current_trace_id()

    @solvent.trace
    async def handle(user):
        solvent.update_trace(user_id=user)
        inside = await asyncio.gather(*(step(user) for _ in range(3)))
        assert set(inside) == {solvent.current_trace_id()}

    async def serve():
        await asyncio.gather(*(handle(f"u{n}") for n in range(30)))

    asyncio.run(serve())
    delivery = client.flush(5)
    assert delivery.complete
    assert delivery.sent == 120
    users = {}
    for span in receiver.spans:
        users.setdefault(span.trace_id, set()).add(attributes(span)["user.id"])
    assert len(users) == 30
    assert all(len(found) == 1 for found in users.values())


def test_a_thread_with_a_copied_context_joins_the_trace(client, receiver):
    def work():
        with solvent.span("elsewhere"):
            pass

    with solvent.span("root"):
        copied = contextvars.copy_context()
        thread = threading.Thread(target=lambda: copied.run(work))
        thread.start()
        thread.join()
    client.flush(5)
    assert receiver.named("elsewhere").parent_span_id == receiver.named("root").span_id


@pytest.mark.parametrize(
    ("value", "score", "label"), [(True, 1.0, "true"), (0.5, 0.5, None), ("poor", None, "poor")]
)
def test_feedback_inside_the_trace_is_an_event(client, receiver, value, score, label):
    with solvent.span("s"):
        assert solvent.log_feedback(
            "helpful", value, rationale="short", source="human", source_id="ann"
        )
    client.flush(5)
    (event,) = receiver.named("s").events
    assert event.name == "gen_ai.evaluation.result"
    found = attributes(event)
    assert found["gen_ai.evaluation.name"] == "helpful"
    assert found.get("gen_ai.evaluation.score.value") == score
    assert found.get("gen_ai.evaluation.score.label") == label
    assert found["gen_ai.evaluation.explanation"] == "short"
    assert found["solvent.feedback.source"] == "human"
    assert found["solvent.feedback.source_id"] == "ann"


def test_feedback_on_a_trace_that_is_over_links_to_it(client, receiver):
    with solvent.span("answer") as step:
        trace_id, span_id = step.trace_id, step.span_id
    assert solvent.log_feedback("helpful", False, trace_id=trace_id)
    assert solvent.log_feedback("exact", 0.5, trace_id=trace_id, span_id=span_id)
    assert client.flush(5).complete
    whole = receiver.named("feedback helpful")
    assert whole.links[0].trace_id.hex() == trace_id
    assert attributes(whole)["solvent.feedback.trace_id"] == trace_id
    assert attributes(whole.events[0])["gen_ai.evaluation.score.value"] == 0.0
    one = receiver.named("feedback exact")
    assert (one.links[0].trace_id.hex(), one.links[0].span_id.hex()) == (trace_id, span_id)
    assert (one.trace_id.hex(), one.parent_span_id.hex()) == (trace_id, span_id)


def test_feedback_on_nothing_is_refused(client, caplog):
    assert not solvent.log_feedback("helpful", True)
    assert not solvent.log_feedback("helpful", True, trace_id="not hex")
    assert "needs `trace_id`" in caplog.text


def test_an_unknown_span_type_is_said(client, receiver, caplog):
    with solvent.span("s", type="retriver"):
        pass
    assert "`retriver` is not a span type" in caplog.text
    assert finished(client, receiver, "s")["solvent.span.type"] == "retriver"


def test_traces_are_forgotten_when_they_end(client):
    for _ in range(50):
        with solvent.span("root"), solvent.span("leaf"):
            pass
    assert not client.recorder._traces
    assert not client.recorder._open
