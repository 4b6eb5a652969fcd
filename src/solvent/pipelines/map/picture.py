"""What of a pipeline is drawn: boxes inside boxes, and the lines that matter between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from solvent.pipelines.map.compare import Change, compare
from solvent.records.pipeline_map import Figures, Move, Pipeline, Slice, Step
from solvent.settings import Pipelines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COMMON = 8
"""Steps that are drawn however rare they are."""
RARE = 0.05
"""Steps in a smaller part of the traces are folded, when there are more than `COMMON`."""
FAINT = 0.05
"""Lines of a smaller part of the traces are left out, unless no heavier one leads to the step."""
FEW = 8
"""Of so many traces, what is seen in one only is rare, whatever part that is."""


@dataclass(frozen=True, slots=True)
class Box:
    """One step as it is drawn."""

    step: Step
    figures: Figures
    share: float
    """Part of the traces in which it ran."""
    blame: float | None
    """Its share of the blame, 0 to 1; None: not measured."""
    inside: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    """Between the boxes inside."""
    calls: str = ""
    """The only step that it runs, when that has no box of its own."""
    folded: int = 0
    """Steps that this box stands for; their names are in the table."""
    changes: tuple[Change, ...] = ()
    """What differs from the traces it is compared with."""


@dataclass(frozen=True, slots=True)
class Line:
    """A move as it is drawn; `None` stands for the start or the end."""

    before: int | None
    after: int | None
    share: float
    """Part of the traces, of those with the step around it, that make the move."""
    times: float
    """How often, in the traces that make it."""
    both: bool = False
    """The way back is as common, and drawn by the same line."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A pipeline, ready to be drawn."""

    name: str
    slice: Slice
    against: Slice | None
    root: Box
    folded: int
    """Steps that stand in boxes together."""
    faint: int
    """Moves that are not drawn."""
    blamed: bool
    """Somebody measured blame."""
    changes: Mapping[int, Sequence[Change]]
    """What differs from the traces it is compared with, by step; also of folded ones."""


def picture(
    pipeline: Pipeline,
    chosen: Slice,
    against: Slice | None = None,
    *,
    blame: Mapping[int, float] | None = None,
    most: int | None = None,
    bounds: Pipelines | None = None,
) -> Picture:
    """Return what is drawn of a pipeline.

    Args:
        pipeline: All of it.
        chosen: The traces whose figures are shown.
        against: The traces to compare them with.
        blame: Share of the blame by step; None: not measured.
        most: Steps with a box of their own; as many as the bounds say when left out.
        bounds: How many steps are drawn, and what counts as moved; the defaults when left out.
    """
    bounds = bounds or Pipelines()
    most = bounds.max_drawn if most is None else most
    steps = {step.id: step for step in pipeline.steps if step.id in chosen.figures}
    stays = _kept(steps, chosen, most, all_common=most > bounds.max_drawn)
    stand_in = _stand_ins(steps, stays)
    lines, faint = _lines(chosen, stand_in, steps)
    changes = compare(chosen, against, bounds) if against else {}
    inside = _inside(steps, stand_in)
    together: dict[int, list[int]] = defaultdict(list)
    for step, box in stand_in.items():
        if step not in stays:
            together[box].append(step)

    def draw(number: int) -> Box:
        folded = [
            one for one in together.get(number, ()) if steps[one].within == steps[number].within
        ]
        step = steps[number]
        if folded:
            step = replace(step, name=f"{len(folded):,} more steps", agent=False, type="span")
        figures = _together([chosen.figures[one] for one in folded or [number]])
        below = () if folded else tuple(draw(one) for one in inside[number])
        only = below[0] if len(below) == 1 and not below[0].inside and number != 0 else None
        return Box(
            step,
            figures,
            min(figures.traces / chosen.traces, 1.0),
            None if blame is None or folded else blame.get(number, 0.0),
            () if only else below,
            () if only else tuple(lines.get(number, ())),
            only.step.name if only else "",
            len(folded),
            () if folded else tuple(changes.get(number, ())),
        )

    root = draw(0)
    if not root.inside:
        root = replace(root, inside=(root,), lines=(Line(None, 0, 1, 1), Line(0, None, 1, 1)))
    return Picture(
        pipeline.name,
        chosen,
        against,
        root,
        len(steps) - len(stays),
        faint,
        blame is not None,
        changes,
    )


def _kept(steps: Mapping[int, Step], chosen: Slice, most: int, *, all_common: bool) -> set[int]:
    """Return the steps with a box of their own: the most used, each inside one that has one."""
    figures = chosen.figures
    depth = _depths(steps)
    order = sorted(steps, key=lambda s: (-figures[s].traces, depth[s], -figures[s].runs, s))
    stays: set[int] = set()
    for place, number in enumerate(order[: most + 1]):
        around = steps[number].within
        common = place <= COMMON or all_common
        if (around is None or around in stays) and (
            common or figures[number].traces >= _least(RARE, chosen.traces)
        ):
            stays.add(number)
    for around in list(stays):
        left = [n for n in steps if steps[n].within == around and n not in stays]
        if len(left) == 1 and len(stays) <= most:
            stays.add(left[0])
    return stays


def _depths(steps: Mapping[int, Step]) -> dict[int, int]:
    depth: dict[int, int] = {}
    for number in sorted(steps):
        around = steps[number].within
        depth[number] = 0 if around is None else 1 + depth[around]
    return depth


def _stand_ins(steps: Mapping[int, Step], stays: set[int]) -> dict[int, int]:
    """Return the box of every step: its own, that of the first one folded beside it, or around."""
    box: dict[int, int] = {}
    first: dict[int, int] = {}
    for number in sorted(steps):
        around = steps[number].within
        if number in stays or around is None:
            box[number] = number
        elif around in stays:
            box[number] = first.setdefault(around, number)
        else:
            box[number] = box[around]
    return box


def _inside(steps: Mapping[int, Step], stand_in: Mapping[int, int]) -> dict[int, list[int]]:
    """Return the boxes inside each box."""
    inside: dict[int, list[int]] = defaultdict(list)
    for box in sorted(set(stand_in.values())):
        around = steps[box].within
        if around is not None:
            inside[around].append(box)
    return inside


def _lines(
    chosen: Slice, stand_in: Mapping[int, int], steps: Mapping[int, Step]
) -> tuple[dict[int, list[Line]], int]:
    """Return the lines inside every box, and how many moves are too rare to be drawn."""
    summed: dict[int, dict[tuple[int | None, int | None], tuple[int, int]]] = defaultdict(dict)
    for move in chosen.moves:
        around = _around(move, steps)
        pair = (_box(move.before, stand_in), _box(move.after, stand_in))
        if around is None or pair[0] == pair[1] or stand_in[around] != around:
            continue
        times, traces = summed[around].get(pair, (0, 0))
        summed[around][pair] = (times + move.times, traces + move.traces)
    found: dict[int, list[Line]] = {}
    faint = 0
    for around, pairs in summed.items():
        whole = max(chosen.figures[around].traces, 1)
        lines = [
            Line(before, after, min(traces / whole, 1.0), times / max(traces, 1))
            for (before, after), (times, traces) in pairs.items()
        ]
        drawn = _worth(lines, _least(FAINT, whole) / whole)
        faint += len(lines) - len(drawn)
        found[around] = _merged(drawn)
    return found, faint


def _around(move: Move, steps: Mapping[int, Step]) -> int | None:
    one = move.before if move.before is not None else move.after
    return steps[one].within if one is not None and one in steps else None


def _box(number: int | None, stand_in: Mapping[int, int]) -> int | None:
    return None if number is None else stand_in.get(number)


def _least(part: float, traces: int) -> float:
    """Return in how many traces something is seen that is not rare."""
    return max(part * traces, 2 if traces >= FEW else 0)


def _worth(lines: Sequence[Line], least: float) -> list[Line]:
    """Return the lines that are common, or the most common one into a box."""
    into: dict[int | None, float] = defaultdict(float)
    for line in lines:
        into[line.after] = max(into[line.after], line.share)
    return [line for line in lines if line.share >= min(least, into[line.after])]


def _merged(lines: Iterable[Line]) -> list[Line]:
    """Return lines without those whose way back is as common, which say so instead."""
    known = {(line.before, line.after): line for line in lines}
    found = []
    for pair, line in known.items():
        back = None if None in pair else known.get((pair[1], pair[0]))
        alike = back is not None and min(back.share, line.share) >= 0.5 * max(
            back.share, line.share
        )
        found.append(replace(line, both=True) if alike else line)
    return found


def _together(many: Sequence[Figures]) -> Figures:
    """Return the figures of steps that share a box: what can be added up, added up."""
    if len(many) == 1:
        return many[0]
    usd = [one.usd for one in many if one.usd is not None]
    tokens = [one.tokens for one in many if one.tokens is not None]
    return Figures(
        runs=sum(one.runs for one in many),
        traces=max(one.traces for one in many),
        errors=sum(one.errors for one in many),
        retries=sum(one.retries for one in many),
        repeats=sum(one.repeats for one in many),
        nested=sum(one.nested for one in many),
        beside=sum(one.beside for one in many),
        judged_traces=max(one.judged_traces for one in many),
        failed_traces=max(one.failed_traces for one in many),
        p50_ms=None,
        p95_ms=None,
        calls=sum(one.calls for one in many),
        priced=sum(one.priced for one in many),
        usd=sum(usd) if usd else None,
        tokens=sum(tokens) if tokens else None,
    )
