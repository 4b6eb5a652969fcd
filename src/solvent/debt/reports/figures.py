"""Figures as people read them: dollars, counts, durations; `?` for what was not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.rule import several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.finding import Finding, Measure, Observed

UNMEASURED = "?"
AT_LEAST = "+"
NOT_OWED = ("no interest", "not counted", "nothing measured", "no finding")
"""How the note of a figure begins that the debt does not cost; any other note says why it is
unmeasured."""
DAY = 86_400
THOUSAND, MILLION, BILLION = 1e3, 1e6, 1e9


def is_unknown(measure: Measure) -> bool:
    """Return whether it costs something of this kind and nothing says how much."""
    return measure.value is None and not measure.note.startswith(NOT_OWED)


def is_partial(measure: Measure) -> bool:
    """Return whether a part of the evidence could not be measured, so that it is at least this."""
    return measure.value is not None and "no known price" in measure.note


def plain(text: str) -> str:
    """Return text from outside on one line, without what could steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in oneline(text))


def oneline(text: str) -> str:
    """Return text with every run of white space as one space."""
    return " ".join(text.split())


def money(usd: float | None) -> str:
    """Return dollars with as many digits as matter: $1,240, $12.30, $0.0042."""
    if usd is None:
        return UNMEASURED
    if usd >= 100:  # noqa: PLR2004  cents do not matter any more
        return f"${usd:,.0f}"
    if usd >= 0.1 or usd == 0:  # noqa: PLR2004  below a dime, cents are not enough
        return f"${usd:,.2f}"
    return f"${usd:.2g}" if usd >= 1e-4 else "<$0.0001"  # noqa: PLR2004  smaller is noise


def count(number: float | None) -> str:
    """Return a count in at most five characters: 812, 12.3k, 4.05M."""
    if number is None:
        return UNMEASURED
    for bound, letter in ((BILLION, "G"), (MILLION, "M"), (10 * THOUSAND, "k")):
        if number >= bound:
            unit = THOUSAND if letter == "k" else bound
            return f"{number / unit:.3g}{letter}"
    return f"{number:,.0f}"


def cell(measure: Measure, figure: str, parts: Sequence[Measure] = ()) -> str:
    """Return a figure as a table shows it: empty when the debt does not cost it, else maybe `?`.

    Args:
        measure: The figure.
        figure: `usd`, or what is counted.
        parts: What it is the sum of; `+` says that some of them are unmeasured.
    """
    if measure.value is None:
        unknown = any(map(is_unknown, parts)) if parts else is_unknown(measure)
        return UNMEASURED if unknown else ""
    text = money(measure.value) if figure == "usd" else count(measure.value)
    less = is_partial(measure) or any(is_unknown(m) or is_partial(m) for m in parts)
    return text + AT_LEAST if less else text


def duration(seconds: float | None) -> str:
    """Return a duration in its natural unit: 850 ms, 12 s, 4.2 min, 3.1 h."""
    if seconds is None:
        return UNMEASURED
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def spread(measure: Measure, show: str = "count") -> str:
    """Return a figure with its interval, or the reason why there is none."""
    text = money if show == "money" else duration if show == "duration" else count
    if measure.value is None:
        return f"unmeasured ({measure.note})" if measure.note else "unmeasured"
    if measure.low is None or measure.high is None:
        return text(measure.value)
    return f"{text(measure.value)} ({text(measure.low)} to {text(measure.high)})"


def period(observed: Observed) -> str:
    """Return what interest is per: `per 30 days`, or `in the observed runs`."""
    return "per 30 days" if observed.period != "observed" else "in the observed runs"


def window(observed: Observed) -> str:
    """Return in one line what was looked at."""
    days = "no dates in the source"
    if observed.days is not None:
        short = observed.days < 1
        days = f"within {duration(observed.days * DAY)}" if short else f"{observed.days:.1f} days"
        days = days if observed.days else "at one moment"
    failed = f", {observed.failed_traces:,} failed" if observed.failed_traces else ""
    code = f"{several(observed.files, 'file')}, {several(observed.lines, 'line')}"
    if observed.files and not observed.spans:
        return code
    return (f"{code}, " if observed.files else "") + (
        f"{several(observed.traces, 'trace')}{failed}, {several(observed.spans, 'span')},"
        f" {several(observed.requests, 'model call')}, {several(observed.calls, 'tool call')},"
        f" {days}"
    )


def counts(finding: Finding) -> str:
    """Return the evidence counts with their denominators."""
    return ", ".join(
        f"{name.replace('_', ' ')} {value:,.4g}"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value:,}"
        for name, value in finding.proof.counts.items()
    )
