"""Boxes apart, lines from left to right."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.pipelines.map.layout import lay_out
from solvent.pipelines.map.ranks import COLUMN, Arc

BOX = (100.0, 40.0)


def sized(arcs):
    return {box: BOX for arc in arcs for box in (arc.before, arc.after)}


def laid(*arcs, **options):
    arcs = [Arc(*arc) for arc in arcs]
    return lay_out(sized(arcs), arcs, 0, **options)


def test_a_chain_goes_from_left_to_right_on_one_line():
    layout = laid((0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0))
    assert [layout.at[box][0] for box in range(4)] == sorted({x for x, _ in layout.at.values()})
    assert len({y for _, y in layout.at.values()}) == 1


def test_what_takes_turns_has_its_tools_behind_it():
    layout = laid((0, 1, 1.0), (1, 2, 0.5), (2, 1, 0.5), (1, 3, 0.9), (3, 1, 0.9))
    assert layout.at[1][0] < layout.at[2][0] == layout.at[3][0]


def test_a_rare_way_back_runs_around_the_boxes():
    layout = laid((0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 1, 0.1))
    route = layout.routes[3, 1]
    assert route.returns
    assert max(y for _, y in route.points) > BOX[1]
    assert layout.height > BOX[1]


def test_one_line_stands_for_both_ways():
    arcs = [Arc(0, 1, 1.0, shared=True), Arc(1, 0, 1.0, shared=True)]
    assert set(lay_out(sized(arcs), arcs, 0).routes) == {(0, 1)}


def test_lines_do_not_cross_where_they_need_not():
    layout = laid((0, 1, 1.0), (0, 2, 1.0), (1, 4, 1.0), (2, 3, 1.0))
    assert (layout.at[1][1] < layout.at[2][1]) == (layout.at[4][1] < layout.at[3][1])


def test_a_tall_column_goes_on_in_the_next():
    layout = laid(*((0, box, 1.0) for box in range(1, 2 * COLUMN + 1)))
    columns = [x for box, (x, _) in layout.at.items() if box]
    assert {columns.count(x) for x in columns} == {COLUMN}


def test_the_end_is_behind_everything():
    layout = laid((0, 1, 1.0), (1, 9, 0.5), (1, 2, 0.5), last=9)
    assert max(layout.at, key=lambda box: layout.at[box][0]) == 9


ARCS = st.lists(
    st.builds(Arc, st.integers(0, 12), st.integers(0, 12), st.floats(0.01, 1.0)), max_size=40
)


@settings(max_examples=60)
@given(ARCS)
def test_no_two_boxes_share_room_and_every_line_ends_at_its_boxes(arcs):
    arcs = list({(arc.before, arc.after): arc for arc in arcs}.values())
    sizes = {0: BOX, **sized(arcs)}
    layout = lay_out(sizes, arcs, 0)
    for (one, (x, y)), (other, (u, v)) in itertools.combinations(layout.at.items(), 2):
        apart = abs(x - u) >= BOX[0] or abs(y - v) >= BOX[1]
        assert apart, (one, other)
    for x, y in layout.at.values():
        assert 0 <= x <= layout.width - BOX[0]
        assert -0.01 <= y <= layout.height - BOX[1] + 0.01
    for (before, after), route in layout.routes.items():
        (x, y), (u, v) = route.points[0], route.points[-1]
        assert x == layout.at[before][0] + BOX[0]
        assert u in {layout.at[after][0], layout.at[after][0] + BOX[0]}
        assert layout.at[before][1] <= y <= layout.at[before][1] + BOX[1]
        assert layout.at[after][1] <= v <= layout.at[after][1] + BOX[1]
    lines = {(arc.before, arc.after) for arc in arcs if arc.before != arc.after}
    assert set(layout.routes) == lines
