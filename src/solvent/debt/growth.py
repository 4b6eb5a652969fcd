"""Whether one amount grew faster than another between two spans of days, and by what factors."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Student's t, two-sided 95 %, for 1 to 30 degrees of freedom; 1.96 beyond."""


class Day(NamedTuple):
    """What was spent on a day, and the traffic it was spent on."""

    usd: float
    traces: int


class Growth(NamedTuple):
    """How spending per trace changed: 1.5 is half as much again."""

    before: float
    """Dollars per trace in the first span."""
    after: float
    ratio: float
    low: float
    high: float
    """95 % interval of the ratio."""


class Use(NamedTuple):
    """What one model was used for in one span."""

    requests: int
    tokens: float
    usd: float


class Factors(NamedTuple):
    """What the growth of spending per trace is the product of."""

    requests_per_trace: float
    model_mix: float
    tokens_per_request: float
    price_per_token: float


def growth(first: Sequence[Day], second: Sequence[Day]) -> Growth | None:
    """Return how spending per trace changed, or None when it cannot be told.

    Each span is a ratio of sums; its error comes from how the days scatter around it, so the
    interval is wide where days differ, however many traces they have.
    """
    if min(len(first), len(second)) < 2:  # noqa: PLR2004  one day does not scatter
        return None
    rates, errors = [], []
    for days in (first, second):
        traces, usd = sum(d.traces for d in days), sum(d.usd for d in days)
        if not traces or usd <= 0:
            return None
        rate = usd / traces
        scatter = sum((d.usd - rate * d.traces) ** 2 for d in days)
        errors.append(scatter * len(days) / (len(days) - 1) / usd**2)
        rates.append(rate)
    freedom = min(len(first), len(second)) - 1
    t = _T95[freedom - 1] if freedom <= len(_T95) else 1.96
    ratio, spread = rates[1] / rates[0], t * sqrt(sum(errors))
    return Growth(rates[0], rates[1], ratio, exp(log(ratio) - spread), exp(log(ratio) + spread))


def factors(
    first: Mapping[str, Use], second: Mapping[str, Use], traces: tuple[int, int]
) -> Factors | None:
    """Return the factors of the growth; their product is the growth.

    The second span's share of each model, then its tokens, then its price are put in place of the
    first span's, one after the other. A model that is new has the average tokens of the first span
    and its own price, so what it costs more or less counts as the mix.

    Args:
        first: What each model was used for in the first span.
        second: The same in the second span.
        traces: Traces of both spans.
    """
    asked = sum(u.requests for u in first.values()), sum(u.requests for u in second.values())
    tokens, spent = sum(u.tokens for u in first.values()), sum(u.usd for u in first.values())
    if not all((*asked, *traces, tokens, spent)):
        return None
    mixed = grown = now = 0.0
    for model, use in second.items():
        old = first.get(model)
        known = old is not None and old.requests > 0 and old.tokens > 0
        per_request = old.tokens / old.requests if old and known else tokens / asked[0]
        price = old.usd / old.tokens if old and known else use.usd / max(use.tokens, 1.0)
        mixed += use.requests * per_request * price
        grown += use.tokens * price
        now += use.usd
    if not all((mixed, grown)):
        return None
    return Factors(
        requests_per_trace=(asked[1] / traces[1]) / (asked[0] / traces[0]),
        model_mix=(mixed / asked[1]) / (spent / asked[0]),
        tokens_per_request=grown / mixed,
        price_per_token=now / grown,
    )
