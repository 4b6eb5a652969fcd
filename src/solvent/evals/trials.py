"""Trying a prompt on every example of a dataset."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from solvent.errors import OverBudget, SolventError
from solvent.records.completion import CompletionRequest
from solvent.records.trial import Outcome, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from solvent.evals.scorers import Scorer
    from solvent.ports.completions import CompletionProvider
    from solvent.records.completion import Completion, Message
    from solvent.records.dataset import Dataset, Example


@dataclass(slots=True)
class Spending:
    """Model calls and tokens of a piece of work, held to a limit."""

    max_calls: int
    """Calls after which no more are made."""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    unreported: int = 0
    """Calls for which the provider named no tokens."""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def ask(
        self,
        provider: CompletionProvider,
        request: CompletionRequest,
        heard: Callable[[str], None] | None = None,
    ) -> Completion:
        """Return the answer to a request, counted.

        Args:
            provider: Who answers.
            request: What is asked.
            heard: Told each piece of the text as it comes; None: the whole answer is asked for.

        Raises:
            OverBudget: The limit is reached.
        """
        with self._lock:
            if self.calls >= self.max_calls:
                raise OverBudget(
                    f"{self.max_calls:,} model calls are spent",
                    hint="allow more: SOLVENT_EVALS_MAX_CALLS",
                )
            self.calls += 1
        answer = provider.complete(request) if heard is None else _listen(provider, request, heard)
        with self._lock:
            self.unreported += answer.input_tokens is None
            self.input_tokens += answer.input_tokens or 0
            self.output_tokens += answer.output_tokens or 0
        return answer


def _listen(
    provider: CompletionProvider, request: CompletionRequest, heard: Callable[[str], None]
) -> Completion:
    """Return an answer that is told while it comes."""
    pieces = provider.stream(request)
    while True:
        try:
            heard(next(pieces))
        except StopIteration as end:
            answer: Completion = end.value
            return answer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prompt that can be tried."""

    label: str
    render: Callable[[Mapping[str, object]], Sequence[Message]]
    """The messages for the inputs of one example."""
    tokens: int
    """Tokens of the prompt without the inputs."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a prompt is tried with."""

    provider: CompletionProvider
    model: str
    score: Scorer
    spending: Spending
    threads: int = 4
    temperature: float | None = 0.0
    max_tokens: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Facts that tell recorded answers apart; see `CompletionRequest.metadata`."""
    heard: Callable[[str], None] | None = None
    """Told each piece of an answer as it comes; None: whole answers are asked for."""


def try_out(
    candidate: Candidate,
    dataset: Dataset,
    bench: Bench,
    progress: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Return what a prompt answers on each example, in the order of the dataset.

    An example whose call fails has no score and says why; the others go on.

    Raises:
        OverBudget: The calls that are allowed are spent.
        Invalid: The scorer cannot be used on the dataset.
    """

    def one(example: Example) -> Outcome:
        try:
            messages = tuple(candidate.render(example.inputs))
            request = CompletionRequest(
                model=bench.model,
                messages=messages,
                temperature=bench.temperature,
                max_tokens=bench.max_tokens,
                metadata=bench.facts,
            )
            answer = bench.spending.ask(bench.provider, request, bench.heard)
        except OverBudget:
            raise
        except SolventError as error:
            return Outcome(example.id, error=f"{error.what}; {error.hint}")
        return Outcome(
            example.id,
            answer.text,
            bench.score(example, answer.text),
            answer.input_tokens,
            answer.output_tokens,
            answer.recorded,
        )

    outcomes = []
    with ThreadPoolExecutor(bench.threads) as pool:
        for number, outcome in enumerate(pool.map(one, dataset.examples), 1):
            outcomes.append(outcome)
            progress(f"{candidate.label}: {number:,} of {len(dataset):,} examples")
    return Trial(
        candidate.label, f"{dataset.name}@{dataset.version}", candidate.tokens, tuple(outcomes)
    )
