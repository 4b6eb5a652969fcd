"""Which tools each prompt is sent with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.evidence import NoEvidence
from solvent.traces.tool_schema import read_definition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.debt.evidence import Evidence

_OFFERED = """
SELECT DISTINCT m.subject, o.definition
FROM prompt_member m JOIN prompt_use u USING (hash) JOIN request r ON r.id = u.id
JOIN offer o ON o.toolset = r.toolset
ORDER BY m.subject, o.definition
"""


def tools_of_prompts(evidence: Evidence) -> Mapping[str, Mapping[str, str]]:
    """Return by prompt the descriptions of the tools that its requests offer, by name.

    Prompts in the code are given the tools in the code under the empty subject: which of them are
    offered together is not known there, so only those that a prompt names matter.
    """
    found: dict[str, dict[str, str]] = {}
    for tool in evidence.code.tools if evidence.code else ():
        found.setdefault("", {})[tool.name] = tool.description
    if not evidence.has("prompt_member"):
        return found
    try:
        rows = evidence.rows(_OFFERED)
    except NoEvidence:
        return found
    for row in rows:
        definition = read_definition(row["definition"])
        if definition.name and definition.description:
            found.setdefault(row["subject"], {})[definition.name] = definition.description
    return found
