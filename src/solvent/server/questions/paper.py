"""Sections of a rule's documentation page."""

from __future__ import annotations

import re


def summary(text: str) -> str:
    """Return the first paragraph."""
    return " ".join(text.partition("\n\n")[0].split())


def section(text: str, heading: str) -> str:
    """Return what stands below a heading; empty when there is no such heading."""
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""
