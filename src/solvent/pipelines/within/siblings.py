"""The passing trace that is most like a failed one, laid beside it step by step."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from solvent.pipelines.outcomes import JUDGED, PASSED
from solvent.pipelines.within.asking import BETWEEN
from solvent.pipelines.within.reading import find_when
from solvent.pipelines.within.texts import line, words
from solvent.prompts.likeness import jaccard
from solvent.records.suspect import Pair, Reason, Sibling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from solvent.pipelines.within.asking import Asks
    from solvent.records.suspect import Course, Step

LEAST_LIKE = 0.4
"""Share of words in common below which two questions have nothing to do with each other."""
SAME_TASK = 0.8
"""From here on it is the same question, and steps can be compared word by word."""
TASK_CHARS = 1000

PASSING = f"""
WITH newest AS (
    SELECT trace_id, created_at FROM assessments
    WHERE project = $project AND name = 'outcome' AND value >= $passed AND trace_id <> $trace
    ORDER BY created_at DESC, trace_id LIMIT $most
), assessed AS (
    SELECT * FROM assessments
    WHERE project = $project AND trace_id IN (SELECT trace_id FROM newest)
)
SELECT trace_id, epoch_us(max(created_at)) AS judged_at
FROM ({JUDGED.format(assessments="assessed")}) v JOIN newest USING (trace_id)
WHERE v.value >= $passed GROUP BY trace_id
"""
"""Passing traces, those judged last."""

OPENINGS = f"""
SELECT trace_id, epoch_us(min(started_at)) AS first, epoch_us(max(started_at)) AS last,
    arg_min(input_hashes, started_at, 2) FILTER (input_hashes IS NOT NULL) AS inputs
FROM spans WHERE project = $project AND trace_id IN (SELECT unnest($traces)) AND {BETWEEN}
GROUP BY trace_id
"""
"""What went into the first two steps of some traces: a root may not say the question."""
SOON_US = 86_400_000_000
"""Most traces are judged within a day, if at all: there their spans are looked for first."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a passing trace begins."""

    trace_id: str
    between: tuple[int, int]
    """When its first and its last span started (microseconds)."""
    hashes: tuple[str, ...]
    """Of the texts that say its question."""


def read_openings(store: Asks, project: str, trace_id: str, most: int) -> list[Opening]:
    """Return how the passing traces begin that were judged last, so many at most.

    Args:
        store: Where the spans are.
        project: The project of the traces.
        trace_id: A trace that is left out.
        most: How many are looked at.
    """
    judged = store.query(
        PASSING, project=project, trace=trace_id, passed=PASSED, most=most
    ).to_pydict()
    ids, times = judged["trace_id"], judged["judged_at"]
    if not ids:
        return []
    asked = {"project": project, "traces": ids}
    soon = {"first": min(times) - SOON_US, "last": max(times)}
    rows = store.query(OPENINGS, **soon, **asked).to_pylist()
    if len(rows) < len(ids):
        first, last = find_when(store, project, ids)
        rows = store.query(OPENINGS, first=first, last=last, **asked).to_pylist()
    return [
        Opening(
            row["trace_id"],
            (row["first"], row["last"]),
            tuple(h for one in row["inputs"] or () for h in one[-1:]),
        )
        for row in sorted(rows, key=itemgetter("trace_id"))
    ]


def nearest(
    course: Course, openings: Iterable[Opening], texts: Mapping[str, Mapping[str, Any]]
) -> tuple[Opening, float] | None:
    """Return the opening whose question is most like that of a trace, and how like; or None.

    Args:
        course: The trace.
        openings: Of passing traces.
        texts: The texts of the openings, by hash.
    """
    wanted = frozenset(words(_question(course)))
    best, chosen = LEAST_LIKE, None
    for opening in openings:
        text = "\n".join(texts[h]["text"][:TASK_CHARS] for h in opening.hashes if h in texts)
        likeness = jaccard(wanted, frozenset(words(text)))
        if likeness > best:
            best, chosen = likeness, opening
    return (chosen, best) if chosen else None


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
