"""Saying an instruction plainly: the same words without capitals, warnings and exclamation marks.

An instruction is changed only when it is still read as the same order afterwards, and no longer as
an emphatic one. What cannot be said plainly by these means stays as it is.
"""

from __future__ import annotations

import re
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.directives import directive, is_emphatic
from solvent.prompts.reading import read_prompt
from solvent.records.instruction import Modality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.instruction import Statement

SHARE = 0.25
"""Share of emphatic instructions from which nothing stands out, as the rule PS205 has it."""
MOST = 3
"""Instructions on which emphasis is left."""
_SIGN = "\U0001f6a8\u26a0\ufe0f\u2757"
_LABEL = re.compile(
    rf"(?:[{_SIGN}]\s*)*[*_]{{0,3}}(?:VERY )?(?:IMPORTANT|CRITICAL|WARNING|CAUTION|ATTENTION|URGENT"
    rf"|MANDATORY|REQUIRED|CRUCIAL|ESSENTIAL)[*_]{{0,3}}\s*[:!-]+[*_]{{0,3}}\s*"
)
"""A warning in front: `**IMPORTANT**: `."""
_MARKS = re.compile(rf"[{_SIGN}]\s*")
_CALLS = re.compile(r"!+(?=\s|$|\*|\"|')")
_HEAVY = re.compile(r"\b(?:absolutely|strictly|critically|ABSOLUTELY|STRICTLY|CRITICALLY)\s+")
_LEAD = re.compile(r"\s*(?:(?:[-+*\u2022]|\d+[.)])\s+)?")
_CAPITALS = re.compile(r"`[^`]*`|\"[^\"]*\"|\b[A-Z][A-Z'\u2019]+\b(?:\s+[A-Z]{2,}\b)*")
"""What is quoted, and words in capitals in a row."""
_WORD = re.compile(r"[A-Z'\u2019]+")
_WARNS = frozenset({
    "IMPORTANT", "CRITICAL", "WARNING", "CAUTION", "ATTENTION", "NEVER", "ALWAYS", "MUST", "NOT",
    "ONLY", "MANDATORY", "REQUIRED", "CRUCIAL", "ESSENTIAL", "EXTREMELY", "URGENT", "DON'T",
    "DON\u2019T",
})  # fmt: skip
_ACRONYMS = frozenset({
    "AI", "API", "CSS", "CSV", "HTML", "HTTP", "HTTPS", "ID", "JSON", "LLM", "MCP", "PDF", "SQL",
    "UI", "URL", "UTC", "XML", "YAML",
})  # fmt: skip


class Calmed(NamedTuple):
    """A prompt said plainly."""

    text: str
    calmed: tuple[Statement, ...]
    """The instructions that were changed, as they stood."""
    loud: tuple[Statement, ...]
    """Those that stay emphatic."""


def calm(text: str) -> Calmed:
    """Return a prompt in which few instructions are emphatic.

    Those that cannot be said plainly stay; of the others the first prohibitions keep their
    emphasis, until `MOST` have it or one more would be too many.
    """
    reading = read_prompt(text)
    total = len(reading.instructions)
    emphatic = [statement for statement in reading.instructions if statement.emphatic]
    lines = text.split("\n")
    plain = {s: found for s in emphatic if (found := _plain_lines(lines, s)) is not None}
    room = min(MOST, ceil(SHARE * total) - 1) - (len(emphatic) - len(plain))
    ordered = sorted(plain, key=lambda s: (s.modality is not Modality.MUST_NOT, s.line))
    kept = set(ordered[: max(room, 0)])
    calmed = tuple(statement for statement in plain if statement not in kept)
    for statement in calmed:
        # Several on one line change it one after the other.
        again = _plain_lines(lines, statement)
        if again is not None:
            lines[statement.line - 1 : statement.end_line] = again
    after = "\n".join(lines)
    if not _says_the_same(reading.instructions, read_prompt(after).instructions):
        return Calmed(text, (), tuple(emphatic))
    return Calmed(after, calmed, tuple(s for s in emphatic if s not in calmed))


def said_plainly(sentence: str, *, all_runs: bool = False) -> str:
    """Return a sentence without warnings in front, words that warn, and exclamation marks.

    Args:
        sentence: A statement, or a line of one.
        all_runs: Whether any words in capitals in a row are made small, also those without a
            warning among them, which may be names.
    """
    lead = _LEAD.match(sentence)
    at = lead.end() if lead else 0
    said = sentence[at:]
    label = _LABEL.match(said)
    said = said[label.end() :] if label else said
    begins = bool(label) or said[:1].isupper()
    said = _HEAVY.sub("", _MARKS.sub("", said))
    said = _CALLS.sub(".", _CAPITALS.sub(partial(_lowered, all_runs=all_runs), said))
    return sentence[:at] + (said[:1].upper() + said[1:] if begins else said)


def _lowered(found: re.Match[str], *, all_runs: bool) -> str:
    words = found[0].split()
    if found[0][0] in '`"':
        return found[0]
    if _WARNS.isdisjoint(words) and not (all_runs and len(words) > 1):
        return found[0]
    return _WORD.sub(lambda w: w[0] if w[0] in _ACRONYMS else w[0].lower(), found[0])


def _plain_lines(lines: Sequence[str], statement: Statement) -> list[str] | None:
    """Return the lines of a statement with it said plainly; None when it cannot be."""
    own = list(lines[statement.line - 1 : statement.end_line])
    whole = len(own) == 1
    if whole and statement.text not in own[0]:
        return None
    for all_runs in (False, True) if whole else (False,):
        plain = said_plainly(statement.text, all_runs=all_runs)
        told = directive(plain, statement.lead, statement.section)
        if not is_emphatic(plain) and told.modality is statement.modality:
            if whole:
                return [own[0].replace(statement.text, plain, 1)]
            return [said_plainly(line) for line in own]
    return None


def _says_the_same(before: Sequence[Statement], after: Sequence[Statement]) -> bool:
    """Tell whether the same orders are given in the same places."""
    return [(s.line, s.modality) for s in before] == [(s.line, s.modality) for s in after]
