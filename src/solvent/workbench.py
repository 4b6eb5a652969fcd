"""Wiring: the only module that picks implementations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.settings import Settings, Storage

if TYPE_CHECKING:
    from solvent.stores.duckdb import DuckSpans


def open_spans(where: Settings | Storage | Path | str, *, address: str = "") -> DuckSpans:
    """Return the span store of some settings, of a file, or of `:memory:`.

    Args:
        where: Settings name the folder; a path names the file itself.
        address: Where this process can be reached, told to a second process that wants the file.

    Raises:
        Conflict: Another process has the file open, or a newer Solvent wrote it.
        Invalid: `spans_url` names an engine that is not there.
        Unavailable: The file cannot be opened or made.
    """
    from solvent.stores.duckdb import DuckSpans

    if isinstance(where, Path | str):
        return DuckSpans(where, Storage(), address=address)
    storage = where.storage if isinstance(where, Settings) else where
    url = storage.spans_url
    if "://" in url and not url.startswith("duckdb://"):
        raise Invalid(
            f"`spans_url` names `{url.partition(':')[0]}`, and the span store is on DuckDB only",
            hint="leave it empty, or give duckdb://<file>",
        )
    if url:
        return DuckSpans(url.removeprefix("duckdb://"), storage, address=address)
    folder = Path(storage.path)
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return DuckSpans(folder / "spans.duckdb", storage, address=address)
