"""How values are shown."""

# ruff: noqa: RUF001  the dash and the minus of good typography

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.server import shown


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (shown.number, 1234567, "1,234,567"),
        (shown.number, None, "–"),
        (shown.number, 2.5, "2.5"),
        (shown.short, 9999, "9,999"),
        (shown.short, 12_345, "12.3k"),
        (shown.short, 4_560_000, "4.56M"),
        (shown.usd, 0.0, "$0"),
        (shown.usd, 0.00042, "$0.0004"),
        (shown.usd, 12.3, "$12.30"),
        (shown.usd, 1240.4, "$1,240"),
        (shown.usd, None, "–"),
        (shown.duration, 850_000_000, "850 ms"),
        (shown.duration, 75 * 10**9, "1 m 15 s"),
        (shown.duration, -5_000_000, "−5 ms"),
        (shown.duration, 3_700 * 10**9, "1 h 01 m"),
        (shown.moment, 0, "1970-01-01 00:00:00.000 UTC"),
        (shown.moment, None, "no time recorded"),
        (shown.moment, 2**62, "a time out of range"),
        (shown.days, 43.21, "43 days"),
        (shown.days, 0.5, "12 h 00 m"),
        (shown.hours, 0.25, "15 min"),
        (shown.pretty, '{"a":1}', '{\n  "a": 1\n}'),
        (shown.pretty, "{not json", "{not json"),
    ],
)
def test_values(show, value, text):
    assert show(value) == text


def test_ago():
    minute = 60_000_000
    assert shown.ago(0, 5 * minute) == "5 minutes ago"
    assert shown.ago(minute, 0) == "in 1 minute"
    assert shown.ago(0, 1) == "now"
    assert shown.ago(None, 1) == "undated"
    assert shown.ago(0, 90 * 86_400_000_000) == "1970-01-01"


@given(st.text())
def test_no_text_becomes_markup(text):
    for made in (shown.markdown(text), shown.code_spans(text)):
        assert "<script" not in made
        assert "<b>" not in made


@given(st.one_of(st.floats(allow_nan=False), st.integers(-(2**63), 2**63)))
def test_no_number_breaks(value):
    for show in (shown.number, shown.short, shown.usd, shown.duration):
        if abs(value) != float("inf"):
            assert show(value)
