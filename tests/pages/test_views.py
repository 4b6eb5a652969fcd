"""Views, compared by value."""

from solvent.server.pages.finding import Decision, decide, finding
from solvent.server.pages.ledger import audit, ledger
from solvent.server.pages.rule import rule
from solvent.server.pages.session import session
from solvent.server.pages.sessions import sessions
from solvent.server.pages.trace import trace
from solvent.server.pages.traces import traces
from tests.pages.conftest import DEMO, workbench


def test_traces_newest_first_with_what_they_came_to(benches):
    view = traces(benches["demo"])
    assert (view.total, view.empty, len(view.rows)) == (41, False, 41)
    times = [row.started_at for row in view.rows]
    assert times == sorted(times, reverse=True)
    first = view.rows[0]
    assert (first.name, first.spans, first.requests, first.calls) == ("agent", 4, 2, 1)
    assert (first.tokens, round(first.usd, 6), first.outcome) == (2152, 0.018, "passed")
    assert (first.session, first.user, first.version) == ("s-39", "ana", "1.4")


def test_unknown_is_not_zero(benches):
    failed = traces(benches["demo"], outcome="failed").rows
    assert [(row.outcome, row.tokens, row.usd) for row in failed] == [("failed", None, None)]


def test_filters_reach_every_span_of_a_trace(benches):
    def count(**wanted):
        return len(traces(benches["demo"], **wanted).rows)

    assert count(model="gpt-4o") == 40
    assert count(tool="search") == 41
    assert count(step="retrieve") == 1
    assert count(type="retriever") == 0
    assert count(session="s-1") == 2
    assert count(user="ana", version="1.4") == 40
    assert count(status="error") == 1
    assert count(outcome="passed") == 40
    assert count(outcome="unknown") == 0
    assert count(min_usd=0.02) == 0
    assert count(max_usd=0.02) == 40
    assert count(min_seconds=3) == 40
    assert count(since="2026-09-01") == 9
    assert count(since="2026-08-20", until="2026-08-21") == 2
    assert count(rootless=True) == 0


def test_text_is_found_in_prompts_and_answers(benches):
    assert len(traces(benches["demo"], text="LEFT ON monday").rows) == 40
    assert len(traces(benches["demo"], text="handbook").rows) == 1
    assert traces(benches["demo"], text="nowhere said").rows == []


def test_paging_shows_every_trace_once(tmp_path, benches):
    from solvent.server.questions.trace_list import Wanted, list_traces
    from solvent.settings import Pages

    store = benches["demo"].spans
    for wanted in (Wanted(), Wanted(model="gpt-4o")):
        seen, after = [], ""
        while True:
            page = list_traces(store, "sample", wanted, Pages(rows=7), after)
            seen += [row.trace_id for row in page.rows]
            if page.next is None:
                break
            after = page.next
        assert len(seen) == len(set(seen)) == (41 if wanted == Wanted() else 40)


def test_traces_without_a_root(benches):
    view = traces(benches["hostile"], rootless=True)
    assert {row.name for row in view.rows} == {"orphan", "one"}


def test_trace_shows_the_conversation_of_a_span(benches):
    row = traces(benches["demo"]).rows[0]
    view = trace(benches["demo"], row.trace_id)
    assert [(r.depth, r.type) for r in view.tree.rows] == [
        (0, "agent"), (1, "llm"), (1, "tool"), (1, "llm"),
    ]  # fmt: skip
    assert (view.head.input_tokens, view.head.output_tokens) == (2100, 52)
    call = trace(benches["demo"], row.trace_id, span=view.tree.rows[1].span_id).span
    assert [text.role for text in call.inputs] == ["system", "user"]
    assert [(text.role, text.name) for text in call.outputs] == [("tool_call", "search")]
    assert [(t.name, t.description) for t in call.offered] == [
        ("search", "Find an order by its number."),
        ("refund", "Pay an order back to the customer."),
    ]


def test_a_circle_of_parents_is_shown_and_said(benches):
    row = next(r for r in traces(benches["hostile"], rootless=True).rows if r.name == "one")
    view = trace(benches["hostile"], row.trace_id)
    assert [(r.name, r.depth) for r in view.tree.rows] == [("one", 0), ("two", 1)]
    assert view.tree.circles == 1
    assert view.head.dated is False


def test_ledger_says_what_is_owed(benches):
    view = ledger(benches["demo"])
    books = view.books
    assert not view.empty
    assert books.looked.scaled
    unused = [f for f in books.findings if f.rule == "unused-tool"]
    assert [f.subject for f in unused] == ["tool:refund"]
    assert unused[0].interest.usd.value > 0
    assert len(view.audits) == 1
    tools = books.debts[0]
    assert (tools.debt, tools.findings >= 1, tools.share) == ("tools", True, tools.share)
    people = next(d for d in books.debts if d.debt == "stakeholders")
    assert (people.findings, people.rules, people.share) == (0, 0, None)
    assert people.interest.usd.value is None


def test_ledger_filters(benches):
    assert ledger(benches["demo"], rule="unused-tool").books.matching == 1
    assert ledger(benches["demo"], debt="stakeholders").books.findings == []
    assert ledger(benches["demo"], state="fixed").books.findings == []


def test_ledger_before_the_first_trace_and_the_first_audit(benches, tmp_path):
    assert ledger(benches["empty"]).empty
    bench = workbench(tmp_path, DEMO)
    view = ledger(bench)
    assert (view.empty, view.books) == (False, None)
    assert audit(bench).books.found > 0
    bench.close()


def test_finding_explains_its_interest(benches):
    fingerprint = ledger(benches["demo"], rule="unused-tool").books.findings[0].fingerprint
    view = finding(benches["demo"], fingerprint)
    assert view.counts == {"calls": 0, "requests": 40, "traces": 40}
    assert "Tokens of the tool's definition" in view.formula
    assert len(view.examples) == 5
    assert view.examples[0].name == "answer"
    assert not view.stale


def test_finding_is_accepted_and_reopened(tmp_path):
    bench = workbench(tmp_path, DEMO)
    found = audit(bench).books.findings[0].fingerprint
    view = decide(bench, found, Decision(by="Ana", reason="known", until="2030-01-31"))
    assert view.finding.state == "accepted"
    assert (view.accepted.by, view.accepted.reason) == ("Ana", "known")
    assert ledger(bench, state="accepted").books.matching == 1
    assert decide(bench, found, Decision(action="reopen")).finding.state == "open"
    bench.close()


def test_rule_shows_options_and_findings(benches):
    view = rule(benches["demo"], "TS101")
    assert view.name == "unused-tool"
    assert [(o.name, o.default) for o in view.options] == [("min_requests", "20")]
    assert "its silence means something" in view.options[0].meaning
    assert [f.subject for f in view.findings] == ["tool:refund"]


def test_sessions(benches):
    view = sessions(benches["demo"], text="s-1")
    assert {row.id for row in view.rows} >= {"s-1", "s-10"}
    talk = session(benches["demo"], "s-1")
    assert [turn.trace.outcome for turn in talk.turns] == ["passed", "failed"]
    assert talk.tokens == 2152
