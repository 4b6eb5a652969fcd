"""One span with the texts that went in and came out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from solvent.debt.rule import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from solvent.ports.spans import SpanStore
    from solvent.server.questions.trace_head import Window
    from solvent.settings import Pages

FOLD_TEXT = 1200
"""Texts longer than this are folded."""

SPAN = """
SELECT * EXCLUDE (id, project, started_at, received_at),
    epoch_us(started_at) AS started_at, epoch_us(received_at) AS received_at
FROM spans WHERE rowid IN (SELECT unnest($places))
"""

PLACE = """
SELECT rowid AS place FROM spans WHERE project = $project AND trace_id = $trace
    AND span_id = $span
    AND started_at BETWEEN make_timestamp($first) AND make_timestamp($last) LIMIT 1
"""
"""Which row, by narrow columns: the raw attributes are read for that one only."""


@dataclass(frozen=True, slots=True)
class Text:
    """One message, call, result, document or definition."""

    hash: str
    role: str
    """The content's type: system, user, assistant, reasoning, tool_call, tool_result, …"""
    text: str
    chars: int
    name: str | None
    call_id: str | None
    tokens: int | None
    folded: bool
    score: float | None = None

    @property
    def cut(self) -> bool:
        """Tell whether the text goes on beyond what is shown."""
        return self.chars > len(self.text)


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool that the model could choose."""

    hash: str
    name: str
    description: str
    definition: str
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened during the span."""

    name: str
    at: int | None
    attributes: str


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """One span, whole."""

    span_id: str
    parent_id: str | None
    name: str
    type: str
    status: str
    status_message: str | None
    started_at: int | None
    duration_ns: int | None
    agent: str | None
    provider: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    usd: float | None
    cost_source: str | None
    price_version: str | None
    prompt: str | None
    tool: str | None
    session: str | None
    user: str | None
    version: str | None
    dialect: str
    inputs: list[Text]
    outputs: list[Text]
    skipped: int
    """Messages in the middle that are not shown."""
    offered: list[Offered]
    documents: list[Text]
    events: list[Event]
    links: list[tuple[str, str]]
    attributes: str
    """Raw attributes as JSON, texts put back in."""
    resource: str


def find_span(
    store: SpanStore, project: str, trace_id: str, span_id: str, window: Window, bounds: Pages
) -> SpanDetail | None:
    """Return one span with its texts; None when it is not stored."""
    place = store.query(PLACE, project=project, trace=trace_id, span=span_id, **window._asdict())[
        "place"
    ].to_pylist()
    if not place:
        return None
    row = store.query(SPAN, places=place).to_pylist()[0]
    attributes = _json(row["attributes"])
    inputs, outputs = row["input_hashes"] or [], row["output_hashes"] or []
    most, chars = bounds.messages, bounds.whole_chars
    skipped = max(len(inputs) - most, 0)
    if skipped:
        inputs = inputs[: most // 10] + inputs[-(most - most // 10) :]
    outputs = outputs[:most]
    tools, documents = row["offered_tools"] or [], row["document_hashes"] or []
    wanted = {*inputs, *outputs, *tools, *documents, *_named(attributes, most)}
    texts = read_texts(store, wanted, bounds.text_chars)
    scores = row["document_scores"] or [None] * len(documents)
    return SpanDetail(
        inputs=[texts[h] for h in inputs if h in texts],
        outputs=[texts[h] for h in outputs if h in texts],
        skipped=skipped,
        offered=[_offered(texts[h]) for h in tools if h in texts],
        documents=[
            _scored(texts[h], score)
            for h, score in zip(documents, scores, strict=False)
            if h in texts
        ],
        events=_events(row["events"], bounds),
        links=_links(row["links"], most),
        attributes=_shown(_restored(attributes, texts), chars),
        resource=_shown(_json(row["resource"]), chars),
        usd=row["cost_usd"],
        prompt=_at(row["prompt_name"], row["prompt_version"]),
        tool=_at(row["tool_name"], row["tool_version"]),
        session=row["session_id"],
        user=row["user_id"],
        version=row["app_version"],
        started_at=row["started_at"] if row["dated"] else None,
        **{name: row[name] for name in _SAME},
    )


_SAME = (
    "span_id", "parent_id", "name", "type", "status", "status_message", "duration_ns", "agent",
    "provider", "model", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_write_tokens", "reasoning_tokens", "cost_source", "price_version", "dialect",
)  # fmt: skip


def read_texts(store: SpanStore, hashes: Iterable[str], chars: int) -> dict[str, Text]:
    """Return the texts of some contents by hash, each cut to so many characters."""
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    return {
        row["hash"]: Text(
            row["hash"], row["type"], row["text"][:chars], len(row["text"]), row["name"],
            row["call_id"], row["tokens"], folded=len(row["text"]) > FOLD_TEXT,
        )
        for row in store.list_contents(wanted).to_pylist()
    }  # fmt: skip


def _offered(text: Text) -> Offered:
    definition = _json(text.text)
    said = definition.get("description") if isinstance(definition, dict) else None
    return Offered(
        text.hash, text.name or text.hash[:8], shorten(str(said or "")), text.text, text.tokens
    )


def _scored(text: Text, score: float | None) -> Text:
    return replace(text, score=score)


def _at(name: str | None, version: str | None) -> str | None:
    return f"{name}@{version}" if name and version else name


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return text


def _named(value: Any, most: int) -> set[str]:
    """Return the hashes that raw attributes stand in for."""
    found: set[str] = set()
    walk = [value]
    while walk:
        item = walk.pop()
        if isinstance(item, dict):
            one, many = item.get("$content"), item.get("$contents")
            if isinstance(one, str):
                found.add(one)
            elif isinstance(many, list):
                found.update(h for h in many if isinstance(h, str))
            walk.extend(item.values())
        elif isinstance(item, list):
            walk.extend(item)
    return set(sorted(found)[:most])


def _restored(value: Any, texts: Mapping[str, Text]) -> Any:
    """Return raw attributes with the texts back in their places."""
    if isinstance(value, dict):
        one, many = value.get("$content"), value.get("$contents")
        if isinstance(one, str) and one in texts:
            return texts[one].text
        if isinstance(many, list):
            return [texts[h].text if h in texts else h for h in many if isinstance(h, str)]
        return {key: _restored(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item, texts) for item in value]
    return value


def _shown(value: Any, chars: int) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= chars else text[:chars] + "\n… cut"


def _events(text: str | None, bounds: Pages) -> list[Event]:
    events = _json(text)
    if not isinstance(events, list):
        return []
    return [
        Event(
            str(e.get("name", "")),
            e.get("at"),
            _shown(e.get("attributes") or {}, bounds.whole_chars),
        )
        for e in events[: bounds.messages]
        if isinstance(e, dict)
    ]


def _links(text: str | None, most: int) -> list[tuple[str, str]]:
    links = _json(text)
    if not isinstance(links, list):
        return []
    return [
        (str(link.get("trace_id", "")), str(link.get("span_id", "")))
        for link in links[:most]
        if isinstance(link, dict)
    ]
