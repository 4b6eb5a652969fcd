"""GV302."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.code.walk import is_aside
from solvent.debt import Debt, NoEvidence, Quote, Rule, several
from solvent.traces.floating import is_floating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.records.source import Place

# OpenInference's `llm.model_name` is the model that answered; its parameters name the one asked.
_ASKED = """
WITH newest AS (
    SELECT id, trace_id, span_id, model, started_at FROM request WHERE model IS NOT NULL
    ORDER BY started_at DESC, id LIMIT $limit
),
told AS (
    SELECT id, json_extract_string(attributes, [
        '$."gen_ai.request.model"', '$."ai.model.id"', '$."llm.request.model_name"',
        '$."llm.invocation_parameters"'
    ]) AS names
    FROM raw WHERE started_at >= (SELECT min(started_at) FROM newest)
        AND id IN (SELECT id FROM newest)
)
SELECT n.trace_id, n.span_id, n.started_at, n.model AS answered,
    coalesce(t.names[1], t.names[2], t.names[3],
        CASE WHEN json_valid(t.names[4]) THEN json_extract_string(t.names[4], '$.model') END,
        n.model) AS asked
FROM newest n LEFT JOIN told t USING (id)
"""


SHOWN = 3
"""Names in the sentence; all are quoted."""


@dataclass(frozen=True, slots=True)
class UnpinnedModel(Rule):
    """Model calls name a model that the provider may exchange at any time.

    ## What it does
    Flags model names without a date or revision that their provider is known to move, such as
    `gpt-4o`, `claude-3-5-sonnet-latest` or `mistral-large`, in the newest `max_requests` model
    calls. Where the answer says which model it came from, the finding counts what answered. Names
    that are fixed although they carry no date, and names of open weights, are not flagged.
    In the code, every place counts that writes such a name where a model is called or made: one
    finding for the program and one for its tests and examples, with the names as evidence, since
    it is one decision to pin them.

    ## Why is this debt?
    One morning the same prompts behave differently, and nothing in your repository has changed.
    Evaluations of last month were of another model, and nobody can go back.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o-2024-08-06, asked: gpt-4o, input: "Where is order 7?", output: Gone.}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o-2024-08-06, input: "Where is order 7?", output: Gone.}
    ```

    ## Interest
    None of its own: what a silent change costs shows in the findings it causes. Principal: half an
    hour, to write the dated name and plan when to move on.

    ## When to accept it
    You evaluate every day and would rather have the newest model than the same one; or a gateway
    in between pins the name; or the name is what you told `solvent import --model` of old runs.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "GV302"
    debt = Debt.GOVERNANCE
    hours = 0.5

    min_requests: int = 20
    """Model calls that must have named the model."""
    max_requests: int = 20_000
    """Model calls that are read, the newest."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per floating name of requests, and what the code asks for."""
        written = list(self._written(evidence))
        yield from written
        try:
            evidence.need("request")
        except NoEvidence:
            if evidence.code is None or not evidence.code.calls:
                raise
            return
        evidence.define("model_asked", _ASKED, limit=self.max_requests)
        answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
        rows = evidence.rows("""
            SELECT asked, answered, count(*) AS requests, count(DISTINCT trace_id) AS traces,
                sum(count(*)) OVER ()::BIGINT AS total
            FROM model_asked GROUP BY asked, answered ORDER BY asked, requests DESC, answered
        """)
        for row in rows:
            if is_floating(row["asked"]):
                answers[row["asked"]].append(row)
        for name, found in answers.items():
            if sum(row["requests"] for row in found) >= self.min_requests:
                yield self._found(evidence, name, found)

    def _written(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield what the code asks for: one finding for the program, one for tests and examples."""
        for subject, aside in (("models:program", False), ("models:examples", True)):
            places: dict[str, list[Place]] = defaultdict(list)
            for call in evidence.code.calls if evidence.code else ():
                if is_floating(call.model) and is_aside(call.place.file) == aside:
                    places[call.model or ""].append(call.place)
            if places:
                yield self._asked(subject, places)

    def _asked(self, subject: str, places: dict[str, list[Place]]) -> Finding:
        most = sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))
        count = sum(map(len, places.values()))
        files = {place.file for found in places.values() for place in found}
        named = ", ".join(f"`{name}`" for name, _ in most[:SHOWN])
        more = f" and {len(most) - SHOWN:,} more" if len(most) > SHOWN else ""
        where = "tests and examples ask" if subject == "models:examples" else "the code asks"
        first = most[0][1][0]
        return self.finding(
            subject,
            f"{where} for {named}{more} in {several(count, 'place')}"
            f" ({first.file}:{first.line}), and the provider may exchange"
            f" {'it' if len(most) == 1 else 'them'} at any time",
            counts={"names": len(most), "places": count, "files": len(files)},
            quotes=[Quote(name, found[0].file, found[0].line) for name, found in most],
            fix="write the dated name of each model once, in one place, and move on when an"
            " evaluation says so",
            key="code",
            at=first,
        )

    def _found(self, evidence: Evidence, name: str, found: Sequence[dict[str, Any]]) -> Finding:
        requests = sum(row["requests"] for row in found)
        others = [row for row in found if row["answered"] != name]
        seen = ", ".join(f"`{r['answered']}` {r['requests']:,} times" for r in others[:4])
        answered = f"; answered by {seen}" if others else "; no trace says which one answered"
        wanted = f"`{others[0]['answered']}`" if others else "the dated name of the model"
        return self.finding(
            f"model:{name}",
            f"{requests:,} of {several(found[0]['total'], 'model call')} went to `{name}`, a name"
            f" that the provider may point to another model at any time{answered}",
            counts={
                "requests": requests,
                "requests read": found[0]["total"],
                "models that answered": len(others),
            },
            examples=evidence.examples(
                """
                SELECT trace_id, span_id FROM model_asked WHERE asked = $name
                ORDER BY started_at DESC, span_id LIMIT 5
                """,
                name=name,
            ),
            fix=f"ask for {wanted}, and move on when an evaluation says so",
        )
