"""Raw spans -> rows: every sender's vocabulary through one mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from solvent.records.batch import Batch
from solvent.records.identity import span_key
from solvent.records.span import Span
from solvent.traces.derive.amounts import count, total_usd
from solvent.traces.derive.contents import LONG, Keeper, Texts
from solvent.traces.derive.judgements import judgements
from solvent.traces.derive.plan import COLUMN, Plan, plan_for
from solvent.traces.dialects import dialects
from solvent.traces.messages_json import dump, find
from solvent.traces.raw import Origin, RawEvent, RawSpan
from solvent.traces.usage import from_any_usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.settings import Intake
    from solvent.traces.messages_item import Item

_STATES = ("unset", "ok", "error")
_NESTED = frozenset({dict, list})
_UNSAID = "unknown_service"
"""How OpenTelemetry SDKs begin a `service.name` that nobody set."""
_BLANK: list[Any] = [Span._field_defaults.get(name) for name in Span._fields]
_KEY, _PROJECT, _TRACE, _SPAN, _PARENT, _TYPE, _NAME, _START = range(8)
_DURATION = COLUMN["duration_ns"]
_TOOL_NAME = COLUMN["tool_name"]
_TOOL_CALL_ID = COLUMN["tool_call_id"]
_ATTRIBUTES = COLUMN["attributes"]
_EVENTS = COLUMN["events"]
_STATUS_MESSAGE = COLUMN["status_message"]
_LINKS = COLUMN["links"]
_DIALECT = COLUMN["dialect"]
_DATED = COLUMN["dated"]
_STATUS = COLUMN["status"]
_SERVICE = COLUMN["service"]
_APP_VERSION = COLUMN["app_version"]
_ENVIRONMENT = COLUMN["environment"]
_RESOURCE = COLUMN["resource"]
_RECEIVED_AT = COLUMN["received_at"]
_TAGS = COLUMN["tags"]
_DOCUMENT_HASHES = COLUMN["document_hashes"]
_DOCUMENT_SCORES = COLUMN["document_scores"]
_INPUT_HASHES = COLUMN["input_hashes"]
_INPUT_PREVIEW = COLUMN["input_preview"]
_OUTPUT_HASHES = COLUMN["output_hashes"]
_OUTPUT_PREVIEW = COLUMN["output_preview"]
_OFFERED_TOOLS = COLUMN["offered_tools"]
_AGENT = COLUMN["agent"]
_INPUT, _OUTPUT, _COST = COLUMN["input_tokens"], COLUMN["output_tokens"], COLUMN["cost_usd"]
_REASONING = COLUMN["reasoning_tokens"]
_CACHE_READ, _CACHE_WRITE = COLUMN["cache_read_tokens"], COLUMN["cache_write_tokens"]
_LONGEST_NS = 1 << 63


class Deriver:
    """Makes rows of raw spans and gathers them in one batch.

    Args:
        project: Where spans go whose resource names no project.
        intake: Bounds and the length of previews.
        received_at: Microseconds since 1970 UTC; also the time of spans without one.
    """

    def __init__(self, project: str, intake: Intake, received_at: int) -> None:
        self.batch = Batch()
        self._project = project
        self._preview = intake.preview_chars
        self._received_at = received_at
        self._keeper = Keeper(self.batch.contents, received_at)

    def origin(self, resource: Mapping[str, Any]) -> Origin:
        """Return what the spans of one resource and scope have in common."""
        found: dict[str, str] = {}
        for dialect in dialects():
            for column, names in dialect.resource.items():
                text = next((t for n in names if (t := _text(resource.get(n)))), None)
                if text and not text.startswith(_UNSAID):
                    found.setdefault(column, text)
        return Origin(
            project=found.get("project", self._project),
            service=found.get("service"),
            app_version=found.get("app_version"),
            environment=found.get("environment"),
            resource=dump(resource),
        )

    def add(self, raw: RawSpan, origin: Origin) -> None:
        """Append the row of one span, with the contents and judgements it carries."""
        attributes, events = raw.attributes, raw.events
        seen: dict[str, Any] = attributes
        happened = tuple(dict.fromkeys(e.name for e in events)) if events else ()
        plan = plan_for(tuple(attributes), happened)
        if plan.unfold:
            extra: dict[str, Any] = {}
            for unfold in plan.unfold:
                extra.update(unfold(attributes, events))
            if extra:
                seen = {**attributes, **extra}
                plan = plan_for(tuple(seen), happened)
        row = self._frame(raw, origin)
        _columns(row, plan, seen)
        _numbers(row, plan, seen)
        _named(row, plan, seen, raw.name)
        texts = Texts(
            self._keeper,
            seen,
            events,
            (row[_TYPE], row[_TOOL_NAME], row[_TOOL_CALL_ID]),
        )
        self._texts(row, plan, texts)
        if seen is not attributes:
            texts.set_apart(name for name in seen if name not in attributes)
        row[_ATTRIBUTES] = self._attributes(attributes, plan, texts)
        if events:
            row[_EVENTS] = self._events(events, texts)
            row[_STATUS_MESSAGE] = row[_STATUS_MESSAGE] or _exception(row, events)
        if raw.links:
            row[_LINKS] = dump([link._asdict() for link in raw.links])
        row[_DIALECT] = plan.dialect
        span = Span._make(row)
        self.batch.spans.append(span)
        if plan.assessments or "gen_ai.evaluation.result" in happened:
            self.batch.assessments += judgements(span, seen, events, plan.assessments)

    def _frame(self, raw: RawSpan, origin: Origin) -> list[Any]:
        row = _BLANK.copy()
        row[_KEY] = span_key(raw.trace_id, raw.span_id)
        row[_PROJECT] = origin.project
        row[_TRACE] = raw.trace_id
        row[_SPAN] = raw.span_id
        row[_PARENT] = raw.parent_id
        row[_TYPE] = "span"
        row[_NAME] = raw.name
        if raw.start_ns:
            row[_START] = raw.start_ns // 1000
            lasted = raw.end_ns - raw.start_ns
            if raw.end_ns and -_LONGEST_NS < lasted < _LONGEST_NS:
                row[_DURATION] = lasted
        else:
            row[_START] = self._received_at
            row[_DATED] = False
        row[_STATUS] = _STATES[raw.status] if 0 <= raw.status <= 2 else "unset"  # noqa: PLR2004  the three of OTLP
        row[_STATUS_MESSAGE] = raw.status_message or None
        row[_SERVICE] = origin.service
        row[_APP_VERSION] = origin.app_version
        row[_ENVIRONMENT] = origin.environment
        row[_RESOURCE] = origin.resource
        row[_RECEIVED_AT] = self._received_at
        return row

    def _texts(self, row: list[Any], plan: Plan, texts: Texts) -> None:
        if plan.documents:
            hashes, scores = texts.documents(plan.documents)
            row[_DOCUMENT_HASHES], row[_DOCUMENT_SCORES] = hashes, scores
        if plan.inputs:
            row[_INPUT_HASHES], items = texts.side(plan.inputs, incoming=True)
            row[_INPUT_PREVIEW] = self._shown(items, "user")
        if plan.outputs:
            row[_OUTPUT_HASHES], items = texts.side(plan.outputs, incoming=False)
            row[_OUTPUT_PREVIEW] = self._shown(items, "assistant")
        if plan.tools:
            row[_OFFERED_TOOLS] = texts.tools(plan.tools)
        if texts.requested and row[_OFFERED_TOOLS] is None:
            row[_OFFERED_TOOLS] = texts.requested

    def _shown(self, items: list[Item], wanted: str) -> str | None:
        if not items:
            return None
        chosen = items[0] if wanted == "assistant" else items[-1]
        if chosen.type != wanted:
            chosen = next((item for item in reversed(items) if item.type == wanted), chosen)
        text = chosen.text
        if chosen.type == "tool_call" and wanted == "assistant":
            text = f"{chosen.name}({text[: self._preview]})"
        shown = text[: self._preview]
        if shown.isprintable() and "  " not in shown:
            return shown
        return " ".join(text[: self._preview * 2].split())[: self._preview]

    def _attributes(self, attributes: Mapping[str, Any], plan: Plan, texts: Texts) -> str:
        kept = {**attributes, **texts.replaced}
        for name in texts.dropped:
            kept.pop(name, None)
        for name in [
            n for n, v in kept.items() if (len(v) > LONG if type(v) is str else type(v) in _NESTED)
        ]:
            value = kept[name]
            if isinstance(value, str):
                kept[name] = texts.shrink(value)
            elif value is attributes.get(name):
                kept[name] = _unforged(value)
        for name in plan.vectors:
            if isinstance(kept.get(name), list):
                kept[name] = {"$length": len(kept[name])}
        if texts.finish and "gen_ai.response.finish_reasons" not in kept:
            kept["gen_ai.response.finish_reasons"] = texts.finish
        try:
            return orjson.dumps(kept).decode()
        except TypeError:
            return dump(kept)

    def _events(self, events: list[RawEvent], texts: Texts) -> str:
        kept = []
        for place, event in enumerate(events):
            attributes: dict[str, Any] = {}
            for name, value in event.attributes.items():
                said = texts.in_events.get((place, name)) or texts.unfolded.get(name)
                if said is not None:
                    attributes[name] = said
                elif isinstance(value, str) and len(value) > LONG:
                    attributes[name] = texts.shrink(value)
                else:
                    attributes[name] = _unforged(value)
            kept.append({"name": event.name, "at": event.time_ns // 1000, "attributes": attributes})
        return dump(kept)


def _columns(row: list[Any], plan: Plan, seen: Mapping[str, Any]) -> None:
    """Fill the type and the columns of text."""
    for name, table in plan.types:
        type_ = table.get(str(seen[name]).lower())
        if type_:
            row[_TYPE] = type_
            break
    for place, names in plan.texts:
        for name in names:
            value = seen[name]
            text = value if type(value) is str else _text(value)
            if text:
                row[place] = text
                break


def _numbers(row: list[Any], plan: Plan, seen: Mapping[str, Any]) -> None:
    """Fill tokens and cost."""
    for place, names in plan.counts:
        for name in names:
            number = count(seen[name])
            if number is not None:
                row[place] = number
                break
    if plan.usage:
        _usage(row, plan, seen)
    for name in plan.costs:
        value = seen[name]
        amount = total_usd((find(value) or value) if isinstance(value, str) else value)
        if amount is not None:
            row[_COST], row[_COST + 1] = amount, "reported"
            break
    if row[_CACHE_READ] or row[_CACHE_WRITE]:
        _whole_input(row)


def _named(row: list[Any], plan: Plan, seen: Mapping[str, Any], span_name: str) -> None:
    """Fill what only some dialects say: tags, a status of their own, names in span names."""
    for name in plan.tags:
        tags = _tags(seen[name])
        if tags:
            row[_TAGS] = tags
            break
    for name, table in plan.statuses:
        if row[_STATUS] == "unset":
            row[_STATUS] = table.get(str(seen[name]).lower(), "unset")
    if plan.named_by_span:
        place = {"tool": _TOOL_NAME, "agent": _AGENT}.get(row[_TYPE])
        if place is not None and row[place] is None:
            row[place] = span_name


def _text(value: Any) -> str | None:
    if value is None or value == "" or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _unforged(value: Any) -> Any:
    """Return a sender's value; one that looks like a reference of ours becomes JSON text."""
    if type(value) in _NESTED and '"$' in (text := dump(value)):
        return text
    return value


def _tags(value: Any) -> list[str] | None:
    if isinstance(value, str):
        parsed = find(value)
        value = parsed if isinstance(parsed, list) else [value] if value else []
    if not isinstance(value, list):
        return None
    return [text for one in value if (text := _text(one))] or None


def _usage(row: list[Any], plan: Plan, seen: Mapping[str, Any]) -> None:
    for name, inclusive in plan.usage:
        value = seen[name]
        details = find(value) if isinstance(value, str) else value
        if not isinstance(details, dict):
            continue
        found = from_any_usage(details, inclusive=inclusive)
        if found:
            for place, number in (
                (_INPUT, found.input_tokens),
                (_OUTPUT, found.output_tokens),
                (_CACHE_READ, found.cache_read_tokens or None),
                (_CACHE_WRITE, found.cache_write_tokens or None),
                (_REASONING, found.reasoning_tokens or None),
            ):
                if number is not None:
                    row[place] = number
            return


def _whole_input(row: list[Any]) -> None:
    """Add cached tokens to an input that is smaller than its cached parts: it left them out."""
    cached = (row[_CACHE_READ] or 0) + (row[_CACHE_WRITE] or 0)
    total = row[_INPUT]
    if total is not None and cached > total:
        row[_INPUT] = total + cached


def _exception(row: list[Any], events: list[RawEvent]) -> str | None:
    if row[_STATUS] != "error":
        return None
    for event in reversed(events):
        if event.name == "exception":
            kind = _text(event.attributes.get("exception.type"))
            message = _text(event.attributes.get("exception.message"))
            return ": ".join(part for part in (kind, message) if part) or None
    return None
