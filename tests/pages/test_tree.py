"""The tree: one place for every span, whatever the parents say."""

import time

from hypothesis import given
from hypothesis import strategies as st

from solvent.server.questions.trace_tree import places


def children_of(parents):
    children, roots = [[] for _ in parents], []
    for index, parent in enumerate(parents):
        (roots if parent < 0 or parent == index else children[parent]).append(index)
    return children, roots


@st.composite
def forests(draw):
    size = draw(st.integers(1, 40))
    return draw(st.lists(st.integers(-1, size - 1), min_size=size, max_size=size))


@given(forests())
def test_every_span_has_one_place(parents):
    rows = list(places(*children_of(parents), (), (), 100))
    assert sorted(row.span for row in rows) == list(range(len(parents)))
    depth = {row.span: row.depth for row in rows}
    for row in rows:
        if row.depth:
            assert depth[parents[row.span]] == row.depth - 1


@given(forests(), st.integers(1, 3), st.data())
def test_folds_count_what_they_hide_and_never_the_selected(parents, limit, data):
    selected = data.draw(st.integers(0, len(parents) - 1))
    keep = set()
    walk = selected
    while walk >= 0 and walk not in keep:
        keep.add(walk)
        walk = parents[walk]
    children, roots = children_of(parents)
    rows = list(places(children, roots, (), keep, limit))
    shown = [row.span for row in rows if not row.hidden]
    assert len(shown) == len(set(shown))
    assert selected in shown
    for row in rows:
        if row.hidden:
            assert 0 < row.hidden <= len(children[row.span]) - limit
    opened = list(places(children, roots, range(len(parents)), (), limit))
    assert sorted(row.span for row in opened) == list(range(len(parents)))


def test_a_hundred_thousand_deep():
    size = 100_000
    started = time.process_time()
    rows = list(places(*children_of(range(-1, size - 1)), (), (), 100))
    assert rows[-1].depth == size - 1
    assert time.process_time() - started < 5
