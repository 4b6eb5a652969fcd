"""The text of a paragraph or list item cut into sentences, each with the line it begins on."""

from __future__ import annotations

import re
from typing import NamedTuple

_END = re.compile(r"(?<=[.!?:])[\"')*_\u201d]*\s+(?=[\"'(*_`\u201c\[<]*[A-Z0-9])|(?<=[\u3002])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|Mr|Mrs|Dr|incl|resp|fig|[A-Z])\.|\b\d+\.)$",
    re.IGNORECASE,
)
_STARTS = re.compile(r"^(?:[\"'(*_`\u201c\[<]*[A-Z]|[^\w\s\"'(<`.,;])")
_STOPS = re.compile(r"[.!?:;,][\"')*_`\u201d]*$")
_TAGS = re.compile(r"^(?:</?[A-Za-z_][\w.:-]*>\s*)+(?!:)|(?:\s*</[A-Za-z_][\w.:-]*>)+$")
_QUOTE = re.compile(r"^(?:>\s*)+")
LISTED = 0.75
"""Share of the lines of a paragraph that begin like a sentence, from which each line is one."""


class Sentence(NamedTuple):
    """A sentence and its lines, 1-based."""

    text: str
    line: int
    end_line: int


def sentences(text: str, line: int) -> list[Sentence]:
    """Return the sentences of a paragraph.

    Args:
        text: Its lines, as they stand.
        line: 1-based line of the first.
    """
    runs: list[list[tuple[int, str]]] = [[]]
    lines = [_QUOTE.sub("", part.strip()) for part in text.split("\n")]
    apart = _is_list(lines)
    for number, part in enumerate(lines, line):
        if runs[-1] and (apart or _STOPS.search(runs[-1][-1][1])) and _STARTS.match(part):
            runs.append([])
        if part:
            runs[-1].append((number, part))
    return [sentence for run in runs if run for sentence in _of_run(run)]


def _is_list(lines: list[str]) -> bool:
    """Tell whether each line says something of its own, as in a list without marks."""
    rest = [part for part in lines[1:] if part]
    return bool(rest) and sum(bool(_STARTS.match(p)) for p in rest) >= LISTED * len(rest)


def _of_run(run: list[tuple[int, str]]) -> list[Sentence]:
    starts: list[tuple[int, int]] = []
    joined = ""
    for number, part in run:
        starts.append((len(joined), number))
        joined += part + " "
    found, begin = [], 0
    cuts = [m for m in _END.finditer(joined) if not _is_inside(joined, begin, m.start())]
    for start, end in [*((m.start(), m.end()) for m in cuts), (len(joined), len(joined))]:
        said = _TAGS.sub("", joined[begin:end].strip()).strip()
        if any(letter.isalpha() for letter in said):
            found.append(Sentence(said, _line(starts, begin), _line(starts, max(start - 1, begin))))
        begin = end
    return found


def _is_inside(joined: str, begin: int, end: int) -> bool:
    """Tell whether a place that looks like the end of a sentence is none."""
    before = joined[:end]
    if joined[end - 1 : end] == ":":
        # `Note: do this` is one sentence; `When X happens: Do this` is one too.
        return True
    return bool(_ABBREVIATED.search(before[max(begin, end - 12) :]))


def _line(starts: list[tuple[int, int]], offset: int) -> int:
    return max(number for start, number in starts if start <= offset)
