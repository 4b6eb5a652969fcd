"""Which sections, examples and template conditions each line of a prompt stands in."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from solvent.prompts.layout import Mark, Piece
from solvent.records.instruction import Block, Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LABEL = re.compile(
    r"^(?:(?:\*\*|__)(?P<bold>[^*_].{0,78}?)(?:\*\*|__)\s*:?|(?P<caps>[A-Z][A-Z0-9 &/_-]{3,48}):?)$"
)
LABEL_LEVEL = 7
"""Deeper than any heading."""
_OPENS = re.compile(r"^(?:if|for|#if|#unless|#each|#with|#|\^|macro|block)\s*(.*)$")
_CLOSES = re.compile(r"^(?:endif|endfor|endmacro|endblock|/.*)$")
_TURNS = re.compile(r"^(?:elif|else)\b\s*(?:if\s+)?(.*)$")
_CONDITIONAL = re.compile(r"^(?:if|#if|#unless|#|\^)")


class Outline:
    """The nesting of a prompt, asked by line."""

    def __init__(
        self, text: str, pieces: Sequence[Piece], marks: Sequence[Mark], example: re.Pattern[str]
    ) -> None:
        self._lines = text.split("\n")
        self._example = example
        self._open: list[tuple[str, int, int, str]] = []
        self._done: list[Section] = []
        self._logic: list[str] = []
        self._logic_from = 0
        self._logics: list[tuple[int, int, str]] = []
        self._starts: list[int] = [0]
        self._states: list[tuple[tuple[str, ...], str]] = [((), "")]
        titles = [p for p in pieces if p.kind == "heading" or self.is_label(p)]
        events: list[tuple[int, Mark | Piece]] = [(m.line, m) for m in marks]
        events += [(p.line, p) for p in titles]
        for line, event in sorted(events, key=lambda pair: pair[0]):
            self._take(line, event)
            self._starts.append(line)
            path = tuple(title for title, *_ in self._open)
            self._states.append((path, " and ".join(filter(None, self._logic))))
        self._close_to(0, len(self._lines))
        self.sections = tuple(sorted(self._done, key=lambda s: (s.line, s.level)))

    @staticmethod
    def is_label(piece: Piece) -> bool:
        """Tell whether a paragraph is a title: a line all in bold, or all in capitals."""
        return piece.kind == "text" and bool(_LABEL.match(piece.text.strip()))

    def path(self, line: int) -> tuple[str, ...]:
        """Return the titles around a line, outermost first."""
        return self._states[bisect_right(self._starts, line) - 1][0]

    def guard(self, line: int) -> str:
        """Return the template conditions around a line."""
        return self._states[bisect_right(self._starts, line) - 1][1]

    def is_example(self, line: int) -> bool:
        """Tell whether a line stands in an example."""
        return any(self._example.match(title) for title in self.path(line))

    def blocks(self) -> Iterator[Block]:
        """Yield the examples that are sections of their own, and the template logic."""
        end = 0
        for section in self.sections:
            if section.line > end and self._example.match(section.title):
                end = section.end_line
                yield self._block("example", section.line, end, section.title)
        for line, last, label in self._logics:
            yield self._block("logic", line, last, label)

    def _block(self, kind: str, line: int, end_line: int, label: str) -> Block:
        text = "\n".join(self._lines[line - 1 : end_line])
        return Block(kind, text, line, end_line, label, None)

    def _take(self, line: int, event: Mark | Piece) -> None:
        if isinstance(event, Piece):
            self._begin(line, event)
        elif event.form == "open":
            self._open.append((event.text, line, 0, "tag"))
        elif event.form == "logic":
            self._branch(line, event.text)
        else:
            named = [i for i, (title, _, _, form) in enumerate(self._open)
                     if title == event.text and form == "tag"]  # fmt: skip
            if named:
                self._close_to(named[-1], line)

    def _begin(self, line: int, piece: Piece) -> None:
        """Open a heading or label below the innermost tag, in place of its like."""
        heading = piece.kind == "heading"
        label = None if heading else _LABEL.match(piece.text.strip())
        depth = piece.level if heading else LABEL_LEVEL
        title = (label["bold"] or label["caps"]) if label else piece.text
        inner = next(
            (i for i in range(len(self._open)) if self._is_like(i, depth)), len(self._open)
        )
        self._close_to(inner, line - 1)
        form = "heading" if heading else "label"
        self._open.append((title.strip("*_: #"), line, depth, form))

    def _is_like(self, index: int, depth: int) -> bool:
        """Tell whether a title of that depth ends an open part: no tag stands in it or is it."""
        return self._open[index][2] >= depth and all(
            form != "tag" for *_, form in self._open[index:]
        )

    def _close_to(self, index: int, line: int) -> None:
        for level, (title, start, _, form) in list(enumerate(self._open, 1))[index:]:
            self._done.append(Section(title, start, line, level, form))
        del self._open[index:]

    def _branch(self, line: int, said: str) -> None:
        if _CLOSES.match(said):
            if self._logic:
                label = self._logic.pop()
                if not self._logic:
                    self._logics.append((self._logic_from, line, label))
        elif turned := _TURNS.match(said):
            if self._logic:
                self._logic[-1] = turned[1].strip() or f"not ({self._logic[-1]})"
        elif opened := _OPENS.match(said):
            if not self._logic:
                self._logic_from = line
            negated = said.startswith(("#unless", "^"))
            condition = opened[1].strip() if _CONDITIONAL.match(said) else ""
            self._logic.append(f"not ({condition})" if negated else condition)
