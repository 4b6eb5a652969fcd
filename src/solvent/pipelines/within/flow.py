"""Signals of data flow: where a value of the end first appeared, and what was lost or added."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from solvent.pipelines.within.texts import covered, is_formal, line, values, words
from solvent.records.suspect import Reason
from solvent.traces.files.parts.failure import failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solvent.pipelines.within.scene import Scene

MANY_VALUES = 50
"""New values from which one more says nothing more."""
NAMED = 3
"""Values that a reason names."""
REPLACED = 0.5
"""Share of its input's words up to which what a step hands on is another text."""
FORM = 3
"""How many times longer or shorter a text may be to stand in place of another."""
ASKED_WORDS = 60
LEAST_WORDS = 3
"""Words of an input that can be rewritten."""
SOURCES = frozenset({"tool", "retriever", "reranker", "memory", "embedding"})
"""Types of steps whose work it is to bring new values in."""
ALIKE = 0.4
"""Share of its input's words from which a step's output is the input in another form."""


def off_task(scene: Scene, place: int) -> Reason | None:
    """The first step says little of what was asked."""
    if place or not scene.task:
        return None
    missed = 1 - covered(scene.task, scene.words[place])
    if not missed:
        return None
    gone = [word for word in words(scene.course.task) if word not in scene.words[place]]
    said = f"sets out without {_named(gone)} of the question" if missed >= 0.2 else ""  # noqa: PLR2004  fewer are inflections
    return Reason("off_task", said, missed)


def other_task(scene: Scene, place: int) -> Reason | None:
    """The first step is about something else than the question."""
    if place or not scene.task or covered(scene.task, scene.words[place]) >= 0.5:  # noqa: PLR2004  half
        return None
    step = scene.steps[place]
    return Reason("other_task", "is about something else than the question", 1.0, line(step.said))


def unsupported(scene: Scene, place: int) -> Reason | None:
    """It names values that nothing before it contains."""
    new = scene.new_values[place]
    if place not in scene.workers or scene.steps[place].type in SOURCES or not new:
        return None
    said = f"brings in {_named(new.values())}, which nothing before it contains"
    return Reason("unsupported", said, min(math.log1p(len(new)) / math.log1p(MANY_VALUES), 1.0))


def origin(scene: Scene, place: int) -> Reason | None:
    """A value of the final answer appears here for the first time."""
    if place != scene.origin:
        return None
    text = scene.plain[place]
    value = next(value for value in sorted(scene.last_values) if value in text)
    at = text.index(value)
    return Reason(
        "origin", "is where the final answer first appears", 1.0, line(text, at, at + len(value))
    )


def after_origin(scene: Scene, place: int) -> Reason | None:
    """The final answer was there before it."""
    if scene.origin is not None and place > scene.origin:
        return Reason("after_origin", "comes after the answer was there")
    return None


def to_the_point(scene: Scene, place: int) -> Reason | None:
    """It takes up the words of what went in."""
    if place not in scene.workers or not scene.steps[place].asked:
        return None
    asked = words(scene.steps[place].asked)[:ASKED_WORDS]
    return Reason("to_the_point", "", covered(asked, scene.words[place]))


def lost(scene: Scene, place: int) -> Reason | None:
    """It says its input in another form and leaves out a value of it."""
    step = scene.steps[place]
    if not _rewrites(scene, place):
        return None
    formal = is_formal(step.said)
    gone = [
        text
        for key, text in values(step.asked).items()
        if key not in scene.plain[place] and (not formal or _numeric(key))
    ]
    if not gone:
        return None
    return Reason("lost", f"leaves out {_named(gone)} of its input", 1.0, line(step.said))


def added(scene: Scene, place: int) -> Reason | None:
    """It puts its input in other words, and says more than was asked."""
    step = scene.steps[place]
    if not _rewrites(scene, place) or is_formal(step.said):
        return None
    known = set(words(step.asked)) | set(words(step.told)) | scene.task
    new = [word for word in words(step.said) if word not in known]
    if not new:
        return None
    share = len(set(new)) / max(len(scene.words[place]), 1)
    said = f"adds {_named(new)}, which its input does not say, and what follows works with that"
    return Reason("added", said, min(2 * share, 1.0), line(step.said))


def replaced(scene: Scene, place: int) -> Reason | None:
    """It hands on another text in place of its input: little of the input is left."""
    step = scene.steps[place]
    if not _hands_on(scene, place) or is_formal(step.said):
        return None
    kept, said = covered(words(step.asked), scene.words[place]), len(scene.words[place])
    asked = len(set(words(step.asked)))
    if kept > REPLACED or said < LEAST_WORDS or not asked / FORM <= said <= asked * FORM:
        return None
    gone = [word for word in words(step.asked) if word not in scene.words[place]]
    told = f"hands on another text than it was given: {_named(gone)} of it is gone"
    return Reason("replaced", told, 1 - kept, line(step.said))


def contradicts(scene: Scene, place: int) -> Reason | None:
    """It reports a number, and the results before it hold other numbers only."""
    step = scene.steps[place]
    if place == 0 or scene.executed[place] or step.type in SOURCES or not step.said:
        return None
    sources = [p for p in range(place) if scene.steps[p].type in SOURCES]
    if not sources:
        return None
    result = scene.steps[sources[-1]]
    held = {key for key in values(result.said) if _numeric(key)}
    told = {key: text for key, text in scene.new_values[place].items() if _numeric(key)}
    if not held or not told or held & set(scene.values[place]):
        return None
    said = f"says {_named(told.values())}; `{result.name}` had returned {_named(sorted(held))}"
    return Reason("contradicts", said, 1.0, line(step.said), result.span_id)


def _rewrites(scene: Scene, place: int) -> bool:
    """Tell whether a step says its input in another form, and a later step goes on from that."""
    asked = words(scene.steps[place].asked)
    return _hands_on(scene, place) and covered(asked, scene.words[place]) >= ALIKE


def _hands_on(scene: Scene, place: int) -> bool:
    """Tell whether a step was given a sentence, and a later step was given what it said."""
    step = scene.steps[place]
    if scene.executed[place] or step.type in SOURCES or not step.said or is_formal(step.asked):
        return False
    if failure(step.asked):
        return False
    if not LEAST_WORDS <= len(set(words(step.asked))) <= ASKED_WORDS:
        return False
    later = range(place + 1, len(scene.steps))
    return any(scene.plain[place] in scene.asked[other] for other in later)


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _named(found: Iterable[str]) -> str:
    """Return the first of some values in words."""
    names = list(dict.fromkeys(found))
    shown = ", ".join(f"`{name}`" for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown


SIGNALS = (
    off_task, other_task, unsupported, origin, after_origin, to_the_point, lost, added, replaced,
    contradicts,
)  # fmt: skip
