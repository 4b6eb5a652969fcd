"""TS203."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, NoEvidence, Quote, Ref, Rule
from solvent.debt.sequel import WASTED, define_sequel
from solvent.traces.arguments import is_python_print
from solvent.traces.tool_schema import Checker, checker, read_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

ASKED = """
SELECT c.id, c.request_id, c.position, c.trace_id, c.span_id, c.tool, c.arguments, c.status,
    c.traced, c.started_at, c.duration_ns, o.hash AS definition,
    c.traced AND c.status <> 'error' AS went_well
FROM call c JOIN request r ON c.request_id = r.id
LEFT JOIN offer o ON r.toolset = o.toolset AND o.name = c.tool
WHERE c.arguments IS NOT NULL AND c.tool IS NOT NULL
"""

TEXTS = """
SELECT tool, definition, arguments, bool_or(went_well) AS went_well FROM ts203_asked
GROUP BY tool, definition, arguments ORDER BY hash(arguments), tool, definition LIMIT $limit
"""
"""A sample that does not depend on time or tool when there are more texts than the limit."""


@dataclass(frozen=True, slots=True)
class InvalidArguments(Rule):
    """The model calls a tool with arguments that the tool's own schema does not admit.

    ## What it does
    Holds the arguments that models wrote to the schema they were offered, and flags tools with at
    least `min_calls` calls, and at least the share `max_share` of all calls looked at, that are not
    JSON, leave out a required parameter, invent one, or give a value of another type or outside an
    enumeration. Odd schemas are read as they are meant (`dict`, `float`, `required: true` on a
    property); an optional parameter may be null. Without an offered schema only arguments that are
    not JSON, and that no tool ran with, are seen.

    Of 528 recorded calls of real MCP servers (LiveMCPBench) the check objects to 51; the server
    refused 50 of those and took 1. Of the 45 calls that servers refused naming an argument, it
    misses 1, for the form of a URL. Of 458 right calls (BFCL) it objects to 2: their schemas do
    require what is left out.

    ## Why is this debt?
    The schema is the only contract the model sees. When it is not kept, the call fails and is
    tried again, or, worse, the tool runs with a guess.

    ## Example
    ```yaml
    tools:
      weather:
        description: Weather of a city.
        parameters:
          type: object
          properties: {city: {type: string}, unit: {enum: [celsius, fahrenheit]}}
          required: [city]
    traces:
      - repeat: 10
        steps:
          - {llm: gpt-4o, input: hi, offered: [weather], tokens: [500, 20],
             output: [{call: {tool: weather, arguments: {city: Bern, unit: C}}}]}
          - {tool: weather, arguments: {city: Bern, unit: C}, result: "", error: unknown unit}
    ```

    ## Use instead
    ```yaml
    tools:
      weather:
        description: Weather of a city.
        parameters:
          type: object
          properties:
            city: {type: string}
            unit: {enum: [celsius, fahrenheit], description: The unit in full.}
          required: [city]
    traces:
      - repeat: 10
        steps:
          - {llm: gpt-4o, input: hi, offered: [weather], tokens: [500, 20],
             output: [{call: {tool: weather, arguments: {city: Bern, unit: celsius}}}]}
          - {tool: weather, arguments: {city: Bern, unit: celsius}, result: 12 degrees}
    ```

    ## Interest
    Of the invalid calls that failed: their seconds, and all of the next model call of the trace
    (tokens, dollars, seconds) where it asked for the same tool again. An invalid call that went
    well costs nothing now. Principal: two hours, to describe the parameter that is misread, widen
    the schema to what the tool accepts, or turn on the provider's strict mode.

    ## When to accept it
    The tool is lenient on purpose and the schema cannot say so.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "TS203"
    debt = Debt.TOOLS
    hours = 2.0

    min_calls: int = 3
    """Invalid calls of a tool before it is reported."""
    max_share: float = 0.01
    """Share of invalid calls above which a tool is reported."""
    max_texts: int = 20_000
    """Distinct argument texts that are looked at; beyond, an even sample of them."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per tool."""
        evidence.define("ts203_asked", ASKED)
        if not evidence.value("SELECT count(*) FROM ts203_asked"):
            raise NoEvidence("no tool calls asked for by a model")
        wrong = self._define_wrong(evidence)
        define_sequel(
            evidence,
            "ts203_failed",
            """
            SELECT a.* FROM ts203_asked a JOIN ts203_wrong w ON a.tool = w.tool
                AND a.arguments = w.arguments AND a.definition IS NOT DISTINCT FROM w.definition
            WHERE a.status = 'error'
            """,
        )
        for row in evidence.rows(
            """
            WITH marked AS (
                SELECT a.*, w.wrong FROM ts203_asked a JOIN ts203_seen w ON a.tool = w.tool
                    AND a.arguments = w.arguments
                    AND a.definition IS NOT DISTINCT FROM w.definition
            )
            SELECT tool, count(*) FILTER (wrong) AS invalid, count(*) AS calls,
                count(*) FILTER (wrong AND status = 'error') AS failed,
                count(*) FILTER (wrong AND went_well) AS went_well,
                count(DISTINCT trace_id) FILTER (wrong) AS traces,
                arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5)
                    FILTER (wrong) AS examples
            FROM marked GROUP BY tool
            HAVING invalid >= $least AND invalid >= $share * calls ORDER BY tool
            """,
            least=self.min_calls,
            share=self.max_share,
        ):
            yield self._report(row, wrong[row["tool"]])

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim invalid calls that failed, and the model calls that tried again."""
        return Costs(WASTED.format(sequel="ts203_failed"))

    def _define_wrong(self, evidence: Evidence) -> dict[str, list[tuple[str, str]]]:
        """Keep what was looked at and what is wrong; return problems and arguments by tool."""
        import pyarrow as pa

        checkers = _checkers(evidence)
        seen = evidence.rows(TEXTS, limit=self.max_texts)
        problems = [
            [
                str(problem)
                for problem in checkers[row["definition"]].problems(row["arguments"])
                if problem.kind not in {"not JSON", "not an object"} or _is_broken(row)
            ]
            for row in seen
        ]
        text = pa.string()
        table = pa.table(
            {
                "tool": pa.array([row["tool"] for row in seen], text),
                "definition": pa.array([row["definition"] for row in seen], text),
                "arguments": pa.array([row["arguments"] for row in seen], text),
                "wrong": pa.array([bool(found) for found in problems], pa.bool_()),
            }
        )
        evidence.define("ts203_seen", table)
        evidence.define("ts203_wrong", "SELECT * FROM ts203_seen WHERE wrong")
        wrong: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row, found in zip(seen, problems, strict=True):
            wrong[row["tool"]] += [(problem, row["arguments"]) for problem in found]
        return wrong

    def _report(self, row: dict[str, Any], wrong: list[tuple[str, str]]) -> Finding:
        tool = row["tool"]
        kinds = Counter(problem for problem, _ in wrong).most_common(5)
        shown = dict(reversed(wrong))
        return self.finding(
            f"tool:{tool}",
            f"{row['invalid']:,} of {row['calls']:,} calls of `{tool}` break its schema"
            f" ({row['invalid'] / row['calls']:.0%}), most often: {kinds[0][0]}",
            counts={k: row[k] for k in ("invalid", "calls", "failed", "went_well", "traces")},
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            quotes=[Quote(shown[problem], problem) for problem, _ in kinds],
            fix=_advice(tool, kinds[0][0], lenient=row["went_well"] > row["failed"]),
        )


def _checkers(evidence: Evidence) -> dict[str | None, Checker]:
    used = evidence.rows("""
        SELECT c.hash, c.text FROM contents c
        WHERE c.hash IN (SELECT definition FROM ts203_asked)
        """)
    checkers: dict[str | None, Checker] = {
        row["hash"]: checker(read_definition(row["text"]).parameters) for row in used
    }
    checkers[None] = checker(None)
    return checkers


def _is_broken(row: dict[str, Any]) -> bool:
    """Tell whether text that is not a JSON object is the model's doing.

    A tool that ran well had its arguments read: what is recorded was cut or printed anew.
    """
    return not row["went_well"] and not is_python_print(row["arguments"])


def _advice(tool: str, problem: str, *, lenient: bool) -> str:
    if lenient:
        return f"`{tool}` accepts what its schema forbids: widen the schema where {problem}"
    return f"describe the parameters of `{tool}` where {problem}, or have the provider enforce it"
