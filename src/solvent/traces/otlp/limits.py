"""Which spans of a request are refused, and why: one place, so that all paths agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import TooLarge

if TYPE_CHECKING:
    from solvent.settings import Intake

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8


class Rejected(NamedTuple):
    """One span that is not taken."""

    place: int
    """Place in the request, counted from 0 over all resources and scopes."""
    span: str
    """Span id as sent, in hex; empty when there is none."""
    reason: str
    """A sentence that names the bound and the setting behind it."""


def id_fault(trace_id: bytes, span_id: bytes) -> str | None:
    """Return what is wrong with the ids of a span."""
    if len(trace_id) != TRACE_ID_BYTES or not any(trace_id):
        return f"the trace id is {_size(trace_id)}; OTLP asks for 16 bytes that are not all zero"
    if len(span_id) != SPAN_ID_BYTES or not any(span_id):
        return f"the span id is {_size(span_id)}; OTLP asks for 8 bytes that are not all zero"
    return None


def _size(given: bytes) -> str:
    return "all zero" if given and not any(given) else f"{len(given)} bytes"


def over_span(size: int, intake: Intake) -> str:
    """Return the sentence for a span over its bound."""
    return (
        f"the span is {size} bytes; the bound is {intake.max_span_bytes} (`intake.max_span_bytes`)"
    )


def over_attribute(name: str, size: int, intake: Intake) -> str:
    """Return the sentence for an attribute over its bound."""
    return (
        f"the attribute `{name[:80]}` is {size} bytes; the bound is {intake.max_attribute_bytes}"
        " (`intake.max_attribute_bytes`)"
    )


def over_count(number: int, intake: Intake) -> str:
    """Return the sentence for a span with too many attributes."""
    return (
        f"the span, an event or a link has {number} attributes;"
        f" the bound is {intake.max_attributes} (`intake.max_attributes`)"
    )


def over_events(number: int, intake: Intake) -> str:
    """Return the sentence for a span with too many events or links."""
    return (
        f"the span has {number} events or links; the bound is {intake.max_events}"
        " (`intake.max_events`)"
    )


def over_nesting(intake: Intake) -> str:
    """Return the sentence for a value nested too deep."""
    return f"a value is nested deeper than {intake.max_nesting} levels (`intake.max_nesting`)"


def require_count(number: int, intake: Intake) -> None:
    """Refuse a request with more spans than the bound.

    Raises:
        TooLarge: There are more.
    """
    if number > intake.max_spans_per_request:
        raise TooLarge(
            f"the request has {number} spans; the bound is {intake.max_spans_per_request}",
            hint="send smaller batches, or raise `intake.max_spans_per_request`",
        )


def require_size(size: int, intake: Intake) -> None:
    """Refuse a body that is larger than an inflated one may be.

    Raises:
        TooLarge: It is.
    """
    if size > intake.max_inflated_bytes:
        raise TooLarge(
            f"the body is {size} bytes; the bound is {intake.max_inflated_bytes}",
            hint="send smaller batches, or raise `intake.max_inflated_bytes`",
        )


def nested_deeper(value: Any, depth: int) -> bool:
    """Tell whether lists and objects are nested deeper than `depth`, without recursion."""
    level = [value]
    while level:
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(v for v in one.values() if isinstance(v, dict | list))
            elif isinstance(one, list):
                inner.extend(v for v in one if isinstance(v, dict | list))
        level = inner
        depth -= 1
        if depth < 0:
            return bool(level)
    return False
