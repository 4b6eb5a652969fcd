"""The line of what was owed over audits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.server import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.server.questions.past import Audited

WIDTH, TOP, BOTTOM, EDGE = 600, 14, 150, 6
SHOW = {"usd": shown.usd, "tokens": shown.short, "failed_traces": shown.number}
WORDS = {"usd": "money wasted", "tokens": "tokens wasted", "failed_traces": "failed requests"}


@dataclass(frozen=True, slots=True)
class Points:
    """A line as SVG wants it; empty when there is nothing to draw."""

    line: str = ""
    area: str = ""
    dots: tuple[tuple[float, float, str], ...] = ()
    label: str = ""
    first: str = ""
    last: str = ""


def points(audits: Sequence[Audited], figure: str) -> Points:
    """Return the line of a figure over audits that measured it."""
    if not figure or not audits:
        return Points()
    alike = [a for a in audits if a.scaled == audits[-1].scaled]
    measured = [(a, v) for a in alike if (v := getattr(a, figure)) is not None]
    if len(measured) < 2:  # noqa: PLR2004  one point is no line
        return Points()
    show = SHOW[figure]
    start, end = measured[0][0].at, measured[-1][0].at
    top = max(v for _, v in measured) or 1.0
    placed = []
    for number, (audit, value) in enumerate(measured):
        part = (audit.at - start) / (end - start) if end > start else number / (len(measured) - 1)
        x = EDGE + part * (WIDTH - 2 * EDGE)
        y = BOTTOM - value / top * (BOTTOM - TOP)
        placed.append((round(x, 1), round(y, 1), f"{shown.moment(audit.at)[:16]}: {show(value)}"))
    line = " ".join(f"{x},{y}" for x, y, _ in placed)
    return Points(
        line,
        f"{placed[0][0]},{BOTTOM} {line} {placed[-1][0]},{BOTTOM}",
        tuple(placed),
        f"{WORDS[figure]}: from {placed[0][2]} to {placed[-1][2]}",
        placed[0][2],
        placed[-1][2],
    )
