"""A change of a prompt as a change of the file that it stands in: a string constant, or text.

The lines of the prompt are looked for in the lines of the file, and only those are changed. The
file is then read again as the code scan reads it: unless the prompt says exactly what was wanted,
and every other prompt says what it said, nothing is proposed.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from solvent.code.draft import rendered
from solvent.code.scan import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.source import Place

_LITERAL = r"""\s*[fFrRbBuU]{0,2}(["'])%s(?:\\n)*\1,?\s*"""
"""A line of a file that is one string of a row of strings."""


def edit_source(source: str, place: Place, before: str, after: str) -> str | None:
    """Return a file in which a prompt says something else; None when that cannot be done safely.

    Args:
        source: The file.
        place: Where the prompt stands in it.
        before: What the prompt says.
        after: What it is to say.
    """
    lines = source.split("\n")
    edited = _edited(lines, place, before.split("\n"), after.split("\n"))
    if edited is None:
        return None
    found = "\n".join(edited)
    return found if is_same_but(source, found, place, after) else None


def is_same_but(source: str, edited: str, place: Place, after: str) -> bool:
    """Tell whether of all prompts of a file one alone has changed, to what was wanted."""
    old, new = _said(place.file, source), _said(place.file, edited)
    if not old:  # it was named by hand, and is a prompt as a whole
        return after.strip() in edited
    own = [n for n, (line, _) in enumerate(old) if line == place.line]
    if len(own) != 1 or len(old) != len(new):
        return False
    wanted = [text for _, text in old]
    wanted[own[0]] = after
    return [text.strip() for _, text in new] == [text.strip() for text in wanted]


def _said(file: str, source: str) -> list[tuple[int, str]]:
    """Return the first line and the text of each prompt of a file, in order."""
    try:
        drafts = read_text(file, source).drafts
    except (SyntaxError, ValueError, RecursionError):
        return []
    return sorted((draft.line, rendered(draft.pieces)) for draft in drafts)


def _edited(
    lines: Sequence[str], place: Place, before: Sequence[str], after: Sequence[str]
) -> list[str] | None:
    """Return the lines of a file with those of a prompt changed; None: they are not found."""
    at = _found(lines, place, before)
    changed: dict[int, str | None] = {}
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, start, end, first, last in blocks:
        if kind == "equal":
            continue
        if last - first > end - start:
            return None
        for n in range(start, end):
            to = after[first + n - start] if first + n - start < last else None
            if at[n] is None:
                if before[n].strip():
                    return None
                continue
            row = at[n] or 0
            changed[row] = _changed(lines[row], before[n], to)
    kept = [changed.get(row, line) for row, line in enumerate(lines)]
    return [line for line in kept if line is not None]


def _changed(line: str, before: str, to: str | None) -> str | None:
    """Return a line of the file that holds a line of the prompt; None: nothing of it is left."""
    if to is not None:
        return line.replace(before, to, 1) if before else line
    alone = re.fullmatch(_LITERAL % re.escape(before), line) or line.strip() == before.strip()
    return None if alone else line.replace(before, "", 1)


def _found(lines: Sequence[str], place: Place, before: Sequence[str]) -> list[int | None]:
    """Return for each line of a prompt the line of the file that holds it, both in order."""
    at: list[int | None] = []
    row = place.line - 1
    for text in before:
        found = None
        for here in range(row, min(place.end_line, len(lines))):
            if _holds(lines[here], text):
                found, row = here, here + 1
                break
            if not text.strip():
                break
        at.append(found)
    return at


def _holds(line: str, text: str) -> bool:
    return text in line if text.strip() else not line.strip()
