"""A span as it was sent, in plain Python values, whatever wire it came over."""

from __future__ import annotations

from typing import Any, NamedTuple


class RawEvent(NamedTuple):
    """Something that happened during a span."""

    name: str
    time_ns: int
    attributes: dict[str, Any]


class RawLink(NamedTuple):
    """A reference to a span of another trace."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any]


class RawSpan(NamedTuple):
    """One span before its attributes were understood."""

    trace_id: str
    """32 lower-case hex digits."""
    span_id: str
    """16 lower-case hex digits."""
    parent_id: str | None
    name: str
    start_ns: int
    """Nanoseconds since 1970 UTC; 0: the sender did not say."""
    end_ns: int
    status: int
    """0 unset, 1 ok, 2 error."""
    status_message: str
    attributes: dict[str, Any]
    events: list[RawEvent]
    links: list[RawLink]


class Origin(NamedTuple):
    """What all spans of one resource and scope have in common."""

    project: str
    service: str | None
    app_version: str | None
    environment: str | None
    resource: str
    """JSON object of the resource's attributes and the instrumentation scope."""
