"""Is a text that was sent made by a template, and with which values?

Both are compared without braces and with runs of white space as one space, so that escaped braces
and another indentation do not matter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = re.compile(
    r"\{\{\{?[#/^&>!-]?\s*(?P<double>[^{}]{1,200}?)\s*-?\}\}\}?|\{%.*?%\}|\{#.*?#\}"
    r"|\$?\{(?P<single>[A-Za-z_][^{}\n:\"']{0,80})(?:![rsa])?(?::[^{}\n\"']{0,12})?\}",
    re.DOTALL,
)
"""Where something is filled in: Jinja, mustache, f-strings, `format` and `${name}`."""
LOGIC = re.compile(r"\{%-?\s*(?:if|for|block|include|macro)|\{\{[#^>]")
MIN_LITERAL = 20
"""Characters a template must have written out; a shorter one would fit anything."""
INSIDE = 0.5
"""Share of a text that a template must make up when the text goes on around it, or when parts of
the template may be left out."""


class Shape(NamedTuple):
    """What is written out in a template, and the names of what stands between."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]
    """`names[i]` stands after `pieces[i]`; empty where it is no plain name."""
    loose: bool
    """Whether conditions decide which pieces are there."""


def plain(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(re.sub(r"[{}]", "", text).split())


def shape_of(template: str) -> Shape | None:
    """Return the shape of a template; None when too little of it is written out."""
    pieces, names, at = [], [], 0
    for found in PLACE.finditer(template):
        pieces.append(plain(template[at : found.start()]))
        name = (found["double"] or found["single"] or "").strip()
        names.append(name if re.fullmatch(r"[A-Za-z_][\w.]*", name) else "")
        at = found.end()
    pieces.append(plain(template[at:]))
    if sum(map(len, pieces)) < MIN_LITERAL:
        return None
    return Shape(tuple(pieces), tuple(names), LOGIC.search(template) is not None)


def matches(shape: Shape, text: str) -> bool:
    """Tell whether a template can have made a text, or the larger part of it.

    Args:
        shape: The template.
        text: What was sent, `plain`.
    """
    if not shape.loose and values(shape, text) is not None:
        return True
    at = found = 0
    for piece in shape.pieces:
        place = text.find(piece, at)
        if place < 0 and not shape.loose:
            return False
        if place >= 0:
            at, found = place + len(piece), found + len(piece)
    return found >= max(INSIDE * len(text), MIN_LITERAL)


def values(shape: Shape, text: str) -> Mapping[str, str] | None:
    """Return what a text has in the places of a template; None when it is not made by it.

    A place whose end is not marked, as another one follows it at once, is left out.

    Args:
        shape: The template.
        text: What was sent, `plain`.
    """
    first, *rest = shape.pieces
    if not text.startswith(first):
        return None
    at = len(first)
    found: dict[str, str] = {}
    for number, piece in enumerate(rest):
        last = number == len(rest) - 1
        place = len(text) - len(piece) if last else text.find(piece, at)
        if place < at or (last and not text.endswith(piece)):
            return None
        name = shape.names[number]
        if name and (piece or last):
            found[name] = text[at:place].strip()
        at = place + len(piece)
    return found if at == len(text) else None
