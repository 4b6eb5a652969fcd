"""What changed in the meaning of a prompt, beside what changed in its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.prompts.edit import to_text
from solvent.prompts.reading import read_prompt
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from solvent.records.prompt import PromptContent


@dataclass(frozen=True, slots=True)
class Meant:
    """One statement that is not as it was."""

    kind: str
    """added, removed, reversed, strengthened, weakened, reworded or moved."""
    before: str
    after: str
    line: int
    """Line of the newer text, of the older one when it is gone."""


@dataclass(frozen=True, slots=True)
class Against:
    """Two statements of the newer text that cannot both be followed, and were not there before."""

    kind: str
    first: str
    second: str
    what: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A difference in meaning."""

    changes: list[Meant]
    contradicted: list[Against]
    unchanged: int
    tokens_before: int
    tokens_after: int


def meaning(before: PromptContent, after: PromptContent) -> Meaning:
    """Return which instructions came, went, grew stronger or weaker, moved, now contradict."""
    from solvent.prompts.difference import compare  # noqa: PLC0415  a server at rest does without

    old, new = (read_prompt(to_text(content), count) for content in (before, after))
    found = compare(old, new)
    changes = []
    for kind, was, now in found.changes:
        place = now or was
        line = place.line if place else 0
        changes.append(Meant(str(kind), was.text if was else "", now.text if now else "", line))
    against = [
        Against(str(c.kind), c.first.text, c.second.text, c.what) for c in found.contradicted
    ]
    return Meaning(
        changes, against, found.unchanged, found.tokens_before or 0, found.tokens_after or 0
    )
