"""What the tracer tells us: spans start and end; a trace's attributes reach its later spans."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import SpanProcessor

from solvent.sdk.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span

    from solvent.sdk.outbox import Outbox

_MAX_TRACES = 10_000
"""Traces followed at once; beyond it `update_trace` reaches only the current span."""


class _Trace:
    """A trace with open spans here."""

    __slots__ = ("attributes", "open", "root")

    def __init__(self, root: Span) -> None:
        self.root = root
        self.open = 0
        self.attributes: dict[str, Any] = {}


class Recorder(SpanProcessor):
    """Counts spans, hands ended ones to the outbox, and spreads a trace's attributes."""

    def __init__(self, outbox: Outbox, lock: threading.Lock) -> None:
        self.outbox = outbox
        self._lock = lock
        self._open: set[int] = set()
        self._traces: dict[int, _Trace] = {}
        self._started = self._ended = 0

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Count the span and give it what `update_trace` said earlier."""
        context = span.context
        if not context.trace_flags & 1 or self.outbox.closed:
            return
        with self._lock:
            self._started += 1
            self._open.add(context.span_id)
            trace = self._traces.get(context.trace_id)
            if trace is None:
                if len(self._traces) >= _MAX_TRACES:
                    return
                trace = self._traces[context.trace_id] = _Trace(span)
            trace.open += 1
        if trace.attributes:
            span.set_attributes(trace.attributes)

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span; never waits."""
        context = span.context
        if context is None or not context.trace_flags & 1:
            return
        with self._lock:
            if context.span_id in self._open:
                self._open.discard(context.span_id)
            elif self.outbox.closed:
                return
            else:
                self._started += 1  # it began before we joined the application's provider
            self._ended += 1
            trace = self._traces.get(context.trace_id)
            if trace is not None:
                trace.open -= 1
                if trace.open <= 0:
                    del self._traces[context.trace_id]
            self.outbox.put(span)

    def update_trace(self, trace_id: int, attributes: Mapping[str, Any]) -> None:
        """Set attributes on the trace's root and on the spans that start from now on."""
        with self._lock:
            trace = self._traces.get(trace_id)
            if trace is None:
                return
            trace.attributes = {**trace.attributes, **attributes}
            root = trace.root
        if root.is_recording():
            root.set_attributes(attributes)

    def update_root(self, trace_id: int, attributes: Mapping[str, Any]) -> None:
        """Set attributes on the trace's root alone."""
        with self._lock:
            trace = self._traces.get(trace_id)
        if trace is not None and trace.root.is_recording():
            trace.root.set_attributes(attributes)

    def delivery(self) -> Delivery:
        """Return the counts of this moment."""
        box = self.outbox
        with self._lock:
            return Delivery(
                endpoint=box.post.url,
                started=self._started,
                ended=self._ended,
                sent=box.sent,
                rejected=box.rejected,
                dropped=box.dropped,
                failed=box.failed,
                pending=len(self._open) + box.waiting,
                rejection=box.rejection,
                cause=box.cause,
                hint=box.hint,
            )

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send what is queued; True when nothing is left."""
        self.outbox.flush(timeout_millis / 1000)
        return not self.outbox.waiting

    def shutdown(self) -> None:
        """Send what is queued when the application shuts its provider down."""
        self.outbox.flush(5.0)

    def reset(self) -> None:
        """Start from nothing in the child after a fork; the parent sends its own spans."""
        self._lock = threading.Lock()
        self._open.clear()
        self._traces.clear()
        self._started = self._ended = 0
        self.outbox.reset(self._lock)
