"""How values are shown: numbers with separators, money, durations, times."""

# ruff: noqa: PLR2004  bounds between units and digits are what this file is about
# ruff: noqa: RUF001  the dash and the minus of good typography

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markupsafe import Markup

from solvent.debt.opinions import in_words

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING = "–"
_STEPS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_THOUSANDS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def number(value: float | None) -> str:
    """Return a count with thousands separators."""
    if value is None:
        return NOTHING
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{int(value):,}"


def short(value: float | None) -> str:
    """Return a count in three digits or so: 1,234 · 12.3k · 4.56M."""
    if value is None:
        return NOTHING
    for size, unit in _THOUSANDS:
        if abs(value) >= size * (10 if unit == "k" else 1):
            scaled = value / size
            digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
            return f"{scaled:,.{digits}f}{unit}"
    return number(value)


def usd(value: float | None) -> str:
    """Return dollars, with more digits the smaller they are."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size == 0:
        return "$0"
    if size < 0.0001:
        return f"${value:.{2 - math.ceil(math.log10(size))}f}"
    digits = 4 if size < 0.1 else 3 if size < 1 else 2 if size < 1000 else 0
    return f"${value:,.{digits}f}"


def duration(ns: float | None) -> str:
    """Return nanoseconds in a unit a person reads."""
    if ns is None:
        return NOTHING
    sign, ns = ("−", -ns) if ns < 0 else ("", ns)
    for limit, scale, unit, digits in (
        (1e3, 1, "ns", 0), (1e6, 1e3, "µs", 0), (1e9, 1e6, "ms", 0), (1e10, 1e9, "s", 2),
        (6e10, 1e9, "s", 1),
    ):  # fmt: skip
        if ns < limit:
            return f"{sign}{ns / scale:.{digits}f} {unit}"
    seconds = int(ns // 1e9)
    if seconds < 3600:
        return f"{sign}{seconds // 60} m {seconds % 60:02d} s"
    return f"{sign}{seconds // 3600:,} h {seconds % 3600 // 60:02d} m"


def moment(us: int | None) -> str:
    """Return an absolute time in UTC, to the millisecond."""
    if us is None:
        return "no time recorded"
    try:
        at = EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return "a time out of range"
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC"


def ago(us: int | None, now: int) -> str:
    """Return how long ago a time was; the day once it is over a month away."""
    if us is None:
        return "undated"
    seconds = (now - us) / 1e6
    if abs(seconds) > 30 * 86_400:
        return moment(us)[:10]
    for unit, size in _STEPS:
        if abs(seconds) >= size:
            count = int(abs(seconds) // size)
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "now"


def percent(part: float | None, whole: float | None) -> str:
    """Return a share in per cent."""
    if part is None or not whole:
        return NOTHING
    share = 100 * part / whole
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"


def pretty(text: str) -> str:
    """Return JSON indented; other text as it is."""
    if text[:1] not in "[{":
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def markdown(text: str) -> Markup:
    """Return Markdown as HTML; HTML inside it is shown, never run."""
    return Markup(MarkdownIt("js-default", {"html": False}).render(text))  # noqa: S704  the renderer escapes


def code_spans(text: str) -> Markup:
    """Return a sentence whose backticks mark code."""
    return Markup(MarkdownIt("zero").enable("backticks").renderInline(text))  # noqa: S704  the renderer escapes


def sentence(text: str) -> str:
    """Return a sentence that begins with a capital letter, unless it begins with code."""
    return text[:1].upper() + text[1:]


def whole(value: Any) -> str:
    """Return anything as text on one line."""
    return " ".join(str(value).split())


def days(value: float | None) -> str:
    """Return a span of days in words."""
    if value is None:
        return NOTHING
    if value < 1:
        return duration(value * 86_400e9)
    return f"{value:.0f} days" if value >= 10 else f"{value:.1f} days"


def hours(value: float | None) -> str:
    """Return hours of work."""
    if value is None:
        return NOTHING
    return f"{value * 60:.0f} min" if value < 1 else f"{value:g} h"


def seconds(value: float | None) -> str:
    """Return seconds in a unit a person reads."""
    return duration(None if value is None else value * 1e9)


def minutes(value: float | None) -> str:
    """Return minutes in a unit a person reads."""
    return duration(None if value is None else value * 6e10)


def segment(text: str) -> str:
    """Return text that can stand in a path, slashes kept."""
    return quote(text, safe="/")


def is_hash(text: str) -> bool:
    """Tell whether a source of a quote is a content, which has a page of its own."""
    return re.fullmatch("[0-9a-f]{32}", text) is not None


FILTERS = {
    "number": number, "short": short, "usd": usd, "duration": duration, "moment": moment,
    "ago": ago, "percent": percent, "pretty": pretty, "markdown": markdown,
    "code_spans": code_spans, "sentence": sentence, "whole": whole, "days": days, "hours": hours,
    "seconds": seconds, "minutes": minutes, "segment": segment, "is_hash": is_hash,
    "in_words": in_words,
}  # fmt: skip
