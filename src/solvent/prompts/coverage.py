"""Which instructions wait for a kind of request, and by which words it would be known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.stems import stems

if TYPE_CHECKING:
    from solvent.records.instruction import PromptReading, Statement

_ASKED = re.compile(
    r"^(?:only )?(?:if|when|whenever|in case|once|for)\b[^.]*?"
    r"\b(?:users?|customers?|clients?|callers?|patients?|students?|guests?|visitors?|members?"
    r"|people|they|somebody|someone|questions?|requests?)(?: \w+)?"
    r" (?:asks?|asking|wants?|requests?|mentions?|needs?|says?|inquires?|complains?|reports?"
    r"|is asking|would like|brings? up|talks?|tries|has|have|about)\b(?P<what>.*)$",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    stems(
        """question questions request help information topic thing something anything ask asking
        want know get need say tell mention report complain inquire customer client caller people
        issue problem answer respond reply message task file code change work example new specific
        other explicitly general different type kind detail way time order"""
    )
)
"""Words that tell no request from another."""


class Waiting(NamedTuple):
    """An instruction that holds for some requests only."""

    statement: Statement
    words: frozenset[str]
    """Stems by which such a request would be known; one of them is enough."""


def waiting_for(reading: PromptReading) -> list[Waiting]:
    """Return the instructions that hold only when somebody asks for something of their own.

    Conditions about the state of the work ("if the file is empty") are left out: whether they came
    true is not said in words.
    """
    found = []
    for statement in reading.instructions:
        for condition in statement.conditions:
            asked = _ASKED.match(condition)
            words = frozenset(stems(asked["what"])) - _EMPTY if asked else frozenset()
            if words:
                found.append(Waiting(statement, words))
                break
    return found
