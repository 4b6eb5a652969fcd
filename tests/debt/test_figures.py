"""What a report says was looked at."""

from __future__ import annotations

import pytest

from solvent.debt.audit import audit
from solvent.debt.reports.figures import window
from solvent.settings import Ledger
from solvent.testing.project import evidence_of

TRACES = "traces: [{{repeat: {n}, every: {every}, steps: [{{step: a, seconds: 1}}]}}]"


@pytest.mark.parametrize(
    ("n", "every", "said"),
    [
        (2, "7s", "2 traces, 4 spans, 0 model calls, 0 tool calls, within 7 s"),
        (2, "90m", "2 traces, 4 spans, 0 model calls, 0 tool calls, within 1.5 h"),
        (31, "1d", "31 traces, 62 spans, 0 model calls, 0 tool calls, 30.0 days"),
        (1, "1d", "1 trace, 2 spans, 0 model calls, 0 tool calls, at one moment"),
    ],
)
def test_a_window_below_a_day_is_said_in_its_own_unit(n, every, said):
    with evidence_of(TRACES.format(n=n, every=every)) as evidence:
        assert window(audit(evidence, [], Ledger()).observed) == said
