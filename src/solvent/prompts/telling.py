"""Readings, histories and differences of prompts as JSON objects and as lines."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.prompts.history import is_accreting
from solvent.records.instruction_change import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.records.instruction import Conflict, PromptReading, Statement
    from solvent.records.instruction_change import Edition, PromptDifference, PromptHistory

SUBJECT_CHARS = 60


class Price(NamedTuple):
    """What a change of a prompt costs at the traffic of a window."""

    requests: int
    """Requests of the window that carried it."""
    tokens: float
    """Tokens more (or fewer, when negative) in one period, over all requests."""
    usd: float | None
    """Dollars more in one period; None: a price is not known."""
    period: str


def priced(difference: PromptDifference, traffic: Mapping[str, Any]) -> Price:
    """Return what a change costs: tokens more x requests x scale, at the mean price of a token.

    Args:
        difference: With its tokens counted.
        traffic: One prompt of the study `prompt_traffic`, with `scale` and `period`.
    """
    more = (difference.tokens_after or 0) - (difference.tokens_before or 0)
    tokens = more * traffic["requests"] * traffic["scale"]
    rate = traffic["usd_per_token"]
    return Price(
        traffic["requests"], tokens, None if rate is None else tokens * rate, traffic["period"]
    )


def reading_document(reading: PromptReading) -> dict[str, Any]:
    """Return a reading as one JSON object, without the text itself."""
    return {
        "tokens": reading.tokens,
        "instructions": len(reading.instructions),
        "sections": [asdict(section) for section in reading.sections],
        "statements": [statement_document(statement) for statement in reading.statements],
        "blocks": [asdict(block) for block in reading.blocks],
    }


def statement_document(statement: Statement) -> dict[str, Any]:
    """Return a statement as one JSON object."""
    body = asdict(statement)
    body["references"] = [reference._asdict() for reference in statement.references]
    return body


def difference_document(difference: PromptDifference, price: Price | None) -> dict[str, Any]:
    """Return a difference as one JSON object."""
    return {
        "tokens_before": difference.tokens_before,
        "tokens_after": difference.tokens_after,
        "unchanged": difference.unchanged,
        "counts": {kind.value: difference.count(kind) for kind in ChangeKind},
        "changes": [
            {
                "kind": change.kind.value,
                "before": change.before and _place(change.before),
                "after": change.after and _place(change.after),
            }
            for change in difference.changes
        ],
        "contradicted": [_conflict(conflict) for conflict in difference.contradicted],
        "traffic": price and price._asdict(),
    }


def history_document(history: PromptHistory) -> dict[str, Any]:
    """Return a history as one JSON object."""
    return {
        "versions": len(history.editions),
        "authors": list(history.authors),
        "accreting": is_accreting(history),
        "growth": [
            {**_edition(g.edition), "added": g.added, "removed": g.removed, "changed": g.changed,
             "statements": g.total}
            for g in history.growth
        ],
        "statements": [
            {**_place(one.statement), "since": _edition(one.since), "edits": one.edits,
             "last": _edition(one.last)}
            for one in history.lineages
        ],
    }  # fmt: skip


def history_lines(history: PromptHistory, *, each: bool) -> Iterator[str]:
    """Yield a history as lines: what each version did, or where each statement comes from."""
    if each:
        for one in history.lineages:
            edits = f", reworded {one.edits} x, last in {one.last.name}" if one.edits else ""
            yield (
                f"{one.statement.line:>5}  {_day(one.since)}  {one.since.name}{edits}  "
                + (one.statement.text[:SUBJECT_CHARS])
            )
    else:
        for step in history.growth:
            edition = step.edition
            yield (
                f"{_day(edition)}  {edition.name:<8}  +{step.added:<4} -{step.removed:<4}"
                f" ~{step.changed:<4} {step.total:>5} statements {len(edition.text):>7} characters"
                f"  {edition.message[:SUBJECT_CHARS]}"
            ).rstrip()
    first, last = history.growth[0], history.growth[-1]
    yield (
        f"{len(history.editions)} versions: {first.total} statements became {last.total};"
        f" {history.additions} versions only added, {history.removals} took something away;"
        f" {history.untouched} statements stand as they were first added"
    )


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "version": edition.name, "author": edition.author, "at": edition.at,
        "message": edition.message, "chars": len(edition.text),
    }  # fmt: skip


def _place(statement: Statement) -> dict[str, Any]:
    return {"line": statement.line, "section": statement.section, "text": statement.text}


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "kind": conflict.kind, "what": conflict.what,
        "first": _place(conflict.first), "second": _place(conflict.second),
    }  # fmt: skip


def _day(edition: Edition) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(edition.at / 1e6)) if edition.at else "undated   "
