"""The statements of a prompt as clauses: what each asks for, and where it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.directives import directive
from solvent.prompts.likeness import jaccard
from solvent.prompts.stems import stem, stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.records.instruction import Modality, Statement

_PARTS = re.compile(r";\s+|\s+[\u2013\u2014]\s+|\s+--?\s+|,?\s+but\s+|\.\s+(?=[A-Z])|:\s+(?=\w)")
_EXEMPT = re.compile(
    r"\b(?:unless|except(?:ion)?s?|until|other than|without (?:\w+ing|explicit|permission|approval"
    r"|confirm\w*|first|prior)|by default|instead of|rather than|otherwise|override|overrid\w+)\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"(?i)\b(?:mode|option|phase|step|scenario|case|variant|type|level|stage|tier|template|pattern"
    r"|approach|method|version|profile|workflow|example|task|part|section|agent|role|platform)\b"
    r"|^(?:if|when|for|in|on|with|without|during|before|after)\b|\d"
)
SAME_CONDITION = 0.5
"""Share of stems in common from which two conditions are taken to be the same."""
_GROUPS = (
    "answer respond reply response output", "include add insert append attach embed contain put",
    "ask request question inquire", "share reveal disclose expose divulge",
    "change modify edit alter update amend", "write create generate produce compose",
    "delete remove drop erase", "call invoke execute run", "show display print present",
    "explain describe elaborate", "give offer provide grant", "joke humor humorous funny",
    "source citation reference cite", "apologize apology sorry", "comment annotation",
    "library package dependency", "summary summarize recap", "web internet online",
    "emoji emoticon", "fence fenced", "greet greeting hello", "browse search", "parcel package",
)  # fmt: skip
SAME = {stem(word): stem(group.split()[0]) for group in _GROUPS for word in group.split()}
"""Stem to the stem that stands for its group of meanings."""
EMPTY = frozenset(
    stem(word)
    for word in """
    customer client caller people person avoid refrain abstain allow allowed permit permitted forbid
    forbidden prohibit prohibited acceptable require required provide sure circumstance case free
    feel want wish yourself thing something anything everything way time example necessary new
    welcome strictly explicitly directly simply still rule following follow etc e.g. i.e. one two
    """.split()
)
"""Stems that say nothing about the act."""


class Clause(NamedTuple):
    """A part of a statement that asks for one thing."""

    statement: Statement
    text: str
    modality: Modality
    content: frozenset[str]
    """What the act is about: canonical stems without the words of order and refusal."""
    conditions: tuple[str, ...]
    exempt: bool
    """Whether it names exceptions."""


def clauses(statements: Iterable[Statement]) -> list[Clause]:
    """Return the clauses of the instructions among some statements."""
    found = []
    for statement in statements:
        if statement.modality is None:
            continue
        parts = [part for part in _PARTS.split(statement.text) if part.strip()]
        for part in parts:
            title = statement.section if len(parts) == 1 else ""
            told = directive(part, statement.lead, title)
            modality = told.modality or (statement.modality if len(parts) == 1 else None)
            if modality:
                found.append(
                    Clause(
                        statement=statement,
                        text=told.act or part,
                        modality=modality,
                        content=content(told.act or part),
                        conditions=told.conditions,
                        exempt=bool(_EXEMPT.search(statement.text)),
                    )
                )
    return found


def content(text: str) -> frozenset[str]:
    """Return what a text is about: canonical stems that carry meaning."""
    return frozenset(SAME.get(s, s) for s in stems(text)) - EMPTY


def apply_together(one: Clause, other: Clause) -> bool:
    """Tell whether two clauses can both hold at one time, as far as the prompt says.

    Branches of a template, sections for alternatives ("Mode A", "Mode B") and different conditions
    keep them apart.
    """
    a, b = one.statement, other.statement
    if a.guard and b.guard and a.guard != b.guard:
        return False
    if _are_alternatives(a.path, b.path):
        return False
    return not (one.conditions and other.conditions) or _same_condition(one, other)


def are_general(one: Clause, other: Clause) -> bool:
    """Tell whether both hold always, or both under one condition, and neither names exceptions."""
    if one.exempt or other.exempt:
        return False
    if one.conditions or other.conditions:
        return bool(one.conditions and other.conditions) and _same_condition(one, other)
    return True


def _same_condition(one: Clause, other: Clause) -> bool:
    first, second = (content(" ".join(c.conditions)) for c in (one, other))
    negated = [bool(re.search(r"\b(?:not|no|n't|unless|without)\b", " ".join(c.conditions)))
               for c in (one, other)]  # fmt: skip
    return negated[0] == negated[1] and jaccard(first, second) >= SAME_CONDITION


def _are_alternatives(one: Sequence[str], other: Sequence[str]) -> bool:
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return bool(_ALTERNATIVE.search(mine) and _ALTERNATIVE.search(theirs))
    return False
