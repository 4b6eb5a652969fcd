"""Where the instructions of a proposed prompt come from."""

from __future__ import annotations

from difflib import SequenceMatcher

from solvent.prompts.reading import read_prompt
from solvent.records.improvement import Origin

SAME = 0.6
"""Likeness from which an instruction counts as a rewording: more than half of it stands there."""


def origins(old: str, new: str) -> tuple[Origin, ...]:
    """Return each instruction of the new prompt with the old one that it keeps or rewords."""
    before = [_plain(s.text) for s in read_prompt(old).instructions]
    found = []
    for statement in read_prompt(new).instructions:
        text = _plain(statement.text)
        if text in before:
            found.append(Origin(statement.text, "kept"))
            continue
        closest = max(before, key=lambda was: _likeness(was, text), default="")
        if closest and _likeness(closest, text) >= SAME:
            found.append(Origin(statement.text, "reworded", closest))
        else:
            found.append(Origin(statement.text, "new"))
    return tuple(found)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()
