"""What an optimizer proposes goes live only when the held-out examples say so. Simulated model."""

from __future__ import annotations

import pytest

from solvent.errors import Invalid, OverBudget
from solvent.evals.datasets import dataset, split
from solvent.fixes.optimize import Plan, optimize
from solvent.records.dataset import Example
from solvent.records.trial import Verdict
from solvent.settings import Evals
from tests.fixes.simulated import TICKETS

START = "Sort the ticket. Answer with one word."
BETTER = "Sort the ticket. Answer with one word. A refund is billing."
LONGER = START + " Think hard about it, and be thorough, and never be careless in what you do."


@pytest.mark.parametrize("optimizer", ["gepa", "mipro", "simba"])
def test_a_better_prompt_is_found_and_believed(optimizer, model, bench, wording):
    model.proposals = (BETTER,)
    plan = Plan(optimizer, rules=Evals(rounds=2, seed=1))
    found = optimize(wording(START), TICKETS, bench, plan)
    assert "refund is billing" in found.content.messages[0].content
    assert found.comparison.verdict is Verdict.BETTER
    assert found.may_go_live
    assert found.learned_from + found.held_out == len(TICKETS)
    assert found.calls == len(model.asked)
    assert not found.recorded
    kept = [o.kind for o in found.origins if o.text == "Answer with one word."]
    assert set(kept) == {"kept"}


def test_a_longer_prompt_that_is_no_better_does_not_go_live(model, bench, wording):
    model.proposals = (LONGER,)
    found = optimize(wording(BETTER), TICKETS, bench, Plan("mipro", rules=Evals(rounds=3)))
    assert not found.may_go_live


def test_held_out_examples_are_never_shown_to_the_optimizer(model, bench, wording):
    _, hold = split(TICKETS, 0.4)
    optimize(wording(START), TICKETS, bench, Plan("gepa", rules=Evals(rounds=2)))
    secret = [e.inputs["ticket"] for e in hold.examples]
    # The comparison asks each of them twice, alone; no other request contains one.
    for ticket in secret:
        seen = [a["messages"] for a in model.asked if ticket in str(a["messages"])]
        assert len(seen) == 2
        assert all(messages[-1]["content"] == ticket for messages in seen)


def test_a_prompt_over_its_budget_is_refused(model, bench, wording):
    model.proposals = (BETTER + " Word." * 80,)
    free = optimize(wording(START), TICKETS, bench, Plan("gepa", rules=Evals(rounds=2)))
    assert free.may_go_live
    held = optimize(wording(START), TICKETS, bench, Plan("gepa", 30, Evals(rounds=2)))
    assert not held.may_go_live
    assert held.content.messages[0].content == START


def test_a_prompt_that_copies_the_examples_is_not_taken(model, bench, wording):
    learn, _ = split(TICKETS, 0.4)
    copied = next(e for e in learn.examples if "refund" in e.inputs["ticket"])
    model.proposals = (f"{BETTER} For example {copied.inputs['ticket']} is billing.",)
    plan = Plan("gepa", rules=Evals(rounds=2, copy_words=5))
    found = optimize(wording(START), TICKETS, bench, plan)
    assert not found.may_go_live
    assert found.refused == ("the optimizer found nothing better than the prompt as it is",)


def test_bootstrap_shows_turns_and_pays_for_them(bench, wording):
    plan = Plan("bootstrap", rules=Evals(turns=True))
    found = optimize(wording(START), TICKETS, bench, plan)
    roles = [message.role for message in found.content.messages]
    assert roles == ["system", *["user", "assistant"] * 3]
    assert found.comparison.tokens_after > found.comparison.tokens_before
    assert not found.may_go_live


def test_what_cannot_be_done_is_refused_before_a_call_is_made(model, bench, wording):
    with pytest.raises(Invalid, match="is not an optimizer"):
        optimize(wording(START), TICKETS, bench, Plan("luck"))
    with pytest.raises(Invalid, match="only adds example turns"):
        optimize(wording(START), TICKETS, bench, Plan("bootstrap"))
    bench.spending.max_calls = 40
    with pytest.raises(Invalid, match="held-out examples alone"):
        optimize(wording(START), TICKETS, bench, Plan())
    filled = dataset("d", tuple(Example(str(n), {"x": str(n)}, "a") for n in range(20)))
    bench.spending.max_calls = 4000
    with pytest.raises(Invalid, match="no turns can be shown"):
        optimize(wording("Sort {{x}}."), filled, bench, Plan("bootstrap", rules=Evals(turns=True)))
    assert model.asked == []


def test_the_search_ends_at_its_limit_and_says_so(bench, wording):
    _, hold = split(TICKETS, 0.4)
    bench.spending.max_calls = 2 * len(hold) + 20
    with pytest.raises(OverBudget, match="20 model calls are spent"):
        optimize(wording(START), TICKETS, bench, Plan("mipro"))


def test_inputs_of_the_template_survive(model, bench, wording):
    model.proposals = ("Sort it. Answer with one word. A refund is billing.",)
    start = "Sort the ticket {{ticket}}. Answer with one word."
    found = optimize(wording(start), TICKETS, bench, Plan("gepa", rules=Evals(rounds=2)))
    assert not found.may_go_live
    assert "{{ticket}}" in found.content.messages[0].content
