"""Single counts and costs, in the forms senders use."""

from __future__ import annotations

from math import isfinite
from typing import Any

_BIGGEST = 1 << 62
_DIGITS = 18


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
