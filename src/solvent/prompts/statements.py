"""A prompt cut into sections and statements, each with the line it begins on.

A statement is a list item or a sentence. Headings, fenced code, tables and lines of markup alone
say nothing by themselves and are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_LABEL = re.compile(r"^(?:\*\*|__)(.{2,80}?)(?:\*\*|__):?$")
_UNDERLINE = re.compile(r"^(?:={3,}|-{3,}|\*{3,}|_{3,})$")
_MARKUP = re.compile(r"^</?[A-Za-z_][\w .:\"'=-]*/?>$")
_MARKER = re.compile(r"^(?:[-*+\u2022\u25aa\u25e6\u2013]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+")
_END = re.compile(r"(?<=[.!?])[\"')*_]*\s+(?=[\"'(*_`]*[A-Z0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|Mr|Mrs|Dr)\.|\b\d+\.)$", re.IGNORECASE
)


class Section(NamedTuple):
    """A part of a prompt under one heading."""

    title: str
    line: int
    """1-based; 0 for what stands above the first heading."""
    level: int


class Statement(NamedTuple):
    """A list item or sentence."""

    text: str
    line: int
    """1-based line that it begins on."""
    section: str
    """Title of the heading above it; empty above the first one."""


def sections(text: str) -> list[Section]:
    """Return the headings of a prompt in order."""
    found = []
    for number, line in _outside_code(text):
        title, level = _title(line.strip())
        if title:
            found.append(Section(title, number, level))
    return found


def statements(text: str) -> list[Statement]:
    """Return what a prompt says, sentence by sentence and item by item."""
    found: list[Statement] = []
    block: list[tuple[int, str]] = []
    section, last = "", 0
    for number, raw in _outside_code(text):
        line = raw.strip()
        marker = _MARKER.match(line)
        title, _ = _title(line)
        nothing = not line or title or line.startswith("|") or _is_markup(line)
        if nothing or marker or number != last + 1:
            found.extend(_sentences(block, section))
            block = []
        last = number
        if title:
            section = title
        if not nothing:
            block.append((number, line[marker.end() :] if marker else line))
    found.extend(_sentences(block, section))
    return found


def _outside_code(text: str) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        opened = _FENCE.match(line)
        if opened and not fence:
            fence = opened[1]
        elif opened and opened[1].startswith(fence):
            fence = ""
        elif not fence:
            yield number, line


def _title(line: str) -> tuple[str, int]:
    if match := _HEADING.match(line):
        return match[2].strip("*_: "), len(match[1])
    if match := _LABEL.match(line):
        return match[1].strip(": "), 7
    return "", 0


def _is_markup(line: str) -> bool:
    return bool(_UNDERLINE.match(line) or _MARKUP.match(line))


def _sentences(block: list[tuple[int, str]], section: str) -> Iterator[Statement]:
    if not block:
        return
    starts, joined = [], ""
    for number, line in block:
        starts.append((len(joined), number))
        joined += line + " "
    begin = 0
    for cut in _END.finditer(joined):
        piece = joined[begin : cut.start()].strip()
        if _ABBREVIATED.search(piece):
            continue
        yield Statement(joined[begin : cut.end()].strip(), _line_at(starts, begin), section)
        begin = cut.end()
    if rest := joined[begin:].strip():
        yield Statement(rest, _line_at(starts, begin), section)


def _line_at(starts: list[tuple[int, int]], offset: int) -> int:
    return max(number for start, number in starts if start <= offset)
