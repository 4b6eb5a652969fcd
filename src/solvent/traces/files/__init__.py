"""From files to batches: one module per format beside this one, found by walking the folder.

A format is a module with `sniff(head) -> bool` and `read(source) -> Iterator[Batch | Unread]`;
the first line of its docstring says what it reads. What a file is, is decided by its content.
"""

from __future__ import annotations

import time
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, cast

from solvent.errors import NotFound, Unavailable
from solvent.traces import outcomes
from solvent.traces.files.parts import opening, values
from solvent.traces.files.parts.source import Head, ReadOptions, Record, Source, Unread
from solvent.traces.files.parts.tables import PARQUET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.records.batch import Batch
    from solvent.settings import Intake

__all__ = ["Format", "ReadOptions", "Unread", "formats", "listed", "read"]

UTF16 = (b"\xff\xfe", b"\xfe\xff")
LOOKED_AT = 20
"""Records looked at to tell what a file is, when the first ones are damaged."""
LAST = "chat"
"""The loosest format: a record of another format may hold messages too."""


class Format(Protocol):
    """One kind of file."""

    def sniff(self, head: Head) -> bool:
        """Tell whether a file that begins like this is of this format."""

    def read(self, source: Source) -> Iterator[Batch | Unread]:
        """Yield what the file holds, piece by piece, and what could not be read."""


@cache
def formats() -> Mapping[str, Format]:
    """Return every format by name, the loosest last."""
    names = sorted(item.name for item in iter_modules(__path__) if not item.ispkg)
    names.sort(key=lambda name: name == LAST)
    return {name: cast("Format", import_module(f"{__name__}.{name}")) for name in names}


def listed(path: Path | str) -> list[Path]:
    """Return the files below a path in the order they are read, or the file itself.

    Raises:
        NotFound: There is no such path.
        Unavailable: A folder may not be read.
    """
    if not Path(path).exists():
        raise NotFound(f"`{path}` is not there", hint="give a file or a folder")
    try:
        return list(opening.files(Path(path)))
    except OSError as error:
        raise Unavailable(f"`{error.filename}` {opening.explained(error)}") from error


def read(
    path: Path | str,
    *,
    source: str = "auto",
    project: str,
    options: ReadOptions | None = None,
    intake: Intake,
) -> Iterator[Batch | Unread]:
    """Yield what a file, or every file below a folder, holds.

    Args:
        path: A file, plain or compressed (gzip, zip), or a folder.
        source: Name of a format; `auto` looks at the content of each file.
        project: Project the spans go into.
        options: Model and outcome that the files do not say.
        intake: Bounds; what is over one is reported, not read.

    Raises:
        NotFound: There is no such path or format.
        Invalid: An outcome expression is malformed.
    """
    options = options or ReadOptions()
    for expression in options.outcome:
        outcomes.parse(expression)
    if source != "auto" and source not in formats():
        raise NotFound(f"no format is called `{source}`", hint=f"known: {', '.join(formats())}")
    if not Path(path).exists():
        raise NotFound(f"`{path}` is not there", hint="give a file or a folder")
    at = options.received_at or time.time_ns() // 1000
    return _walk(Path(path), source, Source(str(path), project, intake, at, options))


def _walk(path: Path, wanted: str, blank: Source) -> Iterator[Batch | Unread]:
    try:
        for file in opening.files(path):
            yield from _file(file, wanted, blank)
    except OSError as error:
        yield Unread(str(path), None, opening.explained(error))


def _file(path: Path, wanted: str, blank: Source) -> Iterator[Batch | Unread]:
    try:
        for entry in opening.entries(path):
            yield from _entry(path, entry, wanted, blank)
    except opening.BROKEN as error:
        yield Unread(str(path), None, opening.explained(error))


def _entry(path: Path, entry: str, wanted: str, blank: Source) -> Iterator[Batch | Unread]:
    name = f"{path}!{entry}" if entry else str(path)

    def records() -> Iterator[Record | Unread]:
        line = 0
        try:
            with opening.opened(path, entry) as stream:
                for item in values.records(stream, blank.intake):
                    if isinstance(item, Record):
                        line = item.line
                        yield item
                    else:
                        line = item[0]
                        yield Unread(name, *item)
        except opening.BROKEN as error:
            yield Unread(name, line + 1 if line else None, opening.explained(error))

    file = Source(name, blank.project, blank.intake, blank.received_at, blank.options, records)
    with opening.opened(path, entry) as stream:
        start = values.beginning(stream, 4096)
    if not start.strip():
        yield file.unread(None, "is empty")
        return
    if start[:2] in UTF16:
        yield file.unread(None, "is UTF-16 text; save it as UTF-8")
        return
    begun = list(islice(records(), LOOKED_AT))
    head = Head(start, next((r.value for r in begun if isinstance(r, Record)), None))
    chosen = wanted if wanted != "auto" else _recognised(head)
    if chosen is None:
        yield _unknown(file, head, begun)
        return
    yield from formats()[chosen].read(file)


def _recognised(head: Head) -> str | None:
    return next((name for name, format_ in formats().items() if format_.sniff(head)), None)


def _unknown(file: Source, head: Head, begun: list[Record | Unread]) -> Unread:
    """Say why no format takes a file, by how it begins."""
    known = ", ".join(formats())
    if isinstance(head.first, dict):
        keys = ", ".join(str(key)[:40] for key in list(head.first)[:8])
        return file.unread(None, f"is of no known format ({known}): its records have {keys}")
    if head.first is not None:
        kind = type(head.first).__name__
        return file.unread(None, f"is of no known format ({known}): its records are {kind} values")
    if head.start[:4] == PARQUET and begun and isinstance(begun[0], Unread):
        return begun[0]
    if b"\0" in head.start:
        return file.unread(None, "is binary; a trace file is JSON, JSON lines, CSV or parquet")
    begins = head.start.lstrip().removeprefix(values.BOM)[:1]
    if begun and isinstance(begun[0], Unread) and (begins in b"{[" or begun[0].line is None):
        return begun[0]
    return file.unread(None, "is text, but not JSON, JSON lines or CSV")
