"""How the instructions of a prompt changed: between two versions, and over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from solvent.records.instruction import Conflict, Statement  # noqa: TC001  fields say their types


class ChangeKind(StrEnum):
    """What happened to a statement."""

    ADDED = "added"
    REMOVED = "removed"
    REVERSED = "reversed"
    """It forbids what it asked for, or the other way round."""
    STRENGTHENED = "strengthened"
    """From may to must, from "should" to "must", or a condition fell away."""
    WEAKENED = "weakened"
    REWORDED = "reworded"
    MOVED = "moved"
    """To another section, word for word."""


class StatementChange(NamedTuple):
    """One statement that is not as it was."""

    kind: ChangeKind
    before: Statement | None
    """None: it is new."""
    after: Statement | None
    """None: it is gone."""


@dataclass(frozen=True, slots=True)
class PromptDifference:
    """What changed in the meaning of a prompt."""

    changes: tuple[StatementChange, ...]
    """In the order of the new text; what is gone stands at its old line."""
    contradicted: tuple[Conflict, ...]
    """Pairs of the new version that cannot both be followed, and were not there before."""
    unchanged: int
    """Statements that stayed as they are."""
    tokens_before: int | None
    tokens_after: int | None
    """None: not counted."""

    def count(self, kind: ChangeKind) -> int:
        """Return how many statements changed in that way."""
        return sum(change.kind is kind for change in self.changes)


class Edition(NamedTuple):
    """One version of a prompt, from git or from the registry."""

    name: str
    """Commit or version number."""
    text: str
    author: str
    at: int
    """Microseconds since 1970 UTC."""
    message: str = ""


class Lineage(NamedTuple):
    """Where a statement of the newest version comes from."""

    statement: Statement
    since: Edition
    """The version that brought it."""
    edits: int
    """Versions that reworded it since."""
    last: Edition
    """The version that changed it last."""


class Growth(NamedTuple):
    """What one version did."""

    edition: Edition
    added: int
    removed: int
    changed: int
    """Statements reworded, strengthened, weakened or reversed."""
    total: int
    """Statements after it."""


@dataclass(frozen=True, slots=True)
class PromptHistory:
    """The life of a prompt, statement by statement."""

    editions: tuple[Edition, ...]
    """Oldest first."""
    growth: tuple[Growth, ...]
    """One for each version."""
    lineages: tuple[Lineage, ...]
    """One for each statement of the newest version, in its order."""

    @property
    def authors(self) -> tuple[str, ...]:
        """Return who wrote versions, in the order they came."""
        return tuple(dict.fromkeys(edition.author for edition in self.editions if edition.author))

    @property
    def untouched(self) -> int:
        """Return how many statements came after the first version and stand as they came."""
        first = self.editions[0]
        return sum(not one.edits and one.since is not first for one in self.lineages)

    @property
    def additions(self) -> int:
        """Return how many versions after the first added statements and took none away."""
        return sum(bool(one.added) and not one.removed for one in self.growth[1:])

    @property
    def removals(self) -> int:
        """Return how many versions took statements away."""
        return sum(bool(one.removed) for one in self.growth[1:])
