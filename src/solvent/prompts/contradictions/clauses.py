"""The statements of a prompt as clauses: what each asks for, and where it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.directives import directive, label
from solvent.prompts.likeness import jaccard
from solvent.prompts.stems import stem, stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.records.instruction import Modality, Statement

_PARTS = re.compile(r";\s+|\s+[\u2013\u2014]\s+|\s+--?\s+|,?\s+but\s+|\.\s+(?=[A-Z])|:\s+(?=\w)")
_EXEMPT = re.compile(
    r"\b(?:unless|except(?:ion)?s?|until|other than|without (?:\w+ing|explicit|permission|approval"
    r"|confirm\w*|first|prior)|by default|instead of|rather than|otherwise|override|overrid\w+"
    r"|only (?:to|if|when|after|for|once))\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"(?i)\b(mode|option|phase|step|scenario|case|variant|type|level|stage|tier|template|pattern"
    r"|approach|method|version|profile|workflow|example|task|part|agent|role|platform)s?\b"
)
"""What titles name several of: `Mode A`, `Mode B`."""
_OCCASION = re.compile(r"(?i)^\W*(?:if|when|for|in|on|with|without|during|before|after)\b|\d")
_NUMBERING = re.compile(r"^\W*\d+(?:\.\d+)*\W+")
"""What counts sections up, and makes no alternative of them."""
_GENERIC = re.compile(
    r"(?i)^(?:important|note|critical|rules?|remember|warning|always|never|must)\b"
)
SAME_CONDITION = 0.75
"""Share of stems in common from which two conditions are taken to be the same."""
_GROUPS = (
    "answer respond reply response output", "include add insert append attach embed contain put",
    "ask request question inquire",
    "change modify edit alter update amend", "write create generate produce compose",
    "delete remove drop erase", "call invoke execute run",
    "show display print present share reveal disclose expose divulge",
    "explain describe elaborate", "give offer provide grant", "joke humor humorous funny",
    "cite citation reference", "apologize apology sorry", "comment annotation",
    "library package dependency", "summary summarize recap", "web internet online",
    "emoji emoticon", "fence fenced", "greet greeting hello", "browse search", "parcel package",
)  # fmt: skip
SAME = {stem(word): stem(group.split()[0]) for group in _GROUPS for word in group.split()}
"""Stem to the stem that stands for its group of meanings."""
EMPTY = frozenset(
    stem(word)
    for word in """
        customer client caller people person avoid refrain abstain allow allowed permit
        permitted forbid forbidden prohibit prohibited acceptable require required provide
        sure circumstance case free feel want wish yourself thing something anything
        everything way time example necessary new welcome tool strictly explicitly directly
        simply still rule following follow etc e.g. i.e. one two
        """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
"""Stems that say nothing about the act."""


_STATES = re.compile(
    r"\b(?:is|are|has|have|comes?|goes|stands?|lasts?|takes?|costs?|contains?|includes?|looks? like"
    r"|may|can|at most|at least|exactly|no more than|maximum"
    r"|minimum)\b",
    re.IGNORECASE,
)
STATED = 14
"""Words of a sentence that states how something is, rather than tell a story."""
_WHEN = re.compile(r"(?i)^(?:before|after|once|while|during|on|upon)\b")
DENIED = re.compile(
    r"(?i)(?:[,(]\s*(?:and )?|\band )not\b.*$|\b(?:instead of|rather than|over)\b.*$"
)
"""What a clause sets itself against: `use filters, not callbacks` asks for filters."""


class Clause(NamedTuple):
    """A part of a statement that asks for one thing."""

    statement: Statement
    text: str
    modality: Modality | None
    """None: it states how something is, as in "dates are written in full"."""
    content: frozenset[str]
    """What the act is about: canonical stems without the words of order and refusal."""
    conditions: tuple[str, ...]
    exempt: bool
    """Whether it names exceptions."""


def clauses(statements: Iterable[Statement]) -> list[Clause]:
    """Return the clauses of some statements that ask for something, or state how something is.

    Statements that only their heading turns into a refusal are left out: what stands below
    "Pitfalls" is as often the cure.
    """
    found = []
    for statement in statements:
        parts = [part for part in _PARTS.split(statement.text) if part.strip()]
        for part in parts:
            told = directive(part, statement.lead)
            if told.modality is not directive(part, statement.lead, statement.section).modality:
                continue
            if told.modality or (_STATES.search(part) and len(part.split()) <= STATED):
                found.append(
                    Clause(
                        statement=statement,
                        text=told.act or part,
                        modality=told.modality,
                        content=content(DENIED.sub("", told.act or part)),
                        conditions=tuple(c for c in told.conditions if not _WHEN.match(c)),
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
    if a.text == b.text or _are_alternatives(a.path, b.path) or _are_labelled_apart(a, b):
        return False
    return not (one.conditions and other.conditions) or _same_condition(one, other)


def _are_labelled_apart(one: Statement, other: Statement) -> bool:
    """Tell whether both speak under labels of their own, as in `Primary colour: ...`."""
    labels = [label(s.text) or s.lead.lower().strip(" *_:") for s in (one, other)]
    return all(labels) and labels[0] != labels[1] and not any(map(_GENERIC.match, labels))


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
            titles = [_NUMBERING.sub("", title) for title in (mine, theirs)]
            kinds = [{m.lower() for m in _ALTERNATIVE.findall(title)} for title in titles]
            return bool(kinds[0] & kinds[1]) or all(map(_OCCASION.search, titles))
    return False
