"""OTLP/JSON documents -> raw spans.

Ids are hex; base64, as generic protobuf writers send it, is understood too. 64-bit integers may be
strings or numbers, enums numbers or names, keys camel case or snake case; unknown keys are ignored.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from math import isfinite
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.traces.messages_json import dump
from solvent.traces.otlp.limits import (
    id_fault,
    nested_deeper,
    over_attribute,
    over_count,
    over_events,
    over_nesting,
    over_span,
)
from solvent.traces.otlp.protobuf import KINDS, spell
from solvent.traces.raw import RawEvent, RawLink, RawSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from solvent.settings import Intake

_BIGGEST = 1 << 64
_STATUS = {"STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}
_KIND = {
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
}


def groups(document: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], list[Any]]]:
    """Yield resource, scope and the spans under them.

    Raises:
        Invalid: The document is not an OTLP trace request.
    """
    if not isinstance(document, dict) or not isinstance(_get(document, "resourceSpans"), list):
        if document == {}:
            return
        raise Invalid(
            "the body is not an OTLP trace request: it has no list `resourceSpans`",
            hint='send {"resourceSpans": [...]}, see https://opentelemetry.io/docs/specs/otlp/',
        )
    for group in _get(document, "resourceSpans"):
        if not isinstance(group, dict):
            raise Invalid("`resourceSpans` holds something that is not an object")
        resource = group.get("resource")
        scopes = _get(group, "scopeSpans") or _get(group, "instrumentationLibrarySpans") or []
        if not isinstance(scopes, list):
            raise Invalid("`scopeSpans` is not a list")
        for scope in scopes:
            if not isinstance(scope, dict) or not isinstance(scope.get("spans", []), list):
                raise Invalid("`scopeSpans` holds something without a list `spans`")
            told = scope.get("scope")
            yield (
                resource if isinstance(resource, dict) else {},
                told if isinstance(told, dict) else {},
                scope.get("spans", []),
            )


def shared(resource: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a resource and the name of the scope."""
    found = pairs(resource.get("attributes"))
    if scope:
        found["otel.scope.name"] = str(scope.get("name") or "")
        if scope.get("version"):
            found["otel.scope.version"] = str(scope["version"])
    return found


def fault(span: Any, intake: Intake, *, sizes: bool) -> tuple[str, str] | None:
    """Return span id and reason of a span that is refused.

    Args:
        span: One element of `spans`.
        intake: The bounds.
        sizes: False when the whole request is below every size bound.
    """
    if not isinstance(span, dict):
        return "", "the span is not an object"
    trace_id, span_id = (id_bytes(_get(span, key)) for key in ("traceId", "spanId"))
    wrong = id_fault(trace_id, span_id) or _span_fault(span, intake, sizes=sizes)
    return None if wrong is None else (span_id.hex(), wrong)


def _span_fault(span: Mapping[str, Any], intake: Intake, *, sizes: bool) -> str | None:
    inner = [_listed(span.get(key)) for key in ("events", "links")]
    number = max(map(len, inner))
    if number > intake.max_events:
        return over_events(number, intake)
    held = [_listed(span.get("attributes"))]
    if number:
        held += [
            _listed(one.get("attributes"))
            for part in inner
            for one in part
            if isinstance(one, dict)
        ]
    for listed in held:
        if len(listed) > intake.max_attributes:
            return over_count(len(listed), intake)
    if any(_nested(pair, intake.max_nesting) for listed in held for pair in listed):
        return over_nesting(intake)
    return _size_fault(span, held, intake) if sizes else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _nested(pair: Any, depth: int) -> bool:
    value = pair.get("value") if isinstance(pair, dict) else None
    return (
        isinstance(value, dict)
        and any(type(one) is dict or type(one) is list for one in value.values())
        and nested_deeper(value, depth)
    )


def _size_fault(span: Mapping[str, Any], held: list[list[Any]], intake: Intake) -> str | None:
    size = len(dump(span).encode())
    if size <= intake.max_attribute_bytes and size <= intake.max_span_bytes:
        return None
    for listed in held:
        for pair in listed:
            value = pair.get("value") if isinstance(pair, dict) else None
            length = len(dump(value).encode())
            if length > intake.max_attribute_bytes:
                return over_attribute(str(pair.get("key")), length, intake)
    return over_span(size, intake) if size > intake.max_span_bytes else None


def raw_span(span: Mapping[str, Any]) -> RawSpan:
    """Return one span in plain values."""
    attributes = pairs(span.get("attributes"))
    kind = span.get("kind")
    kind = _KIND.get(kind) if isinstance(kind, str) else kind
    if isinstance(kind, int) and kind in KINDS:
        attributes["otel.span.kind"] = KINDS[kind]
    dropped = integer(_get(span, "droppedAttributesCount"))
    if dropped:
        attributes["otel.dropped_attributes_count"] = dropped
    status = span.get("status")
    status = status if isinstance(status, dict) else {}
    code = status.get("code", 0)
    code = _STATUS.get(code, 0) if isinstance(code, str) else code
    parent = id_bytes(_get(span, "parentSpanId"))
    events, links = span.get("events"), span.get("links")
    return RawSpan(
        id_bytes(_get(span, "traceId")).hex(),
        id_bytes(_get(span, "spanId")).hex(),
        parent.hex() if any(parent) else None,
        str(span.get("name") or ""),
        integer(_get(span, "startTimeUnixNano")),
        integer(_get(span, "endTimeUnixNano")),
        code if isinstance(code, int) else 0,
        str(status.get("message") or ""),
        attributes,
        [_event(e) for e in events if isinstance(e, dict)] if isinstance(events, list) else [],
        [_link(e) for e in links if isinstance(e, dict)] if isinstance(links, list) else [],
    )


def _event(event: Mapping[str, Any]) -> RawEvent:
    at = integer(_get(event, "timeUnixNano"))
    return RawEvent(str(event.get("name") or ""), at, pairs(event.get("attributes")))


def _link(link: Mapping[str, Any]) -> RawLink:
    trace_id, span_id = (id_bytes(_get(link, key)).hex() for key in ("traceId", "spanId"))
    return RawLink(trace_id, span_id, pairs(link.get("attributes")))


def pairs(listed: Any) -> dict[str, Any]:
    """Return key-value pairs as a dictionary; of a repeated key the last counts."""
    found: dict[str, Any] = {}
    if isinstance(listed, list):
        for pair in listed:
            if isinstance(pair, dict) and isinstance(pair.get("key"), str):
                found[pair["key"]] = any_value(pair.get("value"))
    return found


def any_value(value: Any) -> Any:
    """Return a JSON `AnyValue` as a plain value; the caller has bounded its depth."""
    if not isinstance(value, dict):
        return _same(value)
    for key, inner in value.items():
        read = _VALUES.get(key.replace("_", "").lower())
        if read:
            return read(inner)
    return None


def _string(value: Any) -> str:
    return value if isinstance(value, str) else dump(value)


def _same(value: Any) -> Any:
    return dump(value) if isinstance(value, dict | list) else value


def _array(value: Any) -> list[Any]:
    listed = value.get("values") if isinstance(value, dict) else None
    return [any_value(one) for one in listed] if isinstance(listed, list) else []


def _kvlist(value: Any) -> dict[str, Any]:
    return pairs(value.get("values") if isinstance(value, dict) else None)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 20:  # noqa: PLR2004  64 bits
            return int(value)
    return _same(value)


def _double(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return spell(value)
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return number if isfinite(number) else spell(number)
    return _same(value)


_VALUES: dict[str, Callable[[Any], Any]] = {
    "stringvalue": _string,
    "intvalue": _whole,
    "boolvalue": _same,
    "doublevalue": _double,
    "bytesvalue": _same,
    "arrayvalue": _array,
    "kvlistvalue": _kvlist,
}


def integer(value: Any) -> int:
    """Return an unsigned 64-bit integer given as a number or a string, else 0."""
    value = _whole(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if isinstance(value, float) and not isfinite(value):
        return 0
    return int(value) if 0 <= value < _BIGGEST else 0


def id_bytes(value: Any) -> bytes:
    """Return an id given in hex, or in the base64 that generic protobuf writers send."""
    if not isinstance(value, str):
        return b""
    try:
        found = bytes.fromhex(value)
    except ValueError:
        found = b""
    if len(found) in {8, 16}:
        return found
    try:
        return b64decode(value, validate=True) or found
    except (NotBase64, ValueError):
        return found


def _get(holder: Mapping[str, Any], key: str) -> Any:
    """Return a value under its camel case or snake case name."""
    if key in holder:
        return holder[key]
    return holder.get("".join(f"_{c.lower()}" if c.isupper() else c for c in key))
