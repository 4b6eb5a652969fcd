"""A second opinion: where the first suspects are nearly equal, a model may say which it is.

It chooses among the suspects that were found without it, never adds one, and what it chose is
marked as its choice.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from solvent.records.completion import CompletionRequest, Message
from solvent.records.suspect import Reason

if TYPE_CHECKING:
    from solvent.ports.completions import CompletionProvider
    from solvent.records.suspect import Inquiry, Suspect

CLOSE = 0.8
"""Share of the first suspect's suspicion from which the next ones count as nearly equal."""
MOST = 4
"""Suspects that a model is asked about."""
SIGNAL = "second_opinion"
ASKED = (
    "An application answered wrongly. Below are its task, its answer, and the steps that may have"
    " caused it, each with what speaks against it. Say which one step caused the wrong answer:"
    " reply with its number alone."
)


def break_tie(found: Inquiry, provider: CompletionProvider, model: str) -> Inquiry:
    """Return an inquiry with the suspect in front that a model chose among nearly equal ones.

    Nothing changes when one suspect stands out, or when the model names none of them.

    Args:
        found: What was found without a model.
        provider: Who is asked, once.
        model: The model's name; empty: the one that the provider was opened with.

    Raises:
        SolventError: The provider cannot answer; see `CompletionProvider.complete`.
    """
    tied = _tied(found.suspects)
    if len(tied) == 1 or not tied:
        return found
    request = CompletionRequest(
        model, (Message("system", ASKED), Message("user", _case(found, tied))), temperature=0.0
    )
    answer = provider.complete(request)
    number = re.search(r"\d+", answer.text)
    if not number or not 1 <= int(number[0]) <= len(tied):
        return found
    chosen = tied[int(number[0]) - 1]
    how = f" ({answer.recorded})" if answer.recorded else ""
    words = f"`{answer.model}` was asked, and chose it among {len(tied)} nearly equal suspects{how}"
    marked = replace(chosen, reasons=(*chosen.reasons, Reason(SIGNAL, words)))
    rest = tuple(s for s in found.suspects if s is not chosen)
    return replace(found, suspects=(marked, *rest))


def _tied(suspects: tuple[Suspect, ...]) -> tuple[Suspect, ...]:
    return tuple(s for s in suspects[:MOST] if s.share >= CLOSE * suspects[0].share)


def _case(found: Inquiry, tied: tuple[Suspect, ...]) -> str:
    lines = [f"Task: {found.task}", f"Answer: {found.answer}", ""]
    for number, suspect in enumerate(tied, 1):
        lines.append(f"{number}. {suspect.agent or suspect.name} (step {suspect.place + 1})")
        for reason in suspect.reasons:
            quote = f': "{reason.quote}"' if reason.quote else ""
            lines.append(f"   - {reason.words}{quote}")
    return "\n".join(lines)
