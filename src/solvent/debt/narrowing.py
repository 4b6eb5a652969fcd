"""Which of the tools offered by each step it needs, as the traces have it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.debt.toolsets import define_toolset_use

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from solvent.debt.evidence import Evidence

_OFFERED = """
WITH called AS (
    SELECT u.owner, c.tool AS name, count(DISTINCT hash(c.request_id, c.id, c.trace_id)) AS calls
    FROM toolset_use u JOIN call c ON c.trace_id = u.trace_id AND c.request_id = u.id
    WHERE c.tool IS NOT NULL GROUP BY u.owner, c.tool
), ran AS (
    SELECT DISTINCT u.owner, c.tool AS name FROM toolset_use u
    JOIN call c ON c.trace_id = u.trace_id WHERE c.request_id IS NULL
), offered AS (
    SELECT u.owner, o.name, count(*) AS requests, count(DISTINCT u.trace_id) AS traces,
        arg_max(o.definition, u.started_at) AS definition, arg_max(o.tokens, u.started_at) AS tokens
    FROM toolset_use u JOIN offer o USING (toolset) GROUP BY u.owner, o.name
)
SELECT o.*, coalesce(c.calls, 0) AS calls,
    r.name IS NOT NULL AS ran, e.tool IS NOT NULL AS elsewhere
FROM offered o LEFT JOIN called c USING (owner, name) LEFT JOIN ran r USING (owner, name)
LEFT JOIN (SELECT DISTINCT tool FROM call) e ON e.tool = o.name
ORDER BY o.owner, calls DESC, o.name
"""
_USED = """
SELECT owner, count(*) AS requests, count(DISTINCT trace_id) AS traces
FROM toolset_use GROUP BY owner
"""


class Offered(NamedTuple):
    """A tool that a step offers to its model."""

    name: str
    calls: int
    """Calls of it that this step's model asked for."""
    requests: int
    """Model calls that offered it."""
    traces: int
    tokens: int
    """Of its definition as it was last sent."""
    elsewhere: bool
    """Whether anything called it."""
    definition: Any
    """As it was last sent."""


@dataclass(frozen=True, slots=True)
class Narrower:
    """The tools of one step, those it needs and those it does not."""

    owner: str
    """`toolset:NAME`, as the rule TS102 has it."""
    requests: int
    traces: int
    keep: tuple[Offered, ...]
    drop: tuple[Offered, ...]

    @property
    def tokens(self) -> tuple[float, float]:
        """Return the tokens of definitions in one model call, on average, before and after."""
        after = sum(tool.tokens * tool.requests for tool in self.keep) / self.requests
        return after + self.saved / self.requests, after

    @property
    def saved(self) -> int:
        """Return the tokens that the dropped definitions took in all these model calls."""
        return sum(tool.tokens * tool.requests for tool in self.drop)

    def document(self) -> Mapping[str, Any]:
        """Return it as it is written: the evidence, and the definitions to offer."""
        before, after = self.tokens
        return {
            "toolset": self.owner.removeprefix("toolset:"),
            "observed": {"requests": self.requests, "traces": self.traces},
            "tokens_per_request": {"before": round(before), "after": round(after)},
            "keep": [{"name": t.name, "calls": t.calls} for t in self.keep],
            "drop": [
                {"name": t.name, "requests": t.requests, "traces": t.traces, "tokens": t.tokens,
                 "called_by_other_steps": t.elsewhere}
                for t in self.drop
            ],
            "tools": [tool.definition for tool in self.keep],
        }  # fmt: skip


def narrow(evidence: Evidence, unused: Collection[str], least: int) -> list[Narrower]:
    """Return the steps that offer unused tools, each with the tools that it needs.

    Args:
        evidence: The open evidence.
        unused: Names of tools that nothing calls, as findings have them.
        least: Model calls in which a step must have offered a tool that others call and it does
            not, before that goes too.

    Raises:
        NoEvidence: No tool definitions were offered, or nothing was called.
    """
    define_toolset_use(evidence)
    used = {row["owner"]: row for row in evidence.rows(_USED)}
    by_owner: dict[str, list[tuple[Offered, bool]]] = {}
    for row in evidence.rows(_OFFERED):
        tool = _offered(row)
        idle = not tool.calls and not row["ran"]
        goes = idle and (tool.name in unused or (tool.elsewhere and tool.requests >= least))
        by_owner.setdefault(row["owner"], []).append((tool, goes))
    return [
        Narrower(
            owner,
            used[owner]["requests"],
            used[owner]["traces"],
            tuple(tool for tool, goes in tools if not goes),
            tuple(tool for tool, goes in tools if goes),
        )
        for owner, tools in by_owner.items()
        if any(goes and tool.name in unused for tool, goes in tools)
    ]


def _offered(row: Mapping[str, Any]) -> Offered:
    try:
        definition = json.loads(row["definition"])
    except (TypeError, ValueError):
        definition = row["definition"]
    return Offered(
        name=row["name"],
        calls=row["calls"],
        requests=row["requests"],
        traces=row["traces"],
        tokens=row["tokens"] or 0,
        elsewhere=row["elsewhere"],
        definition=definition,
    )
