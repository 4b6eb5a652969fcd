"""`@solvent.trace`: what is recorded, and that the function stays what it was."""

import asyncio
import functools
import inspect
import json

import pytest

import solvent
from solvent.sdk.active import Active
from tests.sdk.receiver import attributes


def sent(client, receiver, name):
    delivery = client.flush(5)
    assert delivery.complete, delivery
    return receiver.named(name)


def test_inputs_are_bound_to_names_and_output_is_json(client, receiver):
    @solvent.trace
    def add(a, b=2, *rest, **more):
        return {"sum": a + b}

    assert add(1, 3, 4, extra=True) == {"sum": 4}
    found = attributes(sent(client, receiver, "add"))
    assert json.loads(found["input.value"]) == {"a": 1, "b": 3, "rest": [4], "extra": True}
    assert json.loads(found["output.value"]) == {"sum": 4}
    assert found["input.mime_type"] == found["output.mime_type"] == "application/json"
    assert found["code.function.name"].endswith("test_trace.test_inputs_are_bound_to_names"
                                                "_and_output_is_json.<locals>.add")  # fmt: skip


def test_nesting_makes_one_trace(client, receiver):
    @solvent.trace
    def inner():
        return solvent.current_trace_id()

    @solvent.trace
    def outer():
        return inner()

    trace_id = outer()
    assert client.flush(5).sent == 2
    child, parent = receiver.named("inner"), receiver.named("outer")
    assert child.parent_span_id == parent.span_id
    assert child.trace_id == parent.trace_id == bytes.fromhex(trace_id)
    assert solvent.current_trace_id() is None


def test_an_exception_is_recorded_and_raised_unchanged(client, receiver):
    error = ValueError("no such city")

    @solvent.trace
    def fails():
        raise error

    with pytest.raises(ValueError, match="no such city") as caught:
        fails()
    assert caught.value is error
    span = sent(client, receiver, "fails")
    assert span.status.code == 2
    assert span.status.message == "ValueError: no such city"
    assert attributes(span)["error.type"] == "ValueError"
    event = attributes(span.events[0])
    assert event["exception.message"] == "no such city"
    assert "fails" in event["exception.stacktrace"]


def test_an_exception_whose_words_raise_is_recorded_by_type(client, receiver):
    class Awkward(Exception):
        def __str__(self):
            raise RuntimeError

    @solvent.trace
    def fails():
        raise Awkward

    with pytest.raises(Awkward):
        fails()
    assert sent(client, receiver, "fails").status.code == 2


def test_methods_of_every_kind(client, receiver):
    class Agent:
        @solvent.trace
        def plain(self, x):
            return x

        @solvent.trace
        @classmethod
        def outside(cls, x):
            return cls.__name__, x

        @classmethod
        @solvent.trace
        def inside(cls, x):
            return cls.__name__, x

        @solvent.trace
        @staticmethod
        def free(x):
            return x

        @solvent.trace(name="called")
        def __call__(self, x):
            return x

    agent = Agent()
    assert agent.plain(1) == 1
    assert Agent.outside(2) == agent.outside(2) == ("Agent", 2)
    assert Agent.inside(3) == ("Agent", 3)
    assert Agent.free(4) == agent.free(4) == 4
    assert agent(5) == 5
    assert client.flush(5).sent == 7
    for span in receiver.spans:
        assert set(json.loads(attributes(span)["input.value"])) == {"x"}, span.name


def test_callable_objects_partials_and_builtins(client, receiver):
    class Retriever:
        def __call__(self, query):
            return [query]

    class Async:
        async def __call__(self, query):
            return query

    assert solvent.trace(Retriever())("q") == ["q"]
    traced = solvent.trace(Async())
    assert inspect.iscoroutinefunction(traced)
    assert asyncio.run(traced("a")) == "a"
    assert solvent.trace(functools.partial(pow, 2))(5) == 32
    assert solvent.trace(len)([1, 2]) == 2
    client.flush(5)
    assert {s.name for s in receiver.spans} == {"Retriever", "Async", "pow", "len"}


@pytest.mark.parametrize("thing", [dict, 3, None.__class__])
def test_what_cannot_be_traced_is_said(thing):
    with pytest.raises(solvent.SolventError, match="is not a function"):
        solvent.trace(thing)


def test_a_decorated_function_stays_what_it_was():
    @solvent.trace
    def plain(a: int) -> int:
        """Say it."""
        return a

    @solvent.trace
    async def later():
        return 1

    @solvent.trace
    def stream():
        yield 1

    @solvent.trace
    async def async_stream():
        yield 1

    assert plain.__name__ == "plain"
    assert plain.__doc__ == "Say it."
    assert str(inspect.signature(plain)) == "(a: int) -> int"
    assert inspect.iscoroutinefunction(later)
    assert inspect.isgeneratorfunction(stream)
    assert inspect.isasyncgenfunction(async_stream)


def test_without_init_everything_works():
    assert Active.client is None

    @solvent.trace
    def f(x):
        return x

    @solvent.trace
    def g():
        got = yield 1
        return got

    @solvent.trace
    async def h():
        got = yield 1
        yield got

    async def use():
        stream = h()
        return [await stream.asend(None), await stream.asend(7)]

    running = g()
    assert f(1) == 1
    assert next(running) == 1
    with pytest.raises(StopIteration) as stop:
        running.send(5)
    assert stop.value.value == 5
    assert asyncio.run(use()) == [1, 7]
    with solvent.span("s") as step:
        step.set_input(1).set_usage(input_tokens=1).set_documents(["a"])
        assert step.trace_id is None
    solvent.update_span(input=1)
    solvent.update_trace(user_id="u")
    assert solvent.log_feedback("ok", True) is False
    assert str(solvent.flush()).startswith("tracing is off")
    assert not solvent.flush().complete


def test_types_write_current_conventions(client, receiver):
    @solvent.trace(type="tool")
    def search(city: str):
        return {"hits": 2}

    @solvent.trace(type="retriever")
    def retrieve(query):
        return [{"id": "d1", "score": 0.5, "text": "alpha"}, "beta"]

    @solvent.trace(type="llm")
    def chat(messages, model, temperature):
        return "hello"

    @solvent.trace(type="agent", attributes={"gen_ai.agent.version": "2"})
    def helper(task):
        return "done"

    search("Rome")
    retrieve("who")
    chat([{"role": "user", "content": "hi"}], model="gpt-x", temperature=0.2)
    helper("t")
    assert client.flush(5).complete
    tool = attributes(receiver.named("search"))
    assert tool["gen_ai.operation.name"] == "execute_tool"
    assert tool["gen_ai.tool.name"] == "search"
    assert json.loads(tool["gen_ai.tool.call.arguments"]) == {"city": "Rome"}
    assert json.loads(tool["gen_ai.tool.call.result"]) == {"hits": 2}
    found = attributes(receiver.named("retrieve"))
    assert found["gen_ai.operation.name"] == "retrieval"
    assert found["gen_ai.retrieval.query.text"] == "who"
    assert json.loads(found["gen_ai.retrieval.documents"]) == [
        {"id": "d1", "score": 0.5, "content": "alpha"},
        {"content": "beta"},
    ]
    model = attributes(receiver.named("chat"))
    assert model["gen_ai.operation.name"] == "chat"
    assert model["gen_ai.request.model"] == "gpt-x"
    assert model["gen_ai.request.temperature"] == 0.2
    assert json.loads(model["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]}
    ]
    assert json.loads(model["gen_ai.output.messages"])[0]["parts"][0]["content"] == "hello"
    agent = attributes(receiver.named("helper"))
    assert agent["gen_ai.operation.name"] == "invoke_agent"
    assert agent["gen_ai.agent.version"] == "2"
    assert agent["solvent.span.type"] == "agent"


def test_contents_can_be_kept_out(make_client, receiver):
    with make_client(capture_content=False).activated() as client:

        @solvent.trace(type="llm")
        def chat(messages):
            raise RuntimeError("secret words")

        with pytest.raises(RuntimeError):
            chat([{"role": "user", "content": "secret words"}])
        with solvent.span("s", type="retriever") as step:
            step.set_input("secret words").set_output("secret words").set_documents(
                ["secret words"]
            )
            step.set_tool("t", arguments="secret words", result="secret words")
            solvent.log_feedback("ok", 1, rationale="secret words")
        assert client.flush(5).complete
    text = "".join(str(request) for request in receiver.requests)
    assert "RuntimeError" in text
    assert "secret" not in text


def test_redaction_reaches_every_text_and_its_failure_withholds(make_client, receiver):
    def hide(text):
        return text.replace("4111", "####")

    with make_client(redact=hide).activated() as client:

        @solvent.trace(type="llm")
        def chat(messages):
            return "card 4111"

        @solvent.trace
        def fails(card):
            raise ValueError(f"bad card {card}")

        chat([{"role": "user", "content": [{"type": "text", "text": "my 4111"}]}])
        with pytest.raises(ValueError, match="4111"):
            fails("4111")
        assert client.flush(5).complete
    text = "".join(str(request) for request in receiver.requests)
    assert text.count("####") >= 4
    assert "4111" not in text

    def broken(text):
        raise KeyError(text)

    with make_client(redact=broken).activated() as client:
        solvent.trace(lambda card: card)("4111")
        assert client.flush(5).complete
    assert "4111" not in "".join(str(request) for request in receiver.requests)


def test_an_output_set_by_hand_wins(client, receiver):
    @solvent.trace
    def f():
        solvent.update_span(output="mine", prompt_name="triage", prompt_version=7)
        return "raw"

    f()
    found = attributes(sent(client, receiver, "f"))
    assert found["output.value"] == "mine"
    assert found["gen_ai.prompt.name"] == "triage"
    assert found["solvent.prompt.version"] == "7"
