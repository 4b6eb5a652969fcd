"""What moved between two slices of a pipeline, and whether chance could have moved it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.records.pipeline_map import Figures, Slice
    from solvent.settings import Pipelines

ROOT = 0
SURE = 2.576
"""Standard errors by which two shares must differ: two-sided, 1 in 100."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of one step that differs."""

    step: int
    figure: str
    """traces, errors, retries, p50_ms, usd or failed."""
    was: float
    now: float
    worse: bool | None
    """None: neither better nor worse, the step runs more or less often."""


def compare(now: Slice, was: Slice, bounds: Pipelines) -> dict[int, list[Change]]:
    """Return what differs, by step; what is too seldom to tell is not told.

    Shares are compared by the difference of two proportions in standard errors (pooled z-test).
    """
    found: dict[int, list[Change]] = {}
    for step in sorted(now.figures.keys() | was.figures.keys()):
        changes = _changes(step, now, was, bounds)
        if changes:
            found[step] = changes
    return found


def _changes(step: int, now: Slice, was: Slice, bounds: Pipelines) -> list[Change]:
    one, other = now.figures.get(step), was.figures.get(step)
    changes = []
    in_now, in_was = (side.traces if side else 0 for side in (one, other))
    if _differs(in_now, now.traces, in_was, was.traces):
        changes.append(Change(step, "traces", in_was / was.traces, in_now / now.traces, None))
    if one is None or other is None:
        return changes
    counts = [
        ("errors", one.errors, one.runs, other.errors, other.runs),
        ("retries", one.retries, one.runs, other.retries, other.runs),
    ]
    if step == ROOT:  # of steps that every trace takes it would say the same again
        failed = (one.failed_traces, one.judged_traces, other.failed_traces, other.judged_traces)
        counts.append(("failed", *failed))
    for name, count_now, of_now, count_was, of_was in counts:
        if _differs(count_now, of_now, count_was, of_was):
            share_was, share_now = count_was / of_was, count_now / of_now
            changes.append(Change(step, name, share_was, share_now, share_now > share_was))
    for name, value_now, value_was in (
        ("p50_ms", one.p50_ms, other.p50_ms),
        ("usd", _each(one), _each(other)),
    ):
        if value_now and value_was and min(one.runs, other.runs) >= bounds.compare_min_runs:
            factor = value_now / value_was
            if not 1 / bounds.compare_factor < factor < bounds.compare_factor:
                changes.append(Change(step, name, value_was, value_now, factor > 1))
    return changes


def _each(figures: Figures) -> float | None:
    """Return dollars per run, when the cost of every model call is known."""
    if figures.usd is None or figures.priced < figures.calls:
        return None
    return figures.usd / figures.runs


def _differs(count: int, of: int, count_was: int, of_was: int) -> bool:
    if not of or not of_was:
        return False
    both = (count + count_was) / (of + of_was)
    error = sqrt(both * (1 - both) * (1 / of + 1 / of_was))
    return error > 0 and abs(count / of - count_was / of_was) > SURE * error
