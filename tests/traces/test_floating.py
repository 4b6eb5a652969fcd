"""Names that move are told from names that stay."""

from __future__ import annotations

import pytest

from solvent.traces.floating import is_floating


@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o", "gpt-4o-mini", "openai/gpt-4.1", "o3-mini", "gpt-3.5-turbo", "chatgpt-4o-latest",
        "claude-3-5-sonnet-latest", "claude-sonnet-4-5", "gemini-2.0-flash", "gemini-flash-latest",
        "models/gemini-1.5-pro", "mistral-large-latest", "grok-4", "deepseek-chat", "command-r",
        "llama3:latest",
    ],
)  # fmt: skip
def test_floating(name):
    assert is_floating(name)


@pytest.mark.parametrize(
    "name",
    [
        None, "", "gpt-4o-2024-08-06", "gpt-4-0613", "gpt-4-1106-preview", "gpt-oss-120b",
        "ft:gpt-4o-2024-08-06:acme::x", "claude-3-7-sonnet-20250219",
        "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet@20240620",
        "gemini-2.0-flash-001", "mistral-large-2411", "grok-4-0709", "command-r-08-2024",
        "llama-3.1-8b-instruct", "qwen2.5-coder", "in-house-7b",
    ],
)  # fmt: skip
def test_pinned_or_unknown(name):
    assert not is_floating(name)
