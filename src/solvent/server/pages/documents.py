"""Documents and chunks: what is retrieved, what of it is used, copied or old."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from solvent.server.page import page
from solvent.server.questions.kept import find_kept, findings_by_subject, rows_shown
from solvent.server.questions.owed import chosen
from solvent.workbench import Workbench

RULES = (
    "unread-context", "duplicate-chunks", "missing-retrieval", "stale-document", "bare-chunk",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RetrieverRow:
    """One retriever, or a tool that returns passages."""

    step: str
    retrievals: int
    empty: int
    """Retrievals that found nothing."""
    traces: int
    documents: int
    read: int
    """Retrievals whose documents were read."""
    texts: int
    used: int
    judged: int
    """Documents of which it can be told whether they were used."""
    bare: int
    alike: int
    """Texts that are nearly the same as another."""
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One retrieved text."""

    hash: str
    address: str
    """Where its text is: its own content, or the result of the tool that it is part of."""
    title: str
    text: str
    """Its beginning."""
    step: str
    times: int
    used: int
    judged: int
    tokens: int
    copies: int
    """Other texts that are nearly the same."""
    stale: int
    """Retrievals after a newer version was seen."""
    bare: bool
    dated: str
    examples: list[tuple[str, str | None]]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DocumentsView:
    """Documents as the last audit saw them: old ones, then those that cost most for nothing."""

    project: str
    at: int | None
    """When it was worked out; None: no audit kept one."""
    missing: str
    """Why there is nothing to show; empty when there is."""
    show: str
    shows: list[str]
    texts: int
    """Distinct texts that were read."""
    steps: list[RetrieverRow]
    rows: list[DocumentRow]


KINDS: dict[str, Callable[[DocumentRow], bool]] = {
    "unread": lambda row: row.judged > 0 and row.used == 0,
    "copied": lambda row: row.copies > 0,
    "old": lambda row: row.stale > 0,
    "bare": lambda row: row.bare,
}
"""What may be shown alone."""


@page("/documents")
def documents(bench: Workbench, project: str = "", show: str = "") -> DocumentsView:
    """List retrieved documents with their use."""
    project = chosen(bench, project)
    body, at = find_kept(bench, project, "documents")
    owed = findings_by_subject(bench, project, *RULES)
    rows = [_row(item, owed) for item in body.get("documents", ())]
    return DocumentsView(
        project=project,
        at=at,
        missing=body.get("missing", ""),
        show=show,
        shows=list(KINDS),
        texts=body.get("texts", 0),
        steps=[_step(item, owed) for item in body.get("steps", ())],
        rows=rows_shown(rows, show, KINDS),
    )


def _step(item: dict[str, Any], owed: dict[str, str]) -> RetrieverRow:
    return RetrieverRow(
        step=item["step"],
        retrievals=item["retrievals"],
        empty=item["empty"],
        traces=item["traces"],
        documents=item["documents"],
        read=item["read"],
        texts=item["texts"],
        used=item["used"],
        judged=item["used"] + item["unused"],
        bare=item["bare"],
        alike=item["alike"],
        fingerprint=owed.get(f"retriever:{item['step']}", ""),
    )


def _row(item: dict[str, Any], owed: dict[str, str]) -> DocumentRow:
    return DocumentRow(
        hash=item["hash"],
        address=f"/contents/{item['carrier'] or item['hash']}",
        title=item["source"] or item["heading"],
        text=item["text"],
        step=item["step"],
        times=item["times"],
        used=item["used"],
        judged=item["used"] + item["unused"],
        tokens=item["tokens"],
        copies=item["copies"],
        stale=item["stale"],
        bare=not (item["source"] or item["heading"] or item["dated"]),
        dated=item["dated"] or "",
        examples=[(place["trace_id"], place["span_id"]) for place in item["examples"]],
        fingerprint=owed.get(f"document:{item['title']}", "") if item["title"] else "",
    )
