"""A prompt as a tree of titles with units of lines below, from which parts of it can be written.

Nothing is cut that belongs together: code, examples and template logic stay whole, a line that
introduces a list stays with it, and what a template defines stays with what uses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.prompts.reading import read_prompt
from solvent.records.decomposition import Unit
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from solvent.records.instruction import Block, PromptReading, Section

_DEFINES = re.compile(r"\{%-?\s*(?:set|macro|import|from\s.+?\simport)\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Branch:
    """A title with what stands below it."""

    title: str
    opening: tuple[int, int]
    """First line, and the one after the last, of what is repeated in every part that holds
    something of it: the title. Empty for the whole prompt."""
    inner: tuple[Branch | Unit, ...]
    closing: tuple[int, int] = (0, 0)
    """The line of a closing tag, in the same way."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole prompt."""

    lines: tuple[str, ...]
    root: Branch

    @property
    def units(self) -> tuple[Unit, ...]:
        """Return all units in the order of the text."""
        return tuple(_units(self.root))

    def parents(self) -> dict[Unit, tuple[str, ...]]:
        """Return the titles around each unit, outermost first."""
        return dict(_parents(self.root, ()))

    def write(self, chosen: Collection[Unit]) -> str:
        """Return the text of some units with the titles around them."""
        kept = list(self._kept(self.root, chosen))
        while kept and not kept[0].strip():
            kept.pop(0)
        while kept and not kept[-1].strip():
            kept.pop()
        return "\n".join(kept)

    def _kept(self, branch: Branch, chosen: Collection[Unit]) -> Iterator[str]:
        inner: list[str] = []
        for child in branch.inner:
            if isinstance(child, Branch):
                inner.extend(self._kept(child, chosen))
            elif child in chosen:
                inner.extend(self.lines[child.line - 1 : child.end_line])
        if inner:
            yield from self.lines[slice(*branch.opening)]
            yield from inner
            yield from self.lines[slice(*branch.closing)]


def grow(text: str, max_share: float) -> Tree:
    """Return the tree of a prompt.

    Args:
        text: The prompt.
        max_share: Share of the prompt's characters from which a section is taken apart.
    """
    reading = read_prompt(text)
    lines = tuple(text.split("\n"))
    return Tree(lines, _Grower(reading, lines, max_share).whole())


class _Grower:
    def __init__(self, reading: PromptReading, lines: Sequence[str], max_share: float) -> None:
        self._reading = reading
        self._lines = lines
        self._limit = max_share * sum(map(len, lines))
        blocks = [(b.line, b.end_line) for b in reading.blocks if not self._several(b)]
        self._whole = blocks + [(s.line, s.end_line) for s in reading.statements]
        self._whole += _defined(lines)

    def _several(self, block: Block) -> bool:
        """Tell whether a section of examples holds several, each with a title and code."""
        if block.kind != "example":
            return False
        code = [b.line for b in self._reading.blocks if b.kind == "code"]
        inner = [s for s in self._reading.sections
                 if block.line < s.line <= block.end_line]  # fmt: skip
        shown = [s for s in inner if any(s.line < line <= s.end_line for line in code)]
        return len(shown) > 1 and len(shown) * 2 > len(inner)

    def whole(self) -> Branch:
        """Return the root: the prompt is always taken apart."""
        last = len(self._lines)
        return Branch("", (0, 0), self._between(1, last, self._below(1, last), ""))

    def _below(self, first: int, last: int) -> list[Section]:
        """Return the outermost titles in some lines; a tag that is never closed is none."""
        found: list[Section] = []
        at = first
        for section in self._reading.sections:
            inside = at <= section.line and section.end_line <= last
            if inside and self._closed(section):
                found.append(section)
                at = section.end_line + 1
        return found

    def _closed(self, section: Section) -> bool:
        return section.form != "tag" or f"</{section.title}" in self._lines[section.end_line - 1]

    def _between(
        self, first: int, last: int, sections: Sequence[Section], title: str
    ) -> tuple[Branch | Unit, ...]:
        """Return what stands in some lines, given the outermost sections among them."""
        if not sections:
            return self._paragraphs(first, last, title)
        starts = [s.line for s in sections]
        ends = [s.end_line for s in sections]
        ranges: list[tuple[int, int, Section | None]] = []
        at = first
        for section, start, end in zip(sections, starts, ends, strict=True):
            if start > at:
                ranges.append((at, start - 1, None))
            if end >= max(start, at):
                ranges.append((max(start, at), end, section))
                at = end + 1
        if at <= last:
            ranges.append((at, last, None))
        found: list[Branch | Unit] = []
        for start, end, one in self._merged(ranges):
            found.append(self._branch(one) if one else self._unit(start, end, title))
        return tuple(found)

    def _merged(
        self, ranges: Sequence[tuple[int, int, Section | None]]
    ) -> list[tuple[int, int, Section | None]]:
        """Return the ranges, joined where something that stays whole runs across."""
        joined: list[tuple[int, int, Section | None]] = []
        for start, end, section in ranges:
            if joined and self._crosses(start):
                joined[-1] = (joined[-1][0], end, None)
            elif joined and section is None and not self._says(start, end):
                joined[-1] = (joined[-1][0], end, joined[-1][2])
            else:
                joined.append((start, end, section))
        return [
            (start, end, section if section and section.end_line == end else None)
            for start, end, section in joined
        ]

    def _crosses(self, line: int) -> bool:
        return any(first < line <= last for first, last in self._whole)

    def _says(self, first: int, last: int) -> bool:
        return any(line.strip() for line in self._lines[first - 1 : last])

    def _branch(self, section: Section) -> Branch | Unit:
        start, end = section.line, section.end_line
        size = sum(len(line) for line in self._lines[start - 1 : end])
        closing = (end - 1, end) if section.form == "tag" and end > start else (0, 0)
        last = end - 1 if closing[1] else end
        opened = self._opened(section)
        if size <= self._limit or last <= opened or self._crosses(opened + 1):
            return self._unit(start, end, section.title)
        if closing[1] and self._crosses(end):
            return self._unit(start, end, section.title)
        inner = self._below(opened + 1, last)
        below = self._between(opened + 1, last, inner, section.title)
        if len(below) == 1 and isinstance(below[0], Unit):
            return self._unit(start, end, section.title)
        return Branch(section.title, (start - 1, opened), below, closing)

    def _opened(self, section: Section) -> int:
        """Return the last line of a title: the one below is a line of dashes or empty."""
        line = section.line
        while line < section.end_line and not self._lines[line].strip(" =-\t"):
            line += 1
        return line

    def _paragraphs(self, first: int, last: int, title: str) -> tuple[Unit, ...]:
        """Return the lines as paragraphs, a list with the paragraph that introduces it."""
        starts = [first]
        for line in range(first + 1, last + 1):
            above = self._lines[line - 2]
            here = self._lines[line - 1]
            begins = bool(here.strip()) and not here[:1].isspace()
            if begins and not above.strip() and not self._crosses(line) and not self._led(line):
                starts.append(line)
        ends = [*(start - 1 for start in starts[1:]), last]
        return tuple(self._unit(start, end, title) for start, end in zip(starts, ends, strict=True))

    def _led(self, line: int) -> bool:
        """Tell whether the statement that begins in a line is introduced by one before."""
        return any(s.line == line and s.lead for s in self._reading.statements)

    def _unit(self, first: int, last: int, title: str) -> Unit:
        text = "\n".join(self._lines[first - 1 : last])
        said = tuple(s for s in self._reading.statements if first <= s.line <= last)
        return Unit(title, first, last, count(text), said)


def _defined(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield from where a template defines a name to where it is last used."""
    for number, line in enumerate(lines, 1):
        for name in _DEFINES.findall(line):
            used = [n for n, other in enumerate(lines, 1)
                    if n > number and re.search(rf"\b{name}\b", other)]  # fmt: skip
            if used:
                yield number, used[-1]


def _units(branch: Branch) -> Iterator[Unit]:
    for child in branch.inner:
        if isinstance(child, Branch):
            yield from _units(child)
        else:
            yield child


def _parents(branch: Branch, path: tuple[str, ...]) -> Iterator[tuple[Unit, tuple[str, ...]]]:
    for child in branch.inner:
        if isinstance(child, Branch):
            yield from _parents(child, (*path, child.title))
        else:
            yield child, path
