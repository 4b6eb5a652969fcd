"""The frame of an OTLP protobuf request: resources, scopes and spans as slices of the body.

A request of many tiny messages takes up to a hundred times its bytes once it is parsed. Cutting
the body into spans first, and parsing one span at a time, bounds that by the largest span.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from solvent.errors import Invalid, TooLarge
from solvent.traces.otlp.limits import require_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.settings import Intake

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MORE, _LOW, _LONGEST = 0x80, 0x7F, 70
_FIRST, _SECOND = 1, 2  # resource_spans, resource, scope; scope_spans, spans, span_id
_ATTRIBUTES = 9
_ID_WITHIN, _SEARCHED = 16, 10_000


class Group(NamedTuple):
    """Encoded spans with the encoded resource and scope they share."""

    resource: bytes
    scope: bytes
    spans: list[bytes]


def groups(body: bytes, intake: Intake) -> list[Group]:
    """Return the groups of a request.

    Raises:
        Invalid: The body is not framed as a trace request.
        TooLarge: It holds more spans, or more resources and scopes, than spans may be.
    """
    found: list[Group] = []
    spans = frames = 0
    for number, start, end in _fields(body, 0, len(body)):
        if number != _FIRST:
            continue
        inner = list(_bounded(_fields(body, start, end), intake))
        resource = b"".join(body[a:b] for n, a, b in inner if n == _FIRST)
        frames += 1
        for n, a, b in inner:
            if n != _SECOND:
                continue
            parts = list(_bounded(_fields(body, a, b), intake))
            scope = b"".join(body[x:y] for m, x, y in parts if m == _FIRST)
            held = [body[x:y] for m, x, y in parts if m == _SECOND]
            spans, frames = spans + len(held), frames + 1
            require_count(spans, intake)
            found.append(Group(resource, scope, held))
        if frames > intake.max_spans_per_request:
            raise _too_many(intake)
    return found


def span_id(span: bytes) -> str:
    """Return the id in an encoded span that is not parsed, in hex; empty when it is not found."""
    for place, (number, start, end) in enumerate(_fields(span, 0, len(span))):
        if number == _SECOND:
            return span[start:end].hex()
        if place > _ID_WITHIN:
            break
    return ""


def large_attribute(span: bytes, bound: int) -> tuple[str, int] | None:
    """Return name and size of the first attribute value over a bound in a span not parsed."""
    for place, (number, start, end) in enumerate(_fields(span, 0, len(span))):
        if number == _ATTRIBUTES and end - start > bound:
            parts = {n: (a, b) for n, a, b in _fields(span, start, end)}
            name, value = parts.get(_FIRST, (0, 0)), parts.get(_SECOND, (0, 0))
            if value[1] - value[0] > bound:
                return span[slice(*name)].decode("utf-8", "replace"), value[1] - value[0]
        if place > _SEARCHED:
            break
    return None


def _bounded(
    fields: Iterator[tuple[int, int, int]], intake: Intake
) -> Iterator[tuple[int, int, int]]:
    for place, field in enumerate(fields):
        if place > intake.max_spans_per_request + 2:
            raise _too_many(intake)
        yield field


def _too_many(intake: Intake) -> TooLarge:
    return TooLarge(
        f"the request has more than {intake.max_spans_per_request} spans, or resources and scopes",
        hint="send smaller batches, or raise `intake.max_spans_per_request`",
    )


def _fields(body: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of every length-delimited field; others are passed over."""
    while at < end:
        tag, at = _varint(body, at, end)
        kind = tag & 7
        if kind == _LENGTH:
            size, at = _varint(body, at, end)
            if size > end - at:
                raise _broken(body, "it ends before its parts do")
            yield tag >> 3, at, at + size
            at += size
        elif kind == _VARINT:
            _, at = _varint(body, at, end)
        elif kind in {_FIXED64, _FIXED32}:
            at += 8 if kind == _FIXED64 else 4
        else:
            raise _broken(body, f"byte {at} begins no field")
    if at != end:
        raise _broken(body, "it ends before its parts do")


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < _LONGEST:
        byte = body[at]
        at += 1
        value |= (byte & _LOW) << shift
        if byte < _MORE:
            return value, at
        shift += 7
    raise _broken(body, "it ends before its parts do")


def _broken(body: bytes, why: str) -> Invalid:
    return Invalid(
        f"the body of {len(body)} bytes is not an OTLP protobuf request: {why}",
        hint="it may be truncated, still compressed, or JSON under the wrong content type",
    )
