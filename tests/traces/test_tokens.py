"""Tokens are counted exactly where the vocabulary is public, and in bounded time everywhere."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.traces import tokens


@pytest.mark.parametrize(
    ("text", "o200k", "cl100k"),
    [
        ("", 0, 0),
        ("hello world", 2, 2),
        # Published at https://github.com/openai/openai-cookbook (how to count tokens).
        ("antidisestablishmentarianism", 6, 6),
        ("2 + 2 = 4", 7, 7),
        ("お誕生日おめでとう", 8, 9),
    ],
)
def test_known_counts(text, o200k, cl100k):
    assert tokens.count(text) == o200k
    assert tokens.count(text, "gpt-4-0613") == cl100k


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo-2024-04-09", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("azure/gpt-35-turbo", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("gpt-4o-mini", "o200k_base"),
        ("openai/gpt-4.1", "o200k_base"),
        ("gpt-5.2", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("ft:gpt-4o-2024-08-06:acme::x", "o200k_base"),
        ("voyage-3-large", "voyage3_base"),
        ("claude-sonnet-4-20250514", "o200k_base"),
        ("gemini-2.5-pro", "o200k_base"),
        (None, "o200k_base"),
    ],
)
def test_the_vocabulary_of_a_model(model, encoding):
    assert tokens.encoding_of(model) == encoding
    assert tokens.count("ein Text", model) > 0


@pytest.mark.timeout(60)  # a tokenizer that is quadratic in a long word would take hours
@pytest.mark.parametrize("text", ["a" * 10_000_000, " " * 5_000_000, "ab1;" * 2_000_000])
def test_long_texts_are_counted(text):
    assert tokens.count(text) > 0


def test_long_texts_are_cut_where_the_tokenizer_cuts():
    text = "".join(f"Line {n} of a report, with numbers {n * n}.\n" for n in range(60_000))
    assert len(text) > 2 * tokens._PIECE
    assert tokens.count(text) == tokens._encoder("o200k_base").count(text)
    assert "".join(tokens._pieces(text)) == text


def test_a_long_text_without_places_to_cut_is_off_by_little():
    text = "word " * 1_000_000
    whole = tokens._encoder("o200k_base").count(text)
    assert abs(tokens.count(text) - whole) <= len(text) // tokens._PIECE + 1


@given(st.text())
def test_any_text_has_a_count(text):
    assert 0 <= tokens.count(text) <= len(text.encode("utf-8", "surrogatepass")) + 3
    assert tokens.count_many([text, "x"]) == [tokens.count(text), 1]


def test_half_a_surrogate_pair_is_counted():
    assert tokens.count("a \ud800 b") > 0


def test_counting_loads_the_compiled_part_alone_and_leaves_the_package_usable():
    program = """
import sys
from solvent.traces import tokens
assert not any(name.startswith("bpe_openai") for name in sys.modules)
tokens.count("x")
assert [name for name in sys.modules if name.startswith("bpe_openai")] == ["bpe_openai._bindings"]
import bpe_openai
text = "Two ways to the same count, 12345."
assert len(bpe_openai.get_encoding("o200k_base").encode_ordinary(text)) == tokens.count(text)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_the_compiled_file_in_its_place_the_package_is_imported(monkeypatch):
    monkeypatch.setattr(tokens.importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "bpe_openai._bindings", raising=False)
    monkeypatch.setattr(tokens.importlib, "import_module", lambda name: sys)
    assert tokens._bindings() is sys
