"""A difference of two prompts on the terminal: what it means, beside what it says."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from solvent.records.instruction_change import ChangeKind

if TYPE_CHECKING:
    from rich.console import Console

    from solvent.prompts.telling import Price
    from solvent.records.instruction_change import PromptDifference

_COLOURS = {
    ChangeKind.ADDED: "green",
    ChangeKind.REMOVED: "red",
    ChangeKind.REVERSED: "bold red",
    ChangeKind.STRENGTHENED: "yellow",
    ChangeKind.WEAKENED: "magenta",
    ChangeKind.REWORDED: "cyan",
    ChangeKind.MOVED: "dim",
}


def render(
    found: PromptDifference, price: Price | None, texts: tuple[str, str], console: Console
) -> None:
    """Print the changes in meaning, new contradictions, tokens and costs, and the text diff."""
    table = Table(box=None, pad_edge=False)
    for title in ("change", "line", "before", "line", "after"):
        table.add_column(title, justify="right" if title == "line" else "left", overflow="fold")
    for kind, before, after in found.changes:
        table.add_row(
            Text(kind.value, _COLOURS[kind]),
            str(before.line) if before else "",
            Text(before.text if before else ""),
            str(after.line) if after else "",
            Text(after.text if after else ""),
        )
    if found.changes:
        console.print(table)
    for conflict in found.contradicted:
        console.print(
            f"now contradicts itself ({conflict.kind}): line {conflict.first.line} and line"
            f" {conflict.second.line}: {conflict.what}",
            style="bold red",
        )
    console.print(_summary(found))
    if price:
        usd = "a price is not known" if price.usd is None else f"{price.usd:+,.2f} dollars"
        period = "the window" if price.period == "observed" else price.period
        console.print(
            f"at {price.requests:,} requests: {price.tokens:+,.0f} tokens and {usd} in {period}"
        )
    old, new = (text.split("\n") for text in texts)
    for line in unified_diff(old, new, "before", "after", lineterm=""):
        console.print(Text(line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")))


def _summary(found: PromptDifference) -> str:
    counts = [f"{n} {kind.value}" for kind in ChangeKind if (n := found.count(kind))]
    said = ", ".join(counts) or "nothing changed in meaning"
    return (
        f"{said}; {found.unchanged} unchanged; {found.tokens_before} -> {found.tokens_after} tokens"
    )
