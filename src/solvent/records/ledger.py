"""What the ledger keeps over time: audits, findings with their state, who accepted what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.records.finding import State

if TYPE_CHECKING:
    from solvent.records.finding import Debt


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit that was kept."""

    id: str
    """The same audit put twice is kept once."""
    project: str
    at: int
    """Microseconds since 1970 UTC."""
    observed: str = "{}"
    """JSON object: what was looked at."""
    totals: str = "{}"
    """JSON object: interest over the union of what was found."""
    report: str = "{}"
    """JSON object: the whole report, in the shape of `report.schema.json`."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one audit says of one finding."""

    fingerprint: str
    rule: str
    code: str
    debt: Debt
    subject: str
    message: str
    body: str = "{}"
    """JSON object: the whole finding as it was reported."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding across audits."""

    project: str
    fingerprint: str
    rule: str
    code: str
    debt: Debt
    subject: str
    message: str
    """As the last audit that saw it said it."""
    state: State
    opened_at: int
    """Microseconds since 1970 UTC, like every time here."""
    last_seen_at: int
    closed_at: int | None = None
    """When an audit that looked for it no longer found it."""
    accepted_by: str | None = None
    accepted_reason: str | None = None
    accepted_until: int | None = None
    """None: accepted without an end."""

    def is_owed(self) -> bool:
        """Return whether it still has to be paid: neither accepted nor fixed."""
        return self.state in {State.OPEN, State.RETURNED}


@dataclass(frozen=True, slots=True)
class Appearance:
    """One audit that saw a finding, and how."""

    audit_id: str
    at: int
    body: str


@dataclass(frozen=True, slots=True)
class Change:
    """What an audit changed in the ledger, as fingerprints."""

    opened: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    """Fixed before and found again, or accepted until a date that has passed."""
    fixed: tuple[str, ...] = ()
