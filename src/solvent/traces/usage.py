"""Token usage as providers and tools report it, brought to one way of counting.

OpenAI counts cached tokens inside the input, Anthropic beside it; both count reasoning inside the
output, Gemini beside it; Langfuse keeps every bucket apart. `Usage` has everything inside.
Each function returns None when the report has no usable count: a negative, broken or missing
number is no usage, and no usage is not zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.price import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_BIGGEST = 1 << 53
"""No request has so many tokens, and sums of such counts fit their columns."""


class _Broken(ValueError):
    """A count that is not a count."""


def from_openai_usage(usage: Mapping[str, Any]) -> Usage | None:
    """Return the usage of a chat, responses or embeddings answer, or of a compatible server's."""
    try:
        return _openai(usage)
    except _Broken:
        return None


def from_anthropic_usage(usage: Mapping[str, Any]) -> Usage | None:
    """Return the usage of a messages answer, whose input leaves out what was cached."""
    try:
        return _anthropic(usage)
    except _Broken:
        return None


def from_gemini_usage(usage: Mapping[str, Any]) -> Usage | None:
    """Return the usage of a Gemini answer (`usageMetadata`), in either spelling of its keys."""
    try:
        return _gemini(usage)
    except _Broken:
        return None


def from_any_usage(usage: Mapping[str, Any], *, inclusive: bool = False) -> Usage | None:
    """Return the usage of an object on a span or a Langfuse observation, told apart by its keys.

    Senders pass on whatever object the provider gave: OpenAI's shape (`prompt_tokens`, or
    `input_tokens_details`), Gemini's (`promptTokenCount`), a flat one (`input_tokens` beside
    `cache_*_input_tokens`), or Langfuse's buckets (`input`, `input_*`, `output`, `output_*`).

    Args:
        usage: The object as it was sent.
        inclusive: Whether the flat form's `input_tokens` already hold the cached ones. Langfuse
            passes Anthropic's own counts on, which leave them out; MLflow adds them first.
    """
    try:
        if "prompt_tokens" in usage or "input_tokens_details" in usage:
            return _openai(usage)
        if "promptTokenCount" in usage or "prompt_token_count" in usage:
            return _gemini(usage)
        if "input_tokens" in usage:
            return _anthropic(usage, inclusive=inclusive)
        return _langfuse(usage)
    except _Broken:
        return None


def _count(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Broken
    if not 0 <= value < _BIGGEST or value != int(value):
        raise _Broken
    return int(value)


def _first(usage: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        if (count := _count(usage.get(name))) is not None:
            return count
    return None


def _part(usage: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        if isinstance(part := usage.get(name), dict):
            return part
    return {}


def _openai(usage: Mapping[str, Any]) -> Usage | None:
    given = _first(usage, "prompt_tokens", "input_tokens")
    if given is None:
        return None
    made = _first(usage, "completion_tokens", "output_tokens")
    total = _first(usage, "total_tokens")
    inside = _part(usage, "prompt_tokens_details", "input_tokens_details")
    outside = _part(usage, "completion_tokens_details", "output_tokens_details")
    reasoning = _first(outside, "reasoning_tokens") or 0
    if made is None and total == given:
        made = 0  # embeddings: everything was input
    if made is not None and reasoning and total == given + made + reasoning:
        made += reasoning  # some compatible servers count reasoning beside the completion
    return Usage(
        input_tokens=given,
        output_tokens=made,
        cache_read_tokens=_first(inside, "cached_tokens")
        or _first(usage, "prompt_cache_hit_tokens")
        or 0,
        cache_write_tokens=_first(inside, "cache_write_tokens", "cache_creation_tokens") or 0,
        reasoning_tokens=reasoning,
        audio_input_tokens=_first(inside, "audio_tokens") or 0,
        audio_output_tokens=_first(outside, "audio_tokens") or 0,
    )


def _anthropic(usage: Mapping[str, Any], *, inclusive: bool = False) -> Usage | None:
    fresh = _first(usage, "input_tokens")
    if fresh is None:
        return None
    read = _first(usage, "cache_read_input_tokens") or 0
    parts = _part(usage, "cache_creation")
    hour = _first(parts, "ephemeral_1h_input_tokens") or 0
    parted = hour + (_first(parts, "ephemeral_5m_input_tokens") or 0)
    written = max(_first(usage, "cache_creation_input_tokens") or 0, parted)
    return Usage(
        input_tokens=fresh if inclusive else fresh + read + written,
        output_tokens=_first(usage, "output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        reasoning_tokens=_first(usage, "reasoning_tokens") or 0,
    )


def _gemini(usage: Mapping[str, Any]) -> Usage | None:
    given = _first(usage, "promptTokenCount", "prompt_token_count")
    if given is None:
        return None
    # Results of the provider's own tools are fed back as input, counted apart.
    given += _first(usage, "toolUsePromptTokenCount", "tool_use_prompt_token_count") or 0
    thoughts = _first(usage, "thoughtsTokenCount", "thoughts_token_count") or 0
    made = _first(
        usage, "candidatesTokenCount", "candidates_token_count", "responseTokenCount",
        "response_token_count",
    )  # fmt: skip
    if made is None and thoughts:
        made = 0  # the whole budget went into thoughts
    cached = _modalities(usage, "cacheTokensDetails", "cache_tokens_details")
    audio = _modalities(usage, "promptTokensDetails", "prompt_tokens_details")
    spoken = _modalities(usage, "candidatesTokensDetails", "candidates_tokens_details")
    return Usage(
        input_tokens=given,
        output_tokens=None if made is None else made + thoughts,
        cache_read_tokens=_first(usage, "cachedContentTokenCount", "cached_content_token_count")
        or 0,
        reasoning_tokens=thoughts,
        audio_input_tokens=max(audio - cached, 0),
        audio_output_tokens=spoken,
    )


def _modalities(usage: Mapping[str, Any], *names: str) -> int:
    """Return the audio tokens of a list of counts by modality."""
    rows: Iterable[Any] = ()
    for name in names:
        if isinstance(found := usage.get(name), list):
            rows = found
            break
    return sum(
        _first(row, "tokenCount", "token_count") or 0
        for row in rows
        if isinstance(row, dict) and str(row.get("modality", "")).upper() == "AUDIO"
    )


def _langfuse(usage: Mapping[str, Any]) -> Usage | None:
    counts = {name: _count(value) for name, value in usage.items() if name != "unit"}
    known = {name: count for name, count in counts.items() if count is not None}
    # Its first SDKs wrote OpenAI's names in camel case.
    given = _first(usage, "input", "promptTokens")
    made = _first(usage, "output", "completionTokens")
    if given is None:
        return None
    inputs = {n: c for n, c in known.items() if n != "input" and ("input" in n or "cache" in n)}
    outputs = {n: c for n, c in known.items() if n.startswith("output_")}
    # Buckets stand beside each other there, unless the total says that they are inside.
    apart = _first(usage, "total", "totalTokens") != given + (made or 0)
    write = sum(c for n, c in inputs.items() if "creation" in n or "write" in n)
    read = sum(c for n, c in inputs.items() if "cache" in n) - write
    return Usage(
        input_tokens=given + (sum(inputs.values()) if apart else 0),
        output_tokens=None if made is None else made + (sum(outputs.values()) if apart else 0),
        cache_read_tokens=read,
        cache_write_tokens=write,
        cache_write_1h_tokens=sum(c for n, c in inputs.items() if "1h" in n or "1hr" in n),
        reasoning_tokens=sum(c for n, c in outputs.items() if "reasoning" in n or "thought" in n),
        audio_input_tokens=sum(c for n, c in inputs.items() if "audio" in n and "cache" not in n),
        audio_output_tokens=sum(c for n, c in outputs.items() if "audio" in n),
    )
