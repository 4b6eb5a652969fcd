"""The map page, by what its view says."""

from __future__ import annotations

import pytest

from solvent.errors import Invalid, NotFound
from solvent.server.pages.pipelines import pipelines
from solvent.server.questions.step_findings import step_of
from tests.pages.conftest import DEMO, workbench


def test_nothing_received_no_audit_and_a_map_are_three_answers(tmp_path, benches):
    assert pipelines(benches["empty"]).empty
    bench = workbench(tmp_path, DEMO)
    try:
        before = pipelines(bench)
        assert (before.empty, before.drawn) == (False, None)
        bench.audit()
        assert pipelines(bench).drawn.name == "agent"
    finally:
        bench.close()


def test_steps_lead_to_their_traces_and_to_what_is_owed(benches):
    view = pipelines(benches["demo"])
    rows = {row.name: row for row in view.drawn.steps}
    assert rows["answer"].traces == "/traces?step=answer"
    assert rows["search"].traces == "/traces?tool=search"
    assert rows["agent"].failed == pytest.approx(1 / 41)
    assert rows["retrieve"].share == pytest.approx(1 / 41)
    owed = {entry.subject for entry in benches["demo"].ledger.list_findings("sample")}
    for row in view.drawn.steps:
        assert bool(row.findings) == any(step_of(subject) == row.name for subject in owed)


def test_a_version_is_shown_and_compared(benches):
    view = pipelines(benches["demo"], of=pipelines(benches["demo"]).drawn.periods[0])
    assert view.drawn.traces < 41
    compared = pipelines(benches["demo"], of=view.of, against=view.drawn.periods[1])
    assert [change.step for change in compared.drawn.changes] in ([], ["agent"])


def test_a_step_that_no_trace_ran_is_told(benches):
    view = pipelines(benches["demo"], step="refund")
    assert (view.absent, view.drawn.name) == ("refund", "agent")
    assert pipelines(benches["demo"], step="search").absent == ""


def test_what_cannot_be_is_refused(benches):
    with pytest.raises(Invalid):
        pipelines(benches["demo"], most=0)
    with pytest.raises(NotFound):
        pipelines(benches["demo"], pipeline="x")
    with pytest.raises(NotFound):
        pipelines(benches["demo"], of="x")
