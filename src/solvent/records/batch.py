"""What one request or one file line brings: spans with the contents and judgements they name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.records.assessment import Assessment
    from solvent.records.content import Content
    from solvent.records.span import Span


@dataclass(slots=True)
class Batch:
    """Rows on their way into the store. Contents may repeat; the store keeps each once."""

    spans: list[Span] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
