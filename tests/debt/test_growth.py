"""Growth of spending per trace: its interval and its factors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.debt.growth import Day, Use, factors, growth

USE = st.builds(Use, st.integers(1, 1000), st.floats(1, 1e6), st.floats(0.001, 1e3))


def test_constant_days_have_no_spread():
    found = growth([Day(2.0, 1)] * 4, [Day(6.0, 2)] * 4)
    assert found is not None
    assert (found.ratio, found.low, found.high) == pytest.approx((1.5, 1.5, 1.5))


def test_scattered_days_widen_the_interval():
    found = growth([Day(1.0, 1)] * 7, [*[Day(1.0, 1)] * 6, Day(9.0, 1)])
    assert found is not None
    assert found.ratio == pytest.approx(15 / 7)
    assert found.low < 1 < found.high


def test_what_cannot_be_told():
    assert growth([Day(1.0, 1)], [Day(1.0, 1)] * 9) is None
    assert growth([Day(0.0, 1)] * 3, [Day(1.0, 1)] * 3) is None
    assert factors({}, {"a": Use(1, 1, 1)}, (1, 1)) is None


def test_a_dearer_model_is_the_mix():
    found = factors({"s": Use(10, 100, 1)}, {"l": Use(10, 100, 8)}, (10, 10))
    assert found == pytest.approx((1.0, 8.0, 1.0, 1.0))


@given(
    st.dictionaries(st.sampled_from("abc"), USE, min_size=1),
    st.dictionaries(st.sampled_from("abcd"), USE, min_size=1),
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
)
def test_the_factors_multiply_to_the_growth(first, second, traces):
    found = factors(first, second, traces)
    assert found is not None
    product = 1.0
    for factor in found:
        product *= factor
    before = sum(u.usd for u in first.values()) / traces[0]
    after = sum(u.usd for u in second.values()) / traces[1]
    assert product == pytest.approx(after / before)
