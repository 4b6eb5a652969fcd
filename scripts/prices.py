"""Make the packaged price table from a copy of the LiteLLM catalogue.

    python scripts/prices.py CATALOGUE.json.gz --date 2026-08-01

The catalogue is `model_prices_and_context_window.json` of BerriAI/litellm (MIT). Only token prices
are kept, in USD per million tokens. A price of 0 is a placeholder there (free tiers, prices that
nobody entered, models on one's own machine), so it is left out: unknown, not free.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/solvent/traces/catalogue/prices.json.gz"
FORM = "solvent-prices/1"

RATES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_audio_token": "audio_input",
    "output_cost_per_audio_token": "audio_output",
    "input_cost_per_token_batches": "batch_input",
    "output_cost_per_token_batches": "batch_output",
    "cache_read_input_token_cost_batches": "batch_cache_read",
    "cache_creation_input_token_cost_batches": "batch_cache_write",
}
OLD_NAMES = {"input_cost_per_token_cache_hit": "cache_read"}
TIER = re.compile(r"(.+)_above_(\d+)k_tokens")
MODES = {"chat", "completion", "responses", "embedding", "rerank", "realtime", "image_generation",
         "audio_transcription", "audio_speech"}  # fmt: skip
ALIASES = {
    "text-completion-openai": "openai",
    "text-completion-codestral": "codestral",
    "text-completion-inception": "inception",
    "azure_text": "azure",
    "bedrock_converse": "bedrock",
    "cohere_chat": "cohere",
    "fireworks_ai-embedding-models": "fireworks_ai",
}


def provider_of(entry: dict) -> str:
    """Return the seller: the many names of Vertex and Bedrock become one each."""
    name = entry["litellm_provider"]
    return "vertex_ai" if name.startswith("vertex_ai") else ALIASES.get(name, name)


def model_of(key: str, provider: str) -> str:
    """Return the model's name at its seller, without the catalogue's own prefix."""
    return key.removeprefix(f"{provider}/")


def per_million(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return round(value * 1e6, 9)


def flat_rates(entry: dict) -> dict[str, float]:
    rates = {}
    for source, name in (OLD_NAMES | RATES).items():
        if (value := per_million(entry.get(source))) is not None:
            rates[name] = value
    return rates


def tiers_of(entry: dict, base: dict[str, float]) -> list[dict[str, float]]:
    """Return the prices above a size of input, lowest threshold first."""
    tiers: dict[int, dict[str, float]] = {}
    for source, value in entry.items():
        match = TIER.fullmatch(source)
        name = RATES.get(match[1]) if match else None
        # A rate above the threshold without one below it is a slip of the catalogue: with it, the
        # larger request would be the cheaper one.
        if match and name in base and "input" in base and (rate := per_million(value)) is not None:
            tiers.setdefault(int(match[2]) * 1000, {})[name] = rate
    return [{"above": above, "input": base["input"], **tiers[above]} for above in sorted(tiers)]


def ranges_of(entry: dict) -> list[dict[str, float]]:
    """Return the same from the catalogue's second notation, a list of ranges."""
    found = [
        {"above": int(step["range"][0]), **flat_rates(step)}
        for step in entry.get("tiered_pricing", ())
        if "range" in step
    ]
    return sorted(found, key=lambda step: step["above"])


def row_of(entry: dict) -> dict | None:
    """Return what is kept of one entry, or None when it has no price per token."""
    row: dict = flat_rates(entry)
    tiers = tiers_of(entry, row)
    if ranges := ranges_of(entry):
        first, *tiers = ranges
        row |= {name: rate for name, rate in first.items() if name != "above"}
    mode = entry.get("mode")
    if "input" not in row or mode not in MODES:
        return None
    if "output" not in row and mode in {"chat", "completion", "responses", "realtime"}:
        return None
    row["mode"] = mode
    if tiers:
        row["tiers"] = tiers
    for source in ("max_input_tokens", "max_output_tokens"):
        if isinstance(entry.get(source), int | float):
            row[source] = int(entry[source])
    if entry.get("deprecation_date"):
        row["deprecated_at"] = entry["deprecation_date"]
    return row


def table(catalogue: dict, date: str) -> dict:
    """Return the packaged table: provider, then model, then rates."""
    models: dict[str, dict[str, dict]] = {}
    for key, entry in sorted(catalogue.items()):
        if key in {"sample_spec", "fallback_generalizations"} or "commitment" in key:
            continue
        provider = provider_of(entry)
        if (row := row_of(entry)) is not None:
            models.setdefault(provider, {})[model_of(key, provider)] = row
    return {
        "form": FORM,
        "date": date,
        "unit": "USD per million tokens",
        "source": "LiteLLM, model_prices_and_context_window.json",
        "source_url": "https://github.com/BerriAI/litellm",
        "licence": "MIT, Copyright (c) 2023 Berri AI",
        "models": dict(sorted(models.items())),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalogue", type=Path, help="the catalogue, .json or .json.gz")
    parser.add_argument("--date", required=True, help="day the catalogue was taken, YYYY-MM-DD")
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args()
    data = options.catalogue.read_bytes()
    catalogue = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    made = table(catalogue, options.date)
    text = json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    # A fixed time in the gzip header: the same catalogue gives the same bytes.
    options.output.write_bytes(gzip.compress(text, 9, mtime=0))
    rows = sum(len(rows) for rows in made["models"].values())
    size = options.output.stat().st_size
    print(f"{rows} of {len(catalogue)} entries, {len(made['models'])} providers, {size:,} bytes")


if __name__ == "__main__":
    main()
