"""The table of calls: what a model asked for and what ran are one row, and each counts once."""

from __future__ import annotations

import pytest

from solvent.debt.sequel import define_sequel
from solvent.testing.project import evidence_of

ASKED_AND_RAN = """
      - llm: gpt-4o
        input: hi
        output: [{{call: {{tool: find, arguments: {{n: {n}}}, id: same}}}}]
      - {{tool: find, arguments: {{n: {n}}}, result: found {n}, call: same}}
"""


def calls(project, columns="tool, arguments, traced"):
    with evidence_of(project) as evidence:
        return evidence.rows(f"SELECT {columns} FROM call ORDER BY started_at")


def test_an_id_used_again_in_one_trace_is_another_call():
    steps = "".join(ASKED_AND_RAN.format(n=n) for n in (1, 2, 3))
    assert calls(f"traces:\n  - steps:{steps}") == [
        {"tool": "find", "arguments": f'{{"n":{n}}}', "traced": True} for n in (1, 2, 3)
    ]


def test_without_ids_calls_and_runs_are_paired_in_order():
    steps = "".join(ASKED_AND_RAN.format(n=n) for n in (1, 2)).replace(", id: same", "")
    steps = steps.replace(", call: same", "")
    assert len(calls(f"traces:\n  - steps:{steps}")) == 2


@pytest.mark.parametrize(("told", "expected"), [("x", True), ("other", False)])
def test_a_result_that_only_the_next_model_call_carries(told, expected):
    project = f"""
traces:
  - steps:
      - {{llm: gpt-4o, input: hi, output: [{{call: {{tool: find, id: x}}}}]}}
      - {{llm: gpt-4o, input: [{{result: {{tool: find, text: found, id: {told}}}}}], output: done}}
"""
    (row,) = calls(project, "result_hash IS NOT NULL AS known, traced, status")
    assert row == {"known": expected, "traced": False, "status": "unset"}


def test_only_the_next_model_call_that_asks_again_is_a_retry():
    project = """
traces:
  - steps:
      - {tool: a, arguments: {}, result: "", error: broken}
      - {llm: gpt-4o, input: hi, tokens: [10, 1], output: [{call: {tool: a}}]}
  - steps:
      - {tool: b, arguments: {}, result: "", error: broken}
      - {llm: gpt-4o, input: hi, tokens: [20, 2], output: sorry}
      - {llm: gpt-4o, input: hi, tokens: [30, 3], output: [{call: {tool: b}}]}
  - steps:
      - {tool: c, arguments: {}, result: "", error: broken}
"""
    with evidence_of(project) as evidence:
        define_sequel(evidence, "after", "SELECT * FROM call WHERE status = 'error'")
        rows = evidence.rows("SELECT tool, retried, next_tokens FROM after ORDER BY tool")
    assert [tuple(row.values()) for row in rows] == [
        ("a", True, 11), ("b", False, 22), ("c", False, None),
    ]  # fmt: skip
