"""Signals of place and role: who acts, when, and what that makes likely."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from solvent.pipelines.within.texts import CLOSED, REPLANNED, line
from solvent.records.suspect import Reason

if TYPE_CHECKING:
    from solvent.pipelines.within.scene import Scene

EARLY = 3
"""Working steps from the first on that count as early."""
SHORT_RUN = 4
"""Working steps of a run that ended before it got anywhere."""
LONG_RUN = 6
TERSE = 30
"""Words of a step that says little."""
LONG = 1000
"""Words from which a step's length says no more."""
MANY = 50
"""Working steps from which a later place says no more."""


def executes(scene: Scene, place: int) -> Reason | None:
    """It runs what another step wrote."""
    if scene.executed[place]:
        return Reason("executes", "only runs what another step wrote")
    return None


def idle(scene: Scene, place: int) -> Reason | None:
    """It says nothing of its own."""
    return Reason("idle", "only passes on what was said") if scene.idle[place] else None


def opens(_: Scene, place: int) -> Reason | None:
    """It is the first step."""
    return Reason("opens", "opens the run") if place == 0 else None


def coordinates(scene: Scene, place: int) -> Reason | None:
    """It hands out work."""
    if _coordinates(scene, place):
        return Reason("coordinates", "hands out the work")
    return None


def content(scene: Scene, place: int) -> Reason | None:
    """It hands out work in a run that its own agent ended as answered."""
    if _coordinates(scene, place) and scene.closed:
        return Reason("content", "belongs to the agent that took the wrong answer for right")
    return None


def closes(scene: Scene, place: int) -> Reason | None:
    """It declares the request answered."""
    step = scene.steps[place]
    found = CLOSED.search(step.said)
    if step.actor != scene.coordinator or found is None:
        return None
    quote = line(step.said, *found.span())
    return Reason("closes", "declares the request answered, and the answer is wrong", 1.0, quote)


def replans(scene: Scene, place: int) -> Reason | None:
    """It gives the plan up."""
    step = scene.steps[place]
    found = REPLANNED.search(step.said[:200])
    if not place or found is None or step.actor != scene.coordinator or scene.idle[place]:
        return None
    return Reason("replans", "gives the plan up and starts anew", 1.0, line(step.said))


def early(scene: Scene, place: int) -> Reason | None:
    """It is among the first that work."""
    if place in scene.workers[:EARLY]:
        return Reason("early", "is among the first that work on it")
    return None


def later(scene: Scene, place: int) -> Reason | None:
    """The further on, the more could go wrong before."""
    if place not in scene.workers or not place:
        return None
    done = scene.workers.index(place)
    return Reason("later", "", min(math.log1p(done) / math.log1p(MANY), 1.0))


def last(scene: Scene, place: int) -> Reason | None:
    """It is the last that works."""
    if scene.workers[-1:] == [place]:
        return Reason("last", "is the last that works on it: nothing after it could put it right")
    return None


def last_of_few(scene: Scene, place: int) -> Reason | None:
    """It is the last that works in a run that was short."""
    if scene.workers[-1:] == [place] and len(scene.workers) <= SHORT_RUN:
        count = len(scene.workers)
        return Reason("last_of_few", f"ends a run of only {count} working steps")
    return None


def last_of_many(scene: Scene, place: int) -> Reason | None:
    """It is the last that works in a run that was long."""
    if scene.workers[-1:] == [place] and len(scene.workers) > LONG_RUN:
        return Reason("last_of_many", "comes at the end of a long run")
    return None


def rare(scene: Scene, place: int) -> Reason | None:
    """Its actor works seldom in this run."""
    if place not in scene.workers:
        return None
    share = scene.turns[scene.steps[place].actor] / len(scene.workers)
    if share == 1:
        return None
    name = scene.steps[place].actor
    return Reason("rare", f"is one of few steps of `{name}`", min(-math.log(share) / 3, 1.0))


def often(scene: Scene, place: int) -> Reason | None:
    """Its actor works often in this run."""
    if place not in scene.workers:
        return None
    turns = scene.turns[scene.steps[place].actor]
    return Reason("often", "", min(math.log(turns) / 4, 1.0))


def terse(scene: Scene, place: int) -> Reason | None:
    """It says little."""
    if place in scene.workers and scene.counts[place] < TERSE:
        return Reason("terse", "says little")
    return None


def long(scene: Scene, place: int) -> Reason | None:
    """It says much: there is more that can be wrong."""
    if place not in scene.workers:
        return None
    return Reason("long", "", min(math.log1p(scene.counts[place]) / math.log1p(LONG), 1.0))


def _coordinates(scene: Scene, place: int) -> bool:
    return scene.steps[place].actor == scene.coordinator and not scene.idle[place]


SIGNALS = (
    executes, idle, opens, coordinates, content, closes, replans, early, later, last, last_of_few,
    last_of_many, rare, often, terse, long,
)  # fmt: skip

EVIDENCE = frozenset({"closes", "replans"})
STRUCTURAL = frozenset(signal.__name__ for signal in SIGNALS) - EVIDENCE
"""Signals that say where a step stands and not what is wrong with it."""
