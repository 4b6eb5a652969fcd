"""Clues: how suspicious each trait is, over all traces or in one branch."""

from __future__ import annotations

from collections import defaultdict
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from solvent.pipelines.blame.features import LEAST, Trait
from solvent.pipelines.blame.matching import chance, split
from solvent.pipelines.blame.suspicion import evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.pipelines.blame.features import Steps

BRANCHES = 4
EVEN = 0.15
"""Share of the traces that must take a branch, and not take it, for it to be looked at alone."""
ODD = {
    "bad": 3.0, "cut": 3.0, "unlike": 4.0, "gave_up": 2.5, "empty": 2.0, "error": 1.5, "lost": 1.5,
    "models": 1.0, "varied": 0.5, "changed": 0.5, "fresh": 0.5, "added": 0.5, "dropped": 0.5,
    "shapes": 0.5, "out_shapes": 0.5, "versions": 0.5, "runs": 0.5, "left unsaid": -0.5,
    "seconds": -1.0,
}  # fmt: skip
"""How suspicious a kind of trait is before outcomes are looked at, as the log of odds. These are
conventions: an error says more than a long text. With many outcomes they weigh nothing."""
OF_A_GAP = 2.0
OF_AN_ECHO = 8.0
TOO_MANY, TOO_FEW = 2.0, 1.5


class Outcomes(NamedTuple):
    """What is known of how traces ended, as bits."""

    failed: int
    passed: int
    apps: Sequence[int]
    """Traces by application: only traces of one are compared with each other."""

    def without(self, traces: int) -> Outcomes:
        """Return what is known of the others."""
        return self._replace(failed=self.failed & ~traces, passed=self.passed & ~traces)

    def evidence(self, traces: int, outside: int = 0) -> float:
        """Return the log Bayes factor for "fails more in these traces", added up over apps.

        Args:
            traces: Those with a trait.
            outside: Those to leave out.
        """
        said = 0.0
        for app in self.apps:
            failed, passed = self.failed & app & ~outside, self.passed & app & ~outside
            a, b = (traces & failed).bit_count(), (traces & passed).bit_count()
            said += evidence(a, b, failed.bit_count() - a, passed.bit_count() - b)
        return said


class Clue(NamedTuple):
    """A trait, over all traces or in one branch, with how suspicious it is."""

    trait: Trait
    branch: Trait | None
    traces: int
    evidence: float
    """Log Bayes factor by outcomes alone."""
    score: float
    p: float | None = None
    """How probable it is by chance, at any step, where that is known without dealing outcomes."""


def find_clues(steps: Steps, asked: Sequence[int], outcomes: Outcomes, size: int) -> list[Clue]:
    """Return every trait, over all traces and in each branch, the most suspicious first."""
    own = [trait for trait in steps.traits if trait.when > steps.first]
    whole = (1 << size) - 1
    requests = [t.traces for t in steps.traits if t.when <= steps.first]
    requests += [*asked, *(whole & ~mask for mask in asked)]
    branches = _branches(own, size)
    alike: dict[tuple[str, str], int] = defaultdict(int)
    for trait in own:
        alike[trait.place, trait.kind] += 1
    clues: dict[tuple[str, int], Clue] = {}
    for trait in own:
        prior = (
            ODD.get(trait.kind, 0.0)
            + OF_A_GAP * trait.gap
            - log(alike[trait.place, trait.kind]) / 2
            - OF_AN_ECHO * max(0.0, _likest(trait.traces, requests) - 0.5)
        )
        for branch in (None, *branches):
            traces = trait.traces & branch.traces if branch else trait.traces
            if branch and (traces in {trait.traces, branch.traces} or traces.bit_count() < LEAST):
                continue
            said = outcomes.evidence(traces)
            score = said + prior + _fitting(traces.bit_count() / size, outcomes)
            score -= log(2 * len(branches)) if branch else 0.0
            clues.setdefault((trait.place, traces), Clue(trait, branch, traces, said, score))
    for clue in _matched(steps, outcomes, size):
        clues[clue.trait.place, clue.traces] = clue
    return sorted(clues.values(), key=lambda c: (-c.score, c.trait.when, c.trait[:3]))


def _matched(steps: Steps, outcomes: Outcomes, size: int) -> Iterable[Clue]:
    """Yield a clue for each step that answers the same now so, now otherwise.

    Where outcomes are known of both answers they are compared input by input, else over all traces.
    The steadier a step answers elsewhere, the odder it is.
    """
    for one in steps.waverings:
        traces, matched, known = split(one, outcomes.failed, outcomes.passed)
        if not LEAST <= traces.bit_count() <= size - LEAST:
            continue
        loose = traces & ~known & (outcomes.failed | outcomes.passed)
        said = matched + (outcomes.evidence(traces, known) if loose else 0.0)
        score = said + ODD[one.kind] * one.steady + _fitting(traces.bit_count() / size, outcomes)
        trait = Trait(one.place, one.kind, "", traces, one.when)
        yield Clue(trait, None, traces, said, score, chance(matched, len(steps.waverings)))


def _branches(own: Iterable[Trait], size: int) -> list[Trait]:
    """Return the branches that part the traces most evenly: steps that ran, or did not."""
    found = [
        t for t in own
        if t.kind in {"ran", "left out"} and EVEN < t.traces.bit_count() / size < 1 - EVEN
    ]  # fmt: skip
    distinct = {t.traces: t for t in reversed(found)}.values()
    evenly = sorted(distinct, key=lambda t: abs(t.traces.bit_count() - size / 2))
    return evenly[:BRANCHES]


def _fitting(share: float, outcomes: Outcomes) -> float:
    """Return how well the share of traces with a trait fits the share that fails.

    What nearly all traces have is not what makes a few fail, and what hardly any has explains
    hardly any failure. The share that fails is uncertain by its beta distribution (prior 1, 3).
    """
    failures = outcomes.failed.bit_count()
    total = failures + outcomes.passed.bit_count() + 4
    rate = (failures + 1) / total
    most = 1.5 * (rate + sqrt(rate * (1 - rate) / (total + 1)))
    return -TOO_MANY * max(0.0, log(share / most)) - TOO_FEW * max(0.0, log(0.7 * rate / share))


def _likest(traces: int, requests: Iterable[int]) -> float:
    """Return how much a trait repeats a word or the length of the request, 0 to 1 (Ochiai)."""
    most, own = 0.0, traces.bit_count()
    for request in requests:
        both = (traces & request).bit_count()
        most = max(most, both * both / (own * request.bit_count()) if both else 0.0)
    return sqrt(most)
