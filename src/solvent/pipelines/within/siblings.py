"""The passing trace that is most like a failed one, laid beside it step by step."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from solvent.pipelines.outcomes import JUDGED, PASSED
from solvent.pipelines.within.reading import TEXTS, read_courses
from solvent.pipelines.within.texts import line, words
from solvent.prompts.likeness import jaccard
from solvent.records.suspect import Pair, Reason, Sibling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.pipelines.within.reading import Asks
    from solvent.records.suspect import Course, Step
    from solvent.settings import Blame

LEAST_LIKE = 0.4
"""Share of words in common below which two questions have nothing to do with each other."""
SAME_TASK = 0.8
"""From here on it is the same question, and steps can be compared word by word."""
TASK_CHARS = 1000

PASSING = f"""
WITH assessed AS (SELECT * FROM assessments WHERE project = $project),
verdict AS ({JUDGED.format(assessments="assessed")}),
passing AS (
    SELECT trace_id, min(started_at) AS began FROM spans
    WHERE project = $project AND trace_id IN (SELECT trace_id FROM verdict WHERE value >= $passed)
        AND trace_id <> $trace
    GROUP BY trace_id ORDER BY began DESC, trace_id LIMIT $most
)
SELECT trace_id, arg_min(input_hashes, started_at, 2) AS inputs FROM spans
WHERE project = $project AND trace_id IN (SELECT trace_id FROM passing)
    AND input_hashes IS NOT NULL
GROUP BY trace_id
"""
"""Passing traces with what went into their first two steps: a root may not say the question."""


def nearest_passing(
    store: Asks, project: str, course: Course, bounds: Blame
) -> tuple[Course, float] | None:
    """Return the passing trace whose question is most like that of a trace, and how like; or None.

    Args:
        store: Where the spans are.
        project: The project of both.
        course: The trace to find a sibling of.
        bounds: How many traces are looked at, and how much of one is read.
    """
    rows = store.query(
        PASSING, project=project, trace=course.trace_id, passed=PASSED, most=bounds.candidates
    ).to_pylist()
    asked = {row["trace_id"]: [h for one in row["inputs"] for h in one[-1:]] for row in rows}
    hashes = sorted({h for some in asked.values() for h in some})
    texts = {
        row["hash"]: row["text"]
        for row in store.query(TEXTS, hashes=hashes, chars=TASK_CHARS).to_pylist()
    }
    wanted = frozenset(words(_question(course)))
    best, chosen = LEAST_LIKE, ""
    for trace_id, some in sorted(asked.items()):
        text = "\n".join(texts[h] for h in some if h in texts)
        likeness = jaccard(wanted, frozenset(words(text)))
        if likeness > best:
            best, chosen = likeness, trace_id
    found = read_courses(store, project, [chosen], bounds) if chosen else []
    return (found[0], best) if found else None


def _question(course: Course) -> str:
    first = course.steps[0].asked if course.steps else ""
    return f"{course.task}\n{first}"[: 2 * TASK_CHARS]


def beside(course: Course, other: Course, likeness: float) -> Sibling:
    """Return a passing trace laid beside a failed one."""
    pairs = tuple(
        Pair(
            name=_name(ours, theirs),
            span_id=ours.span_id if ours else "",
            other_id=theirs.span_id if theirs else "",
            said=line(ours.said) if ours else "",
            other_said=line(theirs.said) if theirs else "",
            same=bool(ours and theirs and _alike(ours.said, theirs.said)),
        )
        for ours, theirs in _aligned(course, other)
    )
    return Sibling(other.trace_id, other.task, likeness, pairs)


def _name(*steps: Step | None) -> str:
    return next(step.name for step in steps if step)


def divergence(course: Course, other: Course, likeness: float) -> dict[int, Reason]:
    """Return where a trace first did something else than a passing one with the same question."""
    if likeness < SAME_TASK:
        return {}
    for ours, theirs in _aligned(course, other):
        if ours is None or theirs is None or _alike(ours.said, theirs.said):
            continue
        if ours.place and not _alike(ours.asked, theirs.asked):
            continue
        said = f"was given the same as in a passing trace, where it said “{line(theirs.said)}”"
        return {ours.place: Reason("diverges", said, 1.0, line(ours.said), theirs.span_id)}
    return {}


def _aligned(course: Course, other: Course) -> Iterator[tuple[Step | None, Step | None]]:
    """Yield the steps of both in order, those with the same name side by side."""
    ours, theirs = course.steps, other.steps
    matcher = SequenceMatcher(
        None, [step.name for step in ours], [step.name for step in theirs], autojunk=False
    )
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(ours[start:end], theirs[other_start:other_end], strict=True)
        else:
            yield from ((step, None) for step in ours[start:end])
            yield from ((None, step) for step in theirs[other_start:other_end])


def _alike(one: str, other: str) -> bool:
    """Tell whether two texts say the same words; in a query, one other word is another query."""
    return one == other or set(words(one)) == set(words(other))
