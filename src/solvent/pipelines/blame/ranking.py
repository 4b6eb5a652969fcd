"""Blame across traces: which step do failures begin at, by statistics alone.

1. What each step did in each trace becomes traits (`features`), also within the branches that
   traces take, since a fault may do harm in one branch only.
2. A trait is suspicious (`suspicion`) when failed traces have it more often than passed ones, when
   it is odd in itself (an error, an empty result), when about as many traces have it as fail, and
   when it does not merely repeat the request.
3. Suspicion flows upstream: where an earlier step's trait explains most of a later one's, within
   traces of the same branch, and goes with failure nearly as well, the later is its symptom. What
   begins at a trait that the words of the request foretell begins at no step.
4. Each step has the suspicion of all traits that begin at it. The first step is accused when its
   trait differs by more than chance; the traces that have it are set aside, and the rest is looked
   at again.

What a step answered where it was given the same (`matching`) needs neither of the last two: there
is no request and no earlier step that the difference could come from.

Suspicion takes in traces without an outcome: how odd a trait is, how many traces have it, and what
it explains downstream are counted over all of them. That is what a few labels lean on.
"""

from __future__ import annotations

from collections import defaultdict
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from solvent.pipelines.blame.clues import find_clues
from solvent.pipelines.blame.matching import KINDS
from solvent.pipelines.blame.origins import EXPLAINED, explains, source, strata_of
from solvent.pipelines.blame.requests import Requests
from solvent.pipelines.blame.suspicion import adjusted, odds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.pipelines.blame.clues import Clue, Outcomes
    from solvent.pipelines.blame.features import Steps, Trait
    from solvent.settings import Pipelines

FORETOLD = 0.75
"""Area under the ROC curve from which the request foretells a trait."""
VOTES = 60
"""Traits, the most suspicious first, whose suspicion is added up by step."""


class Candidate(NamedTuple):
    """A step with the clues that begin at it, the most suspicious first."""

    place: str
    suspicion: float
    """Share of all suspicion, 0 to 1."""
    clues: tuple[Clue, ...]
    traces: int
    """The traces that have the clues it is accused for; else those with the first clue."""
    p: float
    """Adjusted for all clues; 1 when it was not accused."""


class Ranking(NamedTuple):
    """Steps, the first suspect first."""

    steps: tuple[Candidate, ...]
    enough: bool
    """False: not even a trait of exactly the failed traces would differ by more than chance."""


def rank(
    steps: Steps, asked: Sequence[int], outcomes: Outcomes, size: int, bounds: Pipelines
) -> Ranking:
    """Return the steps by how well failures are explained by what they did.

    Args:
        steps: What steps did.
        asked: Traces by words of their request, as bits.
        outcomes: Which traces failed, and which passed; of the others nothing is known.
        size: How many traces there are.
        bounds: When a step is accused. Hard requests make steps behave otherwise and fail, too: to
            explain odds of `blame_min_odds` they would have to be as strong (the reasoning of
            VanderWeele and Ding, 2017).
    """
    accused: dict[str, Candidate] = {}
    rest: tuple[Candidate, ...] = ()
    strata = strata_of(steps, size)
    requests = Requests(asked, size)
    enough = adjusted([outcomes.failed], *outcomes)[0] <= bounds.blame_level
    for _ in range(bounds.max_accused):
        found = find_clues(steps, asked, outcomes, size)
        clues = [c for c in found if not _is_symptom(c, accused.values(), strata)]
        ordered = _by_step(clues, strata, steps, requests)
        rest = tuple(one for one in ordered if one.place not in accused)
        if not enough:
            break
        chances = _chances(clues, outcomes)
        # A step that is accused already may have done more than the first trait shows.
        for one in (*ordered[:1], *rest[:1]):
            likely = (c for c in one.clues if chances[c[:2]] <= bounds.blame_level)
            proven = [
                c for c in likely
                if odds(c.traces, outcomes.failed, outcomes.passed) >= bounds.blame_min_odds
                and not _is_asked(c, steps, requests, outcomes)
            ]  # fmt: skip
            if proven:
                best = max(proven, key=lambda c: c.evidence)
                accused[one.place] = _with(accused.get(one.place), one, best, chances[best[:2]])
                outcomes = outcomes.without(best.traces)
                break
        else:
            break
    return Ranking((*accused.values(), *(r for r in rest if r.place not in accused)), enough)


def _with(before: Candidate | None, one: Candidate, best: Clue, p: float) -> Candidate:
    """Return a step accused for a clue, and for those that it was accused for before."""
    if before:
        return before._replace(traces=before.traces | best.traces)
    others = (clue for clue in one.clues if clue is not best)
    return one._replace(clues=(best, *others), traces=best.traces, p=p)


def _chances(clues: Sequence[Clue], outcomes: Outcomes) -> dict[tuple[Trait, Trait | None], float]:
    """Return how probable a difference like that of a clue is by chance at any of them."""
    unknown = [clue for clue in clues if clue.p is None]
    found = adjusted([clue.traces for clue in unknown], *outcomes)
    known = {clue[:2]: clue.p for clue in clues if clue.p is not None}
    return known | {clue[:2]: p for clue, p in zip(unknown, found, strict=True)}


def _is_symptom(clue: Clue, accused: Iterable[Candidate], strata: Sequence[int]) -> bool:
    """Return whether a clue is explained by an earlier step that is accused already."""
    return any(
        one.clues[0].trait.when < clue.trait.when
        and explains(one.traces, clue.traces, strata) >= EXPLAINED
        for one in accused
    )


def _is_foretold(clue: Clue, steps: Steps, requests: Requests) -> bool:
    """Return whether the words of the request foretell a clue.

    Then it cannot be told from requests that are hard for whatever step.
    """
    if clue.trait.kind in KINDS:
        return False
    among = clue.branch.traces if clue.branch else steps.ran[clue.trait.place]
    return requests.foretell(clue.traces, among) >= FORETOLD


def _is_asked(clue: Clue, steps: Steps, requests: Requests, outcomes: Outcomes) -> bool:
    """Return whether a clue says no more than what was asked.

    Either the words of the request foretell it; or a word or the length of the request explains it
    and goes with failure as well as the clue does.
    """
    if clue.trait.kind in KINDS:
        return False
    asked = [*requests.words, *(t.traces for t in steps.traits if t.when <= steps.first)]
    return _is_foretold(clue, steps, requests) or any(
        explains(request, clue.traces, outcomes.apps) >= EXPLAINED
        and outcomes.evidence(request) >= clue.evidence
        for request in asked
    )


def _by_step(
    clues: Sequence[Clue], strata: Sequence[int], steps: Steps, requests: Requests
) -> tuple[Candidate, ...]:
    """Return the steps by the suspicion that begins at them, and not at the request."""
    origins: dict[int, int] = {}

    def origin(place: int) -> int:
        if place not in origins:
            earlier = source(clues, place, strata)
            origins[place] = place if earlier is None else origin(earlier)
        return origins[place]

    if not clues:
        return ()
    votes: dict[str, float] = defaultdict(float)
    own: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    top = clues[0].score
    left = VOTES
    for place, clue in enumerate(clues):
        vote = exp(clue.score - top)
        begun = origin(place)
        if _is_foretold(clues[begun], steps, requests):
            continue
        left -= 1
        if left < 0:
            break
        votes[clues[begun].trait.place] += vote
        own[clues[begun].trait.place][begun] += vote
    whole = sum(votes.values())
    ordered = sorted(votes, key=lambda step: (-votes[step], step))
    found = []
    for step in ordered:
        best = tuple(clues[n] for n in sorted(own[step], key=lambda n: (-own[step][n], n)))
        found.append(Candidate(step, votes[step] / whole, best, best[0].traces, 1.0))
    return tuple(found)
