"""Which statements of a prompt tell the model to do something, and how loudly."""

from __future__ import annotations

import re

from solvent.prompts.statements import Statement, statements

_VERBS = frozenset(
    """
    accept act adapt add adhere adjust advise aim alert align allow analyse analyze annotate
    answer apologize append apply approve ask assess assign assume avoid begin break bring
    build calculate call capture change check choose cite clarify clean click close collect
    combine comment compare complete comply compose compute conduct configure confirm
    consider contact continue convert copy count cover create cross-check customize debug
    decline define delete deny deploy describe design determine develop discover do document
    double-check draft edit emphasize enable encourage encrypt end enforce ensure enter
    escalate estimate evaluate examine exclude execute explain explore export extract fetch
    filter find finish fix flag focus follow format gather generate get give go greet group
    handle highlight honor honour identify ignore implement import include indicate infer
    inform inspect install introduce investigate invoke keep label learn let leverage limit
    link list load log look maintain make map mark mask match maximize measure mention merge
    minimize monitor move navigate note notify number obey offer omit open optimize order
    organize outline output pass pick place plan preface prefer prefix present preserve
    prevent prioritize proceed propose protect provide put query quote rank read recommend
    record redact reduce refactor refer reference refuse reject remember remove rename
    repeat replace reply report reproduce require research respect respond retrieve retry return
    review rewrite run sanitize save say scroll search secure see select send separate set
    show simplify skip sort speak specify spend split start state stay stick stop store
    strive structure study submit suggest summarise summarize tag tailor take tell test
    thank think track transfer translate treat trust try type understand update use validate
    verify visit wait warn work wrap write
    """.split()  # noqa: SIM905  a list of 280 quoted words would be pages long
)
"""Verbs that open an order in practice; the most frequent first words of list items in 689 public
prompts, and their neighbours in meaning."""

_MODAL = re.compile(
    r"\b(?:must|shall|should|never|always|do not|don['\u2019]t|cannot|can['\u2019]t|may not"
    r"|make sure"
    r"|ensure(?: that)?|needs? to|ha(?:s|ve) to|(?:is|are) (?:not )?(?:allowed|permitted|forbidden"
    r"|prohibited|required)|refrain from|be sure to|only (?:use|call|answer|respond|return|output)"
    r"|under no circumstances|at all times)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:[\"'(*_`>\s]|\[[ x]\])*"
    r"(?:(?:important|note|warning|critical|caution|attention|remember)\W+)?"
    r"(?:(?:please|then|next|first|finally|also|now|instead|otherwise|and|or|when possible"
    r"|if possible|if necessary|if needed)[,:]?\s+)*",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"^(?:if|when|whenever|before|after|once|for|unless|while|in case|upon|during|where)\b"
    r"[^,:]{2,160}[,:]\s*(?:then\s+)?",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^(?:\*\*|__|`)[^*`]{1,60}(?:\*\*|__|`)\s*[:\u2013\u2014-]*\s*")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
_EMPHASIS = re.compile(
    r"\b(?:IMPORTANT|CRITICAL|WARNING|CAUTION|ATTENTION|NEVER|ALWAYS|MUST|NOT|ONLY|STRICTLY"
    r"|MANDATORY|REQUIRED|CRUCIAL|ESSENTIAL|ABSOLUTELY|EXTREMELY|URGENT|DO NOT|DON'T)\b"
    r"|\b(?:extremely|very|absolutely|critically) important\b"
    r"|\b(?:crucial|critical(?:ly)?|vital|imperative|mandatory|strictly|absolutely"
    r"|under no circumstances|at all costs|without exception)\b"
    r"|!(?:\s|$|\*|\"|')|🚨|⚠|❗"
)
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b(?:\s+[A-Z]{2,}\b)+")


def instructions(text: str) -> list[Statement]:
    """Return the statements of a prompt that instruct."""
    return [statement for statement in statements(text) if is_instruction(statement.text)]


def is_instruction(sentence: str) -> bool:
    """Tell whether a sentence orders, forbids or asks the model to do something."""
    plain = sentence.rstrip(" *_\"'`")
    if plain.endswith("?"):
        return False
    if _MODAL.search(sentence):
        return True
    return _orders(sentence) or _orders(_LABELLED.sub("", sentence, count=1))


def is_emphatic(sentence: str) -> bool:
    """Tell whether a sentence raises its voice: warning words, capitals, exclamation marks."""
    return bool(_EMPHASIS.search(sentence) or _SHOUTED.search(sentence))


def _orders(sentence: str) -> bool:
    rest = _OPENING.sub("", sentence, count=1)
    if condition := _CONDITION.match(rest):
        rest = _OPENING.sub("", rest[condition.end() :], count=1)
    word = _WORD.match(rest)
    if not word or word[0].lower() not in _VERBS:
        return False
    after = rest[word.end() : word.end() + 2]
    # `Test: ...`, `Plan (2026)`, `Report` alone are labels, not orders.
    return bool(after) and after[0] in " ," and len(rest.split()) > 1
