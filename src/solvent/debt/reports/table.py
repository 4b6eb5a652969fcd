"""A report for the terminal: a line a finding, by payoff, and what each debt adds up to.

Piped, a finding is one line without colour. On a terminal its sentence is wrapped beside the
figures, or below them where that would leave it too narrow to read.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from solvent.debt.reports.figures import (
    AT_LEAST,
    UNMEASURED,
    cell,
    is_partial,
    is_unknown,
    money,
    period,
    plain,
    window,
)
from solvent.records.finding import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from solvent.records.finding import Finding, Interest, Report

GAP = 2
READABLE = 50
"""Columns that a sentence needs beside the figures; with fewer it goes below them."""
INDENT = 7
STATES = {State.ACCEPTED: "accepted: ", State.RETURNED: "came back: "}


class Column(NamedTuple):
    """One column of a table."""

    name: str
    cells: tuple[str, ...]
    right: bool = False

    def line(self, place: int | None) -> str:
        """Return the cell of a row, or the heading, as wide as the column."""
        text = self.name if place is None else self.cells[place]
        room = " " * (max(map(cell_len, (self.name, *self.cells))) - cell_len(text))
        return room + text if self.right else text + room


def render(report: Report, console: Console, *, limit: int = 0) -> None:
    """Print a report.

    Args:
        report: The report.
        console: Where to; when it is not a terminal, nothing is cut and nothing is coloured.
        limit: Findings shown at most; 0 shows all.
    """
    width = console.width if console.is_terminal else 0
    for line in _lines(report, width, limit):
        console.print(line, soft_wrap=True)


def _lines(report: Report, width: int, limit: int) -> Iterator[Text]:
    yield Text.assemble(("What you owe", "bold"), " ", period(report.observed))
    yield from _paragraph(window(report.observed), width, "dim")
    yield Text()
    if report.findings:
        shown = report.findings[:limit] if limit else report.findings
        yield from _findings(shown, width)
        if len(shown) < len(report.findings):
            yield Text(f"… and {len(report.findings) - len(shown)} more", style="dim")
        yield Text()
        yield from _totals(report)
    else:
        yield Text("No findings.")
    yield from _skipped(report, width)
    yield from _legend(report, width)


def _findings(findings: Sequence[Finding], width: int) -> Iterator[Text]:
    columns = [
        Column("code", tuple(f.code for f in findings)),
        Column("rule", tuple(f.rule for f in findings)),
        *_figures([f.interest for f in findings]),
        Column("hours", tuple(f"{f.principal_hours:.2g}" for f in findings), right=True),
        Column("$/hour", tuple(_payoff(f) for f in findings), right=True),
    ]
    head = row_of(columns, None)
    room = width - cell_len(head) - GAP
    below = bool(width) and room < READABLE
    yield Text(head if below else f"{head}{' ' * GAP}what", style="bold")
    for place, finding in enumerate(findings):
        said = STATES.get(finding.state, "") + plain(finding.message)
        pieces = _wrap(said, (width - INDENT if below else room) if width else 0)
        first = Text(row_of(columns, place))
        first.stylize("bold", 0, len(finding.code))
        indent = " " * (INDENT if below else cell_len(head) + GAP)
        if not below:
            first.append(" " * (len(indent) - cell_len(first.plain))).append_text(
                _said(pieces.pop(0))
            )
        yield first
        for piece in pieces:
            yield Text(indent).append_text(_said(piece))


def _said(text: str) -> Text:
    said = Text(text)
    said.highlight_regex(r"`[^`]+`", "cyan")
    return said


def _totals(report: Report) -> Iterator[Text]:
    debts = report.totals.by_debt
    groups = [[f for f in report.findings if f.debt is debt] for debt in debts]
    columns = [
        Column("debt", (*(debt.heading for debt in debts), "Total")),
        Column(
            "findings",
            (*(f"{len(group)}" for group in groups), f"{len(report.findings)}"),
            right=True,
        ),
        *_figures(
            [*debts.values(), report.totals.overall],
            [*groups, list(report.findings)],
        ),
    ]
    yield Text(row_of(columns, None), style="bold")
    for place in range(len(debts) + 1):
        yield Text(row_of(columns, place), style="bold" if place == len(debts) else "")


def _figures(
    interests: Sequence[Interest], groups: Sequence[Sequence[Finding]] | None = None
) -> Iterator[Column]:
    """Yield the columns of figures that say anything; sums know the findings they are over."""
    for name, figure in (("$", "usd"), ("tokens", "tokens"), ("failed", "failed_traces")):
        cells = []
        for place, interest in enumerate(interests):
            parts = [getattr(f.interest, figure) for f in groups[place]] if groups else []
            cells.append(cell(getattr(interest, figure), figure, parts))
        if any(cells):
            yield Column(name, tuple(cells), right=True)


def _payoff(finding: Finding) -> str:
    if finding.payoff_usd is not None:
        return money(finding.payoff_usd)
    return UNMEASURED if is_unknown(finding.interest.usd) else ""


def row_of(columns: Sequence[Column], place: int | None) -> str:
    """Return one row of columns side by side; the headings when `place` is None."""
    return (" " * GAP).join(column.line(place) for column in columns).rstrip()


def _skipped(report: Report, width: int) -> Iterator[Text]:
    if report.skipped:
        yield Text()
        yield Text("Not looked at", style="bold")
    for reason in sorted({skip.reason for skip in report.skipped}):
        rules = ", ".join(f"{s.code} {s.rule}" for s in report.skipped if s.reason == reason)
        yield from _paragraph(f"{plain(reason)}: {rules}", width, "dim", indent="  ")


def _legend(report: Report, width: int) -> Iterator[Text]:
    measures = [
        measure
        for finding in report.findings
        for measure in (
            finding.interest.usd,
            finding.interest.tokens,
            finding.interest.failed_traces,
        )
    ]
    notes = []
    if any(map(is_unknown, measures)):
        notes.append(f"{UNMEASURED} = unmeasured, {AT_LEAST} = at least: `--format json` says why")
    elif any(map(is_partial, measures)):
        notes.append(f"{AT_LEAST} = at least: `--format json` says what is unmeasured")
    if report.findings:
        notes.append("`solvent rule CODE` says why it is debt and how its interest is computed")
    if notes:
        yield Text()
    for note in notes:
        yield from _paragraph(note, width, "dim")


def _paragraph(text: str, width: int, style: str, indent: str = "") -> Iterator[Text]:
    for line in _wrap(text, width - len(indent) if width else 0):
        yield Text(indent + line, style=style)


def _wrap(text: str, width: int) -> list[str]:
    """Return the text in lines; one line when there is no width to keep to."""
    return wrap(text, max(width, 20), break_on_hyphens=False) if width > 0 else [text]
