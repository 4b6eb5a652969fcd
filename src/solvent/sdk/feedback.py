"""Feedback from the application: how good an answer was, by whom, and why."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from solvent.sdk.active import Active
from solvent.sdk.step import end

if TYPE_CHECKING:
    from solvent.sdk.active import Recording

logger = logging.getLogger("solvent")

EVENT = "gen_ai.evaluation.result"


def log_feedback(
    name: str,
    value: float | str | bool,
    *,
    trace_id: str | None = None,
    span_id: str | None = None,
    rationale: str | None = None,
    source: str = "human",
    source_id: str | None = None,
) -> bool:
    """Record how good an answer was; True when it was recorded.

    Inside the trace it becomes an event of the current span. For a trace that is over, pass
    `trace_id` (from `current_trace_id()`, kept beside the answer): a short span of its own
    carries the event and links to the trace.

    Args:
        name: What was judged, such as `helpful`.
        value: A number, True or False, or a label.
        trace_id: The trace judged, 32 hex digits; None: the current one.
        span_id: The span judged, 16 hex digits; None: the whole trace, or the current span.
        rationale: Why.
        source: Who judged: human, judge, code or app.
        source_id: Which person, judge or program.

    Example:
        >>> log_feedback("helpful", True)  # tracing is off
        False
    """
    client = Active.client
    if client is None:
        return False
    try:
        return _log(
            client, trace_id, span_id, _facts(client, name, value, rationale, source, source_id)
        )
    except Exception:
        logger.warning("feedback `%s` cannot be recorded", name, exc_info=True)
        return False


def _facts(
    client: Recording,
    name: str,
    value: float | str | bool,
    rationale: str | None,
    source: str,
    source_id: str | None,
) -> dict[str, Any]:
    facts: dict[str, Any] = {"gen_ai.evaluation.name": name, "solvent.feedback.source": source}
    if isinstance(value, bool):
        facts["gen_ai.evaluation.score.value"] = float(value)
        facts["gen_ai.evaluation.score.label"] = "true" if value else "false"
    elif isinstance(value, int | float):
        facts["gen_ai.evaluation.score.value"] = float(value)
    else:
        facts["gen_ai.evaluation.score.label"] = str(value)
    if rationale is not None and client.contents.capture:
        facts["gen_ai.evaluation.explanation"] = client.contents.text(rationale)[0]
    if source_id is not None:
        facts["solvent.feedback.source_id"] = source_id
    return facts


def _log(
    client: Recording, trace_id: str | None, span_id: str | None, facts: dict[str, Any]
) -> bool:
    current = api.get_current_span()
    here = current.get_span_context()
    wanted = here.trace_id if trace_id is None else int(trace_id, 16)
    step = int(span_id, 16) if span_id else 0
    if not wanted:
        logger.warning("feedback without a current span needs `trace_id`")
        return False
    if wanted == here.trace_id and step in {0, here.span_id} and current.is_recording():
        current.add_event(EVENT, facts)
        return True
    about = {
        "solvent.feedback.trace_id": f"{wanted:032x}",
        **({"solvent.feedback.span_id": f"{step:016x}"} if step else {}),
    }
    judged = SpanContext(wanted, step, is_remote=True, trace_flags=TraceFlags(1))
    context = set_span_in_context(NonRecordingSpan(judged), Context()) if step else Context()
    own = client.tracer.start_span(
        f"feedback {facts['gen_ai.evaluation.name']}",
        context=context,
        attributes={"solvent.span.type": "evaluator", **about},
        links=[Link(judged, about)],
    )
    own.add_event(EVENT, {**facts, **about})
    end(own)
    return True
