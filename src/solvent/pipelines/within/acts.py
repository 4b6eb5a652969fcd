"""Signals in what a step did: errors, empty and partial results, loops, and how others took it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.pipelines.within.texts import (
    NOTHING,
    PARTIAL,
    PROGRESS,
    REFUSED,
    REPLANNED,
    WENT_WRONG,
    has_code,
    line,
    prose,
)
from solvent.prompts.likeness import jaccard
from solvent.records.suspect import Reason

if TYPE_CHECKING:
    from solvent.pipelines.within.scene import Scene

LITTLE = 8
"""Words that a program printed which brought nothing."""
BACK = 8
"""Steps back in which a repetition is looked for."""
SAME = 0.9
REPLY_CHARS = 600


def failed(scene: Scene, place: int) -> Reason | None:
    """It ended in error, or its result says so."""
    said = scene.failures[place]
    return Reason("failed", "ended in error", 1.0, line(said)) if said else None


def refused(scene: Scene, place: int) -> Reason | None:
    """What it wrote was refused for what it says: a column, a name, an argument."""
    ran = scene.run_by(place)
    if ran is None or scene.executed[place]:
        return None
    found = REFUSED.search(scene.failures[ran])
    if found is None:
        return None
    quote = line(scene.failures[ran], *found.span())
    return Reason("refused", "wrote what was refused", 1.0, quote, scene.steps[ran].span_id)


def code_failed(scene: Scene, place: int) -> Reason | None:
    """It is the first whose code or call failed."""
    ran = scene.run_by(place)
    if ran is None or scene.executed[place] or not scene.steps[ran].failed:
        return None
    if any(step.failed for step in scene.steps[:place]):
        return None
    step = scene.steps[ran]
    quote = line(step.said[-400:] or step.error)
    return Reason("code_failed", "wrote what failed when it ran", 1.0, quote, step.span_id)


def code_empty(scene: Scene, place: int) -> Reason | None:
    """What it wrote ran and brought nothing."""
    ran = scene.run_by(place)
    if ran is None or scene.executed[place] or scene.steps[ran].failed:
        return None
    if scene.counts[ran] >= LITTLE or not has_code(scene.steps[place].said):
        return None
    step = scene.steps[ran]
    words = "wrote code that printed next to nothing"
    return Reason("code_empty", words, 1.0, line(step.said), step.span_id)


def nothing(scene: Scene, place: int) -> Reason | None:
    """Its result is empty."""
    step = scene.steps[place]
    if step.failed or not step.said.strip() or not NOTHING.fullmatch(step.said):
        return None
    return Reason("nothing", "came back with nothing", 1.0, line(step.said))


def repeats(scene: Scene, place: int) -> Reason | None:
    """It does again what its actor did before."""
    if scene.executed[place] or not scene.words[place]:
        return None
    actor, best, where = scene.steps[place].actor, 0.0, place
    for before in range(max(place - BACK, 0), place):
        if scene.steps[before].actor == actor:
            alike = jaccard(scene.words[place], scene.words[before])
            best, where = max((best, where), (alike, before))
    if not best:
        return None
    other = scene.steps[where]
    said = f"says much the same as step {where + 1}" if best >= SAME else ""
    return Reason("repeats", said, best, line(scene.steps[place].said), other.span_id)


def partial(scene: Scene, place: int) -> Reason | None:
    """It saw only a part of what it looked at."""
    found = PARTIAL.search(scene.steps[place].said)
    if place not in scene.workers or found is None:
        return None
    text = scene.steps[place].said
    share = f"only {found[1]} %" if found[1] else "only a part"
    return Reason("partial", f"saw {share} of what it looked at", 1.0, line(text[: found.end()]))


def goes_on(scene: Scene, place: int) -> Reason | None:
    """It goes on after a result that was a part only, content with the progress."""
    step = scene.steps[place]
    if step.actor != scene.coordinator or scene.idle[place] or REPLANNED.search(step.said[:200]):
        return None
    progress = PROGRESS.search(step.said)
    if progress is not None and progress[1] == "false":
        return None
    before = next((p for p in range(place - 1, max(place - 3, -1), -1) if not scene.idle[p]), None)
    found = PARTIAL.search(scene.steps[before].said) if before is not None else None
    if found is None or before is None:
        return None
    other = scene.steps[before]
    quote = line(other.said, *found.span())
    return Reason("goes_on", "goes on as if a partial result were all", 1.0, quote, other.span_id)


def found_wanting(scene: Scene, place: int) -> Reason | None:
    """The next that speaks says that it did not work."""
    if scene.executed[place] or scene.steps[place].actor == scene.coordinator:
        return None
    reply = scene.reply(place)
    if reply is None:
        return None
    other = scene.steps[reply]
    progress = PROGRESS.search(other.said)
    text = prose(other.said)[:REPLY_CHARS]
    found = WENT_WRONG.search(text)
    if progress is not None:
        if progress[1] == "true":
            return None
    elif found is None:
        return None
    quote = line(text, *found.span()) if found else line(other.said)
    words = f"`{other.actor}` says next that it did not work"
    return Reason("found_wanting", words, 1.0, quote, other.span_id)


def unanswered(scene: Scene, place: int) -> Reason | None:
    """Nobody says anything to it."""
    if place in scene.workers and scene.reply(place) is None:
        return Reason("unanswered", "nobody looked at it again")
    return None


SIGNALS = (
    failed, refused, code_failed, code_empty, nothing, repeats, partial, goes_on, found_wanting,
    unanswered,
)  # fmt: skip
