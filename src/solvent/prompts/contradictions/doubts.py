"""Pairs that may contradict each other, and that words alone do not decide."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from solvent.prompts.contradictions.clauses import apply_together, clauses
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause
    from solvent.records.instruction import PromptReading

_TURNS = re.compile(
    r"(?i)\b(?:no|not|never|without|skip|ignore|omit|leave|remove|hide|stop|away|avoid|instead|regardless"
    r"|even|only|alone|first|last|before|after|end|beginning|at once|immediately|all|any|long|short"
    r"|formal|informal|also|must|free)\b|n['\u2019]t\b"
)
"""Words that turn a sentence against another on the same subject."""
_NUMBERS = re.compile(r"\d+(?:[.:,]\d+)*")
DOUBT = "doubt"
COMMON = 12
"""Statements that may share a word for it to tell what they are about."""


def doubtful(reading: PromptReading, known: Sequence[Conflict], most: int) -> list[Conflict]:
    """Return the pairs most worth a question, the likeliest first; none of them is a finding.

    Two clauses on one subject (rare words in common, weighed by the logarithm of how rare they are
    in the prompt) of which one refuses, names another number, or turns on a word that the other
    does not have.

    Args:
        reading: The prompt.
        known: Pairs that were found already.
        most: Pairs to return.
    """
    told = {frozenset((id(c.first), id(c.second))) for c in known}
    parts = clauses(reading.statements)
    spread = Counter(word for clause in parts for word in clause.content)
    weight = {word: math.log(1 + len(parts) / n) for word, n in spread.items()}
    best: dict[frozenset[int], tuple[float, Clause, Clause]] = {}
    for one, other in _neighbours(parts, spread):
        pair = frozenset((id(one.statement), id(other.statement)))
        if pair in told or not _is_turned(one, other) or not apply_together(one, other):
            continue
        shared = sum(weight[word] for word in one.content & other.content)
        score = shared / sum(weight[word] for word in one.content | other.content)
        if pair not in best or score > best[pair][0]:
            best[pair] = (score, one, other)
    chosen = heapq.nlargest(most, best.values(), key=lambda item: item[0])
    return [_conflict(one, other) for _, one, other in chosen]


def _neighbours(parts: Sequence[Clause], spread: Counter[str]) -> Iterator[tuple[Clause, Clause]]:
    by_word: dict[str, list[int]] = defaultdict(list)
    for place, clause in enumerate(parts):
        for word in clause.content:
            if spread[word] <= COMMON:
                by_word[word].append(place)
    pairs = {pair for places in by_word.values() for pair in combinations(places, 2)}
    for one, other in sorted(pairs):
        if parts[one].statement is not parts[other].statement:
            yield parts[one], parts[other]


def _is_turned(one: Clause, other: Clause) -> bool:
    if (one.modality is Modality.MUST_NOT) != (other.modality is Modality.MUST_NOT):
        return True
    numbers = [set(_NUMBERS.findall(clause.text)) for clause in (one, other)]
    if all(numbers) and numbers[0] != numbers[1]:
        return True
    turns = [{w.lower() for w in _TURNS.findall(clause.statement.text)} for clause in (one, other)]
    return turns[0] != turns[1]


def _conflict(one: Clause, other: Clause) -> Conflict:
    first, second = sorted((one.statement, other.statement), key=lambda s: (s.line, s.text))
    return Conflict(DOUBT, first, second, "on one subject, and perhaps against each other")
