"""Where a template places outside text, and whether something marks where that text ends."""

from __future__ import annotations

import re
from typing import NamedTuple

_VARIABLE = re.compile(
    r"(?<![{$])\$?\{\{?-?\s*(?P<name>[A-Za-z_][\w.\[\]()'\"]*)[^{}\n]{0,40}\}\}?"
)
_OUTSIDE = re.compile(
    r"(?i)(?:^|[._])(?:user_?(?:input|query|question|message|request|text|prompt)|input|query|question"
    r"|messages?|request|text|contents?|documents?|context|e?mail|body|page|html|transcript|results?"
    r"|reviews?|comments?|feedback|article|webpage\w*|web_?page\w*|conversation|chat_?history"
    r"|history|search_?results?|tool_?(?:output|result)s?|tweets?|post|snippet|excerpt|summary"
    r"|raw_?\w+|scraped\w*)$"
)
_OPENED = re.compile(
    r"(?:<[\w /=\"'-]{1,60}>|\"{3}|'{3}|`{3}\w*|-{3,}|={3,}|#{3,}|\*{3,}|\[{2})\s*$"
)
_LABELLED = re.compile(r"(?:^|\n)[^\n.!?]{0,60}:\s*$")
_CLOSED = re.compile(r"^\s*(?:</[\w -]{1,60}>|\"{3}|'{3}|`{3}|-{3,}|={3,}|#{3,}|\*{3,}|\]{2})")
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u00ab": "\u00bb", "<": ">", "[": "]"}
_AMOUNT = re.compile(r"(?i)^(?:max|min|num|n|total|top|count|limit)_")
"""Names of numbers that the program sets."""
_FENCE = re.compile(r"(?m)^[ \t]*```")
NEAR = 80


class Placement(NamedTuple):
    """A variable that holds outside text, without a boundary around it."""

    name: str
    line: int
    """1-based line of the template."""
    text: str
    """The line it stands on."""


def unbounded(text: str) -> list[Placement]:
    """Return the variables that take text from outside among instructions, each name once.

    A variable is bounded by a tag, a fence, a rule of dashes, or quotes around it, as is one in a
    block of code, which is no variable in a file of instructions for an agent; and at the end
    of a template by a label before it, because nothing follows that it could be mistaken for.
    """
    found: dict[str, Placement] = {}
    lines = text.split("\n")
    for match in _VARIABLE.finditer(text):
        name = match["name"].rstrip("()[]'\"")
        if name in found or not _OUTSIDE.search(name) or _AMOUNT.match(name):
            continue
        if _is_bounded(text, match) or len(_FENCE.findall(text, 0, match.start())) % 2:
            continue
        line = text.count("\n", 0, match.start())
        found[name] = Placement(name, line + 1, lines[line].strip())
    return list(found.values())


def _is_bounded(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - NEAR) : match.start()], text[match.end() :]
    first = after[:1]
    if before[-1:] in _QUOTES and first == _QUOTES[before[-1:]]:
        return True
    if _OPENED.search(before) or _CLOSED.match(after):
        return True
    return bool(_LABELLED.search(before)) and not after.strip()
