"""IF301."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, Quote, Ref, Rule, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

TOPIC = """
WITH judged AS (
    SELECT trace_id, bool_or(source_type IN ('human', 'judge')) AS looked_at,
        bool_or(name = 'outcome' AND source_type IN ('app', 'code')) AS reported
    FROM assessment GROUP BY trace_id
), prompted AS (
    SELECT trace_id, arg_min(prompt_name, started_at) AS prompt
    FROM request WHERE prompt_name IS NOT NULL GROUP BY trace_id
)
SELECT coalesce(p.prompt, t.name, 'unnamed') AS topic, count(*) AS traces,
    count(*) FILTER (j.looked_at) AS judged, count(*) FILTER (j.reported) AS reported,
    count(*) FILTER (t.failed) AS failed,
    arg_max(t.trace_id, t.started_at, 5) FILTER (j.looked_at IS NOT TRUE) AS examples
FROM trace t LEFT JOIN judged j USING (trace_id) LEFT JOIN prompted p USING (trace_id)
GROUP BY topic ORDER BY traces DESC, topic
"""


@dataclass(frozen=True, slots=True)
class NoFeedback(Rule):
    """Answers are given that neither a person nor a judge ever looks at.

    ## What it does
    Flags topics with at least `min_traces` traces of which fewer than the share `min_share`, and
    fewer than `enough`, carry an assessment by a person or by a judge. The topic of a trace is its
    first prompt's name, or else the name of its root. When nothing at all is assessed, one finding
    says so for the project. What the application or a piece of code reports about itself is an
    outcome and not feedback: it is counted, and named in the message. So is an imported outcome
    that does not say who decided it.

    ## Why is this debt?
    Nobody knows how good these answers are, no judge can be held against people, and what goes
    wrong becomes no example. Changes are then made by feeling.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        outcome: passed
        steps: [{llm: gpt-4o, input: hi, output: hello}]
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        assessments: [{name: helpful, value: 1, source: human}]
        steps: [{llm: gpt-4o, input: hi, output: hello}]
    ```

    ## Interest
    None of its own: what unseen failures cost is not known before somebody looks. Principal: four
    hours, to say what good means for a topic and have twenty of its traces reviewed.

    ## When to accept it
    Nobody depends on the answers yet, an exact check in code decides about right and wrong, or the
    outcomes of imported runs do come from people and their file does not say so: import them
    again with `--outcome human:FIELD`.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "IF301"
    debt = Debt.FEEDBACK
    hours = 4.0

    min_traces: int = 20
    """Traces of a topic before silence about them means something."""
    min_share: float = 0.05
    """Share of a topic's traces that should be assessed."""
    enough: int = 100
    """Assessed traces that suffice for any topic: a share is then known to about 10 points."""
    max_topics: int = 20
    """Topics reported at most, the most frequent first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per topic without feedback, or one for a project without any."""
        topics = evidence.rows(TOPIC)
        traces = sum(topic["traces"] for topic in topics)
        if not any(topic["judged"] for topic in topics):
            if traces >= self.min_traces:
                yield self._silence(evidence.observed.project, traces, topics)
            return
        bare = [topic for topic in topics if self._is_bare(topic)]
        for topic in bare[: self.max_topics]:
            yield self.finding(
                f"topic:{topic['topic']}",
                f"{topic['judged']:,} of {topic['traces']:,} traces of `{topic['topic']}`"
                f" {'was' if topic['judged'] == 1 else 'were'} assessed by a person or a judge"
                f"{_self_reported([topic])}",
                counts={k: topic[k] for k in ("judged", "traces", "reported", "failed")},
                examples=[Ref(trace_id) for trace_id in topic["examples"]],
                fix=ADVICE.format(what=f"`{topic['topic']}`"),
            )

    def _is_bare(self, topic: dict[str, Any]) -> bool:
        judged, traces = topic["judged"], topic["traces"]
        bare: bool = judged < self.enough and judged < self.min_share * traces
        return bare and traces >= self.min_traces

    def _silence(self, project: str, traces: int, topics: list[dict[str, Any]]) -> Finding:
        return self.finding(
            f"project:{project}",
            f"no person and no judge is known to have assessed any of {several(traces, 'trace')}"
            f"{_self_reported(topics)}",
            counts={
                "judged": 0,
                "traces": traces,
                "reported": sum(topic["reported"] for topic in topics),
                "failed": sum(topic["failed"] for topic in topics),
                "topics": len(topics),
            },
            examples=[Ref(trace_id) for topic in topics[:5] for trace_id in topic["examples"][:4]],
            quotes=[Quote(f"{t['topic']}: {t['traces']:,} traces", "topic") for t in topics[:5]],
            fix=ADVICE.format(what="each topic"),
        )


def _self_reported(topics: list[dict[str, Any]]) -> str:
    reported = sum(topic["reported"] for topic in topics)
    if not reported:
        return ""
    return f"; {reported:,} carry an outcome, as the application or the file reports it"


ADVICE = (
    "have twenty traces of {what} reviewed, failed ones first, and collect the users' own ratings"
)
