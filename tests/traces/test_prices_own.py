"""A price table of one's own wins, and is refused whole when it says something unclear."""

import json
import math
import re
from pathlib import Path

import pytest

from solvent.errors import Invalid, NotFound
from solvent.traces.prices import PriceBook


def write(tmp_path, models, **head):
    path = tmp_path / "prices.json"
    table = {"form": "solvent-prices/1", "date": "2026-09-01", "models": models} | head
    path.write_text(json.dumps(table), encoding="utf-8")
    return path


def test_own_prices_win_and_the_shipped_ones_stay_behind_them(tmp_path):
    path = write(tmp_path, {"openai": {"gpt-4o": {"input": 1, "output": 2}}})
    book = PriceBook.load(path)
    own = book.find("openai", "gpt-4o-2024-08-06")
    shipped = book.find("openai", "gpt-4o-mini")
    assert (own.input, own.output) == (1e-6, 2e-6)
    assert own.price_version.startswith("own-2026-09-01-")
    assert shipped.input == pytest.approx(0.15e-6)
    assert book.version == f"{own.price_version}+{shipped.price_version}"


def test_own_prices_may_be_for_any_provider_or_one_nobody_knows(tmp_path):
    path = write(
        tmp_path,
        {
            "*": {"house-model": {"input": 0, "output": 0}},
            "My-Gateway": {"gpt-4o": {"input": 3, "output": 4}},
            "aws.bedrock": {"nova-9": {"input": 5, "output": 6}},
            "groq": {"tuned": {"input": 7, "output": 8}},
        },
    )
    book = PriceBook.load(path)
    for provider in (None, "vllm", "openai"):
        # Zero that somebody wrote down is a price, unlike zero in the public catalogue.
        assert book.find(provider, "house-model").input == 0
    assert book.find("my-gateway", "gpt-4o").input == 3e-6
    assert book.find("openai", "gpt-4o").input == 2.5e-6
    assert book.find("bedrock", "nova-9").output == 6e-6
    assert book.find(None, "tuned").input == pytest.approx(7e-6)
    assert book.find("xai", "tuned") is None


def test_the_example_of_the_guide_is_a_price_table(tmp_path):
    guide = Path(__file__).parents[2] / "docs" / "guide" / "prices.md"
    (example,) = re.findall(r"```json\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "prices.json"
    path.write_text(example, encoding="utf-8")
    book = PriceBook.load(path)
    assert book.find("openai", "gpt-4o").cache_read == 1e-6
    assert book.find("my-gateway", "gpt-4o").output == pytest.approx(8.8e-6)
    assert book.find("vllm", "house-llama").output == 0


def test_changing_a_price_changes_the_version(tmp_path):
    first = PriceBook.load(write(tmp_path, {"openai": {"m": {"input": 1}}})).version
    second = PriceBook.load(write(tmp_path, {"openai": {"m": {"input": 2}}})).version
    assert first != second


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"output": 1}, "no `input` price"),
        ({"input": 1, "ouput": 2}, "`ouput` of `openai/m`"),
        ({"input": -1}, "is -1"),
        ({"input": True}, "is True"),
        ({"input": "2.50"}, "is '2.50'"),
        ({"input": 1, "mode": 3}, "`mode`"),
        ({"input": 1, "max_input_tokens": 1.5}, "is 1.5"),
        ({"input": 1, "tiers": {"above": 1}}, "`tiers`"),
        ({"input": 1, "tiers": [{"input": 2}]}, "no `above`"),
        ({"input": 1, "tiers": [{"above": 2}]}, "no `input` price"),
        ({"input": 1, "tiers": [{"above": 2, "input": 3, "mode": "chat"}]}, "`mode`"),
        ({"input": 1, "price_version": "x"}, "`price_version`"),
        ([1], "no `input` price"),
    ],
)
def test_an_entry_that_would_price_wrongly_is_refused(tmp_path, row, said):
    with pytest.raises(Invalid) as refused:
        PriceBook.load(write(tmp_path, {"openai": {"m": row}}))
    assert said in refused.value.what
    assert refused.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"form": "other/9", "models": {}}', '{"form": "solvent-prices/1"}'],
)
def test_a_file_that_is_no_price_table_is_refused(tmp_path, text):
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        PriceBook.load(path)
    assert "prices.json" in refused.value.what


def test_odd_heads_are_refused(tmp_path):
    for models, head in (({"openai": 3}, {}), ({}, {"date": 20260801}), ([], {})):
        with pytest.raises(Invalid):
            PriceBook.load(write(tmp_path, models, **head))


def test_a_number_that_is_no_number_is_refused(tmp_path):
    with pytest.raises(Invalid):
        PriceBook.load(write(tmp_path, {"openai": {"m": {"input": math.nan}}}))


def test_truncated_gzip_is_refused(tmp_path):
    path = tmp_path / "prices.json.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(Invalid):
        PriceBook.load(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotFound) as missing:
        PriceBook.load(tmp_path / "gone.json")
    assert "gone.json" in missing.value.what
    assert "[ledger]" in missing.value.hint
