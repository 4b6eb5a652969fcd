"""Token counts and costs that come as JSON objects, in the forms senders use."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_BIGGEST = 1 << 62
_DIGITS = 18
_CACHE_READ = frozenset(
    {
        "cache_read_input_tokens",
        "input_cached_tokens",
        "input_cache_read",
        "cache_read",
        "cached_tokens",
        "input_cached",
    }
)
_CACHE_WRITE = frozenset(
    {"cache_creation_input_tokens", "input_cache_creation", "cache_write", "input_cache_write"}
)
_REASONING = frozenset({"output_reasoning_tokens", "output_reasoning", "reasoning_tokens"})


def count(value: Any) -> int | None:
    """Return a non-negative whole number, also out of a float or a string; None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
            return None
        value = int(value)
    if isinstance(value, float):
        if not (isfinite(value) and value.is_integer()):
            return None
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < _BIGGEST else None


def usd(value: Any) -> float | None:
    """Return an amount of money: finite and not negative; anything else is not a cost."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        amount = float(value)
    except OverflowError:
        return None
    return amount if isfinite(amount) and amount >= 0 else None


def usage(details: Mapping[str, Any], *, inclusive: bool) -> dict[str, int]:
    """Return our token columns from one usage object.

    Three forms are told apart by their keys: OpenAI's (`prompt_tokens`, or `input_tokens_details`;
    details are parts of the totals), a flat one (`input_tokens` beside `cache_*_input_tokens`) and
    exclusive buckets (`input`, `input_*`, `output`, `output_*`).

    Args:
        details: The object as it was sent.
        inclusive: Whether the flat form's `input_tokens` already hold the cached ones. Langfuse
            passes Anthropic's own counts on, which leave them out; MLflow adds them first.
    """
    if "prompt_tokens" in details or "input_tokens_details" in details:
        return _nested(details)
    counts = {key: n for key, value in details.items() if (n := count(value)) is not None}
    if "input_tokens" in counts or "output_tokens" in counts:
        return _flat(counts, inclusive=inclusive)
    return _buckets(counts)


def _nested(details: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}

    def take(column: str, value: Any) -> None:
        number = count(value)
        if number is not None:
            found.setdefault(column, number)

    take("input_tokens", details.get("prompt_tokens", details.get("input_tokens")))
    take("output_tokens", details.get("completion_tokens", details.get("output_tokens")))
    for name in ("prompt_tokens_details", "input_tokens_details"):
        inner = details.get(name)
        if isinstance(inner, dict):
            take("cache_read_tokens", inner.get("cached_tokens"))
            take("cache_write_tokens", inner.get("cache_write_tokens"))
    for name in ("completion_tokens_details", "output_tokens_details"):
        inner = details.get(name)
        if isinstance(inner, dict):
            take("reasoning_tokens", inner.get("reasoning_tokens"))
    return found


def _flat(counts: Mapping[str, int], *, inclusive: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    read, write = counts.get("cache_read_input_tokens"), counts.get("cache_creation_input_tokens")
    if "input_tokens" in counts:
        cached = (read or 0) + (write or 0)
        found["input_tokens"] = counts["input_tokens"] + (0 if inclusive else cached)
    if "output_tokens" in counts:
        found["output_tokens"] = counts["output_tokens"]
    if read is not None:
        found["cache_read_tokens"] = read
    if write is not None:
        found["cache_write_tokens"] = write
    if "reasoning_tokens" in counts:
        found["reasoning_tokens"] = counts["reasoning_tokens"]
    return found


def _buckets(counts: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, number in counts.items():
        if key in {"total", "total_tokens"}:
            continue
        side = "output_tokens" if key.startswith(("output", "completion")) else None
        if key.startswith(("input", "prompt", "cache")):
            side = "input_tokens"
        if key in _REASONING:
            side = "output_tokens"
        if side is None:
            continue
        found[side] = found.get(side, 0) + number
        for column, keys in (
            ("cache_read_tokens", _CACHE_READ),
            ("cache_write_tokens", _CACHE_WRITE),
            ("reasoning_tokens", _REASONING),
        ):
            if key in keys:
                found[column] = found.get(column, 0) + number
    return found


def total_usd(value: Any) -> float | None:
    """Return the total of a cost object, or the amount itself."""
    if not isinstance(value, dict):
        return usd(value)
    for key in ("total", "total_cost", "total_usd"):
        if key in value:
            return usd(value[key])
    parts = [usd(part) for part in value.values()]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
