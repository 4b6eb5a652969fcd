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
from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from solvent.pipelines.blame.features import LEAST, Trait
from solvent.pipelines.blame.matching import KINDS, chance, split
from solvent.pipelines.blame.requests import Requests
from solvent.pipelines.blame.suspicion import adjusted, evidence, odds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.pipelines.blame.features import Steps
    from solvent.settings import Pipelines

FORETOLD = 0.75
"""Area under the ROC curve from which the request foretells a trait."""
VOTES = 60
"""Traits, the most suspicious first, whose suspicion is added up by step."""
BRANCHES = 4
EVEN = 0.15
"""Share of the traces that must take a branch, and not take it, for it to be looked at alone."""
STRATA = 5
"""Groups of traces that took the same branches; all others are one more group."""
EXPLAINED = 0.36
"""Share of a trait that must be due to an earlier one: 60 % have it, 60 % of them because of it."""
STRONG = 4.0
"""Standard deviations by which two traits must meet more often than by chance, for the same."""
NEARLY = 0.65
"""Share of the later trait's evidence that the earlier one must keep."""
SLACK = 1.5
"""Evidence that it may lose in any case: with few outcomes a single one moves as much."""
ODD = {
    "bad": 3.0, "gave_up": 2.5, "empty": 2.0, "cut": 3.0, "error": 1.5, "lost": 1.5, "unlike": 3.0,
    "models": 1.0, "varied": 0.5,
    "changed": 0.5, "fresh": 0.5, "added": 0.5, "dropped": 0.5, "shapes": 0.5, "out_shapes": 0.5,
    "versions": 0.5, "runs": 0.5, "left unsaid": -0.5, "seconds": -1.0,
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
    strata = _strata(steps, size)
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


def _chances(
    clues: Sequence[Clue], outcomes: Outcomes
) -> dict[tuple[Trait, Trait | None], float]:
    """Return how probable a difference like that of a clue is by chance at any of them."""
    unknown = [clue for clue in clues if clue.p is None]
    found = adjusted([clue.traces for clue in unknown], *outcomes)
    known = {clue[:2]: clue.p for clue in clues if clue.p is not None}
    return known | {clue[:2]: p for clue, p in zip(unknown, found, strict=True)}


def _is_symptom(clue: Clue, accused: Iterable[Candidate], strata: Sequence[int]) -> bool:
    """Return whether a clue is explained by an earlier step that is accused already."""
    return any(
        one.clues[0].trait.when < clue.trait.when
        and explains(one.clues[0].traces, clue.traces, strata) >= EXPLAINED
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


def find_clues(
    steps: Steps, asked: Sequence[int], outcomes: Outcomes, size: int
) -> list[Clue]:
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
    """
    for one in steps.waverings:
        traces, matched, known = split(one, outcomes.failed, outcomes.passed)
        if not LEAST <= traces.bit_count() <= size - LEAST:
            continue
        loose = traces & ~known & (outcomes.failed | outcomes.passed)
        said = matched + (outcomes.evidence(traces, known) if loose else 0.0)
        score = said + ODD[one.kind] + _fitting(traces.bit_count() / size, outcomes)
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


def _strata(steps: Steps, size: int) -> list[int]:
    """Return the groups of traces in which the same steps ran, the largest apart."""
    groups: dict[tuple[int, ...], int] = defaultdict(int)
    masks = [steps.ran[place] for place in sorted(steps.ran)]
    for nth in range(size):
        groups[tuple(mask >> nth & 1 for mask in masks)] |= 1 << nth
    largest = sorted(groups.values(), key=int.bit_count, reverse=True)
    rest = 0
    for mask in largest[STRATA:]:
        rest |= mask
    return [*largest[:STRATA], *([rest] if rest else [])]


def explains(early: int, late: int, strata: Sequence[int]) -> float:
    """Return the share of the traces with a late trait that have it because of an early one.

    The share of them that have the early trait, times the attributable fraction among those, with
    the risk ratio of Mantel and Haenszel over strata: what both have from the branch they are in
    explains nothing. 0 when they meet too seldom or no more often than by chance.
    """
    covered = (early & late).bit_count() / late.bit_count()
    if covered < EXPLAINED:
        return 0.0
    with_early = without = excess = variance = 0.0
    for stratum in strata:
        here, here_late = early & stratum, late & stratum
        n, n_early, n_late = stratum.bit_count(), here.bit_count(), here_late.bit_count()
        if not 0 < n_early < n:
            continue
        both = (here & here_late).bit_count()
        with_early += both * (n - n_early) / n
        without += (n_late - both) * n_early / n
        excess += both - n_late * n_early / n
        variance += n_late * n_early * (n - n_early) * (n - n_late) / (n * n * max(n - 1, 1))
    if variance <= 0 or excess < STRONG * sqrt(variance):
        return 0.0
    return covered * (1 - (without + 0.5) / (with_early + 0.5))


def _by_step(
    clues: Sequence[Clue], strata: Sequence[int], steps: Steps, requests: Requests
) -> tuple[Candidate, ...]:
    """Return the steps by the suspicion that begins at them, and not at the request."""
    origins: dict[int, int] = {}

    def origin(place: int) -> int:
        if place not in origins:
            source = _source(clues, place, strata)
            origins[place] = place if source is None else origin(source)
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


def _source(clues: Sequence[Clue], place: int, strata: Sequence[int]) -> int | None:
    """Return the earlier clue of another step that explains one best; None: it begins here."""
    late = clues[place]
    least = late.evidence - max(SLACK, (1 - NEARLY) * abs(late.evidence))
    best: tuple[float, int] | None = None
    for n, early in enumerate(clues):
        if early.evidence < least or early.trait.when >= late.trait.when:
            continue
        if early.trait.place == late.trait.place:
            continue
        share = explains(early.traces, late.traces, strata)
        if share >= EXPLAINED:
            found = (share + early.score / 50, -n)
            best = max(best, found) if best else found
    return -best[1] if best else None
