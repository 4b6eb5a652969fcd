"""OP305."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, Rule, several
from solvent.debt.studies.blame import find_blame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

FAILED = """
WITH said AS (
    SELECT DISTINCT trace_id FROM assessment
    WHERE type = 'feedback' AND (name = 'blame' OR (span_id IS NOT NULL AND value < 0.5
        AND name <> 'outcome'))
)
SELECT t.trace_id, t.started_at, s.trace_id IS NOT NULL AS assigned
FROM trace t LEFT JOIN said s USING (trace_id) WHERE t.failed
"""
"""Failed traces, and whether somebody said of a step that it went wrong."""


@dataclass(frozen=True, slots=True)
class UnlabelledFailure(Rule):
    """Traces failed, and nobody has said at which step.

    ## What it does
    Flags a project with at least `min_failed` failed traces of which more than `max_share` carry
    no word on where they went wrong: neither the assessment `blame`, nor a bad feedback on one of
    their steps. The examples are those to label first: failed traces that the statistics of
    `blamed-step` leave unexplained, the newest first.

    ## Why is this debt?
    Statistics say where failures begin on average. Only somebody who read a trace knows it of that
    trace, and only such labels tell whether the statistics are right.

    ## Example
    ```yaml
    traces:
      - repeat: 10
        outcome: failed
        steps: [{step: plan, output: do it}, {step: act, output: done}]
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 10
        outcome: failed
        assessments: [{name: blame, label: plan, source: human}]
        steps: [{step: plan, output: do it}, {step: act, output: done}]
    ```

    ## Interest
    None of its own: labels make the interest of other findings certain. Principal: two minutes a
    trace for the first thirty of them, an hour.

    ## When to accept it
    Each failure is looked at elsewhere, in an issue tracker for example.

    ## References
    No study sets these thresholds. They are conventions; `solvent.toml` changes them.
    """

    code = "OP305"
    debt = Debt.PIPELINES

    min_failed: int = 10
    """Failed traces before the rule has an opinion."""
    max_share: float = 0.8
    """Share of them that may go without a word on where they went wrong."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding for the project."""
        evidence.need("trace")
        evidence.define("op305_failed", FAILED)
        row = evidence.rows("""
            SELECT count(*) AS failed, count(*) FILTER (NOT assigned) AS unlabelled
            FROM op305_failed
        """)[0]
        if row["failed"] < self.min_failed or row["unlabelled"] <= self.max_share * row["failed"]:
            return
        find_blame(evidence)
        examples = evidence.examples("""
            SELECT f.trace_id FROM op305_failed f
            WHERE NOT f.assigned
            ORDER BY f.trace_id IN (
                SELECT t.trace_id FROM blame_begun b JOIN blame_trace t USING (nth)
            ), f.started_at DESC, f.trace_id LIMIT 20
        """)
        name = evidence.observed.project
        yield self.finding(
            f"project:{name}",
            f"{row['unlabelled']:,} of {several(row['failed'], 'failed trace')} carry no word on"
            " the step at which they went wrong",
            counts={"unlabelled": row["unlabelled"], "failed": row["failed"]},
            examples=examples,
            fix="read the example traces and say at which step each went wrong:"
            ' `solvent.log_feedback("blame", STEP, trace_id=…, span_id=…)`',
        )
