"""A report as a JSON document, and back. The schema ships beside: `report.schema.json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.records.finding import (
    Debt,
    Finding,
    Interest,
    Measure,
    Observed,
    Opinion,
    Proof,
    Quote,
    Ref,
    Report,
    Skip,
    State,
    Totals,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "1"


def to_document(report: Report) -> dict[str, Any]:
    """Return the report as plain values, in the shape of `report.schema.json`."""
    return {
        "schema": f"solvent-report/{VERSION}",
        "observed": asdict(report.observed),
        "totals": {
            "overall": asdict(report.totals.overall),
            "by_debt": {debt.value: asdict(i) for debt, i in report.totals.by_debt.items()},
        },
        "findings": [finding_to_document(f) for f in report.findings],
        "skipped": [asdict(s) for s in report.skipped],
    }


def finding_to_document(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain values."""
    body = asdict(finding)
    proof = body.pop("proof")
    body["debt"] = finding.debt.value
    body["state"] = finding.state.value
    body["evidence"] = {
        "counts": proof["counts"],
        "examples": list(proof["examples"]),
        "quotes": list(proof["quotes"]),
        "opinions": list(proof["opinions"]),
    }
    return body


def from_document(body: Mapping[str, Any]) -> Report:
    """Return the report that `to_document` wrote.

    Raises:
        Invalid: It is not a report, or one of another version.
    """
    if body.get("schema") != f"solvent-report/{VERSION}":
        raise Invalid(
            f"`schema` is {body.get('schema')!r}, not `solvent-report/{VERSION}`",
            hint="write it with `solvent audit --format json`",
        )
    try:
        totals = body["totals"]
        return Report(
            observed=Observed(**body["observed"]),
            findings=tuple(finding_from_document(f) for f in body["findings"]),
            totals=Totals(
                _interest(totals["overall"]),
                {Debt(name): _interest(i) for name, i in totals["by_debt"].items()},
            ),
            skipped=tuple(Skip(**s) for s in body["skipped"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"the report lacks or misnames {error}", hint="write it anew") from error


def finding_from_document(body: Mapping[str, Any]) -> Finding:
    """Return the finding that `finding_to_document` wrote."""
    fields = dict(body)
    proof = fields.pop("evidence")
    fields["proof"] = Proof(
        dict(proof["counts"]),
        tuple(Ref(**r) for r in proof["examples"]),
        tuple(Quote(**q) for q in proof["quotes"]),
        tuple(Opinion(**o) for o in proof.get("opinions", ())),
    )
    fields["debt"], fields["state"] = Debt(fields["debt"]), State(fields["state"])
    fields["interest"] = _interest(fields["interest"])
    fields["within"] = _interest(fields["within"])
    return Finding(**fields)


def _interest(body: Mapping[str, Any]) -> Interest:
    return Interest(**{name: Measure(**measure) for name, measure in body.items()})
