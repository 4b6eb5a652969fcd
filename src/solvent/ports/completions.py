"""What the inside needs of a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

    from solvent.records.completion import Completion, CompletionRequest


class CompletionProvider(Protocol):
    """Answers requests: a model behind an endpoint, or recorded answers of one."""

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the whole answer.

        Raises:
            Invalid: The provider refuses the request; the hint carries its words.
            NotFound: The model does not exist, or no answer to this request was recorded.
            Denied: The key is missing or not accepted.
            OverBudget: The provider's limit is reached, and stayed so through all tries.
            Unavailable: The provider cannot be reached, or broke, and stayed so through all tries.
        """

    def stream(self, request: CompletionRequest) -> Generator[str, None, Completion]:
        """Yield the answer's text as it comes, and return the whole answer.

        Tool calls are left out. Raises what `complete` raises.
        """
