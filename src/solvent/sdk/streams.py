"""Streams: one span from the first item asked for until the stream is exhausted or given up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, detach
from opentelemetry.trace import INVALID_SPAN, set_span_in_context

from solvent.sdk.active import Active
from solvent.sdk.step import end, fail, write
from solvent.sdk.values import plain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from solvent.sdk.active import Recording
    from solvent.sdk.plan import Plan

_ITEM_BYTES = 4096


class Flow:
    """The span of one stream, and what came out of it.

    The span is current only while the stream's own code runs, so nothing leaks to whoever
    consumes it. It ends when the flow is dropped at the latest: an abandoned async generator is
    not always closed by its loop.
    """

    def __init__(
        self, client: Recording | None, plan: Plan, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.client = client
        self.plan = plan
        self.span = INVALID_SPAN if client is None else plan.begin(client, args, kwargs)
        self.context = set_span_in_context(self.span)
        self.count = 0
        self.how = "dropped"
        self._started = time.perf_counter()
        self._first: float | None = None
        self._texts: list[str] = []
        self._items: list[Any] = []
        self._room = client.contents.max_bytes if client else 0

    def enter(self) -> Any:
        """Make the span current."""
        return attach(self.context) if self.client else None

    def leave(self, token: Any) -> None:
        """Give the consumer its own context back."""
        if token is not None:
            detach(token)

    def add(self, item: Any) -> None:
        """Count an item and keep it while there is room."""
        if self.client is None:
            return
        if self._first is None:
            self._first = time.perf_counter() - self._started
        self.count += 1
        if self._room <= 0 or not self.plan.capture_output:
            return
        if isinstance(item, str):
            self._texts.append(item[: self._room])
            self._room -= len(item)
        elif self.client.contents.capture:
            kept = plain(item, min(self._room, _ITEM_BYTES))
            self._items.append(kept)
            self._room -= len(repr(kept))

    def failed(self, error: BaseException) -> None:
        """Record that the stream's code raised."""
        self.how = "failed"
        if self.client is not None:
            fail(self.client, self.span, error)

    def close(self) -> None:
        """Write what came out, and end the span."""
        if self.client is None or not self.span.is_recording():
            return
        facts: dict[str, Any] = {
            "solvent.stream.items": self.count,
            "solvent.stream.end": self.how,
        }
        if self._first is not None:
            facts["gen_ai.response.time_to_first_chunk"] = self._first
        write(self.span, facts)
        if self.count and len(self._texts) + len(self._items):
            result = self._items or "".join(self._texts)
            if self._items and self._texts:
                result = [*self._texts, *self._items]
            self.plan.finish(self.client, self.span, result)
        end(self.span)

    def __del__(self) -> None:
        """End the span of a stream that nobody closed."""
        if hasattr(self, "_room"):
            self.close()


def stream(function: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
    """Return a generator function whose streams run inside a span."""

    def generate(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner = function(*args, **kwargs)
        client = Active.client
        if client is None:
            return (yield from inner)
        flow = Flow(client, plan, args, kwargs)
        sent: Any = None
        thrown: BaseException | None = None
        try:
            while True:
                token = flow.enter()
                try:
                    item = inner.send(sent) if thrown is None else inner.throw(thrown)
                except StopIteration as stop:
                    flow.how = "exhausted"
                    return stop.value
                finally:
                    flow.leave(token)
                flow.add(item)
                sent = thrown = None
                try:
                    sent = yield item
                except GeneratorExit:
                    flow.how = "closed"
                    token = flow.enter()
                    try:
                        inner.close()
                    finally:
                        flow.leave(token)
                    raise
                except BaseException as error:  # noqa: BLE001  it is thrown into the stream's own code
                    thrown = error
        except GeneratorExit:
            raise
        except BaseException as error:
            flow.failed(error)
            raise
        finally:
            thrown = None
            flow.close()

    return generate


def async_stream(function: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
    """Return an async generator function whose streams run inside a span."""

    async def generate(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        flow = Flow(Active.client, plan, args, kwargs)
        sent: Any = None
        thrown: BaseException | None = None
        try:
            while True:
                token = flow.enter()
                try:
                    item = await (inner.asend(sent) if thrown is None else inner.athrow(thrown))
                except StopAsyncIteration:
                    flow.how = "exhausted"
                    return
                finally:
                    flow.leave(token)
                flow.add(item)
                sent = thrown = None
                try:
                    sent = yield item
                except GeneratorExit:
                    flow.how = "closed"
                    token = flow.enter()
                    try:
                        await inner.aclose()
                    finally:
                        flow.leave(token)
                    raise
                except BaseException as error:  # noqa: BLE001  it is thrown into the stream's own code
                    thrown = error
        except GeneratorExit:
            raise
        except BaseException as error:
            flow.failed(error)
            raise
        finally:
            thrown = None
            flow.close()

    return generate
