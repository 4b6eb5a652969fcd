"""Traits: what a step did in some of the traces and not in others.

A trait is a set of traces, as the bits of one integer. Numbers become traits by the quantiles of
their step (more than 80 % of its traces have), so that "slow" and "long" mean what is unusual for
that step; words become traits as they are.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.pipelines.blame.matching import bits, waverings
from solvent.pipelines.blame.tables import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from solvent.pipelines.blame.matching import Wavering

ABOVE = (0.5, 0.7, 0.8, 0.9, 0.95)
BELOW = (0.05, 0.1, 0.2, 0.3)
"""Quantiles at which a number is unusually large, and unusually small."""
LEAST = 3
"""Traces that a trait must be in, and be missing from, to be looked at."""
WORDS_EACH = 8
"""Different models, versions, tools or shapes of a step that are looked at, the most frequent."""
IN, OUT = 0, 1
FLAGS = {"gave_up": OUT, "error": OUT, "bad": OUT, "empty": OUT, "changed": OUT, "cut": IN}
NUMBERS = {
    "runs": OUT, "seconds": OUT, "in_chars": IN, "lost": IN, "out_chars": OUT, "fresh": OUT,
    "added": OUT, "dropped": OUT,
}  # fmt: skip
SLIGHT = 0.05
"""Share of the time of a trace from which the time of a step is looked at: nobody waits for less,
and what is left is the noise of a clock."""
ONLY_ABOVE = frozenset({"seconds"})
"""Less time than usual is spent where there is less to do: that began elsewhere."""
NAMES = {"models": OUT, "versions": OUT, "tools": OUT, "shapes": IN, "out_shapes": OUT}


class Trait(NamedTuple):
    """Something that a step did in a set of traces."""

    place: str
    """The step: names from the root down, with `BETWEEN` between them."""
    kind: str
    """What is looked at, such as `empty`, or `seconds`."""
    value: str
    """Which of its values: a word, or `>` or `<` with a number."""
    traces: int
    """A bit for each trace, by its number."""
    when: float
    """Its place in the order of things: the beginning or the end of the step, on average."""
    gap: float = 0.0
    """How far the numbers in it are from all others, as a share of the whole range."""


class Steps(NamedTuple):
    """All steps with what they did."""

    traits: list[Trait]
    ran: dict[str, int]
    """The traces in which a step ran, by place."""
    paths: dict[str, tuple[str, ...]]
    first: float
    """When the first step begins: what is known by then is the request's."""
    waverings: list[Wavering]


def traits(
    rows: Sequence[Mapping[str, Any]],
    said: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
    size: int,
) -> Steps:
    """Return what steps did.

    Args:
        rows: The answer to `tables.STEPS`.
        said: The answer to `tables.SAID`.
        answers: The answer to `tables.ANSWERS`.
        size: How many traces there are.
    """
    by_place: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_place[row["place"]].append(row)
    order = _order(rows)
    whole = bits(range(size), size)
    ran = {place: bits((row["nth"] for row in here), size) for place, here in by_place.items()}
    slight = SLIGHT * _whole_time(rows)
    found: list[Trait] = []
    for place, here in by_place.items():
        if all(row["is_whole"] for row in here):
            continue
        begin, end = order[place]
        for kind, value, side, traces, gap in _sets(here, slight):
            found.append(Trait(place, kind, value, bits(traces, size), (begin, end)[side], gap))
        found.append(Trait(place, "ran", "", ran[place], begin))
        found.append(Trait(place, "left out", "", whole & ~ran[place], begin))
    for row in said:
        place = row["place"]
        if not all(one["is_whole"] for one in by_place[place]):
            having, end = bits(row["traces"], size), order[place][OUT]
            found.append(Trait(place, "said", row["value"], having, end))
            found.append(Trait(place, "left unsaid", row["value"], ran[place] & ~having, end))
    paths = {place: tuple(place.split(BETWEEN)) for place in by_place}
    parts = [p for p, here in by_place.items() if not all(row["is_whole"] for row in here)]
    first = min((order[place][IN] for place in parts), default=0.0)
    waverers = waverings(answers, {place: order[place][OUT] for place in parts}, size)
    return Steps(_distinct(found, size), ran, paths, first, waverers)


def _whole_time(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the seconds that a trace takes, the median."""
    longest: dict[int, float] = defaultdict(float)
    for row in rows:
        longest[row["nth"]] = max(longest[row["nth"]], row["seconds"] or 0.0)
    return median(longest.values()) if longest else 0.0


def _sets(
    here: Sequence[Mapping[str, Any]], slight: float
) -> Iterable[tuple[str, str, int, list[int], float]]:
    """Yield kind, value, side, trace numbers and gap of what one step did."""
    for kind, side in FLAGS.items():
        yield kind, "", side, [row["nth"] for row in here if row[kind]], 0.0
    for kind, side in NUMBERS.items():
        numbers = [(float(row[kind]), row["nth"]) for row in here if row[kind] is not None]
        least = slight if kind == "seconds" else 0.0
        for value, traces, gap in _unusual(numbers, least, below=kind not in ONLY_ABOVE):
            yield kind, value, side, traces, gap
    for kind, side in NAMES.items():
        words: dict[str, list[int]] = defaultdict(list)
        for row in here:
            for word in row[kind] or ():
                if word is not None:
                    words[word].append(row["nth"])
        if len(words) > 1:
            for word in sorted(words, key=lambda w: (-len(words[w]), w))[:WORDS_EACH]:
                yield kind, word, side, words[word], 0.0


def _unusual(
    numbers: list[tuple[float, int]], least: float, *, below: bool
) -> Iterable[tuple[str, list[int], float]]:
    """Yield the traces whose number is above or below quantiles of the step, and the gap there."""
    if not numbers:
        return
    ordered = sorted(number for number, _ in numbers)
    last = len(ordered) - 1
    for limit in sorted({ordered[round(share * last)] for share in ABOVE}):
        if limit < least:
            continue
        over = [number for number in ordered if number > limit]
        gap = (over[0] - limit) / (ordered[-1] - ordered[0]) if over else 0.0
        yield f">{limit:.6g}", [nth for number, nth in numbers if number > limit], gap
    for limit in sorted({ordered[round(share * last)] for share in BELOW if below}):
        under = [number for number in ordered if number < limit]
        gap = (limit - under[-1]) / (ordered[-1] - ordered[0]) if under else 0.0
        yield f"<{limit:.6g}", [nth for number, nth in numbers if number < limit], gap


def _order(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Return when each step begins and ends, as an average place among all such events."""
    by_trace: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for row in rows:
        by_trace[row["nth"]] += [
            (row["started_at"], IN, row["place"]),
            (row["ended_at"], OUT, row["place"]),
        ]
    places: dict[tuple[str, int], list[float]] = defaultdict(list)
    for events in by_trace.values():
        # What ends at the moment at which another thing begins came first.
        for place, (_, side, step) in enumerate(sorted(events, key=lambda e: (e[0], -e[1]))):
            places[step, side].append(place / len(events))
    mean = {key: sum(found) / len(found) for key, found in places.items()}
    return {
        place: (mean[place, IN], max(mean[place, OUT], mean[place, IN]))
        for place, side in mean
        if side == IN
    }


def _distinct(found: Iterable[Trait], size: int) -> list[Trait]:
    """Return the traits that part the traces, each set of traces of a step once."""
    seen: dict[tuple[str, int], Trait] = {}
    for trait in found:
        if LEAST <= trait.traces.bit_count() <= size - LEAST:
            seen.setdefault((trait.place, trait.traces), trait)
    return list(seen.values())
