"""One trace in the making, for sources that have no spans of their own."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

from solvent.records.assessment import Assessment
from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.identity import content_hash, span_key
from solvent.records.span import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.traces.files.parts.source import Source

UNDATED_STEP_US = 1_000
UNDATED_RECORD_US = 60_000_000
SMALL = 512
"""Characters of a value that stays among the attributes; a longer one becomes a content."""


class Draft:
    """The rows of one trace; ids follow from the record, so reading it twice gives the same."""

    def __init__(self, source: Source, identity: bytes, line: int, dialect: str) -> None:
        digest = blake2b(source.project.encode() + b"\0" + identity, digest_size=16)
        self.trace_id = digest.hexdigest()
        self.source = source
        self.dialect = dialect
        self.batch = Batch()
        self.clock = line * UNDATED_RECORD_US
        self._known: dict[str, str] = {}

    def span_id(self, part: str) -> str:
        """Return the id of the step called `part` within this trace."""
        return blake2b(f"{self.trace_id}{part}".encode(), digest_size=8).hexdigest()

    def content(
        self, type_: str, text: str, name: str | None = None, call_id: str | None = None
    ) -> str:
        """Keep a text once and return its hash."""
        hash_ = content_hash(type_, text, name, call_id)
        if hash_ not in self._known:
            self._known[hash_] = text
            at = self.source.received_at
            self.batch.contents.append(Content(hash_, type_, text, name, call_id, None, at))
        return hash_

    def span(self, part: str, type_: str, name: str, at: int | None, **columns: Any) -> str:
        """Add a step; without a time of its own it follows the one before it."""
        if at is None:
            self.clock += UNDATED_STEP_US
        else:
            self.clock = at
        span_id = self.span_id(part)
        columns.setdefault("parent_id", None)
        for side in ("input", "output"):
            columns.setdefault(f"{side}_preview", self._preview(columns.get(f"{side}_hashes")))
        self.batch.spans.append(
            Span(
                id=span_key(self.trace_id, span_id),
                project=self.source.project,
                trace_id=self.trace_id,
                span_id=span_id,
                type=type_,
                name=name,
                started_at=self.clock,
                dated=at is not None,
                dialect=self.dialect,
                received_at=self.source.received_at,
                **columns,
            )
        )
        return span_id

    def _preview(self, hashes: Sequence[str] | None) -> str | None:
        if not hashes:
            return None
        return " ".join(self._known[hashes[-1]][:2000].split())[: self.source.intake.preview_chars]

    def attributes(self, values: dict[str, Any]) -> str:
        """Return values as attributes; long ones are kept as contents."""
        kept: dict[str, Any] = {}
        for key, value in values.items():
            if value is None or value in ("", [], {}):
                continue
            if isinstance(value, str):
                text = value
            else:
                text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
            small = len(text) <= SMALL
            kept[key] = value if small else {"$content": self.content("value", text, key)}
        return orjson.dumps(kept, option=orjson.OPT_NON_STR_KEYS).decode()

    def judge(self, name: str, span_id: str | None = None, **columns: Any) -> None:
        """Add a judgement on the trace or one of its steps."""
        self.batch.assessments.append(
            assessment(self.source, self.trace_id, name, span_id=span_id, **columns)
        )


def assessment(source: Source, trace_id: str, name: str, **columns: Any) -> Assessment:
    """Return a judgement whose id follows from what it says."""
    for key in ("label", "source_id", "rationale"):
        if columns.get(key) is not None and not isinstance(columns[key], str):
            columns[key] = orjson.dumps(columns[key], option=orjson.OPT_NON_STR_KEYS).decode()
    keys = ("span_id", "type", "value", "label", "source_type", "source_id", "rationale")
    said = "\0".join(str(columns.get(key)) for key in keys)
    identity = f"{source.project}\0{trace_id}\0{name}\0{said}"
    columns.setdefault("created_at", source.received_at)
    return Assessment(
        id=blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
        project=source.project,
        trace_id=trace_id,
        name=name,
        **columns,
    )
