"""Everything about one trace that failed: suspects, and the passing trace beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.pipelines.within.ranking import suspects
from solvent.pipelines.within.reading import read_courses
from solvent.pipelines.within.scene import Scene
from solvent.pipelines.within.siblings import beside, divergence, nearest_passing
from solvent.records.suspect import Inquiry
from solvent.settings import Blame

if TYPE_CHECKING:
    from solvent.pipelines.within.reading import Asks


def inquire(
    store: Asks, project: str, trace_id: str, bounds: Blame | None = None
) -> Inquiry | None:
    """Return what can be said about a trace; None when it is not stored or has no steps.

    Args:
        store: Where the spans are.
        project: The project of the trace.
        trace_id: The trace; whether it failed is for the caller to know.
        bounds: How much is read; the defaults when left out.
    """
    bounds = bounds or Blame()
    found = read_courses(store, project, [trace_id], bounds)
    if not found:
        return None
    course = found[0]
    near = nearest_passing(store, project, course, bounds)
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
