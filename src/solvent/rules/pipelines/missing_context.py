"""OP304."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, NoEvidence, Ref, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

FIELDS = {
    "session": "session",
    "user": "user",
    "app_version": "app version",
    "prompt_version": "prompt version",
    "model": "model",
}
"""What failures are grouped by, and how it is called."""


@dataclass(frozen=True, slots=True)
class MissingContext(Rule):
    """Traces do not say whose they are or what version made them.

    ## What it does
    Counts the traces that name no session, no user and no app version, and the traces with a model
    call that names no prompt version or no model. What more than the share `max_missing` lacks is
    listed in one finding for the project. Sources without times are left out: logs of messages
    have no such context by their nature.

    ## Why is this debt?
    "Since when, for whom, with which version?" are the first questions after a failure. Without
    these fields every failure stands alone: a bad release, one unlucky customer and a changed
    prompt look the same. In one study only 21.9 % of prompt changes were documented in commits.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps: [{llm: gpt-4o, input: hi, output: hello}]
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        session: s-{n}
        user: u-{n}
        version: "1.4"
        steps: [{llm: gpt-4o, prompt: greet@3, input: hi, output: hello}]
    ```

    ## Interest
    None of its own: it makes other failures longer to explain. Principal: one hour for each field,
    to set it where a request comes in.

    ## When to accept it
    The application has no users or sessions, such as a nightly batch: take them out of `needed`.

    ## References
    - Prompting in the Wild, arXiv 2412.17298: 1,262 prompt changes in 243 repositories.
    """

    code = "OP304"
    debt = Debt.PIPELINES
    hours = 1.0

    needed: tuple[str, ...] = tuple(FIELDS)
    """Fields that traces should have."""
    min_traces: int = 20
    """Traces before their silence means something."""
    max_missing: float = 0.5
    """Share of traces that may lack a field."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding that lists what is missing."""
        row = _count(evidence)
        if not row["traces"]:
            raise NoEvidence("no traces with times")
        asked = {"prompt_version", "model"}
        share = {
            name: row[f"no_{name}"] / (row["asked"] if name in asked else row["traces"])
            for name in FIELDS
            if name in self.needed and (name not in asked or row["asked"])
        }
        missing = [name for name, part in share.items() if part > self.max_missing]
        if not missing or row["traces"] < self.min_traces:
            return
        listed = ", ".join(f"{share[name]:.0%} name no {FIELDS[name]}" for name in missing)
        yield self.finding(
            f"project:{evidence.observed.project}",
            f"of {row['traces']:,} traces {listed}: failures cannot be grouped by what is missing",
            counts={
                **{f"without_{name}": row[f"no_{name}"] for name in missing},
                "traces": row["traces"],
                "traces_with_model_calls": row["asked"],
            },
            examples=[Ref(trace_id) for trace_id in row["examples"]],
            fix=" and ".join(_advice(missing)),
            hours=self.hours * len(missing),
        )


def _count(evidence: Evidence) -> dict[str, Any]:
    return evidence.rows("""
        WITH asked AS (
            SELECT trace_id,
                bool_or(prompt_version IS NULL) AS no_prompt_version,
                bool_or(model IS NULL) AS no_model
            FROM request GROUP BY trace_id
        )
        SELECT count(*) AS traces, count(a.trace_id) AS asked,
            count(*) FILTER (t.session_id IS NULL) AS no_session,
            count(*) FILTER (t.user_id IS NULL) AS no_user,
            count(*) FILTER (t.app_version IS NULL) AS no_app_version,
            count(*) FILTER (a.no_prompt_version) AS no_prompt_version,
            count(*) FILTER (a.no_model) AS no_model,
            arg_max(t.trace_id, t.started_at, 5) AS examples
        FROM trace t LEFT JOIN asked a USING (trace_id) WHERE t.dated
        """)[0]


def _advice(missing: list[str]) -> Iterator[str]:
    """Yield what to set, each place once."""
    if {"session", "user"} & set(missing):
        yield "set session and user where a request comes in, with `solvent.update_span(...)`"
    if "app_version" in missing:
        yield "give `solvent.init(...)` the version of the application"
    if "prompt_version" in missing:
        yield "name the prompt and its version on each model call"
    if "model" in missing:
        yield "record the model that answered"
