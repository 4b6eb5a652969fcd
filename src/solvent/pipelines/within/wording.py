"""Signals in the words of a step: made-up data, assumptions, work left to the reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from solvent.pipelines.within.texts import (
    ASSUMED,
    BY_HAND,
    GAVE_UP,
    MADE_UP,
    has_code,
    line,
    own_words,
    prose,
    values,
    words,
)
from solvent.records.suspect import Reason

if TYPE_CHECKING:
    from solvent.pipelines.within.scene import Scene

_LOOKED = re.compile(
    r"\b(?:typed|searched for|search for|query:?)\s+[\"'\u2018\u201c](.{5,200}?)[\"'\u2019\u201d]"
)
LOOKED_AT = 3000
"""Characters of prose in which a phrase is looked for: beyond, it is most likely quoted."""


def made_up(scene: Scene, place: int) -> Reason | None:
    """It works with data that it made up."""
    return _found(scene, place, MADE_UP, "works with made-up data", code=True)


def assumed(scene: Scene, place: int) -> Reason | None:
    """It assumes or estimates what it could have looked up."""
    return _found(scene, place, ASSUMED, "assumes or estimates instead of looking it up")


def by_hand(scene: Scene, place: int) -> Reason | None:
    """It announces work, or asks for it, instead of doing it."""
    return _found(scene, place, BY_HAND, "announces work or asks for it instead of doing it")


def gave_up(scene: Scene, place: int) -> Reason | None:
    """It says that it did not get what it was after."""
    return _found(scene, place, GAVE_UP, "says that it did not get what it was after")


def code(scene: Scene, place: int) -> Reason | None:
    """It writes code."""
    if scene.executed[place] or not has_code(scene.steps[place].said):
        return None
    return Reason("code", "")


def ready_code(scene: Scene, place: int) -> Reason | None:
    """The run opens with code that nobody has checked."""
    if place or scene.executed[place] or not has_code(scene.steps[place].said):
        return None
    return Reason("ready_code", "opens the run with code that nobody has checked")


def _found(
    scene: Scene, place: int, pattern: re.Pattern[str], said: str, *, code: bool = False
) -> Reason | None:
    if scene.executed[place] or scene.idle[place] or scene.steps[place].actor == scene.coordinator:
        return None
    text = own_words(scene.steps[place].said)
    text = text if code else prose(text)[:LOOKED_AT]
    found = pattern.search(text)
    if found is None:
        return None
    return Reason(_NAMES[pattern], said, 1.0, line(text, *found.span()))


_NAMES = {MADE_UP: "made_up", ASSUMED: "assumed", BY_HAND: "by_hand", GAVE_UP: "gave_up"}


def narrowed(scene: Scene, place: int) -> Reason | None:
    """It looked for something without a part of what it was asked."""
    step = scene.steps[place]
    own = own_words(step.said)
    looked = _LOOKED.search(own)
    if scene.executed[place] or looked is None:
        return None
    gone = [
        text
        for key, text in values(step.asked).items()
        if not set(words(key)) <= set(words(own)) and not key.startswith("http")
    ]
    if not gone:
        return None
    missing = ", ".join(f"`{one}`" for one in gone[:3])
    return Reason(
        "narrowed", f"looked for less than it was asked: {missing} is missing", 1.0, line(looked[1])
    )


SIGNALS = (made_up, assumed, by_hand, gave_up, code, ready_code, narrowed)
