"""One finding: what it costs, how that is computed, and where to look."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from solvent.debt.reports.document import finding_from_document
from solvent.debt.rule import documentation
from solvent.errors import Invalid, NotFound
from solvent.records.finding import Interest, Opinion, Quote, Ref, State
from solvent.rules import catalogue
from solvent.server.page import page
from solvent.server.questions.owed import Looked, Owed, chosen, looked, owed
from solvent.server.questions.paper import section, summary
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Example:
    """A place to look, with what is seen there."""

    trace_id: str
    span_id: str | None
    name: str
    started_at: int | None
    input: str
    output: str
    status: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One audit that saw the finding."""

    at: int
    usd: float | None
    tokens: float | None
    failed_traces: float | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who answers for leaving it."""

    by: str
    reason: str
    until: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Accept the finding, or take the acceptance back."""

    by: str = ""
    reason: str = ""
    until: str = ""
    """A day, such as 2027-01-31; empty: without an end."""
    action: str = "accept"
    """accept or reopen."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding of the last audit."""

    project: str
    finding: Owed
    looked: Looked
    alone: Interest
    within: Interest
    counts: dict[str, float]
    examples: list[Example]
    quotes: list[Quote]
    opinions: list[Opinion]
    """What a language model said about it, when one is configured."""
    fix: str
    confidence: float | None
    summary: str
    """The rule in one sentence."""
    why: str
    formula: str
    """How the rule computes its interest, in Markdown."""
    accept_when: str
    opened_at: int | None
    history: list[Seen]
    """Every audit that saw it, oldest first."""
    accepted: Accepted | None
    stale: bool
    """The last audit no longer found it; what is shown is what the audit before said."""


HISTORY = 60
"""Audits of one finding that are shown."""

PREVIEW = """
SELECT span_id, trace_id, name, epoch_us(started_at) AS started_at, dated, status,
    coalesce(input_preview, '') AS input, coalesce(output_preview, '') AS output, parent_id
FROM spans WHERE project = $project AND trace_id IN (SELECT unnest($traces))
    AND (parent_id IS NULL OR span_id IN (SELECT unnest($spans)))
"""


@page("/findings/{fingerprint}")
def finding(bench: Workbench, fingerprint: str, project: str = "") -> FindingView:
    """Show one finding of the last audit."""
    project = chosen(bench, project)
    report = bench.latest_report(project)
    entry = bench.ledger.get_finding(project, fingerprint)
    past = bench.ledger.history(project, fingerprint)
    found = (
        next((f for f in report.findings if f.fingerprint == fingerprint), None) if report else None
    )
    stale = found is None
    if found is None and past:
        found = replace(finding_from_document(json.loads(past[-1].body)), state=entry.state)
    if report is None or found is None:
        raise NotFound(f"no finding `{fingerprint}` in the ledger", hint="see the ledger at /")
    rule = catalogue().get(found.rule)
    paper = documentation(rule) if rule else ""
    return FindingView(
        project,
        owed(found),
        looked(report),
        found.interest,
        found.within,
        dict(found.proof.counts),
        _examples(bench, project, found.proof.examples),
        list(found.proof.quotes),
        list(found.proof.opinions),
        found.fix,
        found.confidence,
        summary(paper),
        section(paper, "Why is this debt?"),
        section(paper, "Interest"),
        section(paper, "When to accept it"),
        entry.opened_at,
        [_seen(appearance.at, appearance.body) for appearance in past[-HISTORY:]],
        Accepted(entry.accepted_by, entry.accepted_reason or "", entry.accepted_until)
        if entry.accepted_by and entry.state is State.ACCEPTED
        else None,
        stale,
    )


@page("/findings/{fingerprint}", method="POST")
def decide(
    bench: Workbench, fingerprint: str, decision: Decision, project: str = ""
) -> FindingView:
    """Accept a finding, or take the acceptance back."""
    project = chosen(bench, project)
    if decision.action == "reopen":
        bench.ledger.reopen(project, fingerprint)
    elif decision.action == "accept":
        bench.ledger.accept(
            project, fingerprint, by=decision.by.strip(), reason=decision.reason.strip(),
            until=_day(decision.until),
        )  # fmt: skip
    else:
        raise Invalid(f"`{decision.action}` is not an action", hint="accept or reopen")
    return finding(bench, fingerprint, project)


def _day(text: str) -> int | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"`until` is `{text}`, not a day", hint="give 2027-01-31") from None
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * 1_000_000


def _seen(at: int, body: str) -> Seen:
    interest = json.loads(body)["interest"]
    return Seen(at, *(interest[name]["value"] for name in ("usd", "tokens", "failed_traces")))


def _examples(bench: Workbench, project: str, refs: tuple[Ref, ...]) -> list[Example]:
    traces = [ref.trace_id for ref in refs]
    spans = [ref.span_id for ref in refs if ref.span_id]
    if not traces:
        return []
    rows = bench.spans.query(PREVIEW, project=project, traces=traces, spans=spans).to_pylist()
    by_span = {(row["trace_id"], row["span_id"]): row for row in rows}
    by_trace = {row["trace_id"]: row for row in rows if row["parent_id"] is None}
    made = []
    for ref in refs:
        row = by_span.get((ref.trace_id, ref.span_id)) or by_trace.get(ref.trace_id)
        if row is not None:
            made.append(
                Example(
                    ref.trace_id,
                    ref.span_id,
                    row["name"],
                    row["started_at"] if row["dated"] else None,
                    row["input"],
                    row["output"],
                    row["status"],
                )
            )
    return made
