"""The figures of a map in words, alike in the picture, the tables and the terminal."""

# ruff: noqa: PLR2004  bounds between units and digits are what this file is about
# ruff: noqa: RUF001  the times sign of good typography

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.pipelines.map.compare import Change
    from solvent.pipelines.map.picture import Box, Line

UNMEASURED = "not measured"
FIGURES = {
    "traces": "in",
    "errors": "errors",
    "retries": "retries",
    "failed": "failed traces",
    "p50_ms": "p50",
    "usd": "cost per run",
}


def share(value: float) -> str:
    """Return a part of one in percent: `<1 %`, `3.4 %`, `98 %`."""
    percent = 100 * value
    if 0 < percent < 0.1:
        return "<0.1 %"
    if 0 < percent < 10 and round(percent, 1) % 1:
        return f"{percent:.1f} %"
    return ">99 %" if 99 < percent < 99.95 else f"{percent:.0f} %"


def ms(value: float | None) -> str:
    """Return milliseconds in a unit a person reads."""
    if value is None:
        return UNMEASURED
    if value < 1:
        return f"{value * 1000:.0f} µs"
    if value < 1000:
        return f"{value:.0f} ms"
    seconds = value / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def usd(value: float | None) -> str:
    """Return dollars with two digits that count, or more."""
    if value is None:
        return UNMEASURED
    if value == 0:
        return "$0"
    if value < 0.0001:
        return "<$0.0001"
    return f"${value:,.0f}" if value >= 100 else f"${value:,.2f}" if value >= 1 else f"${value:.2g}"


def times(value: float) -> str:
    """Return how often: `3`, `2.4`."""
    return f"{value:,.0f}" if value >= 10 or round(value, 1) % 1 == 0 else f"{value:.1f}"


def short(name: str, chars: int) -> str:
    """Return a name in so many characters: the last parts of a dotted one, or its two ends."""
    while len(name) > chars and "." in name:
        name = name.partition(".")[2]
    if len(name) <= chars:
        return name
    tail = chars // 3
    return f"{name[: chars - tail - 1]}…{name[-tail:]}"


def volume(box: Box) -> str:
    """Return what kind of step it is and how often it runs."""
    each = box.figures.runs / max(box.figures.traces, 1)
    kind = "agent" if box.step.agent else box.step.type
    said = "" if kind in {"span", "chain", "task"} else f"{kind} · "
    if box.folded:
        return f"{box.figures.runs:,} runs together"
    said += f"in {share(box.share)}"
    return said + (f" · {times(each)}× each" if each >= 1.05 else "")


def spent(box: Box) -> list[str]:
    """Return how long a run takes and what it costs; empty when neither is known."""
    figures = box.figures
    said = [f"p50 {ms(figures.p50_ms)}"] if figures.p50_ms is not None else []
    if figures.usd is not None and figures.runs:
        said.append(f"{usd(figures.usd / figures.runs)} a run")
    elif figures.tokens:
        said.append(f"{figures.tokens / figures.runs:,.0f} tokens a run")
    return said


def habits(box: Box) -> str:
    """Return what is odd about how it runs: retried, repeated, side by side, inside itself."""
    figures = box.figures
    said = []
    if figures.retries:
        said.append("1 retry" if figures.retries == 1 else f"{figures.retries:,} retries")
    if figures.nested:
        said.append("calls itself")
    if figures.beside:
        said.append("several at once")
    if figures.repeats and figures.repeats >= 0.2 * figures.runs:
        said.append(f"{share(figures.repeats / figures.runs)} in a row")
    return " · ".join(said[:2])


def change(one: Change) -> str:
    """Return what differs: `errors 3 % → 9 %`."""
    if one.figure == "p50_ms":
        values = (ms(one.was), ms(one.now))
    elif one.figure == "usd":
        values = (usd(one.was), usd(one.now))
    else:
        values = (share(one.was), share(one.now))
    return f"{FIGURES[one.figure]} {values[0]} → {values[1]}"


def sentence(box: Box) -> str:
    """Return everything about a step in one sentence, for those who do not see the picture."""
    figures = box.figures
    said = [f"{box.step.name}: {volume(box)}", f"{figures.runs:,} runs"]
    errors = share(figures.errors / max(figures.runs, 1))
    said.append(f"{errors} with errors" if figures.errors else "no errors")
    if box.blame is not None:
        said.append(f"blame {share(box.blame)}")
    said += [part for part in (*spent(box), habits(box)) if part]
    if figures.p95_ms is not None:
        said.append(f"p95 {ms(figures.p95_ms)}")
    if box.calls:
        said.append(f"runs {box.calls}")
    said += [change(one) for one in box.changes]
    return ", ".join(said)


def way(line: Line) -> str:
    """Return how common a move is."""
    often = f", {times(line.times)} times each" if line.times >= 1.05 else ""
    return f"{share(line.share)} of the traces{often}{', and back' if line.both else ''}"
