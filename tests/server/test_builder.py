"""How long requests wait for others before they are stored together."""

import pytest

from solvent.server.builder import FILL_SECONDS, GATHER_SECONDS, patience


@pytest.mark.parametrize(
    ("age", "filled", "expected"),
    [
        (0, 0.1, GATHER_SECONDS),
        (GATHER_SECONDS / 2, 0.9, GATHER_SECONDS / 2),
        (GATHER_SECONDS, 0.1, 0),  # few spans: no use in waiting
        (GATHER_SECONDS, 0.4, FILL_SECONDS - GATHER_SECONDS),  # full in half a second
        (FILL_SECONDS / 2, 0.4, GATHER_SECONDS - FILL_SECONDS / 2),  # the stream dried up
        (FILL_SECONDS, 0.99, GATHER_SECONDS - FILL_SECONDS),
    ],
)
def test_a_group_waits_only_when_it_is_about_to_be_full(age, filled, expected):
    assert patience(age, filled) == pytest.approx(expected)


def test_no_group_waits_longer_than_the_bound():
    ages = [step / 100 for step in range(200)]
    assert all(
        age + patience(age, filled) <= FILL_SECONDS for age in ages for filled in (0, 0.5, 1)
    )
