"""To ask before an act, and to do it without asking."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.contradictions.clauses import apply_together
from solvent.prompts.contradictions.deeds import Deed, deeds
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause

_LEAVE = r"(?:asking|permission|approval|confirm\w*|consent|consulting|checking with|prompting)"
_ASKED = r"(?:ask|check with|consult|get|obtain|wait for|seek|require|request|confirm with)"
_ASKS = rf"{_ASKED}\b[^,;.]{{0,40}}?"
_NOT = r"(?:never|do not|don['\u2019]t|(?:there is )?no need to) "
_ASK_BEFORE = re.compile(
    rf"^(?P<not>{_NOT})?(?:\w+ ){{0,3}}?{_ASKS}\bbefore (?:you )?(?P<act>[^,;.]{{4,80}})"
    rf"|^before (?:you )?(?P<then>[^,;.]{{4,80}}), (?P<nor>{_NOT})?(?:\w+ )?"
    r"(?:ask|check with|consult|get .{0,30}(?:approval|permission|consent)|wait for)\b",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"^(?P<act>.{4,80}?),? without (?:\w+ ){0,2}?(?:the )?(?:\w+['\u2019]s )?(?:\w+ )?"
    rf"{_LEAVE}\b",
    re.IGNORECASE,
)


class _Rule(NamedTuple):
    clause: Clause
    deed: Deed
    asks: bool
    """Whether the act needs somebody's word first."""


def permissions(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of which one wants the same act asked about first, and one does not."""
    rules = [rule for clause in clauses for rule in _rules(clause)]
    careful = [rule for rule in rules if rule.asks]
    free = [rule for rule in rules if not rule.asks]
    for one, other in product(careful, free):
        if one.clause.statement is not other.clause.statement and _meet(one, other):
            what = "to ask first, and not to ask"
            yield Conflict("permission", one.clause.statement, other.clause.statement, what)


def _rules(clause: Clause) -> Iterator[_Rule]:
    said = clause.statement.text if clause.statement.text.endswith(clause.text) else clause.text
    for text in dict.fromkeys((clause.text, said, clause.statement.text)):
        if found := _ASK_BEFORE.match(text.strip(" *_-")):
            asks = not (found["not"] or found["nor"])
            yield from _done(clause, found["act"] or found["then"], asks=asks)
            return
        if found := _WITHOUT.match(text.strip(" *_-")):
            yield from _done(clause, found["act"], asks=clause.modality is Modality.MUST_NOT)
            return


def _done(clause: Clause, act: str, *, asks: bool) -> Iterator[_Rule]:
    for deed in deeds(act, one=True):
        if deed.heads:
            yield _Rule(clause, deed, asks)


def _meet(one: _Rule, other: _Rule) -> bool:
    mine, theirs = one.deed, other.deed
    same = mine.verb == theirs.verb and bool(mine.heads & theirs.heads)
    nested = mine.about <= theirs.about or theirs.about <= mine.about
    return same and nested and apply_together(one.clause, other.clause)
