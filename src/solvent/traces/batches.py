"""Files in batches worth a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.records.batch import Batch
from solvent.traces.files import ReadOptions, Unread, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from solvent.settings import Settings


def read_batches(
    settings: Settings,
    paths: Sequence[Path],
    project: str,
    unread: list[Unread],
    source: str = "auto",
) -> Iterator[Batch]:
    """Yield what files hold in batches worth a commit; add what cannot be read to `unread`."""
    options = ReadOptions(model=settings.model or None, outcome=settings.outcome)
    waiting = Batch()
    for path in paths:
        for piece in read(
            path, source=source, project=project, options=options, intake=settings.intake
        ):
            if isinstance(piece, Unread):
                unread.append(piece)
                continue
            waiting.spans += piece.spans
            waiting.contents += piece.contents
            waiting.assessments += piece.assessments
            if len(waiting.spans) >= settings.intake.commit_spans:
                yield waiting
                waiting = Batch()
    if waiting.spans or waiting.assessments:
        yield waiting
