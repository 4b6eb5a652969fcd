"""Taking instructions out of a prompt and leaving the rest as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from solvent.records.instruction import Statement

_EMPTY = re.compile(r"^\s*(?:[-*+•]|\d+[.)])?\s*$")
"""A line of which only the mark of a list is left."""


def without(text: str, statements: Iterable[Statement]) -> str:
    """Return a prompt without some of its statements.

    A line of which nothing is left goes too; where a statement does not stand in the text word for
    word, as when it runs over several lines, its lines go.
    """
    lines: list[str | None] = list(text.split("\n"))
    for statement in sorted(statements, key=lambda s: (s.line, s.end_line), reverse=True):
        first, last = statement.line - 1, statement.end_line - 1
        line = lines[first]
        if first == last and line is not None and statement.text in line:
            before, _, after = line.partition(statement.text)
            left = (before + after.lstrip()).rstrip()
            lines[first] = None if _EMPTY.match(left) else left
        else:
            lines[first : last + 1] = [None] * (last + 1 - first)
    return "\n".join(_closed(lines))


def _closed(lines: Iterable[str | None]) -> Iterator[str]:
    """Yield what is left; of blank lines on both sides of what is gone, the first stays."""
    last, gone = "", False
    for line in lines:
        if line is None:
            gone = True
            continue
        if gone and not line.strip() and not last.strip():
            continue
        yield line
        last, gone = line, False
