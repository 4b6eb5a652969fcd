"""Which instructions wait for a kind of request."""

from __future__ import annotations

import pytest

from solvent.prompts.coverage import waiting_for
from solvent.prompts.reading import read_prompt


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("If the user asks about refunds, explain the policy.", {"refund"}),
        ("When a customer wants to cancel a booking, ask why.", {"cancel", "book"}),
        ("For questions about gift vouchers, call the shop.", {"gift", "voucher"}),
        ("If the file is empty, write a header.", None),
        ("If the user asks a question, answer it.", None),
        ("Never promise refunds.", None),
    ],
)
def test_words_by_which_a_request_would_be_known(text, words):
    found = waiting_for(read_prompt(text))
    assert [set(one.words) for one in found] == ([] if words is None else [words])


def test_a_list_waits_as_the_line_above_it():
    text = "If the user asks about refunds:\n- Explain the policy.\n- Offer a voucher.\n"
    assert [one.statement.line for one in waiting_for(read_prompt(text))] == [2, 3]
