"""From spans of an export to batches, through the one decoder that knows every dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.errors import SolventError
from solvent.traces.files.parts.otlp_json import Told, request
from solvent.traces.otlp import decode_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from solvent.records.batch import Batch
    from solvent.traces.files.parts.source import Source, Unread

SPANS_PER_BATCH = 512


def batches(source: Source, spans: Iterable[Told | Unread]) -> Iterator[Batch | Unread]:
    """Decode spans in groups; what is refused is reported with its line."""
    group: list[Told] = []
    for item in spans:
        if not isinstance(item, tuple):
            yield item
            continue
        group.append(item)
        if len(group) >= SPANS_PER_BATCH:
            yield from decoded(source, *request(group))
            group = []
    if group:
        yield from decoded(source, *request(group))


def decoded(source: Source, document: Any, lines: Sequence[int]) -> Iterator[Batch | Unread]:
    """Decode an OTLP/JSON document whose spans stand on `lines` (the last one for the rest).

    The spans go into the project of the import, also when their sender names another.
    """
    try:
        result = decode_document(
            document,
            project=source.project,
            intake=source.intake,
            received_at=source.received_at,
        )
    except SolventError as error:
        yield source.unread(lines[0], f"{error.what}; {error.hint}" if error.hint else error.what)
        return
    spans = result.batch.spans
    for place, span in enumerate(spans):
        if span.project != source.project:
            spans[place] = span._replace(project=source.project)
    if spans:
        yield result.batch
    for rejected in result.rejected:
        line = lines[min(rejected.place, len(lines) - 1)]
        yield source.unread(line, f"span {rejected.span or rejected.place}: {rejected.reason}")
