"""Cost: usage times rates, bucket by bucket; unknown when one bucket has no price."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from solvent.records.batch import Batch
from solvent.records.price import Cost, Rates, Tier, Usage
from solvent.records.span import Span
from solvent.traces.usage import (
    from_anthropic_usage,
    from_any_usage,
    from_gemini_usage,
    from_openai_usage,
)

if TYPE_CHECKING:
    from solvent.traces.prices import PriceBook

__all__ = [
    "from_anthropic_usage",
    "from_any_usage",
    "from_gemini_usage",
    "from_openai_usage",
    "price",
    "price_spans",
]

PRICED_TYPES = frozenset({"llm", "embedding"})

_WRITES_AS_INPUT = frozenset(
    {"openai", "azure", "azure_ai", "gemini", "vertex_ai", "deepseek", "groq"}
)
"""Providers that cache by themselves and say that what is written costs what input costs.

https://platform.openai.com/docs/guides/prompt-caching
https://ai.google.dev/gemini-api/docs/caching
https://api-docs.deepseek.com/guides/kv_cache
https://console.groq.com/docs/prompt-caching
"""

_AUDIO_AS_INPUT = frozenset({"gemini", "vertex_ai"})
"""Where a model has no audio rate of its own, audio costs what text costs.

https://ai.google.dev/gemini-api/docs/pricing
"""

_ANTHROPIC = frozenset({"anthropic"})
_ANTHROPIC_MULTIPLES = {"cache_read": 0.1, "cache_write": 1.25, "cache_write_1h": 2.0}
"""Multiples of the input rate that hold for every model of that provider.

https://docs.claude.com/en/docs/build-with-claude/prompt-caching
"""

_NO_LIMIT = 1 << 62
_COST_AT = Span._fields.index("cost_usd")
_COSTS_END = _COST_AT + 3


def price(usage: Usage, rates: Rates | None, *, batch: bool = False) -> Cost:
    """Return what a request cost, or that it is unknown and why.

    Unknown: usage that was not reported, is broken or adds up to no tokens at all; a bucket with
    tokens and without a rate. A rate is only put in for another where the provider documents it.

    Args:
        usage: What the request used.
        rates: From `PriceBook.find`; None makes the cost unknown.
        batch: The request went through the provider's batch interface.
    """
    if rates is None:
        return Cost(None, None, "no price is known for this model")
    found = _total(usage, rates, batch=batch)
    if isinstance(found, str):
        return Cost(None, None, found)
    return Cost(found, "computed", None, rates.price_version)


def price_spans(batch: Batch, book: PriceBook) -> Batch:
    """Return the batch with the cost of its model and embedding spans filled in.

    What a sender reported stays, unless it is negative or not a number. A sender that does not
    say what was cached is priced as if nothing was: an upper bound.
    """
    priced: list[Span] = []
    plans: dict[tuple[str | None, str | None], _Plan | None] = {}
    for span in batch.spans:
        if span.type not in PRICED_TYPES and span.cost_usd is None:
            priced.append(span)
            continue
        if (usd := span.cost_usd) is not None and math.isfinite(usd) and usd >= 0:
            source = span.cost_source or "reported"
            priced.append(span if span.cost_source else _with_cost(span, usd, source, None))
            continue
        key = (span.provider, span.model)
        if key not in plans:
            plans[key] = _plan(book.find(*key))
        priced.append(_priced(span, plans[key]))
    return Batch(priced, batch.contents, batch.assessments)


class _Plan(NamedTuple):
    """Rates made ready for many spans: what documented fallbacks give is already in place."""

    rates: Rates
    limit: int
    """Input tokens up to which these hold."""
    input: float
    read: float | None
    write: float | None
    output: float | None
    thinking: float | None


def _plan(rates: Rates | None) -> _Plan | None:
    if rates is None:
        return None
    return _Plan(
        rates,
        rates.tiers[0].above if rates.tiers else _NO_LIMIT,
        rates.input,
        _read_rate(rates, rates),
        _write_rate(rates, rates),
        rates.output,
        rates.output if rates.reasoning is None else rates.reasoning,
    )


def _priced(span: Span, plan: _Plan | None) -> Span:
    found: float | str = "" if plan is None else _quick(span, plan)
    if plan is None or isinstance(found, str) or span.type not in PRICED_TYPES:
        return span if span.cost_usd is None else _with_cost(span, None, None, None)
    return _with_cost(span, found, "computed", plan.rates.price_version)


def _quick(span: Span, plan: _Plan) -> float | str:
    """Return what `_total` returns; the common case in one expression, a few times as fast."""
    given, made = span.input_tokens, span.output_tokens
    read = span.cache_read_tokens or 0
    write = span.cache_write_tokens or 0
    thought = span.reasoning_tokens or 0
    _, limit, fresh_rate, read_rate, write_rate, output_rate, thinking_rate = plan
    if (
        given is not None
        and made is not None
        and output_rate is not None
        and thinking_rate is not None
        and 0 <= thought <= made
        and read >= 0
        and write >= 0
        and read + write <= given <= limit
        and (read_rate is not None or not read)
        and (write_rate is not None or not write)
        and given + made > 0
    ):
        return (
            (given - read - write) * fresh_rate
            + read * (read_rate or 0.0)
            + write * (write_rate or 0.0)
            + (made - thought) * output_rate
            + thought * thinking_rate
        )
    return _total(Usage(given, made, read, write, 0, thought), plan.rates, batch=False)


def _with_cost(span: Span, usd: float | None, source: str | None, version: str | None) -> Span:
    # Four times as fast as `_replace`, which goes through names; this runs for every span.
    return _new(Span, (*span[:_COST_AT], usd, source, version, *span[_COSTS_END:]))


_new = tuple.__new__


def _total(usage: Usage, rates: Rates, *, batch: bool) -> float | str:
    """Return dollars, or the reason why there are none."""
    if reason := _fault(usage, rates):
        return reason
    total = 0.0
    for tokens, rate, name in (*_input(usage, rates, batch), *_output(usage, rates, batch)):
        if tokens:
            if rate is None:
                return f"`{rates.model}` of `{rates.provider}` has no known price for {name}"
            total += tokens * rate
    return total


def _fault(usage: Usage, rates: Rates) -> str | None:
    """Return what makes this usage no usage."""
    if usage.input_tokens is None:
        return "input tokens were not reported"
    if usage.output_tokens is None and rates.output is not None:
        return "output tokens were not reported"
    return _contradiction(usage, usage.input_tokens, usage.output_tokens or 0)


def _contradiction(usage: Usage, given: int, made: int) -> str | None:
    parts = (
        given, made, usage.cache_read_tokens, usage.cache_write_tokens,
        usage.cache_write_1h_tokens, usage.reasoning_tokens, usage.audio_input_tokens,
        usage.audio_output_tokens,
    )  # fmt: skip
    if not all(0 <= part < math.inf for part in parts):
        return "a token count is negative or not a number"
    if given + made == 0:
        return "the usage counts no tokens at all"
    if usage.cache_read_tokens + usage.cache_write_tokens + usage.audio_input_tokens > given:
        return "the parts of the input are more than the input"
    if usage.cache_write_1h_tokens > usage.cache_write_tokens:
        return "more tokens are cached for an hour than are cached"
    if usage.reasoning_tokens + usage.audio_output_tokens > made:
        return "the parts of the output are more than the output"
    return None


_Bucket = tuple[float, float | None, str]


def _input(usage: Usage, rates: Rates, batch: bool) -> tuple[_Bucket, ...]:
    given = usage.input_tokens or 0
    read, written, hour = (
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
    )
    audio = usage.audio_input_tokens
    fresh = given - read - written - audio
    if batch:
        at: Rates | Tier = rates
        reads: float | None = rates.batch_cache_read
        writes, hours = rates.batch_cache_write, None
        plain, heard = rates.batch_input, None
    else:
        at = _tier(rates, given)
        reads, writes, hours = _read_rate(rates, at), _write_rate(rates, at), _hour_rate(rates, at)
        plain = at.input
        heard = _audio_rate(rates, at)
    return (
        (fresh, plain, "batch input" if batch else "input"),
        (read, reads, "input read from a cache"),
        (written - hour, writes, "input written to a cache"),
        (hour, hours, "input written to a cache for an hour"),
        (audio, heard, "audio input"),
    )


def _output(usage: Usage, rates: Rates, batch: bool) -> tuple[_Bucket, ...]:
    made = usage.output_tokens or 0
    thought, spoken = usage.reasoning_tokens, usage.audio_output_tokens
    if batch:
        text = thinking = rates.batch_output
        voice = None
    else:
        at = _tier(rates, usage.input_tokens or 0)
        text = at.output if at.output is not None else rates.output
        thinking = at.reasoning
        if thinking is None and at.output is None:
            thinking = rates.reasoning
        thinking = text if thinking is None else thinking
        voice = rates.audio_output
    return (
        (made - thought - spoken, text, "output"),
        (thought, thinking, "reasoning"),
        (spoken, voice, "audio output"),
    )


def _tier(rates: Rates, given: float) -> Rates | Tier:
    at: Rates | Tier = rates
    for tier in rates.tiers:
        if given > tier.above:
            at = tier
    return at


def _read_rate(rates: Rates, at: Rates | Tier) -> float | None:
    if at.cache_read is None and rates.provider in _ANTHROPIC:
        return at.input * _ANTHROPIC_MULTIPLES["cache_read"]
    return at.cache_read


def _write_rate(rates: Rates, at: Rates | Tier) -> float | None:
    if at.cache_write is None and rates.provider in _ANTHROPIC:
        return at.input * _ANTHROPIC_MULTIPLES["cache_write"]
    if at.cache_write is None and rates.cache_write is None and _caches_by_itself(rates):
        return at.input
    return at.cache_write


def _caches_by_itself(rates: Rates) -> bool:
    # Claude is sold by clouds too, and writes cost extra there.
    return rates.provider in _WRITES_AS_INPUT and "claude" not in rates.model


def _hour_rate(rates: Rates, at: Rates | Tier) -> float | None:
    if at.cache_write_1h is None and rates.provider in _ANTHROPIC:
        return at.input * _ANTHROPIC_MULTIPLES["cache_write_1h"]
    return at.cache_write_1h


def _audio_rate(rates: Rates, at: Rates | Tier) -> float | None:
    if rates.audio_input is None and rates.provider in _AUDIO_AS_INPUT:
        return at.input
    return rates.audio_input
