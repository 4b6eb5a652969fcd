"""What the tests of this folder share: read a file, or a text, and look at what came."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from solvent.records.assessment import Assessment
from solvent.records.content import Content
from solvent.records.span import Span
from solvent.settings import Intake
from solvent.traces.files import ReadOptions, Unread, read

GOLDEN = Path(__file__).parent / "golden"
AT = 1_790_000_000_000_000


@dataclass
class Taken:
    spans: list[Span] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)
    assessments: list[Assessment] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def named(self, name: str) -> Span:
        (span,) = (span for span in self.spans if span.name == name)
        return span

    def of_type(self, type_: str) -> list[Span]:
        return [span for span in self.spans if span.type == type_]

    def texts(self, hashes) -> list[tuple[str, str]]:
        return [(self.contents[h].type, self.contents[h].text) for h in hashes or []]

    def reasons(self) -> list[tuple[int | None, str]]:
        return [(u.line, u.reason) for u in self.unread]


def take(path, *, source="auto", project="p", intake=None, **options) -> Taken:
    taken = Taken()
    given = ReadOptions(received_at=AT, **options)
    for piece in read(
        path, source=source, project=project, options=given, intake=intake or Intake()
    ):
        if isinstance(piece, Unread):
            taken.unread.append(piece)
            continue
        taken.spans += piece.spans
        taken.contents |= {content.hash: content for content in piece.contents}
        taken.assessments += piece.assessments
    return taken


def lines(folder: Path, *records, name: str = "runs.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path
