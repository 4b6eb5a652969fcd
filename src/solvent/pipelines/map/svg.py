"""A pipeline as a picture: SVG with classes, no colours and no script of its own.

`solvent.css` has the colours, for light and dark.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from solvent.pipelines.map import words
from solvent.pipelines.map.layout import Layout, lay_out
from solvent.pipelines.map.ranks import Arc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from solvent.pipelines.map.picture import Box, Line, Picture
    from solvent.pipelines.map.routes import Point, Route

    Link = Callable[[Box], str]
    Found = Callable[[Box], tuple[str, str]]

START, END = -1, -2
"""Ids of what stands for the start and the end; only the outermost level has them."""
NARROW, WIDER, WIDEST = 128.0, 26.0, 250.0
LINE, PAD, HEAD = 17.0, 12.0, 26.0
EDGE = 24.0
END_HEIGHT = 46.0
CHAR = 7.9
"""Pixels of a character of a name; figures are set smaller."""
SMALL_CHAR = 6.4
SHADES = 5
CORNER = 8.0
FITS = 1900.0
"""A picture up to this width may be made smaller to fit a screen, and is read all the same."""
ALL = 0.995
CURVE = 0.45
"""How far a line leaves straight before it turns, as a part of its way."""


@dataclass(frozen=True, slots=True)
class End:
    """What stands for the start or the end of a pipeline: two lines of words."""

    width: float
    upper: str
    lower: str
    kind: str = ""
    """` bad` when at least half of the traces failed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A box with its size, and the layout of what is inside."""

    box: Box
    width: float
    height: float
    lines: tuple[tuple[str, str], ...]
    """Class and text of every line."""
    found: str = ""
    """Where the findings are listed; empty when there are none."""
    inside: Layout | None = None
    frames: Mapping[int, Frame] | None = None


def draw(
    picture: Picture,
    link: Link = lambda _: "",
    found: Found = lambda _: ("", ""),
    style: str = "",
) -> str:
    """Return the picture as an SVG element.

    Args:
        picture: What to draw.
        link: Returns the address that a box leads to; empty: none.
        found: Returns words about findings on a step and the address of them; empty: none.
        style: Rules for a file that stands alone.
    """
    root = _frame(picture.root, found, outermost=True)
    ends = _ends(picture)
    sizes = {number: (frame.width, frame.height) for number, frame in (root.frames or {}).items()}
    sizes |= {number: (end.width, END_HEIGHT) for number, end in ends.items()}
    arcs = _arcs(picture.root.lines, sizes, ends=True)
    layout = lay_out(sizes, arcs, START, END)
    width, height = layout.width + 2 * EDGE, layout.height + 2 * EDGE
    parts = [
        (
            f'<svg class="map{" fits" if width <= FITS else ""}" width="{width:.0f}"'
            f' height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="group"'
            ' xmlns="http://www.w3.org/2000/svg" aria-labelledby="map-title map-desc">'
        ),
        f'<title id="map-title">{escape(f"The pipeline {picture.name}")}</title>',
        f'<desc id="map-desc">{escape(_described(picture))}</desc>',
        f"<style>{style}</style>" if style else "",
        MARKERS,
        f'<g transform="translate({EDGE:.0f} {EDGE:.0f})">',
        *_lines(picture.root.lines, layout),
        _end(ends[START], layout.at[START]),
        *_boxes(root.frames or {}, layout, link),
        _end(ends[END], layout.at[END]),
        "</g></svg>",
    ]
    return "".join(parts)


MARKERS = (
    '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
    ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
    '<path d="M0 0 8 4 0 8z"/></marker></defs>'
)


def _described(picture: Picture) -> str:
    said = f"{picture.slice.traces:,} traces, from left to right. "
    if not picture.blamed:
        said += "Blame is not measured. "
    return said + "The table below the picture has the same figures."


def _ends(picture: Picture) -> dict[int, End]:
    """Return what stands for the start and for the end."""
    root = picture.root.figures
    traces = f"{picture.slice.traces:,} trace" + ("s" if picture.slice.traces != 1 else "")
    name = words.short(picture.name, 18)
    failed = f"{root.failed_traces:,} failed" if root.judged_traces else "outcome not known"
    known = f"of {root.judged_traces:,} with an outcome" if root.judged_traces else ""
    mostly = root.failed_traces * 2 >= root.judged_traces > 0
    return {
        START: End(max(len(name) * CHAR, len(traces) * SMALL_CHAR) + 28, name, traces),
        END: End(
            max(len(failed) * CHAR, len(known) * SMALL_CHAR) + 28,
            failed,
            known,
            " bad" if mostly else "",
        ),
    }


def _frame(box: Box, found: Found, *, outermost: bool = False) -> Frame:
    """Return a box with its size: of its words, or of the boxes inside it."""
    texts = _texts(box)
    said, where = found(box)
    texts += (("found", said),) if said else ()
    if not box.inside:
        width = NARROW + WIDER * sqrt(box.share)
        width = max(width, min(len(box.step.name) * CHAR + 2 * PAD, WIDEST))
        width = max(width, *(len(text) * SMALL_CHAR + 2 * PAD for _, text in texts[1:]))
        return Frame(box, width, 2 * PAD + LINE * len(texts) + 2, texts, where)
    frames = {one.step.id: _frame(one, found) for one in box.inside}
    if outermost:
        return Frame(box, 0, 0, texts, where, None, frames)
    sizes = {number: (frame.width, frame.height) for number, frame in frames.items()}
    arcs = _arcs(box.lines, sizes)
    layout = lay_out(sizes, arcs, _first(box))
    room = LINE * len(texts) + PAD
    return Frame(
        box,
        max(layout.width + 2 * PAD + 4, NARROW + WIDER),
        layout.height + room + 2 * PAD + 4,
        texts,
        where,
        layout,
        frames,
    )


def _first(box: Box) -> int:
    """Return the box inside that most traces begin with."""
    starts = [line for line in box.lines if line.before is None and line.after is not None]
    best = max(starts, key=lambda line: line.share, default=None)
    return best.after if best and best.after is not None else box.inside[0].step.id


def _texts(box: Box) -> tuple[tuple[str, str], ...]:
    """Return the lines of a box: class and text."""
    figures = box.figures
    texts = [("name", box.step.name), ("fact", words.volume(box))]
    if box.blame:
        texts.append(("blame", f"blame {words.share(box.blame)}"))
    spent = words.spent(box)
    texts += [("fact", one) for one in ([" · ".join(spent)] if box.inside and spent else spent)]
    if box.calls:
        texts.append(("fact", f"runs {words.short(box.calls, 20)}"))
    if habits := words.habits(box):
        texts.append(("fact", habits))
    texts += [("moved", words.change(one)) for one in box.changes[:3]]
    if figures.errors:
        texts.append(("errors", f"{words.share(figures.errors / figures.runs)} errors"))
    return tuple(texts)


def _arcs(lines: Sequence[Line], sizes: Mapping[int, object], *, ends: bool = False) -> list[Arc]:
    arcs = []
    for line in lines:
        before = START if line.before is None and ends else line.before
        after = END if line.after is None and ends else line.after
        if before in sizes and after in sizes and before is not None and after is not None:
            arcs.append(Arc(before, after, line.share, line.both))
    return arcs


def _lines(lines: Sequence[Line], layout: Layout) -> list[str]:
    """Return the lines, and above all of them their words."""
    routed = []
    for line in sorted(lines, key=lambda line: line.share):
        before = START if line.before is None else line.before
        after = END if line.after is None else line.after
        if route := layout.routes.get((before, after)):
            routed.append((line, route))
    into = Counter(line.after for line, _ in routed)
    seen: Counter[int | None] = Counter()
    drawn = [_line(*one) for one in routed]
    for line, route in routed:
        seen[line.after] += 1
        apart = (seen[line.after] - 0.5) / into[line.after]
        drawn.append(_label(line, route, 0.6 if into[line.after] == 1 else 0.2 + 0.5 * apart))
    return drawn


def _line(line: Line, route: Route) -> str:
    both = ' marker-start="url(#map-tip)"' if line.both else ""
    kind = "map-line returns" if route.returns else "map-line"
    return (
        f'<g class="{kind}"><title>{escape(words.way(line))}</title>'
        f'<path d="{_angular(route) if route.returns else _smooth(route)}"'
        f' stroke-width="{1.1 + 2 * line.share:.1f}" marker-end="url(#map-tip)"{both}/></g>'
    )


def _smooth(route: Route) -> str:
    points = route.points
    said = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        bend = CURVE * (to_x - x)
        said += f"C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return said


def _angular(route: Route) -> str:
    """Return a path of level and upright parts with round corners."""
    points = route.points
    said = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for one, corner, other in zip(points, points[1:], points[2:], strict=False):
        (in_x, in_y), (out_x, out_y) = _toward(corner, one), _toward(corner, other)
        said += f"L{in_x:.1f} {in_y:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {out_x:.1f} {out_y:.1f}"
    return said + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _toward(corner: Point, other: Point) -> Point:
    """Return the point at the round of a corner on the way to another point."""
    away = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    part = min(CORNER / away, 0.5) if away else 0.0
    return (corner[0] + part * (other[0] - corner[0]), corner[1] + part * (other[1] - corner[1]))


def _label(line: Line, route: Route, place: float) -> str:
    """Return how common a line is; one that all traces take needs no words."""
    if line.share >= ALL:
        return ""
    points = route.points
    if route.returns:
        (x, y), (to_x, to_y) = points[-4:-2] if len(points) > 4 else points[1:3]  # noqa: PLR2004  around all boxes
        x, y = (x + to_x) / 2, (y + to_y) / 2 + 4
    else:
        (x, y), (to_x, to_y) = points[-2:]
        rise = 3 * place**2 - 2 * place**3
        x, y = x + place * (to_x - x), y + rise * (to_y - y) - 2
    return (
        f'<text class="map-share" x="{x:.0f}" y="{y:.0f}">{escape(words.share(line.share))}</text>'
    )


def _boxes(
    frames: Mapping[int, Frame],
    layout: Layout,
    link: Link,
) -> list[str]:
    """Return the boxes in reading order, which is the order of the keyboard's focus."""
    drawn = []
    for number in sorted(frames, key=lambda one: layout.at[one]):
        frame, (x, y) = frames[number], layout.at[number]
        drawn.append(f'<g transform="translate({x:.1f} {y:.1f})">{_box(frame, link)}</g>')
    return drawn


def _box(frame: Frame, link: Link) -> str:
    box = frame.box
    kind = "agent" if box.step.agent else box.step.type
    shade = 0 if not box.blame else min(1 + int(box.blame * (SHADES - 1)), SHADES - 1)
    rect = f'<rect class="map-card" width="{frame.width:.1f}" height="{frame.height:.1f}" rx="10"/>'
    body = rect + _written(frame)
    address = link(box)
    sentence = quoteattr(words.sentence(box))
    if address:
        body = f"<a href={quoteattr(address)} aria-label={sentence}>{body}</a>"
    if frame.found:
        y = PAD + LINE * len(frame.lines) - 3
        body += (
            f'<a href={quoteattr(frame.found)} class="map-found"><text x="{PAD:.0f}" y="{y:.0f}">'
            f"{escape(frame.lines[-1][1])}</text></a>"
        )
    drawn = (
        f'<g class="map-box k-{escape(kind)} shade-{shade}"><title>{sentence[1:-1]}</title>{body}'
    )
    if frame.inside and frame.frames:
        top = PAD + LINE * len(frame.lines) + PAD
        drawn += f'<g transform="translate({PAD + 2:.0f} {top:.0f})">'
        drawn += "".join(_lines(box.lines, frame.inside))
        drawn += "".join(_boxes(frame.frames, frame.inside, link)) + "</g>"
    return drawn + "</g>"


def _written(frame: Frame) -> str:
    drawn, y = [], PAD + 2.0
    for kind, text in frame.lines:
        if kind == "found":  # a link of its own, beside that of the box
            continue
        y += LINE
        shown = words.short(text, int((frame.width - 2 * PAD) / CHAR)) if kind == "name" else text
        if kind == "errors":
            drawn.append(_bar(frame, y))
        drawn.append(
            f'<text class="map-{kind}" x="{PAD:.0f}" y="{y - 5:.0f}">{escape(shown)}</text>'
        )
    return "".join(drawn)


def _bar(frame: Frame, y: float) -> str:
    """Return the share of errors as a bar at the bottom line of the words."""
    figures = frame.box.figures
    left = PAD + 84
    room = min(frame.width - left - PAD, 120.0)
    part = figures.errors / figures.runs
    return (
        f'<rect class="map-track" x="{left:.0f}" y="{y - 12:.0f}" width="{room:.1f}" height="6"'
        f' rx="3"/><rect class="map-part" x="{left:.0f}" y="{y - 12:.0f}"'
        f' width="{max(room * part, 2):.1f}" height="6" rx="3"/>'
    )


def _end(end: End, at: Point) -> str:
    return (
        f'<g class="map-end{end.kind}" transform="translate({at[0]:.1f} {at[1]:.1f})">'
        f'<rect width="{end.width:.1f}" height="{END_HEIGHT:.0f}" rx="{END_HEIGHT / 2:.0f}"/>'
        f'<text class="map-name" text-anchor="middle" x="{end.width / 2:.0f}"'
        f' y="{20 if end.lower else 28}">{escape(end.upper)}</text>'
        f'<text class="map-fact" text-anchor="middle" x="{end.width / 2:.0f}" y="36">'
        f"{escape(end.lower)}</text></g>"
    )
