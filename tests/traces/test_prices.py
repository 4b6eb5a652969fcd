"""The price table answers for the model that was meant, or not at all."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.traces import model_names
from solvent.traces.prices import SHIPPED, PriceBook

BOOK = PriceBook.load()
LISTED = sorted({(p, m) for t in BOOK._tables for p, rows in t._rows.items() for m in rows})
NAMES = sorted({model for _, model in LISTED})
PROVIDERS = sorted({provider for provider, _ in LISTED})
WRITTEN = st.sampled_from(NAMES) | st.text("gpt-4o3.5miniclaudesonnet/@: 0123456789", max_size=30)


IN_FRONT = {
    "us", "us-gov", "eu", "apac", "au", "jp", "ca", "sa", "global", "ai21", "amazon", "anthropic",
    "cohere", "deepseek", "google", "meta", "minimax", "mistral", "moonshot", "moonshotai",
    "nvidia", "openai", "qwen", "stability", "twelvelabs", "writer", "zai",
}  # fmt: skip


def words(name: str) -> list[str]:
    """Return the words of a name that tell the model, found without the code under test."""
    tail = name.lower().strip().rsplit("/", 1)[-1]
    if tail.startswith("ft:"):
        tail = ":".join(tail.split(":")[:2])
    versioned = re.fullmatch(r"([a-z0-9-]+\..+?)-v\d+(:\d+)?(:\d+k)?", tail)
    tail = versioned[1] if versioned else tail
    tail = re.sub(r"[-@](20\d{2}-?\d\d-?\d\d|latest|default)$", "", tail)
    while (dotted := tail.split(".", 1))[0] in IN_FRONT:
        tail = dotted[1]
    return re.findall(r"[a-z0-9_]+", tail)


def same_model(asked: str, listed: str) -> bool:
    """Say whether two names differ only in seller, region, version of the seller and date."""
    return words(asked) == words(listed)


@pytest.mark.parametrize(
    ("provider", "model", "seller", "listed"),
    [
        ("openai", "gpt-4o", "openai", "gpt-4o"),
        (None, "gpt-4o", "openai", "gpt-4o"),
        (None, "GPT-4o ", "openai", "gpt-4o"),
        ("openai", "gpt-4o-2024-08-06", "openai", "gpt-4o-2024-08-06"),
        ("openai", "gpt-4o-2099-01-31", "openai", "gpt-4o"),
        (None, "openai/gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("openai.chat", "gpt-4.1", "openai", "gpt-4.1"),
        (None, "ft:gpt-4o-2024-08-06:acme::x", "openai", "ft:gpt-4o-2024-08-06"),
        (None, "azure/gpt-4o", "azure", "gpt-4o"),
        ("az.ai.openai", "gpt-4o-2024-08-06", "azure", "gpt-4o-2024-08-06"),
        ("azure.ai.openai", "gpt-35-turbo", "azure", "gpt-35-turbo"),
        ("anthropic", "claude-sonnet-4-20250514", "anthropic", "claude-sonnet-4-20250514"),
        ("anthropic", "claude-sonnet-4", "anthropic", "claude-sonnet-4-20250514"),
        (None, "claude-3-7-sonnet-latest", "anthropic", "claude-3-7-sonnet-20250219"),
        (None, "anthropic/claude-opus-4.5", "anthropic", "claude-opus-4-5-20251101"),
        ("google", "models/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        (None, "models/gemini-2.5-flash", "gemini", "gemini-2.5-flash"),
        (None, "vertex_ai/gemini-2.5-pro", "vertex_ai", "gemini-2.5-pro"),
        ("gcp.vertex_ai", "gemini-2.5-pro", "vertex_ai", "gemini-2.5-pro"),
        (
            "aws.bedrock",
            "anthropic.claude-3-haiku-20240307-v1:0",
            "bedrock",
            "anthropic.claude-3-haiku-20240307-v1:0",
        ),
        (
            None,
            "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0",
            "bedrock",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
        ),
        (
            None,
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "bedrock",
            "anthropic.claude-3-haiku-20240307-v1:0",
        ),
        ("openrouter", "openai/gpt-4o", "openrouter", "openai/gpt-4o"),
        ("x_ai", "grok-4", "xai", "grok-4"),
        ("mistral_ai", "mistral-large-latest", "mistral", "mistral-large-latest"),
        (None, "deepseek-chat", "deepseek", "deepseek-chat"),
        ("litellm", "gpt-4o", "openai", "gpt-4o"),
        ("api.openai.com", "gpt-4o", "openai", "gpt-4o"),
        ("https://acme.openai.azure.com/", "gpt-4o", "azure", "gpt-4o"),
        (
            "bedrock-runtime.eu-west-1.amazonaws.com",
            "amazon.nova-pro-v1:0",
            "bedrock",
            "amazon.nova-pro-v1:0",
        ),
        # A compatible server speaks OpenAI's format; the name says who really sells.
        ("openai", "anthropic/claude-sonnet-4", "anthropic", "claude-sonnet-4-20250514"),
    ],
)
def test_spellings_seen_in_traces_are_found(provider, model, seller, listed):
    rates = BOOK.find(provider, model)
    assert rates is not None, BOOK.why_not(provider, model)
    assert (rates.provider, rates.model) == (seller, listed)
    assert rates.price_version == BOOK.version


@pytest.mark.parametrize(
    ("provider", "model", "reason"),
    [
        (None, None, "names no model"),
        ("openai", "  ", "names no model"),
        ("openai", "gpt-4o-mega", "no price of `gpt-4o-mega` at `openai`"),
        ("vllm", "gpt-4o", "at `vllm`"),
        (None, "vllm/gpt-4o", "no price"),
        ("my-gateway", "gpt-4o", "at `my-gateway`"),
        ("llm.acme.example", "gpt-4o", "at `llm.acme.example`"),
        ("openai.com.evil.example", "gpt-4o", "at `openai.com.evil.example`"),
        ("openai", "gemini-2.5-pro", "at `openai`"),
        (None, "gpt-oss-120b", "ambiguous"),
        (None, "llama2-70b-chat", "alone"),
        (None, "llama-3.3-70b-instruct", "ambiguous"),
        # Free tiers and prices nobody entered are 0 in the source: unknown here.
        (None, "gemini/gemma-3-27b-it", "no price"),
    ],
)
def test_what_is_not_certain_has_no_price_but_a_reason(provider, model, reason):
    assert BOOK.find(provider, model) is None
    assert reason in BOOK.why_not(provider, model)


def test_the_listed_price_is_the_price_of_the_source():
    rates = BOOK.find("openai", "gpt-4o")
    assert (rates.input, rates.output, rates.cache_read) == (2.5e-6, 1e-5, 1.25e-6)
    assert (rates.batch_input, rates.batch_output) == (1.25e-6, 5e-6)
    sonnet = BOOK.find("anthropic", "claude-sonnet-4-20250514")
    assert sonnet.cache_write == pytest.approx(3.75e-6)
    assert sonnet.cache_write_1h == pytest.approx(6e-6)
    assert sonnet.tiers[0].above == 200_000
    assert sonnet.tiers[0].output == pytest.approx(2.25e-5)
    assert sonnet.deprecated_at == "2026-05-14"
    assert BOOK.why_not("openai", "gpt-4o") is None


def test_every_listed_model_is_found_under_its_own_name():
    for provider, model in LISTED:
        for rates in (BOOK.find(provider, model), BOOK.find(None, f"{provider}/{model}")):
            assert (rates.provider, rates.model.lower()) == (provider, model)
            assert rates.input > 0
            assert rates.output is None or rates.output > 0


def test_a_longer_request_is_never_cheaper_and_a_cached_one_never_dearer():
    for provider, model in LISTED:
        rates = BOOK.find(provider, model)
        assert rates.cache_read is None or rates.cache_read <= rates.input
        below = rates
        for tier in rates.tiers:
            assert tier.input >= below.input
            if rates.output is not None:
                assert (tier.output or rates.output) >= (below.output or rates.output)
            below = tier


@given(st.sampled_from([None, *PROVIDERS, "aws.bedrock", "google", "nobody"]), WRITTEN)
def test_no_model_gets_the_price_of_another(provider, model):
    rates = BOOK.find(provider, model)
    if rates is not None:
        assert same_model(model, rates.model)
        assert BOOK.why_not(provider, model) is None
    else:
        assert BOOK.why_not(provider, model)


@given(
    st.sampled_from(LISTED),
    st.sampled_from(
        ["-mini", "-nano", "-turbo", "-preview", "x", "-fast", "-2", ".1", "-thinking"]
    ),
)
def test_a_suffix_that_is_not_a_date_is_another_model(listed, suffix):
    provider, model = listed
    rates = BOOK.find(provider, model + suffix)
    assert rates is None or rates.model.lower() != model


@given(
    st.sampled_from(LISTED), st.sampled_from(["-2031-02-03", "-20310203", "@20310203", "-latest"])
)
def test_a_date_behind_a_name_keeps_the_model(listed, date):
    provider, model = listed
    rates = BOOK.find(provider, model + date)
    assert rates is None or same_model(rates.model, model)


@given(st.sampled_from(NAMES))
def test_normal_names_stay_as_they_are(model):
    once = model_names.normal(model)
    assert model_names.normal(once) == once


def test_the_packaged_table_is_small_and_names_its_source():
    assert SHIPPED.stat().st_size < 100_000
    program = (
        "import sys, solvent.traces.prices; "
        "print(any(m in sys.modules for m in ('pyarrow', 'duckdb', 'bpe_openai', 'asyncio')))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "False"


def test_names_that_senders_make_up_do_not_fill_the_memory():
    book = PriceBook.load()
    for number in range(25_000):
        book.find("openai", f"gpt-{number}-x")
    assert len(book._known) <= 10_000
    known = len(book._known)
    assert "512" in book.why_not("openai", "gpt-4o" + "-" * 1_000_000)
    assert len(book._known) == known


def test_the_script_makes_the_table_from_a_catalogue(tmp_path: Path):
    catalogue = {
        "sample_spec": {"litellm_provider": "one of", "mode": "one of"},
        "gpt-x": {
            "litellm_provider": "openai",
            "mode": "chat",
            "input_cost_per_token": 1.5e-07,
            "output_cost_per_token": 6e-07,
            "cache_read_input_token_cost": 0.0,
            "input_cost_per_token_above_128k_tokens": 3e-07,
            "cache_creation_input_token_cost_above_128k_tokens": 1e-09,
            "supports_vision": True,
        },
        "free": {
            "litellm_provider": "openai",
            "mode": "chat",
            "input_cost_per_token": 0,
            "output_cost_per_token": 0,
        },
        "pictures": {"litellm_provider": "openai", "output_cost_per_image": 0.04},
        "dashscope/q": {
            "litellm_provider": "dashscope",
            "mode": "chat",
            "tiered_pricing": [
                {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "range": [0, 32e3]},
                {"input_cost_per_token": 3e-6, "output_cost_per_token": 4e-6, "range": [32e3, 1e6]},
            ],
        },
    }
    source = tmp_path / "catalogue.json"
    source.write_text(json.dumps(catalogue), encoding="utf-8")
    made = tmp_path / "made.json.gz"
    script = Path(__file__).parents[2] / "scripts" / "prices.py"
    subprocess.run(
        [sys.executable, script, source, "--date", "2030-01-02", "--output", made],
        check=True,
        capture_output=True,
    )
    book = PriceBook.load(made)
    assert book.version.startswith("own-2030-01-02-")
    rates = book.find("openai", "gpt-x")
    assert (rates.input, rates.output, rates.cache_read) == (1.5e-7, 6e-7, None)
    (tier,) = rates.tiers
    assert (tier.above, tier.input, tier.cache_write) == (128_000, 3e-7, None)
    assert book.find("openai", "free") is None
    assert book.find("openai", "pictures") is None
    ranged = book.find("dashscope", "q")
    assert (ranged.input, ranged.tiers[0].above, ranged.tiers[0].output) == (1e-6, 32_000, 4e-6)
