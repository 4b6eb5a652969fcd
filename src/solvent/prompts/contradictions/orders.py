"""The same steps in two orders."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.contradictions.clauses import apply_together, content
from solvent.prompts.likeness import jaccard
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause
    from solvent.records.instruction import Statement

_BEFORE = re.compile(
    r"^(?P<first>.{4,90}?)[,;]? (?:before|prior to)(?: you)? (?P<second>[^,;.:]{3,80})",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^(?P<second>.{4,90}?) (?:only )?(?:after|once)(?: you have)? (?P<first>[^,;.:]{3,80})",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"^(?:first(?:ly)?,? )?(?P<first>[^.;]{4,80}?)(?: first)?(?:,|;| and)+ (?:and )?(?:only )?"
    r"(?:then|afterwards|after that|later|next),? (?P<second>[^.;,]{4,80})"
    r"|^(?P<one>[^.;]{4,80}?)(?: first)?(?:,|;| and)+ (?:and )?(?P<two>[^.;,]{4,80}?) (?:afterwards"
    r"|after that|later|second)\b",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:before|prior to)(?: you)? (?P<second>[^,]{3,80}), (?P<first>[^.;,]{3,80})"
    r"|^after(?: you have)? (?P<one>[^,]{3,80}), (?P<two>[^.;,]{3,80})",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(?:start|begin|open)s? (?:your |the |every |each "
    r"|all )?(?:\w+ )?(?:directly )?with (?P<what>[^.;,]{3,60})"
    r"|(?P<named>[^.;,]{3,60}?) (?:comes?|goes|stands?|must be|is|are|at) (?:first"
    r"|at the (?:top|beginning|start))\b"
    r"|\b(?:put|place) (?P<put>[^.;,]{3,60}?) (?:first|at the (?:top|beginning|start))\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\b(?:end|finish|close|conclude)s? (?:your |the |every |each "
    r"|all )?(?:\w+ )?with (?P<what>[^.;,]{3,60})"
    r"|(?P<named>[^.;,]{3,60}?) (?:comes?|goes|stands?|must be|is|are) (?:last|at the (?:bottom"
    r"|end))\b"
    r"|\b(?:put|place) (?P<put>[^.;,]{3,60}?) (?:last|at the (?:bottom|end))\b",
    re.IGNORECASE,
)
_CASE = re.compile(r"^\W*(?:if|when|whenever|unless)\b[^,:]*[,:]\s*", re.IGNORECASE)
_BOTH = re.compile(r"(?i)\bbefore\b.*\bafter\b|\bafter\b.*\bbefore\b")
"""A step on both sides of another: `before each call, and after it`."""
ALIKE = 0.6
"""Share of stems in common from which two steps are the same."""


class Step(NamedTuple):
    """One thing that comes before another."""

    statement: Statement
    clause: Clause
    first: frozenset[str]
    second: frozenset[str]


def orders(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of statements that put the same two steps in different orders."""
    seen: dict[int, Clause] = {}
    for clause in clauses:
        seen.setdefault(id(clause.statement), clause)
    steps = [step for clause in seen.values() for step in _steps(clause)]
    for one, other in combinations(steps, 2):
        crossed = _alike(one.first, other.second) and _alike(one.second, other.first)
        if crossed and one.statement is not other.statement and _meet(one, other):
            yield Conflict("order", one.statement, other.statement, "one order, and its reverse")


def _steps(clause: Clause) -> Iterator[Step]:
    statement = clause.statement
    if statement.modality is Modality.MUST_NOT:
        return
    text = _CASE.sub("", statement.text)
    if _BOTH.search(statement.text):
        return
    for form in (_LEADING, _BEFORE, _AFTER, _THEN):
        if match := form.search(text):
            named = {k: v for k, v in match.groupdict().items() if v}
            first = content(named.get("first") or named.get("one") or "")
            second = content(named.get("second") or named.get("two") or "")
            if first and second and not _alike(first, second):
                yield Step(statement, clause, first, second)
                break
    for form, at_first in ((_FIRST, True), (_LAST, False)):
        if match := form.search(statement.text):
            what = content(next(value for value in match.groupdict().values() if value))
            rest = frozenset({"\0rest"})
            if what:
                pair = (what, rest) if at_first else (rest, what)
                yield Step(statement, clause, *pair)


def _meet(one: Step, other: Step) -> bool:
    """Tell whether both hold at one time; the order itself often reads as a condition."""
    plain = [step.clause._replace(conditions=()) for step in (one, other)]
    return apply_together(*plain)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return jaccard(one, other) >= ALIKE or (bool(one & other) and (one <= other or other <= one))
