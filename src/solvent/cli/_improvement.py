"""How optimizations and ablations are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from solvent.records.improvement import Ablation, Optimization
    from solvent.records.trial import Comparison, Interval

RECORDED = "Answers were replayed from recordings, not asked of a model just now."


def evidence(found: Optimization) -> str:
    """Return in a line what the held-out examples said, for the version's message."""
    comparison = found.comparison
    if comparison is None:
        return f"{found.optimizer}: not compared"
    return f"{found.optimizer} on {found.dataset}: {compared(comparison)}"


def show_optimization(found: Optimization, kept: str) -> None:
    """Print what an optimizer proposes and what became of it."""
    console = Console(highlight=False)
    console.print(f"[bold]{found.label}[/bold], {found.optimizer} with {found.model}")
    console.print(
        f"learned from {found.learned_from} examples of {found.dataset},"
        f" judged on {found.held_out} it never saw"
    )
    console.print(
        f"{found.calls:,} model calls, {found.input_tokens:,} tokens in,"
        f" {found.output_tokens:,} out"
    )
    if found.recorded:
        console.print(RECORDED, style="yellow")
    for reason in found.refused:
        console.print("refused:", reason, style="red", markup=False)
    if found.comparison:
        console.print(f"{found.comparison.verdict}: {compared(found.comparison)}", markup=False)
    if found.origins and not found.refused:
        table = Table("", "instruction", box=None, padding=(0, 2, 0, 0))
        for origin in found.origins:
            table.add_row(origin.kind, _plain(origin.text), style=STYLES[origin.kind])
            if origin.was:
                table.add_row("", _plain(f"was: {origin.was}"), style="dim")
        console.print(table)
    console.print(kept or "Nothing is kept: the prompt stays as it is.", markup=False)


def show_ablation(found: Ablation) -> None:
    """Print what each instruction is worth."""
    console = Console(highlight=False)
    console.print(
        f"[bold]{found.label}[/bold] scores {found.score:.3f} on {found.dataset}"
        f" with {found.model}; {found.calls:,} model calls"
    )
    if found.recorded:
        console.print(RECORDED, style="yellow")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name, justify in COLUMNS:
        table.add_column(name, justify=justify)
    for one in found.instructions:
        table.add_row(
            str(one.line),
            f"{one.effect.value:+.3f}",
            _range(one.effect),
            f"-{one.tokens}",
            "[green]safe[/green]" if one.safe else "",
            _plain(one.text),
        )
    console.print(table)
    if found.together:
        console.print(
            f"All that is safe left out at once: {found.together.verdict},"
            f" {compared(found.together)}", markup=False,
        )  # fmt: skip
    else:
        console.print(
            f"None is safe to delete: with this many examples a loss of {found.margin:.0%} cannot"
            " be excluded for any of them.", markup=False,
        )  # fmt: skip


COLUMNS: tuple[tuple[str, Literal["left", "right"]], ...] = (
    ("line", "right"), ("without it", "right"), ("95 %", "left"),
    ("tokens", "right"), ("", "left"), ("instruction", "left"),
)  # fmt: skip
STYLES = {"kept": "", "reworded": "cyan", "new": "green"}


def compared(comparison: Comparison) -> str:
    """Return in a line what a comparison says."""
    return (
        f"{comparison.mean_before:.3f} -> {comparison.mean_after:.3f} on {comparison.pairs}"
        f" examples (difference {comparison.difference.value:+.3f},"
        f" 95 % {_range(comparison.difference)}; {comparison.won} won, {comparison.lost} lost,"
        f" p {comparison.p_value:.2g}), {comparison.tokens_before:,} ->"
        f" {comparison.tokens_after:,} tokens"
    )


def _range(interval: Interval) -> str:
    return f"{interval.low:+.3f} to {interval.high:+.3f}"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))
