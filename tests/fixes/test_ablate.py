"""Which instructions a prompt can do without. Simulated model."""

from __future__ import annotations

import pytest

from solvent.errors import Invalid
from solvent.fixes.ablate import ablate
from solvent.records.trial import Verdict
from tests.fixes.simulated import TICKETS

PROMPT = """You sort tickets.

## Rules
- Answer with one word.
- Always think of the customer's day.
- Treat a refund as billing. Never mention a competitor.
"""


def test_what_nothing_is_lost_without_is_safe_to_delete(model, bench, wording):
    found = ablate(wording(PROMPT), TICKETS, bench)
    safe = {d.text: d.safe for d in found.instructions}
    assert safe == {
        "Answer with one word.": False,
        "Always think of the customer's day.": True,
        "Treat a refund as billing.": False,
        "Never mention a competitor.": True,
    }
    effects = {d.text: d.effect.value for d in found.instructions}
    assert effects["Answer with one word."] == -1
    assert effects["Treat a refund as billing."] == -0.25
    assert found.score == 1
    assert found.without == (
        "You sort tickets.\n\n## Rules\n- Answer with one word.\n- Treat a refund as billing.\n"
    )
    assert found.together.verdict is Verdict.EQUAL_AND_SHORTER
    assert all(d.tokens > 0 for d in found.instructions)
    assert found.calls == len(model.asked) == 6 * len(TICKETS)


def test_two_that_stand_in_for_one_another_are_not_both_safe_together(bench, wording):
    twice = "Answer with one word. Give the label alone. A refund is billing."
    found = ablate(wording(twice), TICKETS, bench)
    both = {d.text: d.safe for d in found.instructions}
    assert both["Answer with one word."]
    assert both["Give the label alone."]
    assert found.together.verdict is Verdict.WORSE


def test_it_says_how_many_calls_it_needs_before_it_makes_one(model, bench, wording):
    bench.spending.max_calls = 100
    with pytest.raises(Invalid, match="take 720 model calls") as refusal:
        ablate(wording(PROMPT), TICKETS, bench)
    assert "MAX_CALLS=720" in refusal.value.hint
    assert model.asked == []


def test_a_prompt_without_instructions_has_nothing_to_drop(bench, wording):
    with pytest.raises(Invalid, match="gives no instructions"):
        ablate(wording("A ticket."), TICKETS, bench)
