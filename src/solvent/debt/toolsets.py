"""Lists of offered tools as people know them: by who offers them, not by what is on them.

A list changes with every tool that is added; who sends it stays. `toolset:<name>` is the agent,
else the service, else the name of the model call without the model's.

| table | one row is |
|---|---|
| `toolset_use` | a model call that offered tools: `id`, `trace_id`, `toolset`, `owner` |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence

USE = """
SELECT r.id, r.trace_id, r.span_id, r.started_at, r.toolset, r.tools, r.input_tokens,
    r.input_rate, 'toolset:' || coalesce(r.agent, r.service,
        nullif(trim(replace(r.name, coalesce(r.model, '-'), ''), ' :/'), ''), 'unnamed') AS owner
FROM request r WHERE r.toolset IS NOT NULL
"""


def define_toolset_use(evidence: Evidence) -> None:
    """Make `toolset_use`, once per audit.

    Raises:
        NoEvidence: No tool definitions were offered.
    """
    evidence.need("offer")
    if not evidence.has("toolset_use"):
        evidence.define("toolset_use", USE)
