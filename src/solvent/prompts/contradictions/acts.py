"""To do and not to do the same."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.contradictions.clauses import SAME, apply_together, are_general, content
from solvent.prompts.contradictions.deeds import Deed, deeds, same_deed
from solvent.prompts.stems import stem
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause

_PARTIAL = re.compile(
    r"\b(?:without|only|just|merely|solely|more than|less than|fewer than|too (?:many|much)|again"
    r"|both|blindly|unnecessar\w+|excessive\w*|overly?|irrelevant|unrelated|redundant\w*|rely"
    r"|same|than|as well|used? (?:for|in|on|as|by)|instead|additional|extra|assume|unsafe\w*"
    r"|incorrect\w*|invalid|directly|such|other|new|more|yet|if|at once|at a time|every|all|each"
    r"|entire|whole)\b|\d"
    r"|\b(?:that|which|who) (?:is|are|was|were|do|does|has|have|can)\b"
    r"|\b(?:them|it|this|these|those|here|there)\b"
    r"|(?<=\w)\W+(?:and|but|then|or)? ?(?:avoid|do not|don['\u2019]t|never)\b",
    re.IGNORECASE,
)
"""Words that make a refusal narrower than what it names: `never only ...`, `not without ...`."""
_BOUND = re.compile(
    r"(?i)\b(?:before|after|while|once|yourself|alone)\b"
    r"|^\W*no (?!.*\b(?:may|allowed|permitted|must|should)\b)"
)
"""What ties a refusal to a time or to who acts, or makes it a state: `no failing tests`."""
_REFUSES = re.compile(r"^(?:refuse|decline)(?: to)? ", re.IGNORECASE)
_LACKS = re.compile(
    r"(?i)^you (?:have no|lack|do not have|don['\u2019]t have)(?: any)? "
    r"(?:access to (?P<of>.+)|(?P<kind>[\w -]{3,30}) access\b)"
)
_REACHES = re.compile(r"(?i)\b(?:use|access|browse|search|call|open|run|fetch|visit|query|look)\b")
_WITHOUT = re.compile(r"(?i)^(?:answer|respond|reply|write|explain)\b.*\bwithout (\w+ing .+)")
_ASKED = re.compile(
    r"(?i)\b(?:(?:ask|request|want|wish|instruct|tell|told|approv|confirm|permi|allow|agree)\w*\b"
    r"(?! (?:about|how|what|why|which|whether|where|who|for information))|explicit\w*)"
    r"|^\w+ (?:\w+ )?(?:needed|necessary|required|appropriate|possible|relevant)\b"
)
"""A condition that permits: "if the user asks for it" names an exception to a rule."""
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)
NAME_LIKE = re.compile(r"\w_\w")
BROAD = frozenset(
    SAME.get(stem(w), stem(w))
    for w in """
        use do make be include change write add stop continue proceed start begin end go read run
        call ask answer give show create update return try take keep move look check see work
        follow provide leave get put set open close send need know let have skip say output act
        """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
"""Verbs that need a thing to say what is refused."""
FEW = 2
"""Words a refusal must have, its verb among them; with fewer it would meet every sentence on its
subject. The name of a tool is enough."""


class _Told(NamedTuple):
    clause: Clause
    deed: Deed


def acts(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of an order and a refusal of the same act.

    The verb and what it is done to must be the same, and the refusal at least as general as the
    order: "never use X" forbids "use X for Y", and "never use X for Z" does not. Where the order
    has a condition that the refusal does not name, the order can never be followed: that is told
    as a condition.
    """
    orders: dict[str, list[_Told]] = defaultdict(list)
    refusals: list[_Told] = []
    for clause in clauses:
        # "Answer without tables" names a refusal, and no exception.
        plain = clause._replace(exempt=clause.exempt and not _WITHOUT.search(clause.text))
        refusals += [_Told(plain, deed) for deed in _refused(plain)]
        for deed in _ordered(clause):
            for word in {*deed.heads, *deed.by, deed.verb, *_condition_words(clause)}:
                orders[word].append(_Told(clause, deed))
    for refusal in refusals:
        for word in sorted(refusal.deed.heads or {refusal.deed.verb})[:1]:
            for order in orders.get(word, ()):
                if order.clause.statement is not refusal.clause.statement and _collide(
                    refusal, order
                ):
                    yield _conflict(refusal.clause, order.clause)


def _condition_words(clause: Clause) -> frozenset[str]:
    return content(" ".join(clause.conditions))


def _ordered(clause: Clause) -> Iterator[Deed]:
    # "Only include what you know" limits what is included, and asks for nothing.
    if clause.statement.text.rstrip(" *_").endswith(":") or _ONLY.search(clause.text):
        return
    if clause.modality in {Modality.MUST, Modality.MAY}:
        yield from (deed for deed in deeds(clause.text) if not deed.reversed)


def _refused(clause: Clause) -> Iterator[Deed]:
    """Yield what a clause forbids plainly."""
    whole = clause.statement.text.rstrip(" *_")
    if clause.exempt or _BOUND.search(whole) or whole.endswith(":"):
        return
    if lacking := _LACKS.match(clause.text):
        thing = content(lacking["of"] or lacking["kind"])
        yield Deed("", thing, thing, frozenset(), reversed=False)
        return
    for deed in _refusals(clause):
        named = any(map(NAME_LIKE.search, deed.about))
        enough = len(deed.about - {deed.verb}) + bool(deed.verb) >= FEW
        if named or enough or (not deed.about and deed.verb not in BROAD and ":" not in whole):
            yield deed


def _refusals(clause: Clause) -> Iterator[Deed]:
    text, must = clause.text, clause.modality is Modality.MUST
    if must and (spared := _WITHOUT.search(text)):
        yield from deeds(spared[1], one=True)
    elif _PARTIAL.search(text):
        return
    elif refused := _REFUSES.match(text):
        yield from deeds(text[refused.end() :], one=True)
    elif must or clause.modality is Modality.MUST_NOT:
        # "Omit X" refuses it, and "do not omit X" does not.
        yield from (deed for deed in deeds(text, one=True) if deed.reversed is must)


def _collide(refusal: _Told, order: _Told) -> bool:
    one, other = refusal.clause, order.clause
    if not apply_together(one, other):
        return False
    if _LACKS.match(one.text):
        return bool(_REACHES.search(other.text)) and refusal.deed.about <= order.deed.about
    if other.conditions and not one.conditions:
        if _ASKED.search(" ".join(other.conditions)):
            return False
        when = _condition_words(other)
        asked = order.deed._replace(
            about=order.deed.about | when,
            heads=order.deed.heads | (when if refusal.deed.verb else set()),
        )
        return same_deed(refusal.deed, asked)
    return same_deed(refusal.deed, order.deed) and are_general(one, other)


def _conflict(refusal: Clause, order: Clause) -> Conflict:
    if order.conditions and not refusal.conditions:
        what = "what is asked for under this condition is never allowed"
        return Conflict("condition", refusal.statement, order.statement, what)
    asked = "allowed" if order.modality is Modality.MAY else "asked for"
    return Conflict("act", refusal.statement, order.statement, f"forbidden, and {asked}")
