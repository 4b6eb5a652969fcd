"""TS204."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.debt.sequel import WASTED, define_sequel
from solvent.traces.error_classes import count_classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding


@dataclass(frozen=True, slots=True)
class FailingTool(Rule):
    """A tool fails often, and the model has to try again.

    ## What it does
    Flags tools of which at least `min_errors` runs, and at least the share `max_error_rate` of all
    runs, ended in error. Errors are grouped into classes: the first line of the message without
    numbers, ids, paths and quoted text.

    ## Why is this debt?
    A failed run costs its time; then the model reads the error and asks again, and that further
    model call sends the whole conversation once more. What the model cannot repair ends as a wrong
    or missing answer.

    ## Example
    ```yaml
    traces:
      - repeat: 12
        steps:
          - {llm: gpt-4o, input: "Where is order 7?", tokens: [900, 20],
             output: [{call: {tool: find_order, arguments: {id: 7}}}]}
          - {tool: find_order, arguments: {id: 7}, result: "", error: "TypeError: id must be str"}
          - {llm: gpt-4o, input: "Where is order 7?", tokens: [950, 20],
             output: [{call: {tool: find_order, arguments: {id: "7"}}}]}
          - {tool: find_order, arguments: {id: "7"}, result: It left yesterday.}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 12
        steps:
          - {llm: gpt-4o, input: "Where is order 7?", tokens: [900, 20],
             output: [{call: {tool: find_order, arguments: {id: 7}}}]}
          - {tool: find_order, arguments: {id: 7}, result: It left yesterday.}
    ```

    ## Interest
    The seconds of each failed run; and, where the next model call of the trace asked for the same
    tool again, all of that call: its tokens, dollars and seconds. A next call that does something
    else is not charged. Where the traces do not show which calls the models asked for, retries are
    unmeasured. Principal: three hours, to find the most frequent error class, say in the
    description or schema what is expected, or mend the tool, and release it.

    ## When to accept it
    The error is the answer: a search that finds nothing, a booking refused for a good reason. It is
    still cheaper to return it as a result than as an error.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "TS204"
    debt = Debt.TOOLS
    hours = 3.0

    min_errors: int = 5
    """Failed runs before a rate means something."""
    max_error_rate: float = 0.05
    """Share of failed runs above which a tool is reported."""
    max_messages: int = 5_000
    """Distinct error messages that are grouped into classes, the most frequent first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per tool that fails too often."""
        define_sequel(evidence, "ts204_failed", "SELECT * FROM call WHERE status = 'error'")
        found = evidence.rows(
            """
            WITH runs AS (SELECT tool, count(*) AS runs FROM call WHERE traced GROUP BY tool)
            SELECT f.tool, any_value(a.runs) AS runs, count(*) AS errors,
                count(*) FILTER (f.retried) AS retries,
                count(f.request_id) AS asked, count(DISTINCT f.trace_id) AS traces,
                arg_max({'trace_id': f.trace_id, 'span_id': f.span_id}, f.started_at, 5) AS examples
            FROM ts204_failed f JOIN runs a USING (tool)
            GROUP BY f.tool
            HAVING count(*) >= $least AND count(*) >= $rate * any_value(a.runs) ORDER BY f.tool
            """,
            least=self.min_errors,
            rate=self.max_error_rate,
        )
        messages = self._messages(evidence) if found else {}
        for row in found:
            classes = count_classes(messages.get(row["tool"], []))
            yield self.finding(
                f"tool:{row['tool']}",
                f"`{row['tool']}` failed in {row['errors']:,} of {row['runs']:,} runs"
                f" ({row['errors'] / row['runs']:.0%}){_again(row)}",
                counts={
                    "errors": row["errors"],
                    "runs": row["runs"],
                    **({"retries": row["retries"]} if row["asked"] else {}),
                    "traces": row["traces"],
                    "classes": len(classes),
                },
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                quotes=[Quote(f"{count} x {text}", "error class") for text, count in classes[:5]],
                fix=_advice(row["tool"], classes),
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim failed runs and the model calls that tried again."""
        return Costs(WASTED.format(sequel="ts204_failed"))

    def _messages(self, evidence: Evidence) -> dict[str, list[tuple[str | None, int]]]:
        messages: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
        for row in evidence.rows(
            """
            SELECT tool, status_message, count(*) AS n FROM ts204_failed
            GROUP BY tool, status_message ORDER BY n DESC, tool, status_message LIMIT $limit
            """,
            limit=self.max_messages,
        ):
            messages[row["tool"]].append((row["status_message"], row["n"]))
        return messages


def _again(row: dict[str, Any]) -> str:
    """Say how often the model went on with the same tool, where the traces can tell."""
    if not row["asked"]:
        return ""
    return f"; the model's next step asked for it again {several(row['retries'], 'time')}"


def _advice(tool: str, classes: list[tuple[str, int]]) -> str:
    if not classes or classes[0][0] == "no message":
        return f"let `{tool}` say why it fails: its errors carry no message"
    return (
        f"start with the most frequent error of `{tool}`, {classes[0][0]!r}: say in its description"
        " or schema what it expects, or mend it"
    )
