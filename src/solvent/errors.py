"""Every error a person can meet: one tree, each with what happened and what to do.

SolventError
├── NotFound      404  exit 2   the name does not exist
├── Invalid       422  exit 2   the input is not what it should be
├── TooLarge      413  exit 2   the input is over a bound
├── Conflict      409  exit 2   somebody else holds it, or it changed meanwhile
├── Denied        403  exit 2   the caller may not
├── OverBudget    429  exit 3   come back later
└── Unavailable   503  exit 3   something outside is not working
"""

from __future__ import annotations

from typing import ClassVar


class SolventError(Exception):
    """A fact about a subject, and an action that helps.

    Args:
        what: One sentence about the subject in backticks, without a full stop.
        hint: What to do, copyable where possible; empty when nothing helps.
    """

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 3
    slug: ClassVar[str] = "error"

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class NotFound(SolventError):
    """The name does not exist."""

    status, exit_code, slug = 404, 2, "not-found"


class Invalid(SolventError):
    """The input is not what it should be."""

    status, exit_code, slug = 422, 2, "invalid"


class TooLarge(Invalid):
    """The input is over a bound; the hint names the setting that moves it."""

    status, slug = 413, "too-large"


class Conflict(SolventError):
    """Somebody else holds it, or it changed meanwhile."""

    status, exit_code, slug = 409, 2, "conflict"


class Denied(SolventError):
    """The caller may not."""

    status, exit_code, slug = 403, 2, "denied"


class OverBudget(SolventError):
    """A limit is reached for now; come back later."""

    status, exit_code, slug = 429, 3, "over-budget"


class Unavailable(SolventError):
    """Something outside is not working: a full disk, a server that is down."""

    status, exit_code, slug = 503, 3, "unavailable"
