"""The safety check: what may be shown to a user."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.football.answer import Answer

_MARKUP = re.compile(r"<\s*(?:script|iframe|img|a)\b|javascript:|https?://", re.IGNORECASE)
INTERNAL = frozenset({"wikidata_id", "coach_wikidata_id", "similarity"})
"""Columns that are for the makers of the data, not for users."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer may be shown, and what speaks against it."""

    safe: bool
    reasons: tuple[str, ...] = ()


def check(answer: Answer) -> Verdict:
    """Return whether an answer holds neither markup, links nor internal columns."""
    reasons = []
    internal = INTERNAL & {column.casefold() for column in answer.columns}
    if internal:
        reasons.append(f"internal columns: {', '.join(sorted(internal))}")
    if any(_MARKUP.search(str(value)) for row in answer.rows for value in row):
        reasons.append("markup or links in the data")
    return Verdict(not reasons, tuple(reasons))
