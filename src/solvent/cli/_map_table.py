"""Pipelines as tables on the terminal: steps inside steps, and the moves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from solvent.debt.reports.figures import plain
from solvent.pipelines.map import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from solvent.pipelines.map.picture import Picture
    from solvent.records.pipeline_map import Figures, Pipeline, Step

MOVES = 12
NONE = "-"


def show(picture: Picture, pipeline: Pipeline, note: str, blame: Mapping[int, float] | None,
         console: Console) -> None:  # fmt: skip
    """Print one pipeline.

    Args:
        picture: Its chosen traces, and those to compare with.
        pipeline: All of it.
        note: What is said about blame.
        blame: Share of the blame by step; None: not measured.
        console: Where to print.
    """
    root = picture.root.figures
    failed = f", {root.failed_traces:,} of {root.judged_traces:,} with an outcome failed"
    console.print(
        Text(f"{plain(picture.name)}: {picture.slice.traces:,} traces", "bold")
        + Text(f"{' of ' + plain(picture.slice.name) if picture.slice.name else ''}"
               f"{failed if root.judged_traces else ', no outcome known'}", "not bold")
    )  # fmt: skip
    console.print(f"Blame: {plain(note)}.".replace("..", "."))
    console.print(_steps(picture, pipeline, blame))
    console.print(_moves(picture, pipeline))
    if picture.against:
        console.print(_changes(picture, pipeline))


def _steps(picture: Picture, pipeline: Pipeline, blame: Mapping[int, float] | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("step", overflow="ellipsis", no_wrap=True, min_width=24)
    table.add_column("type", no_wrap=True)
    for name in ("in", "runs", "errors", "blame", "p50", "p95", "$/run", "tokens", "retries"):
        table.add_column(name, justify="right", no_wrap=True)
    for step, depth in _order(pipeline, picture.slice.figures):
        figures = picture.slice.figures[step.id]
        kind = "agent" if step.agent else step.type
        table.add_row(
            "  " * depth + plain(step.name) + (f" ({step.names:,})" if step.names > 1 else ""),
            kind,
            words.share(figures.traces / picture.slice.traces),
            f"{figures.runs:,}",
            words.share(figures.errors / figures.runs),
            NONE if blame is None else words.share(blame.get(step.id, 0.0)),
            NONE if figures.p50_ms is None else words.ms(figures.p50_ms),
            NONE if figures.p95_ms is None else words.ms(figures.p95_ms),
            NONE if figures.usd is None else words.usd(figures.usd / figures.runs),
            NONE if figures.tokens is None else f"{figures.tokens:,}",
            f"{figures.retries:,}",
            style="red" if blame and blame.get(step.id, 0) >= 0.5 else None,  # noqa: PLR2004  most of it
        )
    return table


def _order(pipeline: Pipeline, figures: Mapping[int, Figures]) -> list[tuple[Step, int]]:
    """Return the steps with how deep they are, each before those inside it, by volume."""
    inside: dict[int | None, list[Step]] = {}
    for step in pipeline.steps:
        if step.id in figures:
            inside.setdefault(step.within, []).append(step)
    found: list[tuple[Step, int]] = []

    def add(step: Step, depth: int) -> None:
        found.append((step, depth))
        for one in sorted(inside.get(step.id, ()), key=lambda s: (-figures[s.id].traces, s.id)):
            add(one, depth + 1)

    for root in inside.get(None, ()):
        add(root, 0)
    return found


def _moves(picture: Picture, pipeline: Pipeline) -> Table:
    names = {step.id: plain(step.name) for step in pipeline.steps}
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name, side in (("from", "left"), ("to", "left"), ("in", "right"), ("times", "right")):
        table.add_column(name, justify=side, no_wrap=True)  # type: ignore[arg-type]
    moves = sorted(picture.slice.moves, key=lambda move: (-move.traces, -move.times))
    for move in moves[:MOVES]:
        table.add_row(
            "(start)" if move.before is None else names[move.before],
            "(end)" if move.after is None else names[move.after],
            words.share(move.traces / picture.slice.traces),
            f"{move.times:,}",
        )
    if len(moves) > MOVES:
        table.add_row(f"{len(moves) - MOVES:,} rarer moves: --format json", "", "", "")
    return table


def _changes(picture: Picture, pipeline: Pipeline) -> Text:
    against = picture.against
    names = {step.id: plain(step.name) for step in pipeline.steps}
    text = Text(f"Against {plain(against.name if against else '')}: ", "bold")
    if not picture.changes:
        return text + Text("nothing moved by more than chance.", "not bold")
    for step, found in picture.changes.items():
        said = ", ".join(words.change(one) for one in found)
        text += Text(f"\n  {names[step]}: {said}", "not bold")
    return text
