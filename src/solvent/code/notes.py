"""Comments that accept a finding: `# solvent: accept PS101 until 2027-03-01 because …`."""

from __future__ import annotations

import re

from solvent.records.source import Acceptance, Place

_NOTE = re.compile(
    r"(?:#|//|/\*|<!--|;|--)\s*solvent:\s*accept\s+(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+because\s+(?P<reason>.*?))?\s*(?:\*/|-->)?\s*$",
    re.IGNORECASE,
)


def acceptances(file: str, text: str) -> list[Acceptance]:
    """Return the acceptances written in a file."""
    if "solvent:" not in text:
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _NOTE.search(line)
        if match:
            rules = tuple(part.strip() for part in match["rules"].split(","))
            place = Place(file, number, number)
            found.append(Acceptance(place, rules, match["until"] or "", match["reason"] or ""))
    return found
