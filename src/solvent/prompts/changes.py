"""What changed between two versions, line by line."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.prompt import PromptContent, PromptVersion


def lines_of(content: PromptContent) -> list[str]:
    """Return a content as lines, everything that makes a version among them."""
    lines = []
    for role, text in content.messages:
        lines += [f"[{role}]"] if role else []
        lines += text.split("\n")
    for name in ("style", "inputs", "output", "model"):
        value = getattr(content, name)
        if value and value != "mustache":
            said = (
                value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
            )
            lines += [f"[{name}]", *said.split("\n")]
    return lines


def difference(before: PromptVersion, after: PromptVersion) -> Iterator[str]:
    """Yield the lines of a unified difference between two versions."""
    return unified_diff(
        lines_of(before.content),
        lines_of(after.content),
        f"{before.name}@{before.number}",
        f"{after.name}@{after.number}",
        lineterm="",
    )
