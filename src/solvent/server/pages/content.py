"""One text in full."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import NotFound
from solvent.server.page import page
from solvent.workbench import Workbench

TEXT = """
SELECT type, substring(text, $start + 1, $chars) AS text, length(text) AS chars, name, tokens
FROM contents WHERE hash = $hash LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class ContentView:
    """One text, or a stretch of a very long one."""

    hash: str
    role: str
    name: str | None
    text: str
    chars: int
    tokens: int | None
    start: int
    next: int | None
    """Where the next stretch begins."""


@page("/contents/{hash}")
def content(bench: Workbench, hash: str, start: int = 0) -> ContentView:  # noqa: A002  the column's name
    """Show one text in full."""
    start = max(start, 0)
    chars = bench.settings.pages.whole_chars
    rows = bench.spans.query(TEXT, hash=hash, start=start, chars=chars).to_pylist()
    if not rows:
        raise NotFound(f"no text `{hash}`", hint="search at /traces")
    row = rows[0]
    end = start + chars
    return ContentView(
        hash, row["type"], row["name"], row["text"], row["chars"], row["tokens"], start,
        end if end < row["chars"] else None,
    )  # fmt: skip
