"""What a model costs, what a request used, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates of requests whose input is longer than a threshold; they hold for the whole request."""

    above: int
    """Input tokens; a request with exactly this many is not in the tier."""
    input: float
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
    reasoning: float | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of one model at one provider, in USD per token. None: the table does not say."""

    provider: str
    model: str
    """As the table lists it, which may be another spelling than the one asked for."""
    price_version: str
    input: float
    """Input that was neither read from nor written to a cache."""
    output: float | None = None
    """None for models that give no text back, such as embeddings."""
    cache_read: float | None = None
    cache_write: float | None = None
    """Kept for five minutes, or for as long as the provider keeps by default."""
    cache_write_1h: float | None = None
    reasoning: float | None = None
    """None: reasoning costs what other output costs."""
    audio_input: float | None = None
    audio_output: float | None = None
    batch_input: float | None = None
    batch_output: float | None = None
    batch_cache_read: float | None = None
    batch_cache_write: float | None = None
    tiers: tuple[Tier, ...] = ()
    """By rising threshold."""
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    mode: str = "chat"
    """chat, completion, responses, embedding, rerank, realtime, image_generation or audio_*."""
    deprecated_at: str | None = None
    """The day the provider switches it off, YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, whichever way the provider counted them."""

    input_tokens: int | None = None
    """All input, what was read from and written to a cache included. None: not reported."""
    output_tokens: int | None = None
    """All output, reasoning included. None: not reported."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    """All that was written to a cache, for however long."""
    cache_write_1h_tokens: int = 0
    """Those of the written ones that are kept for an hour."""
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    """Audio among the input that did not come from a cache."""
    audio_output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request cost, with where the figure comes from."""

    usd: float | None
    """None: unknown, which is never the same as nothing."""
    source: str | None
    """reported (by the sender), computed (usage x price table), or None: unknown."""
    reason: str | None = None
    """Why it is unknown; None when it is known."""
    price_version: str | None = None
    """The table it was computed with."""
