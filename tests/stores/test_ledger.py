"""The ledger keeps findings over time: what every records store must do."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from solvent.errors import Conflict, Invalid, NotFound, Unavailable
from solvent.records.finding import Debt, State
from solvent.records.ledger import Appearance, Audit, Change, Sighting
from solvent.records.study import Study
from solvent.stores.records import Database, SqlLedger, SqlStudies


@pytest.fixture(params=["memory", "file"])
def database(request, tmp_path):
    database = Database(":memory:" if request.param == "memory" else tmp_path / "records.sqlite")
    yield database
    database.close()


@pytest.fixture
def ledger(database):
    return SqlLedger(database)


def sighting(fingerprint="f1", message="3 tools are never called", rule="unused-tool"):
    return Sighting(
        fingerprint, rule, "TS101", Debt.TOOLS, "tool:x", message, f'{{"says":"{message}"}}'
    )


def audit(n: int, project="p") -> Audit:
    return Audit(f"{project}{n}", project, n * 100, f'{{"n":{n}}}', "{}")


def test_a_finding_opens_is_fixed_and_returns(ledger):
    assert ledger.put_audit(audit(1), [sighting()]) == Change(opened=("f1",))
    assert ledger.put_audit(audit(2), [sighting()]) == Change()
    assert ledger.put_audit(audit(3), []) == Change(fixed=("f1",))
    entry = ledger.get_finding("p", "f1")
    assert (entry.state, entry.opened_at, entry.last_seen_at, entry.closed_at) == (
        State.FIXED, 100, 200, 300,
    )  # fmt: skip
    assert not entry.is_owed()
    assert ledger.put_audit(audit(4), []) == Change()
    assert ledger.put_audit(audit(5), [sighting(message="again")]) == Change(returned=("f1",))
    entry = ledger.get_finding("p", "f1")
    assert (entry.state, entry.opened_at, entry.closed_at) == (State.RETURNED, 100, None)
    assert entry.message == "again"
    assert entry.is_owed()
    assert ledger.history("p", "f1") == [
        Appearance("p1", 100, '{"says":"3 tools are never called"}'),
        Appearance("p2", 200, '{"says":"3 tools are never called"}'),
        Appearance("p5", 500, '{"says":"again"}'),
    ]


def test_a_rule_that_could_not_look_closes_nothing(ledger):
    ledger.put_audit(audit(1), [sighting("f1"), sighting("f2", rule="failing-tool")])
    change = ledger.put_audit(audit(2), [], looked={"failing-tool"})
    assert change == Change(fixed=("f2",))
    assert ledger.get_finding("p", "f1").state is State.OPEN


def test_the_same_audit_twice_is_kept_once(ledger):
    ledger.put_audit(audit(1), [sighting()])
    assert ledger.put_audit(audit(1), []) == Change()
    assert len(ledger.list_audits("p")) == 1
    assert ledger.get_finding("p", "f1").state is State.OPEN


def test_an_acceptance_lasts_until_its_date(ledger):
    ledger.put_audit(audit(1), [sighting()])
    entry = ledger.accept("p", "f1", by="ana", reason="goes with the next release", until=250)
    assert (entry.state, entry.accepted_by, entry.accepted_until) == (State.ACCEPTED, "ana", 250)
    ledger.put_audit(audit(2), [sighting()])
    assert ledger.get_finding("p", "f1").state is State.ACCEPTED
    assert ledger.put_audit(audit(3), [sighting()]) == Change(returned=("f1",))
    entry = ledger.get_finding("p", "f1")
    assert (entry.state, entry.accepted_by) == (State.RETURNED, None)


def test_an_acceptance_without_a_date_stays_and_can_be_taken_back(ledger):
    ledger.put_audit(audit(1), [sighting()])
    ledger.accept("p", "f1", by="ana", reason="known")
    ledger.put_audit(audit(9), [sighting()])
    assert ledger.get_finding("p", "f1").state is State.ACCEPTED
    assert ledger.reopen("p", "f1").state is State.OPEN
    assert ledger.get_finding("p", "f1").accepted_reason is None


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("ana", " ")])
def test_an_acceptance_names_who_and_why(ledger, by, reason):
    ledger.put_audit(audit(1), [sighting()])
    with pytest.raises(Invalid):
        ledger.accept("p", "f1", by=by, reason=reason)


def test_what_is_fixed_cannot_be_accepted(ledger):
    ledger.put_audit(audit(1), [sighting()])
    ledger.put_audit(audit(2), [])
    with pytest.raises(Conflict):
        ledger.accept("p", "f1", by="ana", reason="why")


def test_unknown_findings_are_not_found(ledger):
    ledger.put_audit(audit(1), [sighting()])
    for call in (
        lambda: ledger.get_finding("p", "nope"),
        lambda: ledger.get_finding("other", "f1"),
        lambda: ledger.accept("p", "nope", by="ana", reason="why"),
        lambda: ledger.reopen("p", "nope"),
    ):
        with pytest.raises(NotFound):
            call()
    assert ledger.history("p", "nope") == []


def test_projects_are_apart_and_lists_are_filtered_and_ordered(ledger):
    ledger.put_audit(audit(1), [sighting("f1"), sighting("f2")])
    ledger.put_audit(audit(2), [sighting("f2")])
    ledger.put_audit(audit(1, "q"), [sighting("f1")])
    assert [entry.fingerprint for entry in ledger.list_findings("p")] == ["f2", "f1"]
    assert [entry.fingerprint for entry in ledger.list_findings("p", State.FIXED)] == ["f1"]
    assert [entry.state for entry in ledger.list_findings("q")] == [State.OPEN]
    assert [kept.id for kept in ledger.list_audits("p")] == ["p2", "p1"]
    assert [kept.id for kept in ledger.list_audits("p", limit=1)] == ["p2"]


def test_it_is_there_after_reopening(tmp_path):
    path = tmp_path / "deep" / "records.sqlite"
    first = Database(path)
    SqlLedger(first).put_audit(audit(1), [sighting()])
    first.close()
    second = Database(path)
    assert SqlLedger(second).get_finding("p", "f1").debt is Debt.TOOLS
    second.close()


def test_the_newest_study_of_a_kind_is_kept(database):
    studies = SqlStudies(database)
    assert studies.find_study("p", "map") is None
    studies.put_studies([Study("p", "map", 1, "{}"), Study("q", "map", 1, "{}")])
    studies.put_studies([Study("p", "map", 2, '{"steps":[]}')])
    assert studies.find_study("p", "map") == Study("p", "map", 2, '{"steps":[]}')
    assert studies.find_study("q", "map") == Study("q", "map", 1, "{}")


def test_threads_may_write_at_once(tmp_path):
    database = Database(tmp_path / "records.sqlite")
    store = SqlLedger(database)
    threads = [
        threading.Thread(target=store.put_audit, args=(audit(n, f"p{n}"), [sighting()]))
        for n in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(store.list_audits(f"p{n}")) == 1 for n in range(1, 9))
    database.close()


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "records.sqlite"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Conflict, match="newer"):
        Database(path)


def test_a_file_that_is_something_else_is_refused(tmp_path):
    path = tmp_path / "records.sqlite"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        Database(path)


def test_the_migrations_make_the_tables_the_code_expects(tmp_path):
    import sqlalchemy as sa

    from solvent.stores.records.tables import METADATA, open_engine

    engine = open_engine(tmp_path / "records.sqlite")
    found = sa.inspect(engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert columns == {column.name: bool(column.nullable) for column in table.columns}
        names = {index["name"] for index in found.get_indexes(table.name)}
        assert names == {index.name for index in table.indexes}
    engine.dispose()
