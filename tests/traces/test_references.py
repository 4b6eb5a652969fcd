"""Values of a text are recognised again, and nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from solvent.traces.references import MIN_VALUES, referred_share, values

ROWS = "\n".join(f'{{"order": "A-{n}", "city": "Winterthur{n}"}}' for n in range(100, 140))


def test_keys_and_short_words_are_no_values():
    assert values('{"customer_number": "A-1007", "name": "Ana", "paid": 12.50, "n": 7}') == [
        "a-1007",
        "12.50",
    ]


def test_the_share_that_comes_later():
    assert referred_share(ROWS, "orders A-100 and A-101 go to WINTERTHUR100") == 3 / 80
    assert referred_share(ROWS, ROWS) == 1
    assert referred_share(ROWS, "") == 0


def test_a_short_text_is_not_judged():
    assert referred_share("order A-100", "order A-100") is None


@given(st.text(max_size=500), st.text(max_size=500), st.text(max_size=100))
def test_more_written_later_never_lowers_the_share(text, later, more):
    share = referred_share(text, later)
    grown = referred_share(text, f"{later} {more}")
    assert (share is None) == (grown is None) == (len(values(text)) < MIN_VALUES)
    if share is not None:
        assert 0 <= share <= grown <= 1


@given(st.text(max_size=2000), st.integers(1, 50))
def test_the_number_of_values_is_bounded(text, limit):
    found = values(text, limit)
    assert len(found) <= limit
    assert len(set(found)) == len(found)
