"""The answer: a sentence, a table and, where the result has the shape for it, a chart."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.football.database import Result

SHOWN_ROWS = 12
BARS = range(2, 26)
"""Numbers of rows that a chart is drawn for."""
WIDTH = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user is shown."""

    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    total: int = 0
    bars: tuple[tuple[str, float], ...] = ()
    """Labels and numbers of the chart; empty: none is drawn."""


def answered(result: Result) -> Answer:
    """Return the answer to a question from what its query returned."""
    if result.error:
        return Answer(f"This question could not be answered ({result.error}).")
    if not result.rows:
        return Answer("The database has nothing that fits.", result.columns)
    total = len(result.rows)
    if total == 1:
        text = ", ".join(_shown(value) for value in result.rows[0])
        return Answer(f"{text}.", result.columns, result.rows, total)
    more = "at least " if result.truncated else ""
    text = f"{more}{total:,} rows."
    return Answer(text, result.columns, result.rows[:SHOWN_ROWS], total, bars(result))


def bars(result: Result) -> tuple[tuple[str, float], ...]:
    """Return labels and numbers when a result is one name and one number a row."""
    if len(result.columns) != 2 or len(result.rows) not in BARS:
        return ()
    for name, number in ((0, 1), (1, 0)):
        named = all(isinstance(row[name], str) for row in result.rows)
        counted = all(_is_size(row[number]) for row in result.rows)
        if named and counted and "year" not in result.columns[number]:
            return tuple((row[name], float(row[number])) for row in result.rows)
    return ()


def as_text(answer: Answer) -> str:
    """Return an answer for a terminal."""
    parts = [answer.text]
    if answer.rows and (answer.total > 1 or len(answer.columns) > 1):
        parts.append(_table(answer))
    if answer.bars:
        longest = max(value for _, value in answer.bars) or 1
        wide = max(len(label) for label, _ in answer.bars)
        parts.append(
            "\n".join(
                f"{label:<{wide}}  {'█' * round(WIDTH * value / longest)} {value:g}"
                for label, value in answer.bars
            )
        )
    return "\n\n".join(parts)


def as_svg(answer: Answer) -> str:
    """Return the chart of an answer as SVG; empty when there is none."""
    if not answer.bars:
        return ""
    longest = max(value for _, value in answer.bars) or 1
    lines = []
    for place, (label, value) in enumerate(answer.bars):
        y, width = 24 * place, round(300 * value / longest, 1)
        lines.append(
            f'<text x="190" y="{y + 16}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="200" y="{y + 4}" width="{width}" height="16"/>'
            f'<text x="{206 + width}" y="{y + 16}">{value:g}</text>'
        )
    height = 24 * len(answer.bars)
    title = escape(f"{answer.columns[0]} and {answer.columns[1]}")
    return (
        f'<svg viewBox="0 0 560 {height}" role="img" aria-label="Chart of {title}">'
        f"{''.join(lines)}</svg>"
    )


def _table(answer: Answer) -> str:
    cells = [list(answer.columns), *([_shown(value) for value in row] for row in answer.rows)]
    widths = [min(max(len(row[i]) for row in cells), 40) for i in range(len(answer.columns))]
    lines = [
        "  ".join(c[:w].ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    left = answer.total - len(answer.rows)
    return "\n".join([*lines, *([f"... and {left:,} more"] if left else [])])


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _is_size(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
