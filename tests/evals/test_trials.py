"""A trial asks once per example, keeps errors apart from answers, and stops at its limit."""

from __future__ import annotations

import pytest

from solvent.errors import NotFound, OverBudget
from solvent.evals.datasets import dataset
from solvent.evals.scorers import scorer
from solvent.evals.trials import Bench, Candidate, Spending, try_out
from solvent.records.completion import Completion, Message
from solvent.records.dataset import Example


class Echo:
    """Answers with what it was asked; knows no `x`."""

    def complete(self, request):
        text = request.messages[-1].text
        if text == "x":
            raise NotFound("`x` was not recorded", hint="record it")
        return Completion(text, request.model, input_tokens=7, output_tokens=1)


def bench(**kwargs):
    return Bench(Echo(), "echo", scorer("exact"), Spending(kwargs.pop("max_calls", 100)), **kwargs)


def render(inputs):
    return [Message("system", "Echo."), Message("user", str(inputs["q"]))]


EXAMPLES = dataset("d", tuple(Example(f"e{q}", {"q": q}, "a") for q in "abx"))


def test_every_example_is_tried_once_and_an_error_is_not_a_zero():
    used = bench()
    found = try_out(Candidate("echo@1", render, 2), EXAMPLES, used)
    assert [o.score.value if o.score else None for o in found.outcomes] == [1.0, 0.0, None]
    assert found.scores == {"ea": 1.0, "eb": 0.0}
    assert found.errors[0].error == "`x` was not recorded; record it"
    assert (used.spending.calls, used.spending.input_tokens) == (3, 14)
    assert found.dataset == f"d@{EXAMPLES.version}"


def test_the_limit_of_calls_is_kept():
    used = bench(max_calls=2, threads=3)
    with pytest.raises(OverBudget, match="2 model calls are spent"):
        try_out(Candidate("echo@1", render, 2), EXAMPLES, used)
    assert used.spending.calls == 2
