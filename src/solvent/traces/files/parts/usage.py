"""Token usage as the providers report it."""

from __future__ import annotations

from typing import Any


def usage_columns(usage: dict[str, Any]) -> dict[str, int]:
    """Return token columns from a usage object; what it does not say stays away.

    OpenAI counts cached tokens inside its input, Anthropic beside it: its two cache counters are
    added so that `input_tokens` always means all of them.
    """
    columns: dict[str, int | None] = {
        "input_tokens": _count(usage, "input_tokens", "prompt_tokens"),
        "output_tokens": _count(usage, "output_tokens", "completion_tokens"),
        "cache_read_tokens": _count(usage, "cache_read_input_tokens"),
        "cache_write_tokens": _count(usage, "cache_creation_input_tokens"),
    }
    beside = (columns["cache_read_tokens"], columns["cache_write_tokens"])
    if columns["input_tokens"] is not None and "input_tokens" in usage:
        columns["input_tokens"] += sum(count or 0 for count in beside)
    inside = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
    if isinstance(inside, dict) and columns["cache_read_tokens"] is None:
        columns["cache_read_tokens"] = _count(inside, "cached_tokens")
    spent = usage.get("completion_tokens_details") or usage.get("output_tokens_details")
    if isinstance(spent, dict):
        columns["reasoning_tokens"] = _count(spent, "reasoning_tokens")
    return {key: count for key, count in columns.items() if count is not None}


def _count(usage: dict[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = usage.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None
