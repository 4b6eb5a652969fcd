"""Error messages of one kind brought to one text: what varies from case to case is left out."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CLASS_CHARS = 120
LINE_CHARS = 500
"""Of a line only its beginning is read: it names the class, and the time stays bounded."""

_TRACEBACK = re.compile(r"^Traceback \(most recent call last\)")
_MCP = re.compile(r"^meta=.*?TextContent\(.*?\btext=(['\"])(.*?)(?:\1, annotations=|$)")
"""The text of a result as the MCP SDK prints it."""
_VARYING = (
    (re.compile(r"https?://\S+"), "<url>"),
    (re.compile(r"[\w.+-]+@[\w-]+\.\w[\w.-]*"), "<email>"),
    (re.compile(r"(?<![\w'])'[^'\n]*'(?!\w)|\"[^\"\n]*\"|`[^`\n]*`"), "<text>"),
    (re.compile(r"(?<!\w)(?:[A-Za-z]:)?(?:[\\/][\w.+@-]+){2,}[\\/]?"), "<path>"),
    (re.compile(r"\b\w*\d\w*(?:[-.:/]\w*\d\w*)*\b"), "<n>"),
)


def error_class(message: str) -> str:
    """Return the first telling line of an error without numbers, ids, quoted text and paths.

    Of a Python traceback that is the last line, which names the exception.
    """
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return "no message"
    line = (lines[-1] if _TRACEBACK.match(lines[0]) else lines[0])[:LINE_CHARS]
    if (wrapped := _MCP.match(line)) is not None:
        line = wrapped[2]
    for pattern, mark in _VARYING:
        line = pattern.sub(mark, line)
    line = " ".join(line.split())
    return line if len(line) <= CLASS_CHARS else line[: CLASS_CHARS - 1].rstrip() + "…"


def count_classes(messages: Iterable[tuple[str | None, int]]) -> list[tuple[str, int]]:
    """Return error classes with how often each occurred, the most frequent first.

    Args:
        messages: Messages with how often each occurred.
    """
    counts: Counter[str] = Counter()
    for message, count in messages:
        counts[error_class(message or "")] += count
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
