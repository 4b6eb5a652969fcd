"""Schema retrieval: the tables that a question seems to be about, with what is said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from examples.football.data import HERE

SHOWN = 5
"""Tables that a prompt shows."""
_TABLE = re.compile(r"((?:^--[^\n]*\n)?^create table (\w+) \(\n.*?^\);)", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[a-z]{3,}")
_SAME = {
    "won": "winner", "win": "winner", "wins": "winner", "championchips": "winner",
    "champions": "winner", "swiss": "country", "score": "goals", "scored": "goals",
    "result": "goals", "game": "match", "games": "match", "matches": "match", "play": "squad",
    "plays": "squad", "played": "squad", "players": "player", "stadiumm": "stadium",
    "stadiums": "stadium", "clubs": "club", "teams": "team", "named": "name", "names": "name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One table as a prompt shows it."""

    name: str
    text: str
    score: float = 0.0


@cache
def tables() -> tuple[Table, ...]:
    """Return every table of the described schema."""
    text = (HERE / "schema" / "v3.sql").read_text(encoding="utf-8")
    return tuple(Table(name, found) for found, name in _TABLE.findall(text))


def retrieve(question: str) -> tuple[Table, ...]:
    """Return the tables that share most words with a question, the best first."""
    words = {_SAME.get(word, word) for word in _WORD.findall(question.casefold())}
    scored = [Table(t.name, t.text, _score(words, t)) for t in tables()]
    return tuple(sorted(scored, key=lambda t: (-t.score, t.name))[:SHOWN])


def _score(words: set[str], table: Table) -> float:
    """Return the share of a question's words that a table's name or text has; the name twice."""
    said = set(_WORD.findall(table.text.casefold().replace("_", " ")))
    named = set(table.name.split("_"))
    return round((len(words & said) + len(words & named)) / max(len(words), 1), 3)
