"""Versions of a prompt against each other: the intervals, and which pair is named."""

from __future__ import annotations

import pytest

from solvent.debt.version_outcomes import Served, compare, wilson, without_gain


def served(version, tokens, passed, judged=150, name="sql"):
    return Served(name, version, f"prompt:{name}@{version}", tokens, judged, passed)


def test_the_score_interval_is_wilsons():
    # Newcombe 1998, table I: 81 of 263, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    low, high = wilson(0, 20)
    assert (low, high) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_the_interval_of_a_difference_is_newcombes():
    # Newcombe 1998 (independent proportions), table II: 56/70 less 48/80, method 10.
    found = compare(served("b", 9, 56, 70), served("a", 1, 48, 80))
    assert (found.gain, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_shortest_that_is_as_good_is_named():
    ladder = [served("0", 1000, 22), served("10", 1700, 53), served("20", 2200, 50)]
    found = without_gain([*ladder, served("30", 2900, 58)], 500)
    assert {k: v.shorter.version for k, v in found.items()} == {
        "prompt:sql@20": "10",
        "prompt:sql@30": "10",
    }


def test_another_prompt_and_a_little_more_text_are_no_comparison():
    found = without_gain([served("1", 100, 50), served("2", 599, 50)], 500)
    assert found == {}
    found = without_gain([served("1", 100, 50), served("1", 900, 50, name="other")], 500)
    assert found == {}
