"""Everything about one trace that failed: suspects, and the passing trace beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.errors import NotFound
from solvent.pipelines.within.failures import find_trace, list_failed
from solvent.pipelines.within.ranking import suspects
from solvent.pipelines.within.reading import (
    find_when,
    hashes_of,
    judge,
    read_spans,
    read_texts,
    to_courses,
)
from solvent.pipelines.within.scene import Scene
from solvent.pipelines.within.siblings import beside, divergence, nearest, read_openings
from solvent.records.suspect import Inquiry
from solvent.settings import Blame

if TYPE_CHECKING:
    from solvent.pipelines.within.asking import Asks
    from solvent.pipelines.within.siblings import Opening
    from solvent.records.suspect import Course


def inquire_all(
    store: Asks, project: str, prefix: str, most: int, bounds: Blame | None = None
) -> list[Inquiry]:
    """Return what can be said about the trace whose id begins so, or about the newest failed ones.

    Args:
        store: Where the spans are.
        project: The project of the traces.
        prefix: How the id begins; empty: the newest failed traces.
        most: How many of those.
        bounds: How much of each is read; the defaults when left out.

    Raises:
        NotFound: No trace has such an id, or it has no steps.
        Invalid: Several have.
    """
    ids = [find_trace(store, project, prefix)] if prefix else list_failed(store, project, most)
    found = [inquire(store, project, trace_id, bounds) for trace_id in ids]
    told = [one for one in found if one is not None]
    if prefix and not told:
        raise NotFound(f"`{ids[0]}` has no steps that could be blamed", hint="see `solvent trace`")
    return told


def inquire(
    store: Asks,
    project: str,
    trace_id: str,
    bounds: Blame | None = None,
    *,
    between: tuple[int, int] | None = None,
) -> Inquiry | None:
    """Return what can be said about a trace; None when it is not stored or has no steps.

    Args:
        store: Where the spans are.
        project: The project of the trace.
        trace_id: The trace; whether it failed is for the caller to know.
        bounds: How much is read; the defaults when left out.
        between: When its first and its last span started, where that is known (microseconds).
    """
    bounds = bounds or Blame()
    when = between or find_when(store, project, [trace_id])
    rows = read_spans(store, project, [trace_id], bounds, when)
    if not rows:
        return None
    openings = read_openings(store, project, trace_id, bounds.candidates)
    begun = {h for opening in openings for h in opening.hashes}
    texts = read_texts(store, hashes_of(rows) | begun, bounds.max_chars)
    judge(store, project, rows, texts, bounds)
    course = to_courses(rows, texts)[0]
    near = None
    if (found := nearest(course, openings, texts)) is not None:
        opening, likeness = found
        near = _read(store, project, opening, bounds), likeness
    return Inquiry(
        trace_id=course.trace_id,
        kind=Scene(course).kind.value,
        task=course.task,
        answer=course.answer,
        steps=len(course.steps),
        left_out=course.left_out,
        suspects=suspects(course, diverging=divergence(course, *near) if near else None),
        sibling=beside(course, *near) if near else None,
    )


def _read(store: Asks, project: str, opening: Opening, bounds: Blame) -> Course:
    """Return the course of a passing trace; what was said of its steps is of no use here."""
    rows = read_spans(store, project, [opening.trace_id], bounds, opening.between)
    return to_courses(rows, read_texts(store, hashes_of(rows), bounds.max_chars))[0]
