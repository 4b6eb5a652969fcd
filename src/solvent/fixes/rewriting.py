"""What a finding would have changed in the text of a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from solvent.fixes.calming import calm
from solvent.fixes.cutting import without
from solvent.prompts.reading import read_prompt
from solvent.prompts.repetition import repetitions
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from solvent.records.instruction import Statement

    Rewriter = Callable[[str, Collection[str]], "tuple[str, str] | None"]

REPEATED_WORDS = 6
"""Content words of an instruction that counts as said again, as the rule PS104 has it."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A prompt without what a finding objects to."""

    before: str
    after: str
    told: str
    """What was done, as a sentence without a full stop."""

    @property
    def tokens(self) -> tuple[int, int]:
        """Return the tokens before and after."""
        return count(self.before), count(self.after)

    def diff(self, name: str) -> str:
        """Return the change as a unified difference."""
        return difference(self.before, self.after, name)


def difference(before: str, after: str, name: str) -> str:
    """Return a change of a file as a unified difference."""
    lines = unified_diff(
        before.split("\n"), after.split("\n"), f"a/{name}", f"b/{name}", lineterm=""
    )
    return "\n".join(lines)


def rewrite(code: str, text: str, quoted: Collection[str]) -> Rewrite | None:
    """Return the prompt as a finding would have it; None: nothing of it can be changed.

    Args:
        code: Code of the rule.
        text: The prompt.
        quoted: What the finding quotes.
    """
    work = REWRITERS.get(code)
    found = work(text, quoted) if work else None
    return Rewrite(text, *found) if found and found[0] != text else None


def _cut(text: str, statements: Sequence[Statement]) -> tuple[str, str] | None:
    if not statements:
        return None
    several = "instruction goes" if len(statements) == 1 else "instructions go"
    return without(text, statements), f"{len(statements)} {several}"


def _again(text: str, _: Collection[str]) -> tuple[str, str] | None:
    """Take out what is said again; the first time stays."""
    found = repetitions(text, REPEATED_WORDS)
    return _cut(text, [again for group in found for again in group.again])


def _quoted(text: str, quoted: Collection[str]) -> tuple[str, str] | None:
    """Take out the instructions that a finding quotes."""
    return _cut(text, [s for s in read_prompt(text).instructions if s.text in quoted])


def _plainly(text: str, _: Collection[str]) -> tuple[str, str] | None:
    """Say plainly what shouts, but for a few instructions."""
    found = calm(text)
    if not found.calmed:
        return None
    lines = ", ".join(str(statement.line) for statement in found.loud) or "none"
    return found.text, (
        f"instructions said plainly: {len(found.calmed)}, each asks for what it asked for;"
        f" emphatic stay those of line {lines} of the prompt: move the emphasis if others matter"
        " more"
    )


REWRITERS: dict[str, Rewriter] = {"PS102": _quoted, "PS104": _again, "PS205": _plainly}
"""Rules whose findings say what to change, by their codes."""
