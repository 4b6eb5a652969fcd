"""Recorded answers instead of a model: each says what was recorded, of which model and when."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from solvent.errors import Invalid, NotFound
from solvent.providers.recordings import read
from solvent.providers.wording import likeness, normal

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from solvent.providers.recordings import Recorded, Recording
    from solvent.records.completion import Completion, CompletionRequest

NEAREST = 3
"""Recorded wordings that an error names."""


class ReplayProvider:
    """Answers a request by what was recorded for it.

    A recording answers when its model is the one asked for, its facts (`metadata`) do not
    contradict the request's, and the messages of the recorded roles say the same words; case,
    spaces, quotes and the punctuation at the end do not count. Among several, `seed` and the
    request choose, so that a run repeats.

    Args:
        path: A file of recordings; `solvent.providers.recordings` describes the format.
        seed: Chooses among several recordings of one request.
        least: Likeness from which the answer to another wording is given, which then says so.
            Numbers have to agree: another year is another question. 1: the same words only.

    Raises:
        NotFound: There is no such file.
        Invalid: It does not hold recordings.
    """

    def __init__(self, path: Path, *, seed: int = 0, least: float = 1.0) -> None:
        self.recording: Recording = read(path)
        self._seed = seed
        self._least = least

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the recorded answer.

        Raises:
            Invalid: The request names a fact that no recording has.
            NotFound: Nothing was recorded for it; the hint lists the nearest wordings.
        """
        fitting = self._fitting(request)
        said = self._wording(request)
        same = [entry for entry in fitting if entry.wording == said]
        if same:
            return self._answer(self._choose(same, request), request)
        ranked = sorted(
            {entry.wording: entry for entry in fitting}.values(),
            key=lambda entry: (-likeness(entry.wording, said), entry.wording),
        )
        if ranked and self._least < 1 and likeness(ranked[0].wording, said) >= self._least:
            near = [entry for entry in fitting if entry.wording == ranked[0].wording]
            return self._answer(self._choose(near, request), request, other_words=True)
        nearest = "; ".join(f"`{entry.shown}`" for entry in ranked[:NEAREST])
        raise NotFound(
            f"`{_shown(request, self.recording.roles)}` was not recorded of `{request.model}`",
            hint=f"nearest recorded: {nearest}" if nearest else self._hint(),
        )

    def stream(self, request: CompletionRequest) -> Generator[str, None, Completion]:
        """Yield the recorded answer word by word; nothing was recorded of its timing."""
        answer = self.complete(request)
        text = answer.text
        while text:
            head, space, text = text.partition(" ")
            yield head + space
        return answer

    def _fitting(self, request: CompletionRequest) -> list[Recorded]:
        unknown = set(request.metadata) - self.recording.facts
        if unknown:
            raise Invalid(
                f"`{min(unknown)}` is not a fact of `{self.recording.path.name}`",
                hint=f"known: {', '.join(sorted(self.recording.facts)) or 'none'}",
            )
        return [
            entry
            for entry in self.recording.of_model(request.model)
            if all(entry.metadata.get(k, v) == v for k, v in request.metadata.items())
        ]

    def _wording(self, request: CompletionRequest) -> str:
        return normal(
            [(m.role, m.text) for m in request.messages if m.role in self.recording.roles]
        )

    def _choose(self, entries: Sequence[Recorded], request: CompletionRequest) -> Recorded:
        if len(entries) == 1:
            return entries[0]
        facts = sorted(request.metadata.items())
        key = f"{self._seed}\n{request.model}\n{facts}\n{entries[0].wording}"
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        return entries[int.from_bytes(digest) % len(entries)]

    def _answer(
        self, entry: Recorded, request: CompletionRequest, *, other_words: bool = False
    ) -> Completion:
        told = self.recording.told(entry)
        if other_words:
            asked = _shown(request, self.recording.roles)
            told += f"; the answer to other words, `{entry.shown}`: none is recorded for `{asked}`"
        at = entry.recorded_at or self.recording.recorded_at
        return replace(entry.completion, recorded=told, answered_at=at)

    def _hint(self) -> str:
        models = ", ".join(f"`{name}`" for name in self.recording.models)
        return (
            f"recorded models: {models}; recorded facts: {', '.join(sorted(self.recording.facts))}"
        )


def _shown(request: CompletionRequest, roles: frozenset[str]) -> str:
    texts = [message.text for message in request.messages if message.role in roles]
    return " ".join((texts[-1] if texts else "").split())[:120]
