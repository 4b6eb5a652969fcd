"""Judgements that spans carry: OpenInference annotations and GenAI evaluation events."""

from __future__ import annotations

from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING, Any

from solvent.records.assessment import Assessment
from solvent.traces.derive.flat import unflatten
from solvent.traces.messages_json import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.records.span import Span
    from solvent.traces.raw import RawEvent

_SOURCES = {"human": "human", "llm": "judge", "judge": "judge", "code": "code", "app": "app"}
_EVENT = "gen_ai.evaluation.result"


def judgements(
    span: Span, attributes: Mapping[str, Any], events: list[RawEvent], prefixes: tuple[str, ...]
) -> Iterator[Assessment]:
    """Yield every judgement on a span or its trace; one without a name or a value is left raw."""
    for prefix in prefixes:
        listed, _ = unflatten(attributes, prefix)
        for one in listed:
            body = (
                next(iter(one.values()), None) if isinstance(one, dict) and len(one) == 1 else one
            )
            if isinstance(body, dict):
                yield from _judgement(span, body, whole_trace=prefix.startswith("trace."))
    for event in events:
        if event.name == _EVENT:
            given = event.attributes
            body = {
                "name": given.get("gen_ai.evaluation.name"),
                "score": given.get("gen_ai.evaluation.score.value"),
                "label": given.get("gen_ai.evaluation.score.label"),
                "explanation": given.get("gen_ai.evaluation.explanation"),
                "annotator_kind": given.get("solvent.feedback.source"),
                "identifier": given.get("solvent.feedback.source_id"),
            }
            judged, whole = span, False
            if about := given.get("solvent.feedback.trace_id"):  # another trace, already over
                step = given.get("solvent.feedback.span_id")
                judged, whole = span._replace(trace_id=str(about), span_id=str(step)), not step
            yield from _judgement(judged, body, whole_trace=whole, at=event.time_ns // 1000)


def _judgement(
    span: Span, body: Mapping[str, Any], *, whole_trace: bool, at: int = 0
) -> Iterator[Assessment]:
    name, score, label = body.get("name"), body.get("score"), body.get("label")
    value = None
    if isinstance(score, int | float) and isfinite(score):
        value = float(score)
    if not name or (value is None and label is None):
        return
    span_id = None if whole_trace else span.span_id
    kind = str(body.get("annotator_kind") or "").lower()
    source = body.get("identifier")
    told = (span.trace_id, span_id, name, value, label, kind, source, body.get("explanation"))
    metadata = body.get("metadata")
    yield Assessment(
        id=blake2b(dump(told).encode(), digest_size=16).hexdigest(),
        project=span.project,
        trace_id=span.trace_id,
        span_id=span_id,
        name=str(name),
        value=value,
        label=None if label is None else str(label),
        source_type=_SOURCES.get(kind, "code"),
        source_id=None if source is None else str(source),
        rationale=None if body.get("explanation") is None else str(body["explanation"]),
        created_at=at or span.started_at,
        metadata=dump(metadata) if isinstance(metadata, dict) else "{}",
    )
