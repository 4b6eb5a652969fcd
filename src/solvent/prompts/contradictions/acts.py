"""To do and not to do the same."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from solvent.prompts.contradictions.clauses import SAME, apply_together, are_general, content
from solvent.prompts.stems import stem, stems
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause

_PARTIAL = re.compile(
    r"\b(?:without|only|just|merely|solely|more than|less than|fewer than|too (?:many|much)|again"
    r"|both|blindly|unnecessar\w+|excessive\w*|overly?|irrelevant|unrelated|redundant\w*|rely"
    r"|same|than|as well|used? (?:for|in|on|as|by)|instead|additional|extra|assume|unsafe\w*"
    r"|incorrect\w*|invalid|directly|such)\b"
    r"|\bother than\b|\b(?:that|which|who) (?:is|are|was|were|do|does|has|have|can)\b"
    r"|\b(?:them|it|this|these|those|here|there)\b",
    re.IGNORECASE,
)
"""Words that make a refusal narrower than what it names: `never only ...`, `not without ...`."""
_BOUND = re.compile(
    r"(?i)\b(?:before|after|while|once|yourself|alone)\b"
    r"|^\W*no (?!.*\b(?:may|allowed|permitted|must|should)\b)"
)
"""What ties a refusal to a time or to who acts, or makes it a state: `no failing tests`."""
_REFUSES = re.compile(r"^(?:refuse|decline)\b", re.IGNORECASE)
_NO_ORDER = re.compile(r"(?:refuse|decline|there|no)\b", re.IGNORECASE)
_LACKS = re.compile(r"(?i)^you (?:have no|lack|do not have|don['\u2019]t have)(?: any)? access to ")
_REACHES = re.compile(r"(?i)\b(?:use|access|browse|search|call|open|run|fetch|visit|query|look)\b")
_WITHOUT = re.compile(r"\bwithout (\w+ing .+)", re.IGNORECASE)
_ANSWER = stem("answer")
_ANSWERS = ("answer", "respond", "reply")
_NEGATION = re.compile(
    r"^(?:you )?(?:must |should |may )?(?:never|do not|don['\u2019]t|not) ", re.IGNORECASE
)
_NAME = re.compile(r"\w_\w")
NEAR = 3
"""Content words that may stand between, or before, the words of an act."""
FEW = 2
"""Content words a refusal must have; with one alone it would meet every sentence on its subject.
The name of a tool is enough."""


def acts(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of an order and a refusal of the same act.

    The refusal must be at least as general as the order: "never use X" forbids "use X for Y", and
    "never use X for Z" does not. Where the order has a condition that the refusal does not name,
    the order can never be followed: that is told as a condition.
    """
    by_stem: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        if clause.modality in {Modality.MUST, Modality.MAY} and not _NO_ORDER.match(clause.text):
            for word in clause.content | _condition(clause):
                by_stem[word].append(clause)
    for refusal in clauses:
        forbidden = _forbidden(refusal)
        if not forbidden:
            continue
        rarest = min(forbidden, key=lambda word: (len(by_stem.get(word, ())), word))
        for order in by_stem.get(rarest, ()):
            if order.statement is not refusal.statement and _collide(refusal, order, forbidden):
                yield _conflict(refusal, order)


def _forbidden(clause: Clause) -> frozenset[str]:
    """Return what a clause forbids, in canonical stems; empty when it forbids nothing plainly."""
    text, found = clause.text, frozenset[str]()
    if clause.exempt or _BOUND.search(clause.statement.text) or _BOUND.search(text):
        return found
    if lacking := _LACKS.match(text):
        found = content(text[lacking.end() :])
    elif clause.modality is Modality.MUST and (spared := _WITHOUT.search(text)):
        found = _enough(content(spared[1]))
    elif not _PARTIAL.search(text) and clause.modality is Modality.MUST_NOT:
        found = _enough(clause.content, _NEGATION.sub("", text).lower())
    elif not _PARTIAL.search(text) and (refused := _REFUSES.match(text)):
        found = _enough(content(text[refused.end() :]))
    return found


def _enough(words: frozenset[str], opens: str = "") -> frozenset[str]:
    """Return the words without the place "in your answer", or nothing when they are too few."""
    if len(words) > FEW and not opens.startswith(_ANSWERS):
        words -= {_ANSWER}
    return words if len(words) >= FEW or any(map(_NAME.search, words)) else frozenset()


def _condition(clause: Clause) -> frozenset[str]:
    return content(" ".join(clause.conditions))


def _collide(refusal: Clause, order: Clause, forbidden: frozenset[str]) -> bool:
    if not apply_together(refusal, order):
        return False
    if _LACKS.match(refusal.text) and not _REACHES.search(order.text):
        return False
    if order.conditions and not refusal.conditions:
        about = order.content | _condition(order)
        return forbidden <= about and _verb(refusal, forbidden) <= order.content
    return (
        forbidden <= order.content and _is_close(order, forbidden) and are_general(refusal, order)
    )


def _is_close(order: Clause, forbidden: frozenset[str]) -> bool:
    """Tell whether the forbidden words stand near each other, and near the beginning."""
    said = [SAME.get(s, s) for s in stems(order.text)]
    places = [place for place, word in enumerate(said) if word in forbidden]
    return bool(places) and places[0] <= NEAR and places[-1] - places[0] <= len(forbidden) + NEAR


def _verb(refusal: Clause, forbidden: frozenset[str]) -> frozenset[str]:
    """Return what an order under a condition must do itself: the act, or at least its object."""
    if _REFUSES.match(refusal.text) or _LACKS.match(refusal.text):
        return frozenset()
    words = (SAME.get(s, s) for s in stems(refusal.text))
    return frozenset({next(word for word in words if word in forbidden)})


def _conflict(refusal: Clause, order: Clause) -> Conflict:
    if order.conditions and not refusal.conditions:
        what = "what is asked for under this condition is never allowed"
        return Conflict("condition", refusal.statement, order.statement, what)
    asked = "allowed" if order.modality is Modality.MAY else "asked for"
    return Conflict("act", refusal.statement, order.statement, f"forbidden, and {asked}")
