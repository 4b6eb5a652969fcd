"""One thing and nothing else, and something more around it."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from solvent.prompts.contradictions.clauses import apply_together
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause

_THING = (
    r"(?:JSON|SQL|XML|YAML|CSV|code|query|number|label|category|class|title|name|translation|word"
    r"|letter|digit|command|patch|diff)"
)
_GIVES = r"(?:output|return|respond|reply|answer|print|produce|emit|generate|provide|give|send)\b"
_ALONE = re.compile(
    rf"(?i)^(?:\w+ )?{_GIVES}[^.;]{{0,20}}?\b(?:only|just|solely)\b[^.;,]{{0,30}}?\b{_THING}s?\b"
    rf"|^(?:\w+ )?{_GIVES}[^.;,]{{0,30}}?\b{_THING}s?\b[^.;,]{{0,20}}?"
    r"(?:\bonly\b|,? (?:and )?nothing else)"
    rf"|^only {_GIVES}[^.;,]{{0,30}}?\b{_THING}s?\b"
)
_MORE = re.compile(
    r"(?i)\b(?:explain|describe|add|append|include|give|write|justify|comment|end|put|say|state"
    r"|summari[sz]e)\b[^.;]{0,60}"
    rf"\b(?:after|below|above|beside|alongside|following|underneath) (?:the|your|it|that)\b"
    r"|^(?:after|below|above|beside|alongside|underneath) (?:the|your) [^,.;]{0,20}?"
    rf"\b{_THING}s?\b,? "
    r"(?:explain|describe|add|append|include|give|write|justify|say|state|summari[sz]e)\b"
)


def extras(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of which one wants a thing alone, and one wants words around it.

    Where the words go must be said ("below the query"): a field of the thing itself is no extra.
    """
    alone = [c for c in clauses if _holds(c) and _ALONE.search(c.text)]
    more = [c for c in clauses if _holds(c) and (_MORE.search(c.text) or _leads(c))]
    for one, other in product(alone, more):
        if one.statement is not other.statement and apply_together(one, other):
            yield Conflict("format", one.statement, other.statement, "nothing else, and more")


def _holds(clause: Clause) -> bool:
    return clause.modality is Modality.MUST and not clause.conditions and not clause.exempt


def _leads(clause: Clause) -> bool:
    return bool(_MORE.match(clause.statement.text.lstrip(" -*_")))
