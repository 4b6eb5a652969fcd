"""A report as SARIF 2.1.0, for code scanning.

Findings in the code stand at their lines. Findings from traces have none; they stand at
`solvent.toml` and carry their subject as a logical location. `rank` orders them by
payoff from 100 down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from solvent.debt.opinions import in_words
from solvent.debt.rule import documentation
from solvent.records.finding import State
from solvent.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.debt.rule import Rule
    from solvent.records.finding import Finding, Report

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MAX_RESULTS = 5000
"""What code scanning shows at most."""


def to_sarif(
    report: Report, rules: Mapping[str, type[Rule]], version: str, folder: str = ""
) -> dict[str, Any]:
    """Return the report as a SARIF log.

    Args:
        report: The report.
        rules: The rules that ran, by name.
        version: Version of Solvent.
        folder: Where the code is, from the root of the repository; empty when it is the root.
    """
    names = {name: place for place, name in enumerate(rules)}
    results = [
        _result(finding, names, place, len(report.findings), folder)
        for place, finding in enumerate(report.findings[:MAX_RESULTS])
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Solvent",
                        "semanticVersion": version,
                        "rules": [_rule(rule) for rule in rules.values()],
                    }
                },
                "automationDetails": {"id": f"solvent/{report.observed.project}/"},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rule(rule: type[Rule]) -> dict[str, Any]:
    page = documentation(rule)
    first, _, rest = page.partition("\n")
    return {
        "id": rule.code,
        "name": rule.__name__,
        "shortDescription": {"text": first},
        "fullDescription": {"text": first},
        "help": {"text": page, "markdown": f"**{first}**\n{rest}"},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": [rule.debt.value], "solvent/status": rule.status},
    }


def _result(
    finding: Finding, rules: Mapping[str, int], place: int, total: int, folder: str
) -> dict[str, Any]:
    interest = finding.interest
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": "warning",
        "message": {"text": f"{finding.message}. {finding.fix}".strip()},
        "locations": [
            {
                "physicalLocation": _place(finding, folder),
                "logicalLocations": [{"fullyQualifiedName": finding.subject}],
            }
        ],
        "partialFingerprints": {"solvent/v1": finding.fingerprint},
        "rank": round(100 * (1 - place / max(total, 1)), 1),
        "properties": {
            "solvent/usd": interest.usd.value,
            "solvent/tokens": interest.tokens.value,
            "solvent/failed_traces": interest.failed_traces.value,
            "solvent/principal_hours": finding.principal_hours,
            "solvent/counts": dict(finding.proof.counts),
            "solvent/opinions": [in_words(opinion) for opinion in finding.proof.opinions],
        },
    }
    if finding.rule in rules:
        result["ruleIndex"] = rules[finding.rule]
    if finding.state is State.ACCEPTED:
        kind = "inSource" if finding.file else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted"}]
    return result


def _place(finding: Finding, folder: str) -> dict[str, Any]:
    if not finding.file:
        return {"artifactLocation": {"uri": FILE}, "region": {"startLine": 1}}
    region = {"startLine": max(finding.line, 1)}
    if finding.end_line > finding.line:
        region["endLine"] = finding.end_line
    return {
        "artifactLocation": {
            "uri": quote(f"{folder}/{finding.file}" if folder else finding.file),
            "uriBaseId": "%SRCROOT%",
        },
        "region": region,
    }
