"""A contradiction as a question to a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.records.instruction import Conflict, Statement

QUESTION = (
    "Two statements that a language model is given together are quoted below. Do they contradict"
    " each other: is there a request to which both apply, and whose answer cannot follow both? An"
    " exception that one of them states, two different conditions, two different things that they"
    " speak about, and a general rule with a special case are no contradiction."
)


def about(pair: Conflict) -> str:
    """Return which part of a finding a pair is, in a few words."""
    if pair.tool:
        return f"line {pair.first.line:,} and the description of `{pair.tool}`"
    return f"lines {pair.first.line:,} and {pair.second.line:,}"


def case(pair: Conflict) -> str:
    """Return both statements, each with what stands around it."""
    second = f"the description of the tool {pair.tool}" if pair.tool else "the same system prompt"
    return f"{_quoted('a system prompt', pair.first)}\n\n{_quoted(second, pair.second)}"


def _quoted(source: str, statement: Statement) -> str:
    lines = [f"From {source}"]
    if statement.path:
        lines.append(f"under the headings: {' > '.join(statement.path)}")
    if statement.guard:
        lines.append(f"sent only {statement.guard}")
    lead = [statement.lead] if statement.lead and statement.lead != statement.text else []
    return "\n".join([*lines, "---", *lead, statement.text, "---"])
