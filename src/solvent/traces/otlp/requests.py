"""OTLP requests -> rows: a cheap check before the answer, the whole mapping behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from solvent.errors import Invalid, TooLarge
from solvent.traces.derive.spans import Deriver
from solvent.traces.messages_json import load
from solvent.traces.otlp import frames, json_form, protobuf
from solvent.traces.otlp.limits import (
    Rejected,
    id_fault,
    nested_deeper,
    over_attribute,
    over_count,
    over_events,
    over_nesting,
    over_span,
    require_count,
    require_size,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.batch import Batch
    from solvent.settings import Intake
    from solvent.traces.raw import Origin

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_PROTOBUFS = frozenset({PROTOBUF, "application/protobuf", "application/octet-stream"})
_JSONS = frozenset({JSON, "text/json"})
_WIRE_DEPTH = 48
"""The protobuf reader itself refuses attribute values nested this deep (100 messages)."""


class Checked(NamedTuple):
    """What a request will bring."""

    spans: int
    """Spans that will be stored."""
    rejected: list[Rejected]


class Decoded(NamedTuple):
    """What a request brought."""

    batch: Batch
    rejected: list[Rejected]


def check(body: bytes, content_type: str, intake: Intake) -> Checked:
    """Return how many spans a request brings and which are refused, as `decode` will.

    Raises:
        Invalid: The body is not OTLP in the named encoding.
        TooLarge: The request is over a bound.
    """
    if _encoding(content_type) == JSON:
        total, rejected = _check_json(_document(body, intake), len(body), intake)
    else:
        _, total, rejected = _check_wire(body, intake)
    return Checked(total - len(rejected), rejected)


def decode(
    body: bytes,
    content_type: str,
    *,
    project: str,
    intake: Intake,
    received_at: int,
    refused: Sequence[int] | None = None,
) -> Decoded:
    """Return the rows of a request.

    Args:
        body: The request body, inflated.
        content_type: The header; decides between protobuf and JSON.
        project: Where spans go whose resource names no project.
        intake: The bounds.
        received_at: Microseconds since 1970 UTC.
        refused: Places of the spans that `check` rejected, when it saw this body before; None
            checks it here.

    Raises:
        Invalid: The body is not OTLP in the named encoding.
        TooLarge: The request is over a bound.
    """
    deriver = Deriver(project, intake, received_at)
    rejected: list[Rejected] = []
    if _encoding(content_type) == JSON:
        document = _document(body, intake)
        if refused is None:
            _, rejected = _check_json(document, len(body), intake)
        _derive_json(document, deriver, _places(rejected, refused))
    else:
        if refused is None:
            found, _, rejected = _check_wire(body, intake)
        else:
            found = frames.groups(body, intake)
        _derive_wire(found, deriver, _places(rejected, refused))
    return Decoded(deriver.batch, rejected)


def _places(rejected: list[Rejected], refused: Sequence[int] | None) -> set[int]:
    return {one.place for one in rejected} if refused is None else set(refused)


def decode_document(document: Any, *, project: str, intake: Intake, received_at: int) -> Decoded:
    """Return the rows of one parsed OTLP/JSON document, such as a line of a file.

    Raises:
        Invalid: The document is not an OTLP trace request.
        TooLarge: It is over a bound.
    """
    deriver = Deriver(project, intake, received_at)
    _, rejected = _check_json(document, intake.max_inflated_bytes, intake)
    _derive_json(document, deriver, {one.place for one in rejected})
    return Decoded(deriver.batch, rejected)


def _encoding(content_type: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _PROTOBUFS:
        return PROTOBUF
    if kind in _JSONS:
        return JSON
    raise Invalid(
        f"`{content_type[:80]}` is not a content type of OTLP", hint=f"send {PROTOBUF} or {JSON}"
    )


def _document(body: bytes, intake: Intake) -> Any:
    require_size(len(body), intake)
    return load(body)


def _check_json(document: Any, size: int, intake: Intake) -> tuple[int, list[Rejected]]:
    sizes = size > min(intake.max_attribute_bytes, intake.max_span_bytes)
    listed = [span for _, _, spans in json_form.groups(document) for span in spans]
    require_count(len(listed), intake)
    rejected = []
    for place, span in enumerate(listed):
        wrong = json_form.fault(span, intake, sizes=sizes)
        if wrong:
            rejected.append(Rejected(place, *wrong))
    return len(listed), rejected


def _derive_json(document: Any, deriver: Deriver, skipped: set[int]) -> None:
    place = 0
    for resource, scope, spans in json_form.groups(document):
        origin = deriver.origin(json_form.shared(resource, scope))
        for span in spans:
            if place not in skipped:
                deriver.add(json_form.raw_span(span), origin)
            place += 1


def _check_wire(body: bytes, intake: Intake) -> tuple[list[frames.Group], int, list[Rejected]]:
    require_size(len(body), intake)
    found = frames.groups(body, intake)
    rejected = []
    place = 0
    known: set[tuple[bytes, bytes]] = set()
    try:
        for group in found:
            if group[:2] not in known:
                known.add(group[:2])
                if len(group.resource) + len(group.scope) > intake.max_span_bytes:
                    raise TooLarge(
                        f"a resource is {len(group.resource)} bytes; the bound is"
                        f" {intake.max_span_bytes}",
                        hint="send less, or raise `intake.max_span_bytes`",
                    )
                protobuf.shared(*group[:2])
            for span in group.spans:
                wrong = _wire_fault(span, intake)
                if wrong:
                    rejected.append(Rejected(place, frames.span_id(span), wrong))
                place += 1
    except (DecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"the body of {len(body)} bytes is not an OTLP protobuf request: {error}",
            hint="it may be truncated, or text in it is not UTF-8",
        ) from None
    return found, place, rejected


def _wire_fault(encoded: bytes, intake: Intake) -> str | None:
    size = len(encoded)
    if size > intake.max_span_bytes:
        large = frames.large_attribute(encoded, intake.max_attribute_bytes)
        return over_attribute(*large, intake) if large else over_span(size, intake)
    span = Span.FromString(encoded)
    wrong = id_fault(span.trace_id, span.span_id)
    if wrong:
        return wrong
    holders = [span]
    if span.events or span.links:
        number = max(len(span.events), len(span.links))
        if number > intake.max_events:
            return over_events(number, intake)
        holders += [*span.events, *span.links]
    most = max(len(holder.attributes) for holder in holders)
    if most > intake.max_attributes:
        return over_count(most, intake)
    return _values_fault(holders, size, intake)


def _values_fault(holders: list[Any], size: int, intake: Intake) -> str | None:
    if intake.max_nesting < _WIRE_DEPTH and any(
        nested_deeper([protobuf.read_any(pair.value)], intake.max_nesting)
        for holder in holders
        for pair in holder.attributes
    ):
        return over_nesting(intake)
    if size > intake.max_attribute_bytes:
        for holder in holders:
            for pair in holder.attributes:
                length = pair.value.ByteSize()
                if length > intake.max_attribute_bytes:
                    return over_attribute(pair.key, length, intake)
    return None


def _derive_wire(found: list[frames.Group], deriver: Deriver, skipped: set[int]) -> None:
    place = 0
    origins: dict[tuple[bytes, bytes], Origin] = {}
    for resource, scope, spans in found:
        origin = origins.get((resource, scope))
        if origin is None:
            origin = deriver.origin(protobuf.shared(resource, scope))
            origins[resource, scope] = origin
        for span in spans:
            if place not in skipped:
                deriver.add(protobuf.raw_span(span), origin)
            place += 1
