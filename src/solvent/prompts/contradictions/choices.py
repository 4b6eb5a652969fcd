"""One thing in two ways: formats, languages, tones, lengths.

Each kind has groups of ways that exclude each other. A clause chooses a way for a subject ("the
answer", "commit messages", "dates"); two clauses conflict when they choose differently for the same
subject.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.contradictions.clauses import apply_together, are_general, content
from solvent.prompts.contradictions.ways import ALWAYS_OUTPUT, KINDS
from solvent.prompts.stems import stem
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause
    from solvent.prompts.contradictions.ways import Kind

_OUTPUT = frozenset(
    stem(word)
    for word in """answer response reply output result reply respond message text final user speak
    talk communicate explanation report language tone style write sound customer format whole entire
    everything manner voice stay keep""".split()
)
"""Words for what the model says as a whole."""
_SUBJECTS = re.compile(
    r"\b(?:the|all|your|every|each|any|for|of|in)?\s*((?:commit |error |log |pull request |code |variable |file |class"
    r" |function |test |final |git |doc |api )?(?:messages?|summar(?:y|ies)|titles?|reports?|comments?"
    r"|dates?|names?|headings?|tables?|documents?|documentation|lists?|descriptions?|explanations?|code"
    r"|e-?mails?|plans?|notes?|diagrams?|prompts?|variables?|files?|queries|questions?|responses?"
    r"|answers?|repl(?:y|ies)|outputs?|results?))\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|nothing else|nothing but|always|regardless|strictly|must)\b", re.I)


class Choice(NamedTuple):
    """A way that a clause chooses for a subject."""

    clause: Clause
    kind: str
    way: str
    word: str
    """As the clause says it."""
    subject: frozenset[str]
    """Empty: what the model says as a whole."""
    refused: bool


def choices(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of clauses that choose different ways for one subject."""
    chosen: dict[str, list[Choice]] = defaultdict(list)
    for clause in clauses:
        for kind in KINDS:
            for choice in _chosen(clause, kind):
                chosen[kind.name].append(choice)
    for kind in KINDS:
        for one, other in combinations(chosen[kind.name], 2):
            if one.clause.statement is not other.clause.statement and _differ(one, other, kind):
                what = f"`{one.word}` and `{other.word}`"
                yield Conflict(kind.name, one.clause.statement, other.clause.statement, what)


def _chosen(clause: Clause, kind: Kind) -> Iterator[Choice]:
    if not kind.setting.search(clause.text):
        return
    refused = clause.modality is Modality.MUST_NOT
    found: dict[str, str] = {}
    for match in kind.ways.finditer(clause.text):
        way = next(name for name, value in match.groupdict().items() if value)
        found.setdefault(way, match[0])
    if not found or (len(found) > 1 and not refused):
        # "formal but friendly", "JSON or XML": a clause that names several chooses none.
        return
    for way, word in found.items():
        yield Choice(clause, kind.name, way, word, _subject(clause, word), refused)


def _subject(clause: Clause, word: str) -> frozenset[str]:
    said = clause.text.replace(word, " ")
    named = {stem(w) for m in _SUBJECTS.finditer(said) for w in m[1].split()}
    return frozenset(named - _OUTPUT - ALWAYS_OUTPUT)


def _differ(one: Choice, other: Choice, kind: Kind) -> bool:
    if one.refused and other.refused:
        return False
    if one.refused or other.refused:
        differs = one.way == other.way
    else:
        differs = frozenset((one.way, other.way)) in kind.excluding
    if not differs or one.subject != other.subject:
        return False
    if kind.narrow and not one.subject and not _are_whole(one, other):
        return False
    a, b = one.clause, other.clause
    return apply_together(a, b) and (are_general(a, b) or _overrules(a, b) or _overrules(b, a))


def _are_whole(one: Choice, other: Choice) -> bool:
    """Tell whether both speak about all that the model says."""
    return all(_is_whole(choice) for choice in (one, other))


def _is_whole(choice: Choice) -> bool:
    rest = content(choice.clause.text) - content(choice.word)
    known = {stem(w) for w in ("valid", "always", "json", "object", "short", "please")}
    return len(rest - _OUTPUT - ALWAYS_OUTPUT - known) <= 1


def _overrules(rule: Clause, case: Clause) -> bool:
    """Tell whether a rule without exceptions leaves no room for a case with a condition."""
    return bool(
        _ONLY.search(rule.text) and not rule.conditions and not rule.exempt and case.conditions
    )
