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
from solvent.prompts.contradictions.ways import KINDS
from solvent.prompts.stems import stem
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause
    from solvent.prompts.contradictions.ways import Kind

_OUTPUT = frozenset(
    stem(word)
    for word in """
        answer response reply output result reply respond message text final user speak talk
        communicate language tone style write sound customer format form whole entire
        everything manner voice stay keep
        """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
"""Words for what the model says as a whole."""
_SUBJECTS = re.compile(
    r"\b(?:the|all|your|every|each|any|for|of|in)?\s*((?:commit |error |log |pull request "
    r"|code |variable |file |class"
    r" |function |test |final |git |doc |api )?(?:messages?|summar(?:y|ies)|titles?|reports?"
    r"|comments?"
    r"|dates?|names?|headings?|tables?|documents?|documentation|lists?|descriptions?"
    r"|explanations?|explain|code"
    r"|e-?mails?|plans?|notes?|feedback|writing|diagrams?|prompts?|variables?|files?|responses?"
    r"|functions?|methods?|classes|sentences?|paragraphs?|answers?|repl(?:y|ies)|outputs?|results?))\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|nothing else|nothing but|always|regardless|strictly|must)\b", re.IGNORECASE
)


_TAKES = (
    r"\b(?:(?:use|using|output|return|produce)(?: any| a| the)?|respond in|answer in|reply in"
    r"|write in"
    r"|be|sound|speak|(?:in|as|with|for)(?: any| a)?) "
)
"""What a refusal says right before the way it refuses: "no bold in the Markdown" refuses none."""
_WHATEVER = re.compile(r"(?i)(?:regardless of|no matter|whatever|even (?:if|when))[^,.]*")
_PLAIN = frozenset(
    stem(word)
    for word in """
        valid object always please use keep give provide write make fit must follow every
        thing indent prefer look system temperature distance degree unit
        """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
_POINTS = re.compile(
    r"(?i)\W*(?:(?:keep|make|write|leave) )?(?:it|this|these|that|those|they|them|its|their)\b"
)
"""What speaks about the thing before it, or about its own section."""
_OPENING_VERB = re.compile(
    r"(?i)^\W*(?:report|name|list|plan|document|note|comment|title)\b(?! in\b)"
)
WHOLE = 2
"""Further words a clause may have and still speak about all that the model says."""


class Choice(NamedTuple):
    """A way that a clause chooses for a subject."""

    clause: Clause
    kind: str
    way: str
    word: str
    """As the clause says it."""
    subject: frozenset[str]
    """Empty: what the model says as a whole."""
    rest: frozenset[str]
    """What else the clause speaks about."""
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
    refused, said = clause.modality is Modality.MUST_NOT, clause.text
    found: dict[str, str] = {}
    for match in kind.ways.finditer(_WHATEVER.sub("", clause.text)):
        way = next(name for name, value in match.groupdict().items() if value)
        found.setdefault(way, match[0])
    if not found or (len(found) > 1 and not refused):
        # "formal but friendly", "JSON or XML": a clause that names several chooses none.
        return
    for way, word in found.items():
        if refused and not re.search(
            rf"{_TAKES}{re.escape(word)}(?! (?:output|file|doc))", said, re.IGNORECASE
        ):
            continue
        rest = content(kind.ways.sub(" ", said)) - _OUTPUT - _PLAIN
        # "Report the temperature" speaks about no report.
        plain = _OPENING_VERB.sub("", kind.ways.sub(" ", said))
        named = {_named(w) for m in _SUBJECTS.finditer(plain) for w in m[1].split()} - _OUTPUT
        subject = frozenset(named) if kind.narrow else rest
        yield Choice(clause, kind.name, way, word, subject, rest, refused)


def _named(word: str) -> str:
    return stem(re.sub(r"(?i)^explanations?$", "explain", word))


def _differ(one: Choice, other: Choice, kind: Kind) -> bool:
    if one.refused and other.refused:
        return False
    if one.refused or other.refused:
        differs = (
            one.way == other.way and one.word.lower().split()[0] == other.word.lower().split()[0]
        )
    else:
        differs = frozenset((one.way, other.way)) in kind.excluding
    if not differs or one.subject != other.subject:
        return False
    if kind.narrow and not one.subject and not _are_whole(one, other):
        return False
    a, b = one.clause, other.clause
    if any(_POINTS.match(c.text) for c in (a, b)) and a.statement.path != b.statement.path:
        return False
    return apply_together(a, b) and (are_general(a, b) or _overrules(a, b) or _overrules(b, a))


def _are_whole(one: Choice, other: Choice) -> bool:
    """Tell whether both speak about all that the model says."""
    return max(len(one.rest), len(other.rest)) <= WHOLE


def _overrules(rule: Clause, case: Clause) -> bool:
    """Tell whether a rule without exceptions leaves no room for a case with a condition."""
    return bool(
        _ONLY.search(rule.text) and not rule.conditions and not rule.exempt and case.conditions
    )
