"""Which statements a finding would have taken out of a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from solvent.fixes.cutting import without
from solvent.prompts.reading import read_prompt
from solvent.prompts.repetition import repetitions
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from solvent.records.instruction import Statement

REPEATED_WORDS = 6
"""Content words of an instruction that counts as said again, as the rule PS104 has it."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A prompt without what a finding objects to."""

    before: str
    after: str
    removed: tuple[Statement, ...]

    @property
    def saved(self) -> int:
        """Return the tokens that each request saves."""
        return count(self.before) - count(self.after)

    def diff(self, name: str) -> str:
        """Return the change as a unified difference."""
        lines = unified_diff(
            self.before.split("\n"), self.after.split("\n"), f"a/{name}", f"b/{name}", lineterm=""
        )
        return "\n".join(lines)


def delete(code: str, text: str, quoted: Collection[str]) -> Deletion | None:
    """Return what a finding would take out; None: nothing of it can be taken out.

    Args:
        code: Code of the rule.
        text: The prompt.
        quoted: What the finding quotes.
    """
    choose = CHOICES.get(code)
    found = choose(text, quoted) if choose else []
    return Deletion(text, without(text, found), tuple(found)) if found else None


def _again(text: str, _: Collection[str]) -> list[Statement]:
    """Return what is said again; the first time stays."""
    return [again for group in repetitions(text, REPEATED_WORDS) for again in group.again]


def _quoted(text: str, quoted: Collection[str]) -> list[Statement]:
    """Return the instructions that a finding quotes."""
    return [s for s in read_prompt(text).instructions if s.text in quoted]


CHOICES: dict[str, Callable[[str, Collection[str]], list[Statement]]] = {
    "PS102": _quoted,
    "PS104": _again,
}
"""Rules whose findings name statements that can go."""
