"""OP201."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, NoEvidence, Quote, Ref, Rule
from solvent.debt.studies.blame import find_blame
from solvent.records.blame import NOT_ENOUGH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding
    from solvent.records.blame import RankedStep


@dataclass(frozen=True, slots=True)
class BlamedStep(Rule):
    """Failures begin at one step more often than at any other.

    ## What it does
    Compares what each step did in failed and in passed traces: which branch was taken, which
    prompt version, model and tool it used, the shape of its arguments, whether it changed its
    input, words it added, left out or was not given, empty, long and short results, values that
    come from nowhere, retries, latency, errors, and how people judged it. Where a step was given
    the same in several traces and answered now so, now otherwise, outcomes are compared between its
    answers, input by input: then neither the request nor an earlier step can be the reason. Flags
    the step whose difference is more than chance (`[pipelines] blame_level`, 2 % for all steps and
    traits together, by Westfall and Young, or by e-values for its answers to the same) and at which
    at least `min_share` of the failures begin. A difference that an earlier step explains is that
    step's. Traces without an outcome count as unknown; with too few outcomes the
    rule says that it could not look, and the study `blame` names where to look first.

    ## Why is this debt?
    All spans are green and the answer is wrong. Teams then mend the step where the failure shows,
    which is seldom the one where it begins, and pay for each failed trace until they find it.

    ## Example
    ```yaml
    traces:
      - &bad
        repeat: 12
        outcome: failed
        steps:
          - {step: rewrite, input: goals of Basel, output: goals of Basel per season since 2001}
          - {retriever: search, input: goals of Basel per season since 2001}
          - {llm: gpt-4o, name: answer, input: goals of Basel, output: I found nothing.}
      - &good
        repeat: 28
        outcome: passed
        steps:
          - {step: rewrite, input: goals of Basel, output: goals of Basel}
          - {retriever: search, input: goals of Basel, documents: [Basel made 61 goals.]}
          - {llm: gpt-4o, name: answer, input: goals of Basel, output: They made 61 goals.}
    ```

    ## Use instead
    A rewriter that leaves alone what is fine; some failures remain, and begin nowhere.

    ```yaml
    traces:
      - &good
        repeat: 12
        outcome: failed
        steps: &steps
          - {step: rewrite, input: goals of Basel, output: goals of Basel}
          - {retriever: search, input: goals of Basel, documents: [Basel made 61 goals.]}
          - {llm: gpt-4o, name: answer, input: goals of Basel, output: They made 61 goals.}
      - {repeat: 28, outcome: passed, steps: *steps}
    ```

    ## Interest
    The failed traces that show the difference, each booked to one step, and in them from that step
    on the tokens and dollars of every model call, and the seconds until the trace ended. Of more
    than 2,000 failed traces, only 2,000 are looked at and claimed. Principal: six hours, to
    reproduce the failure at that step, mend it and check.

    ## When to accept it
    The step is where hard requests become visible, and nothing better is known.

    ## References
    The comparison is spectrum-based fault localization (Abreu, Zoeteweij and van Gemund, 2007),
    moved from program statements to what steps do. Shares are attributable fractions (Miettinen,
    1974; Eide and Gefeller, 1995), e-values those of Vovk and Wang (2021).
    `make bench` measures it on planted faults.
    """

    code = "OP201"
    debt = Debt.PIPELINES
    hours = 6.0

    min_share: float = 0.1
    """Share of the failed traces that must begin at a step."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per accused step."""
        blame = find_blame(evidence)
        if blame.verdict == NOT_ENOUGH:
            raise NoEvidence(blame.note)
        for blamed in blame.steps:
            if blamed.accused and blamed.share >= self.min_share:
                yield self.finding(
                    f"step:{blamed.step}",
                    _message(blamed),
                    counts={
                        "share": round(blamed.share, 3),
                        "share_low": round(blamed.low, 3),
                        "share_high": round(blamed.high, 3),
                        "failed": blame.failed,
                        "passed": blame.passed,
                        "unlabelled": blame.unlabelled,
                    },
                    examples=[Ref(trace, span or None) for trace, span in blamed.examples],
                    quotes=[Quote(f"it {r.text}", "compared") for r in blamed.differences],
                    fix=f"reproduce one of the failed traces at `{blamed.step}` and compare it"
                    " with a passed one; mend that step before those after it",
                )

    def costs(self, evidence: Evidence) -> Costs:
        """Claim the failed traces that begin at the step, from there on."""
        import pyarrow as pa

        blame = find_blame(evidence)
        steps = [s for s in blame.steps if s.accused and s.share >= self.min_share]
        evidence.define(
            "op201_step",
            pa.table({
                "subject": pa.array([f"step:{s.step}" for s in steps], pa.string()),
                "path": pa.array([list(s.path) for s in steps], pa.list_(pa.string())),
            }),
        )  # fmt: skip
        return Costs("""
            WITH begun AS (
                SELECT o.subject, r.trace_id, min(r.started_at) AS started_at
                FROM blame_begun b JOIN blame_run r ON r.nth = b.nth AND r.place = b.place
                JOIN op201_step o ON o.path = r.path GROUP BY o.subject, r.trace_id
            ), ended AS (
                SELECT trace_id, max(ended_at) AS ended_at FROM blame_run GROUP BY trace_id
            )
            SELECT b.subject, r.id, r.trace_id, '*' AS part,
                r.input_tokens + coalesce(r.output_tokens, 0) AS tokens, r.usd,
                NULL::DOUBLE AS seconds, true AS failed
            FROM begun b JOIN request r ON r.trace_id = b.trace_id AND r.started_at >= b.started_at
            UNION ALL
            SELECT b.subject, NULL, b.trace_id, '*', NULL, NULL,
                epoch_us(e.ended_at - b.started_at) / 1e6, true
            FROM begun b JOIN ended e USING (trace_id)
        """)


def _message(blamed: RankedStep) -> str:
    interval = f"{blamed.low:.0%} to {blamed.high:.0%}"
    why = f": it {blamed.differences[0].text}" if blamed.differences else ""
    return f"{blamed.share:.0%} of the failures ({interval}) begin at `{blamed.step}`{why}"
