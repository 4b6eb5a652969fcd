"""However a provider counts, the same request has the same usage and so the same cost."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.records.price import Rates, Usage
from solvent.traces.cost import (
    from_anthropic_usage,
    from_any_usage,
    from_gemini_usage,
    from_openai_usage,
    price,
)

RATES = Rates("somebody", "m", "v", 2e-6, 8e-6, 5e-7, 2.5e-6, 4e-6, 9e-6, 1e-5, 2e-5)
SHAPES = (from_openai_usage, from_anthropic_usage, from_gemini_usage, from_any_usage)
tokens = st.integers(0, 10**7)


def test_openai_chat():
    used = from_openai_usage(
        {
            "prompt_tokens": 1000,
            "completion_tokens": 300,
            "total_tokens": 1300,
            "prompt_tokens_details": {"cached_tokens": 600, "audio_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 200, "audio_tokens": 7},
        }
    )
    assert used == Usage(1000, 300, 600, 0, 0, 200, 5, 7)


def test_openai_responses():
    used = from_openai_usage(
        {
            "input_tokens": 1000,
            "input_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 100},
            "output_tokens": 300,
            "output_tokens_details": {"reasoning_tokens": 200},
            "total_tokens": 1300,
        }
    )
    assert used == Usage(1000, 300, 600, 100, 0, 200)


def test_openai_embeddings_have_no_output():
    assert from_openai_usage({"prompt_tokens": 8, "total_tokens": 8}) == Usage(8, 0)


def test_an_answer_cut_off_before_its_usage_is_not_one_without_output():
    assert from_openai_usage({"prompt_tokens": 8}) == Usage(8, None)
    assert price(Usage(8, None), RATES).usd is None


def test_reasoning_beside_the_completion_is_seen_by_the_total():
    shape = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "completion_tokens_details": {"reasoning_tokens": 100},
    }
    assert from_openai_usage(shape | {"total_tokens": 115}) == Usage(10, 105, reasoning_tokens=100)


def test_deepseek_counts_hits_at_the_top():
    used = from_openai_usage(
        {"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 64}
    )
    assert used == Usage(100, 5, 64)


def test_anthropic_input_leaves_out_what_was_cached():
    used = from_anthropic_usage(
        {
            "input_tokens": 50,
            "cache_read_input_tokens": 800,
            "cache_creation_input_tokens": 150,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 50},
            "output_tokens": 300,
            "service_tier": "standard",
        }
    )
    assert used == Usage(1000, 300, 800, 150, 50)


def test_anthropic_with_nulls():
    used = from_anthropic_usage(
        {"input_tokens": 50, "cache_read_input_tokens": None, "output_tokens": 3}
    )
    assert used == Usage(50, 3)


def test_gemini_thoughts_are_beside_the_candidates():
    camel = {
        "promptTokenCount": 1000,
        "toolUsePromptTokenCount": 30,
        "cachedContentTokenCount": 600,
        "candidatesTokenCount": 300,
        "thoughtsTokenCount": 200,
        "totalTokenCount": 1530,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 900},
            {"modality": "AUDIO", "tokenCount": 100},
        ],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 40}],
    }
    assert from_gemini_usage(camel) == Usage(1030, 500, 600, 0, 0, 200, 60)
    assert from_any_usage(camel) == from_gemini_usage(camel)
    snake = {
        "prompt_token_count": 10,
        "candidates_token_count": None,
        "thoughts_token_count": 7,
        "cache_tokens_details": None,
    }
    assert from_gemini_usage(snake) == Usage(10, 7, reasoning_tokens=7)


def test_langfuse_keeps_every_bucket_apart():
    apart = {
        "input": 400, "input_cached_tokens": 600, "output": 100, "output_reasoning_tokens": 200,
        "total": 1300,
    }  # fmt: skip
    assert from_any_usage(apart) == Usage(1000, 300, 600, 0, 0, 200)
    inside = apart | {"input": 1000, "output": 300}
    assert from_any_usage(inside) == Usage(1000, 300, 600, 0, 0, 200)
    anthropic = {
        "input": 50, "cache_read_input_tokens": 800, "cache_creation_input_tokens": 150,
        "output": 300,
    }  # fmt: skip
    assert from_any_usage(anthropic) == Usage(1000, 300, 800, 150)
    assert from_any_usage({"input": 5, "output": 6, "total": 11, "unit": "TOKENS"}) == (Usage(5, 6))


def test_langfuse_passes_on_what_providers_say():
    assert from_any_usage({"prompt_tokens": 5, "completion_tokens": 6}) == Usage(5, 6)
    assert from_any_usage(
        {"input_tokens": 5, "cache_read_input_tokens": 10, "output_tokens": 6}
    ) == Usage(15, 6, 10)


@given(fresh=tokens, read=tokens, written=tokens, text=tokens, thought=tokens)
def test_the_same_request_costs_the_same_in_every_shape(fresh, read, written, text, thought):
    made = text + thought
    openai = from_openai_usage(
        {
            "prompt_tokens": fresh + read + written,
            "completion_tokens": made,
            "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
        }
    )
    responses = from_openai_usage(
        {
            "input_tokens": fresh + read + written,
            "output_tokens": made,
            "input_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
        }
    )
    anthropic = from_anthropic_usage(
        {
            "input_tokens": fresh,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
            "output_tokens": made,
        }
    )
    langfuse = from_any_usage(
        {
            "input": fresh,
            "input_cache_read": read,
            "input_cache_creation": written,
            "output": made,
            "total": fresh + read + written + made,
        }
    )
    costs = {price(used, RATES) for used in (openai, responses, anthropic, langfuse)}
    assert len(costs) == 1
    reasoned = {
        price(used, RATES)
        for used in (
            from_openai_usage(
                {
                    "prompt_tokens": fresh + read,
                    "completion_tokens": made,
                    "total_tokens": fresh + read + made,
                    "prompt_tokens_details": {"cached_tokens": read},
                    "completion_tokens_details": {"reasoning_tokens": thought},
                }
            ),
            from_gemini_usage(
                {
                    "promptTokenCount": fresh + read,
                    "cachedContentTokenCount": read,
                    "candidatesTokenCount": text,
                    "thoughtsTokenCount": thought,
                }
            ),
        )
    }
    assert len(reasoned) == 1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "12", True, 1.5, [3], {"n": 1}])
def test_a_count_that_is_no_count_makes_no_usage(shape, bad):
    good = {
        "prompt_tokens": 5, "completion_tokens": 5, "input_tokens": 5, "output_tokens": 5,
        "promptTokenCount": 5, "candidatesTokenCount": 5,
    }  # fmt: skip
    if shape is from_any_usage:
        good = {"input": 5, "output": 5}
    assert shape(good) == Usage(5, 5)
    for name in ("prompt_tokens", "input_tokens", "promptTokenCount", "input"):
        if name in good:
            broken = good | {name: bad}
            if shape(broken) != Usage(5, 5):
                assert shape(broken) is None


@pytest.mark.parametrize("shape", SHAPES)
def test_no_counts_no_usage(shape):
    assert shape({}) is None
    assert shape({"output": 5, "output_tokens": 5, "completion_tokens": 5}) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
KEYS = [
    "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens",
    "prompt_tokens_details", "input_tokens_details", "completion_tokens_details",
    "output_tokens_details", "cache_creation", "cache_read_input_tokens",
    "cache_creation_input_tokens", "promptTokenCount", "candidatesTokenCount",
    "thoughtsTokenCount", "promptTokensDetails", "cacheTokensDetails", "input", "output",
    "input_cached_tokens", "output_reasoning_tokens", "total", "unit", "input_cache_read",
]  # fmt: skip


@given(st.sampled_from(SHAPES), st.dictionaries(st.sampled_from(KEYS), values))
def test_anything_a_sender_writes_is_a_usage_or_none(shape, usage):
    used = shape(usage)
    cost = price(used, RATES) if used is not None else None
    assert cost is None or cost.usd is None or cost.usd > 0
