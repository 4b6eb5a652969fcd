"""Asks a provider each thing once: what it answered is kept in a file and given again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from solvent.errors import NotFound
from solvent.providers.recorder import Recorder
from solvent.providers.replay import ReplayProvider

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from solvent.ports.completions import CompletionProvider
    from solvent.records.completion import Completion, CompletionRequest


class Remembering:
    """Answers from a file what was asked before, and asks and records the rest.

    A new answer is read back from the file, too, so that a second run says the same as the first.

    Args:
        provider: Who answers.
        path: File of recordings; made with the first answer.
        model: The model's name: another model is asked anew.

    Raises:
        Invalid: The file does not hold recordings.
    """

    def __init__(self, provider: CompletionProvider, path: Path, model: str) -> None:
        self._provider = provider
        self._path = path
        self._model = model
        self._memory = ReplayProvider(path) if path.exists() else None

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the answer. See `CompletionProvider.complete` for what it raises."""
        asked = replace(request, model=self._model)
        if self._memory:
            with suppress(NotFound):
                return self._memory.complete(asked)
        Recorder(self._provider, self._path, what="remembered answers").complete(asked)
        self._memory = ReplayProvider(self._path)
        return self._memory.complete(asked)

    def stream(self, request: CompletionRequest) -> Generator[str, None, Completion]:
        """Yield the answer, whole: what is remembered has no timing."""
        answer = self.complete(request)
        yield answer.text
        return answer
