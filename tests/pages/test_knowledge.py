"""Tables and documents: views by value, from what an audit kept."""

import json

import pytest

from solvent.server.app import create
from solvent.server.pages.documents import documents
from solvent.server.pages.tables import tables
from tests.pages.conftest import EVIL, Client, workbench
from tests.pages.test_every_page import faults

STATEMENT = "SELECT c.prize, k.town FROM cup c JOIN club k ON c.club_id = k.id WHERE c.year = {n}"
NEW = "Fees, version 2. A card costs thirty francs."
OLD = "Fees, version 1. A card costs twenty francs."
PROJECT = json.dumps({
    "traces": [
        {
            "repeat": 12,
            "outcome": "failed",
            "steps": [
                {"retriever": "search", "input": "Who?", "documents": [
                    {"source": "fees_v2.md", "text": NEW}, {"source": "fees_v1.md", "text": OLD},
                ]},
                {"llm": "gpt-4o", "input": f"{NEW} {OLD}", "output": "It costs thirty francs."},
                {"llm": "gpt-4o", "input": "Who?", "output": STATEMENT,
                 "system": "CREATE TABLE cup (year int, prize text, stage text, club_id int);"
                 " COMMENT ON COLUMN cup.year IS 'year of the final'"},
            ],
        }
    ]
})  # fmt: skip
HOSTILE = json.dumps({
    "traces": [
        {
            "repeat": 3,
            "steps": [
                {"retriever": EVIL, "documents": [{"source": EVIL, "text": EVIL}, ""]},
                {"llm": "gpt-4o", "input": EVIL, "output": 'SELECT "<b>&amp;".x FROM "<b>&amp;"'},
                {"tool": "run", "arguments": {"sql": f"SELECT {EVIL} FROM (("}, "result": "[]"},
            ],
        }
    ]
})  # fmt: skip


@pytest.fixture
def bench(tmp_path):
    made = workbench(tmp_path, PROJECT)
    made.audit()
    yield made
    made.close()


def test_tables_with_their_use(bench):
    view = tables(bench)
    assert (view.traces, view.statements, view.unparsed, view.missing) == (12, 1, 0, "")
    cup = next(row for row in view.rows if row.name == "cup")
    assert (cup.traces, cup.failed, cup.judged) == (12, 12, 12)
    assert [(c.name, c.is_key, c.description) for c in cup.columns] == [
        ("club_id", True, ""), ("prize", False, ""), ("year", False, "year of the final"),
    ]  # fmt: skip
    assert (cup.undescribed, cup.unused) == (["prize"], ["stage"])
    assert cup.fingerprint in {f.fingerprint for f in bench.latest_report().findings}
    assert not next(row for row in view.rows if row.name == "club").known
    assert [(j.tables, j.traces) for j in view.joins] == [(["club", "cup"], 12)]
    assert "ON club.id = cup.club_id" in view.joins[0].view


def test_tables_are_filtered(bench):
    assert [row.name for row in tables(bench, show="undescribed").rows] == ["cup"]
    assert [row.name for row in tables(bench, show="unknown").rows] == ["club"]
    assert tables(bench, show="unused").rows == []


def test_documents_with_their_use(bench):
    view = documents(bench)
    (step,) = view.steps
    assert (step.step, step.retrievals, step.documents, step.judged) == ("search", 12, 24, 24)
    old, new = view.rows
    assert (old.title, old.stale, old.used, old.judged) == ("fees_v1.md", 12, 0, 12)
    assert (new.title, new.stale, new.used, new.judged) == ("fees_v2.md", 0, 12, 12)
    assert old.fingerprint in {f.fingerprint for f in bench.latest_report().findings}
    assert [row.title for row in documents(bench, show="unread").rows] == ["fees_v1.md"]


def test_before_an_audit_the_pages_teach(tmp_path):
    made = workbench(tmp_path)
    assert (tables(made).at, documents(made).at) == (None, None)
    page = Client(create(made)).get("/tables").text
    assert "No audit has looked yet" in page
    made.close()


def test_an_audit_without_sql_says_so(tmp_path):
    made = workbench(tmp_path, '{"traces": [{"steps": [{"llm": "gpt-4o", "input": "a"}]}]}')
    made.audit()
    assert tables(made).missing == "no SQL in model outputs, tool calls or database spans"
    assert documents(made).missing == "no retrievals"
    made.close()


@pytest.mark.parametrize("path", ["/tables", "/documents", "/tables?show=used"])
def test_names_of_senders_do_not_become_markup(tmp_path, path):
    made = workbench(tmp_path, HOSTILE)
    made.audit()
    page = Client(create(made)).get(path)
    assert page.status_code == 200
    assert faults(page.text) == []
    made.close()


@pytest.mark.parametrize("path", ["/api/v1/tables?show=x", "/api/v1/documents?show=x"])
def test_an_unknown_filter_is_named(clients, path):
    answer = clients["demo"].get(path)
    assert answer.status_code == 422
    assert "show" in answer.json()["detail"]
