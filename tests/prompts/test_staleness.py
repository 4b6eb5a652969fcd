"""What has passed and what was never filled in."""

from __future__ import annotations

from datetime import date

import pytest

from solvent.prompts.staleness import named_models, past_dates, unfilled

TODAY = date(2026, 10, 1)


def dates(text):
    return [s.what for s in past_dates(text, TODAY, days=30, knowledge_days=365)]


@pytest.mark.parametrize(
    "text",
    [
        "Free until March 2024.", "The offer is valid through 5 May 2026.",
        "Current date: 2023-10-05", "Today is Monday, March 4, 2024.", "The current year is 2024.",
        "As of January 2025, it takes a week.", "It expires on 2026-08-31.",
        "Closed until the end of 2025.",
    ],
)  # fmt: skip
def test_past(text):
    assert dates(text)


@pytest.mark.parametrize(
    "text",
    [
        "Free until March 2031.", "Valid through 15 September 2026.", "Founded in March 1998.",
        "As of January 2026, it takes a week.", "Flights booked before May 2024 differ.",
        "Today is 2026-09-28.", "Valid until 2024-13-77.", "```\nvalid until 2020-01-01\n```",
    ],
)  # fmt: skip
def test_not_past(text):
    assert dates(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Hello {{ name }}.",
        "You work for {company}.",
        "Key <YOUR_KEY>",
        "[INSERT RULES]",
        "TODO: rest",
    ],
)
def test_unfilled(text):
    assert len(unfilled(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Reply in the format {a}: {b}", "Call `/users/{id}`.", "GET /users/{id}", '{"a": {b}}',
        "```\n{{ name }}\n```", "<div>{{ name }}</div>", "<context>", "f'{x}'", "${{ env }}",
        "Keep a TODO list.", "See [your account](http://x.io).",
        " ".join(f"{{{{v{i}}}}}" for i in range(30)),
    ],
)  # fmt: skip
def test_meant_to_be_seen(text):
    assert unfilled(text) == []


def test_models_are_named_with_their_line():
    found = named_models("Hi.\nAsk gpt-4-0314, then claude-3-opus-20240229.")
    assert [(s.what, s.line) for s in found] == [("gpt-4-0314", 2), ("claude-3-opus-20240229", 2)]
