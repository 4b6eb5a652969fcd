"""Direct signals: what somebody said of the very step, broken schemas, and sums that do not hold.

They speak of the step itself and not of how it stands among the others, so that nothing is fitted:
schemas and sums are right or wrong, and a word on a step is taken as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.pipelines.outcomes import WORDS
from solvent.pipelines.within.flow import SOURCES
from solvent.pipelines.within.sums import wrong_equations
from solvent.pipelines.within.texts import line
from solvent.records.suspect import Reason

if TYPE_CHECKING:
    from solvent.pipelines.within.scene import Scene

OPINION = 0.6
"""Strength of a judge's word on a step: a model's opinion."""


def judged_wrong(scene: Scene, place: int) -> Reason | None:
    """Somebody says that this step was wrong."""
    verdict = scene.steps[place].verdict
    if verdict is None or not verdict.failed:
        return None
    strength = OPINION if verdict.source == "judge" else 1.0
    said = f"{WORDS.get(verdict.source, 'somebody')} says of it: `{verdict.name}` {verdict.value:g}"
    return Reason("judged_wrong", said, strength, line(verdict.why))


def judged_right(scene: Scene, place: int) -> Reason | None:
    """Somebody says that this step was right."""
    verdict = scene.steps[place].verdict
    if verdict is None or verdict.failed:
        return None
    return Reason("judged_right", "", OPINION if verdict.source == "judge" else 1.0)


def breaks_schema(scene: Scene, place: int) -> Reason | None:
    """Its answer or its tool call breaks the schema that it was given."""
    step = scene.steps[place]
    if not step.broken:
        return None
    more = f", and {len(step.broken) - 1} more" if len(step.broken) > 1 else ""
    said = f"breaks the schema that it was given: {step.broken[0]}{more}"
    return Reason("breaks_schema", said, 1.0, line(step.said))


def miscalculates(scene: Scene, place: int) -> Reason | None:
    """It states a sum that its own numbers do not come to."""
    step = scene.steps[place]
    if scene.executed[place] or step.type in SOURCES:
        return None
    found = next(wrong_equations(step.said), None)
    if found is None:
        return None
    said = f"calculates wrong: that comes to {found.comes_to:,.6g}"
    return Reason("miscalculates", said, 1.0, found.text)


SIGNALS = (judged_wrong, judged_right, breaks_schema, miscalculates)
