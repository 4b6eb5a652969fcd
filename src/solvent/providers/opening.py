"""From a name to a provider; only the one that is named is loaded."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Invalid

if TYPE_CHECKING:
    from solvent.ports.completions import CompletionProvider
    from solvent.settings import Providers

_LIVE = {"openai": "OpenAIProvider", "anthropic": "AnthropicProvider"}


def open_named(name: str, settings: Providers) -> CompletionProvider:
    """Return the provider of `replay:FILE`, `openai:MODEL` or `anthropic:MODEL`.

    Raises:
        Invalid: The name has another form, or the file holds no recordings.
        NotFound: The file or the client library is missing.
        Denied: No key for the endpoint is known.
    """
    kind, _, rest = name.partition(":")
    if kind == "replay" and rest:
        module = import_module("solvent.providers.replay")
        replay: CompletionProvider = module.ReplayProvider(
            Path(rest), seed=settings.replay_seed, least=settings.replay_likeness
        )
        return replay
    if kind in _LIVE and rest:
        made = getattr(import_module(f"solvent.providers.{kind}"), _LIVE[kind])
        live: CompletionProvider = made(settings, rest)
        return live
    raise Invalid(
        f"`{name}` does not name who answers",
        hint="give replay:FILE, openai:MODEL or anthropic:MODEL",
    )
