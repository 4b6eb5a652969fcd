"""Opening, failing and closing spans for `trace` and `span`; nothing here raises."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from opentelemetry import trace as api

from solvent.records.span import SPAN_TYPES
from solvent.sdk.content import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.sdk.active import Recording

logger = logging.getLogger("solvent")

_MAX_STACK_CHARS = 8000
_BY_HAND = "_solvent_output_by_hand"
_INERT = api.INVALID_SPAN


def type_attributes(name: str, span_type: str) -> dict[str, Any]:
    """Return what every span of this name and type carries."""
    if span_type not in SPAN_TYPES:
        logger.warning("`%s` is not a span type; known: %s", span_type, ", ".join(SPAN_TYPES))
    out: dict[str, Any] = {} if span_type == "span" else {"solvent.span.type": span_type}
    if span_type in OPERATIONS:
        out["gen_ai.operation.name"] = OPERATIONS[span_type]
    if span_type == "tool":
        out["gen_ai.tool.name"] = name
    elif span_type == "agent":
        out["gen_ai.agent.name"] = name
    elif span_type == "workflow":
        out["gen_ai.workflow.name"] = name
    return out


def begin(client: Recording, name: str, attributes: Mapping[str, Any]) -> api.Span:
    """Return a started span, or one that records nothing when it cannot be started."""
    try:
        return client.tracer.start_span(name, attributes=attributes or None)
    except Exception:
        logger.warning("span `%s` cannot be started", name, exc_info=True)
        return _INERT


def write(span: api.Span, attributes: Mapping[str, Any]) -> None:
    """Set attributes on a span that is still open."""
    try:
        if span.is_recording():  # one by one: half the cost of the SDK's set_attributes
            for key, value in attributes.items():
                span.set_attribute(key, value)
    except Exception:
        logger.warning("attributes cannot be set", exc_info=True)


def keep_output(span: api.Span) -> None:
    """Remember that the output was set by hand, so that the returned value does not replace it."""
    setattr(span, _BY_HAND, True)


def has_output(span: api.Span) -> bool:
    """Whether the output was set by hand."""
    return getattr(span, _BY_HAND, False)


def end(span: api.Span) -> None:
    """End a span, once."""
    try:
        if span.is_recording():
            span.end()
    except Exception:
        logger.warning("a span cannot be ended", exc_info=True)


def fail(client: Recording, span: api.Span, error: BaseException) -> None:
    """Record an exception on a span: its type, and its words when contents are captured."""
    if not span.is_recording():
        return
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = f"{kind.__module__}.{name}"
    said = ""
    event: dict[str, Any] = {"exception.type": name}
    try:
        if client.contents.capture:
            said = client.contents.text(_words(error))[0]
            stack = "".join(traceback.format_exception(error))[-_MAX_STACK_CHARS:]
            event["exception.message"] = said
            event["exception.stacktrace"] = client.contents.text(stack)[0]
        status = f"{kind.__name__}: {said}" if said else kind.__name__
        span.set_attribute("error.type", name)
        span.set_status(api.StatusCode.ERROR, status[:1000])
        if isinstance(error, Exception):
            span.add_event("exception", event)
    except Exception:
        logger.warning("an exception cannot be recorded", exc_info=True)


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  the exception's own method; its type is told all the same
        return "(cannot be shown)"
