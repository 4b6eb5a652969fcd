"""The query rewriter. SCRIPTED: no model wrote what it says, and every span of it says so.

It does what such steps are for, and what they are seen to do beside it:

- it looks up teams that a question names, and gives their names in the database;
- it leaves some questions alone, and tidies others without changing them;
- it replaces questions by the stock question most like it, with another team, player or year;
- it adds text that nobody asked for.

Which of these a question meets is drawn from the question and the request, so that a run repeats.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from dataclasses import dataclass
from difflib import get_close_matches

from examples.football.data import questions

REPLACED, STUFFED, TIDIED = 0.40, 0.20, 0.15
"""Shares of questions that are replaced, stuffed and tidied; the rest is left alone."""
LEAST = 0.25
"""Likeness from which a stock question is taken for the user's."""
STUFFING = (
    "Consider all tournaments and give as much context as possible.",
    "Also think about the venue, the referee and the top scorer.",
    "Answer for the official database and explain every step.",
)
_WORD = re.compile(r"\w+")
_ALIASES = {"swiss": "Switzerland", "saudiarabia": "Saudi Arabia", "german": "Germany"}


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What the rewriter hands on."""

    question: str
    entities: tuple[str, ...]
    """Values of `national_team.teamname` that the user's question names."""


def rewrite(question: str, request: str, teams: frozenset[str]) -> Rewritten:
    """Return the question that goes on, and the teams the user's question names."""
    found = entities(question, teams)
    drawn = draw(f"rewrite\n{request}\n{question}")
    if drawn < REPLACED:
        return Rewritten(nearest_stock(question) or question, found)
    if drawn < REPLACED + STUFFED:
        chosen = STUFFING[int(draw(f"stuff\n{request}\n{question}") * len(STUFFING))]
        return Rewritten(f"{question.rstrip(' .?')}? {chosen}", found)
    if drawn < REPLACED + STUFFED + TIDIED:
        tidy = " ".join(question.split()).rstrip(" .?") + "?"
        return Rewritten(tidy[0].upper() + tidy[1:], found)
    return Rewritten(question, found)


def entities(question: str, teams: frozenset[str]) -> tuple[str, ...]:
    """Return the database's names of the teams that a question names, spelling errors included."""
    known = {team.casefold(): team for team in teams} | _ALIASES
    words = _WORD.findall(question.casefold())
    found = []
    for word in (*words, *(f"{one} {two}" for one, two in itertools.pairwise(words))):
        close = get_close_matches(word, known, 1, cutoff=0.9) if len(word) > 3 else []
        found += [known[name] for name in close]
    return tuple(dict.fromkeys(found))


def nearest_stock(question: str) -> str | None:
    """Return the other stock question whose words are most like a question's; None: none is."""
    ours = set(_WORD.findall(question.casefold()))

    def likeness(other: str) -> float:
        theirs = set(_WORD.findall(other.casefold()))
        return len(ours & theirs) / len(ours | theirs)

    stock = [pair.question for pair in questions() if pair.runs and pair.question != question]
    best = max(stock, key=lambda other: (likeness(other), other))
    return best if likeness(best) >= LEAST else None


def draw(key: str) -> float:
    """Return a number in [0, 1) that depends on nothing but the key."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
