"""Generators: one span while they are iterated, however they end, invisible to the consumer."""

import asyncio
import contextlib
import gc
import json

import pytest

import solvent
from tests.sdk.receiver import attributes


@solvent.trace
def words(text):
    with solvent.span("inside"):
        pass
    yield from text.split(" ")


@solvent.trace
async def tokens(count):
    for n in range(count):
        await asyncio.sleep(0)
        with solvent.span("inside"):
            pass
        yield n


def finished(client, receiver, name):
    delivery = client.flush(5)
    assert delivery.complete, delivery
    span = receiver.named(name)
    return span, attributes(span)


def test_a_stream_is_one_span_with_its_text(client, receiver):
    seen = [(word, solvent.current_trace_id()) for word in words("a b c")]
    assert seen == [("a", None), ("b", None), ("c", None)]
    span, found = finished(client, receiver, "words")
    assert found["solvent.stream.items"] == 3
    assert found["solvent.stream.end"] == "exhausted"
    assert found["output.value"] == "abc"
    assert found["gen_ai.response.time_to_first_chunk"] >= 0
    assert json.loads(found["input.value"]) == {"text": "a b c"}
    assert receiver.named("inside").parent_span_id == span.span_id


def test_the_consumer_s_own_spans_are_not_children(client, receiver):
    with solvent.span("consumer"):
        for _ in words("a b"):
            with solvent.span("between"):
                pass
    client.flush(5)
    consumer = receiver.named("consumer")
    between = [s for s in receiver.spans if s.name == "between"]
    assert {s.parent_span_id for s in between} == {consumer.span_id}
    assert receiver.named("words").parent_span_id == consumer.span_id


def test_nothing_is_recorded_before_the_first_item(client):
    words("never asked")
    assert client.flush(1).started == 0


def test_a_stream_closed_early(client, receiver):
    stream = words("a b c")
    next(stream)
    stream.close()
    span, found = finished(client, receiver, "words")
    assert found["solvent.stream.end"] == "closed"
    assert found["solvent.stream.items"] == 1
    assert found["output.value"] == "a"
    assert span.status.code == 0


def test_a_stream_dropped(client, receiver):
    stream = words("a b c")
    next(stream)
    del stream
    gc.collect()
    _, found = finished(client, receiver, "words")
    assert found["solvent.stream.items"] == 1


def test_a_stream_that_raises(client, receiver):
    @solvent.trace
    def broken():
        yield {"n": 1}
        raise LookupError("gone")

    with pytest.raises(LookupError):
        list(broken())
    span, found = finished(client, receiver, "broken")
    assert span.status.code == 2
    assert found["solvent.stream.end"] == "failed"
    assert json.loads(found["output.value"]) == [{"n": 1}]


def test_send_throw_and_return_pass_through(client, receiver):
    @solvent.trace
    def echo():
        got = yield "ready"
        try:
            yield got
        except KeyError as error:
            yield f"caught {error}"
        return "end"

    stream = echo()
    assert next(stream) == "ready"
    assert stream.send("x") == "x"
    assert stream.throw(KeyError("k")) == "caught 'k'"
    with pytest.raises(StopIteration) as stop:
        next(stream)
    assert stop.value.value == "end"
    span, found = finished(client, receiver, "echo")
    assert found["solvent.stream.items"] == 3
    assert span.status.code == 0


def test_an_async_stream(client, receiver):
    async def use():
        return [(n, solvent.current_trace_id()) async for n in tokens(3)]

    assert asyncio.run(use()) == [(0, None), (1, None), (2, None)]
    delivery = client.flush(5)
    assert delivery.complete, delivery
    stream = receiver.named("tokens")
    inside = [s for s in receiver.spans if s.name == "inside"]
    assert {s.parent_span_id for s in inside} == {stream.span_id}
    assert json.loads(attributes(stream)["output.value"]) == [0, 1, 2]


def test_an_async_stream_left_in_the_middle(client, receiver):
    async def use():
        async for _ in tokens(5):
            break

    asyncio.run(use())
    gc.collect()
    client.flush(5)
    assert attributes(receiver.named("tokens"))["solvent.stream.items"] == 1


def test_an_async_stream_closed(client, receiver):
    async def use():
        stream = tokens(5)
        await anext(stream)
        await stream.aclose()

    asyncio.run(use())
    client.flush(5)
    assert attributes(receiver.named("tokens"))["solvent.stream.end"] == "closed"


def test_an_async_stream_dropped_without_a_loop(client, receiver):
    stream = tokens(5)
    step = stream.asend(None)
    with contextlib.suppress(StopIteration):  # so a coroutine says that it is done
        for _ in range(9):
            step.send(None)
    del step, stream
    gc.collect()
    client.flush(5)
    assert attributes(receiver.named("tokens"))["solvent.stream.items"] == 1


def test_async_send_and_throw_pass_through(client, receiver):
    @solvent.trace
    async def echo():
        got = yield "ready"
        try:
            yield got
        except KeyError:
            yield "caught"

    async def use():
        stream = echo()
        out = [await anext(stream), await stream.asend("x"), await stream.athrow(KeyError("k"))]
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        return out

    assert asyncio.run(use()) == ["ready", "x", "caught"]
    assert client.flush(5).complete


def test_long_streams_are_bounded(make_client, receiver):
    with make_client(max_content_bytes=1000).activated() as client:

        @solvent.trace
        def many():
            for _ in range(5000):
                yield "word"

        assert sum(1 for _ in many()) == 5000
        client.flush(5)
    found = attributes(receiver.named("many"))
    assert found["solvent.stream.items"] == 5000
    assert len(found["output.value"]) <= 1000
