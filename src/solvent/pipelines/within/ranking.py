"""From signals to suspects: a weighted sum for each step, and its share of all suspicion.

The share of a step is `exp(score) / sum(exp(scores))`: the probability that a conditional logit
model (McFadden 1974) gives to the step when one step of the trace is to blame. The weights of
conversations of several agents were fitted on labelled runs; those of other pipelines are set by
hand, since there is no labelled set of them, and so is what a word on the very step weighs.
`weights.json` says which, on what, and by what command.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.pipelines.within.order import STRUCTURAL
from solvent.pipelines.within.scene import Kind, Scene
from solvent.pipelines.within.signals import read_signals
from solvent.records.suspect import Reason, Suspect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.records.suspect import Course

Weights = dict[str, dict[str, float]]
WEIGHTS = Path(__file__).with_name("weights.json")
SUPPORTING = frozenset({
    "failed", "refused", "code_failed", "code_empty", "nothing", "partial", "goes_on",
    "found_wanting", "repeats", "made_up", "assumed", "gave_up", "narrowed", "origin", "diverges",
    "breaks_schema", "miscalculates",
})  # fmt: skip
"""Signals that are told beside those that are weighed, where no weight was fitted for them."""
SURE = 0.9
"""Strength of a signal that is told without a weight."""
LEAST = 0.5
"""Score that one step of a pipeline must reach before anybody is suspected."""


@cache
def shipped() -> Weights:
    """Return the weights that come with Solvent, by kind of trace and signal."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {kind: read["direct"] | table for kind, table in read["weights"].items()}


def standing(kind: str) -> str:
    """Return in a sentence what the ranking of traces of a kind rests on."""
    told = json.loads(WEIGHTS.read_text(encoding="utf-8"))["provenance"][kind]
    measured = told.get("measured")
    if not measured:
        return f"How far to trust this: weights {told['how']}."
    return (
        f"How far to trust this: on {measured['runs']} labelled runs of this kind, the first named"
        f" step was right in {100 * measured['step']:.0f} %, one of the first three in"
        f" {100 * measured['step in 3']:.0f} %, its agent in {100 * measured['agent']:.0f} %."
    )


def suspects(
    course: Course,
    *,
    diverging: Mapping[int, Reason] | None = None,
    weights: Weights | None = None,
) -> tuple[Suspect, ...]:
    """Return the steps of a failed trace, the most suspected first; none when it cannot be told.

    Args:
        course: The trace. Whether it failed is for the caller to know.
        diverging: Where it leaves the course of a passing trace: `siblings.divergence`.
        weights: Other weights than those that ship.
    """
    scene = Scene(course)
    table = (weights or shipped())[scene.kind]
    found = read_signals(scene)
    for place, reason in (diverging or {}).items():
        found[place][reason.signal] = reason
    scores = [score(signals, table) for signals in found]
    if not scores or (scene.kind is Kind.PIPELINE and max(scores) < LEAST):
        return ()
    ranked = [
        Suspect(
            place=step.place,
            span_id=step.span_id,
            name=step.name,
            agent=step.agent,
            score=total,
            share=share,
            reasons=reasons(signals, table),
        )
        for step, signals, total, share in zip(
            scene.steps, found, scores, shares(scores), strict=True
        )
    ]
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.place)))


def score(signals: Mapping[str, Reason], table: Mapping[str, float]) -> float:
    """Return the weighted sum of what the signals say of one step."""
    return sum(table.get(name, 0.0) * reason.strength for name, reason in signals.items())


def shares(scores: Sequence[float]) -> list[float]:
    """Return the part of each step in the suspicion; they add up to 1."""
    most = max(scores)
    parts = [math.exp(score - most) for score in scores]
    return [part / sum(parts) for part in parts]


def reasons(signals: Mapping[str, Reason], table: Mapping[str, float]) -> tuple[Reason, ...]:
    """Return what speaks against a step: what it did first, by weight, then where it stands.

    What the weights do not count is told too when it can be quoted: it helps the reader judge.
    """
    told = [
        (reason.signal in STRUCTURAL, -table.get(reason.signal, 0.0) * reason.strength, reason)
        for reason in signals.values()
        if reason.words and _told(reason, table)
    ]
    return tuple(reason for *_, reason in sorted(told, key=lambda one: one[:2]))


def _told(reason: Reason, table: Mapping[str, float]) -> bool:
    if reason.signal in table:
        return table[reason.signal] > 0
    return reason.signal in SUPPORTING and reason.strength >= SURE
