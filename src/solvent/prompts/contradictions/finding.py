"""All contradictions of a prompt, and of a prompt with the tools it is sent with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from solvent.prompts.contradictions.acts import acts
from solvent.prompts.contradictions.choices import choices
from solvent.prompts.contradictions.clauses import clauses
from solvent.prompts.contradictions.extras import extras
from solvent.prompts.contradictions.limits import limits
from solvent.prompts.contradictions.orders import orders
from solvent.prompts.contradictions.permissions import permissions
from solvent.prompts.reading import read_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.prompts.contradictions.clauses import Clause
    from solvent.records.instruction import Conflict, PromptReading

KINDS = (acts, limits, choices, orders, permissions, extras)
_IT = re.compile(r"\b(?:this (?:tool|function|action)|the tool|it)\b", re.IGNORECASE)


def contradictions(reading: PromptReading) -> list[Conflict]:
    """Return the pairs of statements of a prompt that cannot both be followed, in order of lines.

    Each pair is told once, by the first kind that sees it, and the earlier line stands first.
    """
    found = _between(clauses(reading.statements))
    return sorted(found, key=lambda c: (c.first.line, c.second.line))


def contradicted_by_tools(reading: PromptReading, tools: Mapping[str, str]) -> list[Conflict]:
    """Return the statements of a prompt that the descriptions of its tools contradict.

    Only statements that name the tool are compared with its description.

    Args:
        reading: The prompt.
        tools: Descriptions by name.
    """
    found: list[Conflict] = []
    for name, description in sorted(tools.items()):
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        naming = [s for s in reading.statements if pattern.search(s.text)]
        if not naming:
            continue
        told = read_prompt(_IT.sub(name, description)).statements
        theirs = {id(statement) for statement in told}
        for conflict in _between([*clauses(naming), *clauses(told)]):
            mine, other = conflict.first, conflict.second
            if (id(mine) in theirs) == (id(other) in theirs):
                continue
            if id(mine) in theirs:
                mine, other = other, mine
            found.append(conflict._replace(first=mine, second=other, tool=name))
    return found


def _between(parts: Sequence[Clause]) -> list[Conflict]:
    found: dict[tuple[int, int], Conflict] = {}
    for kind in KINDS:
        for conflict in kind(parts):
            pair = sorted((conflict.first, conflict.second), key=lambda s: (s.line, s.text))
            key = (id(pair[0]), id(pair[1]))
            found.setdefault(key, conflict._replace(first=pair[0], second=pair[1]))
    return list(found.values())
