"""How many tokens a text is, counted here rather than by the provider."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from functools import cache
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

DEFAULT = "o200k_base"

_EXACT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), encoding)
    for pattern, encoding in (
        (r"gpt-3\.?5|gpt-4(?:-|$|:)|text-embedding-(?:3-|ada-002)", "cl100k_base"),
        (r"gpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|chatgpt-4o|o[134](?:-|$)|codex-mini", "o200k_base"),
        (r"voyage-3(?:$|-lite|-large)", "voyage3_base"),
    )
)

_PIECE = 1 << 20
"""Characters counted in one go: other threads wait while a piece is counted (some 40 ms)."""
_BOUNDARY = re.compile(r"\n(?=[A-Za-z0-9])")
_SEARCHED = 1 << 16


class _Encoder(Protocol):
    def count(self, text: str, /) -> int: ...


def count(text: str, model: str | None = None) -> int:
    """Return the tokens of a text.

    Exact for OpenAI's models (`cl100k_base` for GPT-3.5, GPT-4 and the embeddings, `o200k_base`
    from GPT-4o on) and for Voyage 3. For every other model, and when none is named, it is an
    estimate by `o200k_base`. Formatting that a provider puts around messages and tool definitions
    is not counted.

    The time grows with the length of the text and with nothing else: 10 MB without a space take
    a fraction of a second.
    """
    encoder = _encoder(encoding_of(model))
    if len(text) <= _PIECE:
        return _count(encoder, text)
    return sum(_count(encoder, piece) for piece in _pieces(text))


def count_many(texts: Iterable[str], model: str | None = None) -> list[int]:
    """Return the tokens of each text; see `count`."""
    encoder = _encoder(encoding_of(model))
    return [
        _count(encoder, text)
        if len(text) <= _PIECE
        else sum(_count(encoder, piece) for piece in _pieces(text))
        for text in texts
    ]


def encoding_of(model: str | None) -> str:
    """Return the vocabulary that texts for a model are counted with."""
    return _exact(model) or DEFAULT


def _exact(model: str | None) -> str | None:
    name = (model or "").strip().lower().rsplit("/", 1)[-1].removeprefix("ft:")
    for pattern, encoding in _EXACT:
        if pattern.match(name):
            return encoding
    return None


def _count(encoder: _Encoder, text: str) -> int:
    try:
        return encoder.count(text)
    except UnicodeEncodeError:
        # Half a surrogate pair, as careless senders cut them: one replacement character each.
        return encoder.count(text.encode("utf-8", "replace").decode("utf-8"))


def _pieces(text: str) -> Iterator[str]:
    """Cut a long text where the tokenizer cuts too, or at any place if there is none near."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text) and (found := _BOUNDARY.search(text, end, end + _SEARCHED)):
            end = found.end()
        yield text[start:end]
        start = end


@cache
def _encoder(encoding: str) -> _Encoder:
    encoder: _Encoder = _bindings().tokenizer_for_encoding(encoding)
    return encoder


def _bindings() -> ModuleType:
    """Load the compiled part of `bpe_openai` alone.

    Importing the package builds tables of every vocabulary in Python, which takes half a second
    that counting does not need. Where the file is not found in its place, the package is imported.
    """
    name = "bpe_openai._bindings"
    if name in sys.modules:
        return sys.modules[name]
    package = importlib.util.find_spec("bpe_openai")
    folders = (package.submodule_search_locations or ()) if package else ()
    for path in (file for folder in folders for file in Path(folder).glob("_bindings*")):
        if path.suffix not in {".so", ".pyd"}:
            continue
        loader = ExtensionFileLoader(name, str(path))
        if (spec := importlib.util.spec_from_file_location(name, path, loader=loader)) is not None:
            module = importlib.util.module_from_spec(spec)
            loader.exec_module(module)
            # It can be initialised once only; a later import of the package finds it here.
            sys.modules[name] = module
            return module
    return importlib.import_module(name)
