"""PS204."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from solvent.debt import Debt, Quote, Ref, Rule
from solvent.debt.evidence import NoEvidence
from solvent.debt.rule import several
from solvent.prompts.outputs import hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.records.source import CodeParse

_OUTPUTS = """
SELECT r.trace_id, r.span_id, r.id, c.text FROM (
    SELECT id, trace_id, span_id, started_at, unnest(output_hashes) AS hash FROM request
    WHERE prompt_name = $name AND prompt_version = $number
) r JOIN contents c USING (hash)
WHERE c.type = 'assistant' ORDER BY r.started_at DESC, r.id LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class UnparsedOutput(Rule):
    """A program takes an answer apart without a schema, or answers break the one declared.

    ## What it does
    In Python code, flags functions that ask a model and take its answer apart with `json.loads`,
    `re` or `split`, where the call declares no schema (`response_format`, `output_type`, tools,
    `.parse`, `with_structured_output`). An answer that is handed to another function is not
    followed. In traces, flags prompts whose version declares an output schema in the registry when
    at least `min_share` of the answers break it, of at least `min_requests`.

    ## Why is this debt?
    The model does not know of the parser. One day the answer begins with "Sure, here is" or has one
    field less; the program fails far from the prompt, or quietly goes on with half of it.

    ## Example
    ```yaml
    code:
      app.py: |
        import json
        from openai import OpenAI

        def sort_mail(mail):
            answer = OpenAI().chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": mail}])
            return json.loads(answer.choices[0].message.content)
    ```

    ## Use instead
    ```yaml
    code:
      app.py: |
        import json
        from openai import OpenAI

        def sort_mail(mail):
            answer = OpenAI().chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": mail}],
                response_format={"type": "json_schema", "json_schema": KINDS})
            return json.loads(answer.choices[0].message.content)
    ```

    ## Interest
    None of its own: an answer that cannot be read shows in failed traces and in calls made again.
    Principal: an hour, to declare the schema where the model is asked.

    ## When to accept it
    The model at hand cannot be held to a schema, and the program handles what does not fit.

    ## References
    Of nine places that it named in five public repositories, seven are right by reading. The two
    wrong ones took the body of an HTTP answer apart, which is no longer held to be a model's text.
    """

    code = "PS204"
    debt = Debt.PROMPTS
    hours = 1.0

    min_requests: int = 20
    """Answers that must have been held against a declared schema."""
    min_share: float = 0.02
    """Share of them that must break it."""
    max_outputs: int = 2000
    """Newest answers of each version that are read."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per function, and one per version whose answers break its schema."""
        declared = [v for v in evidence.registry.versions if v.content.output is not None]
        looked = False
        try:
            evidence.need("code_call")
            looked = True
            parses = evidence.code.parses if evidence.code else ()
            for _, found in groupby(parses, key=lambda p: (p.place.file, p.function)):
                yield self._parsed(list(found))
        except NoEvidence:
            if not declared:
                raise
        for version in declared:
            try:
                rows = evidence.rows(
                    _OUTPUTS,
                    name=version.name,
                    number=str(version.number),
                    limit=self.max_outputs,
                )
            except NoEvidence:
                if looked:
                    return
                raise
            refs = {row["id"]: Ref(row["trace_id"], row["span_id"]) for row in rows}
            held = hold(version.content.output or {}, ((row["id"], row["text"]) for row in rows))
            if held.checked >= self.min_requests and (held.share or 0) >= self.min_share:
                yield self.finding(
                    f"prompt:{version.name}@{version.number}",
                    f"{held.broken:,} of {several(held.checked, 'answer')} of"
                    f" `{version.name}@{version.number}` break the schema that it declares",
                    counts={"answers": held.checked, "answers that break it": held.broken},
                    examples=[refs[id_] for id_, _ in held.examples],
                    quotes=[
                        Quote(f"{how}: {row['text']}", f"{row['trace_id']}")
                        for id_, how in held.examples
                        for row in rows
                        if row["id"] == id_
                    ][:5],
                    fix="give the schema to the call as its response format, or correct it: "
                    + json.dumps(version.content.output, ensure_ascii=False)[:200],
                )

    def _parsed(self, found: Sequence[CodeParse]) -> Finding:
        first = found[0]
        hows = ", ".join(f"`{how}`" for how in dict.fromkeys(parse.how for parse in found))
        return self.finding(
            f"code:{first.place.file}#{first.function}",
            f"`{first.function}` in `{first.place.file}` takes the answer of line"
            f" {first.call.rpartition(':')[2]} apart with {hows}, and declares no schema for it",
            counts={"places": len(found)},
            fix="declare the schema where the model is asked (`response_format`, `output_type`)",
            at=first.place,
        )
