"""To do and not to do the same."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from solvent.prompts.contradictions.clauses import apply_together, are_general, content
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause

_PARTIAL = re.compile(
    r"\b(?:without|only|just|merely|solely|more than|less than|fewer than|too (?:many|much)|again"
    r"|both|blindly|unnecessar\w+|excessive\w*|overly?|irrelevant|unrelated|redundant\w*|rely"
    r"|same|as well|instead|additional|extra|assume|unsafe\w*|incorrect\w*|invalid|directly|such)\b"
    r"|\bother than\b",
    re.IGNORECASE,
)
"""Words that make a refusal narrower than what it names: `never only ...`, `not without ...`."""
_REFUSES = re.compile(r"^(?:refuse|decline|reject|ignore|omit|exclude)\b", re.IGNORECASE)
_LACKS = re.compile(r"(?i)^you (?:have no|lack|do not have|don't have) (?:any )?(?:access to )?")
FEW = 2
"""Content words a refusal must have; with one alone it would meet every sentence on its subject."""


def acts(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of an order and a refusal of the same act.

    The refusal must be at least as general as the order: "never use X" forbids "use X for Y", and
    "never use X for Z" does not. Where the order has a condition that the refusal does not name, the
    order can never be followed: that is told as a condition.
    """
    by_stem: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        if clause.modality is not Modality.MUST_NOT and not _REFUSES.match(clause.text):
            for word in clause.content | _condition(clause):
                by_stem[word].append(clause)
    for refusal in clauses:
        forbidden = _forbidden(refusal)
        if len(forbidden) < FEW:
            continue
        rarest = min(forbidden, key=lambda word: (len(by_stem.get(word, ())), word))
        for order in by_stem.get(rarest, ()):
            if order.statement is not refusal.statement and _collide(refusal, order, forbidden):
                yield _conflict(refusal, order)


def _forbidden(clause: Clause) -> frozenset[str]:
    """Return what a clause forbids, in canonical stems; empty when it forbids nothing plainly."""
    if clause.exempt or _PARTIAL.search(clause.text):
        return frozenset()
    if clause.modality is Modality.MUST_NOT:
        return clause.content
    if refused := _REFUSES.match(clause.text):
        return content(clause.text[refused.end() :])
    return frozenset()


def _condition(clause: Clause) -> frozenset[str]:
    return content(" ".join(clause.conditions))


def _collide(refusal: Clause, order: Clause, forbidden: frozenset[str]) -> bool:
    if not apply_together(refusal, order):
        return False
    if order.conditions and not refusal.conditions:
        about = order.content | _condition(order)
        return forbidden <= about and bool(forbidden & order.content)
    return forbidden <= order.content and are_general(refusal, order)


def _conflict(refusal: Clause, order: Clause) -> Conflict:
    if order.conditions and not refusal.conditions:
        what = "what is asked for under this condition is never allowed"
        return Conflict("condition", refusal.statement, order.statement, what)
    asked = "allowed" if order.modality is Modality.MAY else "asked for"
    return Conflict("act", refusal.statement, order.statement, f"forbidden, and {asked}")
