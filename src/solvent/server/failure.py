"""What the pages at the door show: an error, the question for the token."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailureView:
    """An error with what to do."""

    status: int
    what: str
    hint: str
    denied: bool


@dataclass(frozen=True, slots=True)
class SignInView:
    """The question for the token."""

    wrong: bool
    """The token that was given is not the right one."""
