"""What a format is given: the file, the bounds and the wishes of the person who imports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solvent.settings import Intake


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the person who imports adds to what the file says."""

    model: str | None = None
    """Model of the steps whose record names none."""
    outcome: tuple[str, ...] = ()
    """Expressions such as `reward>=1`; empty: well-known fields decide."""
    received_at: int | None = None
    """Microseconds since 1970; None: now."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something in a file that was not taken, and why; the rest of the file was."""

    path: str
    line: int | None
    """Counted from 1; None: the whole file."""
    reason: str

    def __str__(self) -> str:
        """Return `path:line: reason`."""
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON value of a file: a line, an element of its list, or all of it."""

    line: int
    raw: bytes
    value: Any


@dataclass(frozen=True, slots=True)
class Head:
    """How a file begins, for a format to recognise itself."""

    start: bytes
    """The first bytes, decompressed."""
    first: Any = None
    """The first JSON value: of the first line, or the first element of the list; else None."""
    columns: tuple[str, ...] = ()
    """Column names, when the file is a table."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, ready to be read by a format."""

    path: str
    project: str
    intake: Intake
    received_at: int
    options: ReadOptions = field(default_factory=ReadOptions)
    records: Callable[[], Iterator[Record | Unread]] = lambda: iter(())
    """Start at the beginning and yield every JSON value or table row of the file."""

    def unread(self, line: int | None, reason: str) -> Unread:
        """Say that a part of this file was not taken."""
        return Unread(self.path, line, reason)
