"""Asks another provider and records what it answers, for the replay provider."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from solvent.errors import Unavailable
from solvent.providers.recordings import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from solvent.ports.completions import CompletionProvider
    from solvent.records.completion import Completion, CompletionRequest


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Recorder:
    """Passes requests on, and appends each whole answer to a file of recordings.

    Args:
        provider: Who answers.
        path: File to append to; made, with its first line, when missing.
        what: What is recorded, for the first line of a new file.
        now: Returns the time that an answer is recorded at.

    Raises:
        Unavailable: The file cannot be written.
    """

    def __init__(
        self,
        provider: CompletionProvider,
        path: Path,
        *,
        what: str = "answers",
        now: Callable[[], str] = _now,
    ) -> None:
        self._provider = provider
        self._path = path
        self._now = now
        if not path.exists():
            self._write(json.dumps({"recording": {"what": what}}, ensure_ascii=False))

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the answer, once it is recorded."""
        answer = self._provider.complete(request)
        self._write(line_of(request, answer, self._now()))
        return answer

    def stream(self, request: CompletionRequest) -> Generator[str, None, Completion]:
        """Yield the answer as it comes; it is recorded when it has come whole."""
        answer = yield from self._provider.stream(request)
        self._write(line_of(request, answer, self._now()))
        return answer

    def _write(self, line: str) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise Unavailable(
                f"`{self._path}` cannot be written", hint="name a file in a folder of yours"
            ) from error
