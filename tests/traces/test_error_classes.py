"""Errors that differ only in their particulars are one class."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.traces.error_classes import CLASS_CHARS, count_classes, error_class


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Error: flight HAT030 not free on 2024-05-13", "Error: flight <n> not free on <n>"),
        ("user 'ana' has no order \"X\"", "user <text> has no order <text>"),
        ("can't open /var/lib/app/a.db\nmore", "can't open <path>"),
        ("GET https://x.org/a?b=1 gave 503", "GET <url> gave <n>"),
        ("mail to ana@example.org bounced", "mail to <email> bounced"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'id'", "KeyError: <text>"),
        ("meta=None content=[TextContent(text='No row 1', annotations=None)]", "No row <n>"),
        ("  \n ", "no message"),
    ],
)  # fmt: skip
def test_particulars_are_left_out(message, expected):
    assert error_class(message) == expected


@given(st.text(max_size=400))
def test_a_class_is_one_short_line(message):
    found = error_class(message)
    assert found
    assert len(found) <= CLASS_CHARS
    assert "\n" not in found


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_do_not_make_classes(one, other):
    assert error_class(f"row {one} is locked") == error_class(f"row {other} is locked")


def test_counts_add_up_and_the_largest_is_first():
    assert count_classes([("a 1", 2), (None, 1), ("b", 1), ("a 22", 3)]) == [
        ("a <n>", 5),
        ("b", 1),
        ("no message", 1),
    ]


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["a.", "1-", "meta=TextContent(text='", "/a", "'", "a@"])
def test_hostile_messages_take_no_time(piece):
    assert len(error_class(piece * 100_000)) <= CLASS_CHARS
