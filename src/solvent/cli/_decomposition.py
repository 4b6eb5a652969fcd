"""How a decomposition is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from solvent.records.decomposition import Decomposition, Routed, Traffic, Unit
    from solvent.records.finding import Measure

SHOWN_REQUESTS = 5
SHOWN_CHARS = 110


def show(found: Decomposition, *, instructions: bool) -> None:
    """Print a split: its parts, what goes where and why, and what it means for recorded requests.

    Args:
        found: The split.
        instructions: Whether each instruction is printed, or each unit only.
    """
    console = Console(highlight=False)
    console.print(f"{found.label}: {found.tokens:,} tokens", style="bold", markup=False)
    for part in found.parts:
        said = f"{part.name}: {part.tokens:,} tokens, {len(part.instructions)} instructions"
        console.print(f"\n{said}", style="bold", markup=False)
        if part.keys:
            words = ", ".join(key.word for key in part.keys[:8])
            console.print(f"  for requests about: {words}", markup=False)
        for unit, why in zip(part.units, part.why, strict=True):
            console.print(f"  {_unit(unit)}: {why}", markup=False, soft_wrap=True)
            for statement in unit.statements if instructions else ():
                if statement.modality:
                    said = f"      {statement.line}: {_cut(statement.text)}"
                    console.print(said, style="dim", markup=False, soft_wrap=True)
    _show_traffic(console, found)
    console.print()
    if found.refused:
        console.print(f"Better left whole: {found.refused}.", style="yellow", markup=False)


def _show_traffic(console: Console, found: Decomposition) -> None:
    console.print()
    if found.traffic is None:
        why = "there is no module" if not found.modules else "no recorded request carried it"
        console.print(f"Nothing was measured: {why}.", style="yellow")
        if found.modules:
            console.print("Whether requests need the modules one at a time is not known.")
        return
    traffic = found.traffic
    table = Table("modules needed", "0", "1", "2", "3 or more", box=None, padding=(0, 2, 0, 0))
    table.add_row("share of requests", *(f"{share:.0%}" for share in traffic.shares))
    console.print(
        f"On {traffic.requests:,} recorded requests in {traffic.calls:,} model calls, routed by"
        " the words above (what a model would route was not measured):"
    )
    console.print(table)
    uses = ", ".join(f"{name} {share:.0%}" for name, share in traffic.uses)
    console.print(f"needed by: {uses}", markup=False)
    console.print(
        f"tokens of the prompt in a call: {traffic.before:,.0f} before, {traffic.after:,.0f} after,"
        f" and {traffic.router:,.0f} for asking a model which modules: {_saving(traffic)}"
    )
    console.print(
        f"dollars in these calls: {_dollars(traffic.usd_before)} before,"
        f" {_dollars(traffic.usd_after)} after, the router included"
    )
    if traffic.several:
        console.print(f"\nrequests that need several, {min(len(traffic.several), SHOWN_REQUESTS)}:")
        for routed in traffic.several[:SHOWN_REQUESTS]:
            console.print(f"  {_quoted(routed)}", markup=False)


def _saving(traffic: Traffic) -> str:
    saved = traffic.saved
    return f"{saved:.0%} saved" if saved >= 0 else f"{-saved:.0%} more"


def _dollars(measure: Measure) -> str:
    if measure.value is None:
        return f"unmeasured ({measure.note})"
    said = f"${measure.value:,.2f}" if measure.value >= 1 else f"${measure.value:.4f}"
    return f"{said} ({measure.note})" if measure.note else said


def _quoted(routed: Routed) -> str:
    needs = "; ".join(f"{name}: {', '.join(words[:3])}" for name, words in routed.needs)
    said = " ".join(routed.asked.text.split())
    cut = said[:SHOWN_CHARS] + ("…" if len(said) > SHOWN_CHARS else "")
    return f"“{cut}” ({needs})"


def _unit(unit: Unit) -> str:
    first = unit.title or (unit.statements[0].text if unit.statements else "")
    return f"lines {unit.line}-{unit.end_line}, {unit.tokens:,} tokens, {_cut(first, 50)}"


def _cut(text: str, chars: int = 90) -> str:
    said = " ".join(text.split())
    return said[: chars - 1] + "…" if len(said) > chars else said
