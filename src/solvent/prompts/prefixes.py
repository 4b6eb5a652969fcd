"""Where the texts of one template differ, and how much of them stays the same."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.likeness import common_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_KINDS = (
    (
        "an identifier",
        re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|\b[0-9a-f]{16,}\b", re.IGNORECASE),
    ),
    ("a time", re.compile(r"\d{1,2}:\d{2}")),
    ("a date", re.compile(r"\d{4}-\d{2}-\d{2}|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")),
    ("a date", re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:19|20)\d\d\b")),
    ("a number", re.compile(r"\d")),
)


class Change(NamedTuple):
    """How the texts of one template follow each other."""

    prefix_tokens: int
    """Tokens before the first change, in the median of consecutive texts."""
    stable_tokens: int
    """Tokens that both of two consecutive texts have, in the median."""
    line: int
    """1-based line of the first change in `text`."""
    text: str
    """The line of the first change, in the text that the median is taken from."""
    kind: str
    """What changes: an identifier, a time, a date, a number, or words."""


def change(texts: Sequence[str], count: Callable[[str], int]) -> Change | None:
    """Return how consecutive texts differ, or None when no two of them do.

    Args:
        texts: In the order in which they were sent.
        count: Counts the tokens of a text.
    """
    pairs = [(a, b) for a, b in pairwise(texts) if a != b]
    if not pairs:
        return None
    prefixes = [common_prefix(a, b) for a, b in pairs]
    typical = median_low(prefixes)
    before, after = pairs[prefixes.index(typical)]
    line = after.count("\n", 0, typical) + 1
    lines = after.split("\n")
    return Change(
        prefix_tokens=count(after[:typical]),
        stable_tokens=median_low([count(stable(a, b)) for a, b in pairs]),
        line=line,
        text=lines[line - 1],
        kind=_kind(before, after, typical),
    )


def stable(one: str, other: str) -> str:
    """Return what two texts have in common: beginning, end, and the lines between."""
    start = common_prefix(one, other)
    rest, other_rest = one[start:], other[start:]
    end = common_prefix(rest[::-1], other_rest[::-1])
    middle, other_middle = rest[: len(rest) - end], other_rest[: len(other_rest) - end]
    have = Counter(other_middle.split("\n"))
    kept = []
    for line in middle.split("\n"):
        if line.strip() and have[line] > 0:
            have[line] -= 1
            kept.append(line + "\n")
    return one[:start] + "".join(kept) + rest[len(rest) - end :]


def _kind(before: str, after: str, at: int) -> str:
    """Name what differs, judged by the words around the first change in both texts."""
    found = []
    for text in (before, after):
        begin = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at), at - 40) + 1
        around = text[max(begin, 0) : at + 40].split("\n")[0]
        found.append(next((name for name, form in _KINDS if form.search(around)), "words"))
    return found[0] if found[0] == found[1] else "words"
